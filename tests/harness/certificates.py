"""Certificates that sign themselves, by openssl."""

import dataclasses
import pathlib
import ssl
import subprocess


@dataclasses.dataclass
class Certificate:
    """Files in PEM, and what is in them."""

    certificate_file: pathlib.Path
    key_file: pathlib.Path

    @property
    def certificate(self) -> str:
        return self.certificate_file.read_text()

    @property
    def key(self) -> str:
        return self.key_file.read_text()

    def settings(self) -> dict[str, str]:
        """As http.tls has it."""
        return {"certificate": str(self.certificate_file), "key": str(self.key_file)}

    def secret(self) -> dict[str, str]:
        """As Kubernetes has it in a Secret."""
        return {"tls.crt": self.certificate, "tls.key": self.key}


def certify(directory: pathlib.Path, name: str, days: int = 30) -> Certificate:
    """Makes NAME.crt, for 127.0.0.1, and NAME.key, of P-256, in the directory."""
    crt, key = directory / f"{name}.crt", directory / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", crt, "-days", str(days), "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return Certificate(crt, key)


def trusting(*certificates: Certificate) -> ssl.SSLContext:
    """What a client trusts that has been given these."""
    context = ssl.create_default_context()
    for certificate in certificates:
        context.load_verify_locations(certificate.certificate_file)
    return context
