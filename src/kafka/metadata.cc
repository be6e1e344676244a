#include "kafka/metadata.h"

#include <string_view>

namespace hookferry::kafka {
namespace {

TopicMetadata digest(const rd_kafka_metadata_topic& topic) {
  TopicMetadata result;
  result.error = topic.err;
  result.partitions = topic.partition_cnt;
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const rd_kafka_metadata_partition& partition = topic.partitions[i];
    if (partition.leader < 0) ++result.leaderless;
    result.replication_factor =
        i == 0 ? partition.replica_cnt : std::min(result.replication_factor, partition.replica_cnt);
  }
  return result;
}

}  // namespace

rd_kafka_resp_err_t ask_topic(rd_kafka_t* client, rd_kafka_topic_t* topic, Patience& patience, TopicMetadata& answer) {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t failure = rd_kafka_metadata(client, 0, topic, &raw, patience.milliseconds());
  if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (failure == RD_KAFKA_RESP_ERR__TIMED_OUT) patience.grow();
    return failure;
  }
  const MetadataHandle metadata(raw);
  answer = TopicMetadata{.error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART};
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (std::string_view(metadata->topics[i].topic) == rd_kafka_topic_name(topic)) answer = digest(metadata->topics[i]);
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace hookferry::kafka
