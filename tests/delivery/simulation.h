// A world of one bridge: Kafka, a disk, senders, and everything that can go wrong with them, one step at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dedupe/cache.h"
#include "delivery/delivery.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/replies.h"
#include "tests/fakes/spool.h"
#include "tests/fakes/telemetry.h"

namespace hookferry::delivery {

/// What can happen next. Steps that make no sense at the moment do nothing.
enum class Step : std::uint8_t {
  submit_first,   // an event of key 0
  submit_second,  // an event of key 1
  submit_again,   // one that was sent before
  acknowledge,    // Kafka takes the oldest record that the client has
  refuse_record,  // and these are its refusals of it
  refuse_topic,
  refuse_transient,
  refuse_without_proof,   // it calls the oldest delivered since a later one is: it is not there
  deliver_without_proof,  // the same, but it is, and the tail shows it
  fatal,       // the producer is finished: all that it has is reported as failed, and another takes its place
  queue_full,  // the client does not take the next record
  commit,      // the spool writes all that is queued
  commit_one,
  write_one,     // it is on the disk, but nobody has been told
  fail_disk,     // the spool's next insert fails
  fail_unknown,  // the same, but it is on the disk
  short_while,   // less than spool.after
  while_longer,  // more than it
  long_while,    // more than http.ack_deadline
  drain,
  drain_slowly,  // the next step happens while rows are read
  retry_parked,
  crash,  // the process is killed and started again
};
inline constexpr std::size_t steps = 23;

/// Every promise is checked at each step; `finish` heals everything and checks what must hold in the end. Problems are
/// reported as failures of the test under way.
class Simulation {
 public:
  explicit Simulation(std::size_t max_rows = 1000);
  ~Simulation();
  void run(Step step);
  void finish();

 private:
  struct Event {
    int number = 0;  // in the order of their first submission
    int key = 0;
    bool acknowledged = false;
    bool refused = false;  // by Kafka for a reason of its own, or by us: its place among the others is not promised
    std::ptrdiff_t most_records = 1;  // more where Kafka's word on one was lost with a finished producer
  };
  struct Client;  // Kafka's client: a publisher

  void start();
  void perform(Step step);
  void drain();
  void drain_while(Step step);
  void submit(int key);
  void submit_again();
  void send(Event& event);
  void listen();
  void crash();
  void replace_producer();
  void check_acknowledged(const Event& event);
  void check_end() const;
  [[nodiscard]] bool durable(const Event& event) const;
  [[nodiscard]] std::ptrdiff_t records(const Event& event) const;
  [[nodiscard]] std::ptrdiff_t rows(const Event& event) const;

  fakes::FakeClock clock_;
  fakes::FakeDisk disk_;
  const std::size_t max_rows_;
  bool slowly_ = false;
  std::vector<int> log_;  // Kafka's: numbers of events
  std::vector<Event> events_;
  std::set<int> with_two_rows_;         // numbers of events that the disk had twice at a crash
  std::map<std::uint64_t, int> asked_;  // exchanges without an answer → number of the event
  std::uint64_t last_exchange_ = 0;
  fakes::FakeTelemetry telemetry_;
  std::unique_ptr<fakes::FakeReplies> replies_;
  std::unique_ptr<dedupe::Cache> cache_;
  std::unique_ptr<fakes::FakeSpool> spool_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Delivery> delivery_;
  std::vector<std::unique_ptr<Client>> finished_;
};

}  // namespace hookferry::delivery
