// Secrets: references in the file, values only in memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/values.h"

namespace hookferry::config {

/// Reads {env: NAME} or {file: PATH} and fetches what it refers to; nothing, and reported, where that fails. No message
/// says anything of a value.
[[nodiscard]] std::optional<Secret> read_reference(const Node& node, const Key& key);

/// Fetches a variable that is a secret; an empty one is as good as none.
[[nodiscard]] std::optional<Secret> read_variable(const std::string& name, const Environment& environment);

/// Why a signing secret is easy to guess, or probably not what the sender has; empty if neither.
[[nodiscard]] std::vector<std::string> secret_warnings(const Secret& secret);

/// The secrets of a source.
[[nodiscard]] Format<std::vector<Secret>> secret_list();

/// kafka.properties: librdkafka's names and values, where each value may be a reference to a secret, and that of one
/// that holds a secret must be.
[[nodiscard]] Format<std::vector<std::pair<std::string, std::string>>> kafka_properties();

/// kafka.secrets: the same, where each value must be a reference.
[[nodiscard]] Format<std::vector<std::pair<std::string, Secret>>> kafka_secrets();

}  // namespace hookferry::config
