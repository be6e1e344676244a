"""What was sent when, and what came back."""

import dataclasses
import json
import pathlib

from .events import Event


@dataclasses.dataclass
class Attempt:
    sent: float  # seconds of a monotonic clock, before the first byte
    ended: float  # after the last byte of the answer, or when there could be none any more
    status: int | None  # None: no answer came
    answer: dict  # of a 200; empty otherwise
    problem: str = ""  # why no answer came

    @property
    def acknowledged(self) -> bool:
        return self.status == 200

    @property
    def seconds(self) -> float:
        return self.ended - self.sent


@dataclasses.dataclass
class Sent:
    """One event and all its attempts, in the order in which they ended."""

    event: Event
    first_sent: float
    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    abandoned: bool = False  # as its sender does after its last retry

    @property
    def acknowledged_at(self) -> float | None:
        """When the first 200 was there; None without one."""
        return min((attempt.ended for attempt in self.attempts if attempt.acknowledged), default=None)


class History:
    def __init__(self):
        self.sent: list[Sent] = []
        self.restarts: list[tuple[float, float]] = []  # of the bridge: when it was told to end, and when it had ended

    def begin(self, event: Event, now: float) -> Sent:
        self.sent.append(Sent(event, now))
        return self.sent[-1]

    def attempts(self):
        return (attempt for sent in self.sent for attempt in sent.attempts)

    def write(self, file: pathlib.Path) -> None:
        """As JSON lines, for whoever looks into a failure."""
        with open(file, "w") as lines:
            for sent in self.sent:
                event = sent.event
                lines.write(json.dumps({
                    "serial": event.serial, "kind": event.kind.value, "topic": event.topic, "key": event.key,
                    "id": event.id, "first_sent": sent.first_sent, "abandoned": sent.abandoned,
                    "attempts": [dataclasses.asdict(attempt) for attempt in sent.attempts],
                }) + "\n")
