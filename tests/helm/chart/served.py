"""A rendered configuration in the program itself, on its embedded broker."""

import contextlib
import http.client
import pathlib
import secrets

import yaml

from harness import free_port, hookferry_binary, wait_for
from harness.process import Process


class Served:
    """What runs with the configuration of a render, whose ports and secrets are of this machine."""

    def __init__(self, config_text: str, folder: pathlib.Path, host: str = "127.0.0.1", admin_port: int = 0):
        self.host, self.port, self.admin_port = host, free_port(), admin_port or free_port()
        config = yaml.safe_load(config_text)
        config["http"]["listen"], config["admin"]["listen"] = f"{host}:{self.port}", f"{host}:{self.admin_port}"
        folder.mkdir(exist_ok=True)
        for source in config["sources"]:
            secret = folder / source["name"]
            secret.write_text(secrets.token_hex(32))
            source["secrets"] = [{"file": str(secret)}]
        self.config_file = folder / "hookferry.yaml"
        self.config_file.write_text(yaml.safe_dump(config))
        command = [hookferry_binary(), "serve", "--config", self.config_file, "--kafka", "embedded"]
        self._process = Process(command, folder / "log")

    def wait_until_ready(self) -> None:
        def ready():
            if not self._process.running():
                raise RuntimeError(f"hookferry ended at its start:\n{self._process.log()}")
            with contextlib.suppress(ConnectionRefusedError):
                return self._readyz() == 200

        wait_for(ready, 30, self._process.log)

    def stop(self) -> None:
        self._process.kill()  # there is nothing to keep

    def _readyz(self) -> int:
        connection = http.client.HTTPConnection(self.host, self.admin_port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        finally:
            connection.close()


@contextlib.contextmanager
def served(config_text: str, folder: pathlib.Path, **options):
    """One that is ready, until the end of the block."""
    program = Served(config_text, folder, **options)
    try:
        program.wait_until_ready()
        yield program
    finally:
        program.stop()
