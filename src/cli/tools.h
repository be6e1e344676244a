// The arguments of the tools beside an instance: send, verify, tail, spool, asyncapi, schema, topics, completion.
#pragma once

#include <functional>
#include <string>

#include "cli/command.h"
#include "cli/schema.h"
#include "cli/send.h"
#include "cli/spool.h"
#include "cli/tail.h"
#include "cli/topics.h"
#include "cli/verify.h"

namespace CLI {
class App;
}

namespace hookferry::cli {

/// A command to run once the arguments are understood.
using Command = std::function<int()>;

/// Where their arguments go. Must outlive the App.
struct ToolOptions {
  SendOptions send;
  VerifyOptions verify;
  TailOptions tail;
  SpoolOptions spool;
  SchemaOptions schema;
  TopicsOptions topics;
  std::string shell;
};

/// Adds the commands; the one that is called is put into `chosen`.
void add_tools(CLI::App& app, CommonOptions& common, ToolOptions& tools, Command& chosen);

/// Options that several commands take.
void add_config(CLI::App& command, CommonOptions& options);
void add_admin(CLI::App& command, CommonOptions& options);
void add_kafka(CLI::App& command, CommonOptions& options, const std::string& help);

}  // namespace hookferry::cli
