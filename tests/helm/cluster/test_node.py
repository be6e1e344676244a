"""The image in Pods on a real node, installed by the chart, with a real Kafka beside it:

HOOKFERRY_IMAGE=ARCHIVE tests/helm/cluster/isolated.sh python -m pytest tests/helm/cluster/test_node.py

ARCHIVE is one of one image, as `docker save` writes it."""

import json

import pytest

from harness import wait_for, webhooks
from installed import NEW_SECRET, SECRET, Bridge, in_background, steady_load
from kubetools import chart as tools
from releases import HelmError, Release


@pytest.fixture(scope="session")
def bridge(node, hooks_secret, cluster, values):
    """Installed, with both replicas ready, and seen through its Services."""
    release = Release(cluster, tools.folder() / "bin/helm", "hooks")
    release.install(values, wait=True)
    made = Bridge(cluster, release)
    wait_for(made.answers, 60, release.events)  # Pods are ready before the node has the Service's rules
    yield made
    release.remove()


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
