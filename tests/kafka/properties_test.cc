#include <gmock/gmock.h>

#include "kafka/producer.h"

namespace hookferry::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const std::string& name, const std::string& value) {
  const auto checked = check_property(name, value);
  return checked ? std::string() : checked.error().message;
}

TEST(CheckProperty, TakesWhatOneNeedsToReachKafka) {
  for (const auto& [name, value] : Properties{{"security.protocol", "sasl_ssl"},
                                              {"sasl.mechanism", "SCRAM-SHA-512"},
                                              {"sasl.username", "hookferry"},
                                              {"sasl.password", "secret"},
                                              {"ssl.ca.location", "/etc/ssl/ca.pem"},
                                              {"ssl.key.password", "secret"},
                                              {"client.id", "me"},
                                              {"compression.type", "lz4"},
                                              {"socket.timeout.ms", "10000"},
                                              {"batch.size", "500000"},
                                              {"debug", "broker"}}) {
    EXPECT_EQ(refusal(name, value), "");
  }
}

TEST(CheckProperty, RefusesWhatThePromisesRestOnWhateverTheValue) {
  for (const auto& [name, value] : Properties{{"acks", "all"},
                                              {"request.required.acks", "-1"},
                                              {"enable.idempotence", "true"},
                                              {"enable.gapless.guarantee", "false"},
                                              {"message.timeout.ms", "0"},
                                              {"delivery.timeout.ms", "1000"},
                                              {"max.in.flight", "1"},
                                              {"max.in.flight.requests.per.connection", "6"},
                                              {"retries", "3"},
                                              {"message.send.max.retries", "3"},
                                              {"partitioner", "random"},
                                              {"queuing.strategy", "lifo"},
                                              {"delivery.report.only.error", "true"},
                                              {"message.max.bytes", "1000"},
                                              {"transactional.id", "x"},
                                              {"transaction.timeout.ms", "1000"},
                                              {"allow.auto.create.topics", "true"},
                                              {"topic.blacklist", "."},
                                              {"statistics.interval.ms", "0"},
                                              {"plugin.library.paths", "x"},
                                              {"interceptors", "x"},
                                              {"opaque", "x"},
                                              {"default_topic_conf", "x"},
                                              {"dr_cb", "x"},
                                              {"dr_msg_cb", "x"},
                                              {"error_cb", "x"},
                                              {"partitioner_cb", "x"},
                                              {"ssl_key", "x"},
                                              {"test.mock.num.brokers", "3"},
                                              {"internal.termination.signal", "9"},
                                              {"builtin.features", "x"}}) {
    EXPECT_THAT(refusal(name, value), testing::StartsWith("kafka.properties: " + name + " can't be set: "));
  }
}

TEST(CheckProperty, NamesTheKeyThatIsThereForIt) {
  EXPECT_EQ(refusal("linger.ms", "1"), "kafka.properties: linger.ms can't be set: set kafka.linger instead");
  EXPECT_EQ(refusal("queue.buffering.max.ms", "1"),
            "kafka.properties: queue.buffering.max.ms can't be set: set kafka.linger instead");
  EXPECT_THAT(refusal("bootstrap.servers", "a:1"), HasSubstr("kafka.bootstrap_servers"));
  EXPECT_THAT(refusal("metadata.broker.list", "a:1"), HasSubstr("kafka.bootstrap_servers"));
  EXPECT_THAT(refusal("queue.buffering.max.kbytes", "1"), HasSubstr("delivery.max_inflight_bytes"));
  EXPECT_THAT(refusal("allow.auto.create.topics", "true"), HasSubstr("kafka.create_topics"));
}

TEST(CheckProperty, NamesTheNearestOfAnUnknownName) {
  EXPECT_THAT(refusal("sasl.pasword", "hunter2"),
              AllOf(HasSubstr("sasl.pasword is not a property of librdkafka"), HasSubstr("did you mean sasl.password?"),
                    Not(HasSubstr("hunter2"))));
  EXPECT_THAT(refusal("compresion.typ", "lz4"), HasSubstr("did you mean compression.type?"));
  EXPECT_THAT(refusal("completely.different.thing", "x"),
              AllOf(HasSubstr("is not a property"), Not(HasSubstr("mean"))));
  EXPECT_THAT(refusal("", "x"), HasSubstr("is not a property"));
}

TEST(CheckProperty, RefusesAValueThatLibrdkafkaDoesNotTake) {
  EXPECT_THAT(refusal("socket.timeout.ms", "1"), AllOf(HasSubstr("socket.timeout.ms"), HasSubstr("range")));
  EXPECT_THAT(refusal("security.protocol", "carrier-pigeon"), HasSubstr("carrier-pigeon"));
  EXPECT_THAT(refusal("socket.keepalive.enable", "maybe"), HasSubstr("socket.keepalive.enable"));
}

TEST(CheckProperty, NeverShowsWhatMayBeASecret) {
  // The only one of those whose value librdkafka looks at before the client is made.
  EXPECT_EQ(refusal("enable.sasl.oauthbearer.unsecure.jwt", "hunter2"),
            "kafka.properties: librdkafka does not take the value of enable.sasl.oauthbearer.unsecure.jwt");
}

}  // namespace
}  // namespace hookferry::kafka
