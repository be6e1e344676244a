"""Which fault comes when: a function of the seed and of what there is to break."""

import dataclasses
import random


@dataclasses.dataclass(frozen=True)
class Step:
    at: float  # seconds after the begin of the run; later where the step before took longer than planned
    calm: float  # seconds that must have passed since that step ended
    fault: str
    seconds: float  # how long it lasts
    text: str  # what it is

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.fault:<14} {self.seconds:4.1f} s  {self.text}"


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    weight: int
    shortest: float
    longest: float
    text: str
    recovery: float = 0.0  # what a start takes, for the plan


_ONE_NODE = [
    Fault("broker-stop", 2, 1, 8, "the broker is stopped and started", recovery=5),
    Fault("broker-kill", 2, 1, 8, "the broker is killed and started", recovery=5),
    Fault("broker-pause", 3, 0.5, 12, "the broker answers nothing (SIGSTOP)"),
    Fault("broker-flap", 2, 3, 10, "the broker is paused half of every second"),
]
_THREE_NODES = [
    Fault("leader-stop", 2, 1, 8, "a leader is stopped and started", recovery=5),
    Fault("leader-kill", 3, 1, 8, "a leader is killed and started", recovery=5),
    Fault("leader-pause", 4, 0.5, 15, "a leader answers nothing (SIGSTOP)"),
    Fault("leader-flap", 2, 3, 10, "a leader is paused half of every second"),
    Fault("two-pause", 1, 2, 10, "two of three nodes answer nothing: too few replicas"),
    Fault("two-kill", 1, 1, 6, "two of three nodes are killed and started", recovery=8),
]
_BRIDGE = [
    Fault("bridge-kill", 5, 0.1, 2, "the bridge is killed and started", recovery=1),
    Fault("bridge-restart", 2, 0.1, 1, "the bridge is stopped by SIGTERM and started", recovery=1),
    Fault("slow-clients", 2, 5, 12, "200 clients drip bytes"),
]
_DISK = [Fault("disk-full", 4, 1, 10, "the spool's disk is full")]

QUIET = 2.0  # seconds without a fault at the begin


def tracks(seed: int, seconds: float, *, nodes: int, small_disk: bool, tight: bool = False) -> list[list[Step]]:
    """Two sequences of steps that run side by side, one of Kafka's and one of the bridge's faults. `small_disk`: the
    spool is on a disk that can be filled. `tight`: short pauses and each kind once before any comes again, for a run
    that is short."""
    kafka = _ONE_NODE if nodes == 1 else _THREE_NODES
    bridge = _BRIDGE + (_DISK if small_disk else [])
    return [_track(random.Random(f"{seed}-{name}"), seconds, faults, tight)
            for name, faults in (("kafka", kafka), ("bridge", bridge))]


def _track(chance: random.Random, seconds: float, faults: list[Fault], tight: bool) -> list[Step]:
    steps: list[Step] = []
    at, calm = 0.0, QUIET + chance.uniform(0, 2)
    deck: list[Fault] = []
    while True:
        if tight and not deck:
            deck = chance.sample(faults, len(faults))
        fault = deck.pop() if tight else chance.choices(faults, [fault.weight for fault in faults])[0]
        lasts = round(chance.uniform(fault.shortest, min(fault.longest, fault.shortest + 5) if tight
                                     else fault.longest), 1)
        at += calm
        if at + lasts > seconds:
            return steps
        steps.append(Step(round(at, 1), round(calm, 1), fault.name, lasts, fault.text))
        at += lasts + fault.recovery
        calm = chance.uniform(2, 4 if tight else 15)
