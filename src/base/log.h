// The log: formatted by the caller, written by a thread of its own, so that a full pipe or a slow disk stops nobody.
// No line has a line break, a control character or bytes that are not UTF-8 out of what it was given. Times are UTC.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/network.h"
#include "hookferry/clock.h"

namespace hookferry {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { text, json };

struct LogOptions {
  LogLevel level = LogLevel::info;  // of messages; a request is info when accepted or a duplicate, else warn
  LogFormat format = LogFormat::text;
  bool all_requests = true;        // log.events: false logs only what was not accepted or a duplicate
  int descriptor = 2;              // not owned
  std::size_t capacity = 4 << 20;  // bytes waiting to be written; what does not fit is dropped and counted
  bool colour = false;             // of text; only ever true for a terminal
  const Clock* clock = nullptr;    // null: the machine's; else must outlive the log
};

/// One request that got as far as a source. Texts are escaped by the log: they may come from outside.
struct RequestLine {
  std::string_view source;
  std::string_view event;    // empty: none
  std::string_view outcome;  // accepted, duplicate, quarantined, rejected, unavailable
  std::string_view reason;   // of a rejection, a quarantine or an unavailability
  std::string_view id;       // 32 hexadecimal digits; text shows the first 8
  Duration elapsed{};
  std::string_view topic;  // with partition and offset, when delivered; "spool" when spooled
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  std::optional<Duration> first_seen;  // of a duplicate
  std::size_t body_size = 0;           // shown for a rejection
  std::string_view address;            // shown for a rejection; already truncated where the configuration says so
  int secret = 0;                      // position in the source's list, from 1; 0: none; text shows it from 2 on
};

/// Thread-safe. Writing never blocks: what does not fit is dropped, counted, and once there is room a line says how
/// many. The same holds for what the descriptor does not take: a closed one stops nobody. A line is out within 20 ms.
///
/// Text, the time of day in UTC first, then columns, then what the outcome calls for:
///   12:00:01.234 glossi  job.complete     accepted   2.1 ms  86e3744c  → glossi.job.complete[3]@0
///   12:00:03.007 glossi  -                rejected   signature_mismatch  231 bytes  203.0.113.0/24
///   12:00:04.100 warn   kafka: no broker answers
/// JSON: one object a line; time (RFC 3339), level, then message, or source event outcome reason id elapsed_ms topic
/// partition offset first_seen_s bytes address secret, where there is such a thing.
class Log {
 public:
  explicit Log(LogOptions options);
  /// Writes what is left for at most a second, then gives up.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message) { write(LogLevel::debug, message); }
  void info(std::string_view message) { write(LogLevel::info, message); }
  void warn(std::string_view message) { write(LogLevel::warn, message); }
  void error(std::string_view message) { write(LogLevel::error, message); }
  void write(LogLevel level, std::string_view message);
  /// Of rejections 50 at once and then 10 a second are shown: a flood of them fills no disk. A line says how many were
  /// not, before the next line of any kind, at most once a second.
  void request(const RequestLine& line);
  /// A line for people with no time or level before it (the opening lines of `serve`); in JSON a message of level info.
  /// Like one it is not shown at level warn and above.
  void plain(std::string_view line);

  void set_level(LogLevel level);
  /// As LogOptions::all_requests.
  void set_all_requests(bool all) noexcept;
  /// Lines dropped since the start. Rejections beyond the limit are not among them.
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  /// Waits until what was written before is out, for at most `limit`; whether it is.
  bool flush(Duration limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The network that an address is in, /24 or /48: enough to find a misbehaving sender, too little to find a person.
[[nodiscard]] std::string truncate_address(const IpAddress& address);

}  // namespace hookferry
