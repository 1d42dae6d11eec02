"""Client certificates as a proxy that speaks TLS for us passes them on: three spellings of one certificate.

Rule 1: only what comes from an address of the list is looked at. From anybody else the same header fields are passed
        over in silence: whoever writes them learns nothing.
Rule 2: the proxy has checked the chain and that the caller holds the key; here only the time is checked once more.
Rule 3: a field twice is refused: it would be open which of them the proxy wrote.

Forms: RFC 9440 section 2.2 (a Byte Sequence of RFC 8941 with the DER); nginx's `$ssl_client_verify` and
`$ssl_client_escaped_cert` (percent-encoded PEM); HAProxy's `ssl_c_verify` and `ssl_c_der,base64`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.consumers.caller import Headers
from gateway.consumers.settings import Proxy, ProxyForm
from gateway.errors import Fault, Unauthenticated

_VERIFY = "x-ssl-client-verify"
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*")


@dataclass(frozen=True, slots=True)
class _Form:
    """How one kind of proxy writes: the field with the certificate, and the words of its verdict."""

    field: str
    der: Callable[[str], bytes]
    expected: str
    verified: frozenset[str] = frozenset()
    """The verdicts that a certificate may come with; where there are none, the proxy passes on only what holds."""
    without: frozenset[str] = frozenset()
    """The verdicts that come without one."""


def _byte_sequence(text: str) -> bytes:
    if len(text) < len("::") or not (text.startswith(":") and text.endswith(":")):
        raise ValueError
    return base64.b64decode(text[1:-1], validate=True)


def _escaped_pem(text: str) -> bytes:
    pem = unquote_to_bytes(text)
    if not _PEM.fullmatch(pem):
        raise ValueError
    return b"".join(pem.split(b"-----")[2].split())


_FORMS: dict[ProxyForm, _Form] = {
    "rfc9440": _Form("client-cert", _byte_sequence, "one certificate that is valid now, as RFC 9440 writes it"),
    "nginx": _Form(
        "x-ssl-client-escaped-cert",
        lambda text: base64.b64decode(_escaped_pem(text), validate=True),
        "one certificate that is valid now, as $ssl_client_escaped_cert, verified",
        frozenset({"SUCCESS"}),
        frozenset({"", "NONE"}),
    ),
    "haproxy": _Form(
        "x-ssl-client-cert",
        lambda text: base64.b64decode(text, validate=True),
        "one certificate that is valid now, as ssl_c_der,base64, verified",
        frozenset({"0"}),
        frozenset({"", "0"}),
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a certificate that was shown."""

    fingerprint: str
    subject: x509.Name
    issuer: x509.Name


class Certificates:
    """The certificates that a trusted proxy passes on."""

    def __init__(self, proxy: Proxy) -> None:
        self._trusted = tuple(map(ip_network, proxy.trusted))
        self._form = _FORMS[proxy.form]
        self.field = self._form.field

    def trusts(self, peer: str) -> bool:
        """Whether a request comes from the proxy."""
        try:
            address = ip_address(peer)
        except ValueError:  # a socket file has no address
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._trusted)

    def shown(self, headers: Headers, now: datetime) -> Shown | None:
        """The certificate that came with a request, None where none did; raises Unauthenticated."""
        form = self._form
        texts, verdicts = headers.getlist(form.field), headers.getlist(_VERIFY) if form.verified else []
        if len(texts) > 1 or len(verdicts) > 1:
            raise self._refusal()
        text, verdict = "".join(texts).strip(), "".join(verdicts).strip()
        if not text and (not form.verified or verdict in form.without):
            return None
        if form.verified and verdict not in form.verified:
            raise self._refusal()
        try:
            return _read(form.der(text), now)
        except ValueError:  # whatever the reason: it says nothing about the certificate
            raise self._refusal() from None

    def _refusal(self) -> Unauthenticated:
        return Unauthenticated("", faults=(Fault(self._form.field, self._form.expected),))


def _read(der: bytes, now: datetime) -> Shown:
    """What a certificate says; raises ValueError for what is none and for one that is not valid now."""
    certificate = x509.load_der_x509_certificate(der)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ValueError
    return Shown(certificate.fingerprint(hashes.SHA256()).hex(), certificate.subject, certificate.issuer)
