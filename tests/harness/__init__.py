"""What the integration tests and the benchmark share: a real Kafka, the bridge as a process, a sender's requests.

Python's standard library only. Everything listens on, and talks to, 127.0.0.1.
"""

import os
import pathlib
import random
import socket
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
FIXTURES = ROOT / "tests" / "fixtures"


def hookferry_binary() -> pathlib.Path:
    """The program under test: HOOKFERRY_BIN, else the one of the dev preset."""
    return pathlib.Path(os.environ.get("HOOKFERRY_BIN", BUILD / "dev" / "hookferry"))


def free_port() -> int:
    """A port that nobody listens on, below the range of outgoing connections: a client that keeps connecting to a
    stopped server's port inside that range can end up connected to itself."""
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_for(condition, seconds: float, what: str):
    """Asks `condition` until its result is true and returns that; fails with `what` after `seconds`. `what` may be a
    function, called only then."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= end:
            raise TimeoutError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(0.02)
