"""One run: Kafka, the bridge, senders and faults; then everything is healed, read back and checked."""

import asyncio
import contextlib
import dataclasses
import pathlib
import shutil
import time
import uuid

from harness.bridge import Bridge
from harness.cluster import Cluster
from harness.kafka import Kafka

from . import checker, schedule, stored
from .checker import Violation
from .events import TOPICS, Events
from .history import History
from .injector import Injector, SmallDisk
from .load import Load

_ACK_DEADLINE = 2.0
# Far over what is promised (the deadline + 50 ms): with Kafka's nodes on the same cores this finds what hangs, not what
# is slow; p50, p99 and the slowest are printed.
_LATE_AFTER = _ACK_DEADLINE + 8.0
_HEALED_WITHIN = 60.0  # seconds from the last fault's end until new events are accepted
_STRETCH = 1.5  # how much longer than planned the faults may take
_SPOOL_BYTES = "16MiB"  # less than half of the disk that is filled


@dataclasses.dataclass
class Options:
    seconds: float
    seed: int
    directory: pathlib.Path  # for data, logs and the history; emptied before
    nodes: int = 1
    spool: bool = False
    rate: float = 100.0  # events per second
    tight: bool = False  # short pauses between the faults, for a short run


@dataclasses.dataclass
class Result:
    report: checker.Report
    history: History
    violations: list[Violation]  # the report's and those of the processes
    healed_seconds: float | None

    def summary(self) -> str:
        attempts = list(self.history.attempts())
        seconds = {code: sorted(attempt.seconds for attempt in attempts if attempt.status == code)
                   for code in (200, 503)}
        codes = {code: sum(attempt.status == code for attempt in attempts) for code in (200, 503, 401)}
        lost = sum(attempt.status is None for attempt in attempts)
        abandoned = sum(sent.abandoned for sent in self.history.sent)
        healed = f"{self.healed_seconds:.1f} s" if self.healed_seconds is not None else "never"
        return (f"{len(self.history.sent)} events in {len(attempts)} attempts: {codes[200]} × 200, {codes[503]} × 503, "
                f"{codes[401]} × 401, {lost} without an answer; {abandoned} given up by their sender\n"
                f"acknowledged {self.report.acknowledged}, missing {self.report.missing}, "
                f"duplicates {self.report.duplicates} (same CloudEvents id), in the spool {self.report.spooled}\n"
                f"200 after {_quantiles(seconds[200])}; 503 after {_quantiles(seconds[503])}; "
                f"accepted again {healed} after the last fault\n"
                f"violations: {len(self.violations)}")


def _quantiles(values: list[float]) -> str:
    """Of sorted seconds."""
    if not values:
        return "-"
    at = [values[min(len(values) - 1, int(len(values) * part))] * 1000 for part in (0.5, 0.99, 1)]
    return f"p50 {at[0]:.1f} ms, p99 {at[1]:.1f} ms, slowest {at[2]:.1f} ms"


def run(options: Options, say=print, kafka: Kafka | Cluster | None = None) -> Result:
    """`say`: takes a line of progress. `kafka`: one that runs, else it starts its own; it runs when this returns."""
    shutil.rmtree(options.directory, ignore_errors=True)
    options.directory.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        return asyncio.run(_Run(options, stack, say, kafka).run())


class _Run:
    def __init__(self, options: Options, stack: contextlib.ExitStack, say, kafka: Kafka | Cluster | None):
        self._options = options
        self._prefix = f"faults-{uuid.uuid4().hex[:6]}"
        self._say = say
        self._disk = self._small_disk(stack) if options.spool else None
        self._kafka = kafka or self._start_kafka(stack)
        self._spool = self._disk.directory / "spool" if self._disk else options.directory / "spool"
        self._bridge = self._start_bridge(stack)
        self._history = History()
        self._load = Load(self._bridge.port, Events(options.seed, "k"), self._history, options.seed, options.rate)
        topics = [f"{self._prefix}.{name}" for name in
                  ("glossi.job.complete", "glossi.model.processed", "meshqa.validation.completed")]
        self._injector = Injector(options.seed, self._kafka, self._bridge, self._history, topics, self._disk)
        self._tracks = schedule.tracks(options.seed, options.seconds, nodes=options.nodes,
                                       small_disk=self._disk is not None, tight=options.tight)

    def _small_disk(self, stack: contextlib.ExitStack) -> SmallDisk | None:
        disk = SmallDisk.make(self._options.directory / "disk")
        if disk:
            stack.callback(disk.unmount)
        else:
            self._say("no right to mount a small disk: the spool's disk is not filled")
        return disk

    def _start_kafka(self, stack: contextlib.ExitStack) -> Kafka | Cluster:
        make = Kafka if self._options.nodes == 1 else Cluster
        kafka = make(self._options.directory / "kafka", heap="256m")
        stack.callback(lambda: kafka.kill() if make is Cluster or kafka.running() else None)
        kafka.start()
        return kafka

    def _start_bridge(self, stack: contextlib.ExitStack) -> Bridge:
        config = {
            "http": {"ack_deadline": f"{_ACK_DEADLINE:g}s"},
            "dedupe": {"on_conflict": "publish"},
            "log": {"events": "problems"},
            **({"spool": {"path": str(self._spool), "max_size": _SPOOL_BYTES}} if self._options.spool else {}),
        }
        if self._options.spool:
            self._spool.mkdir()
        bridge = Bridge(self._options.directory, self._prefix, self._kafka.address, config=config)
        stack.callback(lambda: bridge.kill() if bridge.running() else None)
        return bridge.start()

    async def run(self) -> Result:
        begin = time.monotonic()
        for step in sorted((step for track in self._tracks for step in track), key=lambda step: step.at):
            self._say(f"  {step}")
        end = asyncio.Event()
        sending = asyncio.create_task(self._load.run_until(end))
        watching = asyncio.create_task(self._watch(begin))
        try:
            last = begin + _STRETCH * self._options.seconds
            await asyncio.gather(*(self._injector.run_track(name, track, begin, last)
                                   for name, track in zip(("kafka", "bridge"), self._tracks)))
            for step in self._injector.left_out:
                self._say(f"left out, for the run took too long: {step}")
            await asyncio.sleep(max(0.0, begin + self._options.seconds - time.monotonic()))
            await self._injector.heal()
            healed = await self._wait_until_accepted()
            end.set()
            await sending
            await self._load.finish()
        finally:
            watching.cancel()
            self._history.write(self._options.directory / "history.jsonl")
        return await asyncio.to_thread(self._check, healed)

    async def _watch(self, begin: float) -> None:
        """A line of progress every five seconds; and the bridge must run unless a step has it down."""
        while True:
            await asyncio.sleep(5)
            self._injector.look_after_bridge()
            codes = [attempt.status for attempt in self._history.attempts()]
            faults = ", ".join(step.fault for step in self._injector.under_way.values()) or "-"
            self._say(f"{time.monotonic() - begin:6.1f} s  {len(self._history.sent)} events, {codes.count(200)} × 200, "
                      f"{codes.count(503)} × 503, {codes.count(None)} without an answer; now: {faults}")

    async def _wait_until_accepted(self) -> float | None:
        """Seconds until events of every topic that are sent now get their 200 at the first attempt."""
        begin = time.monotonic()
        probed = len(self._history.sent)
        while time.monotonic() < begin + _HEALED_WITHIN:
            await asyncio.sleep(0.2)
            accepted = {sent.event.topic for sent in self._history.sent[probed:]
                        if sent.attempts and sent.attempts[0].acknowledged}
            if TOPICS <= accepted:
                return time.monotonic() - begin
        return None

    def _check(self, healed: float | None) -> Result:
        violations = [Violation("process", problem) for problem in self._injector.problems]
        code = self._bridge.stop()
        if code != 0:
            violations.append(Violation("process", f"the bridge ended with {code} although Kafka was there: "
                                                   f"{self._bridge.log()[-1000:]}"))
        if healed is None:
            violations.append(Violation("unhealed", f"not every topic's events are accepted {_HEALED_WITHIN:g} s after "
                                                    "the last fault"))
        violations += [Violation("unhealed", f"{sent.event} was refused to the last: {sent.attempts[-1]}")
                       for sent in self._load.unhealed]
        if isinstance(self._kafka, Cluster):
            self._kafka.wait_until_in_sync()
        rows = stored.read_topics(self._kafka.address, self._prefix)
        if self._options.spool:
            rows += stored.read_spool(self._spool, self._prefix)
        report = checker.check(self._history, rows, late_after=_LATE_AFTER, spool=self._options.spool)
        return Result(report, self._history, violations + report.violations, healed)
