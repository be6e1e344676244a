#include "cli/run.h"

#include <CLI/CLI.hpp>
#include <exception>

#include "base/text.h"
#include "cli/command.h"
#include "cli/tools.h"

namespace hookferry::cli {
namespace {

constexpr const char* description =
    "A bridge from signed webhooks to Kafka. A 200 is a promise: it is given only when the event is durable.";
constexpr const char* footer =
    "First run:  hookferry demo\n"
    "For real:   GLOSSI_WEBHOOK_SECRET=… hookferry serve --kafka localhost:9092\n"
    "Try it:     hookferry send --source glossi          (second terminal: hookferry tail)\n"
    "Exit codes: 0 done, 1 the input was at fault, 2 usage, 3 the environment failed";

void add_serve(CLI::App& app, CommonOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand("serve", "Run the bridge until SIGTERM or Ctrl-C");
  command.footer(
      "Without a configuration file both senders are served whose secret is set in\n"
      "GLOSSI_WEBHOOK_SECRET and MESHQA_WEBHOOK_SECRET.\n"
      "Example: MESHQA_WEBHOOK_SECRET=… hookferry serve --kafka embedded");
  add_config(command, options);
  add_kafka(command, options,
            "Kafka's bootstrap servers, comma-separated; 'embedded' runs a broker in this process (memory only)");
  command
      .add_option_function<std::string>(
          "--listen", [&options](const std::string& value) { options.overrides.listen = value; },
          "Address of the webhook port; default [::]:8080")
      ->type_name("ADDR:PORT");
  add_admin(command, options);
  command.callback([&] { chosen = [&options] { return serve(options); }; });
}

void add_demo(CLI::App& app, bool& once, Command& chosen) {
  CLI::App& command =
      *app.add_subcommand("demo", "Show everything once on a broker in this process, then serve until Ctrl-C");
  command.add_flag("--once", once, "End instead of serving on");
  command.callback([&] { chosen = [&once] { return demo(once); }; });
}

void add_check(CLI::App& app, std::string& file, bool& connect, Command& chosen) {
  CLI::App& command =
      *app.add_subcommand("check", "Validate a configuration file without starting; all problems at once");
  command.footer(
      "--connect looks at what the file needs, as the user and from the machine that hookferry is to run on: whether "
      "Kafka\n"
      "is reached and logged in to, each topic with its durability, record limit and the rights on it, when "
      "certificates\n"
      "end, and whether the spool's folder may be written to. It changes nothing: that a topic could be made is only\n"
      "asked, and the record by which the right to write is found out is one that Kafka refuses.\n"
      "Exits 1 where the file is at fault, 3 where something that it needs is not there; warnings and notes exit 0.");
  command.add_option("FILE", file, "The configuration file")->type_name("FILE")->required();
  command.add_flag("--connect", connect, "Try what it needs: Kafka, topics, rights, certificates, the spool's folder");
  command.callback([&] { chosen = [&file, &connect] { return check(file, connect); }; });
}

void add_healthcheck(CLI::App& app, CommonOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand(
      "healthcheck", "Exit 0 when the local instance is ready, 1 when not, 3 when it cannot be reached");
  add_config(command, options);
  add_admin(command, options);
  command.callback([&] { chosen = [&options] { return healthcheck(options); }; });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app(description, "hookferry");
  app.footer(footer);
  app.require_subcommand(1);
  CommonOptions options;
  bool once = false;
  bool connect = false;
  std::string file;
  ToolOptions tools;
  Command chosen;
  add_serve(app, options, chosen);
  add_demo(app, once, chosen);
  add_check(app, file, connect, chosen);
  add_healthcheck(app, options, chosen);
  add_tools(app, options, tools, chosen);
  app.add_subcommand("version", "This program's version, and its libraries'")->callback([&] {
    chosen = print_version;
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) {  // --help
      app.exit(problem);
      return done;
    }
    complain(cat(problem.what(), "; see hookferry --help, or hookferry COMMAND --help"));
    return usage;
  }
  try {
    return chosen();
  } catch (const std::exception& problem) {
    complain(cat("unexpected: ", problem.what()));
    return environment;
  }
}

}  // namespace hookferry::cli
