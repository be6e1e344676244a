"""A release of the chart in a cluster."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile

import yaml

from harness import wait_for
from kubetools.controlplane import ControlPlane
from rendering import CHART

# How helm 3 and helm 4 pass on a warning, their own or the API server's.
_WARNING = re.compile(r"warning|level=WARN|level=ERROR|^[WE]\d{4} ", re.I | re.M)


class HelmError(RuntimeError):
    """helm failed, or warned; the text is what it said."""


class Release:
    def __init__(self, cluster: ControlPlane, helm: pathlib.Path, namespace: str, name: str = "test"):
        self._cluster = cluster
        self._helm_program = helm
        self._namespace = namespace
        self.name = name
        self._selector = ("--selector", f"app.kubernetes.io/instance={name}")

    def install(self, *values: dict | pathlib.Path, wait: bool = False) -> str:
        return self._with_values("install", values, wait)

    def upgrade(self, *values: dict | pathlib.Path, wait: bool = False) -> str:
        return self._with_values("upgrade", values, wait)

    def rollback(self, revision: int) -> str:
        return self.helm("rollback", self.name, revision)

    def uninstall(self) -> None:
        """Until nothing of it is left: helm does not wait for the Pods."""
        self.helm("uninstall", self.name, "--wait", "--timeout", "120s")
        wait_for(lambda: not self.objects(), 60, lambda: f"the end of {self.objects()}")

    def remove(self) -> None:
        """Whatever there is of it."""
        self.helm("uninstall", self.name, "--wait", "--timeout", "120s", "--ignore-not-found")

    def objects(self, *kinds: str) -> set[tuple[str, str]]:
        """Kind and name of what belongs to it, of these kinds or of all that the chart has."""
        kinds = kinds or ("deployment", "replicaset", "statefulset", "pod", "service", "configmap", "serviceaccount", "ingress",
                          "poddisruptionbudget", "horizontalpodautoscaler", "httproute", "networkpolicy", "servicemonitor",
                          "prometheusrule")
        found = self._cluster.get(",".join(kinds), self._namespace, *self._selector)
        return {(item["kind"], item["metadata"]["name"]) for item in found}

    def pods(self) -> list[dict]:
        return self._cluster.get("pods", self._namespace, *self._selector)

    def wait_for_pods(self, count: int) -> None:
        """Until so many are made, and no more; ready or not."""
        wait_for(lambda: len(self.pods()) == count, 60, lambda: f"{count} Pods\n" + self.events())

    def events(self) -> str:
        return self._cluster.kubectl("get", "events", "--namespace", self._namespace)

    def helm(self, *arguments) -> str:
        """What helm prints; a warning is an error."""
        return self.run(shlex.join(["helm", *map(str, arguments), "--namespace", self._namespace]))

    def run(self, line: str, folder: pathlib.Path | None = None) -> str:
        """The same of a command line of helm's, in that folder."""
        with tempfile.TemporaryDirectory() as home:
            environment = {"PATH": os.environ["PATH"], "HOME": home, "KUBECONFIG": str(self._cluster.kubeconfig)}
            result = subprocess.run(["bash", "-c", f'helm() {{ "{self._helm_program}" "$@"; }}\n{line}'], cwd=folder,
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, env=environment)
        said = result.stdout + result.stderr
        if result.returncode != 0 or _WARNING.search(result.stderr):
            raise HelmError(f"{line}: {said}")
        return said

    def _with_values(self, command: str, values, wait: bool) -> str:
        with tempfile.TemporaryDirectory() as folder:
            options = []
            for number, part in enumerate(values):
                file = part
                if isinstance(part, dict):
                    file = pathlib.Path(folder) / f"{number}.yaml"
                    file.write_text(yaml.safe_dump(part))
                options += ["--values", file]
            if wait:
                options += ["--wait", "--timeout", "180s"]
            return self.helm(command, self.name, CHART, *options)
