"""What senders send: signed events of both, and for each what a record of it must hold."""

import dataclasses
import enum
import json
import random

from harness.webhooks import SECRETS, event_id, sign


class Kind(enum.Enum):
    EVENT = "event"  # becomes a record of its event's topic
    UNKNOWN = "unknown"  # signed, of a name that is not configured: its body becomes a record of the quarantine
    FORGED = "forged"  # signed with another secret: nothing may become of it


@dataclasses.dataclass(frozen=True)
class Event:
    serial: int
    kind: Kind
    source: str
    name: str
    key: str
    id: str  # the CloudEvents id, by the rule of the contract and computed here
    data: bytes
    body: bytes
    signature: str

    @property
    def topic(self) -> str:
        """Without the prefix of the run's topics."""
        return f"{self.source}.{self.name}" if self.kind is Kind.EVENT else f"{self.source}-quarantine"

    def __str__(self) -> str:
        return f"event {self.serial} ({self.kind.value} {self.source}.{self.name}, key {self.key}, id {self.id})"


# Weight, kind, source, event, the member of the data that is the key ("" where it stands beside it), and whether many
# events have one key. Glossi's models and projects have no job id; MeshQA's shared ones want dedupe.on_conflict:
# publish.
_MIX = [
    (20, Kind.EVENT, "glossi", "job.complete", "jobId", False),
    (5, Kind.EVENT, "glossi", "job.failed", "jobId", False),
    (10, Kind.EVENT, "glossi", "render.complete", "jobId", False),
    (20, Kind.EVENT, "glossi", "model.processed", "modelId", True),
    (5, Kind.EVENT, "glossi", "model.failed", "modelId", True),
    (10, Kind.EVENT, "glossi", "project.created", "projectId", True),
    (10, Kind.EVENT, "meshqa", "validation.completed", "", False),
    (15, Kind.EVENT, "meshqa", "validation.completed", "", True),
    (3, Kind.UNKNOWN, "glossi", "model.archived", "modelId", False),
    (2, Kind.FORGED, "meshqa", "validation.completed", "", False),
]
TOPICS = {f"{source}.{name}" for _, kind, source, name, _, _ in _MIX if kind is Kind.EVENT}
_SHARED_KEYS = 20  # of each event

# What a reader that parses and writes anew would change.
_AWKWARD = ['"ü ✓ 模型"', '"\\u00fc\\/\\u2713"', "1e2", "1.0", "-0", "12345678901234567890", '{ "b" : 1,\t"a":[ ] }',
            "null"]


class Events:
    """An endless sequence, the same for the same seed and run."""

    def __init__(self, seed: int, run: str):
        self._random = random.Random(seed)
        self._run = run  # keeps runs on one broker apart
        self._serial = 0

    def next(self) -> Event:
        self._serial += 1
        weights = [row[0] for row in _MIX]
        _, kind, source, name, member, shared = self._random.choices(_MIX, weights)[0]
        key = f"{self._run}-{self._random.randrange(_SHARED_KEYS)}" if shared else f"{self._run}-e{self._serial}"
        data = self._data(member, key)
        dedupe_id = key if member in ("jobId", "") else None
        body = _body(source, name, key, data)
        secret = SECRETS[source] if kind is not Kind.FORGED else "another-secret"
        return Event(self._serial, kind, source, name, key, event_id(source, name, dedupe_id, data), data, body,
                     sign(body, secret))

    def _data(self, member: str, key: str) -> bytes:
        """A JSON object in a spelling that no writer of JSON would choose."""
        awkward = ",".join(f'"m{i}":{space}{value}' for i, (space, value) in enumerate(
            (self._random.choice(["", " ", "\n "]), self._random.choice(_AWKWARD)) for _ in range(3)))
        size = self._random.choice([10, 10, 10, 10, 10, 10, 10, 10, 10, 20000])
        filling = "".join(self._random.choices("abcdefgh", k=size))
        identity = f'"{member}":{json.dumps(key)},' if member else ""
        return f'{{ {identity}"serial":{self._serial} ,{awkward},"filling":"{filling}"}}'.encode()


def _body(source: str, name: str, key: str, data: bytes) -> bytes:
    if source == "glossi":
        return b'{"event":"%s","timestamp":"2025-01-15T10:30:00.000Z","data":%s}' % (name.encode(), data)
    return b'{"event":"%s","job_id":"%s","result":%s}' % (name.encode(), key.encode(), data)
