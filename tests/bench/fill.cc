// Writes records into topics, as hookferry writes them but for their events' sense: the same headers, an envelope of
// the usual size, and ids of their own. For warmup.py.
//
//   fill BROKERS COUNT DATA_BYTES TOPIC…
#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

std::string random_hex(std::mt19937_64& random, std::size_t digits) {
  std::string text;
  while (text.size() < digits) {
    std::array<char, 17> part{};
    std::snprintf(part.data(), part.size(), "%016llx", static_cast<unsigned long long>(random()));
    text.append(part.data());
  }
  text.resize(digits);
  return text;
}

std::string envelope(const std::string& id, const std::string& job, std::size_t data_bytes) {
  return R"({"specversion":"1.0","id":")" + id +
         R"(","source":"https://api.glossi.app","type":"glossi.job.complete","subject":")" + job +
         R"(","time":"2025-01-15T10:30:00.000Z","datacontenttype":"application/json","jobid":")" + job +
         R"(","receivedtime":"2025-01-15T10:30:00.000Z","data":{"jobId":")" + job + R"(","x":")" +
         std::string(data_bytes, 'x') + R"("}})";
}

int failed = 0;
void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++failed;
}

rd_kafka_t* make_client(const char* brokers) {
  rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
  std::array<char, 512> reason{};
  rd_kafka_conf_set(configuration, "bootstrap.servers", brokers, reason.data(), reason.size());
  rd_kafka_conf_set(configuration, "linger.ms", "20", reason.data(), reason.size());
  rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
  return rd_kafka_new(RD_KAFKA_PRODUCER, configuration, reason.data(), reason.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const long count = std::atol(argv[2]);
  const auto data_bytes = static_cast<std::size_t>(std::atol(argv[3]));
  const std::vector<std::string> topics(argv + 4, argv + argc);
  rd_kafka_t* const client = make_client(argv[1]);
  if (client == nullptr) return 3;
  std::mt19937_64 random(1);
  for (long i = 0; i < count; ++i) {
    const std::string id = random_hex(random, 32);
    const std::string job = random_hex(random, 36);
    const std::string dedupe = "01" + random_hex(random, 64);
    const std::string value = envelope(id, job, data_bytes);
    const std::string& topic = topics[static_cast<std::size_t>(i) % topics.size()];
    while (rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(job.data(), job.size()),
                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_HEADER("content-type", "application/cloudevents+json; charset=UTF-8", -1),
                             RD_KAFKA_V_HEADER("ce_id", id.data(), static_cast<ssize_t>(id.size())),
                             RD_KAFKA_V_HEADER("ce_type", "glossi.job.complete", -1),
                             RD_KAFKA_V_HEADER("ce_source", "https://api.glossi.app", -1),
                             RD_KAFKA_V_HEADER("hookferry-dedupe", dedupe.data(), static_cast<ssize_t>(dedupe.size())),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(client, 10);
    }
    if (i % 1000 == 0) rd_kafka_poll(client, 0);
  }
  rd_kafka_flush(client, 120000);
  const int left = rd_kafka_outq_len(client) + failed;
  rd_kafka_destroy(client);
  if (left > 0) std::fprintf(stderr, "%d records were not delivered\n", left);
  return left > 0 ? 3 : 0;
}
