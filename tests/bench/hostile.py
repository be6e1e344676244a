#!/usr/bin/env python3
"""What honest senders notice of hostile and numerous clients, and what those cost.

No test: it prints figures and judges nothing. Honest events come at a fixed rate in an open loop (their latency counts
from when each is due) to a bridge of its own on a real Kafka for each scenario, while other clients are idle, drip bytes,
forge requests or only begin handshakes (hostile.cc). Both sides, the bridge and Kafka share the machine's cores: nothing
else should run on it.

The scenarios:
"""

import argparse
import contextlib
import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from figures import cpu_seconds, rss_mib  # noqa: E402
from harness import wait_for  # noqa: E402
from harness.bridge import Bridge  # noqa: E402
from harness.certificates import certify  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from harness.webhooks import SECRETS  # noqa: E402
from programs import PROGRAMS, build, raise_file_limit  # noqa: E402

DRIP = ("drip", 500, 2)  # a byte every half second on each


@dataclasses.dataclass
class Scenario:
    about: str
    clients: list[tuple[str, int, float]]  # kind, connections, rate
    tls: bool = False


def scenarios(forged: int, handshakes: int) -> dict[str, Scenario]:
    forge = ("forge", 100, forged)
    return {
        "alone": Scenario("nobody else", []),
        "idle": Scenario("10 thousand idle connections", [("idle", 10000, 1)]),
        "drip": Scenario("500 clients that drip", [DRIP]),
        "forge": Scenario(f"{forged} forged requests a second", [forge]),
        "drip-forge": Scenario("both", [DRIP, forge]),
        "all": Scenario("both, and 9 thousand idle connections", [("idle", 9000, 1), DRIP, forge]),
        "connect": Scenario(f"{handshakes} connections a second that only come and go", [("connect", 1, handshakes)]),
        "tls-alone": Scenario("over TLS, nobody else", [], tls=True),
        "tls-idle": Scenario("over TLS, 10 thousand idle connections", [("idle", 10000, 1)], tls=True),
        "tls-half": Scenario("over TLS, 10 thousand begin a handshake", [("half", 10000, 1)], tls=True),
        "tls-hello": Scenario(f"over TLS, {handshakes} greetings a second, whose answer nobody awaits",
                              [("hello", 400, handshakes)], tls=True),
    }


def client(bridge: Bridge, kind: str, connections: int, rate: float, tls: bool) -> subprocess.Popen:
    """Working already."""
    started = subprocess.Popen(
        list(map(str, [PROGRAMS / "bench_hostile", "--kind", kind, "--port", bridge.port, "--connections", connections,
                       "--rate", rate, "--tls", int(tls and kind == "idle")])),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if started.stdout.readline().strip() != "ready":
        raise RuntimeError(f"bench_hostile --kind {kind} ended with {started.wait()}")
    return started


def ended(started: subprocess.Popen) -> str:
    """What it tells of itself."""
    result = json.loads(started.communicate()[0])
    rate = result["sent"] / result["seconds"]
    answers = " · ".join(f"{count} × {answer}" for answer, count in result["answers"].items())
    return f"{rate:.0f}/s sent, {result['unsent']} due and not sent, {answers or 'no answer'}"


def honest(bridge: Bridge, options: argparse.Namespace, tls: bool) -> tuple[dict, float, float]:
    """The load generator's figures, and the CPU that the bridge took (1 is a core) and its memory meanwhile."""
    load = subprocess.Popen(
        list(map(str, [PROGRAMS / "bench_load", "--port", bridge.port, "--path", "/webhooks/glossi", "--secret",
                       SECRETS["glossi"], "--expect", '"status":"accepted"', "--connections", 64, "--rate", options.rate,
                       "--tls", int(tls), "--warmup", 2, "--seconds", options.seconds])),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    cpu = []
    for said in ("measuring", "measured"):
        if load.stdout.readline().strip() != said:
            raise RuntimeError(f"bench_load ended with {load.wait()}")
        cpu.append(cpu_seconds(bridge.pid))
    memory = rss_mib(bridge.pid)
    figures = json.loads(load.communicate()[0])
    return figures, (cpu[1] - cpu[0]) / figures["seconds"], memory


def measure(name: str, scenario: Scenario, kafka: Kafka, folder: pathlib.Path, options: argparse.Namespace) -> None:
    http = {"max_connections": 11000}
    if scenario.tls:
        http["tls"] = certify(folder, "bench").settings()
    bridge = Bridge(folder, f"hostile-{folder.name}", kafka.address, sources=("glossi",), config={"http": http})
    bridge.start()
    try:
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(client(bridge, *kind, scenario.tls)) for kind in scenario.clients]
            opened = sum(connections for kind, connections, _ in scenario.clients if kind == "idle")
            wait_for(lambda: bridge.metric("hookferry_connections") >= opened, 60, "the idle connections")
            figures, cpu, memory = honest(bridge, options, scenario.tls)
            print(f"{name:11} {figures['p50_ms']:8.2f} {figures['p99_ms']:8.2f} {figures['p999_ms']:8.2f} "
                  f"{figures['max_ms']:8.2f} {figures['per_second']:8.0f} {cpu:6.2f} {memory:6.0f}   "
                  f"{figures['errors'] or 'all accepted'}", flush=True)
            for kind, started in zip(scenario.clients, clients):
                print(f"{'':11} {kind[0]}: {ended(started)}", flush=True)
    finally:
        bridge.stop()


def main() -> None:
    names = scenarios(10000, 2000)
    about = "".join(f"  {name:11} {scenario.about}\n" for name, scenario in names.items())
    parser = argparse.ArgumentParser(description=__doc__ + about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", nargs="+", choices=names, default=list(names))
    parser.add_argument("--seconds", type=float, default=10, help="measured in each; default 10")
    parser.add_argument("--rate", type=int, default=1000, help="honest events a second; default 1000")
    parser.add_argument("--forged", type=int, default=10000, help="forged requests a second; default 10000")
    parser.add_argument("--handshakes", type=int, default=2000, help="connections a second; default 2000")
    options = parser.parse_args()
    build("bench_load", "bench_hostile")
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="hookferry-hostile-") as temporary:
        kafka = Kafka(pathlib.Path(temporary) / "kafka")
        kafka.start()
        print(f"{options.rate} honest events/s; ms, answers/s, cores, MiB\n\n"
              f"{'':11} {'p50':>8} {'p99':>8} {'p99.9':>8} {'max':>8} {'/s':>8} {'CPU':>6} {'RSS':>6}")
        try:
            for number, name in enumerate(options.scenarios):
                folder = pathlib.Path(temporary) / f"{number}-{name}"
                folder.mkdir()
                measure(name, scenarios(options.forged, options.handshakes)[name], kafka, folder, options)
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
