"""Clients that are hostile, or only many: what becomes of them, and that honest requests are served meanwhile."""

import concurrent.futures
import contextlib
import os
import re
import resource
import selectors
import socket
import time

import pytest

from harness import wait_for
from harness.bridge import Bridge
from harness.certificates import certify, trusting
from harness.process import memory_mib
from harness.webhooks import SECRETS, SIGNATURE_HEADERS, glossi, sign
from records import ids
from senders import HonestSenders

SILENT_MOST_MIB = 128
HANDSHAKE_MOST_MIB = 128
MOST_REJECTIONS_LOGGED, MOST_A_SECOND = 50, 10  # of RejectionLimit


@pytest.fixture(autouse=True)
def open_files():
    """As many as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def tls_files(tmp_path):
    """A configuration with TLS, and what a client needs for it."""
    certificate = certify(tmp_path, "server")
    return {"http": {"tls": certificate.settings()}}, trusting(certificate)


@pytest.fixture
def stack():
    with contextlib.ExitStack() as entered:
        yield entered


def connect(stack: contextlib.ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))


def signed(body: bytes, signature: str | None = None, connection: str = "keep-alive") -> bytes:
    """A whole request."""
    return (f"POST /webhooks/glossi HTTP/1.1\r\nHost: h\r\nConnection: {connection}\r\n{SIGNATURE_HEADERS['glossi']}: "
            f"{signature or sign(body, SECRETS['glossi'])}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def read_answers(connection: socket.socket, count: int) -> list[bytes]:
    """So many answers, each without its date."""
    text, answers = b"", []
    while len(answers) < count:
        head, end, rest = text.partition(b"\r\n\r\n")
        length = int(re.search(rb"\r\nContent-Length: (\d+)", head).group(1)) if end else 0
        if end and len(rest) >= length:
            answers.append(re.sub(rb"\r\nDate: [^\r]*", b"", head) + end + rest[:length])
            text = rest[length:]
            continue
        more = connection.recv(1 << 20)
        assert more, f"the connection ended after {len(answers)} answers"
        text += more
    return answers


def turned_away(bridge: Bridge, reason: str) -> float:
    return bridge.metric("hookferry_connections_rejected_total", reason=reason)


def open_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def said_goodbye(connection: socket.socket) -> bool:
    """Whether the other side has closed it, having said nothing."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def test_500_clients_that_drip_are_cut_and_honest_requests_are_served(bridge, stack):
    serving = bridge(sources=("glossi",), config={"http": {"request_timeout": "1s"}}).start()
    head = signed(b"x" * 500_000)[:-500_000]
    answers = []
    with HonestSenders(serving.port) as honest, selectors.DefaultSelector() as selector:
        for number in range(500):
            client = connect(stack, serving.port)
            sent = len(head) if number % 2 else 0  # so one half drips its head and the other its body
            client.sendall(head[:sent])
            selector.register(client, selectors.EVENT_READ, sent)
        while selector.get_map():
            for key, _ in selector.select(0.02):
                answers.append(key.fileobj.recv(10_000))
                selector.unregister(key.fileobj)
            for key in list(selector.get_map().values()):
                with contextlib.suppress(ConnectionError):  # cut, and its answer is there
                    key.fileobj.sendall(head[key.data:key.data + 1] or b"x")
                selector.modify(key.fileobj, selectors.EVENT_READ, key.data + 1)
        honest.wait_for_more(100)
    honest.assert_all_accepted()
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
    assert all(b"\r\nConnection: close\r\n" in answer for answer in answers)
    assert serving.metric("hookferry_requests_total", code="408", source="none") == 250
    assert serving.metric("hookferry_requests_total", code="408", source="glossi") == 250


def test_ten_thousand_idle_connections_are_held_and_make_room(bridge, stack, figure, open_files):
    most = min(10_000, open_files - 1000)
    serving = bridge(sources=("glossi",), config={"http": {"max_connections": most}}).start()
    with HonestSenders(serving.port) as honest:
        idle = [connect(stack, serving.port) for _ in range(most)]
        honest.wait_for_more(100)
        memory = memory_mib(serving.pid)
        assert serving.metric("hookferry_connections") > 0.93 * most
    honest.assert_all_accepted()
    closed = [said_goodbye(connection) for connection in idle]
    figure(f"{closed.count(False)} idle connections of {most}: {memory:.0f} MiB")
    assert closed.count(True) > 0 and not any(closed[most // 2:]), "those that were idle for the longest"
    assert turned_away(serving, "idle") == closed.count(True)
    assert turned_away(serving, "limit") == 0
    assert memory < SILENT_MOST_MIB


def test_a_flood_of_forged_requests_changes_nothing_and_fills_no_log(bridge, kafka, stack):
    serving = bridge(sources=("glossi",)).start()
    body = glossi()
    wrong = sign(body, SECRETS["glossi"] + "x")
    forged = [signed(body, wrong), signed(body, "no hex"), signed(body, "0" * 63), signed(body, wrong.upper()),
              signed(body).replace(b"X-Glossi-Signature", b"X-Other"), signed(b"", wrong),
              signed(body, f"{wrong}\r\nX-Glossi-Signature: {wrong}"), signed(body + b" ", sign(body, SECRETS["glossi"]))]
    answers = set()
    begin = time.monotonic()
    with HonestSenders(serving.port) as honest:
        clients = [connect(stack, serving.port) for _ in range(25)]
        for _ in range(50):
            for client in clients:
                client.sendall(b"".join(forged))
            for client in clients:
                answers |= set(read_answers(client, len(forged)))
        honest.wait_for_more(100)
    seconds = time.monotonic() - begin
    honest.assert_all_accepted()
    assert len(answers) == 1 and answers.pop().startswith(b"HTTP/1.1 401 ")
    assert serving.metric("hookferry_rejected_total", source="glossi") == 10_000
    assert len(ids(kafka, serving.topic("glossi", "job.complete"))) == len(honest.statuses)
    assert serving.post("glossi", body).json()["status"] == "accepted", "its forgeries were not remembered"
    assert serving.stop() == 0
    rejections = serving.log().count('"outcome":"rejected"')
    assert 0 < rejections <= MOST_REJECTIONS_LOGGED + MOST_A_SECOND * seconds + 1
    hidden = sum(map(int, re.findall(r"rejections not shown here: (\d+)", serving.log())))
    assert rejections + hidden == 10_000


def test_thousands_of_requests_on_connections_of_their_own_leave_nothing_open(bridge, tls_files, stack):
    config, context = tls_files
    for wire, count in ((None, 3000), (context, 1000)):
        serving = bridge(sources=("glossi",), config=config if wire else {}).start()
        assert serving.post("glossi", glossi(), context=wire).status == 200
        wait_for(lambda: serving.metric("hookferry_connections") == 0, 10, "an end of the first")
        before = open_descriptors(serving.pid)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(lambda _: serving.post("glossi", glossi(), context=wire).status, range(count)))
        assert statuses == [200] * count
        wait_for(lambda: open_descriptors(serving.pid) <= before, 10,
                 lambda: f"{before} open descriptors, there are {open_descriptors(serving.pid)}")
        assert serving.metric("hookferry_connections") == 0
        assert serving.stop() == 0


def test_without_descriptors_it_goes_on_and_accepts_when_there_are_some(bridge, stack):
    serving = bridge(sources=("glossi",)).start()
    kept = connect(stack, serving.port)
    kept.sendall(signed(glossi()))
    read_answers(kept, 1)
    limits = resource.prlimit(serving.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(serving.pid, resource.RLIMIT_NOFILE, (open_descriptors(serving.pid) + 10, limits[1]))
    begin = time.monotonic()
    clients = [connect(stack, serving.port) for _ in range(30)]
    for client in clients:
        client.sendall(signed(glossi()))
    serving.wait_for_log("cannot accept connections on port")
    for _ in range(100):
        kept.sendall(signed(glossi()))
        assert read_answers(kept, 1)[0].startswith(b"HTTP/1.1 200 ")
    resource.prlimit(serving.pid, resource.RLIMIT_NOFILE, limits)
    for client in clients:
        assert read_answers(client, 1)[0].startswith(b"HTTP/1.1 200 ")
    seconds = time.monotonic() - begin
    assert 0 < turned_away(serving, "accept_error") <= 10 * seconds + 1, "it does not spin"
    assert serving.log().count("cannot accept connections on port") == 1


def test_a_low_limit_of_files_is_the_bound_and_idle_connections_make_room(bridge, stack):
    serving = bridge(sources=("glossi",), config={"http": {"threads": 1}}, files=(64, 200)).start()
    serving.wait_for_log("http.max_connections is 10000, but the limit of 200 open files has room for 150")
    idle = [connect(stack, serving.port) for _ in range(300)]
    with HonestSenders(serving.port) as honest:
        honest.wait_for_more(100)
    honest.assert_all_accepted()
    assert sum(map(said_goodbye, idle)) >= 150
    assert turned_away(serving, "accept_error") == turned_away(serving, "limit") == 0


def test_a_client_that_does_not_read_its_answers_is_cut(bridge, stack):
    serving = bridge(sources=("glossi",), config={"http": {"request_timeout": "500ms"}}).start()
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", serving.port))
    client.setblocking(False)
    requests = signed(b"{}", "0" * 64) * 500
    sent = 0

    def cut():
        nonlocal sent
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += client.send(requests[sent % len(requests):])
        return turned_away(serving, "unread_answer") == 1

    with HonestSenders(serving.port) as honest:
        with contextlib.suppress(ConnectionError):
            wait_for(cut, 30, "the connection to be cut")
        honest.wait_for_more(20)
    honest.assert_all_accepted()
    wait_for(lambda: turned_away(serving, "unread_answer") == 1, 10, "its metric")


def test_half_handshakes_are_bounded_in_number_memory_and_time(bridge, tls_files, stack, figure):
    config, context = tls_files
    config = {"http": {**config["http"], "max_buffered": "8MiB", "request_timeout": "3s", "threads": 1}}
    serving = bridge(sources=("glossi",), config=config).start()
    greeting = bytes.fromhex("16030102000100")  # the beginning of one
    for _ in range(3000):
        connect(stack, serving.port).sendall(greeting)
    wait_for(lambda: turned_away(serving, "tls_handshake") >= 3000 - 128, 10, "only 128 to be left")
    memory = memory_mib(serving.pid)
    with HonestSenders(serving.port, context) as honest:
        honest.wait_for_more(100)
    honest.assert_all_accepted()
    figure(f"3000 half handshakes: {memory:.0f} MiB")
    assert memory < HANDSHAKE_MOST_MIB
    wait_for(lambda: turned_away(serving, "tls_handshake") == 3000, 20, "each to be cut and counted")
    wait_for(lambda: serving.metric("hookferry_connections") == 0, 10, "nothing to be left of them")
