"""The bridge as a process, as an operator runs it."""

import copy
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

from . import free_port, hookferry_binary, wait_for, webhooks
from .process import Process
from .webhooks import Answer

SECRET_ENVIRONMENT = {webhooks.SECRET_VARIABLES[source]: secret for source, secret in webhooks.SECRETS.items()}


def environment(**variables: str) -> dict[str, str]:
    """The test's own environment without anything that configures the bridge, and with `variables`."""
    names = {"HOOKFERRY_CONFIG", *SECRET_ENVIRONMENT}
    return {**{name: value for name, value in os.environ.items() if name not in names}, **variables}


def hookferry(*arguments, env: dict[str, str] | None = None, seconds: float = 60) -> subprocess.CompletedProcess:
    """Runs a command of the bridge to its end; stdout and stderr as text."""
    return subprocess.run([hookferry_binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=seconds, env=environment(**(SECRET_ENVIRONMENT if env is None else env)))


def merged(base: dict, changes: dict) -> dict:
    """`base` with `changes` laid over it, section by section."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        result[key] = merged(result[key], value) if isinstance(value, dict) and key in result else value
    return result


class Bridge:
    """`hookferry serve` with a configuration file of its own. Topics are PREFIX.SOURCE.EVENT and
    PREFIX.SOURCE-quarantine, so that tests do not see each other's records."""

    def __init__(self, directory: pathlib.Path, prefix: str, kafka_address: str, *, config: dict | None = None,
                 sources: tuple[str, ...] = ("glossi", "meshqa"), arguments: tuple[str, ...] = (),
                 variables: dict[str, str] | None = None, files: tuple[int, int] | None = None):
        self.prefix = prefix
        self.port = free_port()
        self.admin_port = free_port()
        self.config_file = directory / "hookferry.yaml"
        self._arguments = arguments
        self._files = files  # the limits of open files
        self._environment = environment(**SECRET_ENVIRONMENT, **(variables or {}))
        self._log_file = directory / "hookferry.log"
        self._process: Process | None = None
        self._settings = merged({
            "http": {"listen": f"127.0.0.1:{self.port}"},
            "admin": {"listen": f"127.0.0.1:{self.admin_port}"},
            "kafka": {
                "bootstrap_servers": kafka_address.split(","),
                "topic": f"{prefix}.{{source}}.{{event}}",
                "quarantine_topic": f"{prefix}.{{source}}-quarantine",
                "create_topics": {"partitions": 2},
                "min_durability": "off",
            },
            "sources": [{"name": name, "preset": name, "secrets": [{"env": webhooks.SECRET_VARIABLES[name]}]}
                        for name in sources],
            "shutdown": {"drain": "100ms", "flush": "5s"},
        }, config or {})
        self.write_config(self._settings)

    def write_config(self, settings: dict | str) -> None:
        """In one step, as a ConfigMap is replaced; a text as it is."""
        new = self.config_file.with_suffix(".new")
        new.write_text(settings if isinstance(settings, str) else json.dumps(settings, indent=2))  # JSON is YAML
        new.replace(self.config_file)

    def reconfigure(self, changes: dict) -> None:
        """Writes the configuration that it was made with, with these changes."""
        self.write_config(merged(self._settings, changes))

    def reloads(self, result: str) -> float:
        return self.metric("hookferry_config_reloads_total", result=result)

    def wait_for_reload(self, result: str, count: int, seconds: float = 15) -> None:
        """Until that many have ended so since its start."""
        wait_for(lambda: self.reloads(result) >= count, seconds,
                 lambda: f"{count} reloads with result {result}\n{self.log()[-3000:]}")

    def start(self, ready: bool = True, program: str | None = None, **variables: str) -> "Bridge":
        """Returns when it is ready, or with `ready` false when its admin port answers; this once with these environment
        variables, and another program than the one under test."""
        return self._start(["--config", self.config_file], ready, variables, program)

    def start_without_file(self, kafka_address: str) -> "Bridge":
        """With the secrets in the environment and flags only: both presets, topics named SOURCE.EVENT."""
        return self._start(["--kafka", kafka_address, "--listen", f"127.0.0.1:{self.port}",
                            "--admin", f"127.0.0.1:{self.admin_port}"], ready=True)

    def _start(self, arguments: list, ready: bool, variables: dict[str, str] = {},
               program: str | None = None) -> "Bridge":
        command = [program or hookferry_binary(), "serve", *arguments, *self._arguments]
        self._process = Process(command, self._log_file, self._environment | variables, self._files)

        def up():
            if not self.running():
                raise RuntimeError(f"hookferry ended at its start with {self._process.wait(1)}:\n{self.log()[-3000:]}")
            answer = self.readyz()
            return answer and (answer.status == 200 or not ready)

        wait_for(up, 30, lambda: f"hookferry's start; /readyz: {self.readyz()}\n{self.log()[-3000:]}")
        return self

    # The process.

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process is not None and self._process.running()

    def send(self, number: signal.Signals) -> None:
        self._process.send(number)

    def wait(self, seconds: float = 40) -> int:
        return self._process.wait(seconds)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._process.stop()

    def kill(self) -> None:
        self._process.kill()

    def log(self) -> str:
        return self._process.log()

    def wait_for_log(self, pattern: str, seconds: float = 10) -> re.Match:
        return wait_for(lambda: re.search(pattern, self.log()), seconds,
                        lambda: f"{pattern!r} in the log\n{self.log()[-3000:]}")

    # The webhook port.

    def post(self, source: str, body: bytes, **options) -> Answer:
        return webhooks.post(self.port, source, body, **options)

    def port_open(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def post_until_accepted(self, source: str, body: bytes, seconds: float = 30) -> Answer:
        """Posts the same event again, as its sender would, until the answer is a 200."""
        answer = None

        def accepted():
            nonlocal answer
            answer = self.post(source, body)
            return answer if answer.status == 200 else None

        return wait_for(accepted, seconds, lambda: f"a 200; the last answer: {answer}\n{self.log()[-3000:]}")

    def topic(self, source: str, event: str) -> str:
        return f"{self.prefix}.{source}.{event}"

    def quarantine(self, source: str) -> str:
        return f"{self.prefix}.{source}-quarantine"

    # The admin port.

    def admin(self, path: str) -> Answer:
        return webhooks.request(self.admin_port, "GET", path)

    def readyz(self) -> Answer | None:
        """None while nobody listens there."""
        try:
            return self.admin("/readyz")
        except OSError:
            return None

    def wait_for_readyz(self, status: int, text: str = "", seconds: float = 30) -> Answer:
        """Waits until /readyz answers with that status and says `text`."""
        answer = None

        def said():
            nonlocal answer
            answer = self.readyz()
            return answer if answer and answer.status == status and text in answer.body.decode() else None

        return wait_for(said, seconds, lambda: f"/readyz {status} {text}; the last: {answer}\n{self.log()[-3000:]}")

    def metrics(self) -> dict[str, float]:
        """Every sample: `name{label="value",…}` with its value."""
        lines = self.admin("/metrics").body.decode().splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {series: float(value) for series, value in samples}

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series of that name that have these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = [value for series, value in self.metrics().items()
                 if series.split("{")[0] == name and all(label in series for label in wanted)]
        assert found, f"no series {name} with {labels}"
        return sum(found)
