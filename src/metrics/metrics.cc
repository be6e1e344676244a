#include "metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <mutex>
#include <string_view>

#include "base/append_only.h"
#include "base/time.h"
#include "metrics/families.h"

namespace hookferry::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::MetricFamily;

constexpr std::array codes{200, 400, 401, 404, 405, 408, 413, 415, 431, 503, 505};
constexpr int any_client_error = 400;
constexpr int any_other_fault = 503;

const Histogram::BucketBoundaries& duration_buckets() {
  static const Histogram::BucketBoundaries seconds{.0005, .001, .0025, .005, .01, .025, .05,
                                                   .1,    .25,  .5,    1,    2.5, 5,    10};
  return seconds;
}

/// Position in `codes`.
std::size_t index_of_code(int code) noexcept {
  const auto position = [](int wanted) {
    return static_cast<std::size_t>(std::find(codes.begin(), codes.end(), wanted) - codes.begin());
  };
  const std::size_t exact = position(code);
  if (exact < codes.size()) return exact;
  return position(code >= 400 && code < 500 ? any_client_error : any_other_fault);
}

double seconds_of(Duration duration) noexcept {
  return std::max(std::chrono::duration<double>(duration).count(), 0.0);
}

/// One counter for each of an enum's values.
template <std::size_t N>
using Counters = std::array<Counter*, N>;
using EventCounters = Counters<std::size(event_outcome_names)>;
using RejectionCounters = Counters<std::size(rejection_names)>;
using FailureCounters = Counters<std::size(publish_failure_names)>;
using ConnectionCounters = Counters<std::size(connection_rejection_names)>;

template <std::size_t N>
Counters<N> add_each(Family<Counter>& family, prometheus::Labels labels, const char* label,
                     const std::string_view (&names)[N]) {
  Counters<N> counters{};
  for (std::size_t i = 0; i < N; ++i) {
    labels[label] = names[i];
    counters[i] = &family.Add(labels);
  }
  return counters;
}

/// What requests are counted by.
struct Requests {
  Counters<codes.size()> by_code{};
  Histogram* duration = nullptr;
};
struct Event {
  explicit Event(const EventCounters& its_counters) : counters(its_counters) {}
  EventCounters counters;
  std::atomic<double> last{0};  // when one was last durable, in seconds since the epoch, 0: never
};
struct Source {
  Source(const Requests& its_requests, const RejectionCounters& its_rejected, const EventCounters& its_unknown_events)
      : requests(its_requests), rejected(its_rejected), unknown_events(its_unknown_events) {}
  Requests requests;
  RejectionCounters rejected;
  EventCounters unknown_events;
  AppendOnly<Event> events;      // by EventId
  AppendOnly<Counter*> secrets;  // by position
};
struct Topic {
  Histogram* duration = nullptr;
  FailureCounters failures{};
};

Family<Counter>& counter_family(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Histogram>& histogram_family(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

template <std::size_t N, class Enum>
void count(const Counters<N>& counters, Enum value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  if (index < N) counters[index]->Increment();
}

}  // namespace

struct Metrics::State {
  State(const Labels& given, std::function<Gauges()> gauges_function) : gauges(std::move(gauges_function)) {
    no_source_requests = add_requests("none");
    connection_rejections = add_each(
        counter_family(registry, "hookferry_connections_rejected_total",
                       "Connections closed before a request was read, by which bound they met; accept_error: the "
                       "process has too few file descriptors; idle: between two requests, to make room for others; "
                       "tls_handshake: it was not finished; proxy_header: a trusted proxy's was malformed; "
                       "idle_timeout: no request came; unread_answer: the client did not read its answer in time."),
        {}, "reason", connection_rejection_names);
    spool_commits = &histogram_family(registry, "hookferry_spool_commit_duration_seconds",
                                      "Commits of the spool, each of all that was waiting, until the disk has it.")
                         .Add({}, duration_buckets());
    spool_errors = &counter_family(registry, "hookferry_spool_errors_total",
                                   "Times the spool's disk did not do what was asked. Events that were to be spooled "
                                   "then are answered 503.")
                        .Add({});
    grow(given);
  }

  void grow(const Labels& given) {
    for (std::size_t i = 0; i < given.sources.size(); ++i) {
      Source& source = i < sources.size() ? sources[i] : add_source(given.sources[i].name);
      add_events(source, given.sources[i]);
      add_secrets(source, given.sources[i]);
    }
    for (std::size_t i = topics.size(); i < given.topics.size(); ++i) add_topic(given.topics[i]);
    const std::lock_guard lock(mutex);
    labels = given;
  }

  Requests add_requests(const std::string& source) {
    auto& durations =
        histogram_family(registry, "hookferry_request_duration_seconds",
                         "From a request's last byte in to its answer's first byte out. Senders ask for an "
                         "answer within 5 s.");
    auto& answers =
        counter_family(registry, "hookferry_requests_total",
                       "Requests answered, by status code. Only a 200 is a promise; a sender tries again after "
                       "anything else. Source none: no source has that path.");
    Requests requests;
    for (std::size_t code = 0; code < codes.size(); ++code) {
      requests.by_code[code] = &answers.Add({{"source", source}, {"code", std::to_string(codes[code])}});
    }
    requests.duration = &durations.Add({{"source", source}}, duration_buckets());
    return requests;
  }

  EventCounters add_event(const std::string& source, const std::string& event) {
    auto& events =
        counter_family(registry, "hookferry_events_total",
                       "Authentic events. published spooled conflict quarantined: counted once each, when they "
                       "became durable. duplicate refused: answers to them.");
    return add_each(events, {{"source", source}, {"event", event}}, "outcome", event_outcome_names);
  }

  /// Without its events and secrets.
  Source& add_source(const std::string& name) {
    auto& rejected =
        counter_family(registry, "hookferry_rejected_total",
                       "Requests answered 401, by what was wrong. signature_mismatch for one source that worked "
                       "before: its secret was changed on one side.");
    const Requests requests = add_requests(name);
    const RejectionCounters rejections = add_each(rejected, {{"source", name}}, "reason", rejection_names);
    const EventCounters unknown = add_event(name, "unknown");
    // Whoever finds the source finds it whole.
    return sources.emplace_back(requests, rejections, unknown);
  }

  void add_events(Source& source, const Labels::Source& given) {
    for (std::size_t i = source.events.size(); i < given.events.size(); ++i) {
      source.events.emplace_back(add_event(given.name, given.events[i]));
    }
  }

  void add_secrets(Source& source, const Labels::Source& given) {
    auto& matches =
        counter_family(registry, "hookferry_secret_matches_total",
                       "Signatures that matched a source's secret, by its position in the list, from 1. After a "
                       "rotation, remove the old one when it no longer counts.");
    for (std::size_t i = source.secrets.size(); i < given.secrets; ++i) {
      source.secrets.emplace_back(&matches.Add({{"source", given.name}, {"secret", std::to_string(i + 1)}}));
    }
  }

  void add_topic(const std::string& name) {
    auto& durations =
        histogram_family(registry, "hookferry_publish_duration_seconds",
                         "From handing a record to the Kafka client to the acknowledgement of all in-sync "
                         "replicas. The count is what was delivered.");
    auto& failures =
        counter_family(registry, "hookferry_publish_failures_total",
                       "Attempts to publish that failed, by why. An attempt that failed is tried again, or its "
                       "event is answered 503 and the sender tries again.");
    Histogram& duration = durations.Add({{"topic", name}}, duration_buckets());
    topics.emplace_back(Topic{&duration, add_each(failures, {{"topic", name}}, "reason", publish_failure_names)});
  }

  [[nodiscard]] Labels current_labels() const {
    const std::lock_guard lock(mutex);
    return labels;
  }

  /// Of the events that `known` has.
  [[nodiscard]] MetricFamily last_events(const Labels& known) const {
    std::vector<std::vector<double>> times;
    for (std::size_t i = 0; i < known.sources.size(); ++i) {
      std::vector<double>& of_source = times.emplace_back();
      for (std::size_t event = 0; event < known.sources[i].events.size(); ++event) {
        of_source.push_back(sources[i].events[event].last.load(std::memory_order_relaxed));
      }
    }
    return last_event_family(known, times);
  }

  const std::function<Gauges()> gauges;
  prometheus::Registry registry;
  Requests no_source_requests;
  AppendOnly<Source> sources;
  AppendOnly<Topic> topics;
  ConnectionCounters connection_rejections{};
  Histogram* spool_commits = nullptr;
  Counter* spool_errors = nullptr;
  mutable std::mutex mutex;
  Labels labels;  // under the mutex
};

Metrics::Metrics(const Labels& labels, std::function<Gauges()> gauges)
    : state_(std::make_unique<State>(labels, std::move(gauges))) {}

Metrics::~Metrics() = default;

void Metrics::grow(const Labels& labels) {
  state_->grow(labels);
}

void Metrics::answered(SourceId source, int code, Duration duration) noexcept {
  Requests* requests = source == no_source ? &state_->no_source_requests : nullptr;
  if (Source* known = state_->sources.find(source)) requests = &known->requests;
  if (requests == nullptr) return;
  requests->by_code[index_of_code(code)]->Increment();
  requests->duration->Observe(seconds_of(duration));
}

void Metrics::rejected(SourceId source, Rejection reason) noexcept {
  if (const Source* known = state_->sources.find(source)) count(known->rejected, reason);
}

void Metrics::event(SourceId source, EventId event, EventOutcome outcome) noexcept {
  Source* known = state_->sources.find(source);
  if (known == nullptr) return;
  if (event == no_event) return count(known->unknown_events, outcome);
  Event* const named = known->events.find(event);
  if (named == nullptr) return;
  count(named->counters, outcome);
  if (outcome == EventOutcome::published || outcome == EventOutcome::spooled) {
    const std::chrono::duration<double> now = SystemClock().wall().time_since_epoch();
    named->last.store(now.count(), std::memory_order_relaxed);
  }
}

void Metrics::secret_matched(SourceId source, std::size_t position) noexcept {
  Source* known = state_->sources.find(source);
  if (known == nullptr) return;
  if (Counter* const* counter = known->secrets.find(position)) (*counter)->Increment();
}

void Metrics::delivered(TopicId topic, Duration duration) noexcept {
  if (const Topic* known = state_->topics.find(topic)) known->duration->Observe(seconds_of(duration));
}

void Metrics::publish_failed(TopicId topic, PublishFailure reason) noexcept {
  if (const Topic* known = state_->topics.find(topic)) count(known->failures, reason);
}

void Metrics::connection_rejected(ConnectionRejection reason) noexcept {
  count(state_->connection_rejections, reason);
}

void Metrics::spool_committed(Duration duration) noexcept {
  state_->spool_commits->Observe(seconds_of(duration));
}

void Metrics::spool_failed() noexcept {
  state_->spool_errors->Increment();
}

std::string Metrics::text() {
  std::vector<MetricFamily> families = state_->registry.Collect();
  const auto append = [&families](std::vector<MetricFamily> more) {
    std::move(more.begin(), more.end(), std::back_inserter(families));
  };
  const Labels labels = state_->current_labels();
  append(gauge_families(state_->gauges(), labels));
  if (const auto usage = read_process_usage()) append(process_families(*usage));
  families.push_back(state_->last_events(labels));
  // The registry has its series in the order of a hash: sorted, two scrapes can be compared by eye.
  const auto by_name = [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; };
  std::sort(families.begin(), families.end(), by_name);
  for (MetricFamily& family : families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const auto& a, const auto& b) { return a.label < b.label; });
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace hookferry::metrics
