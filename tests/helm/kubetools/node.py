"""A real node for a control plane: containerd, the kubelet, the scheduler, kube-proxy and a bridge for the Pods, on this
machine. Only inside of `cluster/isolated.sh`, with whose namespaces it ends: `Node.prepare` mounts over /run and makes
network links.

Processes inside reach Pods and Services by their addresses, and Pods reach what listens on ADDRESS, and Services by their
names."""

import os
import pathlib
import subprocess

from harness import wait_for
from harness.process import Process

from . import image
from .controlplane import ControlPlane, KubectlError
from .dns import NameServer

ADDRESS = "10.99.0.1"
NAME = "node-1"

_RUN = pathlib.Path("/run/node")
_SOCKET = _RUN / "containerd.sock"

# What the kubelet insists on. It is shown files with these values; the machine keeps its own.
_SYSCTLS = {"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
            "kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000"}

_NETWORK = """\
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipam": {
    "type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
"""

# Without CAP_SYS_RESOURCE no process may become less likely to be killed.
_CONTAINERD = f"""\
version = 2
root = "{{directory}}/containerd"
state = "{_RUN}/containerd"
[grpc]
  address = "{_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{image.PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{_RUN}/network"
"""

# The API server has no certificate for the kubelet: in here anyone may ask it. A changed Secret or ConfigMap is in the
# Pods after a few seconds.
_KUBELET = f"""\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
failSwapOn: false
cgroupDriver: cgroupfs
maxOpenFiles: 65536
containerRuntimeEndpoint: unix://{_SOCKET}
authentication: {{anonymous: {{enabled: true}}}}
authorization: {{mode: AlwaysAllow}}
resolvConf: ""
clusterDomain: cluster.local
clusterDNS: [{ADDRESS}]
evictionHard: {{}}
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
syncFrequency: 2s
volumePluginDir: {_RUN}/plugins
"""


class Node:
    def __init__(self, control_plane: ControlPlane, directory: pathlib.Path):
        self._control_plane = control_plane
        self._directory = directory
        self._containerd: Process | None = None
        self._names: NameServer | None = None
        directory.mkdir(parents=True)

    @staticmethod
    def prepare() -> None:
        """The mounts and the network of the machine that this process is in; before the control plane starts."""
        for folder in ("/run", *os.environ["HOOKFERRY_ISOLATED"].split()):
            _command("mount", "-t", "tmpfs", "none", folder)
        for folder in (_RUN / "network", pathlib.Path("/run/netns"), pathlib.Path("/run/lock")):
            folder.mkdir(parents=True)
        for name, value in _SYSCTLS.items():
            file = _RUN / name.replace("/", ".")
            file.write_text(value + "\n")
            _command("mount", "--bind", file, f"/proc/sys/{name}")
        for line in ("link set lo up", "link add node0 type veth peer name node0p", f"addr add {ADDRESS}/24 dev node0",
                     "link set node0 up", "link set node0p up", "route add default dev node0"):
            _command("ip", *line.split())
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def start(self, *images: pathlib.Path) -> None:
        """With these archives of images in its store."""
        pause = self._directory / "pause.tar"
        image.write_pause(pause)
        self._names = NameServer(self._control_plane, ADDRESS)
        self._start_containerd()
        for archive in (pause, *images):
            _command("ctr", "--address", _SOCKET, "--namespace", "k8s.io", "images", "import", archive)
        configuration = _RUN / "kubelet.yaml"
        configuration.write_text(_KUBELET)
        run = self._control_plane.run_kube
        kubelet = run("kubelet", "--config", configuration, "--root-dir", self._directory / "kubelet",
                      "--hostname-override", NAME, "--node-ip", ADDRESS, "--cert-dir", _RUN / "certificates")
        run("kube-scheduler", "--leader-elect=false", "--secure-port", "0")
        run("kube-proxy", "--hostname-override", NAME, "--proxy-mode", "iptables", "--cluster-cidr", "10.244.0.0/16",
            "--conntrack-max-per-core", "0", "--conntrack-tcp-timeout-established", "0",
            "--conntrack-tcp-timeout-close-wait", "0")
        wait_for(lambda: self._ready(kubelet), 90, lambda: f"the node\n{kubelet.log()[-3000:]}")

    def stop(self) -> None:
        """After the control plane and its kubelet."""
        if self._names:
            self._names.stop()
        if self._containerd:
            self._containerd.stop()

    def _start_containerd(self) -> None:
        (_RUN / "network" / "pods.conflist").write_text(_NETWORK)
        configuration = _RUN / "containerd.toml"
        configuration.write_text(_CONTAINERD.format(directory=self._directory))
        self._containerd = Process(["containerd", "-c", configuration], self._directory / "containerd.log")
        wait_for(_SOCKET.exists, 30, lambda: f"containerd\n{self._containerd.log()[-3000:]}")

    def _ready(self, kubelet: Process) -> bool:
        if not kubelet.running():
            raise RuntimeError(f"the kubelet ended:\n{kubelet.log()[-3000:]}")
        condition = '{.status.conditions[?(@.type=="Ready")].status}'
        try:
            return self._control_plane.kubectl("get", "node", NAME, "--output", f"jsonpath={condition}") == "True"
        except KubectlError:
            return False


def _command(*command) -> None:
    result = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {result.stdout}{result.stderr}")
