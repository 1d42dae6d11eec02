"""Certificates and private keys as files, read once, when whatever uses them is made.

What is wrong is a ValueError that names the setting and what was expected, and never holds a secret or file contents.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from pydantic import SecretStr

from gateway.connection import PemCertificate, Pkcs12Certificate

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_LEAST_RSA_BITS, _LEAST_EC_BITS = 2048, 256


@dataclass(frozen=True, slots=True)
class Own:
    """A certificate of ours and its key."""

    certificate: x509.Certificate
    key: SigningKey = field(repr=False)


def own(setting: str, given: PemCertificate | Pkcs12Certificate) -> Own:
    """The certificate and the key of a setting, for signatures; raises ValueError."""
    (certificate, *_chain), key, place = pair(setting, given)
    if not belong(certificate, key):
        raise ValueError(f"{place}: expected the private key that belongs to the certificate")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _LEAST_RSA_BITS:
        return Own(certificate, key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size >= _LEAST_EC_BITS:
        return Own(certificate, key)
    raise ValueError(f"{place}: expected a key of RSA ({_LEAST_RSA_BITS} bits or more) or EC ({_LEAST_EC_BITS})")


def belong(certificate: x509.Certificate, key: object) -> bool:
    """Whether a private key is the certificate's."""
    return certificate.public_key() == getattr(key, "public_key", lambda: None)()


def several(setting: str, path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, one at least; raises ValueError."""
    content = read(setting, path)
    with named(setting, "a PEM file with certificates"):
        return tuple(x509.load_pem_x509_certificates(content))


def pair(setting: str, given: PemCertificate | Pkcs12Certificate) -> tuple[tuple[x509.Certificate, ...], object, str]:
    """The certificate with those beside it, the key, whether it belongs to it or not, and the key's setting.

    Raises ValueError.
    """
    if isinstance(given, Pkcs12Certificate):
        key, certificates = bundle(f"{setting}.pkcs12", given)
        return tuple(certificates), key, f"{setting}.pkcs12"
    chain = several(f"{setting}.certificate", given.certificate)
    content, password = read(f"{setting}.key", given.key), clear(given.password)
    with named(f"{setting}.key", "a PEM private key, and its password if it has one"):
        return chain, load_pem_private_key(content, password), f"{setting}.key"


def bundle(setting: str, given: Pkcs12Certificate) -> tuple[PrivateKeyTypes, list[x509.Certificate]]:
    """What a PKCS#12 file holds: the key, and its certificate before those beside it; raises ValueError."""
    content, password = read(setting, given.pkcs12), clear(given.password)
    with named(setting, "a PKCS#12 file and its password"):
        found = load_pkcs12(content, password)
    if found.key is None or found.cert is None:
        raise ValueError(f"{setting}: expected a file that holds a private key and its certificate")
    return found.key, [found.cert.certificate, *(entry.certificate for entry in found.additional_certs)]


def clear(secret: SecretStr | None) -> bytes | None:
    """A password as the libraries take it."""
    return None if secret is None else secret.get_secret_value().encode()


def read(setting: str, path: Path) -> bytes:
    """The content of a setting's file; raises ValueError."""
    with named(setting, "a readable file"):
        return path.read_bytes()


@contextlib.contextmanager
def named(setting: str, expected: str) -> Iterator[None]:
    """Turns what the libraries say, which may quote the file, into the setting's name and what was expected."""
    try:
        yield
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):  # ssl.SSLError is an OSError
        raise ValueError(f"{setting}: expected {expected}") from None
