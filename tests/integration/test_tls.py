"""TLS on the webhook port, as the openssl client and Python's see it."""

import functools
import pathlib
import re
import socket
import ssl
import struct
import subprocess

import pytest

from harness import certificates, wait_for
from harness.bridge import hookferry
from harness.certificates import trusting
from harness.mounted import MountedSecret
from harness.webhooks import glossi
from records import ids
from senders import HonestSenders


ALERTS = {40: "handshake_failure", 70: "protocol_version", 86: "inappropriate_fallback"}
# TLS 1.2's suites with forward secrecy and an AEAD, for a P-256 certificate, in the server's order.
SUITES = ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]
# What OpenSSL's own client does not offer any more.
WEAK_SUITES = {
    "no encryption": (0x0001, 0x0002, 0x003B, 0xC006, 0xC010), "export": (0x0003, 0x0006, 0x0008, 0x0014, 0x0062),
    "RC4": (0x0004, 0x0005, 0xC007, 0xC011), "DES": (0x0009, 0x0015), "3DES": (0x000A, 0x0016, 0xC008, 0xC012),
    "no certificate": (0x0018, 0x0034, 0x006C, 0x00A6, 0xC018, 0xC019), "CBC": (0xC009, 0xC00A, 0xC023, 0xC024),
    "no forward secrecy": (0x002F, 0x0035, 0x009C, 0x009D, 0xC004, 0xC02D), "PSK": (0x008C, 0x00A8, 0xC035),
}


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


def s_client(port: int, *arguments: str, typed: str = "") -> subprocess.CompletedProcess:
    """Ends when the server closes the connection, or what was typed ends."""
    return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments], timeout=30,
                          input=typed, capture_output=True, text=True)


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


def greet(port: int, version: int, suites: tuple[int, ...]) -> str:
    """What the server says to a greeting of that version with these suites: the alert, or "hello"."""
    extensions = struct.pack(">HHHHHHHHH", 10, 4, 2, 23, 13, 6, 4, 0x0403, 0x0401)  # P-256; signatures with SHA-256
    body = struct.pack(">H", version) + bytes(32) + b"\0" + struct.pack(f">H{len(suites)}H", 2 * len(suites), *suites) \
        + b"\1\0" + struct.pack(">H", len(extensions)) + extensions
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(struct.pack(">BHHB", 22, min(version, 0x0301), len(body) + 4, 1) + len(body).to_bytes(3, "big")
                           + body)
        kind, *_, detail = connection.recv(7)
    return ALERTS[detail] if kind == 21 else "hello"


def test_what_the_openssl_client_cannot_offer_any_more_is_refused_too(serving):
    bridge, *_ = serving
    strong = (0xC02B,)
    assert greet(bridge.port, 0x0303, strong) == "hello"
    assert [greet(bridge.port, version, strong) for version in (0x0301, 0x0302)] == ["protocol_version"] * 2
    assert greet(bridge.port, 0x0300, strong) in ("protocol_version", "handshake_failure")
    refused = {what: greet(bridge.port, 0x0303, suites) for what, suites in WEAK_SUITES.items()}
    assert refused == dict.fromkeys(WEAK_SUITES, "handshake_failure")
    # A client that falls back to 1.2 (TLS_FALLBACK_SCSV) where both have 1.3 is being led there.
    assert greet(bridge.port, 0x0303, (*strong, 0x5600)) == "inappropriate_fallback"


def test_of_all_suites_those_with_forward_secrecy_and_an_aead_are_taken_in_the_servers_order(serving):
    bridge, *_ = serving
    listed = subprocess.run(["openssl", "ciphers", "-V", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                            check=True, capture_output=True, text=True).stdout
    known = {name: int(high + low, 16)
             for high, low, name in re.findall(r"0x(..),0x(..) - (\S+)", listed)}
    assert set(SUITES) < set(known) and len(known) > 50
    taken = [name for name, suite in known.items() if greet(bridge.port, 0x0303, (suite,)) == "hello"]
    assert sorted(taken) == sorted(SUITES)
    for preferred in range(len(SUITES) - 1):
        result = s_client(bridge.port, "-tls1_2", "-cipher", ":".join(reversed(SUITES[preferred:])))
        assert f"Cipher    : {SUITES[preferred]}\n" in result.stdout


def test_sessions_are_resumed_by_tickets_of_an_hour_and_nothing_is_negotiated_again(serving, tmp_path):
    bridge, *_ = serving
    for version in ("-tls1_2", "-tls1_3"):
        file = tmp_path / f"session{version}"
        first = s_client(bridge.port, version, "-sess_out", file, "-ign_eof", typed="GET / HTTP/1.0\r\n\r\n")
        assert "New, TLS" in first.stdout and "HTTP/1.1 404" in first.stdout
        assert "TLS session ticket lifetime hint: 3600 (seconds)" in first.stdout
        assert "Max Early Data: 0" in first.stdout or version == "-tls1_2"
        assert "Reused, TLS" in s_client(bridge.port, version, "-sess_in", file).stdout
    renegotiated = s_client(bridge.port, "-tls1_2", typed="R\n")
    assert "Secure Renegotiation IS supported" in renegotiated.stdout
    assert "no renegotiation" in renegotiated.stderr
    for group in ("ffdhe2048", "P-521", "X448"):
        assert s_client(bridge.port, "-groups", group).returncode != 0, group


def shown(port: int) -> str:
    return ssl.get_server_certificate(("127.0.0.1", port)).strip()


def test_a_certificate_is_swapped_under_load_and_no_request_fails(serving, certify, figure):
    bridge, first, mounted = serving
    second = certify("second", days=60)
    before = bridge.metric("hookferry_tls_certificate_expiry_timestamp_seconds")
    with HonestSenders(bridge.port, trusting(first, second)) as senders:
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
    senders.assert_all_accepted()
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
