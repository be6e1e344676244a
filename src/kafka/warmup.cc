#include "kafka/warmup.h"

namespace hookferry::kafka {
namespace {

constexpr std::chrono::milliseconds wait{20};
constexpr std::chrono::milliseconds nudge_limit{250};
/// How much further back than others a partition may be read.
constexpr Duration max_lead = std::chrono::minutes(10);

bool never_passes_in_time(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Warmup::add(TopicPartition of, Range range) {
  if (range.empty()) return;
  if (places_.size() <= of.topic) places_.resize(of.topic + 1);
  auto& partitions = places_[of.topic];
  const auto partition = static_cast<std::size_t>(of.partition);
  if (partitions.size() <= partition) partitions.resize(partition + 1);
  readings_.push_back({.of = of, .left = range});
  partitions[partition] = readings_.size();
}

Warmup::End Warmup::run(MonotonicTime deadline, const std::function<bool()>& go_on) {
  End end = End::complete;
  for (start_slices(); active_ > 0; start_slices()) {
    came_ = false;
    client_.read(wait, *this);
    if (!came_) nudge();
    stop_finished();
    if (!go_on()) {
      end = End::stopped;
    } else if (feed_.full()) {
      end = End::full;
    } else if (clock_.monotonic() >= deadline) {
      end = End::late;
    } else {
      continue;
    }
    break;
  }
  stop_all();
  return end;
}

/// After a full queue librdkafka before 2.2 rests for a second, unless its threads are woken: by any question. The
/// answers are of no interest.
void Warmup::nudge() {
  std::vector<OffsetQuestion> questions;
  for (const Reading& reading : readings_) {
    if (reading.active) questions.push_back({reading.of});
  }
  (void)client_.find(nudge_limit, questions);
}

std::optional<WallTime> Warmup::known_since() const {
  std::optional<WallTime> since;
  for (const Reading& reading : readings_) {
    if (reading.left.empty() && !reading.active && !reading.refused) continue;
    const WallTime back_to = reading.known_since.value_or(started_);
    since = since ? std::max(*since, back_to) : back_to;
  }
  return since;
}

Warmup::Reading* Warmup::reading(TopicPartition of) noexcept {
  const auto partition = static_cast<std::size_t>(of.partition);
  if (of.topic >= places_.size() || partition >= places_[of.topic].size()) return nullptr;
  const std::size_t place = places_[of.topic][partition];
  return place == 0 || !readings_[place - 1].active ? nullptr : &readings_[place - 1];
}

void Warmup::record(TopicPartition of, std::int64_t offset, std::optional<WallTime> time,
                    const SightingFeed::Headers& headers) noexcept {
  Reading* const found = reading(of);
  came_ = true;
  if (found == nullptr) return;
  if (offset < found->slice.to) {
    if (!found->first) found->first = time;
    feed_.take(names_[of.topic], of.partition, offset, time, headers);
  }
  if (offset + 1 >= found->slice.to) finish(*found);
}

void Warmup::end(TopicPartition of, std::int64_t) noexcept {
  came_ = true;
  if (Reading* const found = reading(of)) finish(*found);
}

void Warmup::failed(TopicPartition of, rd_kafka_resp_err_t error) noexcept {
  Reading* const found = reading(of);
  if (found == nullptr || !never_passes_in_time(error)) return;
  found->refused = true;
  found->left = {};
  finish(*found);
}

/// The one that reaches back least, unless it is too far ahead of those that are being read.
Warmup::Reading* Warmup::next() noexcept {
  Reading* best = nullptr;
  WallTime least{};
  for (Reading& reading : readings_) {
    const WallTime known_since = reading.known_since.value_or(started_);
    if (reading.active) least = std::max(least, known_since);
    if (reading.active || reading.left.empty()) continue;
    if (best == nullptr || known_since > best->known_since.value_or(started_)) best = &reading;
  }
  const bool too_far = best != nullptr && best->known_since && *best->known_since < least - max_lead;
  return too_far ? nullptr : best;
}

void Warmup::start_slices() {
  while (active_ < max_active) {
    Reading* const reading = next();
    if (reading == nullptr) return;
    reading->slice = newest(reading->left, slice_size);
    reading->left.to = reading->slice.from;
    reading->first.reset();
    reading->active = true;
    ++active_;
    client_.start(reading->of, reading->slice.from);
  }
}

/// Stopping is not for the midst of a read.
void Warmup::finish(Reading& reading) noexcept {
  reading.active = false;
  --active_;
  // Without records there is no time to tell how far back this was: it stays as it was.
  if (reading.first) reading.known_since = reading.first;
  finished_.push_back(&reading);
}

void Warmup::stop_finished() {
  for (const Reading* const reading : finished_) client_.stop(reading->of);
  finished_.clear();
}

void Warmup::stop_all() {
  for (const Reading& reading : readings_) {
    if (reading.active) client_.stop(reading.of);
  }
}

}  // namespace hookferry::kafka
