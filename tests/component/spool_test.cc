// A whole bridge with a spool, on the embedded broker.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/component/harness.h"

namespace hookferry::component {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SpoolTest : public BridgeTest {
 protected:
  SpoolTest() {
    std::string name = (std::filesystem::temp_directory_path() / "hookferry-spool-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SpoolTest() override {
    bridge_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] config::Config with_spool(Duration after = milliseconds(50)) const {
    config::Config out = config();
    out.spool.path = folder_ / "spool";
    out.spool.after = after;
    return out;
  }
  [[nodiscard]] std::uint64_t spooled() const { return bridge_->spooled()->events; }

  std::filesystem::path folder_;
};

TEST_F(SpoolTest, WithASlowBrokerTheAnswerComesFromTheSpool) {
  start(with_spool());
  broker().set_round_trip(seconds(3));
  const auto connection = connect();
  const MonotonicTime begin = clock_.monotonic();
  EXPECT_EQ(connection->post(job("a")).says(), "accepted");
  EXPECT_GE(clock_.monotonic() - begin, milliseconds(50));
  EXPECT_LT(clock_.monotonic() - begin, seconds(3));
  EXPECT_EQ(connection->post(job("a")).says(), "duplicate");
  broker().set_round_trip(milliseconds(0));
  ASSERT_TRUE(eventually([&] { return spooled() == 0; }));
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u);
}

TEST_F(SpoolTest, WhileTheBrokerIsDownEventsAreDurableAndThenComeInOrder) {
  start(with_spool());
  EXPECT_EQ(connect()->post(job("warm")).says(), "accepted");
  broker().set_down();
  const auto connection = connect();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(connection->post(job(cat("job-", i))).says(), "accepted");
  EXPECT_TRUE(eventually([&] { return spooled() == 50; })) << "the numbers come right after the answers";
  EXPECT_TRUE(bridge_->readiness().ready());
  broker().set_up();
  ASSERT_TRUE(eventually([&] { return spooled() == 0; }));
  EXPECT_EQ(read("glossi.job.complete", 51).size(), 51u);
  EXPECT_NE(bridge_->metrics_text().find("hookferry_events_lost_total 0"), std::string::npos);
}

TEST_F(SpoolTest, AFailedProducerIsReplacedAndNothingIsLost) {
  config::Config config = with_spool();
  config.http.ack_deadline = milliseconds(500);
  start(config);
  broker().set_round_trip(seconds(20));  // longer than anybody waits for the failed one's reports
  const auto connection = connect();
  connection->send_event(job("a"));
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 1; }));
  bridge_->fail_producer();
  EXPECT_EQ(connection->read_answer().says(), "accepted");
  EXPECT_EQ(connection->post(job("b")).says(), "accepted");
  broker().set_round_trip(milliseconds(0));
  ASSERT_TRUE(eventually([&] { return spooled() == 0; }));
  EXPECT_EQ(connection->post(job("c")).says(), "accepted");
}

TEST_F(SpoolTest, AStopLeavesInTheSpoolWhatKafkaDoesNotTake) {
  start(with_spool(seconds(1)));
  broker().set_down();
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 5; ++i) {
    connections.push_back(connect());
    connections.back()->send_event(job(cat("job-", i)));
  }
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 5; }));
  const app::Left left = bridge_->stop(milliseconds(0), [] { return false; });
  EXPECT_EQ(left.unreported, 0u);
  EXPECT_EQ(left.spooled, 5u);
  EXPECT_TRUE(left.synchronised);
  for (const auto& connection : connections) EXPECT_EQ(connection->read_answer().says(), "accepted");
}

TEST_F(SpoolTest, WhatItHeldIsKnownAndSentAfterTheNextStart) {
  start(with_spool());
  broker().set_down();
  EXPECT_EQ(connect()->post(job("a")).says(), "accepted");
  (void)bridge_->stop(milliseconds(0), [] { return false; });
  bridge_.reset();
  start(with_spool());
  EXPECT_EQ(connect()->post(job("a")).says(), "duplicate");
  ASSERT_TRUE(eventually([&] { return spooled() == 0; }));
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u);
}

TEST_F(SpoolTest, TheAdminPortTriesParkedEventsAgain) {
  start(with_spool());
  const auto answer = admin().post("/spool/retry", "glossi.job.complete", {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "{\"status\":\"asked\",\"parked\":0}\n");
}

TEST_F(SpoolTest, WithoutASpoolTheAdminPortSaysSo) {
  start();
  const auto answer = admin().post("/spool/retry", "", {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
}

}  // namespace
}  // namespace hookferry::component
