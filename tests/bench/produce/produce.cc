// The benchmark's floor: librdkafka alone sends the records that hookferry would, and HMAC-SHA256 alone goes over the
// bodies of their events.
//
//   produce --brokers ADDRESS --topic NAME --partitions N --record FILE --linger-ms N --warmup SECONDS --seconds
//   SECONDS
//           --body-bytes N (--in-flight N | --rate N)
//
// A closed loop: each delivery report lets the next record go, as each acknowledgement lets a connection's next event
// come. With --rate an open loop: records are due at times of a Poisson process, and a latency counts from then. The
// topic is created. The record is that of FILE (see record_template.h), each with a key of its own.
//
// Prints "measuring" when the warm-up is over, "measured" when the measured time is, and a line of JSON. Exit 1 when a
// record was not delivered.
#include <algorithm>
#include <ctime>

#include "tests/bench/common/arguments.h"
#include "tests/bench/common/hmac.h"
#include "tests/bench/common/measurement.h"
#include "tests/bench/produce/bare_producer.h"

namespace {

double thread_cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// CPU of one HMAC-SHA256 over a body of that size.
double hmac_us(std::size_t body_bytes) {
  hookferry::bench::Hmac hmac("a secret of the usual size, 32 B");
  const std::string body(body_bytes, 'x');
  const std::size_t rounds = std::max<std::size_t>(100'000'000 / (body_bytes + 1000), 100);
  const double begin = thread_cpu_us();
  for (std::size_t i = 0; i < rounds; ++i) (void)hmac.of(body);
  return (thread_cpu_us() - begin) / static_cast<double>(rounds);
}

}  // namespace

int main(int argc, char** argv) {
  hookferry::bench::Arguments arguments(argc, argv);
  hookferry::bench::ProduceOptions options;
  options.brokers = arguments.text("--brokers");
  options.topic = arguments.text("--topic");
  options.partitions = static_cast<int>(arguments.count("--partitions", 6));
  options.linger_ms = arguments.number("--linger-ms", 0);
  options.in_flight = arguments.count("--in-flight", options.in_flight);
  options.rate = arguments.number("--rate", options.rate);
  options.warmup = arguments.number("--warmup", options.warmup);
  options.seconds = arguments.number("--seconds", options.seconds);
  const std::size_t body_bytes = arguments.count("--body-bytes", 256);
  hookferry::bench::RecordTemplate record(arguments.text("--record"));
  arguments.check_all_taken();

  hookferry::bench::BareProducer producer(options, std::move(record));
  hookferry::bench::Measurement measurement;
  const bool delivered = producer.run(measurement);
  measurement.print({{"hmac_us", hmac_us(body_bytes)}});
  return delivered ? 0 : 1;
}
