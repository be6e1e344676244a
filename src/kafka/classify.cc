#include "kafka/classify.h"

#include <algorithm>
#include <array>

namespace hookferry::kafka {
namespace {

// Facts from librdkafka 2.0.2: rd_kafka_handle_Produce_error and rd_kafka_handle_idempotent_Produce_error
// (rdkafka_request.c), rd_kafka_msg_partitioner (rdkafka_msg.c), rd_kafka_idemp_check_error (rdkafka_idempotence.c).
constexpr auto table = std::to_array<Classification>({
    {RD_KAFKA_RESP_ERR_NO_ERROR, Refusal::none, "acknowledged by all in-sync replicas"},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, Refusal::queue_full, "from produce() alone: back-pressure"},

    // Of the topic.
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Refusal::topic_unknown,
     "the broker does not know the topic; retried inside until metadata says so too"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Refusal::topic_unknown, "metadata says that there is no such topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Refusal::topic_unknown,
     "the topic was made again with fewer partitions: another try is partitioned anew"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Refusal::topic_unknown,
     "a name that Kafka does not allow, so there is no such topic"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Refusal::topic_not_authorized, "no right to write to it"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Refusal::topic_not_authorized,
     "old brokers say this for a missing IDEMPOTENT_WRITE right: a right is missing, so tried as seldom as for a "
     "topic's "
     "own; while getting a producer id the same error is fatal"},

    // Of the record, or of those that shared its batch.
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Refusal::record_too_large,
     "the batch is over the topic's max.message.bytes"},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Refusal::record_too_large, "the batch is over the topic's segment.bytes"},
    {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, Refusal::record_invalid,
     "the broker can't take a record of this size or form"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, Refusal::record_invalid, "the broker's own checks refused it"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, Refusal::record_invalid, "an operator's policy refused it"},

    // Reported at once though they pass, or harmless to try again.
    {RD_KAFKA_RESP_ERR_UNKNOWN, Refusal::transient, "the broker does not say what went wrong"},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, Refusal::transient, "a checksum did not fit: damaged on the way"},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Refusal::transient,
     "librdkafka takes a new epoch by itself and fails only this batch; it is fatal only while getting a producer id, "
     "and then reported as _FATAL"},
    {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, Refusal::transient,
     "fatal mostly, and then the producer says so; without that the batch was of an epoch that has ended"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, Refusal::transient, "as for a sequence number that is out of order"},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, Refusal::transient, "a new producer id is asked for"},
    {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Refusal::transient, "the quota's window passes"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, Refusal::transient, "replicas come back; retried inside without end"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, Refusal::transient, "replicas come back; perhaps persisted"},
    {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, Refusal::transient, "another replica takes over"},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, Refusal::transient, "a leader is elected"},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, Refusal::transient, "metadata is asked for, then the new leader"},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Refusal::transient,
     "our clock and the broker's differ too much: another try carries another timestamp"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, Refusal::transient, "settings, here or there, not the record"},
    {RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, Refusal::transient, "settings, here or there, not the record"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, Refusal::transient, "the topic's settings, not the record"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, Refusal::transient, "of a connection, which is made anew"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, Refusal::transient, "a connection broke; retried inside without end"},
    {RD_KAFKA_RESP_ERR__DESTROY, Refusal::transient, "the client is going down"},

    // Given up after a time-out; perhaps persisted all the same.
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Refusal::timed_out, "message.timeout.ms is 0, so only a request's own time-out"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, Refusal::timed_out, "no answer to the request"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, Refusal::timed_out, "the request was not sent in time"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, Refusal::timed_out, "the replicas did not acknowledge in time"},

    // The producer is finished.
    {RD_KAFKA_RESP_ERR__FATAL, Refusal::fatal, "from produce() after a fatal error"},
    {RD_KAFKA_RESP_ERR__FENCED, Refusal::fatal, "another producer has this one's id"},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Refusal::fatal, "another producer has this one's id"},
    {RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE, Refusal::fatal, "only with enable.gapless.guarantee, which is refused"},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, Refusal::fatal,
     "only after a fatal error: not in flight then, though perhaps sent before and queued again"},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, Refusal::fatal, "as before, but sent: perhaps persisted"},
});

}  // namespace

std::span<const Classification> classifications() noexcept {
  return table;
}

Refusal classify(rd_kafka_resp_err_t error) noexcept {
  const auto* const row =
      std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.error == error; });
  return row == table.end() ? Refusal::transient : row->refusal;
}

}  // namespace hookferry::kafka
