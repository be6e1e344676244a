"""What a release of the chart has in a cluster with a node, as its senders and its operators see it."""

import contextlib
import http.client
import json
import threading

from harness import wait_for, webhooks
from releases import Release

SECRET = "a-secret-of-the-cluster-s-test"
NEW_SECRET = "the-one-that-takes-its-place"


class Bridge:
    def __init__(self, cluster, release: Release):
        self.release = release
        self._cluster = cluster
        services = {item["metadata"]["name"]: item["spec"] for item in cluster.get("services", "hooks")}
        name = f"{release.name}-hookferry"
        self._webhooks, self._admin = services[name], services[f"{name}-admin"]

    def answers(self) -> bool:
        """Whether anybody does, to what the Service forwards."""
        try:
            return _request(_address(self._webhooks), "GET", "/")[0] == 404
        except OSError:
            return False

    def post(self, body: bytes, secret: str = SECRET, pod: dict | None = None) -> tuple[int, dict]:
        """To a Pod, or to the Service: on a connection of its own, so that each goes to any Pod."""
        signature = {webhooks.SIGNATURE_HEADERS["glossi"]: webhooks.sign(body, secret)}
        address = (pod["status"]["podIP"], 8080) if pod else _address(self._webhooks)
        status, content = _request(address, "POST", "/webhooks/glossi", body, signature)
        return status, json.loads(content)

    def wait_for_secrets(self, taken: str, refused: str = "") -> None:
        """Until every Pod takes what is signed with the one, and refuses what is signed with the other."""
        def everywhere():
            return all(self.post(webhooks.glossi(), taken, pod)[0] == 200 and
                       not (refused and self.post(webhooks.glossi(), refused, pod)[0] != 401) for pod in self.pods())

        wait_for(everywhere, 90, "every Pod with the new secrets")

    def ready_addresses(self) -> int:
        """How many Pods the Service for webhooks sends to."""
        slices = self._cluster.get("endpointslices", "hooks", "--selector", f"kubernetes.io/service-name={self.release.name}-hookferry")
        return sum(endpoint["conditions"]["ready"] for part in slices for endpoint in part["endpoints"] or ())

    def metrics(self) -> str:
        """Of one of the Pods."""
        return _request(_address(self._admin), "GET", "/metrics")[1].decode()

    def pods(self) -> list[dict]:
        """Those that are not on their way out."""
        return [pod for pod in self.release.pods() if "deletionTimestamp" not in pod["metadata"]]

    def exec(self, *command) -> str:
        return self._cluster.kubectl("exec", "--namespace", "hooks", "deployment/test-hookferry", "--", *command)

    def log_to_its_end(self, pod: dict) -> str:
        return self._cluster.kubectl("logs", "--namespace", "hooks", "--follow", pod["metadata"]["name"])


def _address(service: dict) -> tuple[str, int]:
    return service["clusterIP"], service["ports"][0]["port"]


def _request(address: tuple[str, int], method: str, path: str, body: bytes | None = None, headers: dict | None = None):
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def in_background(function, *arguments):
    """Runs it on a thread; the result is what the returned function gives, once it has ended."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function(*arguments)), daemon=True)
    thread.start()

    def wait():
        thread.join(180)
        assert result, f"{function.__name__} did not come to its end"
        return result[0]

    return wait


@contextlib.contextmanager
def steady_load(bridge, event: str, secret: str = SECRET):
    """Posts one event after the other meanwhile; gives what becomes the list of their job ids and answers."""
    answers: list[tuple[str, object]] = []
    stopping = threading.Event()

    def keep_posting():
        while not stopping.wait(0.02):
            job = webhooks.unique()
            try:
                answers.append((job, bridge.post(webhooks.glossi(event, jobId=job), secret)[0]))
            except OSError as problem:
                answers.append((job, problem))
        return True

    ended = in_background(keep_posting)
    try:
        yield answers
    finally:
        stopping.set()
        ended()
