#include <gmock/gmock.h>

#include "cli/completion_scripts.h"

namespace hookferry::cli {
namespace {

using testing::HasSubstr;

ProgramDescription program() {
  using Kind = ValueHint::Kind;
  return {"prog",
          {{{"--help"}, "Help", {}}},
          {{"run",
            "Run it: now [and] don't stop",
            {{{"--file", "-f"}, "A file's name", {Kind::file, {}}},
             {{"--mode"}, "How", {Kind::choice, {"fast", "slow"}}},
             {{"--name"}, "Any", {Kind::any, {}}},
             {{"--flag"}, "Flag", {}}},
            {{Kind::choice, {"one", "two"}}}},
           {"stop", "Stop", {}, {}}}};
}

TEST(Completion, OfBashHasEveryCommandOptionAndChoice) {
  const std::string script = bash_completion(program());
  EXPECT_THAT(script, HasSubstr("run | stop) command="));
  EXPECT_THAT(script, HasSubstr("compgen -W '--file -f --mode --name --flag'"));
  EXPECT_THAT(script, HasSubstr("'run --file' | 'run -f') compopt"));
  EXPECT_THAT(script, HasSubstr("'run --mode') COMPREPLY=($(compgen -W 'fast slow'"));
  EXPECT_THAT(script, HasSubstr("'run --name') COMPREPLY=()"));
  EXPECT_THAT(script, testing::Not(HasSubstr("'run --flag')")));
  EXPECT_THAT(script, HasSubstr("compgen -W 'one two'"));
  EXPECT_THAT(script, HasSubstr("complete -F _prog prog"));
}

TEST(Completion, OfZshQuotesWhatHasAMeaningThere) {
  const std::string script = zsh_completion(program());
  EXPECT_THAT(script, testing::StartsWith("#compdef prog\n"));
  EXPECT_THAT(script, HasSubstr("'run'':''Run it\\: now [and] don'\\''t stop'"));
  EXPECT_THAT(script, HasSubstr("'*--file[''A file'\\''s name'']'':file:_files'"));
  EXPECT_THAT(script, HasSubstr("':value:(fast slow)'"));
}

TEST(Completion, OfFishHasEveryCommandOptionAndChoice) {
  const std::string script = fish_completion(program());
  EXPECT_THAT(script, HasSubstr("-a run -d 'Run it: now [and] don'\\''t stop'"));
  EXPECT_THAT(script, HasSubstr("-n '__fish_seen_subcommand_from run' -l file -s f -r -F -d"));
  EXPECT_THAT(script, HasSubstr("-l mode -x -a 'fast slow'"));
  EXPECT_THAT(script, HasSubstr("-a 'one two'"));
}

}  // namespace
}  // namespace hookferry::cli
