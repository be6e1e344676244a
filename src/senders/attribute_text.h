// Text that may stand in a CloudEvents attribute. CloudEvents 1.0.2, "Type System", String: no control characters
// (U+0000-U+001F, U+007F-U+009F) and no noncharacters (U+FDD0-U+FDEF, and the last two code points of each plane).
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system
#pragma once

#include <string>
#include <string_view>

namespace hookferry::senders {

/// `text` is valid UTF-8.
[[nodiscard]] bool is_attribute_text(std::string_view text) noexcept;

/// Appends valid JSON without the white space outside its strings, numbers and escapes as they are. What an attribute
/// may not carry, and JSON may have unescaped in a string, becomes its \u escape: the same value, in text that it can
/// carry.
void append_compact_json(std::string& out, std::string_view json);

}  // namespace hookferry::senders
