"""The chart as helm renders it."""

import json
import os
import pathlib
import subprocess
import tempfile

import yaml

CHART = pathlib.Path(__file__).parents[2] / "helm" / "hookferry"
CI_VALUES = sorted(CHART.glob("ci/*-values.yaml"))

# What a release cannot do without.
MINIMAL = yaml.safe_load((CHART / "ci/minimal-values.yaml").read_text())
# What makes TLS of it.
TLS = {"config": {"http": {"tls": {"certificate": "/run/secrets/tls/tls.crt", "key": "/run/secrets/tls/tls.key"}}},
       "secrets": {"tls": {"existingSecret": "hookferry-tls"}}}
# What makes a spool of it.
SPOOL = {"spool": {"enabled": True}, "config": {"spool": {"path": "/var/lib/hookferry"}}}


class Refused(Exception):
    """helm did not render the chart; its text says why."""


class Objects:
    """The objects of a render, in helm's order; `hooks` are those that are there during `helm test` only."""

    def __init__(self, text: str):
        self.text = text
        documents = [document for document in yaml.safe_load_all(text) if document]
        self.all = [document for document in documents if not _is_hook(document)]
        self.hooks = [document for document in documents if _is_hook(document)]

    def of(self, kind: str) -> list[dict]:
        return [document for document in self.all if document["kind"] == kind]

    def one(self, kind: str) -> dict:
        found = self.of(kind)
        assert len(found) == 1, f"{len(found)} objects of kind {kind}"
        return found[0]

    def names(self) -> set[tuple[str, str]]:
        return {(document["kind"], document["metadata"]["name"]) for document in self.all}

    @property
    def workload(self) -> dict:
        """The Deployment, or with a spool the StatefulSet."""
        (workload,) = self.of("Deployment") + self.of("StatefulSet")
        return workload

    @property
    def pod(self) -> dict:
        return self.workload["spec"]["template"]

    @property
    def container(self) -> dict:
        (container,) = self.pod["spec"]["containers"]
        return container

    @property
    def claim(self) -> dict:
        """The one of each Pod's volume."""
        (claim,) = self.one("StatefulSet")["spec"]["volumeClaimTemplates"]
        return claim

    @property
    def service(self) -> dict:
        """The one for webhooks."""
        return self._service(None)

    @property
    def admin_service(self) -> dict:
        return self._service("admin")

    @property
    def headless_service(self) -> dict:
        return self._service("headless")

    def _service(self, component: str | None) -> dict:
        (service,) = (service for service in self.of("Service")
                      if service["metadata"]["labels"].get("app.kubernetes.io/component") == component)
        return service

    @property
    def test_pod(self) -> dict:
        (pod,) = (document for document in self.hooks if document["kind"] == "Pod")
        return pod

    @property
    def config_text(self) -> str:
        """The bridge's configuration file."""
        (text,) = (document["data"]["hookferry.yaml"] for document in self.of("ConfigMap")
                   if "hookferry.yaml" in document["data"])
        return text


def _is_hook(document: dict) -> bool:
    return "helm.sh/hook" in (document["metadata"].get("annotations") or {})


class Helm:
    def __init__(self, program: pathlib.Path):
        self._program = program

    def run(self, *arguments) -> subprocess.CompletedProcess:
        """With no cluster to reach, and nothing of the user's own helm."""
        with tempfile.TemporaryDirectory() as home:
            environment = {"PATH": os.environ["PATH"], "HOME": home, "KUBECONFIG": os.devnull}
            return subprocess.run([str(part) for part in (self._program, *arguments)], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=60, env=environment)

    def render(self, *values: dict | pathlib.Path, release: str = "test", api_versions: list[str] = ()) -> Objects:
        """The chart with the release's values: files, and maps that are laid over them in their order; for a cluster
        that knows these beside Kubernetes' own."""
        known = [part for version in api_versions for part in ("--api-versions", version)]
        result = self._with_values(values, "template", release, CHART, *known)
        if result.returncode != 0:
            raise Refused(result.stderr)
        assert result.stderr == "", result.stderr
        return Objects(result.stdout)

    def notes(self, *values: dict | pathlib.Path) -> str:
        """What an installation says at its end."""
        result = self._with_values(values, "install", "test", CHART, "--namespace", "hooks", "--dry-run=client",
                                   "--output", "json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)["info"]["notes"]

    def _with_values(self, values, *command) -> subprocess.CompletedProcess:
        with tempfile.TemporaryDirectory() as folder:
            options = []
            for number, part in enumerate(values):
                file = part
                if isinstance(part, dict):
                    file = pathlib.Path(folder) / f"{number}.yaml"
                    file.write_text(yaml.safe_dump(part))
                options += ["--values", file]
            return self.run(*command, *options)
