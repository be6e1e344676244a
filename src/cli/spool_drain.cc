#include "app/spool_drain.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "cli/instance.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/spool.h"
#include "cli/terminal.h"

namespace hookferry::cli {
namespace {

constexpr Duration glance = std::chrono::milliseconds(10);
constexpr Duration last_commits = std::chrono::seconds(10);

/// How far it is: one line that changes on a terminal, else a line now and then.
class Progress {
 public:
  Progress(std::uint64_t total, const Clock& clock)
      : total_(total), clock_(clock), next_(clock.monotonic() + pause()) {}
  ~Progress() {
    if (shown_ && terminal_) std::cerr << '\n';
  }
  void show(std::uint64_t left, const std::string& problem) {
    if (clock_.monotonic() < next_) return;
    next_ = clock_.monotonic() + pause();
    const std::uint64_t gone = total_ - std::min(total_, left);
    std::string line = cat("hookferry: ", gone, " of ", total_, " events are in Kafka");
    if (gone == last_ && !problem.empty()) line.append(": ").append(printable(problem, 160));
    last_ = gone;
    shown_ = true;
    std::cerr << (terminal_ ? "\r\x1b[K" : "") << line << (terminal_ ? "" : "\n") << std::flush;
  }

 private:
  [[nodiscard]] Duration pause() const { return std::chrono::milliseconds(terminal_ ? 200 : 5000); }
  const bool terminal_ = is_terminal(STDERR_FILENO);
  const std::uint64_t total_;
  const Clock& clock_;
  MonotonicTime next_;
  std::uint64_t last_ = 0;
  bool shown_ = false;
};

/// Until the spool is empty, nothing has moved for too long, or a signal comes.
void wait_until_empty(app::SpoolDrain& drain, Duration patience, Signals& signals, const Clock& clock) {
  std::uint64_t left = drain.stats().events;
  Progress progress(left, clock);
  MonotonicTime moved = clock.monotonic();
  while (left > 0 && clock.monotonic() < moved + patience && !signals.wait(glance)) {
    drain.tick();
    const std::uint64_t now = drain.stats().events;
    if (now != left) moved = clock.monotonic();
    left = now;
    progress.show(left, drain.problem());
  }
}

int report(std::uint64_t before, const spool::Stats& after, const std::string& problem, const std::string& folder) {
  const std::uint64_t brought = before - std::min(before, after.events);
  std::cout << "drained: " << brought << " of " << before << " events are in Kafka";
  if (after.parked > 0) std::cout << "; " << after.parked << " are parked (hookferry spool list " << folder << ")";
  std::cout << std::endl;
  if (after.events == 0) return done;
  complain(cat(after.events, " events are left in ", folder, problem.empty() ? "" : ": ", printable(problem, 200),
               "; run it again"));
  return environment;
}

}  // namespace

int spool_drain(const CommonOptions& common, const SpoolOptions& options) {
  const auto patience = parse_duration(options.patience);
  if (!patience) {
    complain(cat("--patience: ", patience.error().message));
    return usage;
  }
  int exit_code = done;
  auto config = load_for_kafka(common, exit_code);
  if (!config) return exit_code;
  if (!options.path.empty()) config->spool.path = options.path;
  if (!config->spool.used()) {
    complain("which spool? Give its folder, or a configuration with spool.path (--config FILE)");
    return usage;
  }
  if (::access(config->spool.path.c_str(), F_OK) != 0) {
    complain(cat(printable(config->spool.path, 200), ": there is no such folder"));
    return bad_input;
  }
  Signals signals;
  const SystemClock clock;
  LogOptions log_options;
  log_options.level = LogLevel::warn;
  Log log(log_options);
  auto drain = app::SpoolDrain::start(*config, options.parked, log, clock);
  if (!drain) {
    complain(drain.error().message);
    return environment;
  }
  const std::uint64_t before = (*drain)->stats().events;
  wait_until_empty(**drain, *patience, signals, clock);
  const std::string problem = (*drain)->problem();
  const bool synchronised = (*drain)->stop(last_commits);
  if (!synchronised) complain("the disk is slow: some events may go to Kafka once more, with the same id");
  return report(before, (*drain)->stats(), problem, config->spool.path);
}

}  // namespace hookferry::cli
