// Posts events one after another over several connections and counts what comes of them: the engine of `send`.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "cli/latency.h"
#include "hookferry/clock.h"
#include "http/client.h"

namespace hookferry::cli {

struct LoadPlan {
  std::size_t count = 1;
  std::size_t concurrency = 1;  // connections
  /// Events a second, open loop: each is due at its time whatever became of those before, and its latency counts from
  /// then. 0: each connection sends as soon as it has the answer before.
  double rate = 0;
};

/// What became of a run.
struct LoadResult {
  std::map<std::string, std::size_t> answers;   // "200 accepted" → how many
  std::map<std::string, std::size_t> failures;  // why there was no answer → how many
  std::size_t not_ok = 0;                       // answers other than 2xx
  Latencies latencies;                          // of the answers
  Duration elapsed{};
  [[nodiscard]] std::size_t answered() const noexcept { return latencies.count(); }
  [[nodiscard]] std::size_t failed() const;
};

/// An answer in a few words: its status and the word of its body, "200 accepted", "503 unavailable", "404".
[[nodiscard]] std::string answer_class(const http::ClientAnswer& answer);

/// One connection's sending: the answer, or why there is none. Made once for each connection, used by its thread alone.
using Send = std::function<Result<http::ClientAnswer>()>;
using SendFactory = std::function<Send()>;

/// Runs the plan on threads of its own. `watch` is called on the caller's thread about ten times a second with how many
/// are done, and may end the run by returning false: what is under way is waited for. A run that gets no answer to its
/// first request ends at once; later failures are counted, and it goes on.
[[nodiscard]] LoadResult run_load(const LoadPlan& plan, const SendFactory& factory,
                                  const std::function<bool(std::size_t done, Duration elapsed)>& watch);

}  // namespace hookferry::cli
