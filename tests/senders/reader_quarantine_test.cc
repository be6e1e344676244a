// Why a body cannot be routed, and which reason is told where several hold.
#include "senders/reader.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using test::glossi;
using test::meshqa;
using test::Sender;
using test::told;

std::string told_of(Sender& sender, std::string_view body) {
  return told(sender, sender.read(body));
}

TEST(ReaderQuarantine, TellsEachReason) {
  Sender sender = glossi({"team.x"});
  const std::pair<const char*, const char*> cases[] = {
      {"", "not_json"},
      {"{", "not_json"},
      {R"({"event":"job.complete","data":{}} x)", "not_json"},
      {"[]", "no_event_name"},
      {"null", "no_event_name"},
      {"\"event\"", "no_event_name"},
      {R"([{"event":"job.complete","data":{}}])", "no_event_name"},
      {"{}", "no_event_name"},
      {R"({"data":{"event":"job.complete"}})", "no_event_name"},
      {R"({"Event":"job.complete","data":{}})", "no_event_name"},
      {R"({"event":null,"data":{}})", "no_event_name"},
      {R"({"event":1,"data":{}})", "no_event_name"},
      {R"({"event":["job.complete"],"data":{}})", "no_event_name"},
      {R"({"event":{"event":"job.complete"},"data":{}})", "no_event_name"},
      {R"({"event":"","data":{}})", "unknown_event"},
      {R"({"event":"job.completed","data":{}})", "unknown_event"},
      {R"({"event":"job.complete\u0000","data":{}})", "unknown_event"},
      {R"({"event":"validation.completed","data":{}})", "unknown_event"},
      {R"({"event":"job.complete"})", "no_data"},
      {R"({"event":"job.complete","result":{}})", "no_data"},
      {R"({"event":"job.complete","data":{"jobId":null}})", "bad_id"},
      {R"({"event":"team.x","data":{"jobId":null}})", "team.x"},
  };
  for (const auto& [body, reason] : cases) EXPECT_EQ(told_of(sender, body), reason) << body;
}

TEST(ReaderQuarantine, TellsMembersThatStandTwice) {
  Sender sender = glossi();
  const std::pair<const char*, const char*> cases[] = {
      {R"({"event":"job.complete","event":"job.complete","data":{}})", "ambiguous"},
      {R"({"event":"job.complete","e\u0076ent":"job.failed","data":{}})", "ambiguous"},
      {R"({"event":"job.complete","event":1,"data":{}})", "ambiguous"},
      {R"({"event":"job.complete","data":{},"data":{}})", "ambiguous"},
      {R"({"event":"job.complete","d\u0061ta":{},"data":{}})", "ambiguous"},
      {R"({"event":"job.complete","data":{},"timestamp":1,"timestamp":1})", "ambiguous"},
      {R"({"event":"job.complete","data":{"jobId":"j","jobId":"j"}})", "ambiguous"},
      {R"({"event":"job.complete","data":{"jobId":"j","job\u0049d":"k"}})", "ambiguous"},
      // Not routed by: passed on as they are.
      {R"({"event":"job.complete","data":{"jobId":"j","modelId":1,"modelId":2,"x":1,"x":2}})", "job.complete"},
      {R"({"event":"job.complete","data":{"jobId":"j","in":{"jobId":1,"jobId":2}},"x":1,"x":2})", "job.complete"},
      {R"({"event":"job.complete","data":{"jobId":"j"},"jobId":1,"jobId":2})", "job.complete"},
  };
  for (const auto& [body, reason] : cases) EXPECT_EQ(told_of(sender, body), reason) << body;

  Sender other = meshqa();
  EXPECT_EQ(told_of(other, R"({"event":"validation.completed","job_id":1,"job_id":1,"result":{}})"), "ambiguous");
  EXPECT_EQ(told_of(other, R"({"event":"validation.completed","timestamp":1,"timestamp":1,"result":{}})"),
            "validation.completed");
}

TEST(ReaderQuarantine, TellsTheFirstReasonThatHolds) {
  Sender sender = meshqa();
  const std::pair<const char*, const char*> cases[] = {
      // Each case has every fault that comes after the one that is told.
      {R"({"event":1,"event":"x","job_id":null,"job_id":null} x)", "not_json"},
      {R"({"event":1,"event":"x","job_id":null,"job_id":null})", "ambiguous"},
      {R"({"event":1,"job_id":null,"job_id":null})", "no_event_name"},
      {R"({"event":"x","job_id":null,"job_id":null})", "unknown_event"},
      {R"({"event":"validation.completed","job_id":null,"job_id":null})", "ambiguous"},
      {R"({"event":"validation.completed","job_id":null})", "bad_id"},
      {R"({"event":"validation.completed"})", "no_data"},
  };
  for (const auto& [body, reason] : cases) EXPECT_EQ(told_of(sender, body), reason) << body;
}

TEST(ReaderQuarantine, NamesTheEventWhereItIsKnown) {
  Sender sender = glossi();
  const auto event_of = [&](std::string_view body) {
    const EventId event = std::get<Unroutable>(sender.read(body)).event;
    return event == no_event ? std::string("unknown") : sender.source().events()[event];
  };
  EXPECT_EQ(event_of(R"({"event":"job.failed"})"), "job.failed");
  EXPECT_EQ(event_of(R"({"event":"job.failed","data":{"jobId":true}})"), "job.failed");
  EXPECT_EQ(event_of(R"({"event":"job.failed","data":1,"data":2})"), "job.failed");
  EXPECT_EQ(event_of(R"({"event":"job.failed","event":"job.failed","data":1})"), "unknown");
  EXPECT_EQ(event_of(R"({"event":"job.fail"})"), "unknown");
  EXPECT_EQ(event_of(R"({"event":"job.failed",)"), "unknown");
}

/// Arrays and objects in turn, `depth` levels.
std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += i % 2 == 0 ? "[" : "{\"a\":";
  text += "1";
  for (std::size_t i = depth; i-- > 0;) text += i % 2 == 0 ? "]" : "}";
  return text;
}

TEST(ReaderDepth, Is32LevelsTheOutermostCounted) {
  Sender sender = glossi();
  const auto with_data = [](std::size_t depth) { return R"({"event":"job.complete","data":)" + nested(depth) + "}"; };
  EXPECT_EQ(told_of(sender, with_data(31)), "job.complete");
  EXPECT_EQ(told_of(sender, with_data(32)), "too_deep");
  EXPECT_EQ(told_of(sender, R"({"event":"job.complete","data":1,"x":)" + nested(31) + "}"), "job.complete");
  EXPECT_EQ(told_of(sender, R"({"event":"job.complete","data":1,"x":)" + nested(32) + "}"), "too_deep");
  EXPECT_EQ(told_of(sender, nested(32)), "no_event_name");
  EXPECT_EQ(told_of(sender, nested(33)), "too_deep");
  EXPECT_EQ(told_of(sender, with_data(100000)), "too_deep");
  EXPECT_EQ(told_of(sender, with_data(31)), "job.complete") << "a reader is as good as new after a fault";
}

TEST(ReaderDepth, IsToldWhereItComesBeforeAnotherFault) {
  Sender sender = glossi();
  EXPECT_EQ(told_of(sender, nested(40) + " x"), "too_deep");
  EXPECT_EQ(told_of(sender, "x " + nested(40)), "not_json");
}

}  // namespace
}  // namespace hookferry::senders
