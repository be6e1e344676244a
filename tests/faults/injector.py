"""Does to the processes what the schedule says."""

import asyncio
import pathlib
import random
import subprocess
import time

from harness.bridge import Bridge
from harness.cluster import Cluster, Node
from harness.kafka import Kafka

from . import load
from .history import History
from .schedule import Step

_SLOW_CLIENTS = 200


class SmallDisk:
    """A file system of its own in memory, which can be filled. Needs the right to mount."""

    def __init__(self, directory: pathlib.Path, megabytes: int = 40):
        directory.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", directory], check=True,
                       capture_output=True)
        self.directory = directory
        self._ballast = directory / "ballast"

    @classmethod
    def make(cls, directory: pathlib.Path) -> "SmallDisk | None":
        """None where there is no right to mount."""
        try:
            return cls(directory)
        except (OSError, subprocess.CalledProcessError):
            return None

    def fill(self) -> None:
        with open(self._ballast, "ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        ballast.write(bytes(size))
                except OSError:
                    pass

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", self.directory], check=False, capture_output=True)


class Injector:
    """`topics`: whose leaders are lost in a cluster. Notes the bridge's restarts in `history`."""

    def __init__(self, seed: int, kafka: Kafka | Cluster, bridge: Bridge, history: History, topics: list[str],
                 disk: SmallDisk | None):
        self._random = random.Random(f"{seed}-injector")
        self._kafka = kafka
        self._bridge = bridge
        self._history = history
        self._topics = topics
        self._disk = disk
        self._bridge_is_ours = False  # it is down because a step wants it so
        self.under_way: dict[str, Step] = {}  # by track
        self.left_out: list[Step] = []
        self.problems: list[str] = []  # of the bridge

    async def run_track(self, name: str, steps: list[Step], begin: float, end: float) -> None:
        """`begin`: of the run, on the monotonic clock. No step begins after `end`: on a busy machine Kafka comes back
        slowly."""
        ended = begin
        for step in steps:
            if time.monotonic() >= end:
                self.left_out.append(step)
                continue
            await asyncio.sleep(max(begin + step.at, ended + step.calm) - time.monotonic())
            self.under_way[name] = step
            await self._step(step)
            del self.under_way[name]
            ended = time.monotonic()

    async def heal(self) -> None:
        """Everything runs again."""
        if self._disk:
            self._disk.free()
        if isinstance(self._kafka, Cluster):
            await asyncio.to_thread(self._kafka.heal)
            await asyncio.to_thread(self._kafka.wait_until_in_sync)
        else:
            self._kafka.resume()
            if not self._kafka.running():
                await asyncio.to_thread(self._kafka.start)
        self.look_after_bridge()

    def look_after_bridge(self) -> None:
        """Notes that it ended by itself, and starts it again. Between steps of the bridge's track it must run."""
        if self._bridge_is_ours or self._bridge.running():
            return
        self.problems.append(f"the bridge ended by itself: {self._bridge.log()[-1000:]}")
        self._history.restarts.append((0.0, time.monotonic()))
        self._bridge.start(ready=False)

    async def _step(self, step: Step) -> None:
        action = getattr(self, "_" + step.fault.replace("-", "_"))
        await action(step.seconds)

    # Kafka's.

    async def _broker_stop(self, seconds: float) -> None:
        await self._down([self._kafka], "stop", seconds)

    async def _broker_kill(self, seconds: float) -> None:
        await self._down([self._kafka], "kill", seconds)

    async def _broker_pause(self, seconds: float) -> None:
        await self._paused([self._kafka], seconds)

    async def _broker_flap(self, seconds: float) -> None:
        await self._flapping(self._kafka, seconds)

    async def _leader_stop(self, seconds: float) -> None:
        await self._down([await self._leader()], "stop", seconds)

    async def _leader_kill(self, seconds: float) -> None:
        await self._down([await self._leader()], "kill", seconds)

    async def _leader_pause(self, seconds: float) -> None:
        await self._paused([await self._leader()], seconds)

    async def _leader_flap(self, seconds: float) -> None:
        await self._flapping(await self._leader(), seconds)

    async def _two_pause(self, seconds: float) -> None:
        await self._paused(self._random.sample(self._kafka.nodes, 2), seconds)

    async def _two_kill(self, seconds: float) -> None:
        await self._down(self._random.sample(self._kafka.nodes, 2), "kill", seconds)

    async def _leader(self) -> Node:
        """Of a topic that has its replicas, so that another can take over: what is lost is the leader only."""
        await asyncio.to_thread(self._kafka.wait_until_in_sync)
        return await asyncio.to_thread(self._kafka.leader, self._random.choice(self._topics))

    async def _down(self, brokers: list[Kafka], how: str, seconds: float) -> None:
        for broker in brokers:
            await asyncio.to_thread(getattr(broker, how))
        await asyncio.sleep(seconds)
        for broker in brokers:
            broker.start_without_waiting()
        for broker in brokers:
            await asyncio.to_thread(broker.wait_until_started)

    async def _paused(self, brokers: list[Kafka], seconds: float) -> None:
        for broker in brokers:
            broker.pause()
        await asyncio.sleep(seconds)
        for broker in brokers:
            broker.resume()

    async def _flapping(self, broker: Kafka, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self._paused([broker], 0.5)
            await asyncio.sleep(0.5)

    # The bridge's.

    async def _bridge_kill(self, seconds: float) -> None:
        await self._bridge_down(self._bridge.kill, seconds)

    async def _bridge_restart(self, seconds: float) -> None:
        await self._bridge_down(self._stop_bridge, seconds)

    def _stop_bridge(self) -> None:
        code = self._bridge.stop()
        if code not in (0, 3):  # 3: what nobody was told 200 for is still on its way
            self.problems.append(f"the bridge ended with {code} after SIGTERM: {self._bridge.log()[-1000:]}")

    async def _bridge_down(self, how, seconds: float) -> None:
        self._bridge_is_ours = True
        told = time.monotonic()
        await asyncio.to_thread(how)
        self._history.restarts.append((told, time.monotonic()))
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._bridge.start, False)
        self._bridge_is_ours = False

    async def _slow_clients(self, seconds: float) -> None:
        await load.drip(self._bridge.port, _SLOW_CLIENTS, seconds)

    async def _disk_full(self, seconds: float) -> None:
        await asyncio.to_thread(self._disk.fill)
        await asyncio.sleep(seconds)
        self._disk.free()
