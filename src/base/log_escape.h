// How the log makes texts from outside harmless: no line breaks, no control characters, nothing that turns a terminal's
// text around, valid UTF-8 only. For the log and for what prints records; others use base/text.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hookferry {

/// Longest text of a request line's field, and of a message: what is longer is cut, and "..." follows.
inline constexpr std::size_t max_log_field = 200;
inline constexpr std::size_t max_log_message = 8192;

/// Whether a blank may stand in the text. A column that comes from outside has none, or it could look like two columns.
enum class Blanks : bool { keep, escape };

/// For a line of text: what is not safe to show is \xNN, byte by byte.
void append_text_escaped(std::string& out, std::string_view text, std::size_t limit, Blanks blanks = Blanks::keep);

/// For the inside of a JSON string: escaped as JSON has it, and U+FFFD for each byte that is not UTF-8.
void append_json_text(std::string& out, std::string_view text, std::size_t limit);

/// Whether all of `text` is UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace hookferry
