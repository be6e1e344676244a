// The configuration as the rooms below want it.
#pragma once

#include <string>

#include "config/config.h"
#include "delivery/delivery.h"
#include "http/tls.h"
#include "kafka/producer.h"
#include "kafka/topics.h"

namespace hookferry::app {

/// kafka.bootstrap_servers as one text.
[[nodiscard]] std::string join_servers(const config::Kafka& kafka);
/// Where Kafka is, unless it is embedded: that one's address is known once it runs.
[[nodiscard]] kafka::ProducerOptions producer_options(const config::Config& config);
[[nodiscard]] kafka::TopicOptions topic_options(const config::Config& config);
/// Of a configuration with TLS.
[[nodiscard]] http::TlsFiles tls_files(const config::Tls& tls);
[[nodiscard]] delivery::Options delivery_options(const config::Config& config);

}  // namespace hookferry::app
