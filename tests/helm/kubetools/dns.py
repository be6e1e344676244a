"""A name server for the Pods of a node: the addresses of Services, and of the ready Pods of those without one."""

import contextlib
import socket
import struct
import threading

from .controlplane import ControlPlane, KubectlError

PORT = 53
_DOMAIN = ("svc", "cluster", "local")
_A, _IN = 1, 1
_NO_ERROR, _NO_SUCH_NAME = 0, 3


class NameServer:
    def __init__(self, control_plane: ControlPlane, address: str, port: int = PORT):
        self._control_plane = control_plane
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                query, client = self._socket.recvfrom(512)
            except OSError:
                return  # stopped
            with contextlib.suppress(KubectlError):  # the client asks again
                self._socket.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        """RFC 1035: the question again, and a record for each address; nothing for other types than A."""
        labels, end = _name(query)
        kind = struct.unpack_from("!H", query, end)[0]
        addresses = self._addresses(labels)
        code = _NO_SUCH_NAME if addresses is None else _NO_ERROR
        found = addresses or [] if kind == _A else []
        header = query[:2] + struct.pack("!5H", 0x8580 | code, 1, len(found), 0, 0)
        records = [b"\xc0\x0c" + struct.pack("!HHIH", _A, _IN, 1, 4) + socket.inet_aton(address) for address in found]
        return header + query[12:end + 4] + b"".join(records)

    def _addresses(self, labels: list[str]) -> list[str] | None:
        """None where there is no such Service, or none of its Pods is ready."""
        if len(labels) != 5 or tuple(labels[2:]) != _DOMAIN:
            return None
        name, namespace = labels[:2]
        for service in self._control_plane.get("services", namespace):
            if service["metadata"]["name"] == name:
                address = service["spec"]["clusterIP"]
                return (self._ready_pods(name, namespace) or None) if address == "None" else [address]
        return None

    def _ready_pods(self, service: str, namespace: str) -> list[str]:
        slices = self._control_plane.get("endpointslices", namespace, "--selector", f"kubernetes.io/service-name={service}")
        return [address for part in slices for endpoint in part["endpoints"] or () if endpoint["conditions"]["ready"]
                for address in endpoint["addresses"]]


def _name(query: bytes) -> tuple[list[str], int]:
    """The labels of the name that is asked for, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    return labels, at + 1
