// Bodies that were changed at random, from a fixed seed: whatever comes of them, it is said of what is there.
#include <boost/json.hpp>
#include <cstring>
#include <memory>
#include <random>

#include "senders/member_scanner.h"
#include "senders/member_slicer.h"
#include "senders/render.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using test::Sender;
namespace json = boost::json;

constexpr std::string_view pieces[] = {R"({)",
                                       R"(})",
                                       R"([)",
                                       R"(])",
                                       R"(")",
                                       R"(\)",
                                       R"(,)",
                                       R"(:)",
                                       R"( )",
                                       R"("event":)",
                                       R"("data":)",
                                       R"("jobId":)",
                                       R"(\u0065)",
                                       R"(\ud83e\udd86)",
                                       R"(\")",
                                       R"(\\)",
                                       R"(1e400)",
                                       R"(-0)",
                                       R"(null)",
                                       R"({})",
                                       R"("")",
                                       R"(18446744073709551615)",
                                       "\n",
                                       "\xc3\xa9",
                                       "\xf0\x9f\xa6\x86",
                                       "\x7f",
                                       "\xef\xbf\xbf"};
constexpr std::string_view members[] = {
    R"("event":"job.failed",)", R"("data":{},)",     R"("jobId":"other",)", R"("jobId":null,)",
    R"("job_id":1,)",           R"("timestamp":0,)", R"("x":[{}],)",        R"("e\u0076ent":"job.failed",)"};

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::string mutate(std::string text) {
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) change(text);
    return text;
  }

 private:
  void change(std::string& text) {
    if (text.empty()) text = "{}";
    const std::size_t at = below(text.size() + 1);
    const std::size_t size = std::min(1 + below(8), text.size() - at);
    switch (below(6)) {
      case 0:
        text.erase(at, size);
        break;
      case 1:
        text.insert(at, pieces[below(std::size(pieces))]);
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), below(24)));
        break;
      case 3:
        text.insert(std::min(text.find('{', at), text.size() - 1) + 1, members[below(std::size(members))]);
        break;
      case 4:
        if (size > 0) text[at] = static_cast<char>(below(256));
        break;
      default:
        text.replace(at, size, pieces[below(std::size(pieces))]);
        break;
    }
  }

  std::mt19937 random_;
};

/// A copy with nothing after its last byte, so that the address sanitizer sees one that is read too many.
class Exact {
 public:
  explicit Exact(const std::string& text) : bytes_(new char[text.size()]), size_(text.size()) {
    text.copy(bytes_.get(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

std::vector<std::string> seeds() {
  std::vector<std::string> bodies;
  for (const std::string_view preset : preset_names()) {
    for (const std::string_view event : preset_events(preset)) bodies.emplace_back(preset_sample(preset, event));
  }
  bodies.emplace_back(R"({"data":{"jobId":7,"a":[{"b":"\"}\\"},[]]},"x":"\\","event":"job.complete","y":{"z":[ ]}})");
  bodies.emplace_back(R"({ "result" : null , "event" : "validation.completed" , "job_id" : "\u00e9" , "x" : 1.5e3 })");
  return bodies;
}

/// An event says what an independent reader says of the same body, and its record is valid and has the data's bytes.
void check_event(const Sender& sender, std::string_view body, const Event& event) {
  const Preset& format = sender.source().format();
  const json::value read_value = json::parse(body);
  const json::object& read = read_value.as_object();
  EXPECT_EQ(read.at(format.event_member).as_string(), sender.source().events()[event.event]) << body;
  ASSERT_GE(event.data.data(), body.data());
  ASSERT_LE(event.data.data() + event.data.size(), body.data() + body.size());
  EXPECT_EQ(json::parse(event.data), read.at(format.data_member)) << body;

  const Record record = render_event(sender.source(), event, {}, WallTime(), 0);
  const json::value rendered = json::parse(record.value());
  EXPECT_EQ(rendered.at("data"), read.at(format.data_member)) << body;
  EXPECT_TRUE(record.value().ends_with(std::string(event.data) + "}")) << body;
  if (!event.entity_id.empty()) {
    EXPECT_EQ(rendered.at("subject").as_string(), event.entity_id) << body;
  }

  const json::value unmapped = json::parse(event.unmapped.empty() ? "{}" : event.unmapped);
  for (const auto& member : read) {
    const bool carried = member.key() == format.event_member || member.key() == format.data_member ||
                         (member.key() == format.timestamp_member && !event.timestamp.empty()) ||
                         (member.key() == "job_id" && sender.source().preset() == "meshqa");
    const json::value* const kept = unmapped.as_object().if_contains(member.key());
    EXPECT_NE(carried, kept != nullptr) << "each member is carried once: " << member.key() << " of " << body;
    if (kept != nullptr) {
      EXPECT_EQ(*kept, member.value()) << body;
    }
  }
}

TEST(RandomBodies, AreReadAsAnIndependentReaderReadsThem) {
  Sender senders[] = {test::glossi(), test::meshqa()};
  const std::vector<std::string> bodies = seeds();
  Mutator mutator(20250115);
  std::size_t events = 0;
  std::size_t reasons[std::size(quarantine_names)] = {};
  for (int round = 0; round < 40000; ++round) {
    const Exact body(mutator.mutate(bodies[mutator.below(bodies.size())]));
    Sender& sender = senders[round % 4 == 0 ? 1 : 0];
    const auto result = sender.read(body.view());
    json::error_code code;
    json::parse(body.view(), code);
    if (const auto* const event = std::get_if<Event>(&result)) {
      ++events;
      ASSERT_FALSE(code) << body.view();
      check_event(sender, body.view(), *event);
    } else {
      const Quarantine reason = std::get<Unroutable>(result).reason;
      ++reasons[static_cast<std::size_t>(reason)];
      const bool refused = reason == Quarantine::not_json || reason == Quarantine::too_deep;
      ASSERT_EQ(static_cast<bool>(code), refused) << name(reason) << ": " << body.view();
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(events, 2000u) << "the changes must leave enough of the bodies whole";
  for (const Quarantine reason : {Quarantine::not_json, Quarantine::no_event_name, Quarantine::unknown_event,
                                  Quarantine::ambiguous, Quarantine::bad_id, Quarantine::no_data}) {
    EXPECT_GT(reasons[static_cast<std::size_t>(reason)], 20u) << name(reason);
  }
}

TEST(RandomBodies, HaveTheSameMembersForScannerAndSlicer) {
  const std::vector<std::string> bodies = seeds();
  MemberScanner scanner({{"event"}, {"data"}, {"jobId", true}}, 1);
  Mutator mutator(4711);
  std::size_t objects = 0;
  for (int round = 0; round < 100000; ++round) {
    const Exact body(mutator.mutate(bodies[mutator.below(bodies.size())]));
    const ScanResult result = scanner.scan(body.view());
    MemberSlicer slicer(body.view());
    MemberSlice member;
    std::size_t count = 0;
    while (slicer.next(member)) ++count;
    if (result != ScanResult::valid || scanner.top_level().empty()) continue;
    ++objects;
    ASSERT_TRUE(slicer.complete()) << body.view();
    ASSERT_EQ(count, scanner.top_level().size()) << body.view();
  }
  EXPECT_GT(objects, 10000u);
}

}  // namespace
}  // namespace hookferry::senders
