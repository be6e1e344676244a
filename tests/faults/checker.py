"""Whether what was answered and what is stored agree with what is promised:

- an event that got a 200 is in its topic or, with a spool, in the spool;
- the records of a key are in the order of acceptance: what was acknowledged before another was sent stands before it;
- a second record of an event has the same CloudEvents id, and comes only where the bridge was restarted in between;
- what is stored is byte for byte what was sent, and nothing else is stored;
- a genuine event is answered 200 or 503 and in time, a forged one 401.

Pure: what happened comes in as History and Stored.
"""

import collections
import dataclasses

from .events import Event, Kind
from .history import Attempt, History, Sent
from .stored import Stored, without_blanks


@dataclasses.dataclass(frozen=True)
class Violation:
    kind: str  # missing, reordered, altered, other-id, doubled, foreign, answer, late
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclasses.dataclass
class Report:
    violations: list[Violation]
    acknowledged: int  # events with a 200
    missing: int
    duplicates: int  # records beyond the first one of their event, with its CloudEvents id
    spooled: int  # rows in the spool at the end


def check(history: History, stored: list[Stored], *, late_after: float, spool: bool = False) -> Report:
    """`late_after`: seconds within which every answer must come. `spool`: a restart sends what it holds once more, also
    what nobody posts again."""
    violations = [violation for sent in history.sent for violation in _answers(sent, late_after)]
    matched = _Matched(history)
    for row in stored:
        violations += matched.add(row)
    duplicates = sum(_records(rows) - 1 for rows in matched.rows.values() if _records(rows))
    missing = [sent for sent in history.sent
               if sent.acknowledged_at is not None and sent.event.serial not in matched.rows]
    violations += [Violation("missing", f"{sent.event} was answered {_two_hundred(sent).answer} and is nowhere")
                   for sent in missing]
    violations += _order(history, matched.rows)
    violations += _doubled(history, matched.rows, spool)
    return Report(violations, sum(sent.acknowledged_at is not None for sent in history.sent), len(missing),
                  duplicates, sum(row.spooled for row in stored))


class _Matched:
    """Which event each stored row is of."""

    def __init__(self, history: History):
        self.rows: dict[int, list[Stored]] = collections.defaultdict(list)  # by the event's serial
        events = [sent.event for sent in history.sent]
        self._by_id = {event.id: event for event in events if event.kind is Kind.EVENT}
        self._by_data = {event.data: event for event in events if event.kind is not Kind.UNKNOWN}
        self._by_body = {event.body: event for event in events}
        self._by_shown_body = {without_blanks(event.body): event for event in events}

    def add(self, row: Stored) -> list[Violation]:
        event = self._of_body(row) if row.quarantined else self._by_id.get(row.id)
        if event is None:
            return [self._foreign(row)]
        self.rows[event.serial].append(row)
        return list(_differences(row, event))

    def _of_body(self, row: Stored) -> Event | None:
        found = self._by_body.get(row.value)
        return self._by_shown_body.get(without_blanks(row.value)) if found is None and row.spooled else found

    def _foreign(self, row: Stored) -> Violation:
        known = self._by_data.get(row.data)
        if known and known.kind is Kind.FORGED:
            return Violation("foreign", f"{row} is of {known}")
        if known:
            return Violation("other-id", f"{row} is of {known}")
        return Violation("foreign", f"{row} is nothing that was sent, or an altered one")


def _differences(row: Stored, event: Event):
    if row.quarantined != (event.kind is Kind.UNKNOWN):
        yield Violation("foreign", f"{row} is of {event}")
        return
    if row.topic != event.topic:
        yield Violation("altered", f"{row} is not in the topic of {event}")
    if row.quarantined:
        return
    if row.value_id != row.id:
        yield Violation("other-id", f"{row} has the id {row.value_id} in its value")
    if row.key != event.key.encode():
        yield Violation("altered", f"{row} has the key {row.key!r}: {event}")
    if not _same(row, row.data, event.data):
        yield Violation("altered", f"{row} has other data than {event}: {row.data[:200]!r}, not {event.data[:200]!r}")


def _same(row: Stored, found: bytes, sent: bytes) -> bool:
    """What the spool holds is shown as JSON lines, and so without line breaks; its bytes are seen when it is drained."""
    return found == sent or (row.spooled and without_blanks(found) == without_blanks(sent))


def _answers(sent: Sent, late_after: float):
    allowed = {Kind.EVENT: (200, 503), Kind.UNKNOWN: (200, 503), Kind.FORGED: (401,)}[sent.event.kind]
    for attempt in sent.attempts:
        if attempt.status is None:
            if attempt.problem == "timeout":
                yield Violation("late", f"{sent.event} had no answer after {attempt.seconds:.1f} s")
            continue
        if attempt.status not in allowed:
            yield Violation("answer", f"{sent.event} was answered {attempt.status}")
        elif attempt.seconds > late_after:
            yield Violation("late", f"{sent.event} was answered {attempt.status} after {attempt.seconds:.1f} s")
        if attempt.acknowledged and not _says_what_it_is(attempt, sent.event):
            yield Violation("answer", f"{sent.event} was answered {attempt.answer}")


def _says_what_it_is(attempt: Attempt, event: Event) -> bool:
    if event.kind is Kind.UNKNOWN:
        return attempt.answer.get("status") in ("quarantined", "duplicate")
    return attempt.answer.get("id") == event.id and attempt.answer.get("status") in ("accepted", "duplicate")


def _two_hundred(sent: Sent) -> Attempt:
    return next(attempt for attempt in sent.attempts if attempt.acknowledged)


def _records(rows: list[Stored]) -> int:
    return sum(not row.spooled for row in rows)


def _doubled(history: History, rows: dict[int, list[Stored]], spool: bool):
    """Without a restart the bridge knows what it has, whatever became of its answers."""
    for sent in history.sent:
        if _records(rows.get(sent.event.serial, [])) > 1:
            last = float("inf") if spool else max((attempt.ended for attempt in sent.attempts), default=sent.first_sent)
            if not any(sent.first_sent <= ended and told <= last for told, ended in history.restarts):
                yield Violation("doubled", f"{sent.event} stands more than once, and the bridge was not restarted: "
                                           f"{', '.join(map(str, rows[sent.event.serial]))}")


def _order(history: History, rows: dict[int, list[Stored]]):
    """By the first row of each event: what Kafka got twice counts where it came first."""
    by_key = collections.defaultdict(list)
    for sent in history.sent:
        if sent.event.kind is Kind.EVENT and rows.get(sent.event.serial):
            first = min(rows[sent.event.serial], key=lambda row: row.position)
            by_key[sent.event.topic, sent.event.key].append((first, sent))
    for (topic, key), found in by_key.items():
        partitions = {row.partition for row, _ in found if not row.spooled}
        if len(partitions) > 1:
            yield Violation("reordered", f"key {key} of {topic} is in the partitions {sorted(partitions)}")
        yield from _order_of_key(sorted(found, key=lambda pair: pair[0].position))


def _order_of_key(found: list[tuple[Stored, Sent]]):
    latest = None  # of those before, the one that was sent last
    for row, sent in found:
        acknowledged = sent.acknowledged_at
        if latest and acknowledged is not None and acknowledged < latest[1].first_sent:
            yield Violation("reordered", f"{latest[0]} ({latest[1].event}) stands before {row} ({sent.event}), which "
                                         "was acknowledged before the other was sent")
        if latest is None or sent.first_sent > latest[1].first_sent:
            latest = (row, sent)
