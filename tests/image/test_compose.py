"""The README's `docker compose`: its file is valid by the rules of Docker Compose's own reader, tight, and at work. There
is no engine here: the containers' settings are taken from the file as read, Kafka is started by the code that its image starts
it with, and the bridge by runc. The file's ports are fixed, so this wants a network namespace of its own."""

import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import time

import pytest

from harness import BUILD, ROOT, readme, wait_for
from harness.kafka import fetch_jars, read_topic
from harness.process import Process
from harness.webhooks import glossi, meshqa, post, request, sign


def command() -> argparse.Namespace:
    """The README's, as Docker reads it; what is not understood here is an error."""
    parser = argparse.ArgumentParser("docker")
    compose = parser.add_subparsers(required=True).add_parser("compose")
    compose.add_argument("-f", dest="file", type=pathlib.Path)
    up = compose.add_subparsers(required=True).add_parser("up")
    up.add_argument("--build", action="store_true")
    up.add_argument("--wait", action="store_true")
    return parser.parse_args(shlex.split(readme.line("docker compose"))[1:])


COMPOSE = ROOT / command().file
JARS = ROOT / "tests" / "harness" / "jars"


def read(file: pathlib.Path) -> subprocess.CompletedProcess:
    """What Docker Compose makes of the file: compose-go is the library that reads it there."""
    command = [BUILD / "compose-go" / "cmd", "-format", "json", file]
    variables = {name: value for name, value in os.environ.items() if name != "REVISION"}
    return subprocess.run(command, cwd=file.parent, env=variables, capture_output=True, text=True, timeout=120)


def model_of(file: pathlib.Path) -> dict:
    result = read(file)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def model():
    return model_of(COMPOSE)


@pytest.fixture(scope="module")
def bridge(model):
    return model["services"]["hookferry"]


@pytest.fixture(scope="module")
def broker(model):
    return model["services"]["kafka"]


def test_the_reader_refuses_what_is_not_compose(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text(COMPOSE.read_text().replace("read_only: true", "read_onyl: true"))
    result = read(file)
    assert result.returncode != 0
    assert "read_onyl" in result.stderr


def test_the_bridge_gets_no_privilege(bridge):
    assert bridge["read_only"] is True
    assert bridge["cap_drop"] == ["ALL"]
    assert bridge["security_opt"] == ["no-new-privileges:true"]
    assert not {"user", "privileged", "cap_add", "environment", "tmpfs"} & set(bridge)
    assert all(volume["read_only"] for volume in bridge["volumes"])


def test_only_the_webhook_port_is_open_beyond_this_machine(model):
    ports = [port for service in model["services"].values() for port in service["ports"]]
    open_at = {port["target"]: port.get("host_ip") for port in ports}
    assert open_at == {8080: None, 8081: "127.0.0.1", 9092: "127.0.0.1"}


def test_the_bridge_starts_after_kafka_and_has_time_to_stop(bridge):
    assert bridge["depends_on"]["kafka"]["condition"] == "service_healthy"
    assert bridge["healthcheck"]["test"] == ["CMD", "hookferry", "healthcheck"]
    reference = (ROOT / "docs" / "configuration.md").read_text()
    drain, flush = (int(re.search(rf"^  {key}: (\d+)s$", reference, re.MULTILINE)[1]) for key in ("drain", "flush"))
    assert int(bridge["stop_grace_period"].removesuffix("s")) > drain + flush


def test_the_readme_s_command_builds_this_repository_and_waits_for_health(model, bridge):
    assert command().build and command().wait
    assert all("healthcheck" in service for service in model["services"].values())
    build = bridge["build"]
    assert pathlib.Path(build["context"]) == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    assert build["args"] == {"REVISION": "unknown"}


def test_kafka_is_the_one_that_the_tests_run_against(broker):
    pom = (JARS / "pom.xml").read_text()
    tested = re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>(.*)</version>", pom)[1]
    assert broker["image"] == f"apache/kafka:{tested}"


class ImageKafka:
    """Kafka as Apache's image runs it: the image's own code makes the settings from the environment, and storage."""

    def __init__(self, directory: pathlib.Path, environment: dict[str, str]):
        self._directory = directory
        self._class_path = ["-cp", f"{fetch_jars()}/*"]
        self._environment = {
            **environment,
            "PATH": os.environ["PATH"],
            "CLUSTER_ID": "5L6g3nShT-eMCtK--X86sw",  # where there is none, the image brings one
            "KAFKA_LOG_DIRS": str(directory / "data"),
        }
        for name in ("default", "mounted", "final"):
            (directory / name).mkdir()
        (directory / "default" / "server.properties").touch()
        for name in ("log4j2.yaml", "tools-log4j2.yaml"):
            (directory / "default" / name).write_text("Configuration: {Loggers: {Root: {level: INFO}}}\n")
        self._process: Process | None = None

    def start(self) -> "ImageKafka":
        folders = [f"--{name}-configs-dir={self._directory / name}" for name in ("default", "mounted", "final")]
        made = self.tool("kafka.docker.KafkaDockerWrapper", "setup", *folders)
        # The image's script goes on where storage is there from the last time.
        assert made.returncode == 0 or "already formatted" in made.stderr, made
        process = self._process = Process(
            [*self._java(), "kafka.Kafka", self._directory / "final" / "server.properties"],
            self._directory / "log", self._environment)

        def started():
            assert process.running(), process.log()
            return "Kafka Server started" in process.log()

        wait_for(started, 120, lambda: f"the start of Kafka\n{process.log()}")
        return self

    def tool(self, main_class: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self._java(), main_class, *arguments], env=self._environment, capture_output=True,
                              text=True, timeout=120)

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def _java(self) -> list[str]:
        heap = self._environment["KAFKA_HEAP_OPTS"].split()
        return ["java", *heap, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                f"-Dlog4j2.configurationFile=file:{JARS}/log4j2.properties", *self._class_path]


@pytest.fixture
def checkout(tmp_path):
    """A checkout's `deploy`, after the steps that compose.yaml asks for before it is started."""
    deploy = tmp_path / "deploy"
    (deploy / "compose").mkdir(parents=True)
    shutil.copy(COMPOSE, deploy)
    shutil.copytree(COMPOSE.parent / "compose" / "config", deploy / "compose" / "config")
    steps = re.findall(r"^#   ((?:mkdir|printf) .*)$", COMPOSE.read_text(), re.MULTILINE)
    assert len(steps) == 3
    subprocess.run(["sh", "-e", "-u", "-c", "umask 022\n" + "\n".join(steps)], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def kafka(tmp_path, broker):
    directory = tmp_path / "kafka"
    directory.mkdir()
    kafka = ImageKafka(directory, broker["environment"])
    yield kafka
    kafka.stop()


def mounts(model: dict, hosts: pathlib.Path) -> dict[str, pathlib.Path]:
    """What Compose mounts into the bridge: its volumes, a file for each secret, the names of the other containers."""
    service = model["services"]["hookferry"]
    files = {name: pathlib.Path(secret["file"]) for name, secret in model["secrets"].items()}
    volumes = {volume["target"]: pathlib.Path(volume["source"]) for volume in service["volumes"]}
    secrets = {secret["target"]: files[secret["source"]] for secret in service["secrets"]}
    hosts.write_text("127.0.0.1 localhost kafka\n")
    return {**volumes, **secrets, "/etc/hosts": hosts}


def test_at_work(checkout, kafka, container, tmp_path, figure):
    model = model_of(checkout / "deploy" / "compose.yaml")
    service = model["services"]["hookferry"]
    begin = time.monotonic()
    kafka.start()
    bridge = container(mounts=mounts(model, tmp_path / "hosts")).start()
    check = service["healthcheck"]["test"][1:]

    def healthy():
        assert bridge.running(), bridge.log()
        return bridge.exec(*check).returncode == 0

    wait_for(healthy, 120, lambda: f"the bridge to be healthy\n{bridge.log()}")
    figure(f"compose.yaml's Kafka and bridge healthy {time.monotonic() - begin:.1f} s after their start")
    assert request(8081, "GET", "/livez").status == 200

    secrets = {name: pathlib.Path(secret["file"]).read_text() for name, secret in model["secrets"].items()}
    for source, body in (("glossi", glossi("render.complete", jobId="job-1")), ("meshqa", meshqa("val-1"))):
        answer = post(8080, source, body, signature=sign(body, secrets[source]))
        assert (answer.status, answer.json()["status"]) == (200, "accepted"), answer
    # As the file's comment reads them: at the port that Kafka opens on this machine.
    assert [record.key for record in read_topic("localhost:9092", "glossi.render.complete")] == [b"job-1"]
    assert [record.key for record in read_topic("localhost:9092", "meshqa.validation.completed")] == [b"val-1"]

    bridge.signal("TERM")
    assert bridge.wait() == 0, bridge.log()


def test_kafka_is_healthy_and_keeps_what_it_has_when_it_starts_again(kafka, broker):
    tool, *arguments = broker["healthcheck"]["test"][1:]
    assert pathlib.PurePath(tool).name == "kafka-broker-api-versions.sh"
    kafka.start()
    asked = kafka.tool("org.apache.kafka.tools.BrokerApiVersionsCommand", *arguments)
    assert asked.returncode == 0 and "localhost:9092" in asked.stdout, asked
    topics = ("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", "localhost:9092", "--topic", "kept")
    made = kafka.tool(*topics, "--create")
    assert made.returncode == 0, made
    kafka.stop()
    kafka.start()
    described = kafka.tool(*topics, "--describe")
    assert described.returncode == 0 and "PartitionCount" in described.stdout, described
