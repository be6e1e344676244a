#!/usr/bin/env python3
"""hookferry beside nginx answering 200: acknowledgements per second, latency, CPU and memory, in one run.

No test: it prints figures and judges nothing. Every server gets the same signed events from the same load generator
(load.cc), one server after the other at each number of connections, several rounds, and the table has the medians.
The load generator, the server and Kafka share the machine's cores.
"""

import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from harness import BUILD, ROOT, free_port, wait_for  # noqa: E402
from harness.bridge import Bridge  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from harness.process import Process  # noqa: E402
from harness.webhooks import SECRETS, request  # noqa: E402

LOAD = BUILD / "bench" / "load"
PATH = "/webhooks/glossi"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

NGINX = """
daemon off;
worker_processes auto;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return 200 '{{"status":"accepted","id":"00000000000000000000000000000000"}}'; }}
  }}
}}
"""


@dataclasses.dataclass
class Figures:
    """Of one round, or the medians of several."""

    per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    server_us: float  # CPU of all the server's processes per event
    kafka_us: float | None
    load_us: float
    rss_mib: float
    entries: float | None  # in the dedupe cache at the end


@contextlib.contextmanager
def nginx(folder: pathlib.Path):
    program = next(path for path in ("/usr/sbin/nginx", BUILD / "nginx/usr/sbin/nginx") if os.access(path, os.X_OK))
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port))
    process = Process([program, "-e", "stderr", "-p", folder, "-c", configuration], folder / "nginx.log")

    def answers():
        if not process.running():
            raise RuntimeError(f"nginx ended at its start:\n{process.log()}")
        with contextlib.suppress(OSError):
            return request(port, "POST", PATH, b"{}").status == 200

    try:
        wait_for(answers, 10, "the start of nginx")
        yield process.pid, port, lambda: None
    finally:
        process.stop()


@contextlib.contextmanager
def hookferry(folder: pathlib.Path, kafka_address: str | None, server: "Server"):
    """With its defaults, on a real broker or, without an address, on the embedded one.

    librdkafka sends one request for each partition, so their number decides how many events share a request: few
    connections spread over many partitions cost the bridge, and Kafka even more, a request for each event or two.
    Each has topics of its own: it reads back what is in them when it starts.
    """
    bridge = Bridge(folder, f"bench-{folder.name}", kafka_address or "127.0.0.1:9", sources=("glossi",),
                    config={"kafka": {"create_topics": {"partitions": server.partitions}},
                            "dedupe": {} if server.tail else {"warmup": "0s"},
                            **({"spool": {"path": str(folder / "spool")}} if server.spool else {})},
                    arguments=() if kafka_address else ("--kafka", "embedded"))
    bridge.start()
    try:
        yield bridge.pid, bridge.port, lambda: bridge.metric("hookferry_dedupe_entries")
    finally:
        bridge.stop()


def processes_of(pid: int) -> list[int]:
    """The process and its children."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid: int) -> float:
    def ticks(process: int) -> int:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])  # utime, stime

    return sum(map(ticks, processes_of(pid))) / TICKS_PER_SECOND


def rss_mib(pid: int) -> float:
    pages = (int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1]) for process in processes_of(pid))
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(server, kafka_pid: int | None, connections: int, options) -> Figures:
    pid, port, entries = server
    load = subprocess.Popen(
        [LOAD, "--port", str(port), "--path", PATH, "--secret", SECRETS["glossi"], "--expect", '"status":"accepted"',
         "--connections", str(connections), "--warmup", str(options.warmup), "--seconds", str(options.seconds)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def cpu() -> list[float]:
        return [cpu_seconds(process) for process in (pid, kafka_pid) if process]

    with load:
        if load.stdout.readline() != "measuring\n":
            raise RuntimeError(f"the load generator ended with {load.wait()}")
        before = cpu()
        result = json.loads(load.stdout.readline())
        used = [(after - start) * 1e6 / result["requests"] for after, start in zip(cpu(), before)]
        memory = rss_mib(pid)
    if result["errors"] or load.returncode:
        print(f"  ! answers that are no acknowledgement: {result['errors'] or 'after the measured time'}", flush=True)
    return Figures(result["per_second"], result["p50_ms"], result["p99_ms"], result["p999_ms"], used[0],
                   used[1] if kafka_pid else None, result["load_cpu_us"], memory, entries())


def medians(rounds: list[Figures]) -> Figures:
    columns = ([getattr(figures, field.name) for figures in rounds] for field in dataclasses.fields(Figures))
    return Figures(*(None if None in column else statistics.median(column) for column in columns))


def table(results: dict[tuple[int, str], list[Figures]]) -> str:
    lines = [f"{'':12}{'':20}{'acks/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'p99.9 ms':>10}{'server µs':>11}{'x nginx':>9}"
             f"{'Kafka µs':>10}{'load µs':>9}{'RSS MiB':>9}{'dedupe entries':>16}"]
    for (connections, name), rounds in results.items():
        figures = medians(rounds)
        nginx_us = medians(results[connections, "nginx"]).server_us if (connections, "nginx") in results else None
        ratio = f"{figures.server_us / nginx_us:.2f}" if nginx_us else "-"
        kafka_us = "-" if figures.kafka_us is None else f"{figures.kafka_us:.1f}"
        entries = "-" if figures.entries is None else f"{figures.entries:.0f}"
        lines.append(f"{connections:5} conns {name:20}{figures.per_second:9.0f}{figures.p50_ms:9.2f}"
                     f"{figures.p99_ms:9.2f}{figures.p999_ms:10.2f}{figures.server_us:11.1f}{ratio:>9}{kafka_us:>10}{figures.load_us:9.1f}"
                     f"{figures.rss_mib:9.1f}{entries:>16}")
    return "\n".join(lines)


def build(with_hookferry: bool) -> None:
    LOAD.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["g++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-o", LOAD, HERE / "load.cc", "-lcrypto"], check=True)
    if with_hookferry and "HOOKFERRY_BIN" not in os.environ:
        for command in (["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release"]):
            subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr)
        os.environ["HOOKFERRY_BIN"] = str(BUILD / "release" / "hookferry")


@dataclasses.dataclass
class Server:
    name: str
    partitions: int | None = None  # of each topic; None: not hookferry
    real_kafka: bool = False
    tail: bool = True  # reads back what it publishes, as by default
    spool: bool = False


# 6 partitions are hookferry's default, 1 is Kafka's; the embedded broker's topics have 4 whatever is asked for.
SERVERS = {
    "nginx": Server("nginx"),
    "kafka": Server("hookferry, 6 part.", partitions=6, real_kafka=True),
    "kafka-spool": Server("hookferry, spool", partitions=6, real_kafka=True, spool=True),
    "kafka-spool-no-tail": Server("  spool, no tail", partitions=6, real_kafka=True, tail=False, spool=True),
    "kafka-no-tail": Server("hookferry, no tail", partitions=6, real_kafka=True, tail=False),
    "kafka-1": Server("hookferry, 1 part.", partitions=1, real_kafka=True),
    "kafka-1-spool": Server("  1 part., spool", partitions=1, real_kafka=True, spool=True),
    "kafka-1-no-tail": Server("  1 part., no tail", partitions=1, real_kafka=True, tail=False),
    "embedded": Server("hookferry, embedded", partitions=4),
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 64, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="measured, after the warm-up")
    parser.add_argument("--warmup", type=float, default=2)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=[name for name in SERVERS if "spool" not in name and "tail" not in name])
    return parser.parse_args()


def main() -> None:
    options = parse()
    build(with_hookferry=options.servers != ["nginx"])
    results: dict[tuple[int, str], list[Figures]] = {
        (connections, SERVERS[server].name): [] for connections in options.connections for server in options.servers}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hookferry-bench-")))
        kafka = None
        if any(SERVERS[server].real_kafka for server in options.servers):
            kafka = Kafka(folder / "kafka")
            kafka.start()
            stack.callback(kafka.stop)
        for number in range(options.rounds):
            for connections, key in itertools.product(options.connections, options.servers):
                server = SERVERS[key]
                here = folder / f"{number}-{connections}-{key}"
                here.mkdir()
                on_kafka = kafka if server.real_kafka else None
                running = (hookferry(here, on_kafka and on_kafka.address, server)
                           if server.partitions else nginx(here))
                print(f"round {number + 1} of {options.rounds}: {connections} connections, {server.name}", flush=True)
                with running as started:
                    results[connections, server.name].append(
                        measure(started, on_kafka and on_kafka.pid, connections, options))
    print(f"\nmedians of {options.rounds} rounds of {options.seconds:g} s; µs are CPU per event; the embedded broker is "
          f"part of its server; load includes signing\n\n{table(results)}")


if __name__ == "__main__":
    main()
