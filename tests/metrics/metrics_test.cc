#include "metrics/metrics.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <random>
#include <sstream>
#include <thread>

namespace hookferry::metrics {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAreArray;

Labels labels() {
  Labels labels;
  labels.sources = {{"glossi", {"job.complete", "job.failed"}, 2}, {"meshqa", {"validation.completed"}, 1}};
  labels.topics = {"glossi.job.complete", "glossi-quarantine"};
  labels.version = "1.2.3";
  labels.revision = "abc1234";
  return labels;
}

/// The text, taken apart: series with their labels → value, families → type.
struct Scrape {
  explicit Scrape(Metrics& metrics) : text(metrics.text()) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string hash, kind, name, rest;
      words >> hash >> kind >> name;
      std::getline(words, rest);
      if (kind == "TYPE") {
        types.push_back(name + rest);
      } else if (kind == "HELP") {
        EXPECT_GT(rest.size(), 25u) << name;
        helped.push_back(name);
      } else {
        const std::size_t blank = line.rfind(' ');
        EXPECT_TRUE(series.emplace(line.substr(0, blank), std::stod(line.substr(blank + 1))).second) << line;
      }
    }
  }
  [[nodiscard]] double operator[](const std::string& name) const {
    const auto found = series.find(name);
    EXPECT_NE(found, series.end()) << name;
    return found == series.end() ? -1 : found->second;
  }
  std::string text;
  std::map<std::string, double> series;
  std::vector<std::string> types;
  std::vector<std::string> helped;
};

class MetricsTest : public testing::Test {
 protected:
  Gauges gauges;
  Metrics metrics{labels(), [this] { return gauges; }};
};

TEST_F(MetricsTest, HasEveryFamilyFromTheStart) {
  const Scrape scrape(metrics);
  EXPECT_THAT(scrape.types, ElementsAreArray({
                                "hookferry_build_info gauge",
                                "hookferry_config_last_reload_success_timestamp_seconds gauge",
                                "hookferry_config_reloads_total counter",
                                "hookferry_config_restart_required gauge",
                                "hookferry_connections gauge",
                                "hookferry_connections_rejected_total counter",
                                "hookferry_dedupe_capacity gauge",
                                "hookferry_dedupe_entries gauge",
                                "hookferry_dedupe_evictions_total counter",
                                "hookferry_dedupe_horizon_seconds gauge",
                                "hookferry_dedupe_tail_lag_seconds gauge",
                                "hookferry_dedupe_tail_up gauge",
                                "hookferry_draining gauge",
                                "hookferry_events_lost_total counter",
                                "hookferry_events_total counter",
                                "hookferry_inflight_bytes gauge",
                                "hookferry_inflight_bytes_capacity gauge",
                                "hookferry_inflight_events gauge",
                                "hookferry_inflight_events_capacity gauge",
                                "hookferry_kafka_broker_rtt_seconds gauge",
                                "hookferry_kafka_certificate_expiry_timestamp_seconds gauge",
                                "hookferry_kafka_retries_total counter",
                                "hookferry_kafka_token_fetches_total counter",
                                "hookferry_kafka_up gauge",
                                "hookferry_last_event_timestamp_seconds gauge",
                                "hookferry_log_dropped_total counter",
                                "hookferry_publish_duration_seconds histogram",
                                "hookferry_publish_failures_total counter",
                                "hookferry_rejected_total counter",
                                "hookferry_request_duration_seconds histogram",
                                "hookferry_requests_total counter",
                                "hookferry_secret_matches_total counter",
                                "hookferry_spool_bytes gauge",
                                "hookferry_spool_capacity_bytes gauge",
                                "hookferry_spool_commit_duration_seconds histogram",
                                "hookferry_spool_errors_total counter",
                                "hookferry_spool_events gauge",
                                "hookferry_spool_oldest_age_seconds gauge",
                                "hookferry_spool_parked_events gauge",
                                "hookferry_tls_certificate_expiry_timestamp_seconds gauge",
                                "hookferry_topic_min_insync_replicas gauge",
                                "hookferry_topic_mode gauge",
                                "hookferry_topic_replication_factor gauge",
                                "process_cpu_seconds_total counter",
                                "process_max_fds gauge",
                                "process_open_fds gauge",
                                "process_resident_memory_bytes gauge",
                                "process_start_time_seconds gauge",
                                "process_virtual_memory_bytes gauge",
                            }));
  EXPECT_EQ(scrape.helped.size(), scrape.types.size());
}

TEST_F(MetricsTest, EverySeriesIsZeroAtTheStart) {
  const Scrape scrape(metrics);
  for (const auto& [name, value] : scrape.series) {
    if (name.starts_with("process_")) {
      EXPECT_GE(value, 0) << name;
    } else if (name == R"(hookferry_build_info{revision="abc1234",version="1.2.3"})") {
      EXPECT_EQ(value, 1);
    } else {
      EXPECT_EQ(value, 0) << name;
    }
  }
  // requests 3×11, rejected 2×7, events 5×6, secrets 3, failures 2×7, connections 9
  const auto count_of = [&](std::string_view prefix) {
    return std::count_if(scrape.series.begin(), scrape.series.end(),
                         [&](const auto& s) { return s.first.starts_with(prefix); });
  };
  EXPECT_EQ(count_of("hookferry_requests_total{"), 33);
  EXPECT_EQ(count_of("hookferry_rejected_total{"), 14);
  EXPECT_EQ(count_of("hookferry_events_total{"), 30);
  EXPECT_EQ(count_of("hookferry_secret_matches_total{"), 3);
  EXPECT_EQ(count_of("hookferry_publish_failures_total{"), 16);
  EXPECT_EQ(count_of("hookferry_connections_rejected_total{"), 9);
  EXPECT_EQ(count_of("hookferry_request_duration_seconds_bucket{"), 45);
  EXPECT_EQ(count_of("hookferry_publish_duration_seconds_bucket{"), 30);
  EXPECT_EQ(count_of("hookferry_topic_mode{"), 2);
}

/// What `labels` becomes after a reload: a source, an event, a secret and a topic more.
Labels grown() {
  Labels more = labels();
  more.sources[0].events.push_back("scene.exported");
  more.sources[1].secrets = 2;
  more.sources.push_back({"acme", {"job.complete"}, 1});
  more.topics.push_back("acme.job.complete");
  return more;
}

TEST_F(MetricsTest, GrowsByWhatIsNewAndKeepsWhatWasCounted) {
  metrics.event(0, 1, EventOutcome::published);
  metrics.secret_matched(1, 0);
  metrics.delivered(1, 1ms);
  const auto before = Scrape(metrics).series;
  metrics.grow(grown());
  const Scrape scrape(metrics);
  for (const auto& [name, value] : before) {
    if (name.starts_with("process_")) continue;
    EXPECT_EQ(scrape[name], value) << name;
  }
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="200",source="acme"})"], 0);
  EXPECT_EQ(scrape[R"(hookferry_topic_mode{topic="acme.job.complete"})"], 0);
  EXPECT_EQ(scrape[R"(hookferry_secret_matches_total{secret="2",source="meshqa"})"], 0);

  metrics.answered(2, 200, 1ms);
  metrics.answered(no_source, 404, 1ms);
  metrics.event(0, 2, EventOutcome::published);
  metrics.event(0, no_event, EventOutcome::quarantined);
  metrics.secret_matched(1, 1);
  metrics.publish_failed(2, PublishFailure::timeout);
  const Scrape after(metrics);
  EXPECT_EQ(after[R"(hookferry_requests_total{code="200",source="acme"})"], 1);
  EXPECT_EQ(after[R"(hookferry_requests_total{code="404",source="none"})"], 1);
  EXPECT_EQ(after[R"(hookferry_events_total{event="scene.exported",outcome="published",source="glossi"})"], 1);
  EXPECT_EQ(after[R"(hookferry_events_total{event="unknown",outcome="quarantined",source="glossi"})"], 1);
  EXPECT_GT(after[R"(hookferry_last_event_timestamp_seconds{event="scene.exported",source="glossi"})"], 0);
  EXPECT_EQ(after[R"(hookferry_secret_matches_total{secret="2",source="meshqa"})"], 1);
  EXPECT_EQ(after[R"(hookferry_publish_failures_total{reason="timeout",topic="acme.job.complete"})"], 1);
}

TEST_F(MetricsTest, CountsAndIsScrapedWhileItGrows) {
  std::thread counting([this] {
    for (int i = 0; i < 20000; ++i) {
      for (SourceId source = 0; source < 4; ++source) {
        metrics.answered(source, 200, 1ms);
        metrics.event(source, static_cast<EventId>(i % 4), EventOutcome::published);
        metrics.secret_matched(source, static_cast<std::size_t>(i % 3));
        metrics.delivered(source, 1ms);
      }
    }
  });
  std::thread scraping([this] {
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(metrics.text().empty());
  });
  Labels more = labels();
  for (int i = 0; i < 200; ++i) {
    more.sources.push_back({"source-" + std::to_string(i), {"a", "b"}, 2});
    more.sources[0].events.push_back("event-" + std::to_string(i));
    more.topics.push_back("topic-" + std::to_string(i));
    metrics.grow(more);
  }
  counting.join();
  scraping.join();
  EXPECT_EQ(Scrape(metrics)[R"(hookferry_requests_total{code="200",source="glossi"})"], 20000);
}

TEST_F(MetricsTest, ATopicThatIsUsedNoMoreHasNoGauges) {
  gauges.topics = {{3, 2, false, true}, {3, 2, false, false}};
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_topic_replication_factor{topic="glossi.job.complete"})"], 3);
  for (const char* name : {"replication_factor", "min_insync_replicas", "mode"}) {
    EXPECT_EQ(scrape.series.count(std::string("hookferry_topic_") + name + R"({topic="glossi-quarantine"})"), 0u);
  }
  EXPECT_EQ(scrape[R"(hookferry_publish_duration_seconds_count{topic="glossi-quarantine"})"], 0);
}

TEST_F(MetricsTest, TellsOfTokensForKafka) {
  gauges.kafka_tokens_fetched = 7;
  gauges.kafka_tokens_failed = 2;
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_kafka_token_fetches_total{result="success"})"], 7);
  EXPECT_EQ(scrape[R"(hookferry_kafka_token_fetches_total{result="failure"})"], 2);
}

TEST_F(MetricsTest, TellsOfReloads) {
  EXPECT_EQ(Scrape(metrics).text.find("\nhookferry_config_last_reload"), std::string::npos) << "there was none yet";
  gauges.config_reloads = {5, 2, 1};
  gauges.config_last_reload_seconds = 1736937000.5;
  gauges.config_restart_required = true;
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_config_reloads_total{result="success"})"], 5);
  EXPECT_EQ(scrape[R"(hookferry_config_reloads_total{result="partial"})"], 2);
  EXPECT_EQ(scrape[R"(hookferry_config_reloads_total{result="failed"})"], 1);
  EXPECT_EQ(scrape["hookferry_config_last_reload_success_timestamp_seconds"], 1736937000.5);
  EXPECT_EQ(scrape["hookferry_config_restart_required"], 1);
}

TEST_F(MetricsTest, TellsWhenTheCertificateExpires) {
  EXPECT_EQ(Scrape(metrics).text.find("\nhookferry_tls_certificate"), std::string::npos) << "there is no TLS";
  gauges.tls_certificate_expiry_seconds = 1736937000;
  EXPECT_EQ(Scrape(metrics)["hookferry_tls_certificate_expiry_timestamp_seconds"], 1736937000);
}

TEST_F(MetricsTest, TellsWhenTheCertificateThatKafkaIsShownExpires) {
  EXPECT_EQ(Scrape(metrics).text.find("\nhookferry_kafka_certificate"), std::string::npos) << "there is none";
  gauges.kafka_certificate_expiry_seconds = 1736937000;
  EXPECT_EQ(Scrape(metrics)["hookferry_kafka_certificate_expiry_timestamp_seconds"], 1736937000);
}

TEST_F(MetricsTest, CountsAnswersByCode) {
  for (const int code : {200, 400, 401, 404, 405, 408, 413, 415, 431, 503, 505}) metrics.answered(0, code, 1ms);
  metrics.answered(1, 200, 1ms);
  metrics.answered(no_source, 404, 1ms);
  const Scrape scrape(metrics);
  for (const char* code : {"200", "400", "401", "404", "405", "408", "413", "415", "431", "503", "505"}) {
    EXPECT_EQ(scrape["hookferry_requests_total{code=\"" + std::string(code) + "\",source=\"glossi\"}"], 1) << code;
  }
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="200",source="meshqa"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="404",source="none"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_request_duration_seconds_count{source="glossi"})"], 11);
  EXPECT_EQ(scrape[R"(hookferry_request_duration_seconds_count{source="none"})"], 1);
}

TEST_F(MetricsTest, CodesOutsideTheContractAreCountedToo) {
  for (const int code : {500, 502, 0, -1, 302, 204, 422, 499}) metrics.answered(0, code, 1ms);
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="503",source="glossi"})"], 6);
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="400",source="glossi"})"], 2);
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="200",source="glossi"})"], 0);
}

TEST_F(MetricsTest, PutsDurationsIntoTheContractsBuckets) {
  const std::pair<Duration, const char*> cases[] = {
      {500us, "0.0005"}, {1ms, "0.001"},  {2500us, "0.0025"}, {5ms, "0.005"},  {10ms, "0.01"},
      {25ms, "0.025"},   {50ms, "0.05"},  {100ms, "0.1"},     {250ms, "0.25"}, {500ms, "0.5"},
      {1s, "1"},         {2500ms, "2.5"}, {5s, "5"},          {10s, "10"},     {11s, "+Inf"}};
  int expected = 0;
  for (const auto& [duration, le] : cases) {
    metrics.answered(0, 200, duration);
    metrics.delivered(1, duration);
    ++expected;
    const Scrape scrape(metrics);
    EXPECT_EQ(scrape[std::string(R"(hookferry_request_duration_seconds_bucket{source="glossi",le=")") + le + "\"}"],
              expected);
    EXPECT_EQ(
        scrape[std::string(R"(hookferry_publish_duration_seconds_bucket{topic="glossi-quarantine",le=")") + le + "\"}"],
        expected);
  }
  metrics.answered(1, 200, -1s);
  const Scrape scrape(metrics);
  EXPECT_NEAR(scrape[R"(hookferry_request_duration_seconds_sum{source="glossi"})"], 30.444, 1e-9);
  EXPECT_EQ(scrape[R"(hookferry_request_duration_seconds_sum{source="meshqa"})"], 0) << "a clock that goes back";
  EXPECT_EQ(scrape[R"(hookferry_publish_duration_seconds_count{topic="glossi.job.complete"})"], 0);
}

TEST_F(MetricsTest, CountsEverythingElseUnderItsLabels) {
  metrics.rejected(1, Rejection::timestamp_stale);
  metrics.event(0, 1, EventOutcome::published);
  metrics.event(0, no_event, EventOutcome::quarantined);
  metrics.event(1, 0, EventOutcome::refused);
  metrics.secret_matched(0, 1);
  metrics.publish_failed(0, PublishFailure::fatal);
  metrics.connection_rejected(ConnectionRejection::buffer_limit);
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_rejected_total{reason="timestamp_stale",source="meshqa"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_events_total{event="job.failed",outcome="published",source="glossi"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_events_total{event="unknown",outcome="quarantined",source="glossi"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_events_total{event="validation.completed",outcome="refused",source="meshqa"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_secret_matches_total{secret="2",source="glossi"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_publish_failures_total{reason="fatal",topic="glossi.job.complete"})"], 1);
  EXPECT_EQ(scrape[R"(hookferry_connections_rejected_total{reason="buffer_limit"})"], 1);
  double sum = 0;
  for (const auto& [name, value] : scrape.series) {
    if (name.starts_with("hookferry_") && name.find("_total") != std::string::npos) sum += value;
  }
  EXPECT_EQ(sum, 7) << "and nothing else";
}

TEST_F(MetricsTest, TellsWhenAnEventLastBecameDurable) {
  const std::string complete = R"(hookferry_last_event_timestamp_seconds{event="job.complete",source="glossi"})";
  const std::string failed = R"(hookferry_last_event_timestamp_seconds{event="job.failed",source="glossi"})";
  for (const EventOutcome outcome :
       {EventOutcome::duplicate, EventOutcome::refused, EventOutcome::quarantined, EventOutcome::conflict}) {
    metrics.event(0, 0, outcome);
  }
  metrics.event(0, no_event, EventOutcome::published);
  EXPECT_THAT(Scrape(metrics).text, testing::Not(testing::HasSubstr("hookferry_last_event_timestamp_seconds{")));
  const auto before = static_cast<double>(std::time(nullptr)) - 1;
  metrics.event(0, 0, EventOutcome::published);
  const Scrape one(metrics);
  EXPECT_GE(one[complete], before);
  EXPECT_LE(one[complete], before + 60);
  EXPECT_EQ(one.series.count(failed), 0u);
  metrics.event(0, 1, EventOutcome::spooled);
  EXPECT_GE(Scrape(metrics)[failed], before);
}

TEST_F(MetricsTest, AsksForSizesAtEachScrape) {
  gauges.inflight_events = 1;
  gauges.inflight_events_capacity = 20000;
  gauges.inflight_bytes = 3;
  gauges.inflight_bytes_capacity = 67108864;
  gauges.log_dropped = 5;
  gauges.dedupe_entries = 6;
  gauges.dedupe_capacity = 1234567;
  gauges.dedupe_evictions = 123456789;
  gauges.dedupe_horizon_seconds = 86400;
  gauges.dedupe_tail = {0.25, true};
  gauges.connections = 10;
  gauges.kafka_up = true;
  gauges.kafka_retries = 12;
  gauges.broker_rtt_seconds = {{1, 0.00125}, {-1, 0.5}};
  gauges.topics = {{3, 2, false}, {1, 1, true}, {9, 9, true}};
  gauges.draining = true;
  const Scrape scrape(metrics);
  EXPECT_THAT(scrape.series, testing::IsSupersetOf(std::vector<std::pair<const std::string, double>>{
                                 {"hookferry_inflight_events", 1},
                                 {"hookferry_inflight_events_capacity", 20000},
                                 {"hookferry_inflight_bytes", 3},
                                 {"hookferry_inflight_bytes_capacity", 67108864},
                                 {"hookferry_log_dropped_total", 5},
                                 {"hookferry_dedupe_entries", 6},
                                 {"hookferry_dedupe_capacity", 1234567},
                                 {"hookferry_dedupe_evictions_total", 123456789},
                                 {"hookferry_dedupe_horizon_seconds", 86400},
                                 {"hookferry_dedupe_tail_lag_seconds", 0.25},
                                 {"hookferry_dedupe_tail_up", 1},
                                 {"hookferry_connections", 10},
                                 {"hookferry_kafka_up", 1},
                                 {"hookferry_kafka_retries_total", 12},
                                 {"hookferry_kafka_broker_rtt_seconds{broker=\"1\"}", 0.00125},
                                 {"hookferry_kafka_broker_rtt_seconds{broker=\"-1\"}", 0.5},
                                 {"hookferry_topic_replication_factor{topic=\"glossi.job.complete\"}", 3},
                                 {"hookferry_topic_min_insync_replicas{topic=\"glossi.job.complete\"}", 2},
                                 {"hookferry_topic_mode{topic=\"glossi.job.complete\"}", 0},
                                 {"hookferry_topic_mode{topic=\"glossi-quarantine\"}", 1},
                                 {"hookferry_draining", 1},
                             }));
  gauges.inflight_events = 0;
  EXPECT_EQ(Scrape(metrics)["hookferry_inflight_events"], 0);
}

/// The names of all series, and how much they count.
std::pair<std::vector<std::string>, double> names_and_sum(Metrics& metrics) {
  std::pair<std::vector<std::string>, double> result;
  for (const auto& [name, value] : Scrape(metrics).series) {
    if (name.starts_with("process_") || name.starts_with("hookferry_last_event")) continue;
    result.first.push_back(name);
    if (name.find("_total{") != std::string::npos) result.second += value;
  }
  return result;
}

TEST_F(MetricsTest, IdsThatAreNotAmongTheLabelsMakeNoSeriesAndAreNotCounted) {
  const auto before = names_and_sum(metrics);
  for (const SourceId source : {SourceId{2}, SourceId{3}, SourceId{0xfffe}}) {
    metrics.answered(source, 200, 1ms);
    metrics.rejected(source, Rejection::address_denied);
    metrics.event(source, 0, EventOutcome::published);
    metrics.secret_matched(source, 0);
    metrics.publish_failed(source, PublishFailure::other);
    metrics.delivered(source, 1ms);
  }
  metrics.rejected(no_source, Rejection::address_denied);
  metrics.rejected(0, static_cast<Rejection>(7));
  metrics.event(0, 2, EventOutcome::published);
  metrics.event(0, 0xfffe, EventOutcome::published);
  metrics.event(0, 0, static_cast<EventOutcome>(6));
  metrics.secret_matched(0, 2);
  metrics.secret_matched(1, SIZE_MAX);
  metrics.publish_failed(0, static_cast<PublishFailure>(255));
  metrics.connection_rejected(static_cast<ConnectionRejection>(std::size(connection_rejection_names)));
  EXPECT_EQ(names_and_sum(metrics), before);
}

TEST_F(MetricsTest, TheSpool) {
  metrics.spool_committed(3ms);
  metrics.spool_failed();
  metrics.spool_failed();
  gauges.spool = {.events = 3, .parked = 2, .bytes = 4096, .capacity = 1 << 30, .oldest_age_seconds = 1.5};
  gauges.events_lost = 7;
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_spool_commit_duration_seconds_bucket{le="0.0025"})"], 0);
  EXPECT_EQ(scrape[R"(hookferry_spool_commit_duration_seconds_bucket{le="0.005"})"], 1);
  EXPECT_EQ(scrape["hookferry_spool_commit_duration_seconds_count"], 1);
  EXPECT_EQ(scrape["hookferry_spool_errors_total"], 2);
  EXPECT_EQ(scrape["hookferry_spool_events"], 3);
  EXPECT_EQ(scrape["hookferry_spool_parked_events"], 2);
  EXPECT_EQ(scrape["hookferry_spool_bytes"], 4096);
  EXPECT_EQ(scrape["hookferry_spool_capacity_bytes"], 1 << 30);
  EXPECT_EQ(scrape["hookferry_spool_oldest_age_seconds"], 1.5);
  EXPECT_EQ(scrape["hookferry_events_lost_total"], 7);
}

TEST_F(MetricsTest, AHundredThousandRandomCallsLeaveTheSeriesAsTheyAre) {
  const auto before = names_and_sum(metrics).first;
  std::mt19937 random(11);
  const auto any = [&random](unsigned small) {
    return static_cast<std::uint16_t>(random() % 2 == 0 ? random() % small : random());
  };
  for (int i = 0; i < 100'000; ++i) {
    metrics.answered(any(4), static_cast<int>(random() % 700), std::chrono::microseconds(random() % 20'000'000));
    metrics.rejected(any(4), static_cast<Rejection>(any(9)));
    metrics.event(any(4), any(5), static_cast<EventOutcome>(any(8)));
    metrics.secret_matched(any(4), any(4));
    metrics.delivered(any(4), 1ms);
    metrics.publish_failed(any(4), static_cast<PublishFailure>(any(9)));
    metrics.connection_rejected(static_cast<ConnectionRejection>(any(8)));
  }
  EXPECT_EQ(names_and_sum(metrics).first, before);
}

TEST_F(MetricsTest, LosesNoCountOfSeveralThreadsWhileScraped) {
  constexpr int count = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < count; ++i) {
        metrics.answered(0, 200, 1ms);
        metrics.event(0, 0, EventOutcome::published);
        metrics.delivered(0, 2ms);
      }
    });
  }
  double last = 0;
  for (int i = 0; i < 20; ++i) {
    const double now = Scrape(metrics)[R"(hookferry_requests_total{code="200",source="glossi"})"];
    EXPECT_GE(now, last);
    last = now;
  }
  for (std::thread& thread : threads) thread.join();
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="200",source="glossi"})"], 3 * count);
  EXPECT_EQ(scrape[R"(hookferry_request_duration_seconds_count{source="glossi"})"], 3 * count);
  EXPECT_EQ(scrape[R"(hookferry_events_total{event="job.complete",outcome="published",source="glossi"})"], 3 * count);
}

TEST(Metrics, LabelsAreEscaped) {
  Labels odd = labels();
  odd.version = "a\"b\\c\nd";
  Metrics metrics(odd, [] { return Gauges{}; });
  EXPECT_THAT(metrics.text(), testing::HasSubstr(R"(version="a\"b\\c\nd"} 1)"));
}

TEST(Metrics, WorksWithoutSourcesAndTopics) {
  Metrics metrics(Labels{}, [] { return Gauges{}; });
  metrics.answered(no_source, 404, 1ms);
  metrics.answered(0, 404, 1ms);
  EXPECT_EQ(Scrape(metrics)[R"(hookferry_requests_total{code="404",source="none"})"], 1);
}

TEST(Metrics, ASourceNamedNoneSharesTheSeries) {
  Labels odd;
  odd.sources = {{"none", {"unknown"}, 1}};
  Metrics metrics(odd, [] { return Gauges{}; });
  metrics.answered(no_source, 404, 1ms);
  metrics.answered(0, 404, 1ms);
  metrics.event(0, 0, EventOutcome::published);
  metrics.event(0, no_event, EventOutcome::published);
  const Scrape scrape(metrics);
  EXPECT_EQ(scrape[R"(hookferry_requests_total{code="404",source="none"})"], 2);
  EXPECT_EQ(scrape[R"(hookferry_events_total{event="unknown",outcome="published",source="none"})"], 2);
}

}  // namespace
}  // namespace hookferry::metrics
