"""TLS on the webhook port, as the openssl client and Python's see it."""

import dataclasses
import http.client
import pathlib
import socket
import ssl
import subprocess
import threading

import pytest

from harness import wait_for
from harness.bridge import hookferry
from harness.certificates import self_signed
from harness.mounted import MountedSecret
from harness.webhooks import SECRETS, SIGNATURE_HEADERS, glossi, sign
from records import ids


@dataclasses.dataclass
class Certificate:
    """Signed by itself, for 127.0.0.1; in PEM."""

    certificate: str
    key: str


@pytest.fixture
def certify(tmp_path):
    def make(name: str, days: int = 30) -> Certificate:
        crt, key = self_signed(tmp_path, name, days)
        return Certificate(crt.read_text(), key.read_text())

    return make


def trusting(*certificates: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for certificate in certificates:
        context.load_verify_locations(cadata=certificate.certificate)
    return context


def tls(mounted: MountedSecret) -> dict:
    return {"http": {"tls": {"certificate": mounted.path("tls.crt"), "key": mounted.path("tls.key")}}}


def files(certificate: Certificate) -> dict[str, str]:
    return {"tls.crt": certificate.certificate, "tls.key": certificate.key}


@pytest.fixture
def serving(bridge, certify, tmp_path):
    """A bridge with TLS, its certificate and the directory that it is mounted from."""
    first = certify("first")
    mounted = MountedSecret(tmp_path / "tls", **files(first))
    return bridge(config=tls(mounted), sources=("glossi",)).start(), first, mounted


def s_client(port: int, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments], timeout=30,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_a_signed_webhook_is_accepted_and_the_opening_lines_say_https(serving, kafka):
    bridge, certificate, _ = serving
    assert f"POST https://localhost:{bridge.port}/webhooks/glossi" in bridge.log()
    context = trusting(certificate)
    body = glossi()
    assert bridge.post("glossi", body, context=context).json()["status"] == "accepted"
    assert bridge.post("glossi", body, context=context).json()["status"] == "duplicate"
    assert bridge.post("glossi", glossi(), signature="0" * 64, context=context).status == 401
    large = glossi(text="x" * 700_000)
    assert bridge.post("glossi", large, context=context).json()["status"] == "accepted"
    assert len(ids(kafka, bridge.topic("glossi", "job.complete"))) == 2


def test_old_versions_weak_suites_and_other_protocols_are_refused(serving):
    bridge, *_ = serving
    refused = [("-tls1", "-cipher", "DEFAULT@SECLEVEL=0"), ("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")]
    refused += [("-tls1_2", "-cipher", f"{suite}@SECLEVEL=0") for suite in (
        "AES128-GCM-SHA256", "AES256-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
        "ECDHE-ECDSA-AES128-CCM8", "aNULL")]
    refused.append(("-alpn", "h2"))
    for arguments in refused:
        result = s_client(bridge.port, *arguments)
        assert result.returncode != 0 and "alert" in result.stderr, (arguments, result.stdout, result.stderr)
    for arguments, said in ((("-tls1_2",), "Protocol  : TLSv1.2"), (("-tls1_3",), "New, TLSv1.3"),
                            (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"), "ECDHE-ECDSA-AES128-GCM-SHA256"),
                            (("-alpn", "h2,http/1.1"), "ALPN protocol: http/1.1")):
        result = s_client(bridge.port, *arguments)
        assert result.returncode == 0 and said in result.stdout, (arguments, result.stdout, result.stderr)
        assert "Compression: NONE" in result.stdout
    with socket.create_connection(("127.0.0.1", bridge.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"HTTP" not in plain.recv(1000)
    wait_for(lambda: bridge.metric("hookferry_connections_rejected_total", reason="tls_handshake") == len(refused) + 1,
             10, "each refused handshake to be counted")


@dataclasses.dataclass
class Sender:
    """Posts over TLS on threads of its own: on fresh connections, and on ones that are kept."""

    port: int
    context: ssl.SSLContext
    statuses: list[int] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    stopping: threading.Event = dataclasses.field(default_factory=threading.Event)

    def __enter__(self) -> "Sender":
        self._threads = [threading.Thread(target=self._run, args=(kept,)) for kept in (True, True, False, False)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        seen = len(self.statuses)
        while len(self.statuses) < seen + count and not self.failures:
            assert not self.stopping.wait(0.01)

    def _run(self, kept: bool) -> None:
        connection = None
        try:
            while not self.stopping.is_set():
                connection = connection or http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30,
                                                                       context=self.context)
                body = glossi()
                connection.request("POST", "/webhooks/glossi", body,
                                   {SIGNATURE_HEADERS["glossi"]: sign(body, SECRETS["glossi"])})
                response = connection.getresponse()
                response.read()
                self.statuses.append(response.status)
                if not kept:
                    connection.close()
                    connection = None
        except (OSError, http.client.HTTPException) as failure:
            self.failures.append(repr(failure))


def shown(port: int) -> str:
    return ssl.get_server_certificate(("127.0.0.1", port)).strip()


def test_a_certificate_is_swapped_under_load_and_no_request_fails(serving, certify, figure):
    bridge, first, mounted = serving
    second = certify("second", days=60)
    before = bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds")
    with Sender(bridge.port, trusting(first, second)) as sender:
        sender.wait_for_more(50)
        mounted.replace(**files(second))
        bridge.wait_for_reload("success", 1)
        assert shown(bridge.port) == second.certificate.strip()
        sender.wait_for_more(50)
        # A key that is another's changes nothing.
        mounted.replace(**{"tls.crt": second.certificate, "tls.key": first.key})
        bridge.wait_for_reload("failed", 1)
        assert shown(bridge.port) == second.certificate.strip()
        sender.wait_for_more(50)
        mounted.replace(**files(first))
        bridge.wait_for_reload("success", 2)
        assert shown(bridge.port) == first.certificate.strip()
        sender.wait_for_more(50)
    figure(f"a certificate swapped twice under {len(sender.statuses)} requests over TLS: {len(sender.failures)} failed")
    assert not sender.failures
    assert set(sender.statuses) == {200}
    bridge.wait_for_log("http.tls.key: the file .*/tls.key is not the key of the first certificate")
    bridge.wait_for_log("config reloaded: http.tls: another certificate")
    assert bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds") == before


def test_the_expiry_is_a_metric_and_follows_the_certificate(serving, certify):
    bridge, first, mounted = serving
    before = bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds")
    not_after = ssl.cert_time_to_seconds(
        subprocess.run(["openssl", "x509", "-noout", "-enddate"], input=first.certificate, capture_output=True,
                       text=True, check=True).stdout.strip().removeprefix("notAfter="))
    assert before == not_after
    mounted.replace(**files(certify("longer", days=60)))
    bridge.wait_for_reload("success", 1)
    after = bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds")
    assert 29 * 86400 < after - before < 31 * 86400


def test_clients_without_a_certificate_are_refused(bridge, certify, tmp_path):
    server, sender, stranger = certify("server"), certify("sender"), certify("stranger")
    mounted = MountedSecret(tmp_path / "tls", **files(server), **{"ca.crt": sender.certificate})
    config = tls(mounted)
    config["http"]["tls"]["client_ca"] = mounted.path("ca.crt")
    serving = bridge(config=config, sources=("glossi",)).start()

    def context(name: str | None) -> ssl.SSLContext:
        made = trusting(server)
        if name:
            made.load_cert_chain(tmp_path / f"{name}.crt", tmp_path / f"{name}.key")
        return made

    assert serving.post("glossi", glossi(), context=context("sender")).status == 200
    for refused in (None, "stranger"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            serving.post("glossi", glossi(), context=context(refused))
    # Who signs clients' certificates is reloaded as well.
    mounted.replace(**files(server), **{"ca.crt": stranger.certificate})
    serving.wait_for_reload("success", 1)
    assert serving.post("glossi", glossi(), context=context("stranger")).status == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        serving.post("glossi", glossi(), context=context("sender"))


def test_check_says_what_is_wrong_with_the_files(certify, tmp_path):
    for name in ("one", "other"):
        certify(name)
    (tmp_path / "none.crt").write_text("nothing")
    file = tmp_path / "hookferry.yaml"

    def said(certificate: pathlib.Path, key: pathlib.Path) -> str:
        file.write_text(f"http:\n  tls:\n    certificate: {certificate}\n    key: {key}\n"
                        "sources: [{name: glossi, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}]\n")
        result = hookferry("check", file)
        return f"{result.returncode} {result.stdout}{result.stderr}"

    good = said(tmp_path / "one.crt", tmp_path / "one.key")
    assert good.startswith("0 "), good
    mismatch = said(tmp_path / "one.crt", tmp_path / "other.key")
    assert mismatch.startswith(f"1 {file}:4:10: http.tls.key: "), mismatch
    assert "is not the key of the first certificate in http.tls.certificate: give the key" in mismatch
    assert f"1 {file}:3:18: http.tls.certificate: " in said(tmp_path / "none.crt", tmp_path / "one.key")
    assert "has no certificate in PEM" in said(tmp_path / "none.crt", tmp_path / "one.key")
    assert "No such file or directory: put" in said(tmp_path / "missing.crt", tmp_path / "one.key")
