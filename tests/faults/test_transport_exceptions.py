"""Every exception class of the libraries under the transport has a meaning: the test walks them all."""

from __future__ import annotations

import asyncio
import errno
import inspect
import ssl

import aiohttp
import aiohttp.client_exceptions
import aiohttp.http_exceptions
import httpx
import pytest

from gateway.attempt import Attempt
from gateway.errors import (
    ClientCertificateRefused,
    UpstreamError,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
    UpstreamTls,
    UpstreamUnavailable,
)
from gateway.tls import Handshake
from gateway.transport import failure

SECRET = "190001019999"  # noqa: S105 - a person, which is as secret


def classes(module: object) -> list[type[Exception]]:
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Exception) and not issubclass(member, Warning)
    ]


FOREIGN = list(
    dict.fromkeys(
        [
            *classes(httpx),
            *classes(aiohttp),
            *classes(aiohttp.client_exceptions),
            *classes(aiohttp.http_exceptions),
            *classes(ssl),
            *OSError.__subclasses__(),
            OSError,
            TimeoutError,
            ValueError,
            RuntimeError,
            asyncio.InvalidStateError,
            asyncio.IncompleteReadError,
            UnicodeDecodeError,
        ]
    )
)


def made(kind: type[Exception]) -> Exception:
    """Make one without its constructor's demands: the map may look at what kind it is, and at nothing that it says."""
    exception = kind.__new__(kind, SECRET)
    exception.args = (SECRET,)
    return exception


def test_the_walk_is_not_empty() -> None:
    assert len(FOREIGN) > 90
    assert {httpx.InvalidURL, httpx.ReadError, aiohttp.ServerDisconnectedError, ssl.SSLZeroReturnError} < set(FOREIGN)


@pytest.mark.parametrize("sent", [False, True], ids=["unsent", "sent"])
@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_exception_has_a_meaning(kind: type[Exception], sent: bool) -> None:
    error = failure(made(kind), Attempt("agency", sent=sent))
    assert isinstance(error, UpstreamError)
    assert error.sent == sent
    assert SECRET not in str(error)
    assert error.__cause__ is error.__context__ is None
    if issubclass(kind, TimeoutError | httpx.TimeoutException):
        assert type(error) is UpstreamTimeout
    elif issubclass(kind, ssl.CertificateError | aiohttp.ServerFingerprintMismatch):
        assert type(error) is UpstreamTls
    elif sent:
        assert type(error) is UpstreamInvalidAnswer
    elif issubclass(kind, ssl.SSLError):
        assert type(error) is UpstreamTls
    else:
        assert type(error) is UpstreamUnavailable
        assert error.retry_after == 10


def raised_from(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def alert(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, SECRET)
    error.reason = reason
    return error


def test_a_reset_in_the_answer_is_no_timeout_although_httpx_aiohttp_calls_it_one() -> None:
    renamed = raised_from(httpx.ConnectTimeout(SECRET), made(aiohttp.ClientOSError))
    assert type(failure(renamed, Attempt("agency", sent=True))) is UpstreamInvalidAnswer


@pytest.mark.parametrize("code", [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL])
def test_a_connection_that_cannot_be_made_is_unavailable(code: int) -> None:
    error = failure(raised_from(made(aiohttp.ClientConnectorError), OSError(code, SECRET)), Attempt("agency"))
    assert type(error) is UpstreamUnavailable


def test_a_connection_that_the_system_gives_up_on_is_a_timeout() -> None:
    inner = OSError(errno.ETIMEDOUT, SECRET)
    error = failure(raised_from(made(aiohttp.ClientConnectorError), inner), Attempt("agency"))
    assert type(error) is UpstreamTimeout


@pytest.mark.parametrize(
    "reason",
    ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_CERTIFICATE_EXPIRED", "SSLV3_ALERT_CERTIFICATE_REVOKED",
     "TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_UNKNOWN"],
)  # fmt: skip
@pytest.mark.parametrize("sent", [False, True])
def test_an_alert_about_our_certificate_says_so(reason: str, sent: bool) -> None:
    bare = alert(reason)
    wrapped = raised_from(httpx.ReadError(""), raised_from(made(aiohttp.ClientOSError), bare))
    for exception in (bare, wrapped):
        error = failure(exception, Attempt("agency", sent=sent))
        assert type(error) is ClientCertificateRefused
        assert error.sent == sent


def test_a_handshake_failure_is_about_our_certificate_only_when_it_was_asked_for() -> None:
    exception = alert("SSLV3_ALERT_HANDSHAKE_FAILURE")
    assert type(failure(exception, Attempt("agency"))) is UpstreamTls
    asked = Attempt("agency", handshake=Handshake(asked=True))
    assert type(failure(exception, asked)) is ClientCertificateRefused


def test_a_textless_end_after_a_finished_handshake_is_an_invalid_answer() -> None:
    finished = Attempt("agency", sent=True, handshake=Handshake(asked=True, done=True))
    assert type(failure(httpx.ReadError(""), finished)) is UpstreamInvalidAnswer
