#include "senders/render.h"

#include <boost/json.hpp>
#include <map>

#include "base/text.h"
#include "base/time.h"
#include "senders/digest.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using test::Sender;
namespace json = boost::json;

const WallTime received = WallTime(std::chrono::milliseconds(1748779200123));  // 2025-06-01T12:00:00.123Z
constexpr std::string_view trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Record render(Sender& sender, std::string_view body, const TraceContext& trace = {}) {
  const auto result = sender.read(body);
  EXPECT_TRUE(std::holds_alternative<Event>(result)) << body;
  return render_event(sender.source(), std::get<Event>(result), trace, received, 7);
}

std::string headers_of(const Record& record) {
  std::string out;
  for (std::size_t i = 0; i < record.header_count(); ++i) {
    out.append(record.header_name(i)).append(": ").append(record.header_value(i)).append("\n");
  }
  return out;
}

/// Bytes that the record has reserved and not used.
std::size_t spare(Record record) {
  return record.begin_value().capacity() - record.size();
}

TEST(RenderEvent, IsTheDocumentedRecord) {
  Sender sender = test::glossi();
  const Record record = render(sender, test::read_file("glossi.job.complete.json"), {trace_parent, "a=b"});
  EXPECT_EQ(record.topic(), 7);
  EXPECT_EQ(record.key(), "job-uuid");
  EXPECT_EQ(record.value(),
            R"({"specversion":"1.0","id":"86e3744cba9fae9567b8b19434d77608","source":"https://api.glossi.app",)"
            R"("type":"glossi.job.complete","subject":"job-uuid","time":"2025-01-15T10:30:00.000Z",)"
            R"("datacontenttype":"application/json","jobid":"job-uuid","receivedtime":"2025-06-01T12:00:00.123Z",)"
            R"("data":{"jobId":"job-uuid","status":"COMPLETE","results":[{"model":{"id":"model-uuid","name":"Chair"},)"
            R"("project":{"id":"project-uuid","name":"Chair Project"}}]}})");
  Sha256 sha256;
  std::string fields;
  for (const char* const field : {"glossi", "job.complete", "job-uuid"}) append_field(fields, field);
  const std::string conflict = hex(truncate(sha256.digest(fields)));
  const std::string_view value = record.value();
  const std::size_t data = value.find("\"data\":") + 7;
  const std::string data_hash = hex(truncate(sha256.digest(value.substr(data, value.size() - data - 1))));
  EXPECT_EQ(headers_of(record),
            "content-type: application/cloudevents+json; charset=UTF-8\n"
            "ce_id: 86e3744cba9fae9567b8b19434d77608\n"
            "ce_type: glossi.job.complete\n"
            "ce_source: https://api.glossi.app\n"
            "hookferry-dedupe: 01" +
                conflict + data_hash +
                "\n"
                "traceparent: " +
                std::string(trace_parent) +
                "\n"
                "tracestate: a=b\n");
}

TEST(RenderEvent, LeavesOutWhatTheEventHasNot) {
  Sender sender = test::glossi({"team.joined"});
  const Record record = render(sender, R"({"event":"team.joined","data":null})");
  const auto read = sender.read(R"({"event":"team.joined","data":null})");
  const std::string id = hex(std::get<Event>(read).key.id);
  EXPECT_EQ(record.key(), id);
  EXPECT_EQ(record.value(), R"({"specversion":"1.0","id":")" + id +
                                R"(","source":"https://api.glossi.app","type":"glossi.team.joined",)"
                                R"("time":"2025-06-01T12:00:00.123Z","datacontenttype":"application/json",)"
                                R"("receivedtime":"2025-06-01T12:00:00.123Z","data":null})");
  EXPECT_EQ(record.header_count(), 5u);
}

TEST(RenderEvent, HasAnEntityWithoutAJob) {
  Sender sender = test::glossi();
  const Record record = render(sender, test::read_file("glossi.model.failed.json"));
  EXPECT_EQ(record.key(), "model-uuid");
  EXPECT_NE(record.value().find(R"("subject":"model-uuid")"), std::string_view::npos);
  EXPECT_EQ(record.value().find("jobid"), std::string_view::npos);
}

TEST(RenderEvent, PutsUnmappedBeforeTheDataAsAText) {
  Sender sender = test::meshqa();
  const Record record = render(
      sender,
      "{\"event\":\"validation.completed\",\"result\":{},\"job_id\":42,\"a\\\"\\n\": [ \"\\\\ \xc2\x85\" , 1e400 ]}");
  EXPECT_TRUE(record.value().ends_with(
      R"("jobid":"42","receivedtime":"2025-06-01T12:00:00.123Z","unmapped":"{\"a\\\"\\n\":[\"\\\\ \\u0085\",1e400]}","data":{}})"))
      << record.value();
  const json::value unmapped = json::parse(json::parse(record.value()).at("unmapped").as_string());
  EXPECT_EQ(unmapped.at("a\"\n").at(0).as_string(), "\\ \xc2\x85");
}

TEST(RenderEvent, IsValidJsonForEveryIdThatIsTaken) {
  Sender sender = test::meshqa();
  for (const std::string id : {R"(\"\\\/)", R"(\u2028\u2029)", "\xe2\x80\xa8", R"(\ud83e\udd86)", R"({\"a\":[]})",
                               "a b", R"(</script>&'%)", R"(\u00a0\ufffd)"}) {
    const std::string body = R"({"event":"validation.completed","result":[],"job_id":")" + id + R"("})";
    const Record record = render(sender, body);
    const json::value expected = json::parse(body);
    const json::value event = json::parse(record.value());
    EXPECT_EQ(event.at("subject"), expected.at("job_id")) << record.value();
    EXPECT_EQ(event.at("jobid"), expected.at("job_id")) << record.value();
    EXPECT_EQ(record.key(), std::string_view(expected.at("job_id").as_string())) << "the key is the id itself";
  }
}

TEST(RenderEvent, ReservesOnceAndHardlyMoreThanItNeeds) {
  Sender sender = test::glossi();
  SourceSpec spec = test::spec_of("meshqa");
  spec.source_uri = "https://example.com/" + std::string(300, 'a');
  Sender other(spec);
  // What is reserved for members that this event has not: far less than what a string grows by.
  constexpr std::size_t bound = 256;
  for (const auto& row : test::read_table("expected.tsv")) {
    Sender& by = row[0].starts_with("glossi") ? sender : other;
    EXPECT_LE(spare(render(by, test::read_file(row[0]))), bound) << row[0];
    EXPECT_LE(spare(render(by, test::read_file(row[0]), {trace_parent, std::string(512, 'x')})), bound) << row[0];
  }
  const std::string quotes = std::string(5000, '"');
  std::string escaped;
  for (const char c : quotes) (escaped += '\\') += c;
  EXPECT_LE(spare(render(sender, R"({"event":"job.complete","x":")" + escaped + R"(","data":{}})")), bound);
  std::string id;
  for (int i = 0; i < 128; ++i) id += R"(\"\\)";
  EXPECT_LE(spare(render(other, R"({"event":"validation.completed","result":0,"job_id":")" + id + R"("})")), bound);
  EXPECT_LE(spare(render(sender, R"({"event":"job.complete","data":")" + std::string(1 << 20, 'x') + R"("})")), bound);
}

TEST(RenderQuarantine, KeepsBodyReasonAndWhatTheSourceReads) {
  Sender sender = test::glossi();
  const std::string body("no \0json\xff", 9);
  const std::string signature = sign("glossi-test-secret", body);
  const HeaderView headers[] = {{"Host", "example.com"},           {"CONTENT-TYPE", "text/plain; charset=x"},
                                {"x-glossi-SIGNATURE", signature}, {"Content-Type", "second"},
                                {"X-MeshQA-Signature", "x"},       {"traceparent", trace_parent}};
  const Record record =
      render_quarantine(sender.source(), Quarantine::not_json, sender.verified(body), headers, received, 3);
  EXPECT_EQ(record.topic(), 3);
  EXPECT_EQ(record.value(), body);
  EXPECT_EQ(record.key(), hex(quarantine_key(sender.source(), sender.verified(body)).id));
  EXPECT_EQ(headers_of(record),
            "hookferry-reason: not_json\nhookferry-source: glossi\n"
            "hookferry-received-time: 2025-06-01T12:00:00.123Z\n"
            "content-type: text/plain; charset=x\nx-glossi-signature: " +
                signature + "\n");
  EXPECT_LE(spare(record), 64u);
}

TEST(RenderQuarantine, LeavesOutAContentTypeThatWasNotSent) {
  Sender sender = test::meshqa();
  const std::string signature = sign("meshqa-test-secret", "");
  const HeaderView headers[] = {{"X-MeshQA-Signature", signature}};
  const Record record =
      render_quarantine(sender.source(), Quarantine::conflict, sender.verified(""), headers, received, 0);
  EXPECT_EQ(record.value(), "");
  EXPECT_EQ(headers_of(record),
            "hookferry-reason: conflict\nhookferry-source: meshqa\n"
            "hookferry-received-time: 2025-06-01T12:00:00.123Z\nx-meshqa-signature: " +
                signature + "\n");
}

TEST(RenderQuarantine, FitsItsHeadersForEveryReason) {
  Sender sender = test::glossi();
  const HeaderView headers[] = {{"Content-Type", "a/b"}, {"X-Glossi-Signature", "0"}};
  for (std::size_t i = 0; i < std::size(quarantine_names); ++i) {
    const Record record =
        render_quarantine(sender.source(), static_cast<Quarantine>(i), sender.verified("x"), headers, received, 0);
    EXPECT_EQ(record.header_value(0), quarantine_names[i]);
    EXPECT_LE(spare(record), 64u);
  }
}

TEST(QuarantineKey, TellsSourcesAndBodiesApart) {
  Sender first = test::glossi();
  Sender second = test::meshqa();
  const ClaimKey key = quarantine_key(first.source(), first.verified("x"));
  EXPECT_EQ(quarantine_key(first.source(), first.verified("x")), key);
  EXPECT_EQ(key.id, key.conflict);
  EXPECT_NE(quarantine_key(first.source(), first.verified("y")).id, key.id);
  EXPECT_NE(quarantine_key(second.source(), second.verified("x")).id, key.id);

  Sha256 sha256;
  std::string fields;
  append_field(fields, "glossi");
  append_field(fields, as_text(sha256.digest("x")));
  EXPECT_EQ(key.id, truncate(sha256.digest(fields)));
}

TEST(BatchSize, IsWhatKafkaCounts) {
  Record empty(0, 0);
  empty.append_key("");
  static_cast<void>(empty.begin_value());
  empty.end_value();
  // 61 of the batch; its record: length, attributes, two deltas, key size, value size, header count.
  EXPECT_EQ(batch_size(empty), 61u + 7u);

  Record record(0, 0);
  record.append_key(std::string(63, 'k'));              // the longest whose size is one byte
  record.begin_value().append(std::string(8192, 'v'));  // the shortest whose size is three
  record.end_value();
  ASSERT_TRUE(record.append_header("name", std::string(64, 'h')));  // the shortest whose size is two
  EXPECT_EQ(batch_size(record), 61u + 3u + 3u + (1 + 63) + (3 + 8192) + 1u + (1 + 4) + (2 + 64));
}

}  // namespace
}  // namespace hookferry::senders
