"""deploy/hookferry.service: how far it shuts the program in, and that the program does not run against its walls."""

import os
import re
import signal
import subprocess

from harness import ROOT, hookferry_binary
from harness.certificates import certify, trusting
from harness.webhooks import glossi

UNIT = ROOT / "deploy" / "hookferry.service"


def analyze(*arguments) -> str:
    result = subprocess.run(["systemd-analyze", "--no-pager", *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_systemd_has_nothing_against_it(tmp_path):
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/hookferry", str(hookferry_binary())))
    assert analyze("verify", unit) == ""


def test_it_is_shut_in():
    assert "OK" in analyze("security", "--offline=true", "--threshold=12", UNIT)  # of 100; what is left is the network


def calls(name: str) -> set[str]:
    """The system calls of one of systemd's sets, and of those that it is made of."""
    found = set()
    for line in map(str.strip, analyze("syscall-filter", name).splitlines()[1:]):
        if line and not line.startswith("#"):
            found |= calls(line) if line.startswith("@") else {line}
    return found


def allowed_calls() -> set[str]:
    allowed = calls("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.M):
        listed = set().union(*(calls(name) for name in line.removeprefix("~").split()))
        allowed = allowed - listed if line.startswith("~") else allowed | listed
    return allowed


def test_the_program_makes_no_system_call_that_it_does_not_allow(bridge, tmp_path, monkeypatch):
    trace, traced = tmp_path / "trace", tmp_path / "traced"
    # With -D the program is the one that was started, and not strace.
    traced.write_text(f'#!/bin/sh\nexec strace -D -f -qq -o {trace} {hookferry_binary()} "$@"\n')
    os.chmod(traced, 0o755)
    monkeypatch.setenv("HOOKFERRY_BIN", str(traced))
    server = certify(tmp_path, "server")
    serving = bridge(sources=("glossi",), config={
        "http": {"tls": server.settings()}, "spool": {"path": str(tmp_path / "spool"), "after": "1ms"}}).start()
    assert serving.post("glossi", glossi(), context=trusting(server)).status == 200
    serving.reconfigure({"log": {"level": "debug"}})
    serving.send(signal.SIGHUP)
    serving.wait_for_reload("success", 1)
    assert serving.stop() == 0
    lines = trace.read_text()
    made = set(re.findall(r"^\d+ +(\w+)\(", lines, re.M))
    assert {"accept4", "fdatasync", "epoll_wait"} <= made, "the trace is not one of a bridge at work"
    as_root = {"fchown"} if os.geteuid() == 0 else set()  # SQLite gives its files to whom the database belongs
    assert made - allowed_calls() - as_root == set()
    assert not re.findall(r"^.*(?:PROT_WRITE\|PROT_EXEC|mprotect\(.*PROT_EXEC).*$", lines, re.M)  # MemoryDenyWriteExecute
