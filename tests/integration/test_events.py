"""From a signed request to the record in its topic."""

import json

import pytest

from harness import webhooks
from harness.webhooks import fixtures, glossi, meshqa, sign, unique
from records import attributes, cloud_event, event_id, ids, only_record

PRESETS = {"glossi": ("https://api.glossi.app", "glossi."), "meshqa": ("https://meshqa.vercel.app", "meshqa.")}


@pytest.fixture
def ready(bridge):
    return bridge().start()


def test_every_documented_event_arrives_once_in_its_topic(ready, kafka):
    for fixture in fixtures():
        answer = ready.post(fixture.source, fixture.body)
        assert (answer.status, answer.json()) == (200, {"status": "accepted", "id": fixture.id}), fixture.event

    for fixture in fixtures():
        record = only_record(kafka, f"{ready.prefix}.{fixture.topic}")
        event = cloud_event(record)
        uri, type_prefix = PRESETS[fixture.source]
        assert record.key == fixture.key.encode()
        assert record.value.endswith(b',"data":' + fixture.data + b"}")
        assert event.get_id() == fixture.id == event_id(fixture.source, fixture.event, *_identity(fixture))
        assert event.get_source() == uri
        assert event.get_type() == type_prefix + fixture.event
        assert event.get_subject() == fixture.key
        assert event.get_data() == json.loads(fixture.data)
        assert record.header("hookferry-dedupe").startswith("01")
        assert len(record.header("hookferry-dedupe")) == 66
        envelope = attributes(record)
        sent = json.loads(fixture.body)
        assert envelope["time"] == sent.get("timestamp", envelope["receivedtime"])
        assert envelope.get("jobid") == (fixture.dedupe_id if _has_job_id(fixture) else None)
        assert "unmapped" not in envelope


def _has_job_id(fixture) -> bool:
    return fixture.event.split(".")[0] in ("job", "render", "validation")


def _identity(fixture) -> tuple[str | None, bytes]:
    return (fixture.dedupe_id if _has_job_id(fixture) else None), fixture.data


AWKWARD = {
    "a number beyond doubles": b'{"jobId":"JOB","n":1e400,"m":-1E-400}',
    "20-digit integers": b'{"jobId":"JOB","n":12345678901234567890,"m":-98765432109876543210}',
    "escapes": rb'{"jobId":"JOB","s":"\u0041\/\ud83d\ude00\b\f\n\r\t\"\\\u0000"}',
    "raw UTF-8": '{"jobId":"JOB","s":"Стул — 椅子 \u2028 😀"}'.encode(),
    "duplicate members in the data": b'{"jobId":"JOB","x":1,"x":2,"x":{"x":3,"x":4}}',
    "odd white space": b'{ "jobId"\t:\r\n "JOB" ,\n\n  "a" : [ ] , "b":{ } }',
    "floats as written": b'{"jobId":"JOB","n":[1.0,1.10,1E2,-0,-0.0,0.1e+1]}',
}


@pytest.mark.parametrize("data", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_data_stays_as_it_was_sent(ready, kafka, data):
    job = unique()
    data = data.replace(b"JOB", job.encode())
    body = b'{"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":' + data + b"}"
    answer = ready.post("glossi", body)
    assert answer.status == 200 and answer.json()["status"] == "accepted", answer
    record = only_record(kafka, ready.topic("glossi", "job.complete"))
    assert record.value.endswith(b',"data":' + data + b"}")
    assert cloud_event(record).get_id() == event_id("glossi", "job.complete", job, data)
    assert record.key == job.encode()


def test_members_in_another_order_and_white_space_around_them(ready, kafka):
    job = unique()
    data = f'{{ "status" : "COMPLETE", "jobId" : "{job}" }}'.encode()
    body = b'\n{ "data" :\t' + data + b' ,\r\n "timestamp" : "2025-01-15T10:30:00.000Z" , "event" : "job.complete" } \n'
    assert ready.post("glossi", body).json()["status"] == "accepted"
    record = only_record(kafka, ready.topic("glossi", "job.complete"))
    assert record.value.endswith(b',"data":' + data + b"}")
    assert cloud_event(record).get_id() == event_id("glossi", "job.complete", job, data)


def test_what_nothing_else_carries_is_kept_as_unmapped(ready, kafka):
    body = b'{"event":"job.complete", "api" : { "version" : 2 }, "timestamp":"yesterday", "data":{"jobId":"JOB"}}'
    body = body.replace(b"JOB", unique().encode())
    assert ready.post("glossi", body).status == 200
    record = only_record(kafka, ready.topic("glossi", "job.complete"))
    envelope = attributes(record)
    cloud_event(record)
    assert envelope["time"] == envelope["receivedtime"]
    assert "unmapped" in envelope and " " not in envelope["unmapped"]
    assert json.loads(envelope["unmapped"]) == {"api": {"version": 2}, "timestamp": "yesterday"}


def test_an_event_without_its_id_has_no_subject(ready, kafka):
    data = b'{"name":"no id here"}'
    body = b'{"event":"project.created","timestamp":"2025-01-15T10:30:00.000Z","data":' + data + b"}"
    assert ready.post("glossi", body).status == 200
    record = only_record(kafka, ready.topic("glossi", "project.created"))
    assert cloud_event(record).get_subject() is None
    assert record.key.decode() == event_id("glossi", "project.created", None, data)


def test_two_events_of_one_model_are_two_events(ready, kafka):
    for status in ("READY", "READY AGAIN"):
        answer = ready.post("glossi", glossi("model.processed", modelId="model-1", status=status))
        assert answer.json()["status"] == "accepted"
    assert len(set(ids(kafka, ready.topic("glossi", "model.processed")))) == 2


def test_trace_context_is_passed_on(ready, kafka):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert ready.post("glossi", glossi(), headers={"traceparent": trace, "tracestate": "a=b"}).status == 200
    record = only_record(kafka, ready.topic("glossi", "job.complete"))
    assert (record.header("traceparent"), record.header("tracestate")) == (trace, "a=b")


def test_a_retry_is_a_duplicate_even_with_another_timestamp(ready, kafka):
    job = unique()
    first = ready.post("glossi", glossi(jobId=job))
    for timestamp in ("2025-01-15T10:30:00.000Z", "2025-01-15T10:31:00.000Z"):
        retry = ready.post("glossi", glossi(timestamp=timestamp, jobId=job))
        assert (retry.status, retry.json()) == (200, {"status": "duplicate", "id": first.json()["id"]})
    assert ids(kafka, ready.topic("glossi", "job.complete")) == [first.json()["id"]]


def test_an_integer_id_and_its_text_are_one_id(ready, kafka):
    bodies = [b'{"event":"job.failed","data":{"jobId":%s}}' % text for text in (b"77", b'"77"')]
    # The data differs in its bytes, so the second one is a conflict: the same job id with other data.
    assert [ready.post("glossi", body).json()["status"] for body in bodies] == ["accepted", "quarantined"]
    assert only_record(kafka, ready.topic("glossi", "job.failed")).key == b"77"


def test_other_data_under_one_job_id_is_quarantined(ready, kafka):
    job = unique("val")
    assert ready.post("meshqa", meshqa(job, grade="good")).json()["status"] == "accepted"
    other = meshqa(job, grade="poor")
    answer = ready.post("meshqa", other)
    assert (answer.status, answer.json()) == (200, {"status": "quarantined", "reason": "conflict"})
    assert len(kafka.read(ready.topic("meshqa", "validation.completed"))) == 1
    record = only_record(kafka, ready.quarantine("meshqa"))
    assert record.value == other
    assert record.header("hookferry-reason") == "conflict"


def test_conflicts_are_published_where_the_configuration_says_so(bridge, kafka):
    serving = bridge(config={"dedupe": {"on_conflict": "publish"}}).start()
    job = unique()
    answers = [serving.post("glossi", glossi(jobId=job, status=status)).json() for status in ("A", "B")]
    assert [answer["status"] for answer in answers] == ["accepted", "accepted"]
    assert sorted(ids(kafka, serving.topic("glossi", "job.complete"))) == sorted(answer["id"] for answer in answers)


UNROUTABLE = {
    "not_json": b"\xff\xfenot json",
    "too_deep": b'{"event":"job.complete","data":{"jobId":"j","x":' + b"[" * 40 + b"]" * 40 + b"}}",
    "no_event_name": b'{"data":{"jobId":"j"}}',
    "unknown_event": b'{"event":"job.exploded","data":{"jobId":"j"}}',
    "ambiguous": b'{"event":"job.complete","event":"job.failed","data":{"jobId":"j"}}',
    "bad_id": b'{"event":"job.complete","data":{"jobId":1.5}}',
    "no_data": b'{"event":"job.complete"}',
}


def test_authentic_events_that_cannot_be_routed_are_quarantined(ready, kafka):
    for reason, body in UNROUTABLE.items():
        answer = ready.post("glossi", body, headers={"Content-Type": "text/x-odd"})
        assert (answer.status, answer.json()) == (200, {"status": "quarantined", "reason": reason})
    records = {record.header("hookferry-reason"): record for record in kafka.read(ready.quarantine("glossi"))}
    assert records.keys() == UNROUTABLE.keys()
    for reason, body in UNROUTABLE.items():
        record = records[reason]
        assert record.value == body
        assert record.header("hookferry-source") == "glossi"
        assert record.header("hookferry-received-time").endswith("Z")
        assert record.header("content-type") == "text/x-odd"
        names = [name.lower() for name, _ in record.headers]
        assert webhooks.SIGNATURE_HEADERS["glossi"].lower() in names

    again = ready.post("glossi", UNROUTABLE["unknown_event"])
    assert (again.status, again.json()["status"]) == (200, "duplicate")
    assert len(kafka.read(ready.quarantine("glossi"))) == len(UNROUTABLE)


def test_a_forged_request_is_refused_and_changes_nothing(ready, kafka):
    body = glossi()
    good = sign(body, webhooks.SECRETS["glossi"])
    forged = [
        ready.post("glossi", body, signature=sign(body, "another secret")),
        ready.post("glossi", body, signature=good.upper()),
        ready.post("glossi", body, signature=good[:-2]),
        ready.post("glossi", body, signature=""),
        ready.post("glossi", body + b"\n", signature=good),
        webhooks.request(ready.port, "POST", "/webhooks/glossi", body),
        ready.post("meshqa", body, path="/webhooks/glossi"),
    ]
    assert {answer.status for answer in forged} == {401}
    assert len({answer.body for answer in forged}) == 1
    without_date = [{name: value for name, value in answer.headers.items() if name != "date"} for answer in forged]
    assert all(headers == without_date[0] for headers in without_date)
    assert kafka.read(ready.topic("glossi", "job.complete")) == []

    assert ready.post("glossi", body).json()["status"] == "accepted"
    assert len(kafka.read(ready.topic("glossi", "job.complete"))) == 1


def test_a_body_up_to_the_limit_fits_its_topic(ready, kafka):
    limit = 896 * 1024
    head, tail = b'{"event":"job.complete","data":{"jobId":"large","s":"', b'"}}'
    body = head + b"x" * (limit - len(head) - len(tail)) + tail
    answer = ready.post("glossi", body)
    assert answer.status == 200 and answer.json()["status"] == "accepted", answer
    assert len(only_record(kafka, ready.topic("glossi", "job.complete")).value) > limit
    assert ready.post("glossi", body + b" ").status == 413


def test_what_is_not_a_webhook(ready):
    assert webhooks.request(ready.port, "POST", "/webhooks/nobody", b"{}").status == 404
    get = webhooks.request(ready.port, "GET", "/webhooks/glossi")
    assert (get.status, get.headers["allow"]) == (405, "POST")
    encoded = ready.post("glossi", glossi(), headers={"Content-Encoding": "gzip"})
    assert encoded.status == 415
    assert webhooks.request(ready.port, "GET", "/metrics").status == 404
