#include "cli/tail.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "cli/instance.h"
#include "cli/record_text.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "kafka/consumer.h"

namespace hookferry::cli {
namespace {

using kafka::Consumer;

constexpr Duration glance = std::chrono::milliseconds(100);
constexpr std::size_t enough_to_write = 64 << 10;

/// What to read and how to call it.
struct Reading {
  kafka::ProducerOptions kafka;
  std::vector<std::string> topics;
  std::map<std::string, TopicName> names;
};

/// stdout as lines. Knows when nobody reads any more.
class Output {
 public:
  void line(std::string_view text) {
    waiting_.append(text).push_back('\n');
    if (waiting_.size() >= enough_to_write) flush();
  }
  void flush() {
    std::string_view rest = waiting_;
    while (!rest.empty() && !closed_) {
      const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        pollfd ready{STDOUT_FILENO, POLLOUT, 0};
        ::poll(&ready, 1, -1);
      } else if (errno != EINTR) {
        closed_ = true;
        problem_ = errno == EPIPE ? 0 : errno;
      }
    }
    waiting_.clear();
  }
  /// A pipe whose reader is gone says so, also when there is nothing to write.
  [[nodiscard]] bool closed() {
    pollfd state{STDOUT_FILENO, 0, 0};
    if (!closed_ && ::poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0) closed_ = true;
    return closed_;
  }
  /// Why it could not be written to, other than that nobody reads; 0: it could.
  [[nodiscard]] int problem() const noexcept { return problem_; }

 private:
  std::string waiting_;
  bool closed_ = false;
  int problem_ = 0;
};

std::optional<Consumer::Following> parse_from(const std::string& from) {
  Consumer::Following following;
  if (from == "end") return following;
  following.from = Consumer::From::beginning;
  if (from == "beginning") return following;
  const auto back = parse_duration(from);
  if (!back) return std::nullopt;
  following.from = Consumer::From::time;
  following.time = SystemClock().wall() - *back;
  return following;
}

/// An instance whose Kafka wants more than an address cannot be read beside without being told how to log in.
bool can_log_in(const Instance& instance, const CommonOptions& common) {
  const bool plain = instance.security_protocol.empty() || instance.security_protocol == "plaintext";
  if (plain || !common.properties.empty()) return true;
  complain(cat("the instance talks ", printable(instance.security_protocol, 40), " to Kafka, and keeps to itself how: ",
               "pass its --config FILE, or -X security.protocol=… and what goes with it"));
  return false;
}

void add_names(const Instance& instance, Reading& reading) {
  const auto add = [&](const std::string& topic, TopicName name) {
    reading.topics.push_back(topic);
    reading.names.emplace(topic, std::move(name));
  };
  for (const InstanceSource& source : instance.sources) {
    for (std::size_t i = 0; i < source.topics.size(); ++i) add(source.topics[i], {source.name, source.events[i]});
    add(source.quarantine_topic, {source.name, {}});
  }
}

std::optional<Reading> prepare(const CommonOptions& common, const TailOptions& options, int& exit_code) {
  Reading reading;
  const bool says_all = common.overrides.kafka && !options.topics.empty() && !config_file(common);
  if (!says_all) {
    const auto instance = find_instance(common, exit_code);
    if (!instance) return std::nullopt;
    for (const std::string& missing : instance->missing) {
      if (missing.starts_with("kafka.")) complain(missing);
    }
    if (!can_log_in(*instance, common)) {
      exit_code = bad_input;
      return std::nullopt;
    }
    reading.kafka = instance->kafka;
    add_names(*instance, reading);
  }
  const auto properties = parse_properties(common, exit_code);
  if (!properties) return std::nullopt;
  for (const auto& property : *properties) {
    if (const auto checked = kafka::check_property(property.first, property.second); !checked) {
      complain(checked.error().message);
      exit_code = bad_input;
      return std::nullopt;
    }
    std::erase_if(reading.kafka.properties, [&](const auto& known) { return known.first == property.first; });
    reading.kafka.properties.push_back(property);
  }
  if (common.overrides.kafka) reading.kafka.bootstrap_servers = *common.overrides.kafka;
  if (!options.topics.empty()) reading.topics = options.topics;
  return reading;
}

void print_records(Consumer& consumer, RecordText& text, bool json, Signals& signals, Output& output) {
  while (!signals.wait(Duration()) && !output.closed()) {
    auto record = consumer.next(glance);
    for (int i = 0; record && i < 1000; ++i) {  // looks at signals now and then
      output.line(json ? text.json(*record) : text.text(*record));
      record = consumer.next(Duration());
    }
    if (record) output.line(json ? text.json(*record) : text.text(*record));
    output.flush();
    for (const std::string& problem : consumer.take_problems()) complain(problem);
  }
}

}  // namespace

int tail(const CommonOptions& common, const TailOptions& options) {
  int exit_code = done;
  const auto following = parse_from(options.from);
  if (!following) {
    complain(cat("--from ", printable(options.from, 40), ": write beginning, end, or a duration back, such as 10m"));
    return bad_input;
  }
  const auto reading = prepare(common, options, exit_code);
  if (!reading) return exit_code;
  Signals signals;
  auto consumer = Consumer::follow(reading->kafka, reading->topics, *following);
  if (!consumer) {
    complain(cat(consumer.error().message, "; see kafka.bootstrap_servers, --kafka and -X"));
    return environment;
  }
  for (const std::string& problem : (*consumer)->take_problems()) complain(problem);
  complain(cat("reading ", reading->topics.size(), reading->topics.size() == 1 ? " topic" : " topics", " at ",
               reading->kafka.bootstrap_servers, " from ", options.from,
               following->from == Consumer::From::time ? " back" : "", " (Ctrl-C ends)"));
  RecordText text(reading->names, following->from != Consumer::From::end);
  Output output;
  print_records(**consumer, text, options.json, signals, output);
  if (output.problem() == 0) return done;
  complain(cat("cannot write to stdout: ", std::generic_category().message(output.problem())));
  return environment;
}

}  // namespace hookferry::cli
