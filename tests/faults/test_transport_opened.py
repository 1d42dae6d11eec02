"""An answer that is handed on as it comes: the same rules hold as for one that is read whole."""

from __future__ import annotations

import gzip
import socket
from contextlib import aclosing

import pytest

from gateway.errors import Internal, UpstreamError, UpstreamInvalidAnswer, UpstreamTimeout, UpstreamUnavailable
from gateway.wire import WireRequest
from tests.faults.upstream import (
    GET,
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

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kind: rows\r\n\r\n"
ROW = b"4\r\nrow\n\r\n"
END = b"0\r\n\r\n"


async def read(here: Upstream, most: int = 1000, request: WireRequest = QUESTION) -> list[bytes]:
    async with transport(here.url) as way, way.opened(request, most) as (head, chunks), aclosing(chunks):
        assert (head.status, head.body, head.headers["x-kind"]) == (200, b"", "rows")
        return [chunk async for chunk in chunks]


async def test_the_bytes_are_handed_on_while_more_are_awaited() -> None:
    async with upstream(says(CHUNKED + ROW, ROW, ROW + END, pause=0.05)) as here:
        chunks = await read(here)
    assert b"".join(chunks) == b"row\n" * 3
    assert len(chunks) > 1


FAILING: dict[str, tuple[Script, type[UpstreamError]]] = {
    "no answer": (stalls(), UpstreamTimeout),
    "no more bytes": (stalls(CHUNKED + ROW), UpstreamTimeout),
    "closed before the head": (says(), UpstreamInvalidAnswer),
    "closed in the body": (says(CHUNKED + ROW), UpstreamInvalidAnswer),
    "reset in the body": (resets(CHUNKED + ROW), UpstreamInvalidAnswer),
    "endless": (repeats(ROW, CHUNKED), UpstreamInvalidAnswer),
    "too long by its own word": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"), UpstreamInvalidAnswer),
    "compressed": (
        says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"row")),
        UpstreamInvalidAnswer,
    ),
    "a redirect": (says(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), UpstreamInvalidAnswer),
    "busy": (says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), UpstreamUnavailable),
}


@pytest.mark.parametrize("failing", FAILING)
async def test_what_fails_is_an_upstream_error_and_is_not_tried_again(failing: str) -> None:
    script, expected = FAILING[failing]
    async with upstream(script) as here:
        with pytest.raises(UpstreamError) as caught:
            await read(here)
        assert here.connections == 1
    assert type(caught.value) is expected
    assert caught.value.sent
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert PERSON not in repr(caught.value)


async def test_what_was_never_connected_was_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UpstreamUnavailable) as caught:
            await read(Upstream(closed.getsockname()[1]))
    assert not caught.value.sent


async def test_what_the_reader_raises_is_its_own() -> None:
    async with upstream(repeats(ROW, CHUNKED)) as here, transport(here.url) as way:
        with pytest.raises(ZeroDivisionError):
            async with way.opened(GET, 1000):
                raise ZeroDivisionError
        await here.closed.wait()


async def test_a_path_that_would_be_sent_otherwise_is_refused() -> None:
    async with upstream(says()) as here:
        with pytest.raises(Internal):
            await read(here, request=WireRequest("GET", "/a/../b"))
        assert here.asked == []
