"""Fixtures: the image that tests/image/build.sh left, containers of it, and a real Kafka.

To be run as root, in a network namespace of its own: what compose.yaml starts has fixed ports (tests/run.sh image).
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from container import Container, Image, unpack  # noqa: E402
from harness import BUILD  # noqa: E402
from harness.kafka import Kafka  # noqa: E402
from harness.noted import figure, pytest_terminal_summary  # noqa: E402, F401

ARCHIVE = BUILD / "image" / "hookferry.tar"


def pytest_configure(config):
    missing = [program for program in ("kcat", "java", "runc") if not shutil.which(program)]
    if missing:
        pytest.exit(f"missing: {' '.join(missing)} (deploy/install.sh test image)", returncode=3)
    if not ARCHIVE.is_file():
        pytest.exit(f"{ARCHIVE} is not built (tests/image/build.sh builds it)", returncode=3)
    if os.geteuid() != 0:
        pytest.exit("runc needs root", returncode=3)


@pytest.fixture(scope="session")
def image():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="hookferry-image-"))
    try:
        root = directory / "root"
        root.mkdir(mode=0o755)  # the container's users look into it
        yield unpack(ARCHIVE, root)
    finally:
        # Not shutil: it would follow whatever a runtime had left mounted in there.
        subprocess.run(["rm", "-rf", "--one-file-system", directory], check=True)


@pytest.fixture
def container(image: Image, tmp_path):
    """Makes a container, not started: container("serve", …, mounts={…}). All are removed after the test."""
    containers = []

    def make(*arguments: str, **options) -> Container:
        containers.append(Container(image, tmp_path, *arguments, **options))
        return containers[-1]

    yield make
    for made in containers:
        made.remove()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    kafka = Kafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()
