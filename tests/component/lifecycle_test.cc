// Start and stop.
#include <atomic>
#include <thread>

#include "tests/component/harness.h"

namespace hookferry::component {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(BridgeTest, StoppingFinishesWhatIsUnderWay) {
  start();
  broker().set_round_trip(milliseconds(500));
  const auto connection = connect();
  connection->send_event(job("a"));
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 1; }));
  EXPECT_EQ(bridge_->stop(Duration(), [] { return false; }).unreported, 0u);
  const Connection::Answer answer = connection->read_answer();
  EXPECT_EQ(answer.says(), "accepted");
  EXPECT_NE(answer.head.find("Connection: close"), std::string::npos) << answer.head;
}

TEST_F(BridgeTest, WhileDrainingItIsUnreadyAndServesOn) {
  start();
  std::atomic<bool> hurry{false};
  std::thread stopping([&] { (void)bridge_->stop(std::chrono::minutes(5), [&] { return hurry.load(); }); });
  http::Client client = admin();
  EXPECT_TRUE(eventually([&] { return client.get("/readyz")->status == 503; }));
  EXPECT_NE(client.get("/readyz")->body.find("draining"), std::string::npos);
  EXPECT_EQ(client.get("/livez")->status, 200);
  const Connection::Answer answer = connect()->post(job("a"));
  EXPECT_EQ(answer.says(), "accepted");
  EXPECT_NE(answer.head.find("Connection: close"), std::string::npos) << answer.head;
  hurry = true;
  stopping.join();
}

TEST_F(BridgeTest, WhatKafkaNeverAcknowledgedIsSaid) {
  config::Config quick = config();
  quick.http.ack_deadline = milliseconds(200);
  quick.shutdown.flush = milliseconds(300);
  start(quick);
  broker().set_down();
  EXPECT_EQ(connect()->post(job("a")).status, 503);
  EXPECT_EQ(bridge_->stop(Duration(), [] { return false; }).unreported, 1u);
}

TEST_F(BridgeTest, ATakenPortIsSaid) {
  start();
  config::Config second = config();
  second.http.listen = cat("127.0.0.1:", bridge_->port());
  const auto other = app::Bridge::start(second, *log_, clock_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message.rfind("http.listen: ", 0), 0u) << other.error().message;
  config::Config third = config();
  third.admin.listen = cat("127.0.0.1:", bridge_->admin_port());
  const auto none = app::Bridge::start(third, *log_, clock_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message.rfind("admin.listen: ", 0), 0u) << none.error().message;
}

TEST_F(BridgeTest, WithoutKafkaItIsUnreadyAndItsPortIsClosed) {
  LogOptions options;
  options.descriptor = sink_;
  log_ = std::make_unique<Log>(options);
  config::Config lonely = config();
  lonely.kafka.embedded = false;
  lonely.kafka.bootstrap_servers = {"127.0.0.1:1"};
  auto bridge = app::Bridge::start(lonely, *log_, clock_);
  ASSERT_TRUE(bridge);
  bridge_ = std::move(*bridge);
  http::Client client = admin();
  const auto ready = client.get("/readyz");
  EXPECT_EQ(ready->status, 503);
  EXPECT_NE(ready->body.find("no-kafka"), std::string::npos) << ready->body;
  EXPECT_EQ(client.get("/livez")->status, 200);
  EXPECT_EQ(bridge_->port(), 0);
  EXPECT_EQ(bridge_->stop(seconds(5), [] { return false; }).unreported, 0u) << "and it stops at once";
}

}  // namespace
}  // namespace hookferry::component
