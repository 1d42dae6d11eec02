"""Certificates made for a test, and a TLS server as real ones are: it sends its alerts, which asyncio's does not."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from tests.faults.upstream import OK, Upstream

CA = trustme.CA()
OTHER_CA = trustme.CA()
CHAIN_CA = CA.create_child_ca()
PAST = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
SERVER = CA.issue_cert("127.0.0.1")
CLIENT = CA.issue_cert("client.example")
VERSIONS = {"TLS1.2": ssl.TLSVersion.TLSv1_2, "TLS1.3": ssl.TLSVersion.TLSv1_3}


def expired(name: str) -> trustme.LeafCert:
    return CA.issue_cert(name, not_before=PAST[0], not_after=PAST[1])


def common_name_only() -> tuple[bytes, bytes]:
    """Make a server certificate without subjectAltName, which trustme refuses to make: (certificate, key) in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(CA.cert_pem.bytes())
    ca_key = load_pem_private_key(CA.private_key_pem.bytes(), None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(ca_key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def to_files(certificate: trustme.LeafCert, folder: Path, password: str | None = None) -> dict[str, object]:
    """Write a certificate with its chain and its key as PEM files, and give the setting that names them."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    encryption: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    (folder / "client.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (folder / "client.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return {
        "certificate": folder / "client.pem",
        "key": folder / "client.key",
        **({"password": password} if password else {}),
    }


def to_pkcs12(
    certificate: trustme.LeafCert, folder: Path, password: str | None, encryption: KeySerializationEncryption
) -> dict[str, object]:
    """Write a certificate with its chain and its key as one PKCS#12 file, and give the setting that names it."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    own, *chain = (x509.load_pem_x509_certificate(blob.bytes()) for blob in certificate.cert_chain_pems)
    path = folder / "client.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"client", key, own, chain, encryption))
    return {"pkcs12": path, **({"password": password} if password is not None else {})}


def server_context(
    version: ssl.TLSVersion | None = None, certificate: trustme.LeafCert = SERVER, *, asks: bool = False
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if asks:
        CA.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextlib.contextmanager
def blocking_upstream(context: ssl.SSLContext, *, stays: threading.Event | None = None) -> Iterator[Upstream]:
    """Answer `OK` to every question, from a thread with plain blocking sockets; `stays`: and hang up only then."""
    here = Upstream(0, tls=True)

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            here.connections += 1
            with client, contextlib.suppress(OSError):
                client.settimeout(2)
                with context.wrap_socket(client, server_side=True) as secure:
                    here.asked.append(secure.recv(65536))
                    secure.sendall(OK)
                    if stays:
                        stays.wait(5)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        here.port = listener.getsockname()[1]
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield here
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
