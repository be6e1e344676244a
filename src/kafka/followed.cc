#include "kafka/followed.h"

#include <algorithm>
#include <utility>

#include "kafka/tail_problems.h"

namespace hookferry::kafka {

Result<void> Followed::set_topics(TopicSet topics) {
  topics_.resize(topics.names.size());
  for (std::size_t i = 0; i < set_.used.size(); ++i) {
    if (topics.used[i] || !set_.used[i]) continue;
    stop(i);
    topics_[i] = {};
  }
  set_ = std::move(topics);
  return client_.set_topics(set_);
}

rd_kafka_resp_err_t Followed::look(std::chrono::milliseconds limit, WallTime since, std::vector<Placement>& places) {
  std::vector<TopicAnswer> answers;
  if (const auto failure = client_.look(limit, answers); failure != RD_KAFKA_RESP_ERR_NO_ERROR) return failure;
  for (const TopicAnswer& answer : answers) take_answer(answer);
  // The ends first: what is published between the questions is then read.
  std::vector<OffsetQuestion> ends = questions();
  if (ends.empty()) return RD_KAFKA_RESP_ERR_NO_ERROR;
  if (const auto failure = client_.find(limit, ends); failure != RD_KAFKA_RESP_ERR_NO_ERROR) return failure;
  std::vector<OffsetQuestion> firsts;
  for (const OffsetQuestion& end : ends) {
    Partition& partition = at(end.of);
    if (partition.running || end.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!partition.running) partition.error = end.error;
    } else if (came_since(end.of)) {
      places.push_back({end.of, {TailClient::beginning, end.offset}});
    } else {
      firsts.push_back({end.of, since});
      partition.end = end.offset;
    }
  }
  if (!firsts.empty()) {
    if (const auto failure = client_.find(limit, firsts); failure != RD_KAFKA_RESP_ERR_NO_ERROR) return failure;
  }
  for (const OffsetQuestion& first : firsts) {
    Partition& partition = at(first.of);
    partition.error = first.error;
    if (first.error == RD_KAFKA_RESP_ERR_NO_ERROR)
      places.push_back({first.of, range_to_read(first.offset, partition.end)});
  }
  take_ends(ends);
  for (const TopicAnswer& answer : answers) {
    Topic& topic = topics_[answer.topic];
    topic.looked_at = true;
    topic.known_partitions = topic.partitions.size();
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Followed::take_answer(const TopicAnswer& answer) {
  Topic& topic = topics_[answer.topic];
  const bool missing = answer.error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  // One that is not there is no problem: it is read from its beginning when it is.
  topic.error = missing ? RD_KAFKA_RESP_ERR_NO_ERROR : answer.error;
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (missing || lacks_right(answer.error)) {
      stop(answer.topic);
      topic.partitions.clear();
      topic.known_partitions = 0;
      topic.looked_at = missing;
    }
    return;
  }
  if (topic.partitions.size() < static_cast<std::size_t>(answer.partitions))
    topic.partitions.resize(static_cast<std::size_t>(answer.partitions));
  for (Partition& partition : topic.partitions) {
    if (!partition.running || partition.error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
      partition.error = RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  for (const std::int32_t partition : answer.leaderless)
    at({answer.topic, partition}).error = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

/// Of all partitions that have a leader: of one that has none Kafka would say nothing until the end of the wait.
std::vector<OffsetQuestion> Followed::questions() const {
  std::vector<OffsetQuestion> questions;
  for (std::size_t topic = 0; topic < topics_.size(); ++topic) {
    const auto& partitions = topics_[topic].partitions;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      if (partitions[i].error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) continue;
      questions.push_back({{topic, static_cast<std::int32_t>(i)}});
    }
  }
  return questions;
}

/// Looks after what is read already: a partition that had records at the last look, and none came since, is stuck.
void Followed::take_ends(const std::vector<OffsetQuestion>& ends) {
  for (const OffsetQuestion& end : ends) {
    Partition& partition = at(end.of);
    if (!partition.running || end.error != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    partition.stuck = partition.next < partition.end && partition.next == partition.next_at_look;
    partition.end = end.offset;
    partition.next_at_look = partition.next;
    if (partition.stuck || partition.error != RD_KAFKA_RESP_ERR_NO_ERROR) begin_again(end.of, partition);
  }
}

/// librdkafka says only once that a partition fails or is at its end, and nothing when it works again: begun again it
/// says so anew.
void Followed::begin_again(TopicPartition of, Partition& partition) {
  client_.stop(of);
  client_.start(of, partition.next);
}

/// Whether all of it is younger than the last look.
bool Followed::came_since(TopicPartition of) const {
  const Topic& topic = topics_[of.topic];
  return topic.looked_at && static_cast<std::size_t>(of.partition) >= topic.known_partitions;
}

void Followed::start(TopicPartition of, std::int64_t offset) {
  Partition& partition = at(of);
  partition.running = true;
  partition.next = offset;
  partition.next_at_look = offset;
  partition.end = std::max<std::int64_t>(offset, 0);
  client_.start(of, offset);
}

void Followed::stop(std::size_t topic) {
  auto& partitions = topics_[topic].partitions;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (partitions[i].running) client_.stop({topic, static_cast<std::int32_t>(i)});
    partitions[i].running = false;
  }
}

void Followed::stop_all() {
  for (std::size_t topic = 0; topic < topics_.size(); ++topic) stop(topic);
}

Duration Followed::read(std::chrono::milliseconds wait) {
  came_ = false;
  newest_.reset();
  client_.read(wait, *this);
  return came_ && newest_ ? std::max(clock_.wall() - *newest_, Duration::zero()) : Duration::zero();
}

Followed::Partition* Followed::running(TopicPartition of) noexcept {
  const auto partition = static_cast<std::size_t>(of.partition);
  if (of.topic >= topics_.size() || partition >= topics_[of.topic].partitions.size()) return nullptr;
  Partition& found = topics_[of.topic].partitions[partition];
  return found.running ? &found : nullptr;
}

void Followed::record(TopicPartition of, std::int64_t offset, std::optional<WallTime> time,
                      const SightingFeed::Headers& headers) noexcept {
  Partition* const partition = running(of);
  if (partition == nullptr) return;
  partition->next = offset + 1;
  partition->error = RD_KAFKA_RESP_ERR_NO_ERROR;
  partition->stuck = false;
  came_ = true;
  if (time) newest_ = time;
  feed_.take(set_.names[of.topic], of.partition, offset, time, headers);
}

void Followed::end(TopicPartition of, std::int64_t offset) noexcept {
  Partition* const partition = running(of);
  if (partition == nullptr) return;
  partition->next = offset;
  partition->error = RD_KAFKA_RESP_ERR_NO_ERROR;
  partition->stuck = false;
}

void Followed::failed(TopicPartition of, rd_kafka_resp_err_t error) noexcept {
  if (Partition* const partition = running(of)) partition->error = error;
}

bool Followed::caught_up() const noexcept {
  for (const Topic& topic : topics_) {
    for (const Partition& partition : topic.partitions) {
      if (partition.running && partition.error == RD_KAFKA_RESP_ERR_NO_ERROR && partition.next < partition.end)
        return false;
    }
  }
  return true;
}

std::string Followed::problem() const {
  for (std::size_t topic = 0; topic < topics_.size(); ++topic) {
    if (topics_[topic].error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return unreadable_problem(set_.names[topic], topics_[topic].error);
    const auto& partitions = topics_[topic].partitions;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      if (partitions[i].error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return unreadable_problem(set_.names[topic], partitions[i].error);
      if (partitions[i].stuck) return stuck_problem(set_.names[topic], static_cast<std::int32_t>(i));
    }
  }
  return {};
}

}  // namespace hookferry::kafka
