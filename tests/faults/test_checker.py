"""The checker finds each kind of violation, and nothing where there is none."""

import dataclasses

import pytest

from .checker import check
from .events import Event, Events, Kind
from .history import Attempt, History
from .stored import Stored, without_blanks

_LATE_AFTER = 10.0


class World:
    """A history and what is stored, in which all is well until a test changes it."""

    def __init__(self):
        self.history = History()
        self.stored: list[Stored] = []
        self._events = Events(1, "k")
        self._now = 0.0

    def event(self, kind: Kind = Kind.EVENT, **wanted) -> Event:
        """The next one of that kind with these members."""
        while True:
            event = self._events.next()
            if event.kind is kind and all(getattr(event, name) == value for name, value in wanted.items()):
                return event

    def send(self, event: Event, *statuses: int | None, problem: str = ""):
        """One attempt for each status, one second after the other."""
        sent = self.history.begin(event, self._now)
        for status in statuses:
            answer = {"status": "accepted", "id": event.id} if event.kind is Kind.EVENT else {"status": "quarantined"}
            sent.attempts.append(Attempt(self._now, self._now + 0.1, status, answer if status == 200 else {}, problem))
            self._now += 1
        return sent

    def store(self, event: Event, **changes) -> Stored:
        value, id = event.body, None
        if event.kind is Kind.EVENT:
            id = event.id
            value = b'{"specversion":"1.0","id":"%s","data":%s}' % (id.encode(), event.data)
        row = Stored(event.topic, 0, len(self.stored), event.key.encode(), value, id)
        self.stored.append(dataclasses.replace(row, **changes))
        return self.stored[-1]

    def accept(self, event: Event) -> Event:
        self.send(event, 200)
        self.store(event)
        return event

    def report(self, **options):
        return check(self.history, self.stored, late_after=_LATE_AFTER, **options)

    def violations(self, **options) -> list[str]:
        return [violation.kind for violation in self.report(**options).violations]


@pytest.fixture
def world():
    world = World()
    for _ in range(50):
        world.accept(world.event())
    return world


def test_finds_nothing_where_all_is_well(world):
    world.accept(world.event(Kind.UNKNOWN))
    world.send(world.event(Kind.FORGED), 401)
    world.send(world.event(), 503, 503)  # refused, and in no topic
    late = world.event()
    world.send(late, 503, None, 200)
    world.store(late)
    report = world.report()
    assert report.violations == []
    assert (report.acknowledged, report.missing, report.duplicates, report.spooled) == (52, 0, 0, 0)


def test_an_acknowledged_event_that_is_nowhere(world):
    world.send(world.event(), 503, 200)
    report = world.report()
    assert [violation.kind for violation in report.violations] == ["missing"]
    assert report.missing == 1


def test_an_acknowledged_quarantined_event_that_is_nowhere(world):
    world.send(world.event(Kind.UNKNOWN), 200)
    assert world.violations() == ["missing"]


def test_an_event_that_is_only_in_the_spool_is_there(world):
    event = world.event()
    world.send(event, 200)
    world.store(event, partition=-1, spooled=True)
    report = world.report(spool=True)
    assert report.violations == [] and report.spooled == 1


def _two_of_one_key(world) -> tuple[Event, Event]:
    first = world.event(name="model.processed")
    return first, world.event(name="model.processed", key=first.key)


def test_a_later_event_of_the_key_before_an_acknowledged_one(world):
    first, second = _two_of_one_key(world)
    for event in (first, second):
        world.send(event, 200)
    world.store(second)
    world.store(first)
    assert world.violations() == ["reordered"]


def test_a_later_event_of_the_key_in_the_topic_while_the_earlier_one_is_in_the_spool(world):
    first, second = _two_of_one_key(world)
    for event in (first, second):
        world.send(event, 200)
    world.store(first, partition=-1, offset=0, spooled=True)
    world.store(second)
    assert world.violations() == ["reordered"]


def test_the_order_of_events_that_were_under_way_together_is_free(world):
    first, second = _two_of_one_key(world)
    for sent in (world.send(first, 503, 503, 200), world.send(second, 200)):
        sent.first_sent = 0.0
    world.store(second)
    world.store(first)
    assert world.violations() == []


def test_the_order_of_keys_is_free(world):
    first = world.event(name="model.processed")
    second = next(event for event in iter(lambda: world.event(name="model.processed"), None) if event.key != first.key)
    for event in (first, second):
        world.send(event, 200)
    world.store(second)
    world.store(first)
    assert world.violations() == []


def test_a_key_in_two_partitions(world):
    first, second = _two_of_one_key(world)
    world.accept(first)
    world.send(second, 200)
    world.store(second, partition=1)
    assert world.violations() == ["reordered"]


@pytest.mark.parametrize("place", [b'"serial"', b"filling", b" ,"])
def test_an_altered_byte_of_the_data(world, place):
    event = world.event()
    world.send(event, 200)
    row = world.store(event)
    at = row.value.index(place, row.value.index(b'"data":'))
    row.value = row.value[:at] + bytes([row.value[at] ^ 1]) + row.value[at + 1:]
    assert world.violations() == ["altered"]


def test_an_altered_key_and_another_topic(world):
    for changes in ({"key": b"another"}, {"topic": "glossi.model.other"}):
        event = world.event(name="model.processed")
        world.send(event, 200)
        world.store(event, **changes)
    assert world.violations() == ["altered", "altered"]


def test_an_altered_byte_of_a_quarantined_body(world):
    event = world.event(Kind.UNKNOWN)
    world.send(event, 200)
    world.store(event, value=event.body + b"\n")
    assert sorted(world.violations()) == ["foreign", "missing"]


def test_a_duplicate_after_a_restart_is_counted(world):
    event = world.event()
    world.send(event, None, 200)
    ended = world.history.sent[-1].attempts[0].ended
    world.history.restarts.append((ended - 0.01, ended))
    world.store(event)
    world.store(event)
    report = world.report()
    assert report.violations == [] and report.duplicates == 1


def test_a_duplicate_of_what_was_sent_while_the_bridge_was_ending_is_counted(world):
    now = world.history.sent[-1].attempts[-1].ended
    world.history.restarts.append((now, now + 10))
    event = world.accept(world.event())
    world.store(event)
    assert world.violations() == []


def test_a_duplicate_without_a_restart(world):
    world.history.restarts.append((0.0, 0.05))  # before it was sent
    event = world.accept(world.event())
    world.store(event)
    report = world.report()
    assert [violation.kind for violation in report.violations] == ["doubled"]
    assert report.duplicates == 1


def test_with_a_spool_a_restart_may_send_again_what_nobody_posts_any_more(world):
    event = world.accept(world.event())
    world.store(event)
    world.history.restarts.append((1e6, 1e6))
    assert world.violations() == ["doubled"]
    assert world.violations(spool=True) == []


def test_a_duplicate_with_another_id(world):
    event = world.accept(world.event())
    world.store(event, id="0" * 32)
    assert world.violations() == ["other-id"]


def test_a_value_with_another_id_than_its_header(world):
    event = world.event()
    world.send(event, 200)
    row = world.store(event)
    row.value = row.value.replace(event.id.encode(), b"0" * 32)
    assert world.violations() == ["other-id"]


def test_a_record_that_nobody_sent(world):
    world.store(world.event())
    assert world.violations() == ["foreign"]


def test_a_forged_event_that_is_published(world):
    event = world.event(Kind.FORGED)
    world.send(event, 401)
    world.store(event, topic="meshqa.validation.completed", id=event.id,
                value=b'{"specversion":"1.0","id":"%s","data":%s}' % (event.id.encode(), event.data))
    assert world.violations() == ["foreign"]


def test_a_genuine_event_in_the_quarantine(world):
    event = world.accept(world.event())
    world.store(event, topic=f"{event.source}-quarantine", value=event.body, id=None)
    assert "foreign" in world.violations()


@pytest.mark.parametrize("kind, status", [(Kind.EVENT, 401), (Kind.EVENT, 500), (Kind.EVENT, 408), (Kind.FORGED, 503),
                                          (Kind.UNKNOWN, 400)])
def test_an_answer_that_is_wrong(world, kind, status):
    world.send(world.event(kind), status)
    assert world.violations() == ["answer"]


def test_an_answer_about_another_event(world):
    event, other = world.event(), world.event()
    world.send(event, 200).attempts[0].answer["id"] = other.id
    world.store(event)
    assert world.violations() == ["answer"]


def test_an_answer_that_comes_late_or_never(world):
    sent = world.send(world.event(), 503)
    sent.attempts[0].ended = sent.attempts[0].sent + _LATE_AFTER + 1
    world.send(world.event(), None, problem="timeout")
    world.send(world.event(), None, problem="ConnectionResetError")
    assert world.violations() == ["late", "late"]


def test_a_row_of_the_spool_is_shown_without_blanks_and_with_all_else(world):
    for kind in (Kind.EVENT, Kind.UNKNOWN):
        event = world.event(kind)
        world.send(event, 200)
        row = world.store(event, partition=-1, spooled=True)
        row.value = without_blanks(row.value)
    assert world.violations(spool=True) == []
    row = world.stored[-2]
    row.value = row.value.replace(b"filling", b"felling")
    assert world.violations(spool=True) == ["altered"]
