// What routes an event and what tells it apart.
#include "senders/reader.h"

#include "base/text.h"
#include "senders/digest.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using test::glossi;
using test::meshqa;
using test::Sender;
using test::told;

/// The dedupe id that the event's conflict hash was made of, found by trying.
std::string dedupe_id(const Sender& sender, const Event& event) {
  Sha256 sha256;
  for (const std::string& candidate : {event.job_id, hex(event.data_digest)}) {
    std::string fields;
    append_field(fields, sender.source().name());
    append_field(fields, sender.source().events()[event.event]);
    append_field(fields, candidate);
    if (truncate(sha256.digest(fields)) == event.key.conflict) return candidate;
  }
  return "neither";
}

TEST(Reader, ReadsTheFixturesAsExpected) {
  for (const auto& row : test::read_table("expected.tsv")) {
    ASSERT_EQ(row.size(), 5u);
    const auto& [file, topic, key, dedupe, id] = std::tie(row[0], row[1], row[2], row[3], row[4]);
    Sender sender(test::spec_of(file.substr(0, file.find('.'))));
    const std::string body = test::read_file(file);
    const auto result = sender.read(body);
    ASSERT_TRUE(std::holds_alternative<Event>(result)) << file;
    const Event& event = std::get<Event>(result);
    EXPECT_EQ(sender.source().name() + "." + sender.source().events()[event.event], topic);
    EXPECT_EQ(event.entity_id, key) << file;
    EXPECT_EQ(dedupe_id(sender, event), dedupe) << file;
    EXPECT_EQ(hex(event.key.id), id) << file;
    EXPECT_EQ(event.unmapped, "") << file;
    EXPECT_EQ(event.timestamp, sender.source().preset() == "glossi" ? "2025-01-15T10:30:00.000Z" : "") << file;
    EXPECT_EQ(event.job_id, topic.find(".model.") == topic.npos && topic.find(".project.") == topic.npos ? key : "");
  }
}

TEST(Reader, GivesTheDataAsItStandsInTheBody) {
  Sender sender = glossi();
  const std::string body = "{\"data\" :\n { \"jobId\" : \"j\" ,\"x\":1e400 }\t, \"event\":\"job.complete\"}";
  const auto result = sender.read(body);
  const Event& event = std::get<Event>(result);
  EXPECT_EQ(event.data, "{ \"jobId\" : \"j\" ,\"x\":1e400 }");
  EXPECT_EQ(event.data.data(), body.data() + body.find("{ \"jobId"));
  EXPECT_EQ(event.data_digest, Sha256().digest(event.data));
}

TEST(Reader, TakesItsMembersInAnyOrder) {
  Sender sender = glossi();
  const std::string_view bodies[] = {
      R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00Z","data":{"jobId":"j","a":1}})",
      R"({"data":{"jobId":"j","a":1},"timestamp":"2025-01-15T10:30:00Z","event":"job.complete"})",
      R"({"timestamp":"2025-01-15T10:30:00Z","data":{"jobId":"j","a":1},"event":"job.complete"})",
      R"({"d\u0061ta":{"jobId":"j","a":1},"timest\u0061mp":"2025-01-15T10:30:00Z","\u0065vent":"job\u002ecomplete"})",
  };
  const auto first = sender.read(bodies[0]);
  for (const std::string_view body : bodies) {
    const auto result = sender.read(body);
    ASSERT_EQ(told(sender, result), "job.complete") << body;
    EXPECT_EQ(std::get<Event>(result).key, std::get<Event>(first).key) << body;
    EXPECT_EQ(std::get<Event>(result).timestamp, "2025-01-15T10:30:00Z") << body;
    EXPECT_EQ(std::get<Event>(result).unmapped, "") << body;
  }
}

TEST(Reader, TellsEventsApartByTheirDataAndNotByTheirTimestamp) {
  Sender sender = glossi();
  const auto key = [&](std::string_view body) {
    const auto result = sender.read(body);
    EXPECT_TRUE(std::holds_alternative<Event>(result)) << body;
    return std::get<Event>(result).key;
  };
  const ClaimKey job = key(R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00Z","data":{"jobId":"j","a":1}})");
  EXPECT_EQ(key(R"({"event":"job.complete","timestamp":"2025-01-15T10:31:00Z","data":{"jobId":"j","a":1}})"), job);
  const ClaimKey other_data = key(R"({"event":"job.complete","data":{"jobId":"j","a":2}})");
  EXPECT_NE(other_data.id, job.id);
  EXPECT_EQ(other_data.conflict, job.conflict) << "one job id with other data is a conflict";
  EXPECT_NE(key(R"({"event":"job.failed","data":{"jobId":"j","a":1}})").conflict, job.conflict);
  EXPECT_NE(key(R"({"event":"job.complete","data":{"jobId":"k","a":1}})").conflict, job.conflict);

  const ClaimKey model = key(R"({"event":"model.processed","data":{"modelId":"m","a":1}})");
  const ClaimKey other_model = key(R"({"event":"model.processed","data":{"modelId":"m","a":2}})");
  EXPECT_NE(model.id, other_model.id);
  EXPECT_NE(model.conflict, other_model.conflict) << "two events of one model are two events";
}

TEST(Reader, SeparatesSourcesOfOnePreset) {
  SourceSpec spec = test::spec_of("glossi");
  spec.name = "glossi-2";
  Sender second(spec);
  Sender first = glossi();
  const std::string_view body = R"({"event":"job.complete","data":{"jobId":"j"}})";
  const auto a = first.read(body);
  const auto b = second.read(body);
  EXPECT_NE(std::get<Event>(a).key.id, std::get<Event>(b).key.id);
  EXPECT_NE(std::get<Event>(a).key.conflict, std::get<Event>(b).key.conflict);
}

TEST(Reader, ReadsAnyValueAsData) {
  Sender sender = glossi();
  for (const std::string data : {"null", "{}", "[]", "\"\"", "0", "false", "-0.0e-5", "[{\"jobId\":1,\"jobId\":2}]"}) {
    const std::string body = R"({"event":"job.complete","data":)" + data + "}";
    const auto result = sender.read(body);
    ASSERT_EQ(told(sender, result), "job.complete") << data;
    EXPECT_EQ(std::get<Event>(result).data, data);
    EXPECT_EQ(std::get<Event>(result).entity_id, "");
    EXPECT_EQ(dedupe_id(sender, std::get<Event>(result)), hex(std::get<Event>(result).data_digest));
  }
}

TEST(ReaderIds, AreThoseOfTheEventsPrefix) {
  Sender sender = glossi({"job.x", "render.x", "model.x", "project.x", "team.x"});
  const auto ids = [&](const std::string& name) {
    const std::string body =
        R"({"event":")" + name +
        R"(","jobId":"top","data":{"jobId":"j","modelId":"m","projectId":"p","in":{"jobId":"deep"}}})";
    const auto result = sender.read(body);
    EXPECT_EQ(told(sender, result), name);
    const Event& event = std::get<Event>(result);
    return event.entity_id + "/" + event.job_id;
  };
  for (const char* name : {"job.complete", "job.failed", "render.complete", "render.failed", "job.x", "render.x"}) {
    EXPECT_EQ(ids(name), "j/j") << name;
  }
  for (const char* name : {"model.processed", "model.failed", "model.x"}) EXPECT_EQ(ids(name), "m/") << name;
  for (const char* name : {"project.created", "project.x"}) EXPECT_EQ(ids(name), "p/") << name;
  EXPECT_EQ(ids("team.x"), "/");
}

TEST(ReaderIds, OfMeshqaStandAtTheTop) {
  SourceSpec spec = test::spec_of("meshqa");
  spec.events = {"validation.started"};
  Sender sender(spec);
  for (const std::string name : {"validation.completed", "validation.started"}) {
    const std::string body = R"({"result":{"job_id":"inner"},"job_id":"j","event":")" + name + R"("})";
    const auto result = sender.read(body);
    ASSERT_EQ(told(sender, result), name);
    EXPECT_EQ(std::get<Event>(result).entity_id, "j");
    EXPECT_EQ(std::get<Event>(result).job_id, "j");
    EXPECT_EQ(std::get<Event>(result).unmapped, "") << "subject and jobid carry it";
  }
}

TEST(ReaderIds, ThatAreAbsentLeaveTheEventWithoutAnEntity) {
  Sender sender = glossi();
  const auto result = sender.read(R"({"event":"job.complete","data":{"jobid":"j","nested":{"jobId":"j"}}})");
  ASSERT_EQ(told(sender, result), "job.complete");
  EXPECT_EQ(std::get<Event>(result).entity_id, "");
  EXPECT_EQ(std::get<Event>(result).job_id, "");
}

TEST(ReaderIds, AreNotTakenFromOtherMembers) {
  Sender sender = glossi();
  const auto with = sender.read(
      R"({"x":{"jobId":"x"},"event":"job.complete","data":{"jobId":"j"},"y":{"jobId":"y"},"z":[{"jobId":"z"}]})");
  ASSERT_EQ(told(sender, with), "job.complete");
  EXPECT_EQ(std::get<Event>(with).entity_id, "j");
  const auto without =
      sender.read(R"({"x":{"jobId":1.5},"event":"job.complete","data":[{"jobId":"a"}],"y":{"jobId":"y"}})");
  ASSERT_EQ(told(sender, without), "job.complete");
  EXPECT_EQ(std::get<Event>(without).entity_id, "");
}

TEST(ReaderIds, AreTextsOrIntegersOf64Bits) {
  Sender sender = meshqa();
  const auto id = [&](const std::string& value) {
    const std::string body = R"({"event":"validation.completed","result":{},"job_id":)" + value + "}";
    const auto result = sender.read(body);
    const auto* const event = std::get_if<Event>(&result);
    return event != nullptr ? "id " + event->entity_id : told(sender, result);
  };
  EXPECT_EQ(id("0"), "id 0");
  EXPECT_EQ(id("-0"), "id 0") << "an integer, and the same one";
  EXPECT_EQ(id("42"), "id 42");
  EXPECT_EQ(id("-7"), "id -7");
  EXPECT_EQ(id("9223372036854775807"), "id 9223372036854775807");
  EXPECT_EQ(id("9223372036854775808"), "id 9223372036854775808");
  EXPECT_EQ(id("18446744073709551615"), "id 18446744073709551615");
  EXPECT_EQ(id("-9223372036854775808"), "id -9223372036854775808");
  EXPECT_EQ(id("1234567890123456789"), "id 1234567890123456789");
  EXPECT_EQ(id(R"("42")"), "id 42");
  EXPECT_EQ(id(R"("1.0")"), "id 1.0");
  EXPECT_EQ(id(R"("caf\u00e9 \"\\\/")"), "id caf\xc3\xa9 \"\\/");
  EXPECT_EQ(id(R"("\ud83e\udd86")"), "id \xf0\x9f\xa6\x86");
  EXPECT_EQ(id(R"(" ")"), "id  ");
  EXPECT_EQ(id('"' + std::string(256, 'x') + '"'), "id " + std::string(256, 'x'));
  for (const std::string& value :
       {std::string("null"), std::string("true"), std::string("1.0"), std::string("1e3"), std::string("1E0"),
        std::string("-0.0"), std::string("-0e0"), std::string("18446744073709551616"),
        std::string("-9223372036854775809"), std::string("123456789012345678901234567890"), std::string("1e400"),
        std::string("{}"), std::string("[]"), std::string("[1]"), std::string(R"({"job_id":"j"})"),
        std::string(R"("")"), std::string(R"("\u0000")"), std::string(R"("a\n")"), std::string(R"("\u001f")"),
        std::string("\"\x7f\""), std::string(R"("\u0085")"), std::string(R"("\ufffe")"),
        std::string(R"("\ud83f\udfff")"), '"' + std::string(257, 'x') + '"', '"' + std::string(10000, 'x') + '"',
        // 129 characters, 258 bytes, in parts of the parser's own size
        [] {
          std::string text = "\"";
          for (int i = 0; i < 129; ++i) text += "\\u00e9";
          return text + '"';
        }()}) {
    EXPECT_EQ(id(value), "bad_id") << value.substr(0, 80);
  }
}

TEST(ReaderIds, AreOneWhetherTextOrInteger) {
  Sender sender = meshqa();
  const auto text = sender.read(R"({"event":"validation.completed","result":{},"job_id":"42"})");
  const auto integer = sender.read(R"({"event":"validation.completed","result":{},"job_id":42})");
  EXPECT_EQ(std::get<Event>(text).key, std::get<Event>(integer).key);
}

TEST(ReaderIds, ThatTheEventIsNotRoutedByMayBeAnything) {
  Sender sender = glossi();
  const auto result = sender.read(R"({"event":"render.complete","data":{"jobId":"j","projectId":null,"modelId":1.5}})");
  EXPECT_EQ(told(sender, result), "render.complete");
}

TEST(ReaderTimestamp, IsTakenAsWritten) {
  Sender sender = glossi();
  const auto time = [&](const std::string& value) {
    const std::string body = R"({"event":"job.complete","data":1,"timestamp":)" + value + "}";
    const auto result = sender.read(body);
    EXPECT_EQ(told(sender, result), "job.complete") << value;
    return std::string(std::get<Event>(result).timestamp) + "|" + std::get<Event>(result).unmapped;
  };
  EXPECT_EQ(time(R"("2025-01-15T10:30:00.123456789+05:30")"), "2025-01-15T10:30:00.123456789+05:30|");
  for (const std::string value :
       {R"("2025-01-15 10:30:00Z")", R"("2025-01-15T10:30:00")", R"("2025-01-15T10:30:60Z")",
        R"("2025-02-30T10:30:00Z")", R"("2025-01-15T10:30:00.1234567890Z")", R"("2025-01-15t10:30:00z")",
        R"("2025-01-15T10:30:00\u005a")", R"("")", "1736937000", "1736937000.5", "null", "[1]", "{}"}) {
    EXPECT_EQ(time(value), R"(|{"timestamp":)" + value + "}");
  }
}

TEST(ReaderUnmapped, KeepsWhatNothingElseCarries) {
  Sender sender = glossi();
  const auto result = sender.read(
      "{\"v\" : 1.50 ,\"event\":\"job.complete\",\"data\":{}, \"x\\u0079\":[ 1e400, \"a b\" ] ,"
      "\"jobId\":\"top\",\"v\":2,\"\":{ }\n}");
  ASSERT_EQ(told(sender, result), "job.complete");
  EXPECT_EQ(std::get<Event>(result).unmapped, R"({"v":1.50,"x\u0079":[1e400,"a b"],"jobId":"top","v":2,"":{}})");
}

TEST(ReaderUnmapped, HasWhatIsNoMemberOfThisSenders) {
  Sender sender = meshqa();
  const auto result =
      sender.read(R"({"event":"validation.completed","timestamp":"2025-01-15T10:30:00Z","data":{},"result":1})");
  ASSERT_EQ(told(sender, result), "validation.completed");
  EXPECT_EQ(std::get<Event>(result).data, "1");
  EXPECT_EQ(std::get<Event>(result).timestamp, "");
  EXPECT_EQ(std::get<Event>(result).unmapped, R"({"timestamp":"2025-01-15T10:30:00Z","data":{}})");
}

TEST(Reader, CanBeMoved) {
  const auto source = Source::make(test::spec_of("glossi")).value();
  Sender sender(source);
  Reader first(source);
  Reader second(std::move(first));
  first = std::move(second);
  const std::string_view body = R"({"event":"job.complete","data":{}})";
  EXPECT_EQ(told(sender, first.read(sender.verified(body))), "job.complete");
}

}  // namespace
}  // namespace hookferry::senders
