"""The README's commands, run by a shell as they stand there: each does what the README says of it.

Replaced is what stands there for the reader's own, which is in PLACES; added is `--listen` and `--admin` to what would
open the usual ports. Building stops short of compiling, and the program that it would leave is the one under test: with
HOOKFERRY_README_BUILDS=1 everything is built (tests/run.sh readme). What wants an engine or a cluster is run in tests/image and
tests/helm/cluster.
"""

import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from harness import ROOT, free_port, hookferry_binary, readme, wait_for
from harness.bridge import SECRET_ENVIRONMENT, environment
from harness.certificates import certify
from harness.process import Process
from harness.webhooks import glossi, meshqa, post, request, sign, unique
from records import only_record

BUILDS = os.environ.get("HOOKFERRY_README_BUILDS") == "1"
PATIENCE = 900 if BUILDS else 120  # seconds
# Says what it would do where the README builds, and works where CMake tries the compiler.
DRY_NINJA = """#!/bin/sh
case $PWD in */build/release) set -- -n "$@" ;; esac
exec {ninja} "$@"
"""
# What stands in the README for the reader's own.
PLACES = {
    "brokers": "broker1:9092,broker2:9092",
    "broker": "broker1:9092",
    "local_broker": "localhost:9092",
    "host": "YOUR-HOST",
    "listen": "127.0.0.1:9000",
    "spool": "/mnt/old",
    "file": "FILE",
    **{variable: f"{variable}=…" for variable in SECRET_ENVIRONMENT},
}


def filled(line: str, **own: str) -> str:
    """With the test's own in these places."""
    for name, value in own.items():
        assert PLACES[name] in line, f"{line} has no {PLACES[name]}"
        line = line.replace(PLACES[name], value)
    return line


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout, as it is after a build; its `bin` is on the PATH."""
    if BUILDS:
        return ROOT
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("include", "src"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "deploy").mkdir()
    for file in (ROOT / "CMakeLists.txt", ROOT / "CMakePresets.json", *(ROOT / "deploy").glob("*.sh")):
        shutil.copy(file, folder / file.relative_to(ROOT))
    (folder / "build" / "release").mkdir(parents=True)
    (folder / "build" / "release" / "hookferry").symlink_to(hookferry_binary().resolve())
    (folder / "bin").mkdir()
    (folder / "bin" / "ninja").write_text(DRY_NINJA.format(ninja=shutil.which("ninja")))
    (folder / "bin" / "ninja").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def variables(checkout, tmp_path_factory):
    """The environment in which the README has its commands: hookferry is on the PATH."""
    installed = tmp_path_factory.mktemp("installed")
    (installed / "hookferry").symlink_to(checkout / "build" / "release" / "hookferry")
    return environment(PATH=f"{installed}:{checkout / 'bin'}:{os.environ['PATH']}")


@pytest.fixture
def folder_of(checkout, tmp_path):
    """folder_of(line): where it is run. What is installed is run anywhere, and may leave files there."""
    return lambda line: tmp_path if line.startswith("hookferry ") else checkout


@pytest.fixture
def run(folder_of, variables):
    """run(line, NAME=value…): to its end, with these variables."""

    def to_its_end(line: str, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(["bash", "-c", line], cwd=folder_of(line), env=variables | more, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)

    return to_its_end


@pytest.fixture
def start(folder_of, variables, tmp_path):
    """start(lines…, NAME=value…): the last one goes on, and is killed after the test."""
    started = []

    def go_on(*lines: str, **more: str) -> Process:
        *before, line = lines
        script = "\n".join([f"cd {folder_of(line)}", *before, f"exec {line}"])
        started.append(Process(["bash", "-c", script], tmp_path / f"{len(started)}.log", variables | more))
        return started[-1]

    yield go_on
    for process in started:
        if process.running():
            process.kill()


def succeeds(result: subprocess.CompletedProcess) -> str:
    assert result.returncode == 0, result
    return result.stdout


def said(process: Process, pattern: str, seconds: float = 30) -> re.Match:
    def found():
        running = process.running()
        match = re.search(pattern, process.log(), re.M)
        assert match or running, process.log()
        return match

    return wait_for(found, seconds, lambda: f"{pattern!r} in\n{process.log()}")


# Try it


def test_the_demo_with_the_events_as_they_arrive(start, run):
    demo = start(readme.line("deploy/demo.sh"))
    elsewhere = said(demo, r"^  hookferry tail(.*)$", PATIENCE)[1]  # where the usual ports are taken
    assert "8 accepted · 1 duplicate · 1 quarantined · 1 forged refused · 0 lost" in demo.log()
    tail = start(readme.line("build/release/hookferry tail") + elsewhere)
    said(tail, "reading")
    sent = succeeds(run(said(demo, r"^  (GLOSSI_WEBHOOK_SECRET=.*)$")[1]))
    said(tail, rf"glossi +job\.complete +{json.loads(sent[sent.index('{'):])['id'][:8]}")
    demo.send(signal.SIGINT)
    assert demo.wait(20) == 0


def test_the_demo_that_ends(run):
    shown = succeeds(run(readme.line("deploy/demo.sh --once")))
    assert "8 accepted · 1 duplicate · 1 quarantined · 1 forged refused · 0 lost" in shown
    assert '"specversion":"1.0"' in re.sub(r"\s", "", shown)


# Connect Glossi and MeshQA


def test_the_build(run):
    assert re.search(r"Linking CXX executable hookferry$|no work to do", succeeds(run(readme.line("cmake"))), re.M)


@pytest.fixture
def served(start, kafka):
    """The webhook port of what the README's lines serve."""
    port, admin = free_port(), free_port()
    line = filled(readme.line("build/release/hookferry serve"), brokers=kafka.address)
    exported = filled(readme.line("export"), **{name: f"{name}={secret}" for name, secret in SECRET_ENVIRONMENT.items()})
    serving = start(exported, f"{line} --listen 127.0.0.1:{port} --admin 127.0.0.1:{admin}")

    def ready():
        assert serving.running(), serving.log()
        try:
            return request(admin, "GET", "/readyz").status == 200
        except OSError:
            return False

    wait_for(ready, 30, serving.log)
    return port


def test_serving(served, kafka):
    job = unique()
    bodies = {"glossi": (glossi(jobId=job), "job.complete"), "meshqa": (meshqa(job), "validation.completed")}
    for source, (body, event) in bodies.items():
        assert post(served, source, body).json()["status"] == "accepted"
        assert [record.key for record in kafka.read(f"{source}.{event}")].count(job.encode()) == 1
        assert post(served, source, body, signature=sign(body, "another")).status == 401


def test_sending(bridge, kafka, run, tmp_path):
    certificate = certify(tmp_path, "server")
    serving = bridge(config={"http": {"tls": certificate.settings()}}, sources=("glossi",)).start()
    line = filled(readme.line("hookferry send"), host=f"127.0.0.1:{serving.port}")
    sent = succeeds(run(line, **SECRET_ENVIRONMENT, SSL_CERT_FILE=str(certificate.certificate_file)))
    assert re.search(r" 200 .*\"accepted\"", sent)
    only_record(kafka, serving.topic("glossi", "job.complete"))


def test_verifying(start):
    verifying = start(filled(readme.line("hookferry verify"), listen="127.0.0.1:0"), **SECRET_ENVIRONMENT)
    port = int(said(verifying, r"on port (\d+)")[1])
    post(port, "glossi", glossi(), signature=sign(b"", "another"))
    assert verifying.wait(20) == 1
    assert "does not verify: wrong secret\n" in verifying.log()


# Configure it


def test_what_looks_at_a_configuration(bridge, run):
    configured = bridge(sources=("glossi",))
    topic, file = configured.topic("glossi", "job.complete"), str(configured.config_file)
    check = filled(readme.line("hookferry check"), file=file)
    assert topic not in succeeds(run(check, **SECRET_ENVIRONMENT))
    assert topic in succeeds(run(f"{check} --connect", **SECRET_ENVIRONMENT))
    assert topic in succeeds(run(readme.line("hookferry topics"), HOOKFERRY_CONFIG=file))
    published = json.loads(succeeds(run(readme.line("hookferry asyncapi"), HOOKFERRY_CONFIG=file)))
    assert topic in {channel["address"] for channel in published["channels"].values()}


# Subscribe


def test_subscribing(served, kafka, start):
    job = unique()
    assert post(served, "glossi", glossi(jobId=job)).status == 200
    reading = start(filled(readme.line("kcat"), local_broker=kafka.address))
    partitions = kafka.partitions("glossi.job.complete")
    wait_for(lambda: reading.log().count("Reached end of topic") == partitions, 20, reading.log)
    reading.stop()  # so that it prints what it holds
    assert re.search(rf'^{job} \{{.*"subject":"{job}"', reading.log(), re.M), reading.log()


# Watch it


def test_a_spool(bridge, kafka, run, tmp_path):
    folder = tmp_path / "spool"
    serving = bridge(sources=("glossi",), config={"spool": {"path": str(folder)}}).start()
    serving.wait_for_readyz(200, '"degraded":[]')
    kafka.pause()
    answers = [serving.post("glossi", glossi()) for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    configured = {"HOOKFERRY_CONFIG": str(serving.config_file), **SECRET_ENVIRONMENT}
    listed = succeeds(run(readme.line("hookferry spool list"), **configured))
    assert f"3 events, of the running process {serving.pid}" in listed
    serving.kill()
    kafka.resume()
    line = filled(readme.line("hookferry spool drain"), spool=str(folder), broker=kafka.address)
    assert succeeds(run(line)) == "drained: 3 of 3 events are in Kafka\n"
    stored = {record.header("ce_id") for record in kafka.read(serving.topic("glossi", "job.complete"))}
    assert stored == {answer.json()["id"] for answer in answers}


# Work on it


def test_the_tests_themselves():
    """Which run this one: CI's own command is the README's."""
    command = readme.line("tests/run.sh")
    assert f"\nexec {command} ci <" in (ROOT / ".ci" / "run").read_text()


def test_no_command_is_without_a_test():
    assert readme.lines_with_tests() == set(readme.lines())
