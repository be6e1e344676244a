"""The commands, as a person or an orchestrator runs them."""

import re

import pytest

from harness import free_port
from harness.bridge import Bridge, hookferry
from harness.kafka import read_topic
from harness.webhooks import glossi
from records import cloud_event

VALID = """\
sources:
  - name: glossi
    preset: glossi
    secrets: [{env: GLOSSI_WEBHOOK_SECRET}]
"""


@pytest.fixture
def check(tmp_path):
    def run(text: str, **options):
        file = tmp_path / "hookferry.yaml"
        file.write_text(text)
        return file, hookferry("check", file, **options)

    return run


def test_check_accepts_what_is_valid(check):
    _, result = check(VALID)
    assert result.returncode == 0, result


def test_check_names_every_problem_with_its_place(check):
    text = VALID + "kafka:\n  linger: 7s\n  topics: x\nhttp:\n  max_body: 3 apples\n"
    file, result = check(text)
    assert result.returncode == 1
    said = result.stdout + result.stderr
    lines = text.splitlines()
    for wrong in ("linger: 7s", "topics: x", "max_body: 3 apples"):
        number = 1 + next(i for i, line in enumerate(lines) if wrong in line)
        assert re.search(rf"^{re.escape(str(file))}:{number}:\d+: ", said, re.M), said
        assert lines[number - 1] in said
    assert len(re.findall(r"^\s*\^", said, re.M)) == 3


def test_check_never_shows_a_secret(check):
    text = VALID.replace("{env: GLOSSI_WEBHOOK_SECRET}", '"a-secret-in-the-file"')
    _, result = check(text)
    assert result.returncode == 1
    assert "a-secret-in-the-file" not in result.stdout + result.stderr


def test_check_says_which_secret_is_not_set(check):
    _, result = check(VALID, env={})
    assert result.returncode == 1
    assert "GLOSSI_WEBHOOK_SECRET" in result.stdout + result.stderr


def test_serve_without_any_source_says_what_to_set():
    result = hookferry("serve", "--kafka", "embedded", "--listen", "127.0.0.1:0", env={})
    assert result.returncode == 1
    assert "GLOSSI_WEBHOOK_SECRET" in result.stderr and "MESHQA_WEBHOOK_SECRET" in result.stderr


def test_a_wrong_option_is_a_usage_error():
    assert hookferry("serve", "--no-such-option").returncode == 2
    assert hookferry("no-such-command").returncode == 2


def test_version():
    result = hookferry("version")
    assert result.returncode == 0
    assert re.match(r"hookferry \d+\.\d+\.\d+", result.stdout)
    assert "librdkafka" in result.stdout


def test_healthcheck(bridge):
    serving = bridge(sources=("glossi",)).start()
    assert hookferry("healthcheck", "--config", serving.config_file).returncode == 0
    assert serving.stop() == 0
    down = hookferry("healthcheck", "--config", serving.config_file)
    assert down.returncode != 0 and down.stderr


def test_healthcheck_of_one_that_is_not_ready(bridge):
    serving = bridge(sources=("glossi",), kafka_address=f"127.0.0.1:{free_port()}").start(ready=False)
    result = hookferry("healthcheck", "--config", serving.config_file)
    assert result.returncode != 0 and "no-kafka" in result.stdout + result.stderr


def test_any_client_reads_from_the_embedded_broker(prefix, tmp_path):
    serving = Bridge(tmp_path, prefix, "127.0.0.1:9", sources=("glossi",), arguments=("--kafka", "embedded"))
    serving.start()
    try:
        address = serving.wait_for_log(r"embedded at (127\.0\.0\.1:\d+)")[1]
        answer = serving.post("glossi", glossi())
        assert answer.status == 200
        records = read_topic(address, serving.topic("glossi", "job.complete"))
        assert [cloud_event(record).get_id() for record in records] == [answer.json()["id"]]
        assert "memory only" in serving.log()
    finally:
        assert serving.stop() == 0
