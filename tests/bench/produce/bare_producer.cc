#include "tests/bench/produce/bare_producer.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "kafka/admin.h"
#include "kafka/configuration.h"
#include "tests/bench/common/arguments.h"

namespace hookferry::bench {
namespace {

constexpr std::chrono::seconds patience{10};

kafka::ClientHandle make_client(const ProduceOptions& options) {
  kafka::ProducerOptions producer;
  producer.bootstrap_servers = options.brokers;
  producer.linger = std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(options.linger_ms));
  auto configuration = kafka::producer_configuration(producer);
  if (!configuration) fail(configuration.error().message);
  rd_kafka_conf_set_events(configuration->get(), RD_KAFKA_EVENT_DR);
  std::array<char, 512> reason{};
  kafka::ClientHandle client(rd_kafka_new(RD_KAFKA_PRODUCER, configuration->get(), reason.data(), reason.size()));
  if (!client) fail(reason.data());
  (void)configuration->release();  // the client's
  return client;
}

rd_kafka_vu_t bytes_field(rd_kafka_vtype_t type, const std::string& bytes) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  field.u.mem.ptr = const_cast<char*>(bytes.data());  // never written to
  field.u.mem.size = bytes.size();
  return field;
}

kafka::HeadersHandle headers_of(const RecordTemplate& record) {
  kafka::HeadersHandle headers(rd_kafka_headers_new(record.headers().size()));
  for (const auto& [name, value] : record.headers()) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

}  // namespace

BareProducer::BareProducer(const ProduceOptions& options, RecordTemplate record)
    : options_(options), template_(std::move(record)), client_(make_client(options)) {
  queue_.reset(rd_kafka_queue_get_main(client_.get()));
  make_topic();
  prctl(PR_SET_TIMERSLACK, 1);  // else it wakes up to 50 µs late
  if (options_.rate == 0) return;
  wake_up_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue_.get(), wake_up_, &one, sizeof one);
}

void BareProducer::make_topic() {
  const std::atomic<bool> stopping{false};
  const auto answers =
      kafka::create_topics(client_.get(), {options_.topic}, {.partitions = options_.partitions}, patience, stopping);
  const kafka::AdminAnswer& answer = answers.at(options_.topic);
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) fail("the topic could not be created: " + answer.text);
  topic_.reset(rd_kafka_topic_new(client_.get(), options_.topic.c_str(), nullptr));
  const auto limit = Clock::now() + patience;
  for (int partitions = 0; partitions < options_.partitions;) {
    const struct rd_kafka_metadata* metadata = nullptr;
    if (Clock::now() > limit || rd_kafka_metadata(client_.get(), 0, topic_.get(), &metadata, 10000) != 0) {
      fail("Kafka does not know the topic that it created");
    }
    partitions = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
  }
}

bool BareProducer::run(Measurement& measurement) {
  measurement_ = &measurement;
  if (options_.rate > 0) {
    pace_.emplace(options_.rate, Clock::now());
  } else {
    for (std::size_t i = 0; i < options_.in_flight; ++i) produce(Clock::now());
  }
  run_until(Clock::now() + seconds(options_.warmup));
  measurement.begin();
  const auto end = measurement.begun() + seconds(options_.seconds);
  if (pace_) to_ = end;
  run_until(end);
  measurement.end();
  if (!pace_) to_ = end;
  finish();
  return measurement.errors() == 0;
}

void BareProducer::run_until(Clock::time_point end) {
  while (Clock::now() < end) {
    if (pace_) produce_due();
    wait(pace_ ? std::min(end, pace_->next()) : end);
  }
}

/// Until each record has its report.
void BareProducer::finish() {
  const auto limit = Clock::now() + patience;
  if (pace_) produce_due();
  while (free_.size() < slots_.size()) {
    if (Clock::now() >= limit) return measurement_->add_error("no report");
    take_reports(100);
  }
}

void BareProducer::produce_due() {
  const auto now = Clock::now();
  for (; pace_->next() <= std::min(now, to_.value_or(now)); pace_->advance()) produce(pace_->next());
}

void BareProducer::produce(Clock::time_point due) {
  if (free_.empty()) free_.push_back(&slots_.emplace_back(Slot{template_.copy(), {}}));
  Slot& slot = *free_.back();
  free_.pop_back();
  template_.renew(slot.record);
  slot.due = due;
  kafka::HeadersHandle headers = headers_of(template_);
  std::array<rd_kafka_vu_t, 5> fields{};
  fields[0].vtype = RD_KAFKA_VTYPE_RKT;
  fields[0].u.rkt = topic_.get();
  fields[1] = bytes_field(RD_KAFKA_VTYPE_KEY, slot.record.key);
  fields[2] = bytes_field(RD_KAFKA_VTYPE_VALUE, slot.record.value);
  fields[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[3].u.ptr = &slot;
  fields[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  fields[4].u.headers = headers.get();
  const kafka::ErrorHandle failure(rd_kafka_produceva(client_.get(), fields.data(), fields.size()));
  if (failure) fail(rd_kafka_error_string(failure.get()));
  (void)headers.release();  // the client's
}

void BareProducer::wait(Clock::time_point end) {
  const auto left = std::max(end - Clock::now(), Clock::duration::zero());
  if (!pace_) {
    take_reports(static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    return;
  }
  const auto whole = std::chrono::floor<std::chrono::seconds>(left);
  const timespec time{.tv_sec = whole.count(), .tv_nsec = std::chrono::nanoseconds(left - whole).count()};
  pollfd ready{.fd = wake_up_, .events = POLLIN, .revents = 0};
  if (ppoll(&ready, 1, &time, nullptr) == 1) {
    std::uint64_t count = 0;
    (void)!read(wake_up_, &count, sizeof count);
  }
  while (take_reports(0)) {
    // it wakes up again only after there were none
  }
}

/// Those of one event, if there is one by then.
bool BareProducer::take_reports(int wait_ms) {
  const kafka::EventHandle event(rd_kafka_queue_poll(queue_.get(), wait_ms));
  if (!event) return false;
  while (const rd_kafka_message_t* const message = rd_kafka_event_message_next(event.get())) reported(*message);
  return true;
}

void BareProducer::reported(const rd_kafka_message_t& message) {
  Slot& slot = *static_cast<Slot*>(message._private);
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    measurement_->add_error(rd_kafka_err2name(message.err));
  } else if (!pace_ ? !to_ : slot.due >= measurement_->begun()) {
    measurement_->add(Clock::now() - slot.due);
  }
  free_.push_back(&slot);
  if (!pace_ && !to_) produce(Clock::now());
}

}  // namespace hookferry::bench
