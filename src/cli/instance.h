// What the commands beside an instance (send, verify, tail) need to know of it: from its configuration file, or where
// there is none by asking its admin port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "config/address.h"
#include "kafka/producer.h"

namespace hookferry::cli {

struct InstanceSource {
  std::string name;
  std::string preset;
  std::string path;
  std::vector<std::string> events;
  std::vector<std::string> topics;  // by event
  std::string quarantine_topic;
  std::vector<config::Secret> secrets;  // as far as they are to be had here; none from the admin port
};

struct Instance {
  std::string server;  // "http://127.0.0.1:8080"; empty: it has no webhook port (yet)
  std::vector<InstanceSource> sources;
  kafka::ProducerOptions kafka;
  std::string security_protocol;     // of Kafka, lower case; only from the admin port, which tells nothing else of it
  std::vector<std::string> missing;  // secrets that the file refers to and that are not to be had here, with the reason

  [[nodiscard]] const InstanceSource* find(std::string_view source) const;
  [[nodiscard]] std::string source_names() const;
};

/// Where a port of this machine is reached from itself: an address that means "any" becomes the IPv4 loopback.
[[nodiscard]] std::string local_server(config::ListenAddress address, std::string_view scheme = "http");

/// The admin port's URL, by --admin or the default.
[[nodiscard]] Result<std::string> admin_server(const CommonOptions& options);

/// What /status says. The error says how else to go on.
[[nodiscard]] Result<Instance> ask_instance(const std::string& admin_server);
/// The reading half of it.
[[nodiscard]] Result<Instance> parse_status(const std::string& admin_server, std::string_view json);

/// By the file that the options name; without one by asking. A secret that is not to be had here is no error: whoever
/// needs it looks. Prints what is wrong and sets `exit_code` where there is nothing.
[[nodiscard]] std::optional<Instance> find_instance(const CommonOptions& options, int& exit_code);

/// The configuration for whoever needs no secret of it, nor the files of http.tls, which need not be to be had here.
/// Without a file it has every preset. Prints what is wrong and sets `exit_code` where there is nothing.
[[nodiscard]] std::optional<config::Config> load_without_secrets(const CommonOptions& options, int& exit_code);

/// The configuration for whoever needs Kafka, and neither the senders' secrets nor the files of http.tls, which need
/// not be to be had here. Prints what is wrong, a secret of Kafka's that is missing too, and sets `exit_code` where
/// there is nothing.
[[nodiscard]] std::optional<config::Config> load_for_kafka(const CommonOptions& options, int& exit_code);

}  // namespace hookferry::cli
