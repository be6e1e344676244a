"""A real Prometheus, a real Alertmanager, and who receives the alerts. Everything listens on 127.0.0.1."""

import http.server
import json
import pathlib
import threading
import urllib.parse

from . import free_port, wait_for, webhooks
from .process import Process


class Receiver:
    """An Alertmanager's webhook receiver: keeps what it is told."""

    def __init__(self):
        self._lock = threading.Lock()
        self._alerts: list[dict] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver._lock:
                    receiver._alerts += message["alerts"]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def alerts(self, name: str, status: str) -> list[dict]:
        """Those of that name that came with that status, `firing` or `resolved`, in their order."""
        with self._lock:
            return [alert for alert in self._alerts
                    if alert["labels"]["alertname"] == name and alert["status"] == status]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Alertmanager:
    """Tells the receiver at once what fires and what is resolved."""

    def __init__(self, directory: pathlib.Path, receiver: Receiver):
        directory.mkdir()
        self.port = free_port()
        config = {
            "route": {"receiver": "test", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s",
                      "repeat_interval": "1h"},
            "receivers": [{"name": "test", "webhook_configs": [{"url": receiver.url, "send_resolved": True}]}],
        }
        (directory / "alertmanager.yml").write_text(json.dumps(config))  # JSON is YAML
        self._process = Process(
            ["prometheus-alertmanager", f"--config.file={directory}/alertmanager.yml",
             f"--storage.path={directory}/data", f"--web.listen-address=127.0.0.1:{self.port}",
             "--cluster.listen-address="], directory / "alertmanager.log")
        _wait_until_ready(self._process, self.port)

    def stop(self) -> None:
        self._process.stop()


class Prometheus:
    """Scrapes targets, with the labels that it is given, and evaluates the rules: both each second."""

    def __init__(self, directory: pathlib.Path, *, rules: dict, targets: list[str], target_labels: dict[str, str],
                 alertmanager: Alertmanager | None = None):
        directory.mkdir()
        self.port = free_port()
        alertmanagers = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager.port}"]}]}] if alertmanager else []
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": alertmanagers},
            "scrape_configs": [{
                "job_name": target_labels["job"],
                "static_configs": [{"targets": targets, "labels": target_labels}],
            }],
        }
        (directory / "prometheus.yml").write_text(json.dumps(config))
        (directory / "rules.yml").write_text(json.dumps(rules))
        self._process = Process(
            ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{self.port}"], directory / "prometheus.log")
        _wait_until_ready(self._process, self.port)

    def query(self, expression: str) -> list[dict]:
        """The result of an instant query: one {metric, value} for each series."""
        answer = webhooks.request(self.port, "GET", f"/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
        if answer.status != 200:
            raise RuntimeError(f"{expression}: {answer}")
        return answer.json()["data"]["result"]

    def wait_for_scrape(self) -> None:
        wait_for(lambda: self.query("up") and not self.query("up == 0"), 30, lambda: f"a scrape\n{self._process.log()[-3000:]}")

    def alerts(self, name: str, state: str) -> list[dict]:
        """Its active alerts of that name in that state, `pending` or `firing`."""
        active = webhooks.request(self.port, "GET", "/api/v1/alerts").json()["data"]["alerts"]
        return [alert for alert in active if alert["labels"]["alertname"] == name and alert["state"] == state]

    def stop(self) -> None:
        self._process.stop()


def _wait_until_ready(process: Process, port: int) -> None:
    def ready():
        if not process.running():
            raise RuntimeError(f"ended at its start:\n{process.log()[-3000:]}")
        try:
            return webhooks.request(port, "GET", "/-/ready").status == 200
        except OSError:
            return False

    wait_for(ready, 30, lambda: f"an answer to /-/ready\n{process.log()[-3000:]}")
