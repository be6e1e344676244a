"""Fixtures: one real control plane for the whole run, and helm on it."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parents[2])]

from kubetools import chart as tools  # noqa: E402
from kubetools.controlplane import ControlPlane  # noqa: E402
from releases import Release  # noqa: E402
from rendering import CHART  # noqa: E402

NAMESPACE = "hooks"
FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter, config):
    for figure in config.stash[FIGURES]:
        terminalreporter.write_line(f"figure: {figure}")


@pytest.fixture
def figure(request):
    """Notes a measured figure: figure("… ms"); all are printed at the end of the run."""
    return request.config.stash[FIGURES].append


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


@pytest.fixture(params=["helm", "helm3"])
def release(request, cluster):
    """A release that is not installed yet, by Helm 4 and by Helm 3; gone after the test."""
    made = Release(cluster, tools.folder() / "bin" / request.param, NAMESPACE)
    yield made
    made.remove()
