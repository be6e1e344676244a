// How librdkafka's clients are configured. Private to this room.
#pragma once

#include <string>

#include "base/result.h"
#include "kafka/handles.h"
#include "kafka/producer.h"

namespace hookferry::kafka {

/// What every client has: addresses, connections, the properties from the configuration.
[[nodiscard]] Result<ConfigurationHandle> common_configuration(const ProducerOptions& options);
/// The producer's, with what the promises rest on.
[[nodiscard]] Result<ConfigurationHandle> producer_configuration(const ProducerOptions& options);

/// Sets one property; the error names it, and its value unless that may be a secret.
[[nodiscard]] Result<void> set_property(rd_kafka_conf_t* configuration, const std::string& name,
                                        const std::string& value);
/// One after the other, up to the first error.
[[nodiscard]] Result<void> set_properties(rd_kafka_conf_t* configuration, const Properties& properties);

}  // namespace hookferry::kafka
