// The configuration changes while the whole bridge serves.
#include <atomic>
#include <mutex>
#include <thread>

#include "tests/component/harness.h"

namespace hookferry::component {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view new_secret = "another secret for component tests";

class ReloadTest : public BridgeTest {
 protected:
  void reload(config::Config config) {
    config::Loaded loaded;
    loaded.config = std::move(config);
    bridge_->reload(loaded);
  }
  void reload_with_secrets(std::initializer_list<std::string_view> secrets) {
    config::Config next = config();
    next.sources[0].secrets.clear();
    for (const std::string_view value : secrets) next.sources[0].secrets.push_back({"test", std::string(value)});
    reload(std::move(next));
  }
  static config::Source acme() {
    config::Source source = config().sources[0];
    source.name = "acme";
    source.path = "/webhooks/acme";
    return source;
  }
  /// Posts to a path as Glossi does.
  [[nodiscard]] http::ClientAnswer post(const std::string& path, const std::string& body,
                                        std::string_view key = secret) {
    http::Client client(cat("http://127.0.0.1:", bridge_->port()));
    const auto answer = client.post(path, body, {{"X-Glossi-Signature", senders::sign(key, body)}});
    EXPECT_TRUE(answer);
    return answer ? *answer : http::ClientAnswer{};
  }
  [[nodiscard]] int status(const std::string& path, const std::string& body, std::string_view key = secret) {
    return post(path, body, key).status;
  }
  [[nodiscard]] std::string page(const std::string& path) { return admin().get(path)->body; }
  [[nodiscard]] bool metrics_have(std::string_view line) {
    return page("/metrics").find(cat("\n", line, "\n")) != std::string::npos;
  }
};

/// Which secrets are active after so many reloads: the old one, both, the new one, both, the old one, …
bool old_is_active(int reloads) {
  return reloads % 4 != 2;
}
bool new_is_active(int reloads) {
  return reloads % 4 != 0;
}

TEST_F(ReloadTest, ASecretRotatesUnderLoadAndNoRequestFailsThatShouldNot) {
  start();
  std::atomic<bool> done{false};
  std::atomic<int> begun{0};     // reloads
  std::atomic<int> finished{0};  // reloads
  std::atomic<int> accepted{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> senders;
  for (int thread = 0; thread < 4; ++thread) {
    senders.emplace_back([&, thread] {
      const auto is_active = thread % 2 == 0 ? old_is_active : new_is_active;
      const auto connection = connect();
      for (int i = 0; !done; ++i) {
        const std::string body = job(cat("job-", thread, "-", i));
        const int first = finished;
        const int status = connection->post(body, thread % 2 == 0 ? secret : new_secret).status;
        const int last = begun;
        int active = 0;
        for (int reloads = first; reloads <= last; ++reloads) active += is_active(reloads) ? 1 : 0;
        ASSERT_TRUE(status == 200 || status == 401) << status;
        if (active == last - first + 1) {
          ASSERT_EQ(status, 200) << "its secret was active all the time";
        } else if (active == 0) {
          ASSERT_EQ(status, 401) << "its secret was never active";
        }
        ++(status == 200 ? accepted : refused);
      }
    });
  }
  for (int reloads = 1; reloads <= 20; ++reloads) {
    begun = reloads;
    if (old_is_active(reloads) && new_is_active(reloads)) {
      reload_with_secrets({new_secret, secret});
    } else {
      reload_with_secrets({new_is_active(reloads) ? new_secret : secret});
    }
    finished = reloads;
    const int by_now = accepted;
    ASSERT_TRUE(eventually([&] { return accepted > by_now + 50; }));
  }
  EXPECT_GT(refused, 0);
  done = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(metrics_have("hookferry_config_reloads_total{result=\"success\"} 20"));
  EXPECT_NE(page("/metrics").find("\nhookferry_config_last_reload_success_timestamp_seconds "), std::string::npos);
}

TEST_F(ReloadTest, ANewSourceIsServedOnceItsTopicsAreThere) {
  start();
  EXPECT_EQ(status("/webhooks/acme", job("a")), 404);
  config::Config next = config();
  next.sources.insert(next.sources.begin(), acme());
  broker().set_down();
  reload(next);
  EXPECT_EQ(status("/webhooks/acme", job("a")), 404) << "its topics are not there";
  const std::string waiting = page("/readyz");
  EXPECT_NE(waiting.find("source acme (POST /webhooks/acme)"), std::string::npos) << waiting;
  broker().set_up();
  ASSERT_TRUE(eventually([&] { return status("/webhooks/acme", job("a")) != 404; }));
  const auto first = post("/webhooks/acme", job("b"));
  EXPECT_EQ(first.status, 200) << first.body << ": no first event waits for its topic";
  EXPECT_EQ(read("acme.job.complete", 1).size(), 2u);
  EXPECT_EQ(page("/readyz").find("acme"), std::string::npos);
  EXPECT_TRUE(metrics_have("hookferry_events_total{event=\"job.complete\",outcome=\"published\",source=\"acme\"} 2"));
  EXPECT_EQ(status("/webhooks/glossi", job("a")), 200);
  EXPECT_TRUE(metrics_have("hookferry_events_total{event=\"job.complete\",outcome=\"published\",source=\"glossi\"} 1"));
}

TEST_F(ReloadTest, ARemovedSourceIsGoneAndItsEventsUnderWayEndAsTheyBegan) {
  start();
  broker().set_round_trip(milliseconds(300));
  const auto connection = connect();
  connection->send_event(job("a"));
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 1; }));
  config::Config next = config();
  next.sources.erase(next.sources.begin());
  reload(next);
  EXPECT_EQ(status("/webhooks/glossi", job("b")), 404);
  EXPECT_EQ(connection->read_answer().says(), "accepted");
  broker().set_round_trip(milliseconds(0));
  EXPECT_TRUE(metrics_have("hookferry_events_total{event=\"job.complete\",outcome=\"published\",source=\"glossi\"} 1"));
  EXPECT_EQ(page("/metrics").find("hookferry_topic_mode{topic=\"glossi.job.complete\"}"), std::string::npos);
  EXPECT_EQ(page("/readyz").find("glossi"), std::string::npos);

  reload(config());
  ASSERT_TRUE(eventually([&] { return status("/webhooks/glossi", job("a")) == 200; }));
  EXPECT_NE(post("/webhooks/glossi", job("a")).body.find("duplicate"), std::string::npos);
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u) << "what was seen before it was removed still counts";
}

TEST_F(ReloadTest, WhatWasSeenBeforeIsADuplicateAfter) {
  start();
  EXPECT_NE(post("/webhooks/glossi", job("a")).body.find("accepted"), std::string::npos);
  config::Config next = config();
  next.sources[0].path = "/moved";
  next.sources[0].events = {"scene.exported"};
  next.sources[0].secrets[0].value = new_secret;
  std::swap(next.sources[0], next.sources[1]);
  reload(next);
  EXPECT_NE(post("/moved", job("a"), new_secret).body.find("duplicate"), std::string::npos);
  EXPECT_EQ(status("/webhooks/glossi", job("a"), new_secret), 404);
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u);
}

TEST_F(ReloadTest, ANewEventIsQuarantinedUntilItsTopicIsThereAndThenPublished) {
  start();
  const std::string exported = job("a", "scene.exported");
  EXPECT_NE(post("/webhooks/glossi", exported).body.find("unknown_event"), std::string::npos);
  config::Config next = config();
  next.sources[0].events = {"scene.exported"};
  reload(next);
  // The same body is a duplicate of what was quarantined for as long as it would be quarantined again.
  ASSERT_TRUE(
      eventually([&] { return post("/webhooks/glossi", exported).body.find("accepted") != std::string::npos; }));
  EXPECT_EQ(read("glossi.scene.exported", 1).size(), 1u);
  EXPECT_TRUE(
      metrics_have("hookferry_events_total{event=\"scene.exported\",outcome=\"published\",source=\"glossi\"} 1"));

  config::Config other = config();
  other.sources[0].events = {"scene.deleted"};
  reload(other);
  EXPECT_NE(post("/webhooks/glossi", job("b", "scene.exported")).body.find("unknown_event"), std::string::npos);
  ASSERT_TRUE(eventually(
      [&] { return post("/webhooks/glossi", job("c", "scene.deleted")).body.find("accepted") != std::string::npos; }));
  EXPECT_TRUE(metrics_have("hookferry_events_total{event=\"scene.deleted\",outcome=\"published\",source=\"glossi\"} 1"))
      << "counted under its own name";
}

TEST_F(ReloadTest, WhatIsNotValidChangesNothing) {
  start();
  config::Loaded broken;
  config::Problem& problem = broken.problems.emplace_back();
  problem.file = "f.yaml";
  problem.line = 7;
  problem.column = 3;
  problem.message = "sources[0].secrets: is empty";
  bridge_->reload(broken);
  EXPECT_EQ(status("/webhooks/glossi", job("a")), 200);
  EXPECT_TRUE(metrics_have("hookferry_config_reloads_total{result=\"failed\"} 1"));
  EXPECT_TRUE(metrics_have("hookferry_config_reloads_total{result=\"success\"} 0"));
  const auto ready = admin().get("/readyz");
  EXPECT_EQ(ready->status, 200);
  EXPECT_NE(ready->body.find("reload-failed"), std::string::npos) << ready->body;
  EXPECT_NE(ready->body.find("f.yaml:7:3: sources[0].secrets: is empty"), std::string::npos) << ready->body;
  reload(config());
  EXPECT_EQ(page("/readyz").find("reload-failed"), std::string::npos) << "mended";
}

TEST_F(ReloadTest, WhatNeedsARestartIsSaidAndTheRestIsApplied) {
  start();
  config::Config next = config();
  next.sources[0].secrets[0].value = new_secret;
  next.kafka.linger = milliseconds(2);
  next.http.ack_deadline = milliseconds(60);
  reload(next);
  EXPECT_EQ(status("/webhooks/glossi", job("a"), new_secret), 200);
  EXPECT_TRUE(metrics_have("hookferry_config_reloads_total{result=\"partial\"} 1"));
  EXPECT_TRUE(metrics_have("hookferry_config_restart_required 1"));
  const auto ready = admin().get("/readyz");
  EXPECT_EQ(ready->status, 200);
  EXPECT_NE(ready->body.find("needs a restart: http.ack_deadline, kafka.linger"), std::string::npos) << ready->body;
  reload(config());
  EXPECT_TRUE(metrics_have("hookferry_config_restart_required 0")) << "put back";
  EXPECT_EQ(page("/readyz").find("restart"), std::string::npos);
}

TEST_F(ReloadTest, SourcesComeAndGoUnderLoad) {
  start();
  std::atomic<bool> done{false};
  std::atomic<int> others{0};
  std::vector<std::thread> senders;
  for (int thread = 0; thread < 3; ++thread) {
    senders.emplace_back([&, thread] {
      const auto connection = connect();
      for (int i = 0; !done; ++i) ASSERT_EQ(connection->post(job(cat("job-", thread, "-", i))).says(), "accepted");
    });
  }
  senders.emplace_back([&] {
    while (!done) others += status("/webhooks/acme-7", job(cat("job-", others.load()))) == 200 ? 1 : 0;
  });
  senders.emplace_back([&] {
    while (!done) ASSERT_NE(page("/metrics").find("hookferry_config_reloads_total"), std::string::npos);
  });
  for (int i = 0; i < 40; ++i) {
    config::Config next = config();
    for (int k = 0; k <= i % 10; ++k) {
      config::Source source = acme();
      source.name = cat("acme-", k);
      source.path = cat("/webhooks/", source.name);
      next.sources.push_back(std::move(source));
    }
    reload(std::move(next));
  }
  EXPECT_TRUE(eventually([&] { return others > 0; }));
  done = true;
  for (std::thread& sender : senders) sender.join();
}

TEST_F(ReloadTest, AProducerThatIsReplacedKnowsWhatCameSinceTheStart) {
  start();
  config::Config next = config();
  next.sources.push_back(acme());
  reload(next);
  ASSERT_TRUE(eventually([&] { return status("/webhooks/acme", job("a")) == 200; }));
  bridge_->fail_producer();
  ASSERT_TRUE(eventually([&] { return status("/webhooks/acme", job("b")) == 200; }));
  EXPECT_EQ(read("acme.job.complete", 2).size(), 2u);
}

TEST_F(ReloadTest, WhileItStopsNothingIsReloaded) {
  start();
  std::atomic<bool> hurry{false};
  std::thread stopping([&] { (void)bridge_->stop(std::chrono::minutes(5), [&] { return hurry.load(); }); });
  EXPECT_TRUE(eventually([&] { return page("/readyz").find("draining") != std::string::npos; }));
  reload_with_secrets({new_secret});
  EXPECT_EQ(status("/webhooks/glossi", job("a")), 200);
  EXPECT_TRUE(metrics_have("hookferry_config_reloads_total{result=\"success\"} 0"));
  hurry = true;
  stopping.join();
}

}  // namespace
}  // namespace hookferry::component
