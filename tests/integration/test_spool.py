"""The spool: a 200 while Kafka is away, and every event there when it is back."""

import json
import signal

import pytest

from harness import wait_for
from harness.bridge import hookferry
from harness.webhooks import glossi
from records import ids

AFTER = 0.1
# The promise is spool.after + 50 ms; that much again is the machine's, when it does something else.
TOLERANCE = 0.25
EVENT = "job.complete"


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def settings(spool):
    """Of a bridge with a spool, and topics in which all events are in one order."""
    return {"spool": {"path": str(spool)}, "kafka": {"create_topics": {"partitions": 1}}}


@pytest.fixture
def started(bridge, settings):
    """Makes and starts one, which then has found Kafka: with a spool it is ready before that where Kafka is slow."""

    def make(sources=("glossi",), **config):
        serving = bridge(sources=sources, config=settings | config).start()
        serving.wait_for_readyz(200, '"degraded":[]')
        return serving

    return make


@pytest.fixture
def serving(started):
    return started()


def accepted(serving, count: int) -> list[str]:
    answers = [serving.post("glossi", glossi()) for _ in range(count)]
    assert [answer.status for answer in answers] == [200] * count
    assert {answer.json()["status"] for answer in answers} == {"accepted"}
    return [answer.json()["id"] for answer in answers]


def wait_until_drained(serving, seconds: float = 30) -> None:
    wait_for(lambda: serving.metric("hookferry_spool_events") == 0, seconds,
             lambda: f"an empty spool\n{serving.log()[-3000:]}")


def wait_until_direct(serving, topic: str) -> None:
    wait_for(lambda: serving.metric("hookferry_topic_mode", topic=topic) == 0, 30,
             lambda: f"{topic} in direct mode\n{serving.log()[-3000:]}")


def rows(folder) -> list[dict]:
    done = hookferry("spool", "export", folder, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_answers_200_from_the_spool_while_the_broker_is_paused(serving, kafka, figure):
    topic = serving.topic("glossi", EVENT)
    before = accepted(serving, 3)
    wait_until_drained(serving)  # a new topic's first acknowledgement may be late
    wait_until_direct(serving, topic)
    spooled = serving.metric("hookferry_events_total", outcome="spooled")
    kafka.pause()
    body = glossi()
    first = serving.post("glossi", body)
    assert (first.status, first.json()["status"]) == (200, "accepted")
    assert first.seconds <= AFTER + TOLERANCE
    assert serving.post("glossi", body).json() == {"status": "duplicate", "id": first.json()["id"]}
    others = [serving.post("glossi", glossi()) for _ in range(20)]
    assert {answer.status for answer in others} == {200}
    figure(f"200 with the broker paused: the first after {first.seconds * 1000:.1f} ms, then after "
           f"{sorted(answer.seconds for answer in others)[10] * 1000:.1f} ms (median)")
    wait_for(lambda: serving.metric("hookferry_spool_events") == 21, 5, lambda: "21 events in the spool")
    assert serving.metric("hookferry_topic_mode", topic=topic) == 1
    serving.wait_for_log(r'"topic":"spool"')

    kafka.resume()
    wait_until_drained(serving)
    wait_until_direct(serving, topic)
    expected = [*before, first.json()["id"], *(answer.json()["id"] for answer in others)]
    after = accepted(serving, 3)
    assert ids(kafka, topic) == [*expected, *after]
    assert serving.metric("hookferry_events_total", outcome="spooled") >= spooled + 21
    assert serving.metric("hookferry_events_lost_total") == 0


def test_what_the_spool_holds_survives_kill_and_is_known_after_it(serving, kafka, spool):
    kafka.stop()
    bodies = [glossi() for _ in range(5)]
    expected = [serving.post("glossi", body).json()["id"] for body in bodies]
    serving.kill()
    serving.start()  # ready, without Kafka
    assert "no-kafka" in serving.readyz().json()["degraded"]
    for body, event in zip(bodies, expected):
        assert serving.post("glossi", body).json() == {"status": "duplicate", "id": event}
    kafka.start()
    wait_until_drained(serving)
    assert ids(kafka, serving.topic("glossi", EVENT)) == expected


def test_a_stop_while_kafka_is_away_loses_nothing(serving, kafka):
    kafka.pause()
    expected = accepted(serving, 5)
    assert serving.stop() == 0
    assert "5 events are in the spool" in serving.log()
    serving.start()
    assert accepted(serving, 1)
    kafka.resume()
    wait_until_drained(serving)
    stored = ids(kafka, serving.topic("glossi", EVENT))
    # What Kafka's client held when it stopped may have reached Kafka: then it is there again, under the same id.
    assert list(dict.fromkeys(stored))[:5] == expected


def test_a_stop_with_kafka_there_drains_first(started, kafka):
    serving = started(shutdown={"drain": "3s"})
    kafka.pause()
    expected = accepted(serving, 50)
    kafka.resume()
    assert serving.stop() == 0
    assert ids(kafka, serving.topic("glossi", EVENT)) == expected
    assert "events are in the spool" not in serving.log()


def test_a_full_spool_is_a_503_and_heals(started, kafka, settings):
    settings["spool"]["max_size"] = "16MiB"
    serving = started()
    kafka.pause()
    large = "x" * 500_000
    answers = []
    while not answers or answers[-1].status == 200:
        assert len(answers) < 100
        answers.append(serving.post("glossi", glossi(text=large)))
    assert answers[-1].status == 503 and int(answers[-1].headers["retry-after"]) > 0
    serving.wait_for_readyz(503, "spool-full")
    folder_bytes = sum(file.stat().st_size for file in (serving.config_file.parent.parent / "spool").iterdir())
    assert folder_bytes <= 16 << 20
    kafka.resume()
    wait_until_drained(serving)
    serving.wait_for_readyz(200)
    assert accepted(serving, 3)
    assert len(ids(kafka, serving.topic("glossi", EVENT))) == len(answers) - 1 + 3


def test_a_second_process_is_refused(serving, bridge, settings, spool):
    other = bridge(sources=("glossi",), config=settings)
    done = hookferry("serve", "--config", other.config_file)
    assert done.returncode == 3
    assert str(spool) in done.stderr and len(done.stderr.splitlines()) == 1


def test_drain_brings_the_spool_of_an_instance_that_is_gone_to_kafka(serving, kafka, spool):
    kafka.pause()
    expected = accepted(serving, 30)
    assert [row["id"] for row in rows(spool)] == expected  # beside the running instance
    locked = hookferry("spool", "drain", spool, "--config", serving.config_file)
    assert locked.returncode == 3 and "spool" in locked.stderr
    serving.kill()
    kafka.resume()
    # Neither the senders' secrets nor the certificate of the webhook port are where it is drained.
    serving.reconfigure({"http": {"tls": {"certificate": "/nowhere/tls.crt", "key": "/nowhere/tls.key"}}})
    drained = hookferry("spool", "drain", spool, "--config", serving.config_file, env={})
    assert drained.returncode == 0, drained.stderr
    assert drained.stdout == "drained: 30 of 30 events are in Kafka\n"
    assert sorted(set(ids(kafka, serving.topic("glossi", EVENT)))) == sorted(expected)
    assert rows(spool) == []
    again = hookferry("spool", "drain", spool, "--config", serving.config_file, env={})
    assert (again.returncode, again.stdout) == (0, "drained: 0 of 0 events are in Kafka\n")


def test_drain_says_what_is_left_where_kafka_is_away(serving, kafka, spool):
    kafka.stop()
    accepted(serving, 3)
    serving.kill()
    done = hookferry("spool", "drain", spool, "--config", serving.config_file, "--patience", "2s")
    assert done.returncode == 3
    assert "3 events are left" in done.stderr
    assert len(rows(spool)) == 3


def test_rows_of_a_topic_that_is_not_configured_any_more_go_there(started, bridge, kafka, settings):
    first = started(sources=("glossi", "meshqa"))
    kafka.pause()
    expected = accepted(first, 3)
    first.kill()
    kafka.resume()
    second = bridge(sources=("meshqa",), config=settings).start()
    wait_until_drained(second)
    assert set(ids(kafka, first.topic("glossi", EVENT))) == set(expected)


def test_a_record_that_kafka_refuses_is_parked_and_stalls_nothing(serving, kafka, spool):
    topic = serving.topic("glossi", EVENT)
    [small] = accepted(serving, 1)
    kafka.set_topic_config(topic, max_message_bytes=2000)
    answer = serving.post("glossi", glossi(text="x" * 5000))
    assert (answer.status, answer.json()["status"]) == (200, "accepted")
    wait_for(lambda: serving.metric("hookferry_spool_parked_events") == 1, 10, lambda: "a parked event")
    others = accepted(serving, 3)
    assert ids(kafka, topic) == [small, *others]
    [row] = rows(spool)
    assert (row["state"], row["id"]) == ("parked", answer.json()["id"])
    serving.kill()
    left = hookferry("spool", "drain", spool, "--config", serving.config_file)
    assert left.returncode == 0 and "1 are parked" in left.stdout
    serving.start()

    kafka.set_topic_config(topic, max_message_bytes=100_000)
    done = hookferry("spool", "retry", "--admin", f"127.0.0.1:{serving.admin_port}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"status": "asked", "parked": 1}
    wait_for(lambda: serving.metric("hookferry_spool_parked_events") == 0, 10, lambda: "nothing parked")
    wait_until_drained(serving)
    assert ids(kafka, topic) == [small, *others, answer.json()["id"]]


def test_drain_tries_what_is_parked_when_told_to(serving, kafka, spool):
    topic = serving.topic("glossi", EVENT)
    accepted(serving, 1)
    kafka.set_topic_config(topic, max_message_bytes=2000)
    event = serving.post("glossi", glossi(text="x" * 5000)).json()["id"]
    wait_for(lambda: serving.metric("hookferry_spool_parked_events") == 1, 10, lambda: "a parked event")
    serving.kill()
    kafka.set_topic_config(topic, max_message_bytes=100_000)
    done = hookferry("spool", "drain", spool, "--parked", "--config", serving.config_file)
    assert (done.returncode, done.stdout) == (0, "drained: 1 of 1 events are in Kafka\n"), done.stderr
    assert ids(kafka, topic)[-1] == event


def test_a_row_whose_event_is_in_kafka_is_not_sent_again(serving, kafka):
    """Its process was killed between Kafka's acknowledgement and the row's end."""
    topic = serving.topic("glossi", EVENT)
    expected = accepted(serving, 1)
    wait_until_direct(serving, topic)
    kafka.pause()
    expected += accepted(serving, 5)
    serving.send(signal.SIGSTOP)
    kafka.resume()  # what Kafka's client has sent is written, and nobody is told
    wait_for(lambda: len(ids(kafka, topic)) == 2, 10, lambda: "the record that was under way")
    serving.kill()
    serving.start()
    wait_until_drained(serving)
    assert ids(kafka, topic) == expected
