"""The consumers of docs/examples read what the program publishes."""

import concurrent.futures
import json
import re

import pytest

from harness import examples, flink
from harness.bridge import hookferry
from harness.examples import EXAMPLES, Example
from harness.webhooks import fixtures, glossi, unique
from records import ids

SUBJECTS = {
    "letters of many alphabets": "Стул-椅子-كرسي-é",
    "beyond the basic plane": "job-😀-𝕏",
    "what JSON escapes": 'say "job" \\ 1',
    "an integer": 9007199254740993,
}
DATA = {
    "escapes": rb'"s":"\u0041\/\ud83d\ude00\b\f\n\r\t\"\\\u0000"',
    "numbers beyond doubles": b'"n":12345678901234567890,"m":1e400',
    "a member twice": b'"x":1,"x":2',
    "line separators": '"s":"a\u2028b\u2029c"'.encode(),
}


@pytest.fixture(scope="session")
def installed(fetched):
    """All of them at once, since each waits for its registry."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        fetched(lambda: list(pool.map(examples.install, examples.NAMES)))


@pytest.fixture
def start(installed, kafka, tmp_path):
    """start(pattern of topics): each example on the broker. They are killed after the test."""
    started = []

    def start_all(topics: str) -> list[Example]:
        started.extend(Example(name, kafka.address, topics, tmp_path / f"{name}.log") for name in examples.NAMES)
        return started

    yield start_all
    for example in started:
        example.kill()


def line(source: str, event: str, subject, event_id: str) -> str:
    uri = {"glossi": "https://api.glossi.app", "meshqa": "https://meshqa.vercel.app"}[source]
    return "\t".join([f"{source}.{event}", uri, str(subject), event_id])


def accept(bridge, source: str, body: bytes) -> str:
    """The id of what is new to the bridge."""
    answer = bridge.post(source, body)
    assert (answer.status, answer.json()["status"]) == (200, "accepted"), answer
    return answer.json()["id"]


def publish(bridge) -> list[str]:
    """Events of all kinds; the lines that are expected of them."""
    lines = []
    for fixture in fixtures():
        lines.append(line(fixture.source, fixture.event, fixture.key, accept(bridge, fixture.source, fixture.body)))
    for subject in SUBJECTS.values():
        lines.append(line("glossi", "job.failed", subject, accept(bridge, "glossi", glossi("job.failed", jobId=subject))))
    for data in DATA.values():
        job = unique()
        body = b'{"event":"job.complete","data":{"jobId":"%s",%s}}' % (job.encode(), data)
        lines.append(line("glossi", "job.complete", job, accept(bridge, "glossi", body)))
    for data in (b'{"name":"no id"}', b"null", b"[1]", b'"text"'):
        body = b'{"event":"project.created","data":%s}' % data
        lines.append(line("glossi", "project.created", "-", accept(bridge, "glossi", body)))
    assert bridge.post("glossi", b'{"event":"job.exploded","data":{}}').json()["status"] == "quarantined"
    return lines


@pytest.fixture
def published(bridge, kafka) -> list[str]:
    """Events of all kinds, one of them in two records; the lines that are expected of them."""
    # What was published by an instance that is gone is new to one that does not read it back.
    forgetful = {"dedupe": {"warmup": "0s"}}
    twice = glossi("model.failed", modelId="model-1", error="first")
    first = bridge(config=forgetful).start()
    lines = publish(first)
    known = accept(first, "glossi", twice)
    assert first.stop() == 0
    second = bridge(config=forgetful).start()
    assert accept(second, "glossi", twice) == known
    assert ids(kafka, second.topic("glossi", "model.failed")).count(known) == 2
    # Of the same key, so behind both.
    last = accept(second, "glossi", glossi("model.failed", modelId="model-1", error="last"))
    return lines + [line("glossi", "model.failed", "model-1", id) for id in (known, last)]


def test_each_prints_every_event_once(start, published, prefix):
    for example in start(rf"^{prefix}\.(glossi|meshqa)\..*"):
        assert sorted(example.wait_for_lines(len(published))) == sorted(published), example.name


def test_flink_reads_every_event_once(fetched, published, kafka, prefix, tmp_path):
    fetched(flink.fetch)
    statements = (EXAMPLES / "flink.sql").read_text()
    for written, here in {"'localhost:9092'": f"'{kafka.address}'", "'(glossi|meshqa)": rf"'{prefix}\.(glossi|meshqa)",
                          "'format' = 'json'": "'format' = 'json', 'scan.bounded.mode' = 'latest-offset'"}.items():
        assert statements.count(written) == 1
        statements = statements.replace(written, here)
    rows = flink.run(statements, tmp_path)
    assert sorted("\t".join(columns[:4]) for columns in rows) == sorted(published)
    assert {columns[0]: columns[4] for columns in rows if columns[2] == "model-uuid"} == \
        {"glossi.model.processed": "READY", "glossi.model.failed": "FAILED"}


def test_each_reads_both_senders_and_no_quarantine_by_itself():
    """The pattern that stands for KAFKA_TOPICS in the README and in the program."""
    topics = [channel["address"] for channel in
              json.loads(hookferry("asyncapi", env={}).stdout)["channels"].values()]
    assert len(topics) == 10
    for name in examples.NAMES:
        (pattern,) = re.findall(r"a pattern, `([^`]+)`", (EXAMPLES / name / "README.md").read_text())
        sources = [file.read_text() for file in (EXAMPLES / name).rglob("[cC]onsume.*")]
        assert pattern in sources[0].replace(r"\\", "\\")
        assert [topic for topic in topics if not re.fullmatch(pattern, topic)] == \
            ["glossi-quarantine", "meshqa-quarantine"]
