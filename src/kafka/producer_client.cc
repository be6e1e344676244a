#include "kafka/producer_client.h"

#include <array>

#include "base/check.h"
#include "base/text.h"
#include "kafka/classify.h"
#include "kafka/configuration.h"

namespace hookferry::kafka {
namespace {

void* to_pointer(std::uint64_t cookie) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(cookie));
}
std::uint64_t to_cookie(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}
static_assert(sizeof(void*) >= sizeof(std::uint64_t), "a cookie travels as a message's opaque pointer");

HeadersHandle headers_of(const Record& record) {
  HeadersHandle headers(rd_kafka_headers_new(record.header_count()));
  for (std::size_t i = 0; i < record.header_count(); ++i) {
    const std::string_view name = record.header_name(i);
    const std::string_view value = record.header_value(i);
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

rd_kafka_vu_t opaque_field(std::uint64_t cookie) {
  rd_kafka_vu_t field{};
  field.vtype = RD_KAFKA_VTYPE_OPAQUE;
  field.u.ptr = to_pointer(cookie);
  return field;
}

rd_kafka_vu_t bytes_field(rd_kafka_vtype_t type, std::string_view bytes) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  field.u.mem.ptr = const_cast<char*>(bytes.data());  // never written to
  field.u.mem.size = bytes.size();
  return field;
}

}  // namespace

Result<std::unique_ptr<ProducerClient>> ProducerClient::make(const ProducerOptions& options, const TopicSet& topics,
                                                             Publisher::Batching batching, Owner& owner) {
  auto configuration = producer_configuration(options);
  if (!configuration) return configuration.error();
  if (batching == Publisher::Batching::alone) {
    // Few go this way: one after the other will do, and so a partition's first does too (see FirstRecords).
    const Properties own{
        {"batch.num.messages", "1"}, {"statistics.interval.ms", "0"}, {"max.in.flight.requests.per.connection", "1"}};
    if (auto set = set_properties(configuration->get(), own); !set) return set.error();
  }
  std::unique_ptr<ProducerClient> made(new ProducerClient(owner));
  auto client = make_client(RD_KAFKA_PRODUCER, std::move(*configuration), *made, options.tokens);
  if (!client) return client.error();
  made->client_ = std::move(*client);
  made->queue_.reset(rd_kafka_queue_get_main(made->client_.get()));
  if (auto set = made->set_topics(topics); !set) return set.error();
  return made;
}

Result<void> ProducerClient::set_topics(const TopicSet& topics) {
  for (std::size_t i = topics_.size(); i < topics.names.size(); ++i) {
    TopicHandle handle(rd_kafka_topic_new(client_.get(), topics.names[i].c_str(), nullptr));
    if (!handle) return error(cat("'", printable(topics.names[i]), "' can't be the name of a Kafka topic"));
    topics_.emplace_back(std::move(handle));
  }
  for (std::size_t i = 0; i < topics.names.size(); ++i) {
    Topic& topic = topics_[i];
    if (topic.used.exchange(topics.used[i]) || !topics.used[i]) continue;
    topic.known = false;  // in use again: it may have gone meanwhile
    topic.in_doubt = true;
  }
  return {};
}

void ProducerClient::set_credentials(const Credentials& credentials) noexcept {
  kafka::set_credentials(client_.get(), credentials);
}

Refusal ProducerClient::publish(const Record& record, std::uint64_t cookie) noexcept {
  HOOKFERRY_CHECK(record.topic() < topics_.size());
  rd_kafka_topic_t* const topic = topics_[record.topic()].handle.get();
  HeadersHandle headers = headers_of(record);
  // librdkafka copies the key and takes over the headers; the value it only points to, until after the report.
  std::array<rd_kafka_vu_t, 5> fields{};
  fields[0].vtype = RD_KAFKA_VTYPE_RKT;
  fields[0].u.rkt = topic;
  fields[1] = bytes_field(RD_KAFKA_VTYPE_KEY, record.key());
  fields[2] = bytes_field(RD_KAFKA_VTYPE_VALUE, record.value());
  fields[3] = opaque_field(cookie);
  fields[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  fields[4].u.headers = headers.get();

  ++outstanding_;  // before the record is taken: its report may come before produceva returns
  const ErrorHandle failure(rd_kafka_produceva(client_.get(), fields.data(), fields.size()));
  if (!failure) {
    (void)headers.release();  // the client's from here on; after a failure they are still ours
    return Refusal::none;
  }
  count_reported();
  const Refusal refusal = refusal_of(rd_kafka_error_code(failure.get()));
  if (of_topic(refusal)) doubt(topic);
  return refusal;
}

std::int32_t ProducerClient::partition_of(const Record& record, std::int32_t partitions) const noexcept {
  const std::string_view key = record.key();
  return rd_kafka_msg_partitioner_murmur2(topics_[record.topic()].handle.get(), key.data(), key.size(), partitions,
                                          nullptr, nullptr);
}

void ProducerClient::poll(std::chrono::milliseconds wait) {
  rd_kafka_poll(client_.get(), static_cast<int>(wait.count()));
}

void ProducerClient::flush(std::size_t left, std::chrono::milliseconds wait) {
  // While it runs, librdkafka sends without a linger. `delivered` ends it early.
  flushing_ = left;
  rd_kafka_flush(client_.get(), static_cast<int>(wait.count()));
  flushing_.reset();
}

void ProducerClient::wake() noexcept {
  rd_kafka_queue_yield(queue_.get());
}

ProducerClient::Lesson ProducerClient::learn(Patience& patience, const std::atomic<bool>& stopping,
                                             rd_kafka_resp_err_t& failure) {
  Lesson lesson = Lesson::complete;
  for (Topic& topic : topics_) {
    if (stopping) return Lesson::incomplete;
    if (!topic.used) continue;
    // Taken before the question: a refusal that comes meanwhile asks for another.
    if (!topic.in_doubt.exchange(false) && topic.known) continue;
    TopicMetadata answer;
    failure = ask_topic(client_.get(), topic.handle.get(), patience, answer);
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
      topic.in_doubt = true;
      return Lesson::unreachable;
    }
    topic.known = answer.usable();
    if (topic.known) topic.partitions = answer.partitions;
    if (!topic.known) lesson = Lesson::incomplete;
  }
  return lesson;
}

void ProducerClient::doubt_all() noexcept {
  for (Topic& topic : topics_) topic.in_doubt = true;
}

void ProducerClient::doubt(rd_kafka_topic_t* handle) noexcept {
  // A report may come with another handle of the same topic: names tell.
  const std::string_view name = rd_kafka_topic_name(handle);
  for (Topic& topic : topics_) {
    if (name == rd_kafka_topic_name(topic.handle.get())) topic.in_doubt = true;
  }
  owner_.topic_in_doubt();
}

std::size_t ProducerClient::unknown_topics() const noexcept {
  std::size_t count = 0;
  for (const Topic& topic : topics_) count += topic.used && !topic.known ? 1 : 0;
  return count;
}

bool ProducerClient::knows(TopicId topic) const noexcept {
  const Topic* const found = topics_.find(topic);
  return found != nullptr && found->known;
}

void ProducerClient::purge() noexcept {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void ProducerClient::make_fatal() noexcept {
  rd_kafka_test_fatal_error(client_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "asked for");
}

Refusal ProducerClient::refusal_of(rd_kafka_resp_err_t error) const noexcept {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Refusal::none;
  std::array<char, 8> unread{};
  // librdkafka notes a fatal error before it reports what that ended.
  const bool fatal = rd_kafka_fatal_error(client_.get(), unread.data(), unread.size()) != RD_KAFKA_RESP_ERR_NO_ERROR;
  return fatal ? Refusal::fatal : classify(error);
}

void ProducerClient::count_reported() noexcept {
  if (--outstanding_ == 0) owner_.all_reported();
}

void ProducerClient::logged(int level, const char* facility, const char* text) noexcept {
  owner_.client_logged(level, facility, text);
}

void ProducerClient::failed(rd_kafka_resp_err_t error, const char* text) noexcept {
  owner_.client_failed(error, text);
}

void ProducerClient::measured(const char* json, std::size_t size) noexcept {
  if (auto statistics = read_statistics({json, size})) owner_.client_measured(std::move(*statistics));
}

/// What Kafka acknowledges has an offset. Without one librdkafka concludes it from a later record's acknowledgement
/// (rd_kafka_dr_implicit_ack in rdkafka_broker.c), or from DUPLICATE_SEQUENCE_NUMBER. The first is wrong for a
/// producer's first records of a partition: where the partition knows nothing of the producer, brokers before
/// KAFKA-15591 take any sequence number, so the second request may be written after the first was refused (as by a
/// broker that has not heard yet that it leads the partition), which can then never be.
bool ProducerClient::proven(const rd_kafka_message_t& message) noexcept {
  return message.offset != RD_KAFKA_OFFSET_INVALID;
}

void ProducerClient::delivered(const rd_kafka_message_t& message) noexcept {
  Refusal refusal = refusal_of(message.err);
  if (refusal == Refusal::none && !proven(message)) refusal = Refusal::unproven;
  const bool acknowledged = refusal == Refusal::none;
  owner_.reported(to_cookie(message._private), DeliveryReport{.refusal = refusal,
                                                              .partition = acknowledged ? message.partition : -1,
                                                              .offset = acknowledged ? message.offset : -1});
  if (of_topic(refusal)) doubt(message.rkt);
  count_reported();
  if (flushing_ && outstanding_ <= *flushing_) rd_kafka_yield(client_.get());
}

}  // namespace hookferry::kafka
