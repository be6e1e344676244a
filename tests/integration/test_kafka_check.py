"""`hookferry topics`, and `hookferry check --connect`: what a configuration needs of Kafka, and whether it is there."""

import os
import re
import shlex
import stat
import subprocess

import pytest

from harness.bridge import hookferry
from harness.certificates import certify
from harness.tokens import TokenServer, token
from harness.webhooks import meshqa
from records import ids

EVENT = "validation.completed"


@pytest.fixture
def as_user(bridge, kafka, tmp_path):
    """A bridge with one event that logs in as that user, by a token: two topics."""

    def make(user: str, **kafka_section):
        path = tmp_path / f"token-{user}"
        path.write_text(token(user, 3600))
        section = {"properties": {"security.protocol": "SASL_PLAINTEXT"}, "oauth": {"token_file": str(path)}}
        return bridge(sources=("meshqa",), kafka_address=kafka.sasl_address,
                      config={"kafka": section | kafka_section})

    return make


def check(serving) -> tuple[int, list[str]]:
    """The exit code, and what was found: "LEVEL SUBJECT TEXT"."""
    result = hookferry("check", serving.config_file, "--connect")
    assert result.stdout.splitlines()[0].endswith("ok, 1 source, 1 secret"), result
    return result.returncode, [" ".join(line.split()) for line in result.stdout.splitlines()[1:]]


def found(lines: list[str], pattern: str) -> bool:
    return any(re.match(pattern, line) for line in lines)


@pytest.fixture
def kafkas_tools(kafka, tmp_path):
    """The folder of kafka-topics.sh and kafka-acls.sh."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, main in {"topics": "org.apache.kafka.tools.TopicCommand", "acls": "org.apache.kafka.tools.AclCommand"}.items():
        script = folder / f"kafka-{name}.sh"
        script.write_text(f"#!/bin/sh\nexec {shlex.join(kafka.java_command(main))} \"$@\"\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder


def test_kafkas_own_tools_make_what_topics_prints_and_nothing_more_is_needed(as_user, kafka, kafkas_tools, prefix):
    serving = as_user(f"{prefix}-user", create_topics={"enabled": False, "partitions": 3,
                                                       "config": {"retention.ms": "3600000"}})
    code, lines = check(serving)
    assert code == 3 and found(lines, "failure topic no right to see topic"), lines

    script = hookferry("topics", "--config", serving.config_file, "--format", "kafka-cli", "--kafka", kafka.address,
                       "--principal", f"User:{prefix}-user")
    assert script.returncode == 0, script
    made = subprocess.run(["sh"], input=script.stdout, text=True, capture_output=True, timeout=120,
                          env=os.environ | {"PATH": f"{kafkas_tools}:{os.environ['PATH']}"})
    assert made.returncode == 0, made
    for topic in (serving.topic("meshqa", EVENT), serving.quarantine("meshqa")):
        assert kafka.partitions(topic) == 3
        assert kafka.topic_config(topic) == {"retention.ms": "3600000"}

    code, lines = check(serving)
    assert code == 0 and {line.split()[0] for line in lines} == {"ok"}, lines
    assert found(lines, rf"ok topic {serving.topic('meshqa', EVENT)}: 3 partitions, 1 replica, min.insync.replicas 1, "
                        "max.message.bytes 1048588; rights: Describe Write DescribeConfigs Read"), lines
    assert kafka.read(serving.topic("meshqa", EVENT)) == kafka.read(serving.quarantine("meshqa")) == []

    serving.start().wait_for_readyz(200, '"degraded":[]')
    answer = serving.post("meshqa", meshqa())
    assert ids(kafka, serving.topic("meshqa", EVENT)) == [answer.json()["id"]]


def test_topics_that_can_be_made_are_all_right_and_are_not_made(as_user, kafka, prefix):
    kafka.allow("maker", prefix)
    serving = as_user("maker")
    code, lines = check(serving)
    assert code == 0 and len([line for line in lines if "not there yet; hookferry makes it" in line]) == 2, lines
    assert check(serving) == (code, lines)


def test_missing_rights_are_told_apart(as_user, kafka, prefix):
    kafka.allow("reader", prefix, ("Describe", "DescribeConfigs", "Read"))
    kafka.allow("reader", f"{prefix}.meshqa-quarantine", ("Write",))
    serving = as_user("reader", create_topics={"config": {"retention.ms": "7"}}, min_durability="require")
    event = serving.topic("meshqa", EVENT)
    code, lines = check(serving)
    assert code == 3 and found(lines, rf"failure topic topic {event} can't be created: no right to"), lines

    kafka.create_topic(event, 1)
    kafka.create_topic(serving.quarantine("meshqa"), 2)
    code, lines = check(serving)
    assert code == 3
    assert found(lines, rf"failure topic no right Write on topic {event}"), lines
    assert not found(lines, r"failure topic no right Write on topic .*quarantine"), lines
    assert found(lines, rf"note topic {event}: partitions is 1, kafka.create_topics says 2"), lines
    assert found(lines, rf"note topic {event}: retention.ms is 604800000, kafka.create_topics says 7"), lines
    assert found(lines, rf"failure topic topic {event} has replication factor 1"), lines


def test_a_login_that_fails_is_said_at_once(bridge, kafka):
    with TokenServer("writer", "secret") as server:
        oauth = {"token_url": server.url, "client_id": "somebody", "client_secret": {"env": "CLIENT_SECRET"}}
        serving = bridge(sources=("meshqa",), kafka_address=kafka.sasl_address, config={
            "kafka": {"properties": {"security.protocol": "SASL_PLAINTEXT"}, "oauth": oauth}})
        result = hookferry("check", serving.config_file, "--connect", seconds=8,
                           env={"CLIENT_SECRET": "wrong-wrong", "MESHQA_WEBHOOK_SECRET": "x" * 32})
    assert result.returncode == 3 and "answered 401: invalid_client" in result.stdout, result
    assert "wrong-wrong" not in result.stdout + result.stderr


def test_certificates_and_the_spool_are_looked_at(bridge, tmp_path):
    old = certify(tmp_path, "old", days=1)
    serving = bridge(sources=("meshqa",), config={"http": {"tls": old.settings()},
                                                  "spool": {"path": "/dev/null/spool", "max_size": "16MiB"}})
    code, lines = check(serving)
    assert code == 3
    assert found(lines, "warning certificate http.tls.certificate ends on .*, in [01] day"), lines
    assert found(lines, "failure spool spool.path /dev/null/spool"), lines
    assert found(lines, "ok kafka reached"), lines
