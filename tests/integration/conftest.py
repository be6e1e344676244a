"""Fixtures: one real Kafka for the whole run, and bridges of a test's own."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from harness import hookferry_binary  # noqa: E402
from harness.bridge import Bridge  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from harness.noted import figure, pytest_terminal_summary  # noqa: E402, F401


def pytest_configure(config):
    needed = ("kcat", "java", "openssl", "h2load", "strace", "systemd-analyze", "mvn", "javac", "npm", "cmake",
              "ninja")
    missing = [program for program in needed if not shutil.which(program)]
    if missing:
        pytest.exit(f"missing: {' '.join(missing)} (deploy/install.sh build test)", returncode=3)
    if not hookferry_binary().is_file():
        pytest.exit(f"{hookferry_binary()} is not built (tests/run.sh builds it; HOOKFERRY_BIN names another)",
                    returncode=3)


@pytest.fixture(scope="session")
def fetched():
    """fetched(what): the result of `what`, which fetches something from a registry. Where that cannot be had, the tests that
    need it are skipped, in CI they fail."""

    def fetch(what):
        try:
            return what()
        except (RuntimeError, OSError, subprocess.SubprocessError) as problem:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"not to be had here: {problem}")

    return fetch


@pytest.fixture(scope="session")
def running_kafka(tmp_path_factory):
    kafka = Kafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture
def kafka(running_kafka):
    """The broker, running, whatever the test before did to it."""
    running_kafka.resume()
    if not running_kafka.running():
        running_kafka.start()
    return running_kafka


@pytest.fixture
def prefix(request):
    """What the names of the test's own topics begin with."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:40].strip("-")
    return f"{name}-{uuid.uuid4().hex[:6]}"


@pytest.fixture
def bridge(kafka, prefix, tmp_path):
    """Makes a bridge on the broker: bridge(config={…}, sources=(…), …), not started. All are killed after the test."""
    bridges = []

    def make(*, kafka_address: str | None = None, **options) -> Bridge:
        directory = tmp_path / f"bridge-{len(bridges)}"
        directory.mkdir()
        bridges.append(Bridge(directory, prefix, kafka_address or kafka.address, **options))
        return bridges[-1]

    yield make
    for made in bridges:
        if made.running():
            made.kill()
