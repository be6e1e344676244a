"""TLS on the webhook port, as the openssl client and Python's see it."""

import functools
import http.client
import pathlib
import socket
import ssl
import subprocess
from collections.abc import Iterator

import pytest

from harness import certificates, wait_for
from harness.bridge import hookferry
from harness.certificates import trusting
from harness.mounted import MountedSecret
from harness.senders import Senders
from harness.webhooks import SECRETS, SIGNATURE_HEADERS, glossi, sign
from records import ids


@pytest.fixture
def certify(tmp_path):
    return functools.partial(certificates.certify, tmp_path)


def tls(mounted: MountedSecret) -> dict:
    return {"http": {"tls": {"certificate": mounted.path("tls.crt"), "key": mounted.path("tls.key")}}}


@pytest.fixture
def serving(bridge, certify, tmp_path):
    """A bridge with TLS, its certificate and the directory that it is mounted from."""
    first = certify("first")
    mounted = MountedSecret(tmp_path / "tls", **first.secret())
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


class TlsSenders(Senders):
    """Two on a connection that they keep, two on a new one each time."""

    def __init__(self, port: int, context: ssl.SSLContext):
        super().__init__()
        self._port, self._context = port, context

    def send(self, number: int) -> Iterator[int]:
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=30, context=self._context)
        while True:
            body = glossi()
            connection.request("POST", "/webhooks/glossi", body,
                               {SIGNATURE_HEADERS["glossi"]: sign(body, SECRETS["glossi"])})
            response = connection.getresponse()
            response.read()
            yield response.status
            if number % 2:
                connection.close()  # the next request opens another


def shown(port: int) -> str:
    return ssl.get_server_certificate(("127.0.0.1", port)).strip()


def test_a_certificate_is_swapped_under_load_and_no_request_fails(serving, certify, figure):
    bridge, first, mounted = serving
    second = certify("second", days=60)
    before = bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds")
    with TlsSenders(bridge.port, trusting(first, second)) as senders:
        senders.wait_for_more(50)
        mounted.replace(**second.secret())
        bridge.wait_for_reload("success", 1)
        assert shown(bridge.port) == second.certificate.strip()
        senders.wait_for_more(50)
        # A key that is another's changes nothing.
        mounted.replace(**{"tls.crt": second.certificate, "tls.key": first.key})
        bridge.wait_for_reload("failed", 1)
        assert shown(bridge.port) == second.certificate.strip()
        senders.wait_for_more(50)
        mounted.replace(**first.secret())
        bridge.wait_for_reload("success", 2)
        assert shown(bridge.port) == first.certificate.strip()
        senders.wait_for_more(50)
    figure(f"a certificate swapped twice under {len(senders.statuses)} requests over TLS: {len(senders.failures)} failed")
    assert not senders.failures
    assert set(senders.statuses) == {200}
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
    mounted.replace(**certify("longer", days=60).secret())
    bridge.wait_for_reload("success", 1)
    after = bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds")
    assert 29 * 86400 < after - before < 31 * 86400


def test_clients_without_a_certificate_are_refused(bridge, certify, tmp_path):
    server, sender, stranger = certify("server"), certify("sender"), certify("stranger")
    mounted = MountedSecret(tmp_path / "tls", **server.secret(), **{"ca.crt": sender.certificate})
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
    sent = hookferry("send", "--source", "glossi", "--config", serving.config_file)
    assert sent.returncode == 3 and "client_ca is set, send has no certificate to show" in sent.stderr, sent
    # Who signs clients' certificates is reloaded as well.
    mounted.replace(**server.secret(), **{"ca.crt": stranger.certificate})
    serving.wait_for_reload("success", 1)
    assert serving.post("glossi", glossi(), context=context("stranger")).status == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        serving.post("glossi", glossi(), context=context("sender"))


def test_send_over_tls_verifies_whom_it_sends_to(serving, certify, kafka, tmp_path):
    bridge, certificate, _ = serving
    other = certify("other")
    url = f"https://127.0.0.1:{bridge.port}/webhooks/glossi"

    def send(*arguments) -> subprocess.CompletedProcess:
        return hookferry("send", "--source", "glossi", *arguments)

    for answered in (send("--url", url, "--ca", certificate.certificate_file),
                     send("--url", url, "--ca", certificate.certificate_file, "--count", 30),
                     # The instance's own port, by its configuration and by asking it.
                     send("--config", bridge.config_file), send("--admin", f"127.0.0.1:{bridge.admin_port}")):
        assert answered.returncode == 0 and "200" in answered.stdout, answered
    assert len(ids(kafka, bridge.topic("glossi", "job.complete"))) == 33

    named = f"https://localhost:{bridge.port}/"
    for refused in (send("--url", url), send("--url", url, "--ca", other.certificate_file),
                    send("--url", named, "--ca", certificate.certificate_file), send("--url", url, "--count", 30)):
        assert refused.returncode == 3 and "200" not in refused.stdout, refused
        assert "its certificate is not trusted here, or is another name's" in refused.stderr and "--ca" in refused.stderr
    assert len(ids(kafka, bridge.topic("glossi", "job.complete"))) == 33

    missing = send("--url", url, "--ca", tmp_path / "missing")
    assert missing.returncode == 1 and f"--ca: cannot read {tmp_path}/missing" in missing.stderr, missing
    no_certificate = send("--url", url, "--ca", other.key_file)
    assert no_certificate.returncode == 3 and "no certificate can be read from the file" in no_certificate.stderr
    assert send("--ca", certificate.certificate_file).returncode == 2


def test_the_health_check_does_not_need_the_certificate(serving):
    bridge, *_ = serving
    for where in (("--config", bridge.config_file), ("--admin", f"127.0.0.1:{bridge.admin_port}")):
        healthy = hookferry("healthcheck", *where)
        assert healthy.returncode == 0 and "ready" in healthy.stdout, healthy


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
