"""The image in Pods on a real node, installed by the chart, with a real Kafka beside it:

HOOKFERRY_IMAGE=ARCHIVE tests/helm/cluster/isolated.sh python -m pytest tests/helm/cluster/test_node.py

ARCHIVE is one of one image, as `docker save` writes it."""

import contextlib
import http.client
import json
import os
import pathlib
import threading

import pytest

from harness import wait_for, webhooks
from harness.kafka import Kafka
from kubetools import chart as tools
from kubetools import image
from kubetools.node import ADDRESS, Node
from rendering import MINIMAL
from releases import HelmError, Release

SECRET = "a-secret-of-the-cluster-s-test"
NEW_SECRET = "the-one-that-takes-its-place"
ARCHIVE = pathlib.Path(os.environ.get("HOOKFERRY_IMAGE", ""))


@pytest.fixture(scope="session")
def machine():
    """What has to be there before the control plane of conftest.py starts."""
    if not os.environ.get("HOOKFERRY_ISOLATED") or not ARCHIVE.is_file():
        pytest.exit(f"test_node.py is not run like this:{__doc__}", returncode=3)
    Node.prepare()


@pytest.fixture(scope="session")
def kafka(machine, tmp_path_factory):
    """Where the Pods reach it."""
    broker = Kafka(tmp_path_factory.mktemp("kafka"), host=ADDRESS)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def node(machine, cluster, tmp_path_factory):
    made = Node(cluster, tmp_path_factory.mktemp("node") / "node")
    made.start(ARCHIVE)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def values(kafka):
    repository, tag = image.name(ARCHIVE)
    return {**MINIMAL, "image": {"repository": repository, "tag": tag, "pullPolicy": "Never"}, "config": {
        **MINIMAL["config"], "kafka": {"bootstrap_servers": [kafka.address], "min_durability": "off",
                                       "create_topics": {"partitions": 2}}}}


@pytest.fixture(scope="session")
def bridge(node, kafka, cluster, values):
    """Installed, with both replicas ready, and seen through its Services."""
    cluster.kubectl("create", "secret", "generic", "hookferry-hooks", "--namespace", "hooks",
                    f"--from-literal=glossi={SECRET}")
    release = Release(cluster, tools.folder() / "bin/helm", "hooks")
    release.install(values, wait=True)
    made = Bridge(cluster, release)
    wait_for(made.answers, 60, release.events)  # Pods are ready before the node has the Service's rules
    yield made
    release.remove()


class Bridge:
    def __init__(self, cluster, release: Release):
        self.release = release
        self._cluster = cluster
        services = {item["metadata"]["name"]: item["spec"] for item in cluster.get("services", "hooks")}
        self._webhooks, self._admin = services["test-hookferry"], services["test-hookferry-admin"]

    def answers(self) -> bool:
        """Whether anybody does, to what the Service forwards."""
        try:
            return _request(_address(self._webhooks), "GET", "/")[0] == 404
        except OSError:
            return False

    def post(self, body: bytes, secret: str = SECRET, pod: dict | None = None) -> tuple[int, dict]:
        """To a Pod, or to the Service: on a connection of its own, so that each goes to any Pod."""
        signature = {webhooks.SIGNATURE_HEADERS["glossi"]: webhooks.sign(body, secret)}
        address = (pod["status"]["podIP"], 8080) if pod else _address(self._webhooks)
        status, content = _request(address, "POST", "/webhooks/glossi", body, signature)
        return status, json.loads(content)

    def wait_for_secrets(self, taken: str, refused: str = "") -> None:
        """Until every Pod takes what is signed with the one, and refuses what is signed with the other."""
        def everywhere():
            return all(self.post(webhooks.glossi(), taken, pod)[0] == 200 and
                       not (refused and self.post(webhooks.glossi(), refused, pod)[0] != 401) for pod in self.pods())

        wait_for(everywhere, 90, "every Pod with the new secrets")

    def ready_addresses(self) -> int:
        """How many Pods the Service for webhooks sends to."""
        slices = self._cluster.get("endpointslices", "hooks", "--selector", "kubernetes.io/service-name=test-hookferry")
        return sum(endpoint["conditions"]["ready"] for part in slices for endpoint in part["endpoints"] or ())

    def metrics(self) -> str:
        """Of one of the Pods."""
        return _request(_address(self._admin), "GET", "/metrics")[1].decode()

    def pods(self) -> list[dict]:
        """Those that are not on their way out."""
        return [pod for pod in self.release.pods() if "deletionTimestamp" not in pod["metadata"]]

    def exec(self, *command) -> str:
        return self._cluster.kubectl("exec", "--namespace", "hooks", "deployment/test-hookferry", "--", *command)

    def log_to_its_end(self, pod: dict) -> str:
        return self._cluster.kubectl("logs", "--namespace", "hooks", "--follow", pod["metadata"]["name"])


def _address(service: dict) -> tuple[str, int]:
    return service["clusterIP"], service["ports"][0]["port"]


def _request(address: tuple[str, int], method: str, path: str, body: bytes | None = None, headers: dict | None = None):
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def in_background(function, *arguments):
    """Runs it on a thread; the result is what the returned function gives, once it has ended."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function(*arguments)), daemon=True)
    thread.start()

    def wait():
        thread.join(180)
        assert result, f"{function.__name__} did not come to its end"
        return result[0]

    return wait


@contextlib.contextmanager
def steady_load(bridge, event: str, secret: str = SECRET):
    """Posts one event after the other meanwhile; gives what becomes the list of their job ids and answers."""
    answers: list[tuple[str, object]] = []
    stopping = threading.Event()

    def keep_posting():
        while not stopping.wait(0.02):
            job = webhooks.unique()
            try:
                answers.append((job, bridge.post(webhooks.glossi(event, jobId=job), secret)[0]))
            except OSError as problem:
                answers.append((job, problem))
        return True

    ended = in_background(keep_posting)
    try:
        yield answers
    finally:
        stopping.set()
        ended()


def test_a_signed_webhook_is_answered_200_and_is_in_kafka(bridge, kafka):
    jobs = [webhooks.unique() for _ in range(8)]
    for job in jobs:
        status, answer = bridge.post(webhooks.glossi("job.complete", jobId=job))
        assert (status, answer["status"]) == (200, "accepted")
    keys = [record.key.decode() for record in kafka.read("glossi.job.complete")]
    assert sorted(keys) == sorted(jobs)


def test_a_forged_webhook_is_not(bridge):
    assert bridge.post(webhooks.glossi(), secret="another")[0] == 401


def test_the_pods_are_ready_and_are_not_restarted(bridge):
    pods = bridge.pods()
    assert len(pods) == 2 and bridge.ready_addresses() == 2
    for pod in pods:
        (container,) = pod["status"]["containerStatuses"]
        assert container["ready"] and container["restartCount"] == 0


def test_the_commands_find_the_configuration(bridge):
    assert '"status"' in bridge.exec("hookferry", "healthcheck")
    assert "1 source" in bridge.exec("hookferry", "check", "/etc/hookferry/hookferry.yaml")


def test_metrics_come_through_the_admin_service(bridge):
    assert "\nhookferry_kafka_up 1\n" in bridge.metrics()


def test_the_chart_s_own_test_succeeds_and_leaves_nothing(bridge, cluster, kafka):
    try:
        bridge.release.helm("test", bridge.release.name, "--timeout", "150s")
    except HelmError as failed:
        pytest.fail(f"{failed}\n{cluster.kubectl('logs', '--namespace', 'hooks', 'test-hookferry-test')}")
    (record,) = kafka.read("glossi-quarantine")
    assert json.loads(record.value)["event"] == "hookferry.test"
    assert record.header("hookferry-reason") == "unknown_event"
    left = cluster.get("pods,services", "hooks", "--selector", "app.kubernetes.io/part-of=test-hookferry")
    assert not left


def test_without_kafka_the_pods_are_taken_out_and_not_restarted(bridge, kafka):
    kafka.stop()
    try:
        wait_for(lambda: bridge.ready_addresses() == 0, 60, "no Pod is ready")
        assert "\nhookferry_kafka_up 0\n" in bridge.metrics()
    finally:
        kafka.start()
    wait_for(lambda: bridge.ready_addresses() == 2 and bridge.answers(), 90, bridge.release.events)
    test_the_pods_are_ready_and_are_not_restarted(bridge)


def test_a_secret_is_rotated_without_a_restart(bridge, cluster, values, figure):
    def upgrade(*keys: str):
        source = {**values["config"]["sources"][0], "secrets": [{"file": f"/run/secrets/hooks/{key}"} for key in keys]}
        bridge.release.upgrade(values, {"config": {"sources": [source]}})

    before = {pod["metadata"]["name"] for pod in bridge.pods()}
    with steady_load(bridge, "render.complete") as answers:
        cluster.kubectl("patch", "secret", "hookferry-hooks", "--namespace", "hooks", "--patch",
                        json.dumps({"stringData": {"glossi-new": NEW_SECRET}}))
        upgrade("glossi", "glossi-new")
        bridge.wait_for_secrets(NEW_SECRET)
    with steady_load(bridge, "render.complete", NEW_SECRET) as more_answers:
        upgrade("glossi-new")
        bridge.wait_for_secrets(NEW_SECRET, refused=SECRET)
    answers += more_answers
    assert answers and [answer for _, answer in answers if answer != 200] == []
    figure(f"rotation of a secret: {len(answers)} webhooks, all answered 200")
    upgrade("glossi")  # for the tests that follow
    bridge.wait_for_secrets(SECRET)
    assert {pod["metadata"]["name"] for pod in bridge.pods()} == before


def test_an_upgrade_replaces_the_pods_and_refuses_nothing(bridge, kafka, values, figure):
    before = {pod["metadata"]["name"] for pod in bridge.pods()}
    with steady_load(bridge, "job.failed") as answers:
        bridge.release.upgrade({**values, "config": {**values["config"], "log": {"events": "problems"}}}, wait=True)
        wait_for(lambda: len(bridge.release.pods()) == 2, 90, "the end of the old Pods")
    assert not before & {pod["metadata"]["name"] for pod in bridge.pods()}
    assert answers and [answer for _, answer in answers if answer != 200] == []
    figure(f"rolling upgrade: {len(answers)} webhooks, all answered 200")
    assert {job for job, _ in answers} <= {record.key.decode() for record in kafka.read("glossi.job.failed")}


def test_pods_end_with_everything_in_kafka(bridge):
    logs = [in_background(bridge.log_to_its_end, pod) for pod in bridge.pods()]
    bridge.release.uninstall()
    for log in logs:
        assert "stopped: everything that was acknowledged is in Kafka" in log().splitlines()[-1]
