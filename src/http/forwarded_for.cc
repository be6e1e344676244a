#include "http/forwarded_for.h"

#include <optional>

#include "http/characters.h"

namespace hookferry::http {
namespace {

/// Takes the last entry of a list off its end.
std::string_view take_last(std::optional<std::string_view>& list) {
  const std::size_t comma = list->rfind(',');
  const std::string_view entry = comma == std::string_view::npos ? *list : list->substr(comma + 1);
  list = comma == std::string_view::npos ? std::nullopt : std::optional(list->substr(0, comma));
  return trim(entry);
}

}  // namespace

IpAddress forwarded_for(const IpAddress& peer, std::span<const std::pair<std::string_view, std::string_view>> headers,
                        std::span<const Network> trusted) {
  IpAddress client = peer;
  if (!any_contains(trusted, client)) return client;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!equals_ignoring_case(header->first, "x-forwarded-for")) continue;
    for (std::optional<std::string_view> list = header->second; list;) {
      const std::optional<IpAddress> entry = IpAddress::parse(take_last(list));
      if (!entry) return client;
      client = *entry;
      if (!any_contains(trusted, client)) return client;
    }
  }
  return client;
}

}  // namespace hookferry::http
