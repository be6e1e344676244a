"""The chart on a real API server, with its controllers: nothing is warned of, nothing is left. No node: Pods are made,
which is where Pod Security decides, and do not run."""

import re

import pytest

from harness import readme
from rendering import CHART, CI_VALUES, MINIMAL, SPOOL
from releases import HelmError

ALL = {"replicaCount": 3, "ingress": {"enabled": True}, "serviceMonitor": {"enabled": True},
       "httpRoute": {"enabled": True}, "networkPolicy": {"enabled": True},
       "secrets": {"kafka": {"existingSecret": "kafka-user"}}}


@pytest.fixture(autouse=True)
def service_account(cluster):
    """The one that a values file refers to."""
    cluster.kubectl("apply", "-f", "-", document="""
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: integrations, namespace: hooks}}""")


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda file: file.stem)
def test_every_shape_is_installed_and_leaves_nothing(release, cluster, values):
    release.install(values)
    (workload,) = cluster.get("deployment,statefulset", "hooks")
    least = [scaler["spec"]["minReplicas"] for scaler in cluster.get("horizontalpodautoscaler", "hooks")]
    release.wait_for_pods(max([workload["spec"]["replicas"], *least]))
    release.uninstall()
    cluster.kubectl("delete", "persistentvolumeclaims", "--namespace", "hooks", "--all")  # a spool's are kept
    cluster.kubectl("delete", "kafkatopics", "--namespace", "kafka", "--all")  # and events


@pytest.mark.parametrize("name", ["hookferry"])
def test_the_readme_s_command_installs_the_values_to_begin_with(release, tmp_path):
    (tmp_path / "helm").symlink_to(CHART.parent)
    (values,) = re.findall(r"```yaml\n(# my-values\.yaml\n.*?)```", (CHART / "README.md").read_text(), re.S)
    (tmp_path / "my-values.yaml").write_text(values)
    release.run(readme.line("helm install"), tmp_path)
    release.wait_for_pods(2)
    assert ("Deployment", "hookferry") in release.objects("deployment")


def test_topics_are_kept_and_taken_up_again(release, cluster):
    def topics():
        return {topic["metadata"]["name"]: topic["metadata"]["uid"] for topic in cluster.get("kafkatopics", "kafka")}

    strimzi = {"strimzi": {"cluster": "main", "namespace": "kafka", "topics": {"enabled": True}, "user": {"enabled": True}}}
    release.install(MINIMAL, strimzi)
    made = topics()
    assert len(made) == 8 and cluster.get("kafkausers", "kafka")
    release.upgrade(MINIMAL)
    assert topics() == made and not cluster.get("kafkausers", "kafka")
    release.uninstall()
    release.install(MINIMAL, strimzi)
    assert topics() == made
    release.uninstall()
    cluster.kubectl("delete", "kafkatopics", "--namespace", "kafka", "--all")


def test_a_spool_s_volumes_are_kept(release, cluster):
    def claims():
        return {claim["metadata"]["name"] for claim in cluster.get("persistentvolumeclaims", "hooks")}

    release.install(MINIMAL, SPOOL)
    release.wait_for_pods(2)
    both = {"spool-test-hookferry-0", "spool-test-hookferry-1"}
    assert claims() == both
    release.upgrade(MINIMAL, SPOOL, {"replicaCount": 1})
    release.wait_for_pods(1)
    assert claims() == both
    release.uninstall()
    assert claims() == both
    cluster.kubectl("delete", "persistentvolumeclaims", "--namespace", "hooks", "--all")


def test_the_spool_can_be_switched_on_and_off(release, cluster):
    release.install(MINIMAL)
    release.upgrade(MINIMAL, SPOOL)
    assert release.objects("deployment", "statefulset") == {("StatefulSet", "test-hookferry")}
    release.upgrade(MINIMAL)
    assert release.objects("deployment", "statefulset") == {("Deployment", "test-hookferry")}
    release.uninstall()
    cluster.kubectl("delete", "persistentvolumeclaims", "--namespace", "hooks", "--all")


def test_upgrade_and_rollback(release):
    minimal = {("Deployment", "test-hookferry"), ("Service", "test-hookferry"), ("Service", "test-hookferry-admin"),
               ("ConfigMap", "test-hookferry"), ("ServiceAccount", "test-hookferry"),
               ("PodDisruptionBudget", "test-hookferry")}
    kinds = {kind.lower() for kind, _ in minimal} | {"ingress", "servicemonitor", "httproute", "networkpolicy"}
    release.install(MINIMAL)
    assert release.objects(*kinds) == minimal
    release.upgrade(MINIMAL, ALL)
    assert release.objects(*kinds) == minimal | {(kind, "test-hookferry") for kind in (
        "Ingress", "ServiceMonitor", "HTTPRoute", "NetworkPolicy")}
    release.upgrade(MINIMAL, {"replicaCount": 1})
    assert release.objects(*kinds) == minimal - {("PodDisruptionBudget", "test-hookferry")}
    release.rollback(1)
    assert release.objects(*kinds) == minimal


def test_that_a_warning_would_be_seen(release):
    with pytest.raises(HelmError, match="would violate PodSecurity"):
        release.install(MINIMAL, {"securityContext": {"allowPrivilegeEscalation": True}})


def test_a_changed_source_replaces_no_pods(release, cluster):
    def revisions():
        return {item["metadata"]["name"] for item in cluster.get("replicaset", "hooks")}

    release.install(MINIMAL)
    release.wait_for_pods(2)
    before = revisions()
    source = {**MINIMAL["config"]["sources"][0], "events": ["job.queued"]}
    release.upgrade(MINIMAL, {"config": {"sources": [source]}})
    (config,) = cluster.get("configmap", "hooks", "--selector", "app.kubernetes.io/instance=test")
    assert "job.queued" in config["data"]["hookferry.yaml"]
    (deployment,) = cluster.get("deployment", "hooks")
    assert deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert revisions() == before
