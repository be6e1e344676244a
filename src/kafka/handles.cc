#include "kafka/handles.h"

#include <array>

#include "base/check.h"
#include "base/text.h"

namespace hookferry::kafka {
namespace {

ClientLink& link_of(void* opaque) {
  return *static_cast<ClientLink*>(opaque);
}
ClientObserver& observer_of(void* opaque) {
  return link_of(opaque).observer;
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  // Lines of a client that is still being made, or could not be, have no client.
  if (client == nullptr) return;
  if (void* opaque = rd_kafka_opaque(client); opaque != nullptr) observer_of(opaque).logged(level, facility, text);
}

void on_error(rd_kafka_t*, int error, const char* text, void* opaque) {
  observer_of(opaque).failed(static_cast<rd_kafka_resp_err_t>(error), text);
}

int on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  observer_of(opaque).measured(json, size);
  return 0;  // librdkafka frees the text
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  observer_of(opaque).delivered(*message);
}

/// On librdkafka's background thread.
void on_token_wanted(rd_kafka_t* client, const char*, void* opaque) {
  link_of(opaque).tokens->wanted(client);
}

}  // namespace

void set_credentials(rd_kafka_t* client, const Credentials& credentials) noexcept {
  const ErrorHandle failure(
      rd_kafka_sasl_set_credentials(client, credentials.username.c_str(), credentials.password.c_str()));
  HOOKFERRY_CHECK(failure == nullptr);  // it fails only for a null pointer
}

void ClientDestroyer::operator()(rd_kafka_t* client) const noexcept {
  if (link && link->tokens) link->tokens->leave(client);
  rd_kafka_destroy(client);
}

Result<ClientHandle> make_client(rd_kafka_type_t type, ConfigurationHandle configuration, ClientObserver& observer,
                                 std::shared_ptr<Tokens> tokens) {
  auto link = std::make_unique<ClientLink>(ClientLink{observer, std::move(tokens)});
  const std::shared_ptr<Tokens> joined = link->tokens;
  rd_kafka_conf_set_opaque(configuration.get(), link.get());
  rd_kafka_conf_set_log_cb(configuration.get(), on_log);
  rd_kafka_conf_set_error_cb(configuration.get(), on_error);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_stats_cb(configuration.get(), on_statistics);
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_delivery);
  }
  if (joined) {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(configuration.get(), on_token_wanted);
    rd_kafka_conf_enable_sasl_queue(configuration.get(), 1);
  }
  std::array<char, 512> reason{};
  ClientHandle client(rd_kafka_new(type, configuration.get(), reason.data(), reason.size()),
                      ClientDestroyer{std::move(link)});
  if (!client) return error(cat("the Kafka client can't be made: ", reason.data(), " (see kafka.properties)"));
  (void)configuration.release();  // owned by the client from here on
  if (!joined) return client;
  joined->join(client.get());
  // A wish for a token must not wait until somebody polls.
  if (const ErrorHandle failure(rd_kafka_sasl_background_callbacks_enable(client.get())); failure) {
    return error(cat("the Kafka client can't ask for tokens: ", rd_kafka_error_string(failure.get()),
                     " (kafka.oauth needs security.protocol SASL_SSL or SASL_PLAINTEXT)"));
  }
  return client;
}

}  // namespace hookferry::kafka
