#include "cli/tools.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"
#include "cli/asyncapi.h"
#include "cli/completion_scripts.h"
#include "cli/run.h"

namespace hookferry::cli {
namespace {

// Completion.

ValueHint hint_of(const CLI::Option& option) {
  ValueHint hint;
  if (option.get_items_expected_max() == 0) return hint;
  const std::string type = option.get_type_name();
  hint.kind = type.find("FILE") != std::string::npos ? ValueHint::Kind::file : ValueHint::Kind::any;
  // A set of choices describes itself as {a,b}.
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return hint;
  hint.kind = ValueHint::Kind::choice;
  hint.choices = CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
  return hint;
}

void describe(const CLI::App& command, std::vector<OptionDescription>& options, std::vector<ValueHint>* positionals) {
  for (const CLI::Option* const option : command.get_options()) {
    OptionDescription description;
    for (const std::string& name : option->get_lnames()) description.names.push_back(cat("--", name));
    for (const std::string& name : option->get_snames()) description.names.push_back(cat("-", name));
    description.help = option->get_description();
    description.value = hint_of(*option);
    if (!description.names.empty()) {
      options.push_back(std::move(description));
    } else if (positionals != nullptr) {
      positionals->push_back(std::move(description.value));
    }
  }
}

ProgramDescription describe(const CLI::App& app) {
  ProgramDescription program{app.get_name(), {}, {}};
  describe(app, program.options, nullptr);
  for (const CLI::App* const command : app.get_subcommands(nullptr)) {
    CommandDescription& description = program.commands.emplace_back();
    description.name = command->get_name();
    description.help = command->get_description();
    describe(*command, description.options, &description.positionals);
  }
  return program;
}

int completion(const CLI::App& app, const std::string& shell) {
  const ProgramDescription program = describe(app);
  std::cout << (shell == "bash"  ? bash_completion(program)
                : shell == "zsh" ? zsh_completion(program)
                                 : fish_completion(program))
            << std::flush;
  return done;
}

// Arguments.

void add_source(CLI::App& command, std::string& source, std::string& secret_env) {
  command.add_option("--source", source, "Whose events: a source's name, such as glossi or meshqa")
      ->type_name("NAME")
      ->required();
  command
      .add_option(
          "--secret-env", secret_env,
          "Environment variable with the secret; else the configuration's secret, else GLOSSI_WEBHOOK_SECRET or "
          "MESHQA_WEBHOOK_SECRET")
      ->type_name("VAR");
}

void add_send(CLI::App& app, CommonOptions& common, SendOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand("send", "Sign and post events like their sender does");
  command.footer(
      "Beside a running instance, with its secret in the environment:\n"
      "  hookferry send --source glossi\n"
      "The same event twice, the second of which is a duplicate:\n"
      "  hookferry send --source glossi --same --count 2\n"
      "A thousand events, two hundred a second, whatever becomes of them:\n"
      "  hookferry send --source meshqa --count 1000 --rate 200 --concurrency 16\n"
      "A captured body, byte for byte:\n"
      "  hookferry send --source glossi --body captured.json --url https://hooks.example.com/webhooks/glossi\n"
      "Exits 1 when an answer was no 2xx, 3 when there was none.");
  add_source(command, options.source, options.secret_env);
  CLI::Option* const event =
      command.add_option("--event", options.event, "Which event, such as job.failed; default one with a job id");
  event->type_name("EVENT");
  CLI::Option* const body = command.add_option("--body", options.body_file,
                                               "Send these bytes, unchanged, instead of a documented body; - is stdin");
  body->type_name("FILE")->excludes(event);
  CLI::Option* const url = command.add_option(
      "--url", options.url, "Where to; default the source's path at the instance of --config or --admin");
  url->type_name("URL");
  command
      .add_option("--ca", options.ca_file,
                  "Certificates in PEM, one of which has signed the one of an https --url; default those that this "
                  "machine trusts. Without --url any is taken")
      ->type_name("FILE")
      ->needs(url);
  command
      .add_flag("--same", options.same, "The documented body as it is, instead of fresh ids: a duplicate when repeated")
      ->excludes(body);
  command.add_option("--count", options.count, "How many; more than 20 are summed up instead of shown")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10000000}).description(""));
  command
      .add_option("--rate", options.rate,
                  "So many a second, each at its time whatever became of those before; latencies count from then")
      ->type_name("R")
      ->check(CLI::Range(0.001, 1e6).description(""));
  command.add_option("--concurrency", options.concurrency, "How many connections; default 8 (1 for up to 20 events)")
      ->type_name("C")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}).description(""));
  add_config(command, common);
  add_admin(command, common);
  command.callback([&] { chosen = [&common, &options] { return send(common, options); }; });
}

void add_verify(CLI::App& app, CommonOptions& common, VerifyOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand("verify", "Say whether a captured request verifies and, if not, why");
  command.footer(
      "A request that was captured elsewhere:\n"
      "  hookferry verify --source glossi --body body.json --header 'X-Glossi-Signature: 7222d817…'\n"
      "Capture the next one here (files of mode 0600 in this directory), and explain it:\n"
      "  hookferry verify --source glossi --listen 127.0.0.1:9000\n"
      "What is captured is told 503, so that its sender sends it again, to the bridge; --answer 200 takes it for "
      "good.\n"
      "Exits 0 when it verifies, 1 when not.");
  add_source(command, options.source, options.secret_env);
  CLI::Option* const body =
      command.add_option("--body", options.body_file, "The raw body, exactly as it was received; - is stdin");
  body->type_name("FILE");
  CLI::Option* const headers = command.add_option(
      "--header", options.headers, "A header, as 'NAME: VALUE'; may be repeated; @FILE has one in each line");
  headers->type_name("HEADER")->allow_extra_args(false);
  command
      .add_option("--at", options.at,
                  "When it was received (RFC 3339, or seconds since 1970): for senders that sign a time")
      ->type_name("TIME");
  CLI::Option* const listen =
      command.add_option("--listen", options.listen, "Instead: capture one POST on this address");
  listen->type_name("ADDR:PORT")->excludes(body)->excludes(headers);
  command.add_option("--answer", options.answer, "What a captured request is told; default 503")
      ->check(CLI::IsMember({200, 503}))
      ->needs(listen);
  command.add_flag("--show-expected", options.show_expected,
                   "Print the right signature too; whoever has it can send this body");
  add_config(command, common);
  add_admin(command, common);
  command.callback([&] { chosen = [&common, &options] { return verify(common, options); }; });
}

void add_tail(CLI::App& app, CommonOptions& common, TailOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand("tail", "Print published events as they arrive");
  command.footer(
      "Beside a running instance, all its topics:\n"
      "  hookferry tail\n"
      "What failed in the last day, with jq:\n"
      "  hookferry tail --topic glossi.job.failed --from 24h --json | jq '.value.data'\n"
      "Without an instance:\n"
      "  hookferry tail --kafka broker1:9092 --topic glossi.job.complete --from beginning\n"
      "A line has the time (UTC), source, event, id, topic[partition]@offset and subject. In JSON a value that is no "
      "JSON\n"
      "is value_text, and one that is no UTF-8 value_base64.");
  command.add_option("--topic", options.topics, "Only this topic; may be repeated; default all of the instance's")
      ->type_name("TOPIC")
      ->allow_extra_args(false);
  command.add_option("--from", options.from, "beginning, end, or a duration back such as 10m; default end")
      ->type_name("WHEN");
  command.add_flag("--json", options.json, "A JSON object in each line, with the whole record");
  add_config(command, common);
  add_admin(command, common);
  add_kafka(command, common, "Kafka's bootstrap servers, comma-separated");
  command.callback([&] { chosen = [&common, &options] { return tail(common, options); }; });
}

void add_spool(CLI::App& app, CommonOptions& common, SpoolOptions& options, Command& chosen) {
  CLI::App& command =
      *app.add_subcommand("spool", "Look into a spool, also beside its running instance, or bring it to Kafka");
  command.footer(
      "list    how many events of which topics\n"
      "export  every event: a line each, or whole with --json\n"
      "verify  whether the file and every event in it are as they were written\n"
      "retry   asks the running instance to try again what Kafka refused, and was parked; it does so hourly by itself\n"
      "drain   publishes what an instance that is gone has left, under the same ids; with --parked that too\n"
      "What is in it, as the events would be published:\n"
      "  hookferry spool export /var/lib/hookferry --json | jq .value\n"
      "What can still be read of a file that was set aside since it is damaged:\n"
      "  hookferry spool export /var/lib/hookferry/spool.db.damaged-20250115T103000Z --json\n"
      "The volume that a scale-down left:\n"
      "  hookferry spool drain /mnt/hookferry-2 --kafka broker1:9092\n"
      "Exits 1 where something is damaged, 3 where there is no spool or something is left in it.");
  command.add_option("ACTION", options.action, "What to do")
      ->required()
      ->check(CLI::IsMember({"list", "export", "verify", "retry", "drain"}));
  command.add_option("DIR", options.path, "The spool's folder; default the configuration's spool.path")
      ->type_name("FILE");
  command.add_flag("--json", options.json, "JSON objects, one a line");
  command.add_option("--topic", options.topic, "retry: only what is parked of this topic")->type_name("TOPIC");
  command.add_flag("--parked", options.parked, "drain: what is parked, too");
  command.add_option("--patience", options.patience, "drain: how long nothing may move before it gives up; default 1m")
      ->type_name("DURATION");
  add_config(command, common);
  add_admin(command, common);
  add_kafka(command, common, "drain: Kafka's bootstrap servers, comma-separated");
  command.callback([&] { chosen = [&common, &options] { return spool(common, options); }; });
}

void add_asyncapi(CLI::App& app, CommonOptions& common, Command& chosen) {
  CLI::App& command =
      *app.add_subcommand("asyncapi", "Print the AsyncAPI 3.0 document of the topics and what is published to them");
  command.footer(
      "  hookferry asyncapi --config hookferry.yaml > asyncapi.json\n"
      "It is JSON, which is YAML too. Without a configuration file it has every preset. It needs no secret.");
  add_config(command, common);
  command.callback([&] { chosen = [&common] { return asyncapi(common); }; });
}

void add_schema(CLI::App& app, CommonOptions& common, SchemaOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand("schema", "Print the JSON Schema (2020-12) of what is published");
  command.footer(
      "Of any event, whatever its data:\n"
      "  hookferry schema\n"
      "Of one, with its data as the sender documents it by example:\n"
      "  hookferry schema job.complete\n"
      "Of that data alone:\n"
      "  hookferry schema job.complete --data\n"
      "hookferry vouches for the envelope, and passes data on as it is. Without a configuration file it knows the\n"
      "events of every preset. Exits 1 where no such event is published.");
  command.add_option("EVENT", options.event, "An event by its name, its CloudEvents type or its topic; default all")
      ->type_name("EVENT");
  command.add_flag("--data", options.data, "Of the event's data alone");
  add_config(command, common);
  command.callback([&] { chosen = [&common, &options] { return schema(common, options); }; });
}

void add_topics(CLI::App& app, CommonOptions& common, TopicsOptions& options, Command& chosen) {
  CLI::App& command = *app.add_subcommand("topics", "Print the topics and rights in Kafka that a configuration needs");
  command.footer(
      "What there has to be, without asking Kafka and without any secret:\n"
      "  hookferry topics --config hookferry.yaml\n"
      "Make it with the tools that Kafka comes with, with Strimzi's operators, or with Terraform (Mongey/kafka):\n"
      "  hookferry topics --format kafka-cli | COMMAND_CONFIG=admin.properties sh\n"
      "  hookferry topics --format strimzi | sed s/my-cluster/CLUSTER/ | kubectl apply -f -\n"
      "  hookferry topics --format terraform > hookferry-topics.tf\n"
      "Whether it is there: hookferry check FILE --connect");
  command.add_option("--format", options.format, "How to print it; default text")
      ->check(CLI::IsMember({"text", "kafka-cli", "strimzi", "terraform"}));
  command
      .add_option("--principal", options.principal,
                  "Who the rights are for, such as User:CN=hookferry; default the configuration's sasl.username, else "
                  "User:hookferry")
      ->type_name("PRINCIPAL");
  add_config(command, common);
  add_kafka(command, common, "Kafka's bootstrap servers, comma-separated");
  command.callback([&] { chosen = [&common, &options] { return topics(common, options); }; });
}

void add_completion(CLI::App& app, std::string& shell, Command& chosen) {
  CLI::App& command = *app.add_subcommand("completion", "Print a script that completes this program's arguments");
  command.footer(
      "  bash: source <(hookferry completion bash)\n"
      "  zsh:  source <(hookferry completion zsh)\n"
      "  fish: hookferry completion fish | source");
  command.add_option("SHELL", shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command.callback([&] { chosen = [&app, &shell] { return completion(app, shell); }; });
}

}  // namespace

void add_config(CLI::App& command, CommonOptions& options) {
  command
      .add_option("--config", options.config_file,
                  "Configuration file; else $HOOKFERRY_CONFIG, else /etc/hookferry/hookferry.yaml if it is there")
      ->type_name("FILE");
}

void add_admin(CLI::App& command, CommonOptions& options) {
  command
      .add_option_function<std::string>(
          "--admin", [&options](const std::string& value) { options.overrides.admin = value; },
          "Address of the admin port (metrics, health, status); default 127.0.0.1:8081")
      ->type_name("ADDR:PORT");
}

void add_kafka(CLI::App& command, CommonOptions& options, const std::string& help) {
  command
      .add_option_function<std::string>(
          "--kafka", [&options](const std::string& value) { options.overrides.kafka = value; }, help)
      ->type_name("BROKERS");
  command
      .add_option("-X", options.properties, "A librdkafka property, such as -X security.protocol=SSL; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_tools(CLI::App& app, CommonOptions& common, ToolOptions& tools, Command& chosen) {
  add_send(app, common, tools.send, chosen);
  add_verify(app, common, tools.verify, chosen);
  add_tail(app, common, tools.tail, chosen);
  add_spool(app, common, tools.spool, chosen);
  add_asyncapi(app, common, chosen);
  add_schema(app, common, tools.schema, chosen);
  add_topics(app, common, tools.topics, chosen);
  add_completion(app, tools.shell, chosen);
}

}  // namespace hookferry::cli
