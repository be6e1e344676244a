// What of a new configuration can be applied to the one that runs, and what needs a restart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "kafka/producer.h"

namespace hookferry::app {

struct Changes {
  config::Config effective;                       // the running one with all that can be applied
  std::vector<std::string> applied;               // for people: "source glossi: 2 secrets (was 1)"
  std::vector<std::string> restart;               // keys of what stays as it is until a restart
  std::optional<kafka::Credentials> credentials;  // where they have changed: how to log in from now on
  bool certificates = false;                      // to log in to Kafka with: the clients have to be made anew
  std::optional<config::OAuth> oauth;             // where it has changed: where tokens come from now on
  std::optional<config::Tls> tls;                 // where it has changed: what connections get from now on
};

/// `running` is what is effective now. Applied are sources, the files of http.tls, the log's level, events and
/// addresses, the name and password of a SASL login, kafka.oauth, and certificates and keys for Kafka; whatever else
/// differs needs a restart. Where that is how topics are named or created, no topic is made meanwhile that would then
/// be the wrong one: sources and events that want a topic wait for the restart.
///
/// Fails where what can be applied would not go together with what cannot.
[[nodiscard]] Result<Changes> compare(const config::Config& running, const config::Config& next);

/// When the certificate ends that Kafka is shown; nothing where it is shown none in PEM.
[[nodiscard]] std::optional<WallTime> certificate_end(const config::Kafka& kafka);

/// librdkafka's properties: kafka.properties and the values of kafka.secrets.
[[nodiscard]] kafka::Properties client_properties(const config::Kafka& kafka);

}  // namespace hookferry::app
