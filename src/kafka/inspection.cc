#include "kafka/inspection.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/text.h"
#include "kafka/admin.h"
#include "kafka/configuration.h"
#include "kafka/metadata.h"
#include "kafka/topic_answers.h"
#include "kafka/topic_problems.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;
using Kind = TopicState::Kind;
constexpr milliseconds step{5000};

struct WriteAnswer {
  std::size_t topic;
  rd_kafka_resp_err_t error;
};

class Observer final : public ClientObserver {
 public:
  void logged(int, const char*, const char*) noexcept override {}
  void failed(rd_kafka_resp_err_t error, const char* text) noexcept override {
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
    last_error = text;
    // What is wrong with a login stays so.
    refused = refused || error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL;
  }
  void delivered(const rd_kafka_message_t& message) noexcept override {
    written.push_back({reinterpret_cast<std::size_t>(message._private), message.err});
  }

  std::string last_error;
  bool refused = false;
  std::vector<WriteAnswer> written;
};

Result<ClientHandle> make(rd_kafka_type_t type, const ProducerOptions& kafka, const Properties& own,
                          Observer& observer) {
  auto configuration = common_configuration(kafka);
  if (!configuration) return configuration.error();
  if (auto set = set_properties(configuration->get(), own); !set) return set.error();
  return make_client(type, std::move(*configuration), observer, kafka.tokens);
}

class Inspector {
 public:
  Inspector(const ProducerOptions& kafka, const TopicOptions& options, const std::vector<TopicQuestion>& questions)
      : kafka_(kafka), options_(options), questions_(questions), topics_(questions.size()) {}

  Result<std::vector<InspectedTopic>> run(Duration patience) {
    auto client =
        make(RD_KAFKA_PRODUCER, kafka_,
             {{"acks", "2"}, {"message.timeout.ms", "5000"}, {"retries", "0"}, {"linger.ms", "0"}}, observer_);
    if (!client) return client.error();
    client_ = std::move(*client);
    if (auto asked = ask_all(patience); !asked) return asked.error();
    if (options_.admin_calls) {
      try_to_create();
      describe();
    }
    try_to_write();
    if (auto read = try_to_read(); !read) return read.error();
    return std::move(topics_);
  }

 private:
  Result<void> ask_all(Duration patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    Patience each;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      const TopicHandle handle(rd_kafka_topic_new(client_.get(), questions_[i].name.c_str(), nullptr));
      TopicMetadata answer;
      for (;;) {
        const rd_kafka_resp_err_t failure = ask_topic(client_.get(), handle.get(), each, answer);
        if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) break;
        rd_kafka_poll(client_.get(), 100);
        if (!observer_.refused && std::chrono::steady_clock::now() < end) continue;
        const std::string& why = observer_.last_error;
        return error(unreachable_problem(kafka_.bootstrap_servers, why.empty() ? rd_kafka_err2str(failure) : why));
      }
      take_metadata(questions_[i].name, answer, topics_[i].state);
    }
    return {};
  }

  /// The names of the topics of that kind.
  std::vector<std::string> names(Kind kind) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      if (topics_[i].state.kind == kind) out.push_back(questions_[i].name);
    }
    return out;
  }

  void try_to_create() {
    const std::vector<std::string> missing = names(Kind::missing);
    if (missing.empty() || !options_.create) return;
    const AdminAnswers answers = create_topics(client_.get(), missing, options_, step, stopping_, Creation::only_tried);
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      const auto found = answers.find(questions_[i].name);
      if (found == answers.end()) continue;
      const AdminAnswer& answer = found->second;
      topics_[i].can_be_made = answer.error == RD_KAFKA_RESP_ERR_NO_ERROR;
      topics_[i].state.problem =
          topics_[i].can_be_made ? "" : creation_problem(questions_[i].name, answer.error, answer.text, options_);
    }
  }

  void describe() {
    const std::vector<std::string> present = names(Kind::present);
    if (present.empty()) return;
    AdminAnswers answers = describe_topics(client_.get(), present, step, stopping_);
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      const auto found = answers.find(questions_[i].name);
      if (found == answers.end()) continue;
      take_description(questions_[i].name, found->second, topics_[i].state);
      topics_[i].config = std::move(found->second.config);
    }
  }

  void try_to_write() {
    write_to([](const TopicQuestion& question) { return question.quarantine; });
    const bool harmless = std::ranges::any_of(observer_.written, [](const WriteAnswer& answer) {
      return answer.error == RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS;
    });
    if (harmless) write_to([](const TopicQuestion& question) { return !question.quarantine; });
    for (const WriteAnswer& answer : observer_.written) {
      Right& right = topics_[answer.topic].write;
      if (answer.error == RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS) right = Right::granted;
      if (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR) right = Right::granted;
      if (answer.error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) right = Right::denied;
    }
  }

  void write_to(bool (*wanted)(const TopicQuestion&)) {
    std::size_t due = observer_.written.size();
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      if (topics_[i].state.kind != Kind::present || !wanted(questions_[i])) continue;
      const rd_kafka_resp_err_t refused = rd_kafka_producev(
          client_.get(), RD_KAFKA_V_TOPIC(questions_[i].name.c_str()), RD_KAFKA_V_KEY("hookferry check --connect", 25),
          RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(i)), RD_KAFKA_V_END);
      if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) ++due;
    }
    const auto end = std::chrono::steady_clock::now() + 2 * step;
    while (observer_.written.size() < due && std::chrono::steady_clock::now() < end) rd_kafka_poll(client_.get(), 100);
  }

  /// From the end of one partition of each: nothing has to come, but the right is looked at.
  Result<void> try_to_read() {
    Observer quiet;
    auto made =
        make(RD_KAFKA_CONSUMER, kafka_, {{"enable.partition.eof", "true"}, {"fetch.wait.max.ms", "100"}}, quiet);
    if (!made) return made.error();
    const ClientHandle client = std::move(*made);
    const QueueHandle queue(rd_kafka_queue_new(client.get()));
    std::vector<TopicHandle> handles;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      if (topics_[i].state.kind != Kind::present || !questions_[i].read) continue;
      handles.emplace_back(rd_kafka_topic_new(client.get(), questions_[i].name.c_str(), nullptr));
      rd_kafka_consume_start_queue(handles.back().get(), 0, RD_KAFKA_OFFSET_END, queue.get());
    }
    take_reads(queue.get(), handles.size());
    for (const TopicHandle& handle : handles) rd_kafka_consume_stop(handle.get(), 0);
    return {};
  }

  void take_reads(rd_kafka_queue_t* queue, std::size_t due) {
    const auto end = std::chrono::steady_clock::now() + 2 * step;
    while (due > 0 && std::chrono::steady_clock::now() < end) {
      const MessageHandle message(rd_kafka_consume_queue(queue, 100));
      if (!message || message->rkt == nullptr) continue;
      const std::string_view name = rd_kafka_topic_name(message->rkt);
      const auto place = std::ranges::find(questions_, name, &TopicQuestion::name) - questions_.begin();
      Right& right = topics_[static_cast<std::size_t>(place)].read;
      if (right != Right::unknown) continue;
      if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) right = Right::denied;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        right = Right::granted;
      }
      if (right != Right::unknown) --due;
    }
  }

  const ProducerOptions& kafka_;
  const TopicOptions& options_;
  const std::vector<TopicQuestion>& questions_;
  std::vector<InspectedTopic> topics_;
  const std::atomic<bool> stopping_{false};
  Observer observer_;
  ClientHandle client_;
};

}  // namespace

Result<std::vector<InspectedTopic>> inspect(const ProducerOptions& kafka, const TopicOptions& options,
                                            const std::vector<TopicQuestion>& questions, Duration patience) {
  return Inspector(kafka, options, questions).run(patience);
}

}  // namespace hookferry::kafka
