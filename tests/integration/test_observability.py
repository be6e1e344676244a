"""The log and the metrics: what the contract names, and nothing that came from outside or is secret."""

import json
import re
import signal

import pytest

from harness import ROOT, wait_for, webhooks
from harness.webhooks import fixtures, glossi, sign

CODES = "200 400 401 404 405 408 413 415 431 503 505".split()
REJECTIONS = "signature_missing signature_malformed signature_repeated signature_mismatch timestamp_missing " \
             "timestamp_stale address_denied".split()
OUTCOMES = "published conflict quarantined duplicate refused".split()
CONNECTIONS = "limit address_limit accept_error buffer_limit tls_handshake idle proxy_header".split()
FAILURES = "timeout broker_down not_authorized unknown_topic too_large fatal other".split()

# Name without `hookferry_` → type and labels; those that exist from the start.
FROM_THE_START = {
    "requests_total": ("counter", "source code"),
    "request_duration_seconds": ("histogram", "source"),
    "rejected_total": ("counter", "source reason"),
    "events_total": ("counter", "source event outcome"),
    "publish_duration_seconds": ("histogram", "topic"),
    "publish_failures_total": ("counter", "topic reason"),
    "inflight_events": ("gauge", ""),
    "inflight_events_capacity": ("gauge", ""),
    "inflight_bytes": ("gauge", ""),
    "inflight_bytes_capacity": ("gauge", ""),
    "events_lost_total": ("counter", ""),
    "log_dropped_total": ("counter", ""),
    "dedupe_entries": ("gauge", ""),
    "dedupe_capacity": ("gauge", ""),
    "dedupe_evictions_total": ("counter", ""),
    "dedupe_horizon_seconds": ("gauge", ""),
    "dedupe_tail_lag_seconds": ("gauge", ""),
    "dedupe_tail_up": ("gauge", ""),
    "topic_mode": ("gauge", "topic"),
    "spool_events": ("gauge", ""),
    "spool_parked_events": ("gauge", ""),
    "spool_bytes": ("gauge", ""),
    "spool_capacity_bytes": ("gauge", ""),
    "spool_oldest_age_seconds": ("gauge", ""),
    "spool_commit_duration_seconds": ("histogram", ""),
    "spool_errors_total": ("counter", ""),
    "kafka_up": ("gauge", ""),
    "kafka_retries_total": ("counter", ""),
    "kafka_token_fetches_total": ("counter", "result"),
    "topic_replication_factor": ("gauge", "topic"),
    "topic_min_insync_replicas": ("gauge", "topic"),
    "secret_matches_total": ("counter", "source secret"),
    "connections": ("gauge", ""),
    "connections_rejected_total": ("counter", "reason"),
    "draining": ("gauge", ""),
    "config_reloads_total": ("counter", "result"),
    "config_restart_required": ("gauge", ""),
    "build_info": ("gauge", "version revision"),
}
WITH_THEIR_FIRST_VALUE = {
    "kafka_broker_rtt_seconds": ("gauge", "broker"),
    "last_event_timestamp_seconds": ("gauge", "source event"),
    "config_last_reload_success_timestamp_seconds": ("gauge", ""),
}
WITH_TLS = {"tls_certificate_expiry_timestamp_seconds": ("gauge", ""),
            "kafka_certificate_expiry_timestamp_seconds": ("gauge", "")}


@pytest.fixture
def serving(bridge):
    return bridge().start()


def families(bridge) -> dict[str, str]:
    """Every metric's name and type."""
    text = bridge.admin("/metrics").body.decode()
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))


def labels_of(bridge, name: str) -> set[frozenset[str]]:
    """The sets of label names that the series of a metric have."""
    found = set()
    for series in bridge.metrics():
        base, _, labels = series.partition("{")
        if re.fullmatch(rf"hookferry_{name}(_bucket|_sum|_count)?", base):
            found.add(frozenset(re.findall(r'(\w+)="', labels)) - {"le"})
    return found


def test_every_metric_of_the_contract_and_no_other(serving):
    assert {name: kind for name, kind in families(serving).items() if name.startswith("process_")}
    at_start = {name for name in families(serving) if name.startswith("hookferry_")}
    assert {f"hookferry_{name}" for name in FROM_THE_START} <= at_start

    assert serving.post("glossi", glossi()).status == 200
    serving.send(signal.SIGHUP)
    known = FROM_THE_START | WITH_THEIR_FIRST_VALUE
    wait_for(lambda: all(labels_of(serving, name) for name in WITH_THEIR_FIRST_VALUE), 10,
             lambda: f"{list(WITH_THEIR_FIRST_VALUE)} after an event; there are {sorted(families(serving))}")
    exposed = {name: kind for name, kind in families(serving).items() if name.startswith("hookferry_")}
    assert exposed == {f"hookferry_{name}": kind for name, (kind, _) in (known | WITH_TLS).items()}
    for name, (_, labels) in known.items():
        assert labels_of(serving, name) == {frozenset(labels.split())}, name


def test_counters_exist_at_zero(serving):
    for source in ("glossi", "meshqa", "none"):
        for code in CODES:
            assert serving.metric("hookferry_requests_total", source=source, code=code) == 0
    for reason in REJECTIONS:
        assert serving.metric("hookferry_rejected_total", source="glossi", reason=reason) == 0
    for fixture in fixtures():
        for outcome in OUTCOMES:
            serving.metric("hookferry_events_total", source=fixture.source, event=fixture.event, outcome=outcome)
        for reason in FAILURES:
            topic = f"{serving.prefix}.{fixture.topic}"
            assert serving.metric("hookferry_publish_failures_total", topic=topic, reason=reason) == 0
    assert serving.metric("hookferry_events_total", source="glossi", event="unknown", outcome="quarantined") == 0
    for reason in CONNECTIONS:
        assert serving.metric("hookferry_connections_rejected_total", reason=reason) == 0


def test_every_word_for_what_is_wrong_is_explained(serving):
    text = (ROOT / "docs/operating.md").read_text()
    readiness, connections = (set(re.findall(r"^\| `([\w-]+)` \|", part, re.M)) for part in text.split("\n## ")[1:3])
    assert connections == {re.search(r'reason="(\w+)"', series)[1] for series in serving.metrics()
                           if series.startswith("hookferry_connections_rejected_total")}
    words = re.findall(r'"(starting|warming|draining|[a-z]+-[a-z]+)"', (ROOT / "src/app/readiness.cc").read_text())
    assert readiness == set(words)


def test_what_happened_is_counted(serving):
    body, forged = glossi(), sign(b"", "another secret")
    answers = [serving.post("glossi", body), serving.post("glossi", body),
               serving.post("glossi", b'{"event":"job.exploded","data":{}}'),
               serving.post("glossi", body, signature=forged)]
    assert [answer.status for answer in answers] == [200, 200, 200, 401]

    def count(name: str, **labels: str) -> float:
        return serving.metric(f"hookferry_{name}", **labels)

    assert count("requests_total", source="glossi", code="200") == 3
    assert count("requests_total", source="glossi", code="401") == 1
    assert count("events_total", source="glossi", event="job.complete", outcome="published") == 1
    assert count("events_total", source="glossi", event="job.complete", outcome="duplicate") == 1
    assert count("events_total", source="glossi", event="unknown", outcome="quarantined") == 1
    assert count("rejected_total", source="glossi", reason="signature_mismatch") == 1
    assert count("secret_matches_total", source="glossi", secret="1") == 3
    assert count("publish_duration_seconds_count", topic=serving.topic("glossi", "job.complete")) == 1
    assert count("request_duration_seconds_count", source="glossi") == 4
    assert count("dedupe_entries") == 2
    assert count("inflight_events") == 0


def test_series_are_never_made_from_a_request(serving):
    assert serving.post("glossi", glossi()).status == 200
    wait_for(lambda: labels_of(serving, "kafka_broker_rtt_seconds"), 10, "the broker's round trip")
    before = serving.metrics().keys()
    for number in range(100):
        webhooks.request(serving.port, "POST", f"/webhooks/nobody-{number}", b"{}")
        name = json.dumps({"event": f"event-{number}", "data": {"jobId": f"job-{number}"}}).encode()
        assert serving.post("glossi", name, headers={f"X-Header-{number}": "x"}).json()["status"] == "quarantined"
    assert serving.metrics().keys() == before


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_has_no_secret_and_no_line_from_outside(bridge, log_format):
    serving = bridge(config={"log": {"format": log_format}}).start()
    marker = "SECRET-OF-THE-CUSTOMER"
    hostile = [
        {"event": "job.exploded\r\nFORGED", "data": {"jobId": f"a\nFORGED {marker}"}},
        {"event": "\u001b[2J\u2028FORGED", "data": {"note": marker}},
        {"event": "job.complete", "data": {"jobId": webhooks.unique(), "note": f"\nFORGED {marker}"}},
    ]
    bodies = [json.dumps(event).encode() for event in hostile]
    bodies += [b'{"event":"a\nFORGED","data":1}', f"\nFORGED {marker}\n".encode()]
    for body in bodies:
        assert serving.post("glossi", body).status == 200
        assert serving.post("glossi", body, signature="0" * 64).status == 401
    serving.post("glossi", bodies[0], path="/webhooks/glossi?%0d%0aFORGED", signature=f"\x1b[2J{marker}")
    webhooks.request(serving.port, "POST", "/webhooks/%0d%0aFORGED", b"{}", {"User-Agent": f"FORGED {marker}"})
    assert serving.stop() == 0

    log = serving.log()
    assert "job.complete" in log and "signature_mismatch" in log
    for secret in (*webhooks.SECRETS.values(), marker, *(sign(body, webhooks.SECRETS["glossi"]) for body in bodies)):
        assert secret not in log
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u0085\u2028\u2029]", log)
    assert not [line for line in log.split("\n") if line.lstrip().startswith("FORGED")]
    if log_format == "json":
        for line in log.rstrip("\n").split("\n"):
            assert isinstance(json.loads(line), dict), line


def test_a_request_in_the_log(bridge):
    serving = bridge(config={"log": {"format": "text"}}).start()
    body = glossi()
    answer = serving.post("glossi", body)
    serving.post("glossi", body)
    serving.post("glossi", body, signature="0" * 64)
    short = answer.json()["id"][:8]
    topic = re.escape(serving.topic("glossi", "job.complete"))
    serving.wait_for_log(rf"glossi +job\.complete +accepted +[\d.]+ ms +{short} +→ {topic}\[\d+\]@\d+")
    serving.wait_for_log(rf"glossi +job\.complete +duplicate +[\d.]+ ms +{short} +first seen")
    serving.wait_for_log(rf"glossi +- +rejected +signature_mismatch +{len(body)} bytes")


def test_the_opening_lines_say_what_is_served(bridge):
    serving = bridge(config={"log": {"format": "text"}}).start()
    log = serving.log()
    assert re.search(r"^hookferry \d+\.\d+\.\d+ ", log, re.M)
    for source, events in (("glossi", 7), ("meshqa", 1)):
        url = rf"http://\S+:{serving.port}/webhooks/{source}"
        assert re.search(rf"^  source +{source} +POST {url} +{events} events?\b", log, re.M)
        assert webhooks.SECRET_VARIABLES[source] in log
    serving.wait_for_log(rf"(?m)^  admin +http://\S+:{serving.admin_port} +ready in ")
