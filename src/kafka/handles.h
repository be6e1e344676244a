// librdkafka's handles as owners, and how its clients are made. Private to this room: the only header with librdkafka
// in it besides classify.h.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

#include "base/result.h"
#include "kafka/producer.h"
#include "kafka/tokens.h"

namespace hookferry::kafka {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* handle) const noexcept {
    Destroy(handle);
  }
};

using ConfigurationHandle = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;
class ClientObserver;

/// What a client's callbacks lead back to.
struct ClientLink {
  ClientObserver& observer;
  std::shared_ptr<Tokens> tokens;  // null: it needs none
};
struct ClientDestroyer {
  std::unique_ptr<ClientLink> link;
  void operator()(rd_kafka_t* client) const noexcept;
};
/// Destroying a client joins its threads; whatever was made from it (topics, queues) has to be gone before.
using ClientHandle = std::unique_ptr<rd_kafka_t, ClientDestroyer>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using EventHandle = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using HeadersHandle = std::unique_ptr<rd_kafka_headers_t, Destroyer<rd_kafka_headers_destroy>>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;
using MessageHandle = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using MetadataHandle = std::unique_ptr<const struct rd_kafka_metadata, Destroyer<rd_kafka_metadata_destroy>>;
using PartitionListHandle =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;
using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using ConfigResourceHandle = std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;
using AdminOptionsHandle = std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;

/// What a client of librdkafka tells. All but `logged` are called from rd_kafka_poll, on the thread that calls it;
/// `logged` on librdkafka's own threads, where no librdkafka function may be called.
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  virtual void logged(int level, const char* facility, const char* text) noexcept = 0;
  virtual void failed(rd_kafka_resp_err_t error, const char* text) noexcept = 0;
  virtual void measured(const char* /*json*/, std::size_t /*size*/) noexcept {}
  virtual void delivered(const rd_kafka_message_t& /*message*/) noexcept {}
};

/// Sets how the client logs in by SASL PLAIN or SCRAM from its next login on.
void set_credentials(rd_kafka_t* client, const Credentials& credentials) noexcept;

/// `observer` must outlive the client. With `tokens` it logs in by them.
[[nodiscard]] Result<ClientHandle> make_client(rd_kafka_type_t type, ConfigurationHandle configuration,
                                               ClientObserver& observer, std::shared_ptr<Tokens> tokens = nullptr);

}  // namespace hookferry::kafka
