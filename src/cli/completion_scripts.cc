#include "cli/completion_scripts.h"

#include "base/text.h"

namespace hookferry::cli {
namespace {

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : between).append(word);
  return out;
}

std::string all_names(const std::vector<OptionDescription>& options) {
  std::vector<std::string> names;
  for (const OptionDescription& option : options) names.push_back(join(option.names, " "));
  return join(names, " ");
}

std::string command_names(const ProgramDescription& program) {
  std::vector<std::string> names;
  for (const CommandDescription& command : program.commands) names.push_back(command.name);
  return join(names, " ");
}

/// In single quotes of a shell, with what `escaped` has behind a backslash.
std::string quote(std::string_view text, std::string_view escaped = {}) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out.append("'\\''");
      continue;
    }
    if (escaped.find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c == '\n' ? ' ' : c);
  }
  return out.append("'");
}

std::string bash_reply(const ValueHint& value) {
  switch (value.kind) {
    case ValueHint::Kind::file:
      return "compopt -o filenames 2>/dev/null || :; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";
    case ValueHint::Kind::choice:
      return cat("COMPREPLY=($(compgen -W ", quote(join(value.choices, " ")), " -- \"$word\"))");
    case ValueHint::Kind::any:
    case ValueHint::Kind::none:
      break;
  }
  return "COMPREPLY=()";
}

/// What follows an option of one command (or, with an empty name, of none).
std::string bash_values(std::string_view command, const std::vector<OptionDescription>& options) {
  std::string out;
  for (const OptionDescription& option : options) {
    if (option.value.kind == ValueHint::Kind::none) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(quote(cat(command, " ", name)));
    out.append(cat("    ", join(patterns, " | "), ") ", bash_reply(option.value), "; return ;;\n"));
  }
  return out;
}

std::string zsh_action(const ValueHint& value) {
  switch (value.kind) {
    case ValueHint::Kind::file:
      return ":file:_files";
    case ValueHint::Kind::choice:
      return cat(":value:(", join(value.choices, " "), ")");
    case ValueHint::Kind::any:
      return ":value: ";
    case ValueHint::Kind::none:
      break;
  }
  return {};
}

std::string zsh_option(const OptionDescription& option) {
  std::string specs;
  for (const std::string& name : option.names) {
    specs.append(cat(" \\\n        ", quote(cat("*", name, "[")), quote(option.help, "[]:\\"), quote("]"),
                     quote(zsh_action(option.value))));
  }
  return specs;
}

std::string fish_option(const std::string& program, const std::string& condition, const OptionDescription& option) {
  std::string out = cat("complete -c ", program, " -n ", quote(condition));
  for (const std::string& name : option.names) {
    out.append(name.starts_with("--") ? cat(" -l ", name.substr(2)) : cat(" -s ", name.substr(1)));
  }
  switch (option.value.kind) {
    case ValueHint::Kind::file:
      out.append(" -r -F");
      break;
    case ValueHint::Kind::choice:
      out.append(cat(" -x -a ", quote(join(option.value.choices, " "))));
      break;
    case ValueHint::Kind::any:
      out.append(" -x");
      break;
    case ValueHint::Kind::none:
      break;
  }
  return cat(out, " -d ", quote(option.help, "\\"), "\n");
}

}  // namespace

std::string bash_completion(const ProgramDescription& program) {
  std::string out =
      cat("# bash completion of ", program.name, ". To use it: source <(", program.name, " completion bash)\n_",
          program.name, "() {\n",
          "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD - 1]}\" command= i\n",
          "  # bash takes --option=value apart at the '='\n",
          "  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then "
          "before=\"${COMP_WORDS[COMP_CWORD - 2]}\"; fi\n",
          "  for ((i = 1; i < COMP_CWORD; i++)); do\n", "    case \"${COMP_WORDS[i]}\" in\n      ");
  std::vector<std::string> names;
  for (const CommandDescription& command : program.commands) names.push_back(command.name);
  out.append(cat(join(names, " | "), ") command=\"${COMP_WORDS[i]}\"; break ;;\n    esac\n  done\n",
                 "  case \"$command $before\" in\n"));
  out.append(bash_values("", program.options));
  for (const CommandDescription& command : program.commands) {
    out.append(bash_values(command.name, command.options));
  }
  out.append("  esac\n  case \"$command\" in\n");
  for (const CommandDescription& command : program.commands) {
    out.append(cat("    ", command.name, ")\n"));
    if (!command.positionals.empty()) {
      out.append(
          cat("      if [[ \"$word\" != -* ]]; then ", bash_reply(command.positionals.front()), "; return; fi\n"));
    }
    out.append(cat("      COMPREPLY=($(compgen -W ", quote(all_names(command.options)), " -- \"$word\")) ;;\n"));
  }
  out.append(cat("    *) COMPREPLY=($(compgen -W ", quote(cat(command_names(program), " ", all_names(program.options))),
                 " -- \"$word\")) ;;\n  esac\n}\ncomplete -F _", program.name, " ", program.name, "\n"));
  return out;
}

std::string zsh_completion(const ProgramDescription& program) {
  std::string out =
      cat("#compdef ", program.name, "\n# zsh completion of ", program.name, ". To use it: source <(", program.name,
          " completion zsh), or save it as _", program.name, " in a folder of $fpath\n_", program.name, "() {\n",
          "  local context state state_descr line\n  typeset -A opt_args\n  _arguments -C");
  for (const OptionDescription& option : program.options) out.append(zsh_option(option));
  out.append(
      " \\\n        '1:command:->command' '*::argument:->argument'\n  case $state in\n    command)\n"
      "      local -a commands=(");
  for (const CommandDescription& command : program.commands) {
    out.append(cat("\n        ", quote(command.name), quote(":"), quote(command.help, ":\\")));
  }
  out.append(cat(")\n      _describe command commands ;;\n    argument)\n      case $line[1] in\n"));
  for (const CommandDescription& command : program.commands) {
    out.append(cat("        ", command.name, ") _arguments"));
    for (const OptionDescription& option : command.options) out.append(zsh_option(option));
    for (const ValueHint& value : command.positionals)
      out.append(cat(" \\\n        ", quote(cat("1", zsh_action(value)))));
    out.append(" ;;\n");
  }
  out.append(cat("      esac ;;\n  esac\n}\n", "if [[ $funcstack[1] == _", program.name, " ]]; then _", program.name,
                 "; else compdef _", program.name, " ", program.name, "; fi\n"));
  return out;
}

std::string fish_completion(const ProgramDescription& program) {
  std::string out = cat("# fish completion of ", program.name, ". To use it: ", program.name,
                        " completion fish | source\ncomplete -c ", program.name, " -f\n");
  const std::string none = cat("not __fish_seen_subcommand_from ", command_names(program));
  for (const OptionDescription& option : program.options) out.append(fish_option(program.name, none, option));
  for (const CommandDescription& command : program.commands) {
    out.append(cat("complete -c ", program.name, " -n ", quote(none), " -a ", command.name, " -d ",
                   quote(command.help, "\\"), "\n"));
    const std::string seen = cat("__fish_seen_subcommand_from ", command.name);
    for (const OptionDescription& option : command.options) out.append(fish_option(program.name, seen, option));
    for (const ValueHint& value : command.positionals) {
      const std::string what =
          value.kind == ValueHint::Kind::file ? " -F" : cat(" -a ", quote(join(value.choices, " ")));
      out.append(cat("complete -c ", program.name, " -n ", quote(seen), what, "\n"));
    }
  }
  return out;
}

}  // namespace hookferry::cli
