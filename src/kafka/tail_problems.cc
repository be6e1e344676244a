#include "kafka/tail_problems.h"

#include "base/text.h"

namespace hookferry::kafka {
namespace {

constexpr std::string_view consequence =
    "meanwhile duplicates of what was published before the start, or by other instances, may be published again";

}  // namespace

bool lacks_right(rd_kafka_resp_err_t error) noexcept {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

std::string unreadable_problem(std::string_view topic, rd_kafka_resp_err_t error) {
  if (lacks_right(error)) {
    return cat("no right to read topic ", topic,
               " back: grant READ and DESCRIBE on it to the principal that hookferry logs in as, or set dedupe.warmup ",
               "to 0s; ", consequence);
  }
  return cat("topic ", topic, " can't be read back now: ", rd_kafka_err2str(error), "; tried again; ", consequence);
}

std::string stuck_problem(std::string_view topic, std::int32_t partition) {
  return cat("reading topic ", topic, "[", partition, "] back is stuck: it has new records, and Kafka does not send ",
             "them; tried again; ", consequence);
}

std::string tail_away_problem(std::string_view servers, std::string_view reason) {
  return cat("topics can't be read back, since Kafka at ", printable(servers),
             " does not answer: ", printable(reason, 300), "; tried again; ", consequence);
}

}  // namespace hookferry::kafka
