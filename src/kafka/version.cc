#include "kafka/version.h"

#include <librdkafka/rdkafka.h>

namespace hookferry::kafka {

std::string library_version() {
  return rd_kafka_version_str();
}

}  // namespace hookferry::kafka
