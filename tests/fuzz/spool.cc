#include "base/check.h"
#include "spool/row.h"
#include "tests/fuzz/targets.h"

namespace hookferry::fuzz {

/// The input's parts stand one behind the other: two ids, and the headers.
void spool_row(std::string_view input) {
  spool::RowView row;
  row.id = 1;
  row.topic = row.key = row.value = input;
  row.event = input.substr(0, 16);
  row.conflict = input.substr(row.event.size(), 16);
  row.headers = input.substr(row.event.size() + row.conflict.size());
  const auto read = spool::spooled_row(row, 7);
  if (!read) return;
  HOOKFERRY_CHECK(read->record.topic() == 7 && read->record.key() == input && read->record.value() == input);
  HOOKFERRY_CHECK(spool::encode_headers(read->record) == row.headers);
  HOOKFERRY_CHECK(spool::bytes_of(read->key.id) == row.event && spool::bytes_of(read->key.conflict) == row.conflict);
}

}  // namespace hookferry::fuzz
