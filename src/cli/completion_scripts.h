// Shell completion: scripts made from a description of the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hookferry::cli {

/// What a value may be.
struct ValueHint {
  enum class Kind : std::uint8_t { none, any, file, choice };  // none: a flag, there is no value
  Kind kind = Kind::none;
  std::vector<std::string> choices;
};

struct OptionDescription {
  std::vector<std::string> names;  // with their dashes
  std::string help;
  ValueHint value;
};

struct CommandDescription {
  std::string name;
  std::string help;
  std::vector<OptionDescription> options;
  std::vector<ValueHint> positionals;
};

struct ProgramDescription {
  std::string name;
  std::vector<OptionDescription> options;  // before any command
  std::vector<CommandDescription> commands;
};

[[nodiscard]] std::string bash_completion(const ProgramDescription& program);
[[nodiscard]] std::string zsh_completion(const ProgramDescription& program);
[[nodiscard]] std::string fish_completion(const ProgramDescription& program);

}  // namespace hookferry::cli
