"""Fixtures: the chart's tools, and the chart as helm renders it. Nothing here needs a cluster."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parents[2])]

from kubetools import chart as tools  # noqa: E402
from rendering import Helm  # noqa: E402


@pytest.fixture(scope="session")
def helm():
    return Helm(tools.folder() / "bin/helm")


@pytest.fixture(scope="session", params=["helm", "helm3"])
def each_helm(request):
    """Helm 4, and Helm 3, which reads schemas with another library."""
    return Helm(tools.folder() / "bin" / request.param)
