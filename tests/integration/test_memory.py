"""What is remembered beyond one process: after restarts, and of what other instances publish."""

import hashlib
import time

import pytest

from harness import wait_for
from harness.kafka import SASL_USERS, Kafka, kcat
from harness.webhooks import Answer, fixtures, glossi, meshqa
from records import event_id, ids, only_record
from test_kafka_topics import login

EVENT = "validation.completed"


def said(answer: Answer) -> str:
    return answer.json()["status"]


def entries(serving) -> int:
    return int(serving.metric("hookferry_dedupe_entries"))


def wait_for_entries(serving, count: int, seconds: float = 10) -> None:
    wait_for(lambda: entries(serving) == count, seconds,
             lambda: f"{count} entries, there are {entries(serving)}\n{serving.log()[-2000:]}")


def publish_as_another_instance(kafka: Kafka, topic: str, job_id: str, data: bytes, partition: int = 0) -> None:
    """A record of a MeshQA event with the headers that tell which it is."""
    fields = [b"meshqa", EVENT.encode(), job_id.encode()]
    conflict = hashlib.sha256(b"".join(len(field).to_bytes(4, "big") + field for field in fields)).hexdigest()[:32]
    dedupe = "01" + conflict + hashlib.sha256(data).hexdigest()[:32]
    write(kafka, topic, partition, {"ce_id": event_id("meshqa", EVENT, job_id, data), "hookferry-dedupe": dedupe})


def write(kafka: Kafka, topic: str, partition: int, headers: dict[str, str]) -> None:
    flags = [part for name, value in headers.items() for part in ("-H", f"{name}={value}")]
    kcat(kafka.address, "-P", "-t", topic, "-p", str(partition), *flags, __file__)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_published_before_a_restart_is_a_duplicate(bridge, kafka, end):
    serving = bridge().start()
    for fixture in fixtures():
        assert said(serving.post(fixture.source, fixture.body)) == "accepted"
    getattr(serving, end)()
    serving.start()
    assert "all of the last 3.0 h" in serving.wait_for_log("warm-up: 8 events read back.*").group(0)
    for fixture in fixtures():
        answer = serving.post(fixture.source, fixture.body)
        assert (said(answer), answer.json()["id"]) == ("duplicate", fixture.id)
        only_record(kafka, f"{serving.prefix}.{fixture.topic}")
    assert serving.metric("hookferry_dedupe_horizon_seconds") == pytest.approx(3 * 3600, abs=60)
    assert serving.metric("hookferry_dedupe_tail_up") == 1


def test_other_data_under_a_job_id_of_before_the_restart_is_a_conflict(bridge, kafka):
    serving = bridge(sources=("meshqa",)).start()
    assert said(serving.post("meshqa", meshqa("val-1"))) == "accepted"
    serving.stop()
    serving.start()
    answer = serving.post("meshqa", meshqa("val-1", grade="B"))
    assert (said(answer), answer.json()["reason"]) == ("quarantined", "conflict")


def test_instances_share_what_they_publish_within_the_lag(bridge, kafka, figure):
    first, second = bridge().start(), bridge().start()
    lags = []
    for number in range(1, 21):
        body = glossi()
        assert said(first.post("glossi", body)) == "accepted"
        begin = time.monotonic()
        wait_for_entries(second, number)
        lags.append(time.monotonic() - begin)
        assert said(second.post("glossi", body)) == "duplicate"
    assert entries(first) == 20
    assert second.metric("hookferry_dedupe_tail_lag_seconds") < 5
    figure(f"another instance knows of an event after {sorted(lags)[10] * 1000:.1f} ms (median, as a scrape sees it)")


def test_new_partitions_are_found(bridge, kafka):
    serving = bridge(sources=("meshqa",)).start()
    topic = serving.topic("meshqa", EVENT)
    kafka.topics_tool("--alter", "--topic", topic, "--partitions", "5")
    publish_as_another_instance(kafka, topic, "val-1", b'{"valid":true}', partition=4)
    wait_for_entries(serving, 1, 20)
    assert said(serving.post("meshqa", meshqa("val-1"))) == "duplicate"


def test_without_the_right_to_read_it_serves_and_says_so_until_it_has_it(bridge, kafka, prefix):
    user = "writer"
    serving = bridge(sources=("meshqa",), variables={"KAFKA_PASSWORD": SASL_USERS[user]}, kafka_address=kafka.sasl_address,
                     config={"kafka": {"properties": login(user, {"env": "KAFKA_PASSWORD"})}})
    kafka.allow(user, prefix, ("Create", "Describe", "DescribeConfigs", "Write"))
    serving.start()
    answer = serving.wait_for_readyz(200, "tail-down").json()
    assert answer["degraded"] == ["tail-down"]
    assert any(f"no right to read topic {serving.topic('meshqa', EVENT)}" in text for text in answer["problems"])
    assert serving.metric("hookferry_dedupe_tail_up") == 0
    body = meshqa()
    assert [said(serving.post("meshqa", body)) for _ in range(2)] == ["accepted", "duplicate"]

    kafka.allow(user, prefix, ("Read",))
    wait_for(lambda: serving.readyz().json()["degraded"] == [], 30, lambda: f"no tail-down: {serving.readyz()}")
    assert serving.metric("hookferry_dedupe_tail_up") == 1
    wait_for(lambda: serving.metric("hookferry_dedupe_tail_lag_seconds") < 5, 10, "what it had missed is read")
    publish_as_another_instance(kafka, serving.topic("meshqa", EVENT), "val-1", b'{"valid":true}')
    wait_for_entries(serving, 2)


def test_without_a_warmup_nothing_is_read_back(bridge, kafka):
    serving = bridge(sources=("glossi",), config={"dedupe": {"warmup": "0s"}}).start()
    body = glossi()
    assert said(serving.post("glossi", body)) == "accepted"
    assert serving.metric("hookferry_dedupe_horizon_seconds") < 60
    assert not [series for series in serving.metrics() if "_tail_" in series]
    serving.kill()
    serving.start()
    assert said(serving.post("glossi", body)) == "accepted"
    assert len(ids(kafka, serving.topic("glossi", "job.complete"))) == 2


def test_the_topics_of_a_new_source_are_read_too(bridge, kafka):
    before = bridge(sources=("meshqa",)).start()
    assert said(before.post("meshqa", meshqa("val-1"))) == "accepted"
    serving = bridge(sources=("glossi",)).start()
    serving.reconfigure({"sources": [{"name": name, "preset": name,
                                      "secrets": [{"env": f"{name.upper()}_WEBHOOK_SECRET"}]}
                                     for name in ("glossi", "meshqa")]})
    serving.wait_for_reload("success", 1)
    wait_for_entries(serving, 1)
    wait_for(lambda: serving.post("meshqa", meshqa("val-1")).status == 200, 30, "the new source is served")
    assert said(serving.post("meshqa", meshqa("val-1"))) == "duplicate"
    assert said(before.post("meshqa", meshqa("val-2"))) == "accepted"
    wait_for_entries(serving, 2)
    assert [record.key for record in kafka.read(serving.topic("meshqa", EVENT))].count(b"val-1") == 1


def test_records_of_others_are_passed_over_and_said_once(bridge, kafka):
    serving = bridge(sources=("meshqa",)).start()
    topic = serving.topic("meshqa", EVENT)
    write(kafka, topic, 0, {})
    write(kafka, topic, 0, {"hookferry-dedupe": "02" + 64 * "0", "ce_id": 32 * "0"})
    publish_as_another_instance(kafka, topic, "val-1", b'{"valid":true}')
    wait_for_entries(serving, 1)
    assert serving.admin("/status").json()["dedupe"]["tail"]["passed_over"] == 2
    serving.kill()
    serving.start()
    assert entries(serving) == 1
    assert serving.log().count("hookferry did not write it") == 1  # of this process: its log begins anew
    assert serving.admin("/status").json()["dedupe"]["tail"]["passed_over"] == 2


def test_a_kafka_that_comes_after_the_bridge_is_read_back_before_it_is_ready(bridge, kafka):
    serving = bridge(sources=("meshqa",)).start()
    assert said(serving.post("meshqa", meshqa("val-1"))) == "accepted"
    serving.kill()
    kafka.stop()
    serving.start(ready=False)
    serving.wait_for_readyz(503, "no-kafka")
    kafka.start()
    serving.wait_for_readyz(200, seconds=60)
    assert said(serving.post("meshqa", meshqa("val-1"))) == "duplicate"


def test_the_tail_goes_on_after_an_outage(bridge, kafka):
    first, second = bridge().start(), bridge().start()
    kafka.kill()
    wait_for(lambda: second.metric("hookferry_dedupe_tail_up") == 0, 30, "the tail is down")
    kafka.start()
    for serving in (first, second):
        serving.wait_for_readyz(200, seconds=60)
    wait_for(lambda: second.metric("hookferry_dedupe_tail_up") == 1, 30, lambda: f"the tail is up: {second.readyz()}")
    body = glossi()
    assert said(first.post_until_accepted("glossi", body)) == "accepted"
    wait_for_entries(second, 1)
    assert said(second.post("glossi", body)) == "duplicate"
