#!/usr/bin/env python3
"""How long the warm-up takes, and what it costs: a real broker with many records, and a bridge that starts.

No test: it prints figures, and ends with 1 when they are over the bounds that are asked for. "Idle" is the same bridge
without a warm-up; the entries of the dedupe cache, which are there for good, are shown for themselves.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from figures import cpu_seconds  # noqa: E402
from harness import BUILD  # noqa: E402
from harness.bridge import Bridge  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from harness.process import memory_mib  # noqa: E402
from programs import build  # noqa: E402

FILL = BUILD / "bench" / "fill"
EVENTS = ["job.complete", "job.failed", "render.complete", "render.failed"]
BYTES_AN_ENTRY = 48


def build_all() -> None:
    FILL.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["g++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-o", FILL, HERE / "fill.cc", "-lrdkafka"], check=True)
    build()


def start(folder: pathlib.Path, kafka: Kafka, options, warmup: str) -> tuple[Bridge, float]:
    """Ready, and after how many seconds."""
    folder.mkdir()
    bridge = Bridge(folder, "bench", kafka.address, sources=("glossi",), config={
        "dedupe": {"warmup": warmup, "warmup_timeout": "5m", "max_entries": options.records + 200000},
        "kafka": {"create_topics": {"partitions": options.partitions}}})
    begin = time.monotonic()
    bridge.start(ready=False)
    bridge.wait_for_readyz(200, seconds=300)
    return bridge, time.monotonic() - begin


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000000)
    parser.add_argument("--data-bytes", type=int, default=200)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--topics", type=int, default=4, choices=range(1, len(EVENTS) + 1))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-seconds", type=float, default=15)
    parser.add_argument("--most-mib", type=float, default=64, help="above idle, without the cache's entries")
    return parser.parse_args()


def main() -> int:
    options = parse()
    build_all()
    with tempfile.TemporaryDirectory(prefix="hookferry-bench-") as name:
        folder = pathlib.Path(name)
        kafka = Kafka(folder / "kafka")
        kafka.start()
        try:
            return measure(folder, kafka, options)
        finally:
            kafka.stop()


def measure(folder: pathlib.Path, kafka: Kafka, options) -> int:
    idle, idle_seconds = start(folder / "idle", kafka, options, "0s")
    idle_mib, idle_cpu = memory_mib(idle.pid, "VmRSS"), cpu_seconds(idle.pid)
    topics = [idle.topic("glossi", event) for event in EVENTS[:options.topics]]
    idle.stop()
    subprocess.run([FILL, kafka.address, str(options.records), str(options.data_bytes), *topics], check=True)
    print(f"idle: ready in {idle_seconds:.2f} s, {idle_mib:.1f} MiB; {options.records} records in {len(topics)} topics of "
          f"{options.partitions} partitions", flush=True)
    seconds, above = [], []
    for number in range(options.rounds):
        bridge, ready = start(folder / f"round-{number}", kafka, options, "3h")
        entries = bridge.metric("hookferry_dedupe_entries")
        cache = entries * BYTES_AN_ENTRY / 2**20 + 4 * 2 ** (options.records * 4 // 3).bit_length() / 2**20
        peak, now = memory_mib(bridge.pid, "VmHWM"), memory_mib(bridge.pid, "VmRSS")
        cpu = (cpu_seconds(bridge.pid) - idle_cpu) * 1e6 / entries
        seconds.append(ready)
        above.append(peak - idle_mib - cache)
        print(f"round {number + 1}: ready in {ready:.2f} s; {entries:.0f} entries, about {cache:.0f} MiB; at most "
              f"{peak - idle_mib:.1f} MiB above idle, {above[-1]:.1f} without them, then {now - idle_mib:.1f}; "
              f"{cpu:.2f} µs of CPU a record", flush=True)
        print("  " + re.search(r"warm-up: .*", bridge.log()).group(0), flush=True)
        bridge.stop()
    print(f"medians: {statistics.median(seconds):.2f} s, {statistics.median(above):.1f} MiB above idle without entries")
    return int(statistics.median(seconds) > options.most_seconds or max(above) > options.most_mib)


if __name__ == "__main__":
    sys.exit(main())
