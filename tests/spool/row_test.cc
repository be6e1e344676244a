#include "spool/row.h"

#include <gtest/gtest.h>

#include <functional>

#include "spool/crc32c.h"
#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c(0, ""), 0u);
  EXPECT_EQ(crc32c(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(0, std::string(32, '\0')), 0x8a9136aau) << "RFC 3720, B.4";
  EXPECT_EQ(crc32c(0, std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32c, InPieces) {
  const std::string text = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(crc32c(0, text.substr(0, cut)), text.substr(cut)), crc32c(0, text)) << cut;
  }
}

TEST(Row, HeadersThereAndBack) {
  const Record record = record_of(3, "value");
  const std::string encoded = encode_headers(record);
  Record back;
  ASSERT_TRUE(decode_headers(encoded, back));
  ASSERT_EQ(back.header_count(), 2u);
  EXPECT_EQ(back.header_name(0), "ce_id");
  EXPECT_EQ(back.header_value(0), "x");
  EXPECT_EQ(back.header_name(1), "empty");
  EXPECT_EQ(back.header_value(1), "");
}

TEST(Row, HeadersThatAreCutOrTooManyAreRefused) {
  const std::string encoded = encode_headers(record_of(0, "value"));
  for (std::size_t size = 1; size < encoded.size(); ++size) {
    if (size == 8 + 5 + 1) continue;  // the first of two, whole
    Record record;
    EXPECT_FALSE(decode_headers(encoded.substr(0, size), record)) << size;
  }
  std::string many;
  for (std::size_t i = 0; i < Record::max_headers / 2; ++i) many += encoded;
  Record full;
  EXPECT_TRUE(decode_headers(many, full));
  Record over;
  EXPECT_FALSE(decode_headers(many + encoded, over));
}

TEST(Row, TheChecksumIsOfEveryPart) {
  const RowView row{7, "topic", "key", "value", "headers", "event", "conflict", 1, 2, 1, "reason"};
  const std::uint32_t sum = checksum(row);
  const std::vector<std::function<void(RowView&)>> changes{[](RowView& r) { r.id = 8; },
                                                           [](RowView& r) { r.topic = "topiC"; },
                                                           [](RowView& r) { r.key = "keY"; },
                                                           [](RowView& r) { r.value = "valuE"; },
                                                           [](RowView& r) { r.headers = ""; },
                                                           [](RowView& r) { r.event = "evenT"; },
                                                           [](RowView& r) { r.conflict = ""; },
                                                           [](RowView& r) { r.accepted = 2; },
                                                           [](RowView& r) { r.kind = 0; },
                                                           [](RowView& r) { r.state = 0; },
                                                           [](RowView& r) { r.reason = "reaSon"; },
                                                           [](RowView& r) { std::swap(r.key, r.value); },
                                                           [](RowView& r) { r.key = "keyv", r.value = "alue"; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    RowView other = row;
    changes[i](other);
    EXPECT_NE(checksum(other), sum) << i;
  }
}

TEST(Row, TheChecksumOfAFileStays) {
  const RowView row{7, "topic", "key", "value", "headers", "event", "conflict", 1, 0, 0, ""};
  EXPECT_EQ(checksum(row), 287830477u) << "spools that are there have such";
}

}  // namespace
}  // namespace hookferry::spool
