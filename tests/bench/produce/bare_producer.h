// librdkafka alone: what hookferry's records cost where nothing else is done.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "kafka/handles.h"
#include "tests/bench/common/measurement.h"
#include "tests/bench/common/pace.h"
#include "tests/bench/produce/record_template.h"

namespace hookferry::bench {

struct ProduceOptions {
  std::string brokers;
  std::string topic;
  int partitions = 6;
  double linger_ms = 0;
  std::size_t in_flight = 1;  // of a closed loop
  double rate = 0;            // records a second; 0: a closed loop
  double warmup = 1;          // seconds
  double seconds = 5;
};

/// One thread: it hands records over and takes the reports of many at a time, as librdkafka's event queue brings them.
/// The client has the configuration of hookferry's producer but for the linger, and no statistics.
class BareProducer {
 public:
  /// Creates the topic.
  BareProducer(const ProduceOptions& options, RecordTemplate record);

  /// Warms up and measures; true when every record was delivered.
  bool run(Measurement& measurement);

 private:
  struct Slot {
    RecordCopy record;
    Clock::time_point due;
  };

  void make_topic();
  void run_until(Clock::time_point end);
  void finish();
  void produce(Clock::time_point due);
  void produce_due();
  void wait(Clock::time_point end);
  bool take_reports(int wait_ms);
  void reported(const rd_kafka_message_t& message);

  const ProduceOptions options_;
  RecordTemplate template_;
  kafka::ClientHandle client_;
  kafka::TopicHandle topic_;
  kafka::QueueHandle queue_;
  int wake_up_ = -1;         // readable when the queue has something again
  std::deque<Slot> slots_;   // a record is pointed to until its report
  std::vector<Slot*> free_;  // those without one under way
  std::optional<Pace> pace_;
  std::optional<Clock::time_point> to_;  // what is due after it is not produced
  Measurement* measurement_ = nullptr;
};

}  // namespace hookferry::bench
