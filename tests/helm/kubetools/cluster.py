"""A real Kubernetes, built from its Go modules: `python -m kubetools.cluster` makes bin/kube (kube-apiserver,
kube-controller-manager, kube-scheduler, kube-proxy, kubelet and kubectl in one), bin/kubectl and bin/etcd. From empty
caches that takes two cores some ten minutes and 3 GB of memory."""

import pathlib
import re

from . import PINS, cached, go_build

_PINS = PINS / "cluster"


def folder() -> pathlib.Path:
    return cached("cluster", [_PINS, pathlib.Path(__file__)], _make)


def _make(folder: pathlib.Path) -> None:
    (folder / "bin").mkdir(parents=True)
    go_build(_PINS, "go.etcd.io/etcd/server/v3", folder / "bin/etcd")
    go_build(_PINS, "./kube", folder / "bin/kube", f"-s -w {_version_flags()}")
    (folder / "bin/kubectl").symlink_to("kube")


def _version_flags() -> str:
    """Without a version the API server takes itself for one of no version at all, and its clients warn."""
    version = re.search(r"^require k8s\.io/kubernetes (v\d+\.(\d+)\.\d+)$", (_PINS / "go.mod").read_text(), re.M)
    values = {"gitVersion": version[1], "gitMajor": "1", "gitMinor": version[2], "gitTreeState": "clean",
              "gitCommit": "none", "buildDate": "1970-01-01T00:00:00Z"}
    return " ".join(f"-X {package}.{name}={value}"
                    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
                    for name, value in values.items())


if __name__ == "__main__":
    print(folder())
