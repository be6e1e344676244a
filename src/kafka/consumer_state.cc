#include "kafka/consumer_state.h"

#include <algorithm>

#include "base/text.h"
#include "kafka/configuration.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;

Result<ConfigurationHandle> consumer_configuration(const ProducerOptions& kafka) {
  auto configuration = common_configuration(kafka);
  if (!configuration) return configuration;
  const Properties own{{"queued.max.messages.kbytes", "1024"},  // a partition; 64 MiB by default
                       {"fetch.wait.max.ms", "100"},
                       {"fetch.error.backoff.ms", "100"},
                       {"auto.offset.reset", "earliest"}};  // what was kept is gone: the oldest that is there
  if (auto set = set_properties(configuration->get(), own); !set) return set.error();
  return configuration;
}

}  // namespace

int until(Deadline deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

Result<std::unique_ptr<Consumer::State>> Consumer::State::make(const ProducerOptions& kafka) {
  auto configuration = consumer_configuration(kafka);
  if (!configuration) return configuration.error();
  auto state = std::make_unique<State>();
  auto client = make_client(RD_KAFKA_CONSUMER, std::move(*configuration), state->observer, kafka.tokens);
  if (!client) return client.error();
  state->client = std::move(*client);
  state->queue.reset(rd_kafka_queue_new(state->client.get()));
  return state;
}

Consumer::State::~State() {
  for (const Subscription& subscription : subscriptions) {
    for (const std::int32_t partition : subscription.started) {
      rd_kafka_consume_stop(subscription.topic.get(), partition);
    }
  }
}

/// Tries until the deadline: a topic may be just made, Kafka just starting.
Result<int> Consumer::State::partitions_of(rd_kafka_topic_t* topic, Deadline deadline) {
  Patience patience;
  for (;;) {
    TopicMetadata answer;
    const rd_kafka_resp_err_t failure = ask_topic(client.get(), topic, patience, answer);
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR && answer.usable() && answer.leaderless == 0) return answer.partitions;
    if (std::chrono::steady_clock::now() >= deadline) {
      const rd_kafka_resp_err_t reason = failure != RD_KAFKA_RESP_ERR_NO_ERROR ? failure : answer.error;
      return error(cat("topic ", rd_kafka_topic_name(topic), " can't be read: ", rd_kafka_err2str(reason),
                       observer.last_error.empty() ? "" : ": ", printable(observer.last_error),
                       " (see kafka.bootstrap_servers)"));
    }
    rd_kafka_poll(client.get(), std::min(100, until(deadline)));
  }
}

Result<std::int64_t> Consumer::State::end_of(const std::string& topic, std::int32_t partition, Deadline deadline) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t failure = rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &low,
                                                                       &high, std::max(until(deadline), 1000));
  if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error(cat("the end of topic ", topic, " can't be read: ", rd_kafka_err2str(failure)));
  }
  return high;
}

/// The first record of that time or later. Where there is none yet, the end as it was before Kafka was asked, so that
/// what is published meanwhile is read.
Result<std::int64_t> Consumer::State::offset_at(const std::string& topic, std::int32_t partition, WallTime time,
                                                Deadline deadline) {
  auto end = end_of(topic, partition, deadline);
  if (!end) return end;
  const PartitionListHandle asked(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t& element = *rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), partition);
  element.offset = std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
  rd_kafka_resp_err_t failure = rd_kafka_offsets_for_times(client.get(), asked.get(), std::max(until(deadline), 1000));
  // The call can succeed where the element failed, and then leaves the time where the offset should be.
  if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) failure = element.err;
  if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error(cat("the records of topic ", topic, " can't be found by time: ", rd_kafka_err2str(failure)));
  }
  return element.offset >= 0 ? element.offset : *end;
}

/// The end is looked up here, so that what is published after `open` is read for certain.
Result<std::int64_t> Consumer::State::first_offset(const std::string& topic, std::int32_t partition, From from,
                                                   Deadline deadline) {
  switch (from) {
    case From::beginning:
      return RD_KAFKA_OFFSET_BEGINNING;
    case From::time:
      return offset_at(topic, partition, following->time, deadline);
    case From::end:
      break;
  }
  return end_of(topic, partition, deadline);
}

Result<Subscription*> Consumer::State::add(const std::string& name) {
  Subscription& subscription = subscriptions.emplace_back();
  subscription.name = name;
  subscription.topic.reset(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
  if (!subscription.topic) return error(cat("'", printable(name), "' can't be the name of a Kafka topic"));
  return &subscription;
}

Result<void> Consumer::State::start(Subscription& subscription, std::int32_t partition, std::int64_t offset) {
  if (rd_kafka_consume_start_queue(subscription.topic.get(), partition, offset, queue.get()) != 0) {
    return error(cat("topic ", subscription.name, " can't be read: ", rd_kafka_err2str(rd_kafka_last_error())));
  }
  subscription.started.insert(partition);
  return {};
}

Result<void> Consumer::State::subscribe(const std::string& name, From from, Deadline deadline) {
  const auto subscription = add(name);
  if (!subscription) return subscription.error();
  const auto partitions = partitions_of((*subscription)->topic.get(), deadline);
  if (!partitions) return partitions.error();
  for (std::int32_t partition = 0; partition < *partitions; ++partition) {
    const auto offset = first_offset(name, partition, from, deadline);
    if (!offset) return offset.error();
    if (auto started = start(**subscription, partition, *offset); !started) return started;
  }
  return {};
}

/// Asks Kafka about all topics and starts what is not read yet. The error is not of a topic: Kafka can't be reached.
/// Every offset is asked for before anything is read: on a connection that waits for records each question would wait
/// as well.
rd_kafka_resp_err_t Consumer::State::look(Deadline deadline) {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t failure = rd_kafka_metadata(client.get(), 0, nullptr, &raw, look_patience.milliseconds());
  if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (failure == RD_KAFKA_RESP_ERR__TIMED_OUT) look_patience.grow();
    return failure;
  }
  const MetadataHandle metadata(raw);
  problems.erase("");
  unplaced = 0;
  std::vector<Start> starts;
  for (int i = 0; i < metadata->topic_cnt; ++i) place_topic(metadata->topics[i], deadline, starts);
  for (const Start& begin : starts) {
    const auto started = start(*begin.subscription, begin.partition, begin.offset);
    if (!started) problem(begin.subscription->name, started.error().message);
  }
  next_look = std::chrono::steady_clock::now() + following->look_again;
  return failure;
}

void Consumer::State::place_topic(const rd_kafka_metadata_topic& answer, Deadline deadline,
                                  std::vector<Start>& starts) {
  const auto found = std::ranges::find(subscriptions, std::string_view(answer.topic), &Subscription::name);
  if (found == subscriptions.end()) return;
  if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool missing = answer.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (missing && found->started.empty()) found->initial = 0;
    problem(found->name, missing ? cat("topic ", found->name, " is not there (yet); it is read as soon as it is")
                                 : cat("topic ", found->name, " can't be read: ", rd_kafka_err2str(answer.err)));
    return;
  }
  if (found->started.empty()) found->initial = std::min(found->initial, answer.partition_cnt);
  bool failed = false;
  for (std::int32_t partition = 0; partition < answer.partition_cnt; ++partition) {
    if (found->started.contains(partition)) continue;
    const From from = partition < found->initial ? following->from : From::beginning;
    const auto offset = first_offset(found->name, partition, from, deadline);
    if (offset) starts.push_back({&*found, partition, *offset});
    if (!offset) problem(found->name, offset.error().message);
    failed = failed || !offset;
    unplaced += offset ? 0 : 1;
  }
  if (!failed) problems.erase(found->name);
}

/// In between, when it is time.
void Consumer::State::look_again() {
  const Deadline now = std::chrono::steady_clock::now();
  if (!following || now < next_look) return;
  next_look = now + following->look_again;
  if (const rd_kafka_resp_err_t failure = look(now); failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
    problem("", cat("Kafka can't be reached (", rd_kafka_err2str(failure), "); reading goes on when it can"));
  }
}

bool Consumer::State::all_refused() const {
  return std::ranges::all_of(subscriptions, [this](const Subscription& subscription) {
    return subscription.started.empty() && subscription.initial != 0 && problems.contains(subscription.name);
  });
}

/// Told once, until the entry is taken out.
void Consumer::State::problem(const std::string& key, std::string text) {
  std::string& known = problems[key];
  if (known == text) return;
  known = text;
  news.push_back(std::move(text));
}

}  // namespace hookferry::kafka
