"""RELIABILITY.md section 3, the rows of the transport: what it says when an upstream misbehaves, on real sockets."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from email.utils import format_datetime

import pytest

from gateway import clock
from gateway.errors import (
    UpstreamError,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from gateway.transport import parse_retry_after
from gateway.wire import WireRequest
from tests.faults.upstream import (
    GET,
    OK,
    PERSON,
    QUESTION,
    Script,
    Upstream,
    repeats,
    resets,
    says,
    stalls,
    transport,
    upstream,
)

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
OK_CHUNKS = b"\r\n2\r\nok\r\n0\r\n\r\n"
CHUNKED_OK = b"Transfer-Encoding: chunked\r\n" + OK_CHUNKS
UPGRADE = b"Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"


async def ask(here: Upstream, request: WireRequest = QUESTION, **settings: object) -> UpstreamError:
    """Ask, expect an error, and check what holds for all of them: asked exactly once, and nothing told."""
    async with transport(here.url, **settings) as way:
        with pytest.raises(UpstreamError) as caught:
            await way.send(request)
    error = caught.value
    assert len(here.asked) == 1
    assert here.connections == 1
    assert error.sent
    assert error.__cause__ is None
    assert error.__context__ is None
    assert str(error).startswith("agency: ")
    assert PERSON not in repr(error)
    return error


INVALID: dict[str, Script] = {
    "closed before the answer": says(),
    "reset before the answer": resets(),
    "closed in the status line": says(b"HTTP/1.1 20"),
    "closed in the header": says(HEAD + b"Content-Len"),
    "reset in the header": resets(HEAD + b"Content-Len"),
    "Content-Length too long": says(HEAD + b"Content-Length: 20\r\n\r\nok"),
    "reset in the body": resets(HEAD + b"Content-Length: 20\r\n\r\nok"),
    "reset in a chunked body": resets(CHUNKED + b"2\r\nok\r\n"),
    "Content-Length too short": says(HEAD + b"Content-Length: 2\r\n\r\n<answer/>"),
    "cut chunk": says(CHUNKED + b"20\r\nok"),
    "no last chunk": says(CHUNKED + b"2\r\nok\r\n"),
    "chunk size no number": says(CHUNKED + b"zz\r\nok\r\n"),
    "two Content-Lengths": says(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk"),
    "two equal Content-Lengths": says(HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
    "a list of Content-Lengths": says(HEAD + b"Content-Length: 2, 2\r\n\r\nok"),
    "signed Content-Length": says(HEAD + b"Content-Length: +2\r\n\r\nok"),
    "huge Content-Length": says(HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nok"),
    "Content-Length with chunked": says(HEAD + b"Content-Length: 2\r\n" + CHUNKED_OK),
    "chunked with Content-Length": says(HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n" + OK_CHUNKS),
    "Content-Length with identity": says(HEAD + b"Content-Length: 2\r\nTransfer-Encoding: identity\r\n\r\nok"),
    "chunked twice": says(HEAD + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n2\r\nok\r\n0\r\n\r\n"),
    "transfer coding gzip": says(HEAD + b"Transfer-Encoding: gzip\r\n\r\nok"),
    "transfer coding gzip, chunked": says(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    "space before the colon": says(HEAD + b"Content-Length : 2\r\n\r\nok"),
    "500 header fields": says(HEAD + b"X: a\r\n" * 500 + b"Content-Length: 2\r\n\r\nok"),
    "endless header field": repeats(b"a" * 1000, before=HEAD + b"X: "),
    "not HTTP": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "switching protocols": says(b"HTTP/1.1 101 Switching Protocols\r\n" + UPGRADE),
    "status 700": says(b"HTTP/1.1 700 X\r\nContent-Length: 2\r\n\r\nok"),
    "announced too large": says(HEAD + b"Content-Length: 16777217\r\n\r\nok"),
    "gzip": says(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"ok")),
    "truncated gzip": says(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"ok" * 999)[:-9]),
    "gzip bomb": says(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 2**26)),
    "br": says(HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nok"),
    "content coding identity": says(HEAD + b"Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nok"),
    **{
        f"redirect {status}": says(b"HTTP/1.1 %d X\r\nLocation: /fraga\r\nContent-Length: 0\r\n\r\n" % status)
        for status in (300, 301, 302, 303, 304, 305, 307, 308)
    },
}  # fmt: skip


@pytest.mark.parametrize("script", INVALID.values(), ids=INVALID.keys())
@pytest.mark.parametrize("request_", [QUESTION, GET], ids=["POST", "GET"])
async def test_an_invalid_answer_is_refused_and_not_asked_for_again(script: Script, request_: WireRequest) -> None:
    async with upstream(script) as here:
        assert type(await ask(here, request_)) is UpstreamInvalidAnswer


SLOW: dict[str, Script] = {
    "no answer": stalls(),
    "stall in the header": stalls(HEAD),
    "stall in the body": stalls(HEAD + b"Content-Length: 9\r\n\r\nok"),
    "drip in the header": repeats(b"a", before=HEAD + b"X: ", pause=0.05),
    "drip in the body": repeats(b"a", before=HEAD + b"Content-Length: 9999\r\n\r\n", pause=0.05),
    "drip in the chunks": repeats(b"1\r\na\r\n", before=CHUNKED, pause=0.05),
    "drip of 100 Continue": repeats(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05),
    "flood of 100 Continue": repeats(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "flood of 103 Early Hints": repeats(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW.keys())
async def test_a_slow_answer_ends_at_the_deadline(script: Script) -> None:
    loop = asyncio.get_running_loop()
    async with upstream(script) as here:
        started = loop.time()
        error = await ask(here, GET, total_seconds=0.35)
        assert type(error) is UpstreamTimeout
        assert loop.time() - started < 1.2
        async with asyncio.timeout(1):
            await here.closed.wait()


async def test_silence_ends_before_the_total_deadline() -> None:
    async with upstream(stalls()) as here:
        async with asyncio.timeout(1):
            assert type(await ask(here, read_seconds=0.1, total_seconds=9)) is UpstreamTimeout


async def test_an_upstream_that_does_not_read_the_question_ends_at_the_deadline() -> None:
    large = WireRequest("POST", "/fraga", body=bytes(2**20))
    drip = repeats(b"a", before=HEAD + b"Content-Length: 999\r\n\r\n", pause=0.05)
    async with upstream(drip, reads=False) as here, transport(here.url, total_seconds=0.4) as way:
        with pytest.raises(UpstreamTimeout) as caught:
            await asyncio.wait_for(way.send(large), 1.2)
    assert caught.value.sent
    assert here.connections == 1


@pytest.mark.parametrize("head", [CHUNKED, HEAD + b"\r\n"], ids=["chunked", "until closed"])
async def test_an_endless_body_costs_no_more_than_the_limit(head: bytes) -> None:
    piece = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    async with upstream(repeats(piece, before=head)) as here:
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            error = await ask(here, total_seconds=20, read_seconds=20)
            async with asyncio.timeout(2):
                await here.closed.wait()
            grown = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
    assert type(error) is UpstreamInvalidAnswer
    assert grown < 20 * 2**20


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        (b"", 10),
        (b"Retry-After: 7\r\n", 7),
        (b"Retry-After: 3600\r\n", 60),
        (b"Retry-After: 99999999999999999999\r\n", 10),
        (b"Retry-After: soon\r\n", 10),
        (b"Retry-After: -1\r\n", 10),
        (b"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 0),
        (b"Retry-After: Wed, 21 Oct 2099 07:28:00 GMT\r\n", 60),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_upstream_is_unavailable(status: int, field: bytes, seconds: int) -> None:
    async with upstream(says(b"HTTP/1.1 %d X\r\n" % status + field + b"Content-Length: 2\r\n\r\nno")) as here:
        error = await ask(here)
    assert type(error) is UpstreamUnavailable
    assert error.retry_after == seconds


def test_retry_after_as_a_date_counts_from_now() -> None:
    moment = clock.now().replace(microsecond=0)
    date = format_datetime(moment, usegmt=True)
    assert parse_retry_after(date) == 0
    # RFC 9110 section 5.6.7: one date in the three spellings that must be understood, all long ago.
    for spelling in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):
        assert parse_retry_after(spelling) == 0


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 410, 418, 500, 502, 504])
async def test_other_answers_are_for_the_adapter(status: int) -> None:
    answer = b"HTTP/1.1 %d X\r\nContent-Type: text/html\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nok" % status
    async with upstream(says(answer)) as here, transport(here.url) as way:
        got = await way.send(QUESTION)
    assert (got.status, got.body, got.headers["content-type"], got.headers["x-a"]) == (
        status,
        b"ok",
        "text/html",
        "1, 2",
    )


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (HEAD + b"Content-Length: 0\r\n\r\n", b""),
        (CHUNKED + b"2\r\nok\r\n3;x=y\r\nokk\r\n0\r\n\r\n", b"okokk"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil closed", b"until closed"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
    ],
)
async def test_every_way_to_end_an_answer_is_read(answer: bytes, body: bytes) -> None:
    async with upstream(says(answer)) as here, transport(here.url) as way:
        assert (await way.send(QUESTION)).body == body
