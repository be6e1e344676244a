#include "app/producing.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hookferry::app {
namespace {

constexpr Duration first_replacement = std::chrono::seconds(1);
constexpr Duration last_replacement = std::chrono::minutes(1);

}  // namespace

Result<std::unique_ptr<kafka::Producer>> make_producer(kafka::ProducerOptions options, const Plan& plan,
                                                       DeliveryReports& reports, Log& log) {
  auto made = kafka::Producer::create(std::move(options), plan.topics, reports, log);
  if (!made) return made;
  if (auto set = (*made)->set_topics(topic_set(plan)); !set) return set.error();
  return made;
}

Producing::Producing(std::unique_ptr<kafka::Producer> producer, Duration patience, delivery::Delivery& delivery,
                     EndedClients& ended, Log& log, const Clock& clock)
    : patience_(patience),
      delivery_(delivery),
      ended_(ended),
      log_(log),
      clock_(clock),
      producer_(std::move(producer)) {
  delivery_.attach(*producer_);
}

Result<void> Producing::set_topics(const kafka::TopicSet& topics) {
  for (kafka::Producer* const producer : {producer_.get(), successor_.get()}) {
    if (producer == nullptr) continue;
    if (auto set = producer->set_topics(topics); !set) return set;
  }
  return {};
}

void Producing::set_credentials(const kafka::Credentials& credentials) {
  producer_->set_credentials(credentials);
  if (successor_) successor_->set_credentials(credentials);
}

void Producing::succeed(std::unique_ptr<kafka::Producer> successor) {
  std::swap(successor_, successor);
  ended_.add(std::move(successor));
  retired_since_.reset();
}

void Producing::tick(const kafka::ProducerOptions& options, const Plan& plan) {
  replace_failed(options, plan);
  replace_retired();
}

/// A fatal error finishes a producer. The new one publishes again what this one did not, in order. With back-off, since
/// what was wrong may still be.
void Producing::replace_failed(const kafka::ProducerOptions& options, const Plan& plan) {
  const MonotonicTime now = clock_.monotonic();
  if (!producer_->state().fatal) return failed_since_.reset();
  if (!failed_since_) {
    failed_since_ = now;
    log_.error(
        cat("the Kafka producer failed for good (", producer_->state().last_error, "): a new one takes its place"));
  }
  if (!emptied(*failed_since_) || now < replace_at_) return;
  back_off_ = back_off_ == Duration() ? first_replacement : std::min(back_off_ * 2, last_replacement);
  replace_at_ = now + back_off_;
  auto fresh = make_producer(options, plan, delivery_, log_);
  if (!fresh) return log_.error(cat("no new Kafka producer: ", fresh.error().message));
  failed_since_.reset();
  put_in_place(std::move(*fresh));
}

/// What comes after it is retired waits for the successor, some milliseconds.
void Producing::replace_retired() {
  if (!successor_ || !successor_->connected() ||
      successor_->state().unknown_topics > producer_->state().unknown_topics) {
    return;
  }
  producer_->retire();
  if (!retired_since_) retired_since_ = clock_.monotonic();
  if (!emptied(*retired_since_)) return;
  retired_since_.reset();
  put_in_place(std::move(successor_));
  log_.info("events go to Kafka by connections with the new certificates from now on");
}

/// Whether the producer has reported all that it had. What it does not report by itself is given up in the end: after a
/// fatal error, or with certificates that have expired, it may not be able to.
bool Producing::emptied(MonotonicTime since) {
  if (producer_->flush(Duration::zero()) == 0) return true;
  if (clock_.monotonic() >= since + patience_) producer_->purge();
  return false;
}

void Producing::put_in_place(std::unique_ptr<kafka::Producer> successor) {
  delivery_.attach(*successor);
  std::swap(producer_, successor);
  ended_.add(std::move(successor));
}

}  // namespace hookferry::app
