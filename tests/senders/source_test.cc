#include "senders/source.h"

#include <gmock/gmock.h>

#include "senders/version.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string problem_of(const SourceSpec& spec) {
  const auto source = Source::make(spec);
  return source ? "none" : source.error().message;
}

TEST(Presets, AreTheTwoSenders) {
  EXPECT_THAT(preset_names(), ElementsAre("glossi", "meshqa"));
  EXPECT_THAT(preset_events("glossi"), ElementsAre("model.processed", "model.failed", "project.created", "job.complete",
                                                   "job.failed", "render.complete", "render.failed"));
  EXPECT_THAT(preset_events("meshqa"), ElementsAre("validation.completed"));
  EXPECT_EQ(preset_secret_variable("glossi"), "GLOSSI_WEBHOOK_SECRET");
  EXPECT_EQ(preset_secret_variable("meshqa"), "MESHQA_WEBHOOK_SECRET");
}

TEST(Presets, OfAnUnknownNameAreEmpty) {
  EXPECT_TRUE(preset_events("nobody").empty());
  EXPECT_TRUE(preset_secret_variable("nobody").empty());
  EXPECT_TRUE(preset_sample("nobody", "job.complete").empty());
  EXPECT_TRUE(preset_sample("glossi", "job.nothing").empty());
}

TEST(Presets, HaveTheDocumentedSamplesByteForByte) {
  std::size_t samples = 0;
  for (const std::string_view preset : preset_names()) {
    for (const std::string_view event : preset_events(preset)) {
      const std::string file = std::string(preset) + "." + std::string(event) + ".json";
      EXPECT_EQ(preset_sample(preset, event), test::read_file(file)) << file;
      ++samples;
    }
  }
  EXPECT_EQ(samples, 8u);
}

TEST(SourceMake, TakesThePresetsWordWhereTheSpecIsSilent) {
  const auto source = Source::make(test::spec_of("glossi")).value();
  EXPECT_EQ(source->name(), "glossi");
  EXPECT_EQ(source->preset(), "glossi");
  EXPECT_EQ(source->path(), "/webhooks/glossi");
  EXPECT_EQ(source->uri(), "https://api.glossi.app");
  EXPECT_EQ(source->signature_header(), "X-Glossi-Signature");
  EXPECT_EQ(source->type(source->find_event("job.complete")), "glossi.job.complete");
  EXPECT_THAT(source->secrets(), ElementsAre("glossi-test-secret"));
  EXPECT_EQ(Source::make(test::spec_of("meshqa")).value()->uri(), "https://meshqa.vercel.app");
}

TEST(SourceMake, TakesTheSpecsWordOverThePresets) {
  SourceSpec spec = test::spec_of("glossi");
  spec.name = "glossi-2";
  spec.path = "/hooks/second";
  spec.source_uri = "urn:example:glossi?account=2";
  spec.type = "com.example.{event}.v1.{event}";
  const auto source = Source::make(spec).value();
  EXPECT_EQ(source->path(), "/hooks/second");
  EXPECT_EQ(source->uri(), "urn:example:glossi?account=2");
  EXPECT_EQ(source->type(0), "com.example.model.processed.v1.model.processed");
}

TEST(SourceMake, DerivesPathFromTheNameAndTypeFromThePreset) {
  SourceSpec spec = test::spec_of("glossi");
  spec.name = "second-account";
  const auto source = Source::make(spec).value();
  EXPECT_EQ(source->path(), "/webhooks/second-account");
  EXPECT_EQ(source->type(0), "glossi.model.processed");
}

TEST(SourceMake, AddsEventsAndMergesThoseThatStandTwice) {
  SourceSpec spec = test::spec_of("meshqa");
  spec.events = {"validation.started", "validation.completed", "validation.started", "x"};
  const auto source = Source::make(spec).value();
  EXPECT_THAT(source->events(), ElementsAre("validation.completed", "validation.started", "x"));
  EXPECT_EQ(source->find_event("x"), 2);
  EXPECT_EQ(source->type(2), "meshqa.x");
}

TEST(SourceMake, FindsNoEventThatIsNotItsOwn) {
  const auto source = Source::make(test::spec_of("glossi")).value();
  for (const std::string_view name : {"", "job", "job.complete ", "JOB.COMPLETE", "validation.completed"}) {
    EXPECT_EQ(source->find_event(name), no_event) << name;
  }
}

TEST(SourceMake, SaysWhatToDoAboutAnUnknownPreset) {
  SourceSpec spec = test::spec_of("glossi");
  spec.preset = "glosi";
  EXPECT_EQ(problem_of(spec),
            "source 'glossi': there is no preset 'glosi': set sources[].preset to one of glossi, meshqa");
}

TEST(SourceMake, SaysWhatToDoAboutMissingAndTooManySecrets) {
  SourceSpec spec = test::spec_of("glossi");
  spec.secrets.clear();
  EXPECT_EQ(problem_of(spec),
            "source 'glossi': it has no secret: set sources[].secrets, such as [{env: GLOSSI_WEBHOOK_SECRET}]");
  spec.secrets.assign(8, "secret");
  EXPECT_EQ(problem_of(spec), "none");
  spec.secrets.assign(9, "secret");
  EXPECT_THAT(problem_of(spec), HasSubstr("it has 9 secrets and may have 8"));
}

TEST(SourceMake, RefusesAnEmptySecretWithoutShowingTheOthers) {
  SourceSpec spec = test::spec_of("glossi");
  spec.secrets = {"tell-nobody", ""};
  const std::string problem = problem_of(spec);
  EXPECT_THAT(problem, HasSubstr("secret 2 is empty"));
  EXPECT_THAT(problem, ::testing::Not(HasSubstr("tell-nobody")));
}

TEST(SourceMake, RefusesNamesThatAreNoLabel) {
  for (const std::string& name : {std::string(), std::string("Glossi"), std::string("a_b"), std::string("a.b"),
                                  std::string("a b"), std::string(33, 'a')}) {
    SourceSpec spec = test::spec_of("glossi");
    spec.name = name;
    EXPECT_THAT(problem_of(spec), HasSubstr("change sources[].name")) << name;
  }
  SourceSpec spec = test::spec_of("glossi");
  spec.name = std::string(32, '-');
  EXPECT_EQ(problem_of(spec), "none");
}

TEST(SourceMake, RefusesEventNamesThatNoTopicCanCarry) {
  for (const std::string& event : {std::string(), std::string("job complete"), std::string("job/complete"),
                                   std::string("t\xc3\xa4st"), std::string("a\0b", 3), std::string(129, 'a')}) {
    SourceSpec spec = test::spec_of("glossi");
    spec.events = {"fine", event};
    EXPECT_THAT(problem_of(spec), HasSubstr("change sources[].events")) << event;
  }
  SourceSpec spec = test::spec_of("glossi");
  spec.events = {"A-Z_a.z-09", std::string(128, 'a')};
  EXPECT_EQ(problem_of(spec), "none");
}

TEST(SourceMake, RefusesPathsUrisAndTypesThatCannotBe) {
  for (const std::string path : {"webhooks", "/a b", "/a?b", "/a#b", "/a\n"}) {
    SourceSpec spec = test::spec_of("glossi");
    spec.path = path;
    EXPECT_THAT(problem_of(spec), HasSubstr("change sources[].path")) << path;
  }
  for (const std::string uri : {"https://a b", "https://a\"b", "a\\b", "https://\xc3\xa4", "a\n"}) {
    SourceSpec spec = test::spec_of("glossi");
    spec.source_uri = uri;
    EXPECT_THAT(problem_of(spec), HasSubstr("change sources[].source_uri")) << uri;
  }
  for (const std::string type : {"{source}.{event}", "a b", "a\"b", "a\\b", "{event", "a\x7f"}) {
    SourceSpec spec = test::spec_of("glossi");
    spec.type = type;
    EXPECT_THAT(problem_of(spec), HasSubstr("change sources[].type")) << type;
  }
}

TEST(SourceMake, PrintsNothingFromOutsideAsItIs) {
  SourceSpec spec = test::spec_of("glossi");
  spec.name = "a\r\nb\x1b";
  EXPECT_THAT(problem_of(spec), HasSubstr("'a\\x0d\\x0ab\\x1b'"));
}

TEST(LibraryVersions, NameEachLibraryOnALineOfItsOwn) {
  EXPECT_THAT(library_versions(), ::testing::StartsWith("OpenSSL 3."));
  EXPECT_THAT(library_versions(), HasSubstr("\nBoost.JSON 1."));
}

TEST(IdRules, FollowThePrefixOfAnEventsName) {
  const auto source =
      test::glossi({"job.started", "render.x", "model.deleted", "project.archived", "team.joined", "jobs.x", "job"});
  const auto rule = [&](std::string_view event) -> std::string {
    const IdRule* const found = source.source().id_rule(source.source().find_event(event));
    if (found == nullptr) return "none";
    return std::string(found->in_data ? "data." : "") + std::string(found->member) + (found->is_job ? " job" : "");
  };
  for (const char* event :
       {"job.complete", "job.failed", "render.complete", "render.failed", "job.started", "render.x"}) {
    EXPECT_EQ(rule(event), "data.jobId job") << event;
  }
  for (const char* event : {"model.processed", "model.failed", "model.deleted"}) EXPECT_EQ(rule(event), "data.modelId");
  for (const char* event : {"project.created", "project.archived"}) EXPECT_EQ(rule(event), "data.projectId") << event;
  for (const char* event : {"team.joined", "jobs.x", "job"}) EXPECT_EQ(rule(event), "none") << event;
}

}  // namespace
}  // namespace hookferry::senders
