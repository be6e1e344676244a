"""Fixtures: the alerts as the chart renders them, and the bridge on its in-process broker."""

import pathlib
import shutil
import sys

import pytest

TESTS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "helm"), str(TESTS / "alerts")]

from harness import hookferry_binary  # noqa: E402
from harness.bridge import Bridge  # noqa: E402
from prometheus_rule import render  # noqa: E402


def pytest_configure(config):
    missing = [program for program in ("promtool", "prometheus", "prometheus-alertmanager", "java")
               if not shutil.which(program)]
    if missing:
        pytest.exit(f"missing: {' '.join(missing)} (deploy/install.sh test)", returncode=3)
    if not hookferry_binary().is_file():
        pytest.exit(f"{hookferry_binary()} is not built (tests/run.sh builds it; HOOKFERRY_BIN names another)",
                    returncode=3)


@pytest.fixture(scope="session")
def rule():
    """The PrometheusRule with the chart's own values, and what has to be asked for."""
    return render()


@pytest.fixture
def bridge(tmp_path):
    """Starts a bridge with both sources: bridge(kafka_address), or bridge("embedded"). It is killed after the test."""
    started = []

    def start(kafka_address: str) -> Bridge:
        started.append(Bridge(tmp_path, "", kafka_address).start_without_file(kafka_address))
        return started[-1]

    yield start
    for bridge in started:
        if bridge.running():
            bridge.kill()
