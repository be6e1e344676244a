// One row of the configuration's table: a key, where its value goes, what values there are, and what to know about it.
// Loading, the reference documentation and its defaults all come from such rows.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/values.h"

namespace hookferry::config {

/// Where in an `Owner` (the configuration, or an item of one of its lists) a value goes.
template <class Owner, class T>
using Field = std::function<T&(Owner&)>;

/// The names of the members that differ between two maps, however they are kept.
template <class Pairs>
std::vector<std::string> changed_in_map(const Pairs& before, const Pairs& after) {
  using Value = std::remove_cvref_t<decltype(after.begin()->second)>;
  const std::map<std::string, Value> old_values(before.begin(), before.end());
  const std::map<std::string, Value> new_values(after.begin(), after.end());
  std::vector<std::string> names;
  for (const auto& [name, value] : old_values) {
    const auto other = new_values.find(name);
    if (other == new_values.end() || !(other->second == value)) names.push_back(name);
  }
  for (const auto& [name, value] : new_values) {
    if (!old_values.contains(name)) names.push_back(name);
  }
  return names;
}

/// One empty name where the values differ.
template <class T>
std::vector<std::string> changed_members(const T& before, const T& after) {
  return before == after ? std::vector<std::string>() : std::vector<std::string>{""};
}
template <class T>
std::vector<std::string> changed_members(const std::map<std::string, T>& before,
                                         const std::map<std::string, T>& after) {
  return changed_in_map(before, after);
}
template <class T>
std::vector<std::string> changed_members(const std::vector<std::pair<std::string, T>>& before,
                                         const std::vector<std::pair<std::string, T>>& after) {
  return changed_in_map(before, after);
}

template <class Owner>
class Property {
 public:
  /// A section: a map of the keys that begin with its name.
  Property(std::string name, std::string description) : name_(std::move(name)), description_(std::move(description)) {}
  /// A key with a value. Its default is what a default-constructed Owner has there.
  template <class T>
  Property(std::string name, Field<Owner, T> field, Format<T> format, std::string description)
      : name_(std::move(name)), description_(std::move(description)), type_(format.type), allowed_(format.allowed) {
    written_ = [field, format](Owner owner) { return format.write(field(owner)); };
    changed_ = [field](Owner before, Owner after) { return changed_members(field(before), field(after)); };
    read_ = [field, format](const Node& node, const Key& key, Owner& owner) {
      if (std::optional<T> value = format.read(node, key)) field(owner) = std::move(*value);
    };
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& description() const { return description_; }
  [[nodiscard]] bool is_section() const { return !read_; }
  [[nodiscard]] const std::string& type() const { return type_; }
  [[nodiscard]] const std::string& allowed() const { return allowed_; }
  /// The default as it would be written in YAML; empty where there is none.
  [[nodiscard]] std::string default_text() const { return written_ ? written_(Owner{}) : std::string(); }
  void read(const Node& node, const Key& key, Owner& owner) const { read_(node, key, owner); }
  /// Which values of this key differ: none, its name, or of a map the names of its members.
  [[nodiscard]] std::vector<std::string> changed(const Owner& before, const Owner& after) const {
    std::vector<std::string> names;
    if (!changed_) return names;
    for (const std::string& member : changed_(before, after)) {
      names.push_back(member.empty() ? name_ : cat(name_, ".", member));
    }
    return names;
  }

 private:
  std::string name_;
  std::string description_;
  std::string type_;
  std::string allowed_;
  std::function<std::string(Owner)> written_;
  std::function<std::vector<std::string>(Owner, Owner)> changed_;
  std::function<void(const Node&, const Key&, Owner&)> read_;
};

template <class Owner>
using Table = std::vector<Property<Owner>>;

/// Every key of the file, in the order of the documentation.
[[nodiscard]] Table<Config> properties();
/// Every key of an item of `sources`.
[[nodiscard]] Table<Source> source_properties();

/// Reports a key that the table does not have, with the one that was probably meant. `section` is the table's name for
/// the map it stands in, empty for the outermost.
void report_unknown(const Node& written, const Key& key, std::string_view section,
                    const std::vector<std::string>& names);

/// Reads a map by its table. Of a nested map, `section` is the table's name.
template <class Owner>
void read_map(const Node& map, const Key& key, const std::string& section, const Table<Owner>& table, Owner& owner) {
  if (map.kind == Node::Kind::null) return;  // every line of it is commented out
  if (!expect(Node::Kind::map, map, key, "a map of keys")) return;
  for (const Entry& entry : unique_entries(map, key)) {
    const std::string& word = entry.key.text;
    const std::string name = section.empty() ? word : cat(section, ".", word);
    const auto property = std::find_if(table.begin(), table.end(), [&](const auto& p) { return p.name() == name; });
    if (property == table.end() || word.find('.') != std::string::npos) {
      std::vector<std::string> names;
      for (const auto& p : table) names.push_back(p.name());
      report_unknown(entry.key, key, section, names);
      continue;
    }
    const Key member = key.member(word);
    member.found_at(entry.value.place);
    if (property->is_section()) {
      read_map(entry.value, member, name, table, owner);
    } else {
      property->read(entry.value, member, owner);
    }
  }
}

}  // namespace hookferry::config
