// kafka.oauth: how to get tokens for SASL OAUTHBEARER.
#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "config/values.h"

namespace hookferry::config {

/// An http or https URL, as `Validators::url` knows.
[[nodiscard]] Format<std::string> url();

/// A reference to a secret.
[[nodiscard]] Format<Secret> secret_reference();

/// The path of a file with a token, which is read.
[[nodiscard]] Format<TokenFile> token_file();

/// Names and values that go to Kafka with a token.
[[nodiscard]] Format<std::map<std::string, std::string>> sasl_extensions();

/// Whether its keys go together, and with kafka.properties; reports to `reading.problems`.
void check_oauth(const Config& config, const Reading& reading);

}  // namespace hookferry::config
