// What librdkafka's clients are told where the configuration says nothing, and that it may say otherwise.
#include "kafka/configuration.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <array>

namespace hookferry::kafka {
namespace {

using Make = Result<ConfigurationHandle> (*)(const ProducerOptions&);

std::string value_of(Make make, const std::string& name, const Properties& properties = {}) {
  ProducerOptions options;
  options.bootstrap_servers = "localhost:9092";
  options.properties = properties;
  const auto configuration = make(options);
  if (!configuration) return configuration.error().message;
  std::array<char, 512> value{};
  std::size_t size = value.size();
  const auto found = rd_kafka_conf_get(configuration->get(), name.c_str(), value.data(), &size);
  return found == RD_KAFKA_CONF_OK ? value.data() : "unknown";
}

TEST(Configuration, ALeaderThatAnswersNothingIsGivenUpAfterTenSeconds) {
  EXPECT_EQ(value_of(producer_configuration, "socket.timeout.ms"), "10000");
  EXPECT_EQ(value_of(common_configuration, "socket.timeout.ms"), "10000");
}

TEST(Configuration, SaysOtherwiseWhereAPropertyDoes) {
  const Properties patient{{"socket.timeout.ms", "45000"}};
  EXPECT_EQ(value_of(producer_configuration, "socket.timeout.ms", patient), "45000");
}

}  // namespace
}  // namespace hookferry::kafka
