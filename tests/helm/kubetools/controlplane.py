"""A real Kubernetes control plane on loopback: etcd, the API server and the controller manager. Its processes end with
`stop`; all that they keep is in the folder that they are given."""

import base64
import json
import pathlib
import secrets
import subprocess

from harness import free_port, wait_for
from harness.process import Process

from . import cluster

_KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority-data: {authority}}}}}]
users: [{{name: admin, user: {{token: {token}}}}}]
contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]
current-context: test
"""


class KubectlError(RuntimeError):
    """kubectl said no; the text is what it said."""


class ControlPlane:
    def __init__(self, directory: pathlib.Path):
        self._tools = cluster.folder() / "bin"
        self._directory = directory
        self._processes: list[Process] = []
        self.kubeconfig = directory / "kubeconfig"
        directory.mkdir(mode=0o700, parents=True)

    # The cluster, as who installs something sees it.

    def kubectl(self, *arguments, document: str | None = None) -> str:
        """What kubectl prints; `document` is its standard input. A warning of the API server is an error."""
        command = [self._tools / "kubectl", "--kubeconfig", self.kubeconfig, "--warnings-as-errors", *arguments]
        result = subprocess.run([str(part) for part in command], input=document or "", capture_output=True, text=True,
                                timeout=120)
        if result.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(map(str, arguments))}: {result.stdout}{result.stderr}")
        return result.stdout

    def get(self, kind: str, namespace: str, *arguments) -> list[dict]:
        """All objects of a kind in a namespace, as the API server has them."""
        return json.loads(self.kubectl("get", kind, "--namespace", namespace, "--output", "json", *arguments))["items"]

    # Its processes.

    def start(self) -> None:
        ports = {name: free_port() for name in ("client", "peer", "api", "controllers")}
        etcd = self.run("etcd", "--name", "test", "--data-dir", self._directory / "etcd", "--unsafe-no-fsync",
                        "--log-level", "warn",
                        "--listen-client-urls", f"http://127.0.0.1:{ports['client']}",
                        "--advertise-client-urls", f"http://127.0.0.1:{ports['client']}",
                        "--listen-peer-urls", f"http://127.0.0.1:{ports['peer']}",
                        "--initial-advertise-peer-urls", f"http://127.0.0.1:{ports['peer']}",
                        "--initial-cluster", f"test=http://127.0.0.1:{ports['peer']}")
        self._start_api_server(etcd, ports)
        self.run_kube("kube-controller-manager", "--leader-elect=false", "--bind-address", "127.0.0.1",
                      "--secure-port", ports["controllers"], "--cert-dir", self._directory / "certificates",
                      "--use-service-account-credentials", "--service-account-private-key-file", self._key,
                      "--root-ca-file", self._certificate, "--authentication-kubeconfig", self.kubeconfig,
                      "--authorization-kubeconfig", self.kubeconfig,
                      "--flex-volume-plugin-dir", self._directory / "plugins")
        self._wait("the default service account", lambda: self.get("serviceaccount", "default"))

    def run(self, program: str, *arguments, log: str = "") -> Process:
        """One of the programs, until `stop`."""
        log_file = self._directory / f"{log or program}.log"
        process = Process([self._tools / program, *arguments], log_file)
        self._processes.append(process)
        return process

    def run_kube(self, component: str, *arguments) -> Process:
        return self.run("kube", component, "--kubeconfig", self.kubeconfig, *arguments, log=component)

    def stop(self) -> None:
        """Newest first: an API server whose etcd is gone never ends by itself."""
        for process in reversed(self._processes):
            if process.running():
                process.stop(20)

    @property
    def _key(self) -> pathlib.Path:
        return self._directory / "service-accounts.key"

    @property
    def _certificate(self) -> pathlib.Path:
        return self._directory / "certificates" / "apiserver.crt"

    def _start_api_server(self, etcd: Process, ports: dict[str, int]) -> None:
        subprocess.run(["openssl", "genrsa", "-out", self._key], check=True, stdin=subprocess.DEVNULL,
                       capture_output=True)
        token = secrets.token_hex(16)
        tokens = self._directory / "tokens.csv"
        tokens.write_text(f'{token},admin,admin,"system:masters"\n')
        server = self.run("kube", "kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{ports['client']}",
                          "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1",
                          "--secure-port", ports["api"], "--cert-dir", self._certificate.parent,
                          "--endpoint-reconciler-type", "none", "--service-cluster-ip-range", "10.96.0.0/24",
                          "--kubelet-preferred-address-types", "InternalIP",
                          "--authorization-mode", "Node,RBAC", "--token-auth-file", tokens, "--allow-privileged=true",
                          "--service-account-issuer", "https://kubernetes.default.svc",
                          "--service-account-key-file", self._key, "--service-account-signing-key-file", self._key,
                          log="kube-apiserver")
        self._wait("the API server's certificate", self._certificate.exists, etcd, server)
        authority = base64.b64encode(self._certificate.read_bytes()).decode()
        self.kubeconfig.write_text(_KUBECONFIG.format(port=ports["api"], authority=authority, token=token))
        self._wait("the API server", lambda: self.kubectl("get", "--raw", "/readyz") == "ok", etcd, server)

    def _wait(self, what: str, condition, *needed: Process) -> None:
        def happened():
            for process in needed:
                if not process.running():
                    raise RuntimeError(f"{process.log_file.stem} ended:\n{process.log()[-3000:]}")
            try:
                return condition()
            except KubectlError:
                return False

        wait_for(happened, 90, lambda: f"{what}\n{self._processes[-1].log()[-3000:]}")
