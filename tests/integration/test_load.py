"""Load by a client of others, h2load: one event thousands of times at once, of which the first is published."""

import subprocess

import pytest

from harness.certificates import certify
from harness.webhooks import SECRETS, SIGNATURE_HEADERS, glossi, sign
from records import ids

CONNECTIONS, REQUESTS = 64, 20_000


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_h2load_is_answered_200_each_time_and_one_event_is_published(bridge, kafka, tmp_path, tls):
    body = glossi()
    (tmp_path / "body").write_bytes(body)
    config = {"http": {"tls": certify(tmp_path, "server").settings()}} if tls else {}
    serving = bridge(sources=("glossi",), config=config).start()
    report = subprocess.run(
        ["h2load", "--h1", "--requests", str(REQUESTS), "--clients", str(CONNECTIONS), "--threads", "2",
         "--data", tmp_path / "body", "--header", f"{SIGNATURE_HEADERS['glossi']}: {sign(body, SECRETS['glossi'])}",
         "--header", "Content-Type: application/json",
         f"{'https' if tls else 'http'}://127.0.0.1:{serving.port}/webhooks/glossi"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    assert f"{REQUESTS} done, {REQUESTS} succeeded, 0 failed, 0 errored, 0 timeout" in report, report
    assert f"status codes: {REQUESTS} 2xx" in report, report
    assert serving.metric("hookferry_events_total", source="glossi", outcome="duplicate") == REQUESTS - 1
    assert len(ids(kafka, serving.topic("glossi", "job.complete"))) == 1
