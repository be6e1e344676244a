"""A sender's side: the documented events, signatures, requests."""

import csv
import dataclasses
import hashlib
import hmac
import http.client
import json
import ssl
import time
import uuid

from . import FIXTURES

SECRETS = {"glossi": "glossi-test-secret", "meshqa": "meshqa-test-secret"}
SECRET_VARIABLES = {"glossi": "GLOSSI_WEBHOOK_SECRET", "meshqa": "MESHQA_WEBHOOK_SECRET"}
SIGNATURE_HEADERS = {"glossi": "X-Glossi-Signature", "meshqa": "X-MeshQA-Signature"}


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def event_id(source: str, event: str, dedupe_id: str | None, data: bytes) -> str:
    """The CloudEvents id, made by the rule of the contract; without a dedupe id the data's hash stands for it."""
    digest = hashlib.sha256(data)
    fields = [source.encode(), event.encode(), (dedupe_id or digest.hexdigest()).encode(), digest.digest()]
    return hashlib.sha256(b"".join(len(field).to_bytes(4, "big") + field for field in fields)).hexdigest()[:32]


@dataclasses.dataclass
class Fixture:
    """A documented event of a sender, and what becomes of it."""

    source: str
    event: str
    body: bytes
    topic: str
    key: str
    dedupe_id: str
    id: str

    @property
    def data(self) -> bytes:
        """The bytes of the member that carries the event: the last one in all samples."""
        member = {"glossi": b'"data":', "meshqa": b'"result":'}[self.source]
        return self.body[self.body.index(member) + len(member):self.body.rindex(b"}")]


def fixtures() -> list[Fixture]:
    with open(FIXTURES / "expected.tsv", newline="") as table:
        return [_fixture(row) for row in csv.DictReader(table, delimiter="\t")]


def _fixture(row: dict[str, str]) -> Fixture:
    source, event = row["file"].removesuffix(".json").split(".", 1)
    body = (FIXTURES / row["file"]).read_bytes()
    return Fixture(source, event, body, row["topic"], row["key"], row["dedupe_id"], row["id"])


def unique(prefix: str = "job") -> str:
    return f"{prefix}-{uuid.uuid4().hex}"


def glossi(event: str = "job.complete", timestamp: str = "2025-01-15T10:30:00.000Z", **data) -> bytes:
    """A Glossi event; a job id of its own unless it is given."""
    data = {"jobId": unique(), **data} if event.split(".")[0] in ("job", "render") else data
    return json.dumps({"event": event, "timestamp": timestamp, "data": data}, separators=(",", ":")).encode()


def meshqa(job_id: str | None = None, **result) -> bytes:
    body = {"event": "validation.completed", "job_id": job_id or unique("val"), "result": {"valid": True, **result}}
    return json.dumps(body, separators=(",", ":")).encode()


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    seconds: float  # from the first byte sent to the last one received

    def json(self) -> dict:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.status} {self.body.decode('utf-8', 'replace')} after {self.seconds * 1000:.1f} ms"


def request(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
            seconds: float = 30, context: ssl.SSLContext | None = None, from_address: str = "",
            before: bytes = b"") -> Answer:
    """One request on a connection of its own: with a context over TLS, from that address of this machine, and with some
    bytes before it."""
    options = {"timeout": seconds, "source_address": (from_address, 0)}
    connection = http.client.HTTPConnection("127.0.0.1", port, **options) if context is None else \
        http.client.HTTPSConnection("127.0.0.1", port, context=context, **options)
    try:
        connection.connect()
        connection.sock.sendall(before)
        begin = time.monotonic()
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        content = response.read()
        elapsed = time.monotonic() - begin
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content, elapsed)
    finally:
        connection.close()


def post(port: int, source: str, body: bytes, *, path: str | None = None, signature: str | None = None,
         headers: dict[str, str] | None = None, **options) -> Answer:
    """Posts a body as the source's sender does: signed with its secret unless a signature is given. `options` are those
    of `request`."""
    signature = sign(body, SECRETS[source]) if signature is None else signature
    all_headers = {"Content-Type": "application/json", SIGNATURE_HEADERS[source]: signature, **(headers or {})}
    return request(port, "POST", path or f"/webhooks/{source}", body, all_headers, **options)
