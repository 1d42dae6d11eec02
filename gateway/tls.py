"""TLS towards an upstream: whom we trust, who we are, and what the server did with our certificate.

Rule 1. TLS 1.2 or newer, host name checked against subjectAltName only, a pinned CA bundle is the only trust.
Rule 2. What is wrong in the settings is a ValueError that names the setting and never holds a secret or file contents.
Rule 3. OpenSSL reads keys from files only: a PKCS#12 key touches the disk encrypted, with a password made for that
        moment, in a 0600 file that is gone before this module returns.

Ugly: `SSLContext._msg_callback` is not a documented API. It is the only way to see that a server asked for a client
certificate, and most refusals are told by nothing else: a server that has unread data when it closes resets the
connection, and the alert is lost (measured: 19 of 20 refusals of a 300 kB question under TLS 1.3).
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from gateway.connection import Connection, PemCertificate, Pkcs12Certificate
from gateway.keys import bundle, clear, named, read

# OpenSSL's names of the alerts with which a server turns a client certificate down (RFC 8446 section 6.2, RFC 5246
# section 7.2.2). handshake_failure is not among them: it also means that there is no common cipher.
CERTIFICATE_ALERTS = frozenset({
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_NO_CERTIFICATE",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "TLSV1_ALERT_ACCESS_DENIED",
    "TLSV1_ALERT_DECRYPT_ERROR",
    "TLSV1_ALERT_UNKNOWN_CA",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
})  # fmt: skip


@dataclass(slots=True)
class Handshake:
    """What a server said of our client certificate while one connection was made."""

    asked: bool = False
    """It asked for a client certificate."""
    done: bool = False
    """It finished the handshake, so it has accepted what we gave."""
    certificates: bytes = field(default=b"", repr=False)
    """The message with its own certificates, as it came: there also where they were not trusted."""

    @property
    def refused(self) -> bool:
        """The server asked for a certificate and never went on: true only once the connection has failed."""
        return self.asked and not self.done


# Set by whoever opens a connection. The callbacks of asyncio and of uvloop run in a copy of the opener's context, which
# holds the very same Handshake.
current_handshake: ContextVar[Handshake | None] = ContextVar("current_handshake", default=None)


def make_context(connection: Connection) -> ssl.SSLContext:
    """Make the TLS side of a connection; raises ValueError naming the setting that cannot be used."""
    # Not ssl.create_default_context: that one writes session keys to $SSLKEYLOGFILE.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context._msg_callback = _watch  # type: ignore[attr-defined]  # noqa: SLF001 - see the module docstring
    _trust(context, connection.ca)
    match connection.client_certificate:
        case PemCertificate() as pem:
            _identify_by_pem(context, pem)
        case Pkcs12Certificate() as pkcs12:
            _identify_by_pkcs12(context, pkcs12)
        case None:
            pass
    return context


def _watch(
    _connection: object, direction: str, version: object, content_type: object, message_type: object, data: bytes
) -> None:
    handshake = current_handshake.get()
    if handshake is None or direction != "read" or getattr(content_type, "name", "") != "HANDSHAKE":
        return
    message = getattr(message_type, "name", "")
    if message == "CERTIFICATE_REQUEST":
        handshake.asked = True
    elif message == "CERTIFICATE":
        handshake.certificates = data
    # Under TLS 1.3 the server's Finished comes before our certificate; its tickets come after it.
    elif message == "NEWSESSION_TICKET" or (message == "FINISHED" and version is ssl.TLSVersion.TLSv1_2):
        handshake.done = True


def _trust(context: ssl.SSLContext, ca: Path | None) -> None:
    if ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return
    with named("ca", "a readable PEM file with CA certificates"):
        context.load_verify_locations(cafile=ca)


def _identify_by_pem(context: ssl.SSLContext, pem: PemCertificate) -> None:
    # Read here first, so that the error can say which of the two files it is.
    read("client_certificate.certificate", pem.certificate)
    read("client_certificate.key", pem.key)
    with named(
        "client_certificate",
        "a PEM certificate, the PEM private key that belongs to it, and the key's password if it has one",
    ):
        # An empty password rather than none: OpenSSL would ask for it on the terminal.
        context.load_cert_chain(pem.certificate, pem.key, clear(pem.password) or b"")


def _identify_by_pkcs12(context: ssl.SSLContext, pkcs12: Pkcs12Certificate) -> None:
    key, certificates = bundle("client_certificate.pkcs12", pkcs12)
    passphrase = secrets.token_urlsafe(32)
    with named("client_certificate.pkcs12", "a private key and a certificate that OpenSSL can use"):
        pem = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
        ) + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # mkstemp: mode 0600
            file.write(pem)
            file.flush()
            context.load_cert_chain(file.name, password=passphrase)
