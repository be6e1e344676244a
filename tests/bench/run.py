#!/usr/bin/env python3
"""hookferry beside the floor: nginx answering 200, and librdkafka alone sending the same records, in one run.

No test: it prints figures and judges nothing. In each case every server gets the same load, one after the other, in
several rounds; a table has the medians, which are also in build/bench/table.txt, and build/bench/chart.svg shows them.
The load generator, the server and Kafka share the machine's cores: nothing else should run on it.

"x floor" is hookferry's CPU for one durable acknowledgement as a multiple of nginx's for its 200, plus that of
librdkafka alone for the record with as many in flight (at linger 0 or 0.5 ms, whichever is cheaper), plus that of one
HMAC-SHA256 over the body. "p99-bare" is how much later its acknowledgement comes (p99) than the delivery report of
librdkafka alone with the same linger. The embedded broker is part of its server.

The series:
"""

import argparse
import contextlib
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from chart import chart  # noqa: E402
from harness import BUILD, ROOT  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from programs import build, raise_file_limit  # noqa: E402
from report import Results, table  # noqa: E402
from series import SERIES, SERVERS, Bare, Bridge, Case, Server, plan  # noqa: E402
from servers import Bench  # noqa: E402

OUTPUT = BUILD / "bench"


def parse() -> argparse.Namespace:
    about = "".join(f"  {name:12} {series.about}\n" for name, series in SERIES.items())
    parser = argparse.ArgumentParser(description=__doc__ + about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", nargs="+", choices=SERIES,
                        help="default: all; with --connections or --servers: connections")
    parser.add_argument("--connections", type=int, nargs="+", help="default: those of each series")
    parser.add_argument("--servers", nargs="+", choices=SERVERS, help="default: those of each series")
    parser.add_argument("--rates", type=int, nargs="+", help="events a second, of the open loop; default 1000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="measured, after the warm-up; default 5")
    parser.add_argument("--warmup", type=float, default=2, help="seconds; default 2")
    parser.add_argument("--against", metavar="PROGRAM", help="another build of hookferry, measured beside this one")
    options = parser.parse_args()
    if options.series is None:
        options.series = ["connections"] if options.connections or options.servers else list(SERIES)
    return options


def run(bench: Bench, cases: list[tuple[Case, list[Server]]], rounds: int, results: Results) -> None:
    total, done, begin = rounds * sum(len(servers) for _, servers in cases), 0, time.monotonic()
    for number in range(rounds):
        for case, servers in cases:
            for server in servers:
                figures = bench.measure(server, case)
                bench.forget_topics()
                results[case][server].append(figures)
                done += 1
                left = (time.monotonic() - begin) / done * (total - done)
                print(f"round {number + 1} of {rounds}, {case.series}: {case}: {server.title}: "
                      f"{figures.per_second:.0f}/s, {figures.server_us:.1f} µs, p99 {figures.p99_ms:.2f} ms"
                      f"   ({done} of {total}, {left / 60:.0f} min left)", flush=True)


def report(results: Results, options: argparse.Namespace) -> None:
    title = f"medians of {options.rounds} rounds of {options.seconds:g} s; µs are CPU per event; load includes signing"
    text = f"{title}\n\n{table(results)}\n"
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "table.txt").write_text(text)
    (OUTPUT / "chart.svg").write_text(chart(results, f"hookferry beside its floor: {title}"))
    print(f"\n{text}\nthe chart: {(OUTPUT / 'chart.svg').relative_to(ROOT)}")


def main() -> None:
    options = parse()
    cases = plan(options.series, options.connections, options.servers, options.rates, options.against)
    servers = [server for _, servers in cases for server in servers]
    real = any(isinstance(server, Bare) or isinstance(server, Bridge) and server.real_kafka for server in servers)
    build("bench_load", "bench_produce", hookferry=any(isinstance(server, (Bare, Bridge)) for server in servers))
    raise_file_limit()
    results: Results = {case: {server: [] for server in servers} for case, servers in cases}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hookferry-bench-")))
        kafka = None
        if real:
            kafka = Kafka(folder / "kafka")
            stack.callback(kafka.stop)
            kafka.start()
        stack.callback(report, results, options)  # also of a run that is broken off
        bench = Bench(folder, kafka, options.warmup, options.seconds)
        bench.warm_kafka()
        run(bench, cases, options.rounds, results)


if __name__ == "__main__":
    main()
