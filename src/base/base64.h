// Base64 (RFC 4648), for bytes that are no text in JSON, and for signatures that came in the wrong encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookferry {

/// With padding, appended.
void append_base64(std::string& out, std::string_view bytes);

/// Reads the standard and the URL-safe alphabet, with padding or without; nothing for any other text.
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);

}  // namespace hookferry
