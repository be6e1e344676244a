"""The image at work, in the tightest container that an engine makes: read-only root, no capability, none to gain."""

import json
import pathlib
import re
import time

import pytest

from harness import ROOT, free_port, wait_for
from harness.webhooks import SECRETS, Answer, glossi, meshqa, post, request

UNPRIVILEGED = 10001


class Ports:
    def __init__(self):
        self.webhooks = free_port()
        self.admin = free_port()

    def ask(self, path: str) -> Answer | None:
        """None while nobody listens there."""
        try:
            return request(self.admin, "GET", path)
        except OSError:
            return None


def ready(container, ports: Ports) -> Answer:
    def up():
        assert container.running(), container.log()
        answer = ports.ask("/readyz")
        return answer if answer and answer.status == 200 else None

    return wait_for(up, 120, lambda: f"/readyz 200; it says {ports.ask('/readyz')}\n{container.log()}")


@pytest.fixture
def ports():
    return Ports()


@pytest.fixture
def configuration(tmp_path, ports):
    """Makes what is mounted into the container: the default configuration file, and secrets as files."""

    def make(kafka_address: str) -> dict[str, pathlib.Path]:
        folder, secrets = tmp_path / "etc", tmp_path / "secrets"
        folder.mkdir()
        secrets.mkdir()
        for name, secret in SECRETS.items():
            (secrets / name).write_text(secret + "\n")
        (folder / "hookferry.yaml").write_text(json.dumps({
            "http": {"listen": f"[::]:{ports.webhooks}"},
            "admin": {"listen": f"[::]:{ports.admin}"},
            "kafka": {"bootstrap_servers": [kafka_address], "min_durability": "off"},
            "sources": [{"name": name, "preset": name, "secrets": [{"file": f"/run/secrets/{name}"}]}
                        for name in SECRETS],
            "shutdown": {"drain": "100ms", "flush": "5s"},
        }))
        return {"/etc/hookferry": folder, "/run/secrets": secrets}

    return make


def status(pid: int) -> dict[str, str]:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def mounts(pid: int) -> dict[str, list[str]]:
    """Mount point → its options, as the process has them."""
    lines = pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    return {fields[4]: fields[5].split(",") for fields in map(str.split, lines)}


def test_from_a_webhook_to_kafka_and_out(container, configuration, ports, kafka, figure):
    """Started with its default command and configuration file, a signed webhook's event is in a real Kafka, as an
    independent consumer reads it; SIGTERM to PID 1 ends it."""
    bridge = container(mounts=configuration(kafka.address))
    begin = time.monotonic()
    bridge.start()
    ready(bridge, ports)
    figure(f"container ready {time.monotonic() - begin:.1f} s after its start")
    assert ports.ask("/livez").status == 200

    event = glossi("job.complete", jobId="job-1")
    answer = post(ports.webhooks, "glossi", event)
    assert (answer.status, answer.json()["status"]) == (200, "accepted"), answer
    assert post(ports.webhooks, "glossi", event, signature="0" * 64).status == 401
    record, = kafka.read("glossi.job.complete")
    assert record.key == b"job-1"
    assert json.loads(record.value)["data"] == {"jobId": "job-1"}
    assert record.header("ce_id") == answer.json()["id"]
    assert post(ports.webhooks, "meshqa", meshqa("val-1")).status == 200
    assert [record.key for record in kafka.read("meshqa.validation.completed")] == [b"val-1"]

    bridge.signal("TERM")
    assert bridge.wait() == 0, bridge.log()
    assert "everything that was acknowledged is in Kafka" in bridge.log()


def test_it_runs_without_any_privilege(container, configuration, ports, kafka):
    bridge = container(mounts=configuration(kafka.address)).start()
    ready(bridge, ports)
    process = status(bridge.pid)
    assert process["Name"] == "hookferry"
    assert process["NSpid"].split()[-1] == "1"
    for kind in ("Uid", "Gid"):
        assert process[kind].split() == [str(UNPRIVILEGED)] * 4
    assert process["Groups"] == ""
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(process[kind], 16) == 0, f"{kind} {process[kind]}"
    assert process["NoNewPrivs"] == "1"
    where = mounts(bridge.pid)
    for point in ("/", "/etc/hookferry", "/run/secrets"):
        assert "ro" in where[point], f"{point} {where[point]}"
    assert "rw" in where["/dev"]  # so what is read-only above is no accident
    for path in ("/x", "/tmp/x", "/var/lib/x", "/etc/hookferry/x"):
        tried = bridge.exec("touch", path)
        assert tried.returncode != 0 and "Read-only file system" in tried.stderr, tried


def test_the_health_check_tells_ready_from_not(container, configuration, ports, kafka, image):
    """The image's own check, run inside with the container's configuration."""
    check = image.config["Healthcheck"]["Test"][1:]
    bridge = container(mounts=configuration(kafka.address)).start()
    ready(bridge, ports)
    assert bridge.exec(*check).returncode == 0
    kafka.stop()
    try:
        wait_for(lambda: ports.ask("/readyz").status == 503, 120, lambda: f"unready; it says {ports.ask('/readyz')}")
        assert bridge.exec(*check).returncode == 1
        assert ports.ask("/livez").status == 200
    finally:
        kafka.start()
    ready(bridge, ports)
    assert bridge.exec(*check).returncode == 0


def test_the_health_check_where_nothing_listens(container, configuration):
    waiting = container("healthcheck", mounts=configuration("127.0.0.1:1"))
    assert waiting.run() == 3
    assert "is the instance running" in waiting.log()


def test_sigterm_ends_it_before_kafka_was_ever_there(container, configuration, ports):
    bridge = container(mounts=configuration(f"127.0.0.1:{free_port()}")).start()
    wait_for(lambda: ports.ask("/livez"), 120, lambda: f"/livez\n{bridge.log()}")
    assert ports.ask("/readyz").status == 503
    bridge.signal("TERM")
    assert bridge.wait() == 0, bridge.log()


def test_without_a_file_it_takes_flags_and_the_environment(container, ports, kafka):
    bridge = container("serve", "--kafka", kafka.address, "--listen", f"[::]:{ports.webhooks}", "--admin",
                       f"[::]:{ports.admin}", variables={"GLOSSI_WEBHOOK_SECRET": SECRETS["glossi"]}).start()
    ready(bridge, ports)
    assert post(ports.webhooks, "glossi", glossi("model.processed", modelId="m-1")).status == 200
    assert [record.key for record in kafka.read("glossi.model.processed")] == [b"m-1"]


def test_with_nothing_configured_it_says_what_to_set(container):
    bridge = container()
    assert bridge.run() == 1
    assert "GLOSSI_WEBHOOK_SECRET" in bridge.log()


def test_a_secret_that_it_may_not_read_is_named(container, configuration, tmp_path):
    mounted = configuration("127.0.0.1:1")
    (tmp_path / "secrets" / "glossi").chmod(0o600)  # of another user than the container's
    bridge = container(mounts=mounted)
    assert bridge.run() == 1
    assert re.search(r"/run/secrets/glossi.*[Pp]ermission denied", bridge.log()), bridge.log()


def test_any_other_user_will_do(container, configuration, ports, kafka):
    """Some platforms pick the user's number themselves, in group 0."""
    bridge = container(user="1000660000:0", mounts=configuration(kafka.address)).start()
    ready(bridge, ports)
    assert status(bridge.pid)["Uid"].split()[0] == "1000660000"
    assert post(ports.webhooks, "glossi", glossi("job.failed", jobId="job-2")).status == 200
    bridge.signal("TERM")
    assert bridge.wait() == 0


def test_the_chart_s_test_needs_no_more_than_is_in_it(container, configuration, ports, kafka):
    """What `helm test` runs in a Pod of the image, here beside the bridge."""
    script = (ROOT / "helm/hookferry/files/test.sh").read_text()
    (programs,) = re.findall(r"^# Of the image it needs (.*), and hookferry\.$", script, re.M)
    bridge = container(mounts=configuration(kafka.address)).start()
    ready(bridge, ports)
    for program in programs.split():
        found = bridge.exec("bash", "-c", 'type -P "$0"', program)
        assert found.returncode == 0, f"{program} is not in the image: {found}"
    variables = {"SOURCE": "glossi", "URL": f"http://127.0.0.1:{ports.webhooks}", "PODS": "127.0.0.1", "ADMIN_PORT": ports.admin}
    done = bridge.exec("env", *(f"{name}={value}" for name, value in variables.items()), "bash", "-c", script)
    assert done.returncode == 0 and '"status":"quarantined"' in done.stdout, done
