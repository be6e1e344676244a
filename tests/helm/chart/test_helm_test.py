"""What `helm test` runs: its Pod and Service as they are rendered, and its script against the program itself."""

import contextlib
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import hookferry_binary
from harness.bridge import environment, hookferry
from rendering import MINIMAL, SPOOL, TLS
from served import served

OPEN = {"name": "open", "preset": "meshqa", "secrets": [{"file": "/run/secrets/hooks/open"}]}
CLOSED = {**MINIMAL["config"]["sources"][0], "allow": ["203.0.113.0/24"]}


def variables(objects) -> dict[str, str]:
    (container,) = objects.test_pod["spec"]["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


# The objects.

def test_the_pod_is_like_the_bridge_s_and_no_service_s(helm):
    objects = helm.render(MINIMAL, {"imagePullSecrets": [{"name": "login"}], "nodeSelector": {"a": "b"},
                                    "tolerations": [{"operator": "Exists"}]})
    pod, its = objects.test_pod["spec"], objects.pod["spec"]
    for part in ("securityContext", "serviceAccountName", "automountServiceAccountToken", "imagePullSecrets",
                 "nodeSelector", "tolerations", "volumes"):
        assert pod[part] == its[part], part
    for part in ("image", "imagePullPolicy", "securityContext", "volumeMounts"):
        assert pod["containers"][0][part] == objects.container[part], part
    assert pod["restartPolicy"] == "Never" and pod["activeDeadlineSeconds"] == 120
    labels = objects.test_pod["metadata"]["labels"].items()
    for service in [*objects.of("Service"), *objects.hooks]:
        selector = service["spec"].get("selector", {"none": ""}).items()
        assert not selector <= labels


def test_the_pod_has_no_secret_but_the_sources(helm):
    secrets = {"secrets": {"kafka": {"existingSecret": "kafka-user"}}}
    names = {volume["name"] for volume in helm.render(MINIMAL, secrets).test_pod["spec"]["volumes"]}
    assert names == {"config", "secrets-hooks"}
    names = {volume["name"] for volume in helm.render(MINIMAL, SPOOL).test_pod["spec"]["volumes"]}
    assert names == {"config", "secrets-hooks"}


def test_the_service_has_the_pods_addresses_and_is_there_first(helm):
    objects = helm.render(MINIMAL)
    service, pod = objects.hooks
    assert (service["kind"], service["spec"]["clusterIP"], pod["kind"]) == ("Service", "None", "Pod")
    assert service["spec"]["selector"] == objects.workload["spec"]["selector"]["matchLabels"]
    assert variables(objects)["PODS"] == service["metadata"]["name"]
    assert service["metadata"]["name"] != pod["metadata"]["name"]  # its host name, which is its own address in there
    assert variables(objects)["ADMIN_PORT"] == str(service["spec"]["ports"][0]["port"]) == "8081"
    weights = [int(hook["metadata"]["annotations"]["helm.sh/hook-weight"]) for hook in (service, pod)]
    assert weights == sorted(weights) and len(set(weights)) == 2
    for hook in (service, pod):
        assert hook["metadata"]["annotations"]["helm.sh/hook"] == "test"


def test_nothing_measures_the_service_of_the_test(helm):
    objects = helm.render(MINIMAL, {"serviceMonitor": {"enabled": True}})
    wanted = objects.one("ServiceMonitor")["spec"]["selector"]["matchLabels"].items()
    assert not wanted <= objects.hooks[0]["metadata"]["labels"].items()


def test_it_posts_to_the_service_or_where_it_is_told_to(helm):
    assert variables(helm.render(MINIMAL, {"service": {"port": 8000}}))["URL"] == "http://test-hookferry:8000"
    outside = {"test": {"url": "https://hooks.example.com"}}
    assert variables(helm.render(MINIMAL, outside))["URL"] == "https://hooks.example.com"
    assert variables(helm.render(MINIMAL, TLS, outside))["URL"] == "https://hooks.example.com"


@pytest.mark.parametrize("sources, wanted, source", [
    ([OPEN, CLOSED], "", "open"), ([CLOSED, OPEN], "", "open"), ([CLOSED, OPEN], "glossi", "glossi"),
])
def test_it_takes_a_source_that_lets_it_in(helm, sources, wanted, source):
    objects = helm.render(MINIMAL, {"config": {"sources": sources}, "test": {"source": wanted}})
    assert variables(objects)["SOURCE"] == source


@pytest.mark.parametrize("values", [
    {"test": {"enabled": False}}, TLS, {"config": {"sources": [CLOSED]}},
], ids=["switched off", "TLS", "no source lets it in"])
def test_there_is_none_where_it_could_not_succeed(helm, values):
    assert not helm.render(MINIMAL, values).hooks
    assert "helm test" not in helm.notes(MINIMAL, values)


def test_the_notes_tell_of_it(helm):
    assert "helm -n hooks test test\n" in helm.notes(MINIMAL)


# The script.

class Script:
    """The one of a render, on this machine with the programs that it names and no others: its Pods are those whose
    addresses are given."""

    def __init__(self, objects, folder):
        self._objects, self._folder = objects, folder

    @contextlib.contextmanager
    def started(self, program, addresses: list[str]):
        """Its process, which does not outlive the block."""
        (container,) = self._objects.test_pod["spec"]["containers"]
        (script,) = container["args"]
        programs = self._programs(script, addresses)
        process = subprocess.Popen(
            [*container["command"], script.replace("/etc/hookferry/hookferry.yaml", str(program.config_file))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=environment(**variables(self._objects) | {
                "PATH": str(programs), "URL": f"http://{program.host}:{program.port}",
                "ADMIN_PORT": str(program.admin_port)}))
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def _programs(self, script: str, addresses: list[str]) -> pathlib.Path:
        """A folder of those that it says that it needs."""
        (needed,) = re.findall(r"^# Of the image it needs (.*), and hookferry\.$", script, re.M)
        folder = self._folder / "bin"
        folder.mkdir()
        for name in set(needed.split()) - {"getent"}:
            (folder / name).symlink_to(shutil.which(name))
        (folder / "hookferry").symlink_to(hookferry_binary())
        names = folder / "getent"
        names.write_text("#!/bin/sh\n" + "".join(f"echo '{address} {kind} x'\n" for address in addresses
                                                for kind in ("STREAM", "DGRAM", "RAW")))
        names.chmod(0o755)
        return folder

    def run(self, program, addresses: list[str]) -> tuple[int, str]:
        """Exit code and output, to its end."""
        with self.started(program, addresses) as process:
            said, _ = process.communicate(timeout=30)
        return process.returncode, said


@pytest.fixture
def script(helm, tmp_path):
    return Script(helm.render(MINIMAL), tmp_path)


@pytest.fixture
def program(helm, tmp_path):
    with served(helm.render(MINIMAL).config_text, tmp_path / "one") as one:
        yield one


def send(program) -> None:
    """An event of a name that is not known."""
    result = hookferry("send", "--config", program.config_file, "--source", "glossi", "--event", "hookferry.other")
    assert result.returncode == 0, result


def test_the_script_sees_its_event(script, program):
    send(program)
    code, said = script.run(program, [program.host])
    assert code == 0, said
    assert "hookferry.test" in said and '"status":"quarantined"' in said and "to rise above 1\n" in said


def test_the_script_adds_up_what_all_pods_have(helm, tmp_path, script, program):
    other = {"host": "127.0.0.2", "admin_port": program.admin_port}
    with served(helm.render(MINIMAL).config_text, tmp_path / "two", **other) as two:
        send(two)
        code, said = script.run(program, [two.host, program.host])
        assert code == 0 and "to rise above 1\n" in said, said


def test_the_script_waits_for_the_metric(helm, tmp_path, script, program):
    other = {"host": "127.0.0.2", "admin_port": program.admin_port}
    with served(helm.render(MINIMAL).config_text, tmp_path / "two", **other) as two:
        with script.started(program, [two.host]) as process:  # the event goes to a Pod that is not looked at
            lines = iter(process.stdout.readline, "")
            assert any("to rise above 0" in line for line in lines)
            assert process.poll() is None
            send(two)
            assert process.wait(30) == 0


def test_the_script_fails_where_the_event_is_a_known_one(helm, tmp_path):
    source = {**MINIMAL["config"]["sources"][0], "events": ["hookferry.test"]}
    objects = helm.render(MINIMAL, {"config": {"sources": [source]}})
    with served(objects.config_text, tmp_path / "one") as program:
        code, said = Script(objects, tmp_path).run(program, [program.host])
    assert code == 1 and '"status":"accepted"' in said and "was to be quarantined" in said


def test_the_script_fails_where_the_secret_is_another(script, program):
    text, secret = program.config_file.read_text(), program.config_file.with_name("glossi")
    wrong, program.config_file = secret.with_name("wrong"), secret.with_name("other.yaml")
    wrong.write_text("another-secret-than-the-instance-has")
    program.config_file.write_text(text.replace(str(secret), str(wrong)))
    code, said = script.run(program, [program.host])
    assert code != 0 and "401" in said and "to rise above" not in said


def test_the_script_fails_where_a_pod_does_not_answer(script, program):
    code, said = script.run(program, ["127.0.0.3"])
    assert code != 0 and "hookferry.test" not in said
