// The whole bridge on the embedded broker, with nothing wrong.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/component/harness.h"

namespace hookferry::component {
namespace {

using std::chrono::milliseconds;

TEST_F(BridgeTest, EveryDocumentedEventArrivesOnce) {
  start();
  http::Client client(cat("http://127.0.0.1:", bridge_->port()));
  for (const std::string_view preset : senders::preset_names()) {
    const std::string header(senders::find_preset(preset)->signature_header);
    for (const std::string_view event : senders::preset_events(preset)) {
      const std::string_view body = senders::preset_sample(preset, event);
      for (const std::string_view expected : {"accepted", "duplicate"}) {
        const auto answer = client.post(cat("/webhooks/", preset), body, {{header, senders::sign(secret, body)}});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->status, 200);
        EXPECT_NE(answer->body.find(expected), std::string::npos) << answer->body;
      }
      EXPECT_EQ(read(cat(preset, ".", event), 1).size(), 1u);
    }
  }
}

TEST_F(BridgeTest, OfManyConcurrentRequestsOfOneKeyOneIsAccepted) {
  start();
  broker().set_round_trip(milliseconds(100));
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 200; ++i) {
    connections.push_back(connect());
    connections.back()->send_event(job("the-same"));
  }
  std::map<std::string, int> answers;
  for (const auto& connection : connections) ++answers[connection->read_answer().says()];
  EXPECT_EQ(answers["accepted"], 1);
  EXPECT_EQ(answers["duplicate"], 199);
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u);
}

TEST_F(BridgeTest, AForgedRequestDoesNotTakeAnIdsPlace) {
  start();
  const auto connection = connect();
  EXPECT_EQ(connection->post(job("a"), "not the secret").status, 401);
  EXPECT_EQ(connection->post(job("a")).says(), "accepted");
}

TEST_F(BridgeTest, WhatCannotBeRoutedIsQuarantined) {
  start();
  const auto connection = connect();
  EXPECT_EQ(connection->post("not json at all").says(), "quarantined");
  EXPECT_EQ(connection->post(job("a", "scene.exploded")).says(), "quarantined");
  EXPECT_EQ(connection->post(job("a", "scene.exploded")).says(), "duplicate");
  EXPECT_EQ(connection->post(job("b", "job.complete", "1")).says(), "accepted");
  EXPECT_EQ(connection->post(job("b", "job.complete", "2")).says(), "quarantined");
  const auto records = read("glossi-quarantine", 3);
  ASSERT_EQ(records.size(), 3u);
  std::set<std::string> values;
  for (const auto& record : records) values.insert(record.value);
  EXPECT_EQ(values,
            (std::set<std::string>{"not json at all", job("a", "scene.exploded"), job("b", "job.complete", "2")}));
}

TEST_F(BridgeTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  broker().set_round_trip(milliseconds(30));
  const auto connection = connect();
  for (int i = 0; i < 20; ++i)
    connection->send_event(job(i % 2 == 0 ? cat("job-", i) : "forged"), i % 2 == 0 ? secret : "wrong");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(connection->read_answer().says(), i % 2 == 0 ? "accepted" : "unauthorized") << i;
}

TEST_F(BridgeTest, TheFirstEventIsNotSlowerThanTheNext) {
  start();
  const auto connection = connect();
  const auto timed = [&](int i) {
    const MonotonicTime before = clock_.monotonic();
    EXPECT_EQ(connection->post(job(cat("job-", i))).says(), "accepted");
    return clock_.monotonic() - before;
  };
  // librdkafka's own timer would make it wait 300 to 1000 ms.
  EXPECT_LT(timed(0), milliseconds(250));
  for (int i = 1; i < 10; ++i) timed(i);
}

TEST_F(BridgeTest, AFullLogPipeStopsNobody) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  config::Config quick = config();
  start(quick, pipe_ends[1]);
  const auto connection = connect();
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(connection->post(job(cat("job-", i))).says(), "accepted") << i;
  bridge_.reset();
  log_.reset();
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_F(BridgeTest, TheAdminPortTells) {
  start();
  const auto connection = connect();
  ASSERT_EQ(connection->post(job("a")).says(), "accepted");
  ASSERT_EQ(connection->post(job("a"), "wrong").status, 401);
  http::Client client = admin();
  EXPECT_EQ(client.get("/livez")->status, 200);
  const auto ready = client.get("/readyz");
  EXPECT_EQ(ready->status, 200) << ready->body;
  const std::string metrics = client.get("/metrics")->body;
  for (const std::string_view line :
       {"hookferry_events_total{event=\"job.complete\",outcome=\"published\",source=\"glossi\"} 1",
        "hookferry_rejected_total{reason=\"signature_mismatch\",source=\"glossi\"} 1",
        "hookferry_requests_total{code=\"200\",source=\"glossi\"} 1",
        "hookferry_requests_total{code=\"401\",source=\"glossi\"} 1", "hookferry_kafka_up 1",
        "hookferry_inflight_events 0", "hookferry_dedupe_entries 1", "hookferry_draining 0"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
  }
  EXPECT_EQ(metrics.find("source=\"none\",code=\"200\"} 1"), std::string::npos)
      << "the admin port's own requests do not count";
  const std::string status = client.get("/status")->body;
  EXPECT_NE(status.find("\"glossi.job.complete\""), std::string::npos) << status;
  EXPECT_EQ(status.find(secret), std::string::npos);
}

}  // namespace
}  // namespace hookferry::component
