#include "kafka/embedded_broker.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "kafka/configuration.h"
#include "kafka/handles.h"
// After rdkafka.h, as it asks for.
#include <librdkafka/rdkafka_mock.h>

namespace hookferry::kafka {
namespace {

constexpr std::int16_t produce_request = 0;
constexpr std::int32_t all_brokers = -1;
constexpr std::int32_t no_leader = -1;
constexpr std::int32_t first_broker = 1;

/// The mock cluster's host client has no brokers of its own; what it says of that is of no interest.
class Silent final : public ClientObserver {
 public:
  void logged(int, const char*, const char*) noexcept override {}
  void failed(rd_kafka_resp_err_t, const char*) noexcept override {}
};

rd_kafka_resp_err_t code_of(EmbeddedBroker::Fault fault) {
  using Fault = EmbeddedBroker::Fault;
  switch (fault) {
    case Fault::produce_unknown:
      return RD_KAFKA_RESP_ERR_UNKNOWN;
    case Fault::produce_too_large:
      return RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    case Fault::produce_not_authorized:
      return RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    case Fault::produce_unknown_topic:
      return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    case Fault::produce_invalid_message:
      return RD_KAFKA_RESP_ERR_INVALID_MSG;
    case Fault::produce_out_of_order:
      return RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    case Fault::produce_timed_out:
      return RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
    case Fault::produce_not_leader:
      return RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    case Fault::produce_policy_violation:
      return RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
  }
  return RD_KAFKA_RESP_ERR_UNKNOWN;
}

/// 0: no listening TCP socket of IPv4.
std::uint16_t listening_port(int descriptor) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return 0;
  sockaddr_in address{};
  size = sizeof address;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return address.sin_family == AF_INET ? ntohs(address.sin_port) : 0;
}

/// The mock brokers leave Nagle's algorithm on, so that now and then an answer waits 40 ms for the client to
/// acknowledge the one before. There is no function for it, but what they accept has it from the sockets that they
/// listen on. Where these are not found, answers wait as they did.
void answer_at_once(std::string_view servers) {
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", failure)) {
    const std::string name = entry.path().filename();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    const std::uint16_t port = listening_port(descriptor);
    if (port == 0 || cat(servers, ",").find(cat(":", port, ",")) == std::string::npos) continue;
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

using ClusterHandle = std::unique_ptr<rd_kafka_mock_cluster_t, Destroyer<rd_kafka_mock_cluster_destroy>>;

}  // namespace

struct EmbeddedBroker::State {
  Silent observer;
  ClientHandle client;
  ClusterHandle cluster;

  void set_leader(const std::string& topic, int partitions, std::int32_t broker) {
    for (int partition = 0; partition < partitions; ++partition) {
      rd_kafka_mock_partition_set_leader(cluster.get(), topic.c_str(), partition, broker);
    }
  }
};

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<State> state) : state_(std::move(state)) {}
EmbeddedBroker::~EmbeddedBroker() = default;

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start(Options options) {
  auto state = std::make_unique<State>();
  auto client = make_client(RD_KAFKA_PRODUCER, ConfigurationHandle(rd_kafka_conf_new()), state->observer);
  if (!client) return client.error();
  state->client = std::move(*client);
  state->cluster.reset(rd_kafka_mock_cluster_new(state->client.get(), options.brokers));
  if (!state->cluster) return error("the embedded broker can't listen on 127.0.0.1");
  answer_at_once(rd_kafka_mock_cluster_bootstraps(state->cluster.get()));
  return std::unique_ptr<EmbeddedBroker>(new EmbeddedBroker(std::move(state)));
}

std::string EmbeddedBroker::bootstrap_servers() const {
  return rd_kafka_mock_cluster_bootstraps(state_->cluster.get());
}

void EmbeddedBroker::create_topic(const std::string& name, int partitions, int replication_factor) {
  rd_kafka_mock_topic_create(state_->cluster.get(), name.c_str(), partitions, replication_factor);
}

void EmbeddedBroker::fail_next_produce(Fault fault, std::size_t count) {
  const std::vector<rd_kafka_resp_err_t> errors(count, code_of(fault));
  rd_kafka_mock_push_request_errors_array(state_->cluster.get(), produce_request, errors.size(), errors.data());
}

void EmbeddedBroker::set_round_trip(Duration round_trip) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(round_trip).count();
  rd_kafka_mock_broker_set_rtt(state_->cluster.get(), all_brokers, static_cast<int>(milliseconds));
}

void EmbeddedBroker::take_leader_away(const std::string& topic, int partitions) {
  state_->set_leader(topic, partitions, no_leader);
}

bool EmbeddedBroker::survives_a_missing_leader() noexcept {
  return rd_kafka_version() < 0x02040000;
}

void EmbeddedBroker::give_leader_back(const std::string& topic, int partitions) {
  state_->set_leader(topic, partitions, first_broker);
}

void EmbeddedBroker::set_down() {
  rd_kafka_mock_broker_set_down(state_->cluster.get(), all_brokers);
}
void EmbeddedBroker::set_up() {
  rd_kafka_mock_broker_set_up(state_->cluster.get(), all_brokers);
  answer_at_once(bootstrap_servers());  // it listens on sockets anew
}

}  // namespace hookferry::kafka
