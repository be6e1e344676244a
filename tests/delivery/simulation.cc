#include "tests/delivery/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/text.h"

namespace hookferry::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TopicId topic = 0;

Id128 id_of(int number, std::uint8_t family) {
  Id128 out{};
  out[0] = static_cast<std::uint8_t>(number);
  out[1] = static_cast<std::uint8_t>(number >> 8);
  out[2] = family;
  return out;
}

ClaimKey key_of(int number) {
  return {id_of(number, 1), id_of(number, 2)};
}

int number_of(std::string_view value) {
  return std::stoi(std::string(value));
}

}  // namespace

/// Takes records in order. A record that it has must not be given to it again.
struct Simulation::Client final : Publisher {
  explicit Client(const std::set<int>& with_two_rows) : may_come_twice(with_two_rows) {}
  struct Taken {
    std::uint64_t cookie;
    int number;
  };

  Refusal publish(const Record& record, std::uint64_t cookie, Batching) noexcept override {
    if (finished) return Refusal::fatal;
    if (std::exchange(full, false)) return Refusal::queue_full;
    const int number = number_of(record.value());
    for (const Taken& taken : queue) {
      EXPECT_TRUE(taken.number != number || may_come_twice.contains(number)) << "given to the client twice";
    }
    queue.push_back({cookie, number});
    return Refusal::none;
  }
  bool connected() const noexcept override { return true; }

  const std::set<int>& may_come_twice;
  std::deque<Taken> queue;
  bool full = false;
  bool finished = false;
};

Simulation::Simulation(std::size_t max_rows) : max_rows_(max_rows) {
  start();
}

Simulation::~Simulation() = default;

void Simulation::start() {
  delivery_.reset();
  client_ = std::make_unique<Client>(with_two_rows_);
  replies_ = std::make_unique<fakes::FakeReplies>();
  cache_ = std::make_unique<dedupe::Cache>(dedupe::Options{std::chrono::hours(24), 1000}, clock_);
  spool_ = std::make_unique<fakes::FakeSpool>(disk_, max_rows_);
  Options options{seconds(4), 12, 4096, 6};
  options.drain_window = 2;
  delivery_ = std::make_unique<Delivery>(options, 1, *cache_, *replies_, telemetry_, clock_, spool_.get());
  delivery_->attach(*client_);
  std::uint64_t rows = 0;
  for (const auto& [row, stored] : disk_.rows) {
    cache_->remember(stored.context.key, stored.context.accepted, dedupe::Origin::spool);
    if (!stored.parked) ++rows;
  }
  for (const int number : log_) {
    cache_->remember(key_of(number), clock_.wall(), dedupe::Origin::kafka);
  }
  if (rows > 0) delivery_->restore(topic, rows, disk_.last);
}

void Simulation::run(Step step) {
  if (step == Step::drain_slowly) {
    slowly_ = true;
    return;
  }
  if (std::exchange(slowly_, false)) {
    drain_while(step);
  } else {
    perform(step);
  }
  listen();
}

void Simulation::drain() {
  for (int i = 0; i < 100 && delivery_->drain(); ++i) {
  }
}

/// One thread drains, and a crash ends it.
void Simulation::drain_while(Step step) {
  bool done = step == Step::drain || step == Step::crash;
  if (!done) {
    spool_->during_read = [&] {
      if (!std::exchange(done, true)) perform(step);
    };
  }
  drain();
  spool_->during_read = {};
  if (!done || step == Step::crash) perform(step);
}

void Simulation::perform(Step step) {
  const auto report = [&](Refusal refusal) {
    if (client_->queue.empty()) return;
    const Client::Taken taken = client_->queue.front();
    client_->queue.pop_front();
    if (refusal == Refusal::none) {
      log_.push_back(taken.number);
    } else {
      events_[taken.number].refused = true;
    }
    delivery_->reported(taken.cookie, {refusal, 0, 0});
  };
  const auto deliver_without_proof = [&] {
    if (client_->queue.empty()) return;
    const int number = client_->queue.front().number;
    log_.push_back(number);
    report(Refusal::unproven);
    cache_->remember(key_of(number), clock_.wall(), dedupe::Origin::kafka);
  };
  const auto pass = [&](Duration time) {
    clock_.advance(time);
    delivery_->tick();
  };
  switch (step) {
    case Step::submit_first:
      submit(0);
      break;
    case Step::submit_second:
      submit(1);
      break;
    case Step::submit_again:
      submit_again();
      break;
    case Step::acknowledge:
      report(Refusal::none);
      break;
    case Step::refuse_record:
      report(Refusal::record_invalid);
      break;
    case Step::refuse_topic:
      report(Refusal::topic_unknown);
      break;
    case Step::refuse_transient:
      report(Refusal::transient);
      break;
    case Step::refuse_without_proof:
      report(Refusal::unproven);
      break;
    case Step::deliver_without_proof:
      deliver_without_proof();
      break;
    case Step::fatal:
      replace_producer();
      break;
    case Step::queue_full:
      client_->full = true;
      break;
    case Step::commit:
      spool_->commit(*delivery_);
      break;
    case Step::commit_one:
      spool_->commit(*delivery_, 1);
      break;
    case Step::write_one:
      spool_->write(1);
      break;
    case Step::fail_disk:
      spool_->fail(*delivery_, 1, false);
      break;
    case Step::fail_unknown:
      spool_->fail(*delivery_, 1, true);
      break;
    case Step::short_while:
      pass(milliseconds(20));
      break;
    case Step::while_longer:
      pass(milliseconds(200));
      break;
    case Step::long_while:
      pass(seconds(5));
      break;
    case Step::drain:
      drain();
      break;
    case Step::drain_slowly:
      break;
    case Step::retry_parked:
      if (const auto [rows, newest] = spool_->retry_parked(*delivery_); rows > 0) {
        delivery_->returned(topic, rows, newest);
      }
      break;
    case Step::crash:
      crash();
      break;
  }
}

void Simulation::submit(int key) {
  Event event;
  event.number = static_cast<int>(events_.size());
  event.key = key;
  events_.push_back(event);
  send(events_.back());
}

void Simulation::submit_again() {
  if (!events_.empty()) send(events_[events_.size() / 2]);
}

void Simulation::send(Event& event) {
  Submission submission;
  submission.record = Record(topic, 64);
  submission.record.append_key(cat("key-", event.key));
  submission.record.begin_value().append(cat(event.number));
  submission.record.end_value();
  submission.key = key_of(event.number);
  submission.waiter.ticket.exchange = ++last_exchange_;
  submission.waiter.received = clock_.monotonic();
  submission.waiter.event = 1;
  const Submitted submitted = delivery_->submit(submission);
  ASSERT_NE(submitted.kind, Submitted::Kind::conflict);
  if (submitted.kind == Submitted::Kind::held) {
    asked_[last_exchange_] = event.number;
  } else if (submitted.outcome.kind != Outcome::Kind::unavailable) {
    check_acknowledged(event);
  } else if (!event.acknowledged) {
    event.refused = true;  // not taken: if it is sent again it comes later than what followed
  }
}

/// Takes note of the answers.
void Simulation::listen() {
  for (auto next = asked_.begin(); next != asked_.end();) {
    const auto [exchange, number] = *next;
    const auto outcomes = replies_->told(exchange);
    ASSERT_LE(outcomes.size(), 1u) << "answered twice";
    if (outcomes.empty()) {
      ++next;
      continue;
    }
    Event& event = events_[number];
    if (outcomes[0].kind == Outcome::Kind::unavailable) {
      if (!event.acknowledged) event.refused = true;  // if it is lost and sent again, it comes later
    } else {
      check_acknowledged(event);
    }
    next = asked_.erase(next);
  }
}

std::ptrdiff_t Simulation::records(const Event& event) const {
  return std::count(log_.begin(), log_.end(), event.number);
}

std::ptrdiff_t Simulation::rows(const Event& event) const {
  return std::count_if(disk_.rows.begin(), disk_.rows.end(),
                       [&](const auto& row) { return number_of(row.second.value) == event.number; });
}

bool Simulation::durable(const Event& event) const {
  return records(event) > 0 || rows(event) > 0;
}

void Simulation::check_acknowledged(const Event& event) {
  EXPECT_TRUE(durable(event)) << "a 200 for event " << event.number << ", which is nowhere";
  events_[event.number].acknowledged = true;
}

/// What the client had may have reached Kafka, from the first on: here every second time one of them did.
void Simulation::crash() {
  if (!client_->queue.empty() && events_.size() % 2 == 0) log_.push_back(client_->queue.front().number);
  for (Event& event : events_) {
    // The log is read back. A second row is there when the commit of the first failed, though it is on the disk.
    event.most_records = std::max<std::ptrdiff_t>(records(event), 1) + std::max<std::ptrdiff_t>(rows(event) - 1, 0);
    if (rows(event) > 1) with_two_rows_.insert(event.number);
    if (!event.acknowledged) event.refused = true;  // if it is lost and sent again, it comes later
  }
  asked_.clear();
  start();
}

/// A fatal error: the client reports all that it has as failed, though the first may be in Kafka. Then comes another.
void Simulation::replace_producer() {
  client_->finished = true;
  if (!client_->queue.empty() && events_.size() % 2 == 0) log_.push_back(client_->queue.front().number);
  while (!client_->queue.empty()) {
    const Client::Taken taken = client_->queue.front();
    client_->queue.pop_front();
    events_[taken.number].most_records = records(events_[taken.number]) + 1;
    delivery_->reported(taken.cookie, {Refusal::fatal, -1, -1});
  }
  auto next = std::make_unique<Client>(with_two_rows_);
  delivery_->attach(*next);
  finished_.push_back(std::exchange(client_, std::move(next)));
}

void Simulation::finish() {
  client_->full = false;
  for (int i = 0; i < 200; ++i) {
    run(Step::commit);
    run(Step::drain);
    run(Step::acknowledge);
    if (i % 10 == 9) run(Step::long_while);
    if (i % 50 == 49) clock_.advance(std::chrono::minutes(2));
  }
  while (!client_->queue.empty()) run(Step::acknowledge);
  run(Step::commit);
  run(Step::commit);
  check_end();
}

void Simulation::check_end() const {
  EXPECT_TRUE(asked_.empty()) << "somebody was never answered";
  EXPECT_EQ(delivery_->stats().usage.events, 0u) << "a flight was left behind";
  EXPECT_EQ(delivery_->stats().usage.bytes, 0u);
  EXPECT_EQ(delivery_->stats().undecided, 0u);
  for (const auto& [row, stored] : disk_.rows) {
    EXPECT_TRUE(stored.parked) << "row " << row << " was left behind";
  }
  EXPECT_EQ(delivery_->mode(topic), Mode::direct);
  std::map<int, std::size_t> first;
  for (std::size_t i = 0; i < log_.size(); ++i) {
    const Event& event = events_[log_[i]];
    first.emplace(event.number, i);
    EXPECT_LE(records(event), event.most_records) << "event " << event.number << " was published again";
  }
  for (const Event& event : events_) {
    if (event.acknowledged) {
      EXPECT_TRUE(durable(event)) << "event " << event.number << " was acknowledged and lost";
    }
  }
  // Numbers are in the order of acceptance.
  std::map<int, const Event*> last;  // by key
  for (const Event& event : events_) {
    if (event.refused || !first.contains(event.number)) continue;
    const Event*& before = last[event.key];
    if (before != nullptr) {
      EXPECT_LT(first[before->number], first[event.number])
          << "event " << event.number << " overtook " << before->number << ", which has the same key";
    }
    before = &event;
  }
}

}  // namespace hookferry::delivery
