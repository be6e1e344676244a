#include "metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <string_view>

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

/// What requests are counted by; one more than there are sources, for those whose path matched none.
struct Requests {
  Counters<codes.size()> by_code{};
  Histogram* duration = nullptr;
};
struct Source {
  RejectionCounters rejected{};
  std::vector<EventCounters> events;  // by EventId, then that of unknown events
  std::vector<Counter*> secrets;
  std::vector<std::atomic<double>> last_event;  // by EventId, seconds since the epoch, 0: never
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

template <class Element>
Element* at(std::vector<Element>& elements, std::size_t index) noexcept {
  return index < elements.size() ? &elements[index] : nullptr;
}
template <std::size_t N, class Enum>
void count(const Counters<N>& counters, Enum value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  if (index < N) counters[index]->Increment();
}

}  // namespace

struct Metrics::State {
  State(const Labels& given, std::function<Gauges()> gauges_function)
      : labels(given), gauges(std::move(gauges_function)) {
    add_requests();
    add_sources();
    add_topics();
    connection_rejections = add_each(
        counter_family(registry, "hookferry_connections_rejected_total",
                       "Connections closed before a request was read, by which bound they met; accept_error: the "
                       "process has too few file descriptors."),
        {}, "reason", connection_rejection_names);
  }

  void add_requests() {
    auto& answers =
        counter_family(registry, "hookferry_requests_total",
                       "Requests answered, by status code. Only a 200 is a promise; a sender tries again after "
                       "anything else. Source none: no source has that path.");
    auto& durations =
        histogram_family(registry, "hookferry_request_duration_seconds",
                         "From a request's last byte in to its answer's first byte out. Senders ask for an "
                         "answer within 5 s.");
    for (std::size_t i = 0; i <= labels.sources.size(); ++i) {
      const std::string name = i < labels.sources.size() ? labels.sources[i].name : "none";
      Requests& added = requests.emplace_back();
      for (std::size_t code = 0; code < codes.size(); ++code) {
        added.by_code[code] = &answers.Add({{"source", name}, {"code", std::to_string(codes[code])}});
      }
      added.duration = &durations.Add({{"source", name}}, duration_buckets());
    }
  }

  void add_sources() {
    auto& rejected =
        counter_family(registry, "hookferry_rejected_total",
                       "Requests answered 401, by what was wrong. signature_mismatch for one source that worked "
                       "before: its secret was changed on one side.");
    auto& events =
        counter_family(registry, "hookferry_events_total",
                       "Authentic events. published spooled conflict quarantined: counted once each, when they "
                       "became durable. duplicate refused: answers to them.");
    auto& matches =
        counter_family(registry, "hookferry_secret_matches_total",
                       "Signatures that matched a source's secret, by its position in the list, from 1. After a "
                       "rotation, remove the old one when it no longer counts.");
    for (const Labels::Source& given : labels.sources) {
      Source& added = sources.emplace_back();
      added.rejected = add_each(rejected, {{"source", given.name}}, "reason", rejection_names);
      for (std::size_t i = 0; i <= given.events.size(); ++i) {
        const std::string event = i < given.events.size() ? given.events[i] : "unknown";
        added.events.push_back(
            add_each(events, {{"source", given.name}, {"event", event}}, "outcome", event_outcome_names));
      }
      for (std::size_t i = 1; i <= given.secrets; ++i) {
        added.secrets.push_back(&matches.Add({{"source", given.name}, {"secret", std::to_string(i)}}));
      }
      added.last_event = std::vector<std::atomic<double>>(given.events.size());
    }
  }

  void add_topics() {
    auto& durations =
        histogram_family(registry, "hookferry_publish_duration_seconds",
                         "From handing a record to the Kafka client to the acknowledgement of all in-sync "
                         "replicas. The count is what was delivered.");
    auto& failures =
        counter_family(registry, "hookferry_publish_failures_total",
                       "Attempts to publish that failed, by why. An attempt that failed is tried again, or its "
                       "event is answered 503 and the sender tries again.");
    for (const std::string& name : labels.topics) {
      topics.push_back({&durations.Add({{"topic", name}}, duration_buckets()),
                        add_each(failures, {{"topic", name}}, "reason", publish_failure_names)});
    }
  }

  [[nodiscard]] MetricFamily last_events() const {
    std::vector<std::vector<double>> times;
    for (const Source& source : sources) times.emplace_back(source.last_event.begin(), source.last_event.end());
    return last_event_family(labels, times);
  }

  const Labels labels;
  const std::function<Gauges()> gauges;
  prometheus::Registry registry;
  std::vector<Requests> requests;
  std::vector<Source> sources;
  std::vector<Topic> topics;
  ConnectionCounters connection_rejections{};
};

Metrics::Metrics(const Labels& labels, std::function<Gauges()> gauges)
    : state_(std::make_unique<State>(labels, std::move(gauges))) {}

Metrics::~Metrics() = default;

void Metrics::answered(SourceId source, int code, Duration duration) noexcept {
  Requests* requests = source == no_source ? &state_->requests.back() : nullptr;
  if (source < state_->sources.size()) requests = &state_->requests[source];
  if (requests == nullptr) return;
  requests->by_code[index_of_code(code)]->Increment();
  requests->duration->Observe(seconds_of(duration));
}

void Metrics::rejected(SourceId source, Rejection reason) noexcept {
  if (const Source* known = at(state_->sources, source)) count(known->rejected, reason);
}

void Metrics::event(SourceId source, EventId event, EventOutcome outcome) noexcept {
  Source* known = at(state_->sources, source);
  if (known == nullptr) return;
  const std::size_t named = known->last_event.size();
  const std::size_t index = event == no_event ? named : event;
  if (index > named || (index == named && event != no_event)) return;
  count(known->events[index], outcome);
  if (index < named && (outcome == EventOutcome::published || outcome == EventOutcome::spooled)) {
    const std::chrono::duration<double> now = SystemClock().wall().time_since_epoch();
    known->last_event[index].store(now.count(), std::memory_order_relaxed);
  }
}

void Metrics::secret_matched(SourceId source, std::size_t position) noexcept {
  Source* known = at(state_->sources, source);
  if (known != nullptr && position < known->secrets.size()) known->secrets[position]->Increment();
}

void Metrics::delivered(TopicId topic, Duration duration) noexcept {
  if (const Topic* known = at(state_->topics, topic)) known->duration->Observe(seconds_of(duration));
}

void Metrics::publish_failed(TopicId topic, PublishFailure reason) noexcept {
  if (const Topic* known = at(state_->topics, topic)) count(known->failures, reason);
}

void Metrics::connection_rejected(ConnectionRejection reason) noexcept {
  count(state_->connection_rejections, reason);
}

std::string Metrics::text() {
  std::vector<MetricFamily> families = state_->registry.Collect();
  const auto append = [&families](std::vector<MetricFamily> more) {
    std::move(more.begin(), more.end(), std::back_inserter(families));
  };
  append(gauge_families(state_->gauges(), state_->labels));
  if (const auto usage = read_process_usage()) append(process_families(*usage));
  families.push_back(state_->last_events());
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
