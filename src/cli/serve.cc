// hookferry serve: the bridge, until it is told to stop.
#include <unistd.h>

#include <cstdlib>

#include "app/bridge.h"
#include "app/open_files.h"
#include "app/opening.h"
#include "app/reloader.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/run.h"
#include "cli/signals.h"

namespace hookferry::cli {
namespace {

constexpr Duration glance = std::chrono::milliseconds(100);

LogOptions log_options(const config::LogSection& section) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  LogOptions options;
  options.level = section.level;
  options.format = section.format.value_or(terminal ? LogFormat::text : LogFormat::json);
  options.all_requests = section.all_requests;
  options.colour = terminal && options.format == LogFormat::text && std::getenv("NO_COLOR") == nullptr;
  return options;
}

/// Waits for the first signal to stop; false when the bridge could not open its port.
bool run_until_signal(app::Bridge& bridge, app::Reloader& reloader, Signals& signals, Log& log, const Clock& clock) {
  const MonotonicTime started = clock.monotonic();
  bool announced = false;
  while (!signals.wait(glance)) {
    if (const auto failure = bridge.failure()) {
      log.error(failure->message);
      return false;
    }
    if (!announced && bridge.port() != 0) {
      announced = true;
      log.plain(app::ready_line(bridge, clock.monotonic() - started));
      if (const std::string line = app::try_line(bridge); !line.empty()) log.plain(line);
    }
    if (signals.reload_asked()) reloader.ask();
  }
  return true;
}

int report_end(const app::Left& left, bool hurried, const config::Config& config, Log& log) {
  if (left.spooled > 0) {
    log.warn(cat(left.spooled, " events are in the spool, ", config.spool.path,
                 ": they go to Kafka after the next start, or by hookferry spool drain"));
  }
  if (left.unreported > 0) {
    log.error(cat("stopped with ", left.unreported, " events that ",
                  config.spool.used() ? "are not durable" : "Kafka has not acknowledged",
                  ": their senders were not told 200 and will send them again"));
    return environment;
  }
  if (!left.synchronised)
    log.warn("stopped before the spool was done: some events may go to Kafka twice, with the same id");
  if (hurried) {
    log.warn("stopped at once, by a second signal");
    return environment;
  }
  log.info(cat("stopped: everything that was acknowledged is in Kafka", left.spooled > 0 ? " or in the spool" : ""));
  return done;
}

}  // namespace

int serve(const CommonOptions& options) {
  int exit_code = done;
  const auto origin = config_origin(options, exit_code);
  if (!origin) return exit_code;
  const config::SystemEnvironment system;
  const app::NotedEnvironment noted(system, app::NotedEnvironment::Reading::first);
  const auto config = load_config(*origin, noted, exit_code);
  if (!config) return exit_code;
  Signals signals;
  const SystemClock clock;
  Log log(log_options(config->log));
  app::raise_open_files();
  auto bridge = app::Bridge::start(*config, log, clock);
  if (!bridge) {
    log.flush(std::chrono::seconds(1));
    complain(bridge.error().message);
    return environment;
  }
  for (const std::string& line : app::opening_lines(**bridge)) log.plain(line);
  app::Reloader reloader({[&](const config::Environment& files) { return origin->load(files); },
                          [&](const config::Loaded& loaded) { (*bridge)->reload(loaded); }},
                         system, noted.contents());
  if (!run_until_signal(**bridge, reloader, signals, log, clock)) return environment;

  log.info("stopping: unready, serving on while others take over");
  bool hurried = false;
  const app::Left left = (*bridge)->stop(config->shutdown.drain, [&] {
    hurried = hurried || signals.wait(Duration());
    return hurried;
  });
  return report_end(left, hurried, *config, log);
}

}  // namespace hookferry::cli
