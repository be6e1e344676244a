#!/usr/bin/env python3
"""Runs clang-tidy over the sources of src/, several at a time, and prints what it finds; exit 1 when there is any. A file
that nothing was found in is not looked at again until it, a header of this repository that it includes, the
configuration, its command line or a library changes: what is known of it is in build/tidy.

  tests/tidy.py [FILE]…      without one: all of src/. Needs build/dev/compile_commands.json
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
STAMPS = ROOT / "build" / "tidy"
TIDY = "clang-tidy-14"

INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def included(file: pathlib.Path, known: dict[pathlib.Path, bytes]) -> None:
    """Adds a file's content to `known`, and those of this repository's headers that it includes."""
    if file in known or not file.is_file():
        return
    known[file] = file.read_bytes()
    for name in INCLUDE.findall(known[file]):
        for folder in (ROOT / "include", ROOT / "src", file.parent):
            included(folder / name.decode(), known)


def surroundings() -> bytes:
    """What every file's result depends on."""
    packages = subprocess.run(["dpkg-query", "--show", "*-dev", "clang-tidy-*"], stdin=subprocess.DEVNULL,
                              capture_output=True, check=True).stdout
    return packages + (ROOT / ".clang-tidy").read_bytes()


def stamp_of(command: dict, common: bytes) -> pathlib.Path:
    known: dict[pathlib.Path, bytes] = {}
    included(pathlib.Path(command["file"]), known)
    digest = hashlib.sha256(common + command["command"].encode())
    for file in sorted(known):
        digest.update(f"\0{file}\0".encode() + known[file])
    return STAMPS / digest.hexdigest()[:32]


def examine(command: dict, stamp: pathlib.Path) -> bool:
    """Whether nothing was found."""
    result = subprocess.run([TIDY, "--quiet", "-p", ROOT / "build" / "dev", command["file"]], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode == 0:
        stamp.touch()
        return True
    print(f"{command['file']}\n{result.stdout}{'' if result.stdout else result.stderr}", flush=True)
    return False


def main() -> int:
    wanted = {pathlib.Path(name).resolve() for name in sys.argv[1:]}
    commands = json.loads((ROOT / "build" / "dev" / "compile_commands.json").read_text())
    common = surroundings()
    STAMPS.mkdir(parents=True, exist_ok=True)
    sources = {}
    for command in commands:
        file = pathlib.Path(command["file"])
        if file in wanted if wanted else file.is_relative_to(ROOT / "src"):
            sources[stamp_of(command, common)] = command
    new = {stamp: command for stamp, command in sources.items() if not stamp.exists()}
    print(f"{len(new)} of {len(sources)} files are to be looked at", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        clean = list(pool.map(examine, new.values(), new))
    print(f"found something in {clean.count(False)} of them")
    return 0 if sources and all(clean) else 1


if __name__ == "__main__":
    sys.exit(main())
