// The command line.
#pragma once

namespace hookferry::cli {

/// Exit codes: 0 done; 1 the input was at fault or nothing found; 2 usage; 3 the environment failed.
enum ExitCode : int { done = 0, bad_input = 1, usage = 2, environment = 3 };

/// Parses the arguments and runs the command. Prints to stdout and stderr; never throws.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace hookferry::cli
