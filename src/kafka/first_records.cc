#include "kafka/first_records.h"

#include <algorithm>
#include <utility>

namespace hookferry::kafka {

const SendQueue::Item* FirstRecords::next() {
  for (; !released_.empty(); released_.pop_front()) {
    if (admit(released_.front(), true)) return &released_.front();
  }
  for (; const SendQueue::Item* const item = queue_.front(); queue_.pass()) {
    if (admit(*item, false)) return item;
  }
  return nullptr;
}

void FirstRecords::pop() {
  if (released_.empty()) return queue_.pop();
  queue_.forget(released_.front());
  released_.pop_front();
}

/// Otherwise it is kept. `again`: it was kept before, and its turn has come.
bool FirstRecords::admit(SendQueue::Item item, bool again) {
  if (!firsts_.empty() && firsts_.contains(item.cookie)) return true;  // the client had no room for it
  const TopicId id = item.record->topic();
  Topic& topic = this->topic(id);
  const std::int32_t partitions = partitioner_.partitions(id);
  const bool line = topic.unknown.first || !topic.unknown.kept.empty();
  if (partitions == 0 || (line && !again)) return enter(topic.unknown, item, {id, unknown});
  if (line) release(topic.unknown, topic.unknown.kept.size(), 1);  // behind this one
  if (topic.open >= partitions) return true;
  const std::int32_t partition = partitioner_.partition_of(*item.record, partitions);
  return enter(lane(topic, partition), item, {id, partition});
}

bool FirstRecords::enter(Lane& lane, const SendQueue::Item& item, Place place) {
  if (lane.open) return true;
  if (lane.first) {
    lane.kept.push_back(item);
    return false;
  }
  lane.first = item.cookie;
  firsts_.emplace(item.cookie, place);
  return true;
}

void FirstRecords::reported(std::uint64_t cookie, const DeliveryReport& report) {
  if (firsts_.empty()) return;
  const auto found = firsts_.find(cookie);
  if (found == firsts_.end()) return;
  const Place place = found->second;
  firsts_.erase(found);
  Topic& topic = this->topic(place.topic);
  if (report.refusal == Refusal::none) {
    open(topic, report.partition);
    open(topic, place.partition);
  }
  Lane& lane = FirstRecords::lane(topic, place.partition);
  lane.first.reset();
  release(lane, 1, 0);
}

void FirstRecords::open(Topic& topic, std::int32_t partition) {
  if (partition == unknown) return;
  Lane& lane = FirstRecords::lane(topic, partition);
  if (!std::exchange(lane.open, true)) ++topic.open;
  release(lane, lane.kept.size(), 0);
}

/// What a lane has kept is older than what was released for it before, and has not been looked at since.
void FirstRecords::release(Lane& lane, std::size_t count, std::ptrdiff_t place) {
  const auto end = lane.kept.begin() + static_cast<std::ptrdiff_t>(std::min(count, lane.kept.size()));
  released_.insert(released_.begin() + place, lane.kept.begin(), end);
  lane.kept.erase(lane.kept.begin(), end);
}

FirstRecords::Topic& FirstRecords::topic(TopicId id) {
  if (topics_.size() <= id) topics_.resize(id + std::size_t{1});
  return topics_[id];
}

FirstRecords::Lane& FirstRecords::lane(Topic& topic, std::int32_t partition) {
  if (partition == unknown) return topic.unknown;
  const auto index = static_cast<std::size_t>(partition);
  if (topic.lanes.size() <= index) topic.lanes.resize(index + 1);
  return topic.lanes[index];
}

}  // namespace hookferry::kafka
