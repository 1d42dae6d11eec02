"""The network: the only module that sends anything to an upstream, and the only one that knows httpx and aiohttp.

Rule 1. A question that may have reached the agency is never repeated: not by us, and not by aiohttp, which by itself
        asks a GET again when a connection breaks. Only a connection that could not be made is tried once more.
Rule 2. `UpstreamError.sent` is False only when not one byte of the question has been handed to the socket.
Rule 3. One connection per question, unless the settings say otherwise: an upstream, or a proxy before it, that sends
        one answer too many then cannot answer the next question with it.
Rule 4. What is sent is exactly what was asked for: the raw path is compared as it would go out, nothing is followed,
        no cookie is kept, no proxy or CA comes from the environment.
Rule 5. No text of a foreign exception leaves this module: they quote addresses, header fields and bodies.

httpx's client is not used, only its transport interface: the client keeps cookies and logs every address. aiohttp's
exceptions are caught before httpx-aiohttp maps them: it calls a reset in the middle of an answer a ConnectTimeout.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from gateway import clock
from gateway.attempt import Attempt, joined
from gateway.breaker import Breaker
from gateway.connection import Connection
from gateway.errors import (
    ClientCertificateRefused,
    Internal,
    UpstreamError,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
    UpstreamTls,
    UpstreamUnavailable,
)
from gateway.sockets import Sockets
from gateway.tls import CERTIFICATE_ALERTS, Handshake, current_handshake, make_context
from gateway.wire import WireRequest, WireResponse

RETRY_SECONDS = 10
"""What a caller is told to wait when the upstream named no time."""
LONGEST_RETRY_SECONDS = 60
PAUSE_BEFORE_RETRY_SECONDS = 0.1
_VERDICT_SECONDS = _FAREWELL_SECONDS = 0.5

# The transport's own: what a caller says of them is replaced.
_OWN_HEADERS = frozenset({"accept-encoding", "connection", "content-length", "expect", "host", "transfer-encoding"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")
_WHOLE_SECONDS = re.compile(r"[0-9]{1,9}")
_RAW_PATH = re.compile(r"(/[\x21\x22\x24-\x7e]*)?")

_TIMEOUTS = (TimeoutError, httpx.TimeoutException)
_UNTRUSTED = (ssl.CertificateError, aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch)


_current_attempt: ContextVar[Attempt] = ContextVar("_current_attempt")


class Transport:
    """The way to one upstream: make it once, send any number of questions at the same time, close it."""

    def __init__(self, name: str, connection: Connection, *, reads_busy: bool = False) -> None:
        """Prepare, without connecting; raises ValueError naming a setting that cannot be used.

        With `reads_busy`, 429 and 503 are answers like any other: another gateway's hold a problem worth reading.
        """
        self.name = name
        self._reads_busy = reads_busy
        self.breaker = Breaker()
        self._connection = connection
        self._address = httpx.URL(connection.url)
        self._prefix = urlsplit(connection.url).path
        self._tls = make_context(connection)
        self._sockets = Sockets()
        self._http = AiohttpTransport(verify=self._tls, trust_env=False, client=self._make_session)

    async def send(self, request: WireRequest) -> WireResponse:
        """Ask once and give the answer, whatever its status is, except 1xx, 3xx, 429 and 503.

        Raises UpstreamError, or Internal when the request itself cannot be sent as it stands.
        """
        path = self._path(request)
        question = self._question(request, path)
        loop = asyncio.get_running_loop()
        if (wait := self.breaker.refuse(loop.time())) is not None:
            raise UpstreamUnavailable(
                f"{self.name}: not reached lately, so not tried now", sent=False, retry_after=wait
            )
        try:
            outcome = await self._ask(question, path)
        except BaseException:
            self.breaker.unknown()
            raise
        if _not_connected(outcome):
            self.breaker.failed(loop.time())
        else:
            self.breaker.reached()
        if isinstance(outcome, UpstreamError):
            raise outcome
        return outcome

    def as_sent(self, request: WireRequest) -> tuple[str, WireRequest]:
        """The whole address of a request, and the request with every header field that goes out; raises Internal."""
        path = self._path(request)
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in self._question(request, path).headers.raw
        }
        if not self._connection.reuse_connections:
            headers["connection"] = "close"
        address = f"{self._address.scheme}://{self._address.netloc.decode()}{path}"
        return address, replace(request, path=path, headers=headers)

    @contextlib.asynccontextmanager
    async def opened(
        self, request: WireRequest, most: int
    ) -> AsyncIterator[tuple[WireResponse, AsyncGenerator[bytes]]]:
        """Ask once, and give the answer's head and then its bytes, at most so many, as they come; raises as `send`.

        For answers too large to hold. Nothing is tried again, and the time for the whole is the caller's to limit.
        """
        path = self._path(request)
        attempt = Attempt(self.name, path)
        response = await self._begin(self._question(request, path), attempt)
        if isinstance(response, UpstreamError):
            raise response
        try:
            yield self._head(response, most, attempt), self._chunks(response, most, attempt)
        finally:
            with contextlib.suppress(Exception):  # Rule 5
                await response.aclose()

    async def reach(self) -> None:
        """Connect, shake hands where it is TLS, and close: nothing is asked. Raises UpstreamError."""
        attempt = Attempt(self.name)
        token = current_handshake.set(attempt.handshake)
        error: UpstreamError | None = None
        try:
            async with asyncio.timeout(self._connection.connect_seconds):
                await self._shake_hands(attempt.handshake)
        except Exception as exc:  # noqa: BLE001 - Rule 5: nothing foreign gets past here
            error = failure(exc, attempt)
        finally:
            current_handshake.reset(token)
        if error is not None:
            raise error

    async def _shake_hands(self, handshake: Handshake) -> None:
        secure, host = self._address.scheme == "https", self._address.raw_host.decode()
        port = self._address.port or (443 if secure else 80)
        reader, writer = await asyncio.open_connection(host, port, ssl=self._tls if secure else None)
        try:
            # Under TLS 1.3 a server says what it thinks of our certificate once we are done, if it says anything.
            if handshake.asked:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), _VERDICT_SECONDS)
                if handshake.refused and reader.at_eof():
                    raise ConnectionResetError
        finally:
            writer.close()
            with contextlib.suppress(OSError):  # TimeoutError among them: TLS waits for the other side's farewell
                await asyncio.wait_for(writer.wait_closed(), _FAREWELL_SECONDS)
            writer.transport.abort()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        await self._sockets.aclose()

    async def _ask(self, question: httpx.Request, path: str) -> WireResponse | UpstreamError:
        """Give the outcome as a value: raised where it was caught, it would drag the foreign exception along."""
        attempt = Attempt(self.name, path)
        try:
            async with asyncio.timeout(self._connection.total_seconds):
                outcome = await self._attempt(question, attempt)
                if _not_connected(outcome):
                    await asyncio.sleep(PAUSE_BEFORE_RETRY_SECONDS)
                    attempt = Attempt(self.name, path)
                    outcome = await self._attempt(question, attempt)
        except TimeoutError as exc:
            outcome = failure(exc, attempt)
        if isinstance(outcome, UpstreamError):
            outcome.response = attempt.so_far()
        return outcome

    async def _begin(self, question: httpx.Request, attempt: Attempt) -> httpx.Response | UpstreamError:
        tokens = _current_attempt.set(attempt), current_handshake.set(attempt.handshake)
        try:
            return await self._http.handle_async_request(question)
        except Internal:
            raise
        except Exception as exc:  # noqa: BLE001 - Rule 5: nothing foreign gets past here
            return failure(exc, attempt)
        finally:
            _current_attempt.reset(tokens[0])
            current_handshake.reset(tokens[1])

    async def _chunks(self, response: httpx.Response, most: int, attempt: Attempt) -> AsyncGenerator[bytes]:
        error: UpstreamError | None = None
        try:
            async for chunk in self._bytes(response, most):
                yield chunk
        except Exception as exc:  # noqa: BLE001 - Rule 5: nothing foreign gets past here
            error = failure(exc, attempt)
        if error is not None:
            raise error

    async def _attempt(self, question: httpx.Request, attempt: Attempt) -> WireResponse | UpstreamError:
        response = await self._begin(question, attempt)
        if isinstance(response, UpstreamError):
            return response
        try:
            try:
                return await self._read(response, attempt)
            finally:
                await response.aclose()
        except Exception as exc:  # noqa: BLE001 - Rule 5: nothing foreign gets past here
            return failure(exc, attempt)

    async def _read(self, response: httpx.Response, attempt: Attempt) -> WireResponse:
        most = self._connection.max_answer_bytes
        head = self._head(response, most, attempt)
        async for chunk in self._bytes(response, most):
            attempt.body.write(chunk)
        return replace(head, body=attempt.body.getvalue())

    def _head(self, response: httpx.Response, most: int, attempt: Attempt) -> WireResponse:
        fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw]
        attempt.status, attempt.fields = response.status_code, fields
        self._check_status(response.status_code, dict(fields).get("retry-after", ""))
        self._check_framing(fields, most)
        return WireResponse(response.status_code, joined(fields))

    async def _bytes(self, response: httpx.Response, most: int) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > most:
                raise UpstreamInvalidAnswer(f"{self.name}: the answer is larger than the limit", sent=True)
            yield chunk

    def _check_status(self, status: int, retry_after: str) -> None:
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE} and not self._reads_busy:
            raise UpstreamUnavailable(
                f"{self.name}: answered that it is busy", sent=True, retry_after=parse_retry_after(retry_after)
            )
        if not (200 <= status < 300 or 400 <= status < 600):  # noqa: PLR2004 - the classes of RFC 9110 section 15
            raise UpstreamInvalidAnswer(f"{self.name}: expected an answer with status 2xx, 4xx or 5xx", sent=True)

    def _check_framing(self, fields: list[tuple[str, str]], most: int) -> None:
        """Refuse what leaves it open where the answer ends, and what aiohttp lets through of it."""
        lengths = [value for name, value in fields if name == "content-length"]
        codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
        if not all(_TOKEN.fullmatch(name) for name, _ in fields):
            expected = "header fields with valid names"
        elif len(lengths) > 1 or (lengths and codings) or codings not in ([], ["chunked"]):
            expected = "one Content-Length, or chunked"
        elif any(name == "content-encoding" for name, _ in fields):
            expected = "no Content-Encoding"
        elif lengths and not _WHOLE_SECONDS.fullmatch(lengths[0]):
            expected = "a Content-Length in digits"
        elif lengths and int(lengths[0]) > most:
            expected = "an answer within the size limit"
        else:
            return
        raise UpstreamInvalidAnswer(f"{self.name}: expected {expected}", sent=True)

    def _path(self, request: WireRequest) -> str:
        """Give the raw path, with the query if any, as it has to stand in the request line."""
        if not _RAW_PATH.fullmatch(request.path):
            raise Internal(f"{self.name}: expected a raw path that begins with /")
        return (self._prefix.rstrip("/") + request.path if request.path else self._prefix) or "/"

    def _question(self, request: WireRequest, path: str) -> httpx.Request:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
        headers["accept-encoding"] = "identity"
        if not _TOKEN.fullmatch(request.method):
            raise Internal(f"{self.name}: expected an HTTP method")
        if not all(_TOKEN.fullmatch(name) and _FIELD_VALUE.fullmatch(value) for name, value in headers.items()):
            raise Internal(f"{self.name}: expected header fields of printable ASCII")
        seconds = self._connection
        # httpx-aiohttp hands "pool" on as the limit that covers the name look-up too.
        timeout = {"connect": seconds.connect_seconds, "pool": seconds.connect_seconds, "read": seconds.read_seconds}
        try:
            url = self._address.copy_with(raw_path=path.encode("ascii"))
        except httpx.InvalidURL:
            url = None
        if url is None:
            raise Internal(f"{self.name}: expected a raw path")
        return httpx.Request(
            request.method, url, headers=headers, content=request.body, extensions={"timeout": timeout}
        )

    def _make_session(self) -> aiohttp.ClientSession:
        progress = aiohttp.TraceConfig()
        progress.on_request_headers_sent.append(_mark_sent)
        return aiohttp.ClientSession(
            # limit=0: a question that waits for its turn would look like an upstream that cannot be reached.
            connector=aiohttp.TCPConnector(
                ssl=self._tls,
                force_close=not self._connection.reuse_connections,
                limit=0,
                socket_factory=self._sockets.make,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_hand_over,),
            skip_auto_headers=("accept", "content-type", "user-agent"),
            trace_configs=[progress],
            trust_env=False,
        )


async def _hand_over(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Stand next to the socket: look at the request as it goes out, and stop aiohttp from asking again."""
    attempt = _current_attempt.get()
    if request.url.raw_path_qs != attempt.path:
        raise Internal(f"{attempt.upstream}: expected a raw path that is sent as it stands")
    try:
        return await handler(request)
    except Exception as exc:  # noqa: BLE001 - Rule 1: aiohttp repeats on its own exceptions, not on ours
        error = failure(exc, attempt)
    raise error


async def _mark_sent(*_: object) -> None:
    # Called before the header fields go out, so that a question is never wrongly taken for unsent.
    _current_attempt.get().sent = True


def failure(exc: BaseException, attempt: Attempt) -> UpstreamError:  # noqa: PLR0911 - one return per meaning
    """Say what a foreign exception means; every exception of httpx, aiohttp, ssl and the system has a place here."""
    chain = list(_chain(exc))
    # What aiohttp said, where httpx-aiohttp has renamed it.
    chain = [link for link in chain if not isinstance(link, httpx.HTTPError)] or chain
    name, sent = attempt.upstream, attempt.sent
    for link in chain:
        if isinstance(link, UpstreamError):
            return link
    if any(isinstance(link, _UNTRUSTED) for link in chain):
        return UpstreamTls(f"{name}: expected a server certificate that is valid, trusted and for this host", sent=sent)
    if any(getattr(link, "reason", None) in CERTIFICATE_ALERTS for link in chain):
        return ClientCertificateRefused(f"{name}: the server refused the client certificate", sent=sent)
    if any(isinstance(link, _TIMEOUTS) for link in chain):
        return UpstreamTimeout(f"{name}: {'no whole answer' if sent else 'not reached'} in time", sent=sent)
    if attempt.handshake.refused:
        return ClientCertificateRefused(f"{name}: the server closed after it got the client certificate", sent=sent)
    if sent:
        return UpstreamInvalidAnswer(f"{name}: expected a whole HTTP answer", sent=True)
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return UpstreamTls(f"{name}: expected a TLS server with a protocol version and a cipher in common", sent=False)
    return UpstreamUnavailable(f"{name}: not reached", sent=False, retry_after=RETRY_SECONDS)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = exc
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _not_connected(outcome: WireResponse | UpstreamError) -> bool:
    return isinstance(outcome, UpstreamUnavailable | UpstreamTimeout) and not outcome.sent


def parse_retry_after(value: str) -> int:
    """Read Retry-After (RFC 9110 section 10.2.3), seconds or a date, as seconds from 0 to 60; 10 if it says neither."""
    if _WHOLE_SECONDS.fullmatch(value):
        return min(int(value), LONGEST_RETRY_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
        # RFC 9110 section 5.6.7: of its three spellings, the oldest leaves out that the time is UTC.
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - clock.now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return RETRY_SECONDS
    return round(min(max(seconds, 0), LONGEST_RETRY_SECONDS))
