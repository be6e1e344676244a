"""The consumers of docs/examples, installed and run by the commands of their READMEs, in copies below build/.
`python3 -m harness.examples` installs them."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

from . import BUILD, ROOT, wait_for
from .process import Process

EXAMPLES = ROOT / "docs" / "examples"
NAMES = ("python", "node", "java")
_ASYNCAPI = pathlib.Path(__file__).parent / "asyncapi"


def commands(name: str) -> list[str]:
    """The README's: how it is installed, and how it is run."""
    found = re.findall(r"^    (.+)$", (EXAMPLES / name / "README.md").read_text(), re.MULTILINE)
    if len(found) != 2:
        raise ValueError(f"docs/examples/{name}/README.md has not two commands but {found}")
    return found


def installed(source: pathlib.Path, command: str) -> pathlib.Path:
    """A copy of the folder in which the command was run, made again when a file of it changes."""
    digest = hashlib.sha256(command.encode())
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(source)).encode() + b"\0" + file.read_bytes())
    folder = BUILD / "examples" / f"{source.name}-{digest.hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    # Not under another name first: a Python environment knows its own.
    try:
        shutil.copytree(source, folder)
        result = subprocess.run(["sh", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=600)
        if result.returncode != 0:
            raise RuntimeError(f"{command}, in a copy of {source}: {result.stdout[-3000:]}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def install(name: str) -> pathlib.Path:
    return installed(EXAMPLES / name, commands(name)[0])


def asyncapi_schema(version: str) -> pathlib.Path:
    """AsyncAPI's own JSON Schema of its documents, with no reference out of the file."""
    folder = installed(_ASYNCAPI, "npm ci --ignore-scripts")
    return folder / "node_modules" / "@asyncapi" / "specs" / "schemas" / f"{version}-without-$id.json"


class Example:
    """One of them, running."""

    def __init__(self, name: str, kafka_address: str, topics: str, log: pathlib.Path):
        folder = install(name)
        variables = {"KAFKA_BROKERS": kafka_address, "KAFKA_TOPICS": topics, "LC_ALL": "C"}
        # The command's own process is the one that is stopped; what it complains of is no line of its output.
        self._complaints = log.with_suffix(".err")
        command = f"cd '{folder}' && exec {commands(name)[1]} 2>'{self._complaints}'"
        self._process = Process(["sh", "-c", command], log, {**os.environ, **variables})
        self.name = name

    def lines(self) -> list[str]:
        return self._process.log().splitlines()

    def wait_for_lines(self, count: int, seconds: float = 120) -> list[str]:
        def printed():
            lines = self.lines()
            if len(lines) < count and not self._process.running():
                raise RuntimeError(f"the example {self.name} ended: {self._said()}")
            return lines if len(lines) >= count else None

        return wait_for(printed, seconds, lambda: f"{count} lines of the example {self.name}; it has {self._said()}")

    def _said(self) -> str:
        return f"{self.lines()}\n{self._complaints.read_text(errors='replace')[-3000:]}"

    def kill(self) -> None:
        if self._process.running():
            self._process.kill()


if __name__ == "__main__":
    try:
        for each in NAMES:
            install(each)
    except (RuntimeError, OSError, subprocess.SubprocessError) as problem:
        sys.exit(str(problem))
