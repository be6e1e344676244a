"""The programs of the preset release, which the benchmarks run, and what they need of this process."""

import os
import resource
import subprocess
import sys

from harness import BUILD, ROOT

PROGRAMS = BUILD / "release"


def build(*own: str, hookferry: bool = True) -> None:
    """The benchmark's own of these names, and hookferry itself: HOOKFERRY_BIN is measured instead where it is set."""
    targets = list(own)
    if hookferry and "HOOKFERRY_BIN" not in os.environ:
        targets.append("hookferry")
        os.environ["HOOKFERRY_BIN"] = str(PROGRAMS / "hookferry")
    if not targets:
        return
    for command in (["cmake", "--preset", "release"],
                    ["cmake", "--build", "--preset", "release", "--target", *targets]):
        subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr)


def raise_file_limit() -> None:
    """For the connections of what is started from here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
