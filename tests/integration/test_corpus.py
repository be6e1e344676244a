"""Framing abuse: what the program answers to each case of tests/http/corpus, and what other parsers read in it."""

import re
import socket
import urllib.parse

import pytest

from corpus import cases
from oracles import READERS

UNREAD = 400  # framing that two parsers could read differently; what else is refused is a matter of limits and taste
TAKEN = (200, 404, 405)  # a request that was framed, whoever then took it


def difference(case, reading) -> str:
    """`accepts` or `refuses` where a reader goes another way than the front; fails where it reads other requests."""
    bodies = iter(case.bodies)
    for number, status in enumerate(status for status in case.statuses if status in TAKEN):
        if number == len(reading.requests) or (status == 200 and not reading.requests[number].complete):
            assert reading.refusal, f"waits for more than the front: {reading}"
            return "refuses"
        if status == 200:
            request = reading.requests[number]
            target = urllib.parse.urlsplit(request.target.decode("latin-1"))
            assert (request.method, urllib.parse.unquote(target.path), request.body) == (b"POST", "/hook", next(bodies))
    if UNREAD in case.statuses:
        return "" if reading.refusal else "accepts"
    if not case.closes:  # and nothing more is in it for anyone
        taken = len([status for status in case.statuses if status in TAKEN])
        assert not [request for request in reading.requests[taken:] if request.complete], reading
        return "refuses" if reading.refusal else ""
    return ""


@pytest.mark.parametrize("reader", READERS)
def test_other_parsers_read_the_same(reader):
    wrong = []
    for case in cases():
        reading = READERS[reader](case.bytes)
        try:
            found = difference(case, reading)
        except AssertionError as error:
            wrong.append(f"{case.name}: {reader} reads other requests: {error}")
            continue
        listed = [verdict for verdict in ("accepts", "refuses") if f"{reader} {verdict}" in case.differences]
        if listed != ([found] if found else []):
            wrong.append(f"{case.name}: {reader} {found or 'agrees'} ({reading.refusal or reading.requests}); "
                         f"listed: {listed or 'nothing'}")
    assert not wrong, "\n".join(wrong)


def exchange(port: int, case, cut: int) -> tuple[list[int], bool]:
    """Sends a case in pieces of that many bytes; the statuses but for 100, and whether the last one says close."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(case.bytes), cut):
            client.sendall(case.bytes[at:at + cut])
        if not case.closes:
            client.shutdown(socket.SHUT_WR)
        received = b""
        while more := client.recv(65536):
            received += more
    heads = [head for head in re.findall(rb"(?:^|(?<=[}\n]))HTTP/1\.1 [^{]*?\r\n\r\n", received) if head[9:12] != b"100"]
    return [int(head[9:12]) for head in heads], bool(heads) and b"\r\nConnection: close\r\n" in heads[-1]


@pytest.mark.parametrize("cut", [1 << 20, 1], ids=["whole", "byte-by-byte"])
def test_the_program_answers_as_the_case_says(bridge, cut):
    """None of these is signed: what gets as far as the source is a 401, all else is answered before."""
    config = {"http": {"max_body": "1KiB", "max_head": "16KiB"}, "sources": [
        {"name": "glossi", "preset": "glossi", "path": "/hook", "secrets": [{"env": "GLOSSI_WEBHOOK_SECRET"}]}]}
    serving = bridge(config=config).start()
    wrong = {}
    for case in cases():
        expected = [401 if status == 200 else status for status in case.statuses], case.closes
        if (answered := exchange(serving.port, case, cut)) != expected:
            wrong[case.name] = answered, expected
    assert not wrong
    handled = sum(case.statuses.count(200) for case in cases())
    assert serving.metric("hookferry_requests_total", source="glossi", code="401") == handled
    assert serving.metric("hookferry_rejected_total", source="glossi", reason="signature_missing") == handled
