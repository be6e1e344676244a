"""The whole chain, on a real node: webhooks through the Service, consumers in three languages, an outage of Kafka in which
a Pod is killed, the alert and its end. Run as test_node.py is."""

import json
import os
import pathlib
import signal

import pytest

from harness import examples, wait_for, webhooks
from harness.prometheus import Alertmanager, Prometheus, Receiver
from installed import Bridge
from kubetools import chart as tools
from releases import Release

ALERT = "HookferryKafkaUnavailable"
UID = 10001  # the image's
STORAGE_CLASS = "node-folders"


@pytest.fixture(scope="module")
def volumes(node, cluster, tmp_path_factory):
    """Folders of the node, one for each replica."""
    for number in range(2):
        folder = tmp_path_factory.mktemp("volume")
        os.chown(folder, UID, UID)  # the kubelet does not do it for a hostPath
        for parent in folder.parents:
            parent.chmod(parent.stat().st_mode | 0o111)
        volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"folder-{number}"},
                  "spec": {"capacity": {"storage": "4Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": str(folder)},
                           "storageClassName": STORAGE_CLASS}}
        file = folder.with_suffix(".json")
        file.write_text(json.dumps(volume))
        cluster.kubectl("apply", "--filename", file)


@pytest.fixture(scope="module")
def bridge(node, volumes, hooks_secret, cluster, values):
    """With a spool on a volume of each Pod, and the alert of an outage so that a test can wait for it."""
    release = Release(cluster, tools.folder() / "bin/helm", "hooks", "chain")
    release.install({**values, "config": {**values["config"], "spool": {"path": "/var/lib/hookferry"}},
                     "spool": {"enabled": True, "storageClassName": STORAGE_CLASS},
                     "prometheusRule": {"enabled": True, "rules": {"kafkaUnavailable": {"for": "1s"}}}}, wait=True)
    made = Bridge(cluster, release)
    wait_for(made.answers, 60, release.events)
    yield made
    release.remove()


@pytest.fixture(scope="module")
def consumers(bridge, kafka, tmp_path_factory):
    folder = tmp_path_factory.mktemp("consumers")
    started = [examples.Example(name, kafka.address, r"^(glossi|meshqa)\..*", folder / f"{name}.log")
               for name in examples.NAMES]
    yield started
    for consumer in started:
        consumer.kill()


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def prometheus(bridge, cluster, receiver, tmp_path_factory):
    """It has the rules that were installed, and scrapes every Pod."""
    folder = tmp_path_factory.mktemp("prometheus")
    alertmanager = Alertmanager(folder / "alertmanager", receiver)
    (rule,) = cluster.get("prometheusrules", "hooks", "--selector", "app.kubernetes.io/instance=chain")
    targets = [f"{pod['status']['podIP']}:8081" for pod in bridge.pods()]
    prometheus = Prometheus(folder / "prometheus", rules=rule["spec"], targets=targets,
                            target_labels={"job": "chain-hookferry-admin", "namespace": "hooks"}, alertmanager=alertmanager)
    prometheus.wait_for_scrape()
    yield prometheus
    prometheus.stop()
    alertmanager.stop()


class Sender:
    """Posts events, and keeps the line that each consumer prints of each."""

    def __init__(self, bridge: Bridge):
        self._bridge = bridge
        self.lines: list[str] = []

    def send(self, count: int, pod: dict | None = None) -> None:
        for _ in range(count):
            job = webhooks.unique()
            status, answer = self._bridge.post(webhooks.glossi("job.complete", jobId=job), pod=pod)
            assert (status, answer["status"]) == (200, "accepted")
            self.lines.append("\t".join(["glossi.job.complete", "https://api.glossi.app", job, answer["id"]]))

    def is_read_by(self, consumers: list[examples.Example]) -> None:
        for consumer in consumers:
            assert sorted(consumer.wait_for_lines(len(self.lines))) == sorted(self.lines), consumer.name


def kill(pod: dict) -> None:
    """Its process, by SIGKILL: this is the node, whose processes are seen."""
    name = pod["metadata"]["name"].encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"hookferry\0serve" in (process / "cmdline").read_bytes() and \
                    b"HOSTNAME=" + name + b"\0" in (process / "environ").read_bytes():
                return os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            pass  # it has ended meanwhile
    raise AssertionError(f"no process of {name}")


def restarts(bridge: Bridge) -> dict[str, int]:
    """Of the Pods that are ready."""
    return {pod["metadata"]["name"]: container["restartCount"] for pod in bridge.pods()
            for container in pod["status"]["containerStatuses"] if container["ready"]}


def test_webhooks_reach_consumers_in_three_languages_through_an_outage_and_a_kill(bridge, kafka, consumers, prometheus,
                                                                                 receiver, figure):
    sender = Sender(bridge)
    sender.send(10)
    sender.is_read_by(consumers)
    assert not receiver.alerts(ALERT, "firing")

    kafka.stop()
    for pod in bridge.pods():
        sender.send(10, pod)  # 200: it is in the Pod's spool
    wait_for(lambda: receiver.alerts(ALERT, "firing"), 90, ALERT)
    wait_for(lambda: prometheus.query("sum(hookferry_spool_events) == 20"), 30, "the events in the spools")
    killed = bridge.pods()[0]
    kill(killed)
    expected = {pod["metadata"]["name"]: int(pod is killed) for pod in [killed, *bridge.pods()[1:]]}
    wait_for(lambda: restarts(bridge) == expected, 90, lambda: f"{expected}, not {restarts(bridge)}")
    sender.send(10)

    kafka.start()
    sender.is_read_by(consumers)
    wait_for(lambda: prometheus.query("sum(hookferry_spool_events) == 0"), 60, "empty spools")
    wait_for(lambda: len(receiver.alerts(ALERT, "resolved")) >= len(receiver.alerts(ALERT, "firing")), 90,
             f"the end of {ALERT}")
    assert not prometheus.query("sum(hookferry_events_lost_total) > 0")
    figure(f"the chain: {len(sender.lines)} webhooks, 30 of them while Kafka was away and a Pod was "
           f"killed; {', '.join(consumer.name for consumer in consumers)} have read each once")
