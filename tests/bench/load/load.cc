// The benchmark's load generator: one thread, N connections to 127.0.0.1, signed events that were never sent before;
// each answer is checked.
//
//   load --port N --path /webhooks/glossi --secret S --expect TEXT --connections N --body-bytes N --warmup SECONDS
//        --seconds SECONDS [--rate N] [--fresh 1] [--tls 1]
//
// A closed loop: each connection posts the next event when it has the answer to the one before. With --rate an open
// loop: events are due at times of a Poisson process, and a latency counts from then, also where all connections were
// busy (no coordinated omission). With --fresh each event has a connection of its own, closed after its answer, and
// the latency has the connecting and the handshake in it. With --tls certificates are not verified, and sessions not
// resumed.
//
// Prints "measuring" when the warm-up is over, "measured" when the measured time is, and a line of JSON. Exit 1 when an
// answer was not 200 with TEXT in its body.
#include <sys/resource.h>

#include <csignal>

#include "tests/bench/common/arguments.h"
#include "tests/bench/load/client.h"

int main(int argc, char** argv) {
  hookferry::bench::Arguments arguments(argc, argv);
  hookferry::bench::LoadOptions options;
  options.port = static_cast<std::uint16_t>(arguments.count("--port", 0));
  options.path = arguments.text("--path");
  options.secret = arguments.text("--secret");
  options.expect = arguments.text("--expect");
  options.connections = arguments.count("--connections", options.connections);
  options.body_bytes = arguments.count("--body-bytes", options.body_bytes);
  options.rate = arguments.number("--rate", options.rate);
  options.fresh = arguments.count("--fresh", 0) != 0;
  options.tls = arguments.count("--tls", 0) != 0;
  options.warmup = arguments.number("--warmup", options.warmup);
  options.seconds = arguments.number("--seconds", options.seconds);
  arguments.check_all_taken();

  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that the server closed
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < options.connections + 16) {
    hookferry::bench::fail("this many connections need a higher limit of open files: ulimit -Hn");
  }
  return hookferry::bench::Client(options).run();
}
