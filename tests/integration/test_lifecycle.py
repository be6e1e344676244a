"""Stopping, in every way: what was answered with a 200 is in Kafka."""

import http.client
import signal
import socket
import threading
import time

import pytest

from harness import wait_for
from harness.bridge import hookferry
from harness.webhooks import glossi
from records import ids


class Sender:
    """Posts events one after the other on threads of its own until nobody answers any more."""

    def __init__(self, bridge, threads: int = 4, pause: float = 0.0):
        self.accepted: list[str] = []
        self.refused: list[int] = []
        self._bridge = bridge
        self._pause = pause
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                answer = self._bridge.post("glossi", glossi())
            except (OSError, http.client.HTTPException):  # nobody there, or the answer cut short: no answer
                if not self._bridge.running():
                    return
                time.sleep(0.01)
                continue
            if answer.status == 200:
                self.accepted.append(answer.json()["id"])
            else:
                self.refused.append(answer.status)
            time.sleep(self._pause)

    def wait_for_accepted(self, count: int):
        wait_for(lambda: len(self.accepted) >= count, 20, lambda: f"{count} accepted, {len(self.accepted)} are")

    def join(self):
        for thread in self._threads:
            thread.join()


@pytest.fixture
def serving(bridge):
    return bridge(sources=("glossi",), config={"shutdown": {"drain": "500ms"}}).start()


def test_sigterm_under_load_loses_nothing(serving, kafka):
    sender = Sender(serving, pause=0.01)
    sender.wait_for_accepted(50)
    serving.send(signal.SIGTERM)
    assert serving.wait() == 0
    sender.join()
    stored = ids(kafka, serving.topic("glossi", "job.complete"))
    assert sorted(stored) == sorted(sender.accepted)
    assert sender.refused == []


def test_while_it_drains_it_answers_and_says_so(bridge):
    serving = bridge(sources=("glossi",), config={"shutdown": {"drain": "3s"}}).start()
    serving.send(signal.SIGTERM)
    serving.wait_for_readyz(503, "draining", seconds=2)
    answer = serving.post("glossi", glossi())
    assert answer.status == 200
    assert answer.headers["connection"].lower() == "close"
    assert serving.metric("hookferry_draining") == 1
    assert serving.wait() == 0


def test_a_second_sigterm_ends_it_at_once(bridge):
    serving = bridge(sources=("glossi",), config={"shutdown": {"drain": "20s"}}).start()
    serving.send(signal.SIGTERM)
    serving.wait_for_readyz(503, "draining", seconds=5)
    begin = time.monotonic()
    serving.send(signal.SIGTERM)
    assert serving.wait() == 3
    assert time.monotonic() - begin < 2


def test_what_kafka_has_not_taken_at_the_end_is_said(bridge, kafka):
    config = {"http": {"ack_deadline": "250ms"}, "shutdown": {"flush": "500ms"}}
    serving = bridge(sources=("glossi",), config=config).start()
    kafka.pause()
    assert serving.post("glossi", glossi()).status == 503
    serving.send(signal.SIGTERM)
    code = serving.wait()
    kafka.resume()
    assert code == 3
    assert "1 event" in serving.log()


@pytest.mark.parametrize("round_number", range(3))
def test_kill_9_loses_nothing_that_was_acknowledged(serving, kafka, round_number):
    sender = Sender(serving)
    sender.wait_for_accepted(100 + 50 * round_number)
    serving.kill()
    sender.join()
    stored = ids(kafka, serving.topic("glossi", "job.complete"))
    assert set(sender.accepted) <= set(stored)
    assert len(set(stored)) == len(stored)


@pytest.mark.parametrize("section", ["http", "admin"])
def test_a_port_that_is_taken(bridge, section):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        serving = bridge(config={section: {"listen": address}})
        result = hookferry("serve", "--config", serving.config_file)
    assert result.returncode == 3
    said = [line for line in result.stderr.splitlines() if address in line and f"{section}.listen" in line]
    assert len(said) == 1, result.stderr
