// Which librdkafka properties may be set.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "kafka/configuration.h"
#include "kafka/producer.h"

namespace hookferry::kafka {
namespace {

struct Refused {
  std::string_view name;  // one that ends in * stands for all that begin so, one that begins with * for all that end so
  std::string_view reason;
};

constexpr std::string_view only_all_replicas = "a 200 is given only when all in-sync replicas have the event";
constexpr std::string_view own_timers =
    "hookferry's own deadline decides (http.ack_deadline); a record is never given up inside";
constexpr std::string_view own_linger = "set kafka.linger instead";
constexpr std::string_view own_servers = "set kafka.bootstrap_servers instead";
constexpr std::string_view own_queue = "the bounds are delivery.max_inflight_events and delivery.max_inflight_bytes";
constexpr std::string_view order = "more than 5 requests in flight, or fewer retries, break idempotence and order";
constexpr std::string_view no_transactions = "hookferry uses no transactions";
constexpr std::string_view pointer = "it takes a pointer, which a configuration cannot hold";

constexpr auto refused = std::to_array<Refused>({
    {"acks", only_all_replicas},
    {"request.required.acks", only_all_replicas},
    {"enable.idempotence", "a retry inside the client must not make a second record"},
    {"enable.gapless.guarantee", "one refused record would end the producer"},
    {"message.timeout.ms", own_timers},
    {"delivery.timeout.ms", own_timers},
    {"retries", order},
    {"message.send.max.retries", order},
    {"max.in.flight", order},
    {"max.in.flight.requests.per.connection", order},
    {"queuing.strategy", "records of one key would be published out of order"},
    {"delivery.report.only.error", "a 200 waits for the delivery report"},
    {"partitioner", "records of one key must go to the partition that every other client expects (murmur2_random)"},
    {"linger.ms", own_linger},
    {"queue.buffering.max.ms", own_linger},
    {"queue.buffering.*", own_queue},
    {"message.max.bytes", "the topic's max.message.bytes decides"},
    {"bootstrap.servers", own_servers},
    {"metadata.broker.list", own_servers},
    {"transactional.id", no_transactions},
    {"transaction.timeout.ms", no_transactions},
    {"allow.auto.create.topics", "topics are created as kafka.create_topics says"},
    {"topic.blacklist", "it would hide topics that hookferry publishes to"},
    {"topic.metadata.refresh.interval.ms", "without it new leaders and partitions are not found"},
    {"api.version.request", "without it the broker can't be asked whether it is idempotent"},
    {"statistics.interval.ms", "hookferry's metrics are read from the statistics"},
    {"enabled_events", "hookferry takes its events as callbacks"},
    {"log.queue", "hookferry takes the client's log lines at once"},
    {"log.thread.name", "hookferry's log has no room for it"},
    {"plugin.library.paths", "foreign code could change or drop records"},
    {"interceptors", pointer},
    {"internal.*", "it is librdkafka's own"},
    {"test.*", "it is for librdkafka's own tests; the embedded broker is --kafka embedded"},
    {"builtin.features", "it can't be changed"},
    {"opaque", pointer},
    {"default_topic_conf", pointer},
    {"msg_order_cmp", pointer},
    {"ssl_engine_callback_data", pointer},
    {"ssl_key", "set ssl.key.location or ssl.key.pem instead"},
    {"ssl_certificate", "set ssl.certificate.location or ssl.certificate.pem instead"},
    {"ssl_ca", "set ssl.ca.location or ssl.ca.pem instead"},
    {"*_cb", pointer},
});

bool covers(std::string_view pattern, std::string_view name) {
  if (pattern.front() == '*') return name.ends_with(pattern.substr(1));
  if (pattern.back() == '*') return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

/// The names that librdkafka's own list of properties has.
std::vector<std::string> known_names() {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const stream = open_memstream(&text, &size);
  if (stream == nullptr) return {};
  rd_kafka_conf_properties_show(stream);
  std::fclose(stream);
  std::vector<std::string> names;
  for (std::string_view rest(text, size); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    // A row of the table: "name   |  P  | range | …".
    const std::string_view name = line.substr(0, line.find_first_of(" |"));
    const bool row = line.find('|') != std::string_view::npos;
    if (row && name.find_first_of("._") != std::string_view::npos) names.emplace_back(name);
  }
  std::free(text);
  return names;
}

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substituted}));
    }
  }
  return row.back();
}

std::string suggestion(const std::string& name) {
  std::string best;
  std::size_t best_distance = 4;
  for (const std::string& known : known_names()) {
    const std::size_t d = distance(name, known);
    if (d < best_distance) {
      best = known;
      best_distance = d;
    }
  }
  return best.empty() ? std::string() : cat(": did you mean ", best, "?");
}

}  // namespace

Result<void> check_property(const std::string& name, const std::string& value) {
  for (const Refused& entry : refused) {
    if (covers(entry.name, name)) return error(cat("kafka.properties: ", name, " can't be set: ", entry.reason));
  }
  const ConfigurationHandle scratch(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(scratch.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) ==
      RD_KAFKA_CONF_UNKNOWN) {
    return error(cat("kafka.properties: ", printable(name, 100), " is not a property of librdkafka ",
                     rd_kafka_version_str(), suggestion(name)));
  }
  return set_property(scratch.get(), name, value);
}

}  // namespace hookferry::kafka
