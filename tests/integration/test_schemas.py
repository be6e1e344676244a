"""hookferry schema and hookferry asyncapi say what is really published."""

import copy
import json
import re

import jsonschema
import pytest

from harness import examples
from harness.bridge import SECRET_ENVIRONMENT, hookferry
from harness.webhooks import fixtures, glossi, meshqa, unique
from records import only_record

TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=b"}


def schema(*arguments, config_file=None) -> dict:
    options = [] if config_file is None else ["--config", config_file]
    result = hookferry("schema", *arguments, *options, env={})
    assert result.returncode == 0, result
    document = json.loads(result.stdout)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(document)
    return document


def asyncapi(config_file) -> dict:
    result = hookferry("asyncapi", "--config", config_file, env={})
    assert result.returncode == 0, result
    return json.loads(result.stdout)


def valid(value, of: dict, draft=jsonschema.Draft202012Validator) -> bool:
    return draft(of).is_valid(value)


def published(bridge, kafka, source: str, event: str, body: bytes, headers=None):
    """The record that becomes of a body."""
    answer = bridge.post(source, body, headers=headers)
    assert (answer.status, answer.json()["status"]) == (200, "accepted"), answer
    return only_record(kafka, bridge.topic(source, event))


@pytest.fixture
def ready(bridge):
    return bridge().start()


@pytest.fixture(scope="session")
def asyncapi_schema(fetched):
    return json.loads(fetched(lambda: examples.asyncapi_schema("3.0.0")).read_text())


def test_every_documented_record_validates(ready, kafka):
    every = schema(config_file=ready.config_file)
    for fixture in fixtures():
        record = published(ready, kafka, fixture.source, fixture.event, fixture.body)
        value = json.loads(record.value)
        own = schema(fixture.event, config_file=ready.config_file)
        for of in (every, own):
            jsonschema.Draft202012Validator(of).validate(value)
        jsonschema.Draft202012Validator(schema(fixture.event, "--data")).validate(value["data"])
        assert set(value) <= set(own["properties"]), "a member that the schema does not know"
        assert own == schema(record.topic, config_file=ready.config_file) == schema(value["type"])


AWKWARD = {
    "data that is no object": ("project.created", b'{"event":"project.created","data":[null,1e400]}'),
    "without an id, with more beside": ("job.failed", b'{"event":"job.failed","timestamp":7,"x":{"y":1},"data":{}}'),
    "an id of letters and pictures": ("job.failed", '{"event":"job.failed","data":{"jobId":"椅-😀"}}'.encode()),
    "an id of 256 bytes": ("job.failed", b'{"event":"job.failed","data":{"jobId":"%s"}}' % (b"j" * 256)),
    "nine decimals and an offset": ("job.failed", b'{"event":"job.failed","timestamp":'
                                                  b'"2025-01-15T10:30:00.123456789+05:30","data":{"jobId":"j"}}'),
}


@pytest.mark.parametrize("event, body", AWKWARD.values(), ids=AWKWARD.keys())
def test_the_envelope_is_promised_whatever_the_data(ready, kafka, event, body):
    value = json.loads(published(ready, kafka, "glossi", event, body).value)
    jsonschema.Draft202012Validator(schema(config_file=ready.config_file)).validate(value)


BROKEN = {
    "no id": lambda value: value.pop("id"),
    "an id in upper case": lambda value: value.update(id=value["id"].upper()),
    "no data": lambda value: value.pop("data"),
    "another version of CloudEvents": lambda value: value.update(specversion="0.3"),
    "the type of another event": lambda value: value.update(type="glossi.job.failed"),
    "another source": lambda value: value.update(source="https://example.com"),
    "a subject that is a number": lambda value: value.update(subject=1),
    "an empty job id": lambda value: value.update(jobid=""),
    "a time without an offset": lambda value: value.update(time="2025-01-15T10:30:00.000"),
    "data of another type": lambda value: value["data"].update(status=False),
}


def test_a_broken_record_does_not_validate(ready, kafka):
    record = published(ready, kafka, "glossi", "job.complete", glossi(status="COMPLETE"))
    value = json.loads(record.value)
    own = schema("job.complete")
    assert valid(value, own)
    for what, damage in BROKEN.items():
        broken = copy.deepcopy(value)
        damage(broken)
        assert not valid(broken, own), what


def test_a_source_of_ones_own_is_described(bridge):
    source = {"name": "studio", "preset": "glossi", "source_uri": "urn:studio", "type": "com.example.{event}",
              "secrets": [{"file": "/nowhere"}], "events": ["scene.opened"]}
    configured = bridge(config={"sources": [source]})
    described = schema("scene.opened", config_file=configured.config_file)
    assert described["properties"]["type"] == {"const": "com.example.scene.opened"}
    assert described["properties"]["source"] == {"const": "urn:studio"}
    assert "type" not in described["properties"]["data"]
    assert configured.topic("studio", "scene.opened") in asyncapi(configured.config_file)["channels"]


def test_what_is_not_published_has_no_schema(tmp_path):
    unknown = hookferry("schema", "job.exploded", env={})
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "job.exploded" in unknown.stderr and "job.complete" in unknown.stderr
    assert hookferry("schema", "--data", env={}).returncode == 2
    for command in ("schema", "asyncapi"):
        missing = hookferry(command, "--config", tmp_path / "missing.yaml", env={})
        assert (missing.returncode, missing.stdout) == (1, "")
        assert str(tmp_path / "missing.yaml") in missing.stderr


# AsyncAPI.


def resolved(document: dict, reference: dict) -> dict:
    """What a reference within the document is to; topics have no character that JSON Pointer escapes."""
    found = document
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def message_of(document: dict, topic: str) -> dict:
    channel = document["channels"][topic]
    assert channel["address"] == channel["bindings"]["kafka"]["topic"] == topic
    (message,) = channel["messages"].values()
    return resolved(document, message)


def test_the_document_is_valid_and_its_references_lead_somewhere(ready, asyncapi_schema):
    document = asyncapi(ready.config_file)
    validator = jsonschema.Draft7Validator(asyncapi_schema)
    validator.validate(document)
    for topic, operation in zip(document["channels"], document["operations"].values(), strict=True):
        assert operation["action"] == "send"
        assert resolved(document, operation["channel"]) is document["channels"][topic]
        (message,) = operation["messages"]
        assert resolved(document, resolved(document, message)) is message_of(document, topic)
    for damage in (lambda broken: broken.pop("info"), lambda broken: broken.update(asyncapi="2.6.0"),
                   lambda broken: broken["channels"].update(x={"topic": "x"})):
        broken = copy.deepcopy(document)
        damage(broken)
        assert not validator.is_valid(broken)


def test_the_document_has_the_topics_that_the_bridge_makes(ready, kafka):
    document = asyncapi(ready.config_file)
    made = [topic for topic in kafka.topics_tool("--list").split() if topic.startswith(f"{ready.prefix}.")]
    assert sorted(document["channels"]) == sorted(made)
    assert [server["host"] for server in document["servers"].values()] == [kafka.address]


def test_records_are_as_the_document_says(ready, kafka):
    document = asyncapi(ready.config_file)
    for fixture in fixtures():
        record = published(ready, kafka, fixture.source, fixture.event, fixture.body, TRACE)
        message = message_of(document, record.topic)
        value, headers = json.loads(record.value), dict(record.headers)
        assert message["contentType"] == headers["content-type"]
        for part, of in ((headers, message["headers"]), (value, message["payload"]),
                         (record.key.decode(), message["bindings"]["kafka"]["key"])):
            jsonschema.Draft7Validator(of).validate(part)
        assert set(headers) == set(message["headers"]["properties"])

        # The example is that very record, but for when it was received.
        (example,) = message["examples"]
        assert example["headers"] == {name: value for name, value in headers.items() if name not in TRACE}
        received = example["payload"].pop("receivedtime")
        if value["time"] == value.pop("receivedtime"):
            value["time"] = received
        assert example["payload"] == value


def test_what_is_quarantined_is_as_the_document_says(ready, kafka):
    body = meshqa(unique("val")).replace(b"validation.completed", b"validation.exploded")
    assert ready.post("meshqa", body).json()["status"] == "quarantined"
    record = only_record(kafka, ready.quarantine("meshqa"))
    of = message_of(asyncapi(ready.config_file), record.topic)["headers"]
    headers = dict(record.headers)
    jsonschema.Draft7Validator(of).validate(headers)
    assert set(headers) == set(of["properties"])
    assert not valid({**headers, "hookferry-reason": "boredom"}, of, jsonschema.Draft7Validator)


def test_the_document_says_whether_the_broker_is_reached_over_tls(bridge):
    for protocol, expected in (("PLAINTEXT", "kafka"), ("SASL_PLAINTEXT", "kafka"), ("SASL_SSL", "kafka-secure"),
                               ("ssl", "kafka-secure")):
        configured = bridge(config={"kafka": {"properties": {"security.protocol": protocol}}})
        servers = asyncapi(configured.config_file)["servers"].values()
        assert {server["protocol"] for server in servers} == {expected}


def test_no_secret_is_printed(ready):
    for command in (["asyncapi"], ["schema"], ["schema", "job.complete"]):
        result = hookferry(*command, "--config", ready.config_file)
        assert result.returncode == 0 and not result.stderr, result
        for secret in SECRET_ENVIRONMENT.values():
            assert not re.search(re.escape(secret), result.stdout)
