#include "cli/send.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>

#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "cli/load.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/signing.h"
#include "cli/terminal.h"
#include "http/client.h"
#include "senders/sample.h"
#include "senders/source.h"

namespace hookferry::cli {
namespace {

/// As long as the senders wait for an answer.
constexpr Duration timeout = std::chrono::seconds(30);
/// So many answers are printed one by one.
constexpr std::size_t few = 20;
constexpr std::size_t usual_concurrency = 8;
constexpr std::size_t bar_width = 40;

/// What to send where.
struct Sending {
  std::string preset;
  std::string event;
  std::string secret;
  http::Url url;
  http::Trust trust;
  std::optional<std::string> body;  // --body: as given, every time
  bool same = false;
};

/// Ids that no other run has, and no two events of this one. Thread-safe.
class Identities {
 public:
  Identities() {
    std::random_device random;
    next_ = static_cast<std::uint64_t>(random()) << 32 | random();
  }
  senders::Identity next() {
    const std::uint64_t number = next_++;
    senders::Identity identity;
    for (int shift = 60; shift >= 0; shift -= 4) identity.id.push_back("0123456789abcdef"[number >> shift & 15]);
    append_rfc3339(identity.timestamp, SystemClock().wall());
    return identity;
  }

 private:
  std::atomic<std::uint64_t> next_;
};

std::string body_of(const Sending& sending, Identities& identities) {
  if (sending.body) return *sending.body;
  const std::string_view documented = senders::preset_sample(sending.preset, sending.event);
  if (sending.same && !documented.empty()) return std::string(documented);
  if (sending.same) return senders::sample_body(sending.preset, sending.event, {"sample", "2025-01-15T10:30:00.000Z"});
  return senders::sample_body(sending.preset, sending.event, identities.next());
}

Result<http::ClientAnswer> post(http::Client& client, const Sending& sending, const std::string& body) {
  return client.post(sending.url.path, body, {senders::signature_header(sending.preset, sending.secret, body)});
}

std::string hint(const std::string& answer) {
  if (answer.starts_with("401")) return " (is the secret the one that the instance has? see hookferry verify --help)";
  if (answer.starts_with("404")) return " (is it the source's path? see --url)";
  if (answer.starts_with("503")) return " (not durable in time: see /readyz on the admin port)";
  return {};
}

/// Tells what was not as it should be, and returns the exit code.
int verdict(const LoadResult& result, const Sending& sending) {
  const std::string_view options =
      sending.url.server.starts_with("https:")
          ? "--url and --ca; where http.tls.client_ca is set, send has no certificate to show"
          : "--url";
  for (const auto& [why, count] : result.failures) {
    complain(cat(count == 1 ? std::string("an event") : cat(count, " events"), " without an answer: ", why, "; is ",
                 sending.url.server, " the instance's webhook port? see ", options));
  }
  for (const auto& [answer, count] : result.answers) {
    if (answer.starts_with('2')) continue;
    complain(
        cat(count, " of ", result.answered(), count == 1 ? " answer was " : " answers were ", answer, hint(answer)));
  }
  if (!result.failures.empty()) return environment;
  return result.not_ok > 0 ? bad_input : done;
}

void print_answer(const Sending& sending, const http::ClientAnswer& answer, const Palette& palette) {
  std::string_view body = answer.body;
  body = body.substr(0, body.find_last_not_of(" \r\n") + 1);
  const std::string status = cat(answer.status);
  const bool good = answer.status >= 200 && answer.status <= 299;
  std::cout << padded(sending.preset, 8) << padded(sending.event.empty() ? "-" : sending.event, 22)
            << (good ? palette.good(status) : palette.bad(status)) << "  " << padded(human_duration(answer.elapsed), 7)
            << "  " << printable(body, 500) << std::endl;
}

int send_few(const Sending& sending, std::size_t count) {
  const Palette palette(STDOUT_FILENO);
  http::Client client(sending.url.server, timeout, sending.trust);
  Identities identities;
  LoadResult result;
  for (std::size_t i = 0; i < count; ++i) {
    const auto answer = post(client, sending, body_of(sending, identities));
    if (!answer) {
      ++result.failures[answer.error().message];
      break;
    }
    print_answer(sending, *answer, palette);
    ++result.answers[answer_class(*answer)];
    if (answer->status < 200 || answer->status > 299) ++result.not_ok;
    result.latencies.add(answer->elapsed);
  }
  return verdict(result, sending);
}

void print_summary(const LoadResult& result) {
  const Palette palette(STDOUT_FILENO);
  for (const auto& [answer, count] : result.answers) {
    const std::string name = padded(answer, 24);
    std::cout << "  " << (answer.starts_with('2') ? palette.good(name) : palette.bad(name)) << count << "\n";
  }
  if (const std::size_t failed = result.failed(); failed > 0) {
    std::cout << "  " << palette.bad(padded("no answer", 24)) << failed << "\n";
  }
  if (result.answered() == 0) return;
  std::cout << result.answered() << " events in " << human_duration(result.elapsed) << " · "
            << per_second(result.answered(), result.elapsed) << " events/s · " << result.latencies.summary()
            << std::endl;
}

/// On a terminal only; gone when it is done.
class ProgressBar {
 public:
  explicit ProgressBar(std::size_t total) : total_(total), shown_(is_terminal(STDERR_FILENO)) {}
  ~ProgressBar() {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  }
  void show(std::size_t done, Duration elapsed) const {
    if (shown_) std::cerr << "\r\x1b[K" << progress_line(done, total_, elapsed, bar_width) << std::flush;
  }

 private:
  std::size_t total_;
  bool shown_;
};

int send_many(const Sending& sending, const LoadPlan& plan) {
  Signals signals;
  Identities identities;
  const auto factory = [&]() -> Send {
    const auto client = std::make_shared<http::Client>(sending.url.server, timeout, sending.trust);
    return [&, client] { return post(*client, sending, body_of(sending, identities)); };
  };
  bool interrupted = false;
  LoadResult result;
  {
    const ProgressBar bar(plan.count);
    result = run_load(plan, factory, [&](std::size_t done_so_far, Duration elapsed) {
      bar.show(done_so_far, elapsed);
      if (!signals.wait(Duration())) return !interrupted;
      if (interrupted) std::_Exit(environment);  // the second signal: without waiting for answers
      interrupted = true;
      return false;
    });
  }
  print_summary(result);
  const int exit_code = verdict(result, sending);
  if (interrupted) complain(cat("interrupted after ", result.answered(), " of ", plan.count, " events"));
  return interrupted && exit_code == done ? bad_input : exit_code;
}

std::optional<std::string> read_file(std::string_view option, const std::string& file, int& exit_code) {
  auto content = config::SystemEnvironment().read_file(file);
  if (content) return std::move(*content);
  complain(cat(option, ": ", content.error().message));
  exit_code = bad_input;
  return std::nullopt;
}

std::optional<std::string> read_body(const std::string& file, int& exit_code) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  return read_file("--body", file, exit_code);
}

std::optional<http::Url> url_of(const SendOptions& options, const Signing& signing, int& exit_code) {
  if (options.url.empty()) {
    if (!signing.server.empty()) return http::Url{signing.server, signing.source.path};
    complain("the instance's webhook port is not open yet, or not known: see /readyz on its admin port, or pass --url");
    exit_code = environment;
    return std::nullopt;
  }
  auto url = http::parse_url(options.url);
  if (!url) {
    complain(cat("--url: ", url.error().message));
    exit_code = bad_input;
    return std::nullopt;
  }
  if (url->path.empty()) url->path = signing.source.path;
  return *url;
}

std::optional<Sending> prepare(const CommonOptions& common, const SendOptions& options, int& exit_code) {
  const auto signing = find_signing(common, {options.source, options.secret_env, options.url.empty()}, exit_code);
  if (!signing) return std::nullopt;
  const auto url = url_of(options, *signing, exit_code);
  if (!url) return std::nullopt;
  Sending sending;
  sending.preset = signing->source.preset;
  sending.secret = signing->source.secrets.front().value;
  sending.url = *url;
  sending.trust = {.anyone = options.url.empty(), .issuers = options.ca_file};
  if (!options.ca_file.empty() && !read_file("--ca", options.ca_file, exit_code)) return std::nullopt;
  sending.same = options.same;
  if (!options.body_file.empty()) {
    sending.body = read_body(options.body_file, exit_code);
    if (!sending.body) return std::nullopt;
  } else {
    sending.event = options.event.empty() ? std::string(senders::preset_example(sending.preset)) : options.event;
  }
  return sending;
}

}  // namespace

int send(const CommonOptions& common, const SendOptions& options) {
  int exit_code = done;
  const auto sending = prepare(common, options, exit_code);
  if (!sending) return exit_code;
  std::signal(SIGPIPE, SIG_IGN);  // a connection that the server closed is an answer that is missing, not the end
  const bool paced = options.rate > 0 || options.concurrency > 0;
  if (options.count <= few && !paced) return send_few(*sending, options.count);
  return send_many(*sending, {.count = options.count,
                              .concurrency = options.concurrency > 0 ? options.concurrency : usual_concurrency,
                              .rate = options.rate});
}

}  // namespace hookferry::cli
