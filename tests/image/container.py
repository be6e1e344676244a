"""The image as `docker save` writes it, and containers of it that runc starts: what an engine does, without one."""

import copy
import dataclasses
import json
import pathlib
import subprocess
import tarfile
import uuid

from harness.process import Process

_READ_ONLY = ["nosuid", "noexec", "nodev", "ro"]

# What an engine gives every container, and nothing that its user could write to.
_MOUNTS = [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": _READ_ONLY},
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": _READ_ONLY},
]


@dataclasses.dataclass
class Image:
    name: str
    config: dict  # the image configuration's `config`, in Docker's form
    created: str  # as RFC 3339 has it
    root: pathlib.Path  # its files, unpacked
    archive: pathlib.Path

    @property
    def command(self) -> list[str]:
        return self.config["Entrypoint"] + self.config["Cmd"]


def unpack(archive: pathlib.Path, root: pathlib.Path) -> Image:
    with tarfile.open(archive) as image:
        def read(name: str):
            return json.load(image.extractfile(name))

        manifest, = read("manifest.json")
        for layer in manifest["Layers"]:
            # Read as a stream: `fileobj` is a part of the archive.
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                _apply(files, root)
        configuration = read(manifest["Config"])
        return Image(manifest["RepoTags"][0], configuration["config"], configuration["created"], root, archive)


def _apply(layer: tarfile.TarFile, root: pathlib.Path) -> None:
    """Lays a layer over what is there; a file .wh.NAME in it says that NAME is gone."""
    members = layer.getmembers()
    for member in members:
        path = root / member.name
        assert path.name != ".wh..wh..opq", "opaque folders are not made by this build"
        if path.name.startswith(".wh."):
            subprocess.run(["rm", "-rf", path.with_name(path.name.removeprefix(".wh."))], check=True)
    layer.extractall(root, [member for member in members if "/.wh." not in f"/{member.name}"], numeric_owner=True)


class Container:
    """The image's command, or `arguments` to its entrypoint, as a runtime starts it that was told: a read-only root, no
    capabilities, no new privileges. In the network of the test; PID 1 of its own."""

    def __init__(self, image: Image, directory: pathlib.Path, *arguments: str, user: str | None = None,
                 variables: dict[str, str] | None = None, mounts: dict[str, pathlib.Path] | None = None):
        self.id = f"hookferry-test-{uuid.uuid4().hex[:12]}"
        self._bundle = directory / self.id
        self._bundle.mkdir()
        self._state = self._bundle / "state"
        self._process: Process | None = None
        uid, gid = map(int, (user or image.config["User"]).split(":"))
        nothing = {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")}
        self._task = {
            "user": {"uid": uid, "gid": gid},
            "args": image.config["Entrypoint"] + list(arguments or image.config["Cmd"]),
            "env": image.config["Env"] + [f"{name}={value}" for name, value in (variables or {}).items()],
            "cwd": image.config.get("WorkingDir") or "/",
            "capabilities": nothing,
            "noNewPrivileges": True,
        }
        spec = {
            "ociVersion": "1.0.2",
            "process": self._task,
            "root": {"path": str(image.root), "readonly": True},
            "mounts": _MOUNTS + [
                {"destination": inside, "type": "bind", "source": str(outside), "options": ["rbind", "ro"]}
                for inside, outside in (mounts or {}).items()
            ],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
                      "cgroupsPath": f"/{self.id}"},
        }
        (self._bundle / "config.json").write_text(json.dumps(spec, indent=1))

    def start(self) -> "Container":
        self._process = Process([*self._runc(), "run", "--bundle", self._bundle, "--pid-file", self._bundle / "pid",
                                 self.id], self._bundle / "log")
        return self

    def run(self, seconds: float = 60) -> int:
        """Runs it to its end; its exit code."""
        return self.start().wait(seconds)

    @property
    def pid(self) -> int:
        """Of its PID 1, as seen from outside."""
        return int((self._bundle / "pid").read_text())

    def running(self) -> bool:
        return self._process is not None and self._process.running()

    def log(self) -> str:
        return self._process.log()

    def exec(self, *command: str) -> subprocess.CompletedProcess:
        """Runs a command inside as the same user, as an engine does for a health check."""
        task = self._bundle / f"exec-{uuid.uuid4().hex[:8]}.json"
        task.write_text(json.dumps({**copy.deepcopy(self._task), "args": list(command)}))
        return subprocess.run([*self._runc(), "exec", "--process", task, self.id], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)

    def signal(self, name: str) -> None:
        """To its PID 1 only, as an engine does."""
        subprocess.run([*self._runc(), "kill", self.id, name], check=True, timeout=60)

    def wait(self, seconds: float = 60) -> int:
        return self._process.wait(seconds)

    def remove(self) -> None:
        if self._process is not None:
            subprocess.run([*self._runc(), "delete", "--force", self.id], check=True, timeout=60)
            self._process.wait(20)

    def _runc(self) -> list:
        return ["runc", "--root", self._state]
