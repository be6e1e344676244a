#include "base/json_text.h"

#include "base/text.h"

namespace hookferry {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out.append("\"");
}

std::string json_array(std::span<const std::string> items) {
  std::string out;
  for (const std::string& item : items) out.append(out.empty() ? "" : ",").append(item);
  return cat("[", out, "]");
}

JsonObject& JsonObject::json(std::string_view name, std::string_view value) {
  members_.append(members_.empty() ? "" : ",").append(json_string(name)).append(":").append(value);
  return *this;
}

std::string JsonObject::str() const {
  return cat("{", members_, "}");
}

}  // namespace hookferry
