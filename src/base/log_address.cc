#include "base/log.h"
#include "base/network.h"

namespace hookferry {

std::string truncate_address(std::string_view address) {
  // A link-local address has the name of its interface behind it: fe80::1%eth0.
  const std::optional<IpAddress> parsed = IpAddress::parse(address.substr(0, address.find('%')));
  return parsed ? Network(*parsed, parsed->is_v4() ? 24 : 48).text() : std::string();
}

}  // namespace hookferry
