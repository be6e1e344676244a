"""Kafka by TLS with client certificates that rotate while events are published."""

import json
import shutil
from collections.abc import Iterator

import pytest

from harness import webhooks
from harness.senders import Senders
from harness.webhooks import meshqa
from records import ids

EVENT = "validation.completed"


class CountedSenders(Senders):
    """They keep what was accepted."""

    def __init__(self, port: int):
        super().__init__()
        self.accepted: list[str] = []
        self._port = port

    def send(self, number: int) -> Iterator[int]:
        while True:
            answer = webhooks.post(self._port, "meshqa", meshqa())
            if answer.status == 200:
                self.accepted.append(answer.json()["id"])
            yield answer.status


@pytest.fixture
def shown(kafka, prefix, tmp_path):
    """The folder of the certificate and key that Kafka is shown, at first those of CN=first."""
    for user in kafka.user_certificates:
        kafka.allow(f"CN={user}", prefix)
    show(kafka, "first", tmp_path)
    return tmp_path


def show(kafka, user: str, folder) -> None:
    """The key first: the moment between the two has files that do not go together."""
    certificate = kafka.user_certificates[user]
    for source, name in ((certificate.key_file, "client.key"), (certificate.certificate_file, "client.crt")):
        new = folder / f"{name}.new"
        shutil.copy(source, new)
        new.replace(folder / name)


@pytest.fixture
def serving(bridge, kafka, shown):
    properties = {"security.protocol": "SSL", "ssl.ca.location": str(kafka.certificate.certificate_file),
                  "ssl.certificate.location": str(shown / "client.crt"), "ssl.key.location": str(shown / "client.key")}
    return bridge(sources=("meshqa",), kafka_address=kafka.ssl_address, config={"kafka": {"properties": properties}}).start()


def test_a_client_certificate_rotates_under_load_and_no_event_is_refused_or_lost(serving, kafka, shown, prefix, figure):
    expiry = serving.metric("hookferry_kafka_certificate_expiry_timestamp_seconds")
    assert expiry > 1.7e9
    with CountedSenders(serving.port) as senders:
        show(kafka, "second", shown)
        serving.wait_for_log(r"another ssl\.certificate\.location, for new connections")
        serving.wait_for_log("by connections with the new certificates from now on")
        # Who still came as the one before would be refused.
        kafka.allow("CN=first", prefix, deny=True)
        senders.wait_for_more(50)
    assert set(senders.statuses) == {200} and not senders.failures
    serving.wait_for_readyz(200, '"degraded":[]')
    published = ids(kafka, serving.topic("meshqa", EVENT))
    assert set(senders.accepted) <= set(published)
    figure(f"{len(senders.accepted)} events while Kafka's client certificate rotated, {len(published) - len(set(published))} twice")
    assert json.loads(serving.admin("/status").body)["dedupe"]["tail"]["up"]


def test_files_that_do_not_go_together_change_nothing(serving, kafka, shown):
    shutil.copy(kafka.user_certificates["second"].key_file, shown / "client.key")
    serving.wait_for_reload("failed", 1)
    serving.wait_for_readyz(200, "reload-failed")
    assert serving.post("meshqa", meshqa()).status == 200
    show(kafka, "second", shown)
    serving.wait_for_log("by connections with the new certificates from now on")
    serving.wait_for_readyz(200, '"degraded":[]')
    assert serving.post("meshqa", meshqa()).status == 200
