"""kill -9 between any two steps of a flight: nothing that was answered 200 is missing, and no id has other data.

Every failpoint in the source is crossed: each is a test of its own, and fails where the process was not killed there."""

import pathlib
import re
import signal

import pytest

from harness import wait_for
from harness.webhooks import glossi
from records import ids

SOURCE = pathlib.Path(__file__).parents[2] / "src"
CALLS = [call for file in sorted(SOURCE.rglob("*.cc")) for call in re.findall(r"failpoint\(([^;]*)\);", file.read_text())]
NAMES = sorted({name for call in CALLS for name in re.findall(r'"([a-z-]+)"', call)})


def test_there_are_failpoints():
    assert len(NAMES) > 10 and "rows-committed" in NAMES


class Client:
    """A sender that remembers what it was told."""

    def __init__(self, serving):
        self._serving = serving
        self.acknowledged: dict[bytes, str] = {}
        self.unanswered: list[bytes] = []

    def post(self, body: bytes) -> None:
        try:
            answer = self._serving.post("glossi", body)
        except OSError:
            self.unanswered.append(body)
            return
        if answer.status == 200:
            self.acknowledged[body] = answer.json()["id"]
        else:
            self.unanswered.append(body)

    def post_some(self, count: int) -> None:
        for _ in range(count):
            if self._serving.running():
                self.post(glossi())


def knows_what_was_published(serving) -> bool:
    """With a spool the port opens before that where Kafka takes its time."""
    return not {"no-kafka", "starting", "warming"} & set(serving.readyz().json()["degraded"])


def drained(serving) -> bool:
    try:
        return serving.metric("hookferry_spool_events") == 0
    except OSError:
        return False


def go_through_everything(serving, kafka, client: Client) -> None:
    """Rows of before, Kafka's acknowledgements, an outage, and a stop in it; or until it is dead."""
    client.post_some(3)
    kafka.resume()
    wait_for(lambda: not serving.running() or drained(serving), 30, lambda: serving.log()[-3000:])
    client.post_some(3)
    kafka.pause()
    client.post_some(5)
    serving.send(signal.SIGTERM)


@pytest.mark.parametrize("name", NAMES)
def test_killed_at(name, bridge, kafka, tmp_path):
    serving = bridge(sources=("glossi",), config={"spool": {"path": str(tmp_path / "spool")},
                                                  "kafka": {"create_topics": {"partitions": 1}}}).start()
    client = Client(serving)
    kafka.pause()
    client.post_some(3)
    serving.kill()
    assert len(client.acknowledged) == 3

    try:
        serving.start(HOOKFERRY_FAILPOINT=name)
    except RuntimeError:
        pass  # killed at the start
    go_through_everything(serving, kafka, client)
    assert serving.wait() == -signal.SIGKILL, f"{name} was not crossed"

    kafka.resume()
    serving.start()
    wait_for(lambda: knows_what_was_published(serving), 30, lambda: serving.log()[-3000:])
    for body in client.unanswered:
        serving.post_until_accepted("glossi", body)
    for body, event in client.acknowledged.items():
        assert serving.post("glossi", body).json() == {"status": "duplicate", "id": event}
    wait_for(lambda: drained(serving), 30, lambda: serving.log()[-3000:])
    stored = ids(kafka, serving.topic("glossi", "job.complete"))
    assert set(client.acknowledged.values()) <= set(stored)
    assert len(set(stored)) == len(client.acknowledged) + len(client.unanswered)
    assert serving.metric("hookferry_events_lost_total") == 0
