// hookferry demo: the bridge on the embedded broker, shown by sending it everything its senders document.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <set>
#include <utility>

#include "app/bridge.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "http/client.h"
#include "kafka/consumer.h"
#include "senders/sample.h"
#include "senders/source.h"

namespace hookferry::cli {
namespace {

constexpr std::string_view demo_secret = "hookferry-demo-secret";
constexpr Duration patience = std::chrono::seconds(20);

config::Config demo_config(bool free_ports) {
  config::Config config;
  config.kafka.embedded = true;
  config.http.listen = free_ports ? "127.0.0.1:0" : "127.0.0.1:8080";
  config.admin.listen = free_ports ? "127.0.0.1:0" : "127.0.0.1:8081";
  config.shutdown.drain = Duration();
  for (const std::string_view preset : senders::preset_names()) {
    config::Source source;
    source.name = preset;
    source.preset = preset;
    source.path = cat("/webhooks/", preset);
    source.secrets.push_back({"demo", std::string(demo_secret)});
    config.sources.push_back(std::move(source));
  }
  return config;
}

/// On the usual ports, or on free ones where those are taken.
Result<std::unique_ptr<app::Bridge>> start(Log& log, const Clock& clock) {
  for (const bool free_ports : {false, true}) {
    auto bridge = app::Bridge::start(demo_config(free_ports), log, clock);
    if (bridge && (*bridge)->wait_until_open(patience)) return bridge;
    if (free_ports && bridge) return (*bridge)->failure().value_or(error("the embedded broker did not come up"));
    if (free_ports) return bridge.error();
  }
  return error("unreachable");
}

struct Totals {
  int accepted = 0;
  int duplicate = 0;
  int quarantined = 0;
  int refused = 0;
  std::set<std::string> ids;  // of what was accepted
};

/// Sends like the senders do, and prints what it is told.
class Show {
 public:
  explicit Show(const app::Bridge& bridge) : client_(cat("http://127.0.0.1:", bridge.port())) {}

  Result<void> send(std::string_view preset, std::string_view what, std::string_view body, std::string_view secret) {
    const auto answer =
        client_.post(cat("/webhooks/", preset), body, {senders::signature_header(preset, secret, body)});
    if (!answer) return answer.error();
    std::cout << "  " << padded(preset, 8) << padded(what, 34) << answer->status << "  " << padded(answer->body, 76)
              << human_duration(answer->elapsed) << std::endl;
    count(*answer);
    return {};
  }

  [[nodiscard]] const Totals& totals() const noexcept { return totals_; }

 private:
  void count(const http::ClientAnswer& answer) {
    const auto says = [&](std::string_view word) {
      return answer.body.find(cat("\"", word, "\"")) != std::string::npos;
    };
    if (answer.status == 401) ++totals_.refused;
    if (answer.status != 200) return;
    if (says("duplicate")) ++totals_.duplicate;
    if (says("quarantined")) ++totals_.quarantined;
    if (!says("accepted")) return;
    ++totals_.accepted;
    constexpr std::string_view key = "\"id\":\"";
    if (const std::size_t at = answer.body.find(key); at != std::string::npos) {
      totals_.ids.insert(answer.body.substr(at + key.size(), 32));
    }
  }

  http::Client client_;
  Totals totals_;
};

Result<void> send_everything(Show& show) {
  for (const std::string_view preset : senders::preset_names()) {
    for (const std::string_view event : senders::preset_events(preset)) {
      if (auto sent = show.send(preset, event, senders::preset_sample(preset, event), demo_secret); !sent) return sent;
    }
  }
  const std::string_view job = senders::preset_sample("glossi", "job.complete");
  if (auto sent = show.send("glossi", "job.complete, again", job, demo_secret); !sent) return sent;
  constexpr std::string_view unknown = R"({"event":"scene.exploded","timestamp":"2025-01-15T10:30:00.000Z","data":{}})";
  if (auto sent = show.send("glossi", "scene.exploded (not known)", unknown, demo_secret); !sent) return sent;
  return show.send("glossi", "job.complete, forged", job, "not the secret");
}

void print_record(const kafka::ConsumedRecord& record) {
  std::cout << "\nOne record, as a consumer sees it: " << record.topic << "[" << record.partition << "]@"
            << record.offset << "\n  key      " << record.key << "\n";
  for (const auto& [name, value] : record.headers) std::cout << "  header   " << name << ": " << value << "\n";
  std::cout << "  value    " << record.value << "\n";
}

/// Reads everything back; how many of those accepted or quarantined are not there.
Result<int> count_lost(const app::Bridge& bridge, const Totals& totals) {
  auto consumer =
      kafka::Consumer::open(bridge.kafka_options(), bridge.plan().topics, kafka::Consumer::From::beginning, patience);
  if (!consumer) return consumer.error();
  std::set<std::string> missing = totals.ids;
  int quarantined = 0;
  bool shown = false;
  const int expected = totals.accepted + totals.quarantined;
  for (int found = 0; found < expected; ++found) {
    const auto record = (*consumer)->next(std::chrono::seconds(5));
    if (!record) break;
    const auto id = std::ranges::find(record->headers, "ce_id", &std::pair<std::string, std::string>::first);
    if (id == record->headers.end()) {
      ++quarantined;
      continue;
    }
    missing.erase(id->second);
    if (!shown && record->topic == "glossi.job.complete") {
      print_record(*record);
      shown = true;
    }
  }
  return static_cast<int>(missing.size()) + totals.quarantined - quarantined;
}

void print_next_steps(const app::Bridge& bridge) {
  const std::string webhook = cat("http://127.0.0.1:", bridge.port(), "/webhooks/glossi");
  const std::string admin = bridge.config().admin.listen == config::Admin().listen
                                ? std::string()
                                : cat(" --admin 127.0.0.1:", bridge.admin_port());
  std::cout << "\nServing until Ctrl-C. To try next, in a second and a third terminal:\n"
            << "  hookferry tail" << admin << "\n"
            << "  GLOSSI_WEBHOOK_SECRET=" << demo_secret << " hookferry send --source glossi" << admin << "\n"
            << "or without this program:\n"
            << "  kcat -C -b " << bridge.kafka_options().bootstrap_servers << " -t glossi.job.complete -f '%s\\n'\n"
            << "  "
               "body='{\"event\":\"job.complete\",\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"data\":{\"jobId\":\"my-"
               "job\"}}'\n"
            << "  curl -i " << webhook << " -d \"$body\" \\\n"
            << "    -H \"X-Glossi-Signature: $(printf %s \"$body\" | openssl dgst -sha256 -hmac " << demo_secret
            << " -r | cut -d' ' -f1)\"\n"
            << "  curl -s http://127.0.0.1:" << bridge.admin_port() << "/metrics | grep hookferry_events_total\n"
            << std::endl;
}

Result<bool> show_everything(const app::Bridge& bridge) {
  std::cout << "hookferry demo: the bridge on a broker in this process, everything its senders document\n\n"
            << "  sender  sent                              answer" << std::endl;
  Show show(bridge);
  if (auto sent = send_everything(show); !sent) return sent.error();
  const auto lost = count_lost(bridge, show.totals());
  if (!lost) return lost.error();
  const Totals& totals = show.totals();
  std::cout << "\n  " << totals.accepted << " accepted · " << totals.duplicate << " duplicate · " << totals.quarantined
            << " quarantined · " << totals.refused << " forged refused · " << *lost << " lost" << std::endl;
  return *lost == 0;
}

}  // namespace

int demo(bool once) {
  Signals signals;
  const SystemClock clock;
  LogOptions log_options;
  log_options.level = LogLevel::error;  // the table says it until then
  log_options.colour = ::isatty(STDERR_FILENO) == 1;
  Log log(log_options);
  auto bridge = start(log, clock);
  if (!bridge) {
    complain(bridge.error().message);
    return environment;
  }
  const auto kept = show_everything(**bridge);
  if (!kept) {
    complain(kept.error().message);
    return environment;
  }
  if (!once) {
    print_next_steps(**bridge);
    log.set_level(LogLevel::info);
    while (!signals.wait(std::chrono::hours(1))) {
    }
  }
  const app::Left left = (*bridge)->stop(Duration(), [] { return false; });
  return *kept && left.unreported == 0 ? done : environment;
}

}  // namespace hookferry::cli
