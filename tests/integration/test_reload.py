"""The configuration changes while the bridge serves: by SIGHUP, and when the content of its files changes."""

import signal
from collections.abc import Iterator

import pytest

from harness import wait_for, webhooks
from harness.kafka import SASL_USERS, Kafka
from harness.mounted import MountedSecret
from harness.senders import Senders
from harness.webhooks import glossi, sign
from records import ids

OLD, NEW = "the-secret-of-before-the-rotation", "the-secret-of-after-the-rotation"


class RotatingSenders(Senders):
    """They sign with `secret`, whatever that is at the moment."""

    def __init__(self, port: int, secret: str):
        super().__init__()
        self.secret = secret
        self.accepted: list[str] = []
        self._port = port

    def send(self, number: int) -> Iterator[int]:
        while True:
            body = glossi()
            answer = webhooks.post(self._port, "glossi", body, signature=sign(body, self.secret))
            if answer.status == 200:
                self.accepted.append(answer.json()["id"])
            yield answer.status


def source(name: str, **more) -> dict:
    return {"name": name, "preset": "glossi", "secrets": [{"env": webhooks.SECRET_VARIABLES["glossi"]}], **more}


@pytest.fixture
def rotating(bridge, tmp_path):
    """A bridge whose source has two secrets in a mounted directory, and that directory."""
    mounted = MountedSecret(tmp_path / "secrets", first=OLD, second=OLD)
    sources = [source("glossi", secrets=[mounted.reference("first"), mounted.reference("second")])]
    return bridge(config={"sources": sources}).start(), mounted


def status(serving, secret: str) -> int:
    body = glossi()
    return serving.post("glossi", body, signature=sign(body, secret)).status


def test_a_secret_rotates_under_load_and_no_request_fails(rotating, kafka, figure):
    serving, mounted = rotating
    pid = serving.pid
    with RotatingSenders(serving.port, OLD) as senders:
        assert status(serving, NEW) == 401
        mounted.replace(first=NEW, second=OLD)
        serving.wait_for_reload("success", 1)
        assert status(serving, OLD) == status(serving, NEW) == 200
        senders.secret = NEW
        # What was signed before the switch is answered before the old secret goes.
        senders.wait_for_more(50)
        mounted.replace(first=NEW, second=NEW)
        serving.wait_for_reload("success", 2)
        assert status(serving, OLD) == 401
        assert status(serving, NEW) == 200
        senders.wait_for_more(50)

    figure(f"a secret rotated under {len(senders.statuses)} requests: "
           f"{sum(code != 200 for code in senders.statuses)} failed")
    assert not senders.failures
    assert set(senders.statuses) == {200}
    stored = ids(kafka, serving.topic("glossi", "job.complete"))
    assert len(set(stored)) == len(stored) == len(senders.accepted) + 3
    assert set(senders.accepted) <= set(stored)
    assert serving.pid == pid and serving.running()
    assert serving.reloads("failed") == serving.reloads("partial") == 0
    serving.wait_for_log("config reloaded: source glossi: other secrets")
    assert OLD not in serving.log() and NEW not in serving.log()


def test_sources_come_and_go_by_sighup(bridge, kafka):
    serving = bridge(sources=("glossi",)).start()
    seen = glossi()
    assert serving.post("glossi", seen).json()["status"] == "accepted"
    assert serving.post("glossi", glossi(), path="/webhooks/acme").status == 404

    serving.reconfigure({"sources": [source("acme"), source("glossi", path="/moved", events=["scene.exported"])]})
    serving.send(signal.SIGHUP)
    serving.wait_for_reload("success", 1)
    assert serving.post("glossi", seen, path="/moved").json()["status"] == "duplicate"
    assert serving.post("glossi", seen).status == 404
    wait_for(lambda: b"not served yet" not in serving.readyz().body, 15, "the topics of what is new")
    serving.wait_for_log("is served now: .*source acme")
    # Its topics were made before its path opened: its first event is accepted.
    assert serving.post("glossi", seen, path="/webhooks/acme").json()["status"] == "accepted"
    assert len(ids(kafka, serving.topic("acme", "job.complete"))) == 1
    exported = serving.post("glossi", glossi("scene.exported", modelId="m"), path="/moved")
    assert exported.json()["status"] == "accepted"
    assert serving.metric("hookferry_events_total", source="acme", event="job.complete", outcome="published") == 1
    assert kafka.partitions(serving.topic("glossi", "scene.exported")) == 2

    serving.reconfigure({"log": {"level": "warn"}})
    serving.send(signal.SIGHUP)
    serving.wait_for_reload("success", 2)
    assert serving.post("glossi", seen, path="/webhooks/acme").status == 404
    assert serving.post("glossi", seen).json()["status"] == "duplicate"
    assert serving.metric("hookferry_events_total", source="acme", event="job.complete", outcome="published") == 1
    assert len(ids(kafka, serving.topic("glossi", "job.complete"))) == 1


def test_what_needs_a_restart_is_said_until_it_is_put_back(bridge):
    serving = bridge(sources=("glossi",)).start()
    serving.reconfigure({"kafka": {"linger": "4ms"}, "http": {"ack_deadline": "1s"}})
    serving.wait_for_reload("partial", 1)
    serving.wait_for_log("needs a restart: http.ack_deadline, kafka.linger")
    serving.wait_for_readyz(200, "restart-required", seconds=5)
    assert serving.metric("hookferry_config_restart_required") == 1
    serving.reconfigure({})
    serving.wait_for_reload("success", 1)
    assert serving.metric("hookferry_config_restart_required") == 0
    assert "restart" not in serving.readyz().body.decode()


def test_what_is_not_valid_changes_nothing_and_is_said_once(rotating):
    serving, mounted = rotating
    good = serving.config_file.read_text()
    serving.write_config(good.replace('"shutdown"', '"shut down"'))
    serving.wait_for_reload("failed", 1)
    place = serving.wait_for_log(r"config not reloaded, what ran before runs on: \S+hookferry\.yaml:(\d+):\d+: unknown")
    assert good.splitlines()[int(place.group(1)) - 1].strip().startswith('"shutdown"')
    serving.wait_for_readyz(200, "reload-failed", seconds=5)
    assert status(serving, OLD) == 200

    serving.write_config(good)
    serving.wait_for_reload("success", 1)
    assert "reload-failed" not in serving.readyz().body.decode()

    mounted.replace(first=NEW, second="")
    serving.wait_for_reload("failed", 2)
    serving.wait_for_log("second is empty: put the secret there")
    assert status(serving, OLD) == 200 and status(serving, NEW) == 401
    mounted.replace(first=NEW)
    serving.wait_for_reload("failed", 3)
    mounted.replace(first=NEW, second=NEW)
    serving.wait_for_reload("success", 2)
    assert serving.reloads("failed") == 3, "once for each content"
    assert status(serving, OLD) == 401 and status(serving, NEW) == 200
    assert OLD not in serving.log() and NEW not in serving.log()


def test_without_a_file_there_is_nothing_to_reload(bridge, kafka):
    serving = bridge().start_without_file(kafka.address)
    serving.send(signal.SIGHUP)
    serving.wait_for_reload("success", 1)
    assert serving.post("glossi", glossi()).status == 200
    serving.send(signal.SIGHUP)
    serving.wait_for_reload("success", 2)


def restart(kafka: Kafka, user: str, password: str) -> None:
    """With another password for this user; everybody has to log in again."""
    kafka.stop()
    kafka.set_password(user, password)
    kafka.start()


def test_a_password_for_kafka_rotates_live(bridge, kafka, tmp_path, prefix):
    user, second, third = "rotating", "second-password", "third-password"
    first = SASL_USERS[user]
    kafka.allow(user, prefix)
    mounted = MountedSecret(tmp_path / "kafka-secret", password=first)
    kafka_section = {
        "properties": {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": user},
        "secrets": {"sasl.password": mounted.reference("password")},
    }
    serving = bridge(sources=("glossi",), kafka_address=kafka.sasl_address, config={"kafka": kafka_section}).start()
    pid = serving.pid
    accepted = [serving.post("glossi", glossi()).json()["id"]]

    # In time: the bridge has the new password before it has to log in again.
    mounted.replace(password=second)
    serving.wait_for_log("Kafka: a new sasl.password from the next login on")
    accepted.append(serving.post("glossi", glossi()).json()["id"])
    restart(kafka, user, second)
    accepted.append(serving.post_until_accepted("glossi", glossi()).json()["id"])

    # Too late: with the old password nobody gets in, until the new one is there.
    restart(kafka, user, third)
    serving.wait_for_log("(?i)authentication failed")
    body = glossi()
    assert serving.post("glossi", body).status == 503
    mounted.replace(password=third)
    accepted.append(serving.post_until_accepted("glossi", body).json()["id"])
    serving.wait_for_readyz(200)

    # A source that is new has its topics made: that client has the new password, too.
    serving.reconfigure({"sources": [source("acme"), source("glossi")]})
    serving.wait_for_log("is served now: .*source acme")
    assert serving.post("glossi", glossi(), path="/webhooks/acme").status == 200
    assert sorted(ids(kafka, serving.topic("glossi", "job.complete"))) == sorted(accepted)
    assert serving.pid == pid and serving.running()
    for password in (first, second, third):
        assert password not in serving.log()
