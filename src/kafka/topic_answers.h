// What Kafka's answers say of a topic, as a TopicState. Private to this room.
#pragma once

#include <string>

#include "kafka/admin.h"
#include "kafka/metadata.h"
#include "kafka/topics.h"

namespace hookferry::kafka {

/// Takes over what metadata says: whether it is there, and of how many partitions and replicas.
void take_metadata(const std::string& name, const TopicMetadata& answer, TopicState& topic);
/// Takes over its settings; where they could not be read the limit of records stays what it was.
void take_description(const std::string& name, const AdminAnswer& answer, TopicState& topic);

}  // namespace hookferry::kafka
