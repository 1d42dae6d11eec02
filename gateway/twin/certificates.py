"""Throw-away certificates for the twin: a test CA, a server's certificate and a client's, made anew at each start."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway import clock

_DAYS = 30
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Files:
    """Where the certificates and keys stand, all of them PEM but for the PKCS#12 file, which has no password."""

    ca: Path
    server_certificate: Path
    server_key: Path
    client_certificate: Path
    client_key: Path
    client_pkcs12: Path


@dataclass(frozen=True, slots=True)
class _Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make(folder: Path, host: str) -> Files:
    """Makes a CA, a certificate for a server at `host` and one for a client, and writes them into the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ca = _issue("LEFI twin test CA", None)
    server = _issue("LEFI twin", ca, purpose=ExtendedKeyUsageOID.SERVER_AUTH, names=_names(host))
    client = _issue("LEFI twin client", ca, purpose=ExtendedKeyUsageOID.CLIENT_AUTH)
    files = Files(
        *(folder / name for name in ("ca.pem", "server.pem", "server.key", "client.pem", "client.key", "client.p12"))
    )
    _write(files.ca, _pem(ca))
    _write(files.server_certificate, _pem(server))
    _write(files.server_key, _key_pem(server))
    _write(files.client_certificate, _pem(client))
    _write(files.client_key, _key_pem(client))
    bundle = pkcs12.serialize_key_and_certificates(
        b"client", client.key, client.certificate, [ca.certificate], NoEncryption()
    )
    _write(files.client_pkcs12, bundle)
    return files


def _names(host: str) -> list[x509.GeneralName]:
    """The names of the server: the loopback's always, and the host's own."""
    loopback = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), *map(x509.IPAddress, loopback)]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return [*names, x509.DNSName(host)] if host != "localhost" else names
    return names if address in loopback else [*names, x509.IPAddress(address)]


def _issue(
    name: str,
    issuer: _Issued | None,
    *,
    purpose: x509.ObjectIdentifier | None = None,
    names: list[x509.GeneralName] | None = None,
) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing_key = issuer.key if issuer else key
    now = clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(_usage(ca=issuer is None), critical=True)
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _Issued(builder.sign(signing_key, hashes.SHA256()), key)


def _usage(*, ca: bool) -> x509.KeyUsage:
    """What the key is for: a CA's signs certificates, another's signs handshakes."""
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(issued: _Issued) -> bytes:
    return issued.certificate.public_bytes(Encoding.PEM)


def _key_pem(issued: _Issued) -> bytes:
    return issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Writes a file that its owner alone can read: a key among others'."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:  # noqa: PTH123  a mode
        file.write(content)
