"""Who the client is: allow lists, trusted proxies, and what each address may have. Clients come from all of 127.0.0.0/8."""

import contextlib
import ipaddress
import json
import socket
import struct

from harness import wait_for
from harness.bridge import Bridge
from harness.webhooks import SECRET_VARIABLES, glossi

CLIENT, OTHER, PROXY = "127.0.0.2", "127.0.0.3", "127.0.1.5"


def source(**more) -> dict:
    return {"name": "glossi", "preset": "glossi", "secrets": [{"env": SECRET_VARIABLES["glossi"]}], **more}


def proxy_header(client: str) -> bytes:
    """Version 2 of the PROXY protocol: TCP over IPv4 or IPv6 from a client, to anywhere."""
    address = ipaddress.ip_address(client)
    addresses = address.packed + bytes(len(address.packed)) + struct.pack(">HH", 1234, 443)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack(">BBH", 0x21, 0x11 if address.version == 4 else 0x21,
                                                 len(addresses)) + addresses


def rejections(bridge: Bridge, reason: str) -> float:
    return bridge.metric("hookferry_rejected_total", source="glossi", reason=reason)


def turned_away(bridge: Bridge, reason: str) -> float:
    return bridge.metric("hookferry_connections_rejected_total", reason=reason)


def wait_for_connections(bridge: Bridge, count: int) -> None:
    wait_for(lambda: bridge.metric("hookferry_connections") == count, 10, f"{count} connections")


def rejected_addresses(bridge: Bridge) -> list[str]:
    lines = [json.loads(line) for line in bridge.log().splitlines() if line.startswith("{")]
    return [line["address"] for line in lines if line.get("reason") == "address_denied"]


def test_only_allowed_addresses_may_send(bridge):
    settings = {"sources": [source(allow=[f"{CLIENT}/32"])]}
    serving = bridge(config=settings).start()
    assert serving.post("glossi", glossi(), from_address=CLIENT).status == 200

    denied = serving.post("glossi", glossi(), from_address=OTHER)
    forged = serving.post("glossi", glossi(), from_address=CLIENT, signature="0" * 64)
    assert denied.status == forged.status == 401
    assert denied.body == forged.body
    assert {**denied.headers, "date": ""} == {**forged.headers, "date": ""}
    assert rejections(serving, "address_denied") == 1
    assert rejections(serving, "signature_mismatch") == 1
    wait_for(lambda: rejected_addresses(serving) == ["127.0.0.0/24"], 5, serving.log)

    serving.reconfigure({"sources": [source(allow=["127.0.0.0/24"])]})
    serving.wait_for_reload("success", 1)
    assert serving.post("glossi", glossi(), from_address=OTHER).status == 200


def test_what_a_stranger_says_of_its_address_is_not_believed(bridge):
    serving = bridge(config={"http": {"trusted_proxies": ["127.0.1.0/24"]}, "sources": [source(allow=[CLIENT])]}).start()
    claim = {"X-Forwarded-For": CLIENT}
    assert serving.post("glossi", glossi(), from_address=OTHER, headers=claim).status == 401
    assert serving.post("glossi", glossi(), from_address=OTHER, before=proxy_header(CLIENT)).status == 400
    assert rejections(serving, "address_denied") == 1


def test_behind_trusted_proxies(bridge):
    serving = bridge(config={"http": {"trusted_proxies": ["127.0.1.0/24"]}, "log": {"addresses": "full"},
                             "sources": [source(allow=["203.0.113.0/24", "2001:db8::/32"])]}).start()

    def forwarded(addresses: str) -> int:
        return serving.post("glossi", glossi(), from_address=PROXY, headers={"X-Forwarded-For": addresses}).status

    def proxied(client: str) -> int:
        return serving.post("glossi", glossi(), from_address=PROXY, before=proxy_header(client)).status

    assert forwarded("203.0.113.9") == forwarded("198.51.100.1, 203.0.113.9, 127.0.1.7") == 200
    assert forwarded("203.0.113.9, 198.51.100.1") == 401
    assert proxied("203.0.113.9") == proxied("2001:db8::9") == 200
    assert proxied("198.51.100.2") == proxied("2001:db9::9") == 401
    assert serving.post("glossi", glossi(), from_address=PROXY).status == 401, "then the proxy is the client"
    expected = ["198.51.100.1", "198.51.100.2", "2001:db9::9", PROXY]
    wait_for(lambda: rejected_addresses(serving) == expected, 5, serving.log)


def test_connections_of_one_address_are_bounded(bridge):
    serving = bridge(sources=("glossi",), config={"http": {"max_connections_per_address": 3}}).start()
    with contextlib.ExitStack() as stack:
        def connect() -> socket.socket:
            connection = socket.create_connection(("127.0.0.1", serving.port), 10, source_address=(CLIENT, 0))
            return stack.enter_context(connection)

        for _ in range(3):
            connect()
        wait_for_connections(serving, 3)
        assert connect().recv(12) == b"HTTP/1.1 503"
        assert serving.post("glossi", glossi(), from_address=OTHER).status == 200
        assert turned_away(serving, "address_limit") == 1
    wait_for_connections(serving, 0)
    assert serving.post("glossi", glossi(), from_address=CLIENT).status == 200


def test_idle_connections_make_room_for_newcomers(bridge):
    serving = bridge(sources=("glossi",), config={"http": {"max_connections": 64, "threads": 1}}).start()
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", serving.port))) for _ in range(60)]
        wait_for_connections(serving, 60)
        newcomers = [stack.enter_context(socket.create_connection(("127.0.0.1", serving.port))) for _ in range(20)]
        assert serving.post("glossi", glossi()).status == 200
        assert turned_away(serving, "limit") == 0
        assert turned_away(serving, "idle") == 21
        for closed in idle[:21]:
            closed.settimeout(10)
            assert closed.recv(1) == b"", "those that were idle for the longest"
        for kept in idle[21:] + newcomers:
            kept.setblocking(False)
            try:
                assert kept.recv(1) != b"", "closed, and was not to be"
            except BlockingIOError:
                pass
