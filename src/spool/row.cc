#include "spool/row.h"

#include <array>

#include "spool/crc32c.h"

namespace hookferry::spool {
namespace {

/// Numbers of the columns in the checksum: never changed, never used again.
enum class Column : char { id = 1, topic, key, value, headers, event, conflict, accepted, kind, state, reason };

std::array<char, 8> little_endian(std::uint64_t number) noexcept {
  std::array<char, 8> bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  return bytes;
}

class Sum {
 public:
  void add(Column column, std::string_view bytes) noexcept {
    if (bytes.empty()) return;
    std::array<char, 8> head = little_endian(bytes.size());
    head[7] = static_cast<char>(column);
    crc_ = crc32c(crc32c(crc_, {head.data(), head.size()}), bytes);
  }
  void add(Column column, std::int64_t number) noexcept {
    if (number == 0) return;
    const std::array<char, 8> bytes = little_endian(static_cast<std::uint64_t>(number));
    add(column, std::string_view(bytes.data(), bytes.size()));
  }
  [[nodiscard]] std::uint32_t value() const noexcept { return crc_; }

 private:
  std::uint32_t crc_ = 0;
};

void append_length(std::string& out, std::size_t length) {
  out.append(little_endian(length).data(), 4);
}

std::optional<std::string_view> take(std::string_view& from, std::size_t length) noexcept {
  if (from.size() < length) return std::nullopt;
  const std::string_view taken = from.substr(0, length);
  from.remove_prefix(length);
  return taken;
}

std::optional<std::size_t> take_length(std::string_view& from) noexcept {
  const auto bytes = take(from, 4);
  if (!bytes) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 4; i-- > 0;) length = (length << 8) | static_cast<unsigned char>((*bytes)[i]);
  return length;
}

bool id_of(std::string_view bytes, Id128& id) noexcept {
  if (bytes.size() != id.size()) return false;
  std::memcpy(id.data(), bytes.data(), id.size());
  return true;
}

}  // namespace

std::uint32_t checksum(const RowView& row) noexcept {
  Sum sum;
  sum.add(Column::id, row.id);
  sum.add(Column::topic, row.topic);
  sum.add(Column::key, row.key);
  sum.add(Column::value, row.value);
  sum.add(Column::headers, row.headers);
  sum.add(Column::event, row.event);
  sum.add(Column::conflict, row.conflict);
  sum.add(Column::accepted, row.accepted);
  sum.add(Column::kind, row.kind);
  sum.add(Column::state, row.state);
  sum.add(Column::reason, row.reason);
  return sum.value();
}

std::string encode_headers(const Record& record) {
  std::string out;
  for (std::size_t i = 0; i < record.header_count(); ++i) {
    append_length(out, record.header_name(i).size());
    append_length(out, record.header_value(i).size());
    out.append(record.header_name(i)).append(record.header_value(i));
  }
  return out;
}

bool decode_headers(std::string_view encoded, Record& record) {
  while (!encoded.empty()) {
    const auto name_length = take_length(encoded);
    const auto value_length = name_length ? take_length(encoded) : std::nullopt;
    const auto name = value_length ? take(encoded, *name_length) : std::nullopt;
    const auto value = name ? take(encoded, *value_length) : std::nullopt;
    if (!value || !record.append_header(*name, *value)) return false;
  }
  return true;
}

std::optional<SpooledRow> spooled_row(const RowView& row, TopicId topic) {
  SpooledRow out;
  out.row = row.id;
  out.record = Record(topic, row.key.size() + row.value.size() + row.headers.size());
  out.record.append_key(row.key);
  out.record.begin_value().append(row.value);
  out.record.end_value();
  if (!decode_headers(row.headers, out.record)) return std::nullopt;
  if (!id_of(row.event, out.key.id) || !id_of(row.conflict, out.key.conflict)) return std::nullopt;
  out.accepted = wall_time(row.accepted);
  out.kind = static_cast<std::uint8_t>(row.kind);
  return out;
}

WallTime wall_time(std::int64_t nanoseconds) noexcept {
  return WallTime(std::chrono::nanoseconds(nanoseconds));
}

std::int64_t nanoseconds(WallTime time) noexcept {
  return time.time_since_epoch().count();
}

std::string_view bytes_of(const Id128& id) noexcept {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

}  // namespace hookferry::spool
