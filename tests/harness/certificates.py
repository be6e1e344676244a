"""Certificates for TLS on this machine, by the openssl program."""

import pathlib
import subprocess


def self_signed(directory: pathlib.Path, name: str, days: int = 30) -> tuple[pathlib.Path, pathlib.Path]:
    """The PEM files of a certificate for 127.0.0.1 that has signed itself, and of its P-256 key."""
    certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", str(days), "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return certificate, key
