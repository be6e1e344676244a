#include "senders/headers.h"

namespace hookferry::senders {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool same_header(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string lower_case(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = lower(c);
  return out;
}

HeaderMatch find_header(std::span<const HeaderView> headers, std::string_view name) noexcept {
  HeaderMatch match;
  for (const HeaderView& header : headers) {
    if (!same_header(header.first, name)) continue;
    if (match.count++ == 0) match.value = header.second;
  }
  return match;
}

}  // namespace hookferry::senders
