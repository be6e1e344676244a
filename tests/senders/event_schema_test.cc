#include "senders/event_schema.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "senders/render.h"
#include "senders/sample.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using testing::Each;
using testing::ElementsAre;
namespace json = boost::json;

const WallTime received = WallTime(std::chrono::milliseconds(1748779200123));

std::shared_ptr<const Source> source_of(const std::string& preset, std::vector<std::string> events = {}) {
  SourceSpec spec = test::spec_of(preset);
  spec.events = std::move(events);
  return Source::make(std::move(spec)).value();
}

SourceEvent event_of(const std::shared_ptr<const Source>& source, std::string_view name) {
  return {source, source->find_event(name)};
}

std::vector<SourceEvent> events_of(const std::shared_ptr<const Source>& source) {
  std::vector<SourceEvent> events;
  for (std::size_t i = 0; i < source->events().size(); ++i) events.push_back({source, static_cast<EventId>(i)});
  return events;
}

json::object parse(const std::string& text) {
  return json::parse(text).as_object();
}

std::vector<std::string> names_of(const json::value& object) {
  std::vector<std::string> names;
  for (const auto& member : object.as_object()) names.emplace_back(member.key());
  return names;
}

std::vector<std::string> headers_of(const Record& record) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < record.header_count(); ++i) names.emplace_back(record.header_name(i));
  return names;
}

std::vector<std::string> header_names(const std::string& schema) {
  return names_of(parse(schema)["properties"]);
}

TEST(EventSchema, KnowsEveryMemberAndHeaderOfEveryDocumentedRecord) {
  for (const std::string_view preset : preset_names()) {
    const auto source = source_of(std::string(preset));
    for (const SourceEvent& event : events_of(source)) {
      const auto record = documented_record(source, event.event, received);
      ASSERT_TRUE(record);
      const std::string value(record->value());
      EXPECT_THAT(names_of(parse(value_schema(std::span(&event, 1)))["properties"]),
                  testing::IsSupersetOf(names_of(json::parse(value))));
      EXPECT_THAT(header_names(headers_schema(event)), testing::IsSupersetOf(headers_of(*record)));
    }
  }
}

TEST(EventSchema, NamesTheTypesAndSourcesOfItsEvents) {
  const SourceEvent failed = event_of(source_of("glossi"), "job.failed");
  const SourceEvent validated = event_of(source_of("meshqa"), "validation.completed");
  json::object one = parse(value_schema(std::span(&failed, 1)));
  EXPECT_EQ(one["properties"].at("type"), json::parse(R"({"const":"glossi.job.failed"})"));
  EXPECT_EQ(one["title"], "glossi.job.failed");
  json::object both = parse(value_schema(std::vector{failed, validated, failed}));
  EXPECT_EQ(both["properties"].at("type"),
            json::parse(R"({"enum":["glossi.job.failed","meshqa.validation.completed"]})"));
  EXPECT_EQ(both["properties"].at("source"),
            json::parse(R"({"enum":["https://api.glossi.app","https://meshqa.vercel.app"]})"));
}

TEST(EventSchema, HasAJobIdAndASubjectOnlyWhereAnEventMay) {
  const auto source = source_of("glossi", {"scene.exploded"});
  const auto members = [&](const char* name) {
    const SourceEvent event = event_of(source, name);
    return names_of(parse(value_schema(std::span(&event, 1)))["properties"]);
  };
  EXPECT_THAT(members("job.complete"), testing::IsSupersetOf({"jobid", "subject"}));
  EXPECT_THAT(members("model.failed"),
              testing::AllOf(testing::Contains("subject"), testing::Not(testing::Contains("jobid"))));
  EXPECT_THAT(members("scene.exploded"), Each(testing::AllOf(testing::Ne("subject"), testing::Ne("jobid"))));
}

TEST(EventSchema, ReadsTheDataOffItsSample) {
  const auto source = source_of("glossi", {"scene.exploded"});
  json::object data = parse(data_schema(event_of(source, "job.complete")));
  EXPECT_EQ(data["properties"], json::parse(R"({
    "jobId": {"type": ["string", "integer"]},
    "status": {"type": "string"},
    "results": {"type": "array", "items": {"type": "object", "properties": {
      "model": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
      "project": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}}}}})"));
  EXPECT_FALSE(data.contains("required"));
  EXPECT_THAT(names_of(parse(data_schema(event_of(source, "scene.exploded")))), ElementsAre("description"));

  json::object result = parse(data_schema(event_of(source_of("meshqa"), "validation.completed")));
  EXPECT_EQ(result["properties"].at("valid"), json::parse(R"({"type":"boolean"})"));
  EXPECT_EQ(result["properties"].at("health_score"), json::parse(R"({"type":"number"})"));
}

TEST(EventSchema, SaysNothingOfDataThatDiffers) {
  const std::vector<SourceEvent> events = events_of(source_of("glossi"));
  json::object all = parse(value_schema(events));
  EXPECT_THAT(names_of(all["properties"].at("data")), ElementsAre("description"));
  const std::vector twice{events.front(), events.front()};
  EXPECT_TRUE(parse(value_schema(twice))["properties"].at("data").as_object().contains("properties"));
}

TEST(EventSchema, KnowsTheHeadersOfWhatIsQuarantined) {
  test::Sender sender = test::glossi();
  const VerifiedBody body = sender.verified("not JSON");
  const HeaderView headers[] = {{"Content-Type", "text/plain"}, {"X-Glossi-Signature", "abc"}};
  const Record record = render_quarantine(sender.source(), Quarantine::not_json, body, headers, received, 0);
  EXPECT_THAT(header_names(quarantine_headers_schema(sender.source())),
              testing::UnorderedElementsAreArray(headers_of(record)));
}

}  // namespace
}  // namespace hookferry::senders
