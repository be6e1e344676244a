#include "senders/sample.h"

#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

const Identity identity{"0123abcd", "2026-01-02T03:04:05.678Z"};

TEST(Sample, IsTheDocumentedEventWithAnIdentityOfItsOwn) {
  EXPECT_EQ(sample_body("glossi", "job.failed", identity),
            R"({"event":"job.failed","timestamp":"2026-01-02T03:04:05.678Z","data":{"jobId":"job-0123abcd",)"
            R"("status":"FAILED","error":"Model processing timed out"}})");
  EXPECT_NE(sample_body("meshqa", "validation.completed", identity).find(R"("job_id":"val_0123abcd")"),
            std::string::npos);
}

TEST(Sample, OfEachEventIsReadAsThatEvent) {
  for (const std::string_view preset : preset_names()) {
    SourceSpec spec = test::spec_of(std::string(preset));
    spec.events = {"something.new", "job.new"};
    test::Sender sender(spec);
    for (const std::string& event : sender.source().events()) {
      const std::string one = sample_body(preset, event, identity);
      const std::string other = sample_body(preset, event, {"4567", identity.timestamp});
      const auto first = sender.read(one);
      const auto second = sender.read(other);
      EXPECT_EQ(test::told(sender, first), event) << one;
      ASSERT_TRUE(std::holds_alternative<Event>(first) && std::holds_alternative<Event>(second));
      EXPECT_NE(std::get<Event>(first).key.id, std::get<Event>(second).key.id) << one;
      EXPECT_NE(std::get<Event>(first).key.conflict, std::get<Event>(second).key.conflict) << "no conflict: " << one;
    }
  }
}

TEST(Sample, HasAnExampleWithAJobId) {
  EXPECT_EQ(preset_example("glossi"), "job.complete");
  EXPECT_EQ(preset_example("meshqa"), "validation.completed");
  EXPECT_EQ(preset_example("nobody"), "");
}

TEST(Sample, IsSignedAsTheSenderDoes) {
  for (const auto& row : test::read_table("signatures.tsv")) {
    const auto [name, value] = signature_header(row[1], row[3], test::read_file(row[0]));
    EXPECT_EQ(name, find_preset(row[1])->signature_header);
    EXPECT_EQ(value, row[4]);
  }
}

}  // namespace
}  // namespace hookferry::senders
