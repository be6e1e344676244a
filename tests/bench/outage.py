#!/usr/bin/env python3
"""What senders notice of a Kafka outage when there is a spool, and how fast the spool empties after it.

No test: it prints figures and judges nothing. An open loop of signed events at a fixed rate, so that an answer that is
late delays no other event: before the outage, during it (the broker stopped, or with --pause black-holed), and after it
while the spool drains. The load generator, the bridge and Kafka share the machine's cores.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from harness import hookferry_binary, wait_for  # noqa: E402
from harness.bridge import SECRET_ENVIRONMENT, Bridge, environment  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from harness.webhooks import glossi  # noqa: E402
from programs import build  # noqa: E402


def send(bridge: Bridge, rate: int, seconds: float) -> tuple[str, str]:
    """The counted answers and the latencies."""
    done = subprocess.run([hookferry_binary(), "send", "--config", bridge.config_file, "--source", "glossi", "--count",
                           str(int(rate * seconds)), "--rate", str(rate), "--concurrency", "64"], capture_output=True,
                          text=True, env=environment(**SECRET_ENVIRONMENT))
    answers = " · ".join(f"{count} × {answer}" for answer, count in re.findall(r"^ +(\S.*?)  +(\d+)$", done.stdout, re.M))
    latencies = re.search(r"p50 .*", done.stdout)
    return answers or done.stderr, latencies.group(0) if latencies else done.stdout


class Watch:
    """When the spool held how many events."""

    def __init__(self, bridge: Bridge):
        self.samples: list[tuple[float, float]] = []
        self._bridge = bridge
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.05):
            self.samples.append((time.monotonic(), self._bridge.metric("hookferry_spool_events")))

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


def drain_rate(samples: list[tuple[float, float]], most: float) -> str:
    """Between nine tenths and one tenth of the most."""
    begin = next((at for at, events in samples if events <= 0.9 * most), None)
    end = next((at for at, events in samples if events <= 0.1 * most), None)
    if begin is None or end is None:
        return "not drained"
    return f"{0.8 * most / max(end - begin, 0.05):.0f} events/s"


def measure(folder: pathlib.Path, options: argparse.Namespace) -> None:
    kafka = Kafka(folder / "kafka")
    kafka.start()
    bridge = Bridge(folder, "outage", kafka.address, sources=("glossi",), config={
        "spool": {"path": str(folder / "spool"), "max_size": options.max_size}, "log": {"events": "problems"}})
    bridge.start()
    try:
        print(f"before: {' · '.join(send(bridge, options.rate, 10))}", flush=True)
        kafka.pause() if options.pause else kafka.stop()
        first = bridge.post("glossi", glossi())
        print(f"the first event of the outage: {first}", flush=True)
        print(f"during {options.seconds:g} s: {' · '.join(send(bridge, options.rate, options.seconds))}", flush=True)
        spooled = bridge.metric("hookferry_spool_events")
        commits = bridge.metric("hookferry_spool_commit_duration_seconds_count")
        print(f"in the spool: {spooled:.0f} events in {commits:.0f} commits, "
              f"{bridge.metric('hookferry_spool_bytes') / 2**20:.0f} MiB", flush=True)
        kafka.resume() if options.pause else kafka.start()
        watch = Watch(bridge)
        after = send(bridge, options.rate, 15)
        wait_for(lambda: bridge.metric("hookferry_spool_events") == 0, 300, lambda: bridge.log()[-3000:])
        watch.stop()
        most = max(events for _, events in watch.samples)
        print(f"after it: {' · '.join(after)}\ndrained at {drain_rate(watch.samples, most)}, "
              f"{options.rate} events/s came in", flush=True)
        print(f"lost: {bridge.metric('hookferry_events_lost_total'):.0f}")
    finally:
        bridge.stop()
        kafka.resume()
        kafka.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of the outage; default 60")
    parser.add_argument("--rate", type=int, default=1000, help="events a second; default 1000")
    parser.add_argument("--max-size", default="1GiB", help="of the spool")
    parser.add_argument("--pause", action="store_true", help="the broker is black-holed rather than stopped")
    parser.add_argument("--folder", help="on the disk that is to be measured; default the temporary folder's")
    options = parser.parse_args()
    build()
    with tempfile.TemporaryDirectory(prefix="hookferry-outage-", dir=options.folder) as folder:
        measure(pathlib.Path(folder), options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
