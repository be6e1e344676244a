// Who a request is from when proxies have handed it on.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "base/network.h"

namespace hookferry::http {

/// The client of a request that came from `peer`: by X-Forwarded-For, in which each proxy adds whom it had the request
/// from, the right-most address that is no trusted proxy's. What stands left of it could be anybody's claim; of a
/// `peer` that is not trusted, so could all of it, and none is read. At an entry that is no address reading stops, and
/// the last good one counts. Several such headers are one list. `Forwarded` is not read.
[[nodiscard]] IpAddress forwarded_for(const IpAddress& peer,
                                      std::span<const std::pair<std::string_view, std::string_view>> headers,
                                      std::span<const Network> trusted);

}  // namespace hookferry::http
