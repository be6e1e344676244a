"""Fixtures: one real control plane for the whole run, helm on it, and a node with a Kafka that its Pods reach."""

import os
import pathlib
import sys

import pytest

sys.path[:0] = [str(folder) for folder in pathlib.Path(__file__).parents[:3]]

from harness.kafka import Kafka  # noqa: E402
from harness.noted import figure, pytest_terminal_summary  # noqa: E402, F401
from installed import SECRET  # noqa: E402
from kubetools import chart as tools  # noqa: E402
from kubetools import image  # noqa: E402
from kubetools.controlplane import ControlPlane  # noqa: E402
from kubetools.node import ADDRESS, Node  # noqa: E402
from releases import Release  # noqa: E402
from rendering import CHART, MINIMAL  # noqa: E402

NAMESPACE = "hooks"
ARCHIVE = pathlib.Path(os.environ.get("HOOKFERRY_IMAGE", ""))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """With the operators' definitions, and a namespace that takes what is "restricted" alone, and warns of the rest."""
    control_plane = ControlPlane(tmp_path_factory.mktemp("cluster") / "control-plane")
    try:
        control_plane.start()
        definitions = CHART.parents[1] / "tests/helm/crds"
        control_plane.kubectl("apply", "--server-side", "-f", definitions)
        control_plane.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        control_plane.kubectl("create", "namespace", NAMESPACE)
        control_plane.kubectl("create", "namespace", "kafka")  # where values files have what is for its operators
        control_plane.kubectl("label", "namespace", NAMESPACE, *(
            f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn", "audit")))
        yield control_plane
    finally:
        control_plane.stop()


@pytest.fixture
def name():
    """Of the test's release."""
    return "test"


@pytest.fixture(params=["helm", "helm3"])
def release(request, cluster, name):
    """A release that is not installed yet, by Helm 4 and by Helm 3; gone after the test."""
    made = Release(cluster, tools.folder() / "bin" / request.param, NAMESPACE, name)
    yield made
    made.remove()


@pytest.fixture(scope="session")
def machine():
    """What has to be there before the control plane starts."""
    if not os.environ.get("HOOKFERRY_ISOLATED") or not ARCHIVE.is_file():
        pytest.exit("with a node: HOOKFERRY_IMAGE=ARCHIVE tests/helm/cluster/isolated.sh python -m pytest …", returncode=3)
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
def hooks_secret(cluster):
    cluster.kubectl("create", "secret", "generic", "hookferry-hooks", "--namespace", NAMESPACE,
                    f"--from-literal=glossi={SECRET}")
