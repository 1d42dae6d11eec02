"""A connection that asks nothing and is looked at from all sides: what `lefi doctor` knows of the way to an upstream.

Beside gateway.transport the only module that connects to an upstream. It sends nothing but TLS handshakes, with the
very context that questions are sent with; where the server's certificate is refused it shakes hands once more without
comparing names, to tell a wrong name from a wrong chain, and closes. No text of a foreign exception leaves it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509

from gateway.connection import Connection
from gateway.tls import CERTIFICATE_ALERTS, Handshake, current_handshake, make_context

Trouble = Literal[
    "",
    "unresolved",  # the name has no address
    "unconnected",  # nothing listens, or no way there
    "no_tls",  # what listens does not speak TLS, or has no cipher in common
    "old_tls",  # it speaks an older TLS than 1.2 only
    "silent",  # it said nothing in time
    "closed",  # it closed in the middle of the handshake
    "untrusted",  # its certificate is of no authority that is trusted
    "wrong_name",  # its certificate is for another host
    "wrong_time",  # its certificate is not valid today
    "refused",  # it refused our certificate, or that we showed none
]

_VERDICT_SECONDS = _FAREWELL_SECONDS = 0.5
# x509_vfy.h: X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH; X509_V_ERR_CERT_NOT_YET_VALID, _HAS_EXPIRED.
_NAMES, _TIMES = frozenset({62, 64}), frozenset({9, 10})
_OLD = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"})


@dataclass(frozen=True, slots=True)
class Probe:
    """What a connection showed; what it did not come to is empty."""

    host: str
    port: int
    secure: bool
    addresses: tuple[str, ...] = ()
    tls: str = ""
    """The negotiated version: TLSv1.2, TLSv1.3."""
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    """The server's certificate and what it sent beside it."""
    asked: bool = False
    """It asked for a client certificate."""
    trouble: frozenset[Trouble] = frozenset()


async def probe(connection: Connection) -> Probe:
    """Look the host up, connect, shake hands, close. Raises ValueError for a setting of TLS that cannot be used."""
    parts = urlsplit(connection.url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    context = make_context(connection) if secure else None
    addresses = await _addresses(host, port, connection.connect_seconds)
    if not addresses:
        return Probe(host, port, secure, trouble=frozenset({"unresolved"}))
    trouble = await _connected(host, port, connection.connect_seconds)
    if trouble or context is None:
        return Probe(host, port, secure, addresses, trouble=trouble)
    handshake = Handshake()
    tls, found = await _shaken(host, port, context, handshake, connection.connect_seconds)
    trouble = frozenset({found} - {""})
    if found == "wrong_name":
        context.check_hostname = False
        _, more = await _shaken(host, port, context, handshake, connection.connect_seconds)
        trouble |= {more} & {"untrusted", "wrong_time"}
    return Probe(host, port, secure, addresses, tls, _chain(handshake.certificates), handshake.asked, trouble)


async def _addresses(host: str, port: int, seconds: float) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=6)  # TCP
    except (OSError, UnicodeError):  # TimeoutError among them; UnicodeError: a label that is too long for a name
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


async def _connected(host: str, port: int, seconds: float) -> frozenset[Trouble]:
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return frozenset({"unconnected"})
    writer.transport.abort()
    return frozenset()


async def _shaken(
    host: str, port: int, context: ssl.SSLContext, handshake: Handshake, seconds: float
) -> tuple[str, Trouble]:
    """The negotiated version and what went wrong."""
    token = current_handshake.set(handshake)
    try:
        async with asyncio.timeout(2 * seconds):
            return await _greeted(host, port, context, handshake, seconds)
    except Exception as exc:  # noqa: BLE001 - nothing foreign gets past here
        return "", _meaning(exc, handshake)
    finally:
        current_handshake.reset(token)


async def _greeted(
    host: str, port: int, context: ssl.SSLContext, handshake: Handshake, seconds: float
) -> tuple[str, Trouble]:
    # A handshake that is cancelled leaves its connection open for another half minute; one that is too slow does not.
    reader, writer = await asyncio.open_connection(host, port, ssl=context, ssl_handshake_timeout=seconds)
    tls = writer.get_extra_info("ssl_object").version() or ""
    try:
        # Under TLS 1.3 a server says what it thinks of our certificate once we are done, if it says anything.
        if handshake.asked:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), _VERDICT_SECONDS)
            if handshake.refused and reader.at_eof():
                return tls, "refused"
    except OSError as exc:
        return tls, _meaning(exc, handshake)
    finally:
        writer.close()
        with contextlib.suppress(OSError):  # TimeoutError among them: TLS waits for the other side's farewell
            await asyncio.wait_for(writer.wait_closed(), _FAREWELL_SECONDS)
        writer.transport.abort()
    return tls, ""


def _meaning(exc: BaseException, handshake: Handshake) -> Trouble:  # noqa: PLR0911 - one return per meaning
    if isinstance(exc, ssl.SSLCertVerificationError):
        code = exc.verify_code
        return "wrong_name" if code in _NAMES else "wrong_time" if code in _TIMES else "untrusted"
    reason = getattr(exc, "reason", None)
    if reason in CERTIFICATE_ALERTS:
        return "refused"
    if isinstance(exc, (TimeoutError, ConnectionAbortedError)):  # the latter is what a slow handshake is ended with
        return "silent"
    if handshake.refused:
        return "refused"
    if reason in _OLD:
        return "old_tls"
    if isinstance(exc, ssl.SSLError):
        return "no_tls"
    return "closed"


def _chain(message: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a Certificate message: RFC 5246 section 7.4.2 or, with extensions, RFC 8446 section 4.4.2."""
    old = int.from_bytes(message[4:7], "big") == len(message) - 7
    rest = message[7:] if old else message[8 + message[4] :] if message else b""
    found = []
    while rest:
        length = int.from_bytes(rest[:3], "big")
        try:
            found.append(x509.load_der_x509_certificate(rest[3 : 3 + length]))
        except ValueError:
            break
        rest = rest[3 + length :]
        rest = rest if old else rest[2 + int.from_bytes(rest[:2], "big") :]
    return tuple(found)
