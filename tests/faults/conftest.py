"""What the tests of this folder need, and the seed of the runs."""

import os
import random
import shutil

import pytest

from harness import hookferry_binary
from harness.cluster import Cluster

SEED = int(os.environ.get("HOOKFERRY_FAULTS_SEED") or random.randrange(1_000_000))


def pytest_report_header(config):
    return f"the seed of the faults is {SEED}: HOOKFERRY_FAULTS_SEED={SEED} tests/run.sh faults does it again"


def pytest_configure(config):
    missing = [program for program in ("kcat", "java") if not shutil.which(program)]
    if missing:
        pytest.exit(f"missing: {' '.join(missing)} (deploy/install.sh test)", returncode=3)
    if not hookferry_binary().is_file():
        pytest.exit(f"{hookferry_binary()} is not built (tests/run.sh builds it; HOOKFERRY_BIN names another)",
                    returncode=3)


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
