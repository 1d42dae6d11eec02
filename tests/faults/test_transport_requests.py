"""What the transport sends and how often: the way there, the breaker, reuse of connections, raw paths, no leaks."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.breaker import Breaker
from gateway.errors import Internal, UpstreamError, UpstreamInvalidAnswer, UpstreamTimeout, UpstreamUnavailable
from gateway.wire import WireRequest, WireResponse
from tests.faults.upstream import (
    GET,
    OK,
    PERSON,
    QUESTION,
    read_question,
    resets,
    says,
    stalls,
    transport,
    upstream,
)

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\n"


# ------------------------------------------------------------------------------------------ the way there


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def test_a_refused_connection_is_unavailable_and_then_left_alone() -> None:
    async with transport(f"http://127.0.0.1:{free_port()}") as way:
        way.breaker = Breaker(failures=2, pause_seconds=30)
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="not reached") as caught:
                await way.send(QUESTION)
            assert not caught.value.sent
            assert caught.value.retry_after == 10
        async with asyncio.timeout(0.05):
            with pytest.raises(UpstreamUnavailable, match="not tried") as caught:
                await way.send(QUESTION)
        assert not caught.value.sent
        assert caught.value.retry_after == 30


async def test_the_breaker_lets_one_question_try_and_then_all() -> None:
    port = free_port()
    async with transport(f"http://127.0.0.1:{port}") as way:
        way.breaker = Breaker(failures=1, pause_seconds=0.1)
        with pytest.raises(UpstreamUnavailable):
            await way.send(QUESTION)
        await asyncio.sleep(0.12)
        async with upstream(says(OK, pause=0.05), port=port) as here:
            outcomes = await asyncio.gather(*(way.send(QUESTION) for _ in range(5)), return_exceptions=True)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["UpstreamUnavailable"] * 4 + [
                "WireResponse"
            ]
            assert (await way.send(QUESTION)).body == b"ok"
            assert len(here.asked) == 2


async def test_a_failed_connection_is_tried_once_more() -> None:
    port = free_port()
    async with transport(f"http://127.0.0.1:{port}") as way:
        asking = asyncio.ensure_future(way.send(QUESTION))
        await asyncio.sleep(0.03)
        async with upstream(says(OK), port=port) as here:
            assert (await asking).body == b"ok"
            assert len(here.asked) == 1


async def test_an_unknown_host_is_unavailable() -> None:
    async with transport("http://agency.invalid", connect_seconds=5, total_seconds=10) as way:
        with pytest.raises(UpstreamUnavailable) as caught:
            await way.send(QUESTION)
    assert not caught.value.sent


async def test_a_connection_that_is_never_accepted_times_out_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        async with transport(f"http://127.0.0.1:{address[1]}", connect_seconds=0.1) as way:
            with pytest.raises(UpstreamTimeout) as caught:
                await way.send(QUESTION)
        for filler in fillers:
            filler.close()
    assert not caught.value.sent


async def test_a_silent_handshake_times_out_unsent_and_is_tried_once_more() -> None:
    async with upstream(stalls(), reads=False) as here:
        here.tls = True
        with pytest.raises(UpstreamTimeout) as caught:
            async with transport(here.url, connect_seconds=0.1) as way:
                await way.send(QUESTION)
    assert not caught.value.sent
    assert here.connections == 2


async def test_a_cancelled_question_closes_its_connection_and_says_nothing_of_the_upstream() -> None:
    async with upstream(stalls()) as here, transport(here.url) as way:
        way.breaker = Breaker(failures=1)
        asking = asyncio.ensure_future(way.send(QUESTION))
        await asyncio.sleep(0.1)
        assert here.asked
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(1):
            await here.closed.wait()
        assert way.breaker == Breaker(failures=1)


# ------------------------------------------------------------------------------------------ somebody else's answer


@pytest.mark.parametrize("extra_after", [0.0, 0.02], ids=["at once", "later"])
async def test_an_answer_too_many_never_answers_the_next_question(extra_after: float) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await read_question(reader)).split(b" ")[1]
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path)
        writer.write(answer)
        await asyncio.sleep(extra_after)
        writer.write(answer)

    async with upstream(script, reads=False) as here, transport(here.url) as way:
        for number in range(30):
            got = await way.send(WireRequest("POST", f"/{number}", body=b"x"))
            assert got.body == b"/%d" % number
        assert here.connections == 30


async def test_reuse_is_a_setting() -> None:
    async with upstream(says(OK)) as here, transport(here.url, reuse_connections=True) as way:
        for _ in range(5):
            assert (await way.send(QUESTION)).body == b"ok"
        assert here.connections == 1
        assert b"connection:" not in here.asked[0].lower()


@pytest.mark.parametrize("request_", [QUESTION, GET], ids=["POST", "GET"])
async def test_a_kept_connection_that_breaks_is_not_asked_again(request_: WireRequest) -> None:
    answered = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        answered += 1
        await (says(OK) if answered == 1 else resets())(reader, writer)

    async with upstream(script) as here, transport(here.url, reuse_connections=True) as way:
        await way.send(request_)
        with pytest.raises(UpstreamInvalidAnswer) as caught:
            await way.send(request_)
        assert caught.value.sent
        assert (len(here.asked), here.connections) == (2, 1)


# ------------------------------------------------------------------------------------------ what is sent


async def test_what_is_sent_is_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    answer = HEAD + b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok"
    headers = {
        "content-type": "text/xml; charset=utf-8",
        "soapaction": '""',
        "accept-encoding": "gzip",
        "content-length": "1",
    }
    async with upstream(says(answer)) as here, transport(here.url + "/lefi/") as way:
        for _ in range(2):
            got = await way.send(WireRequest("POST", "/fr%C3%A5ga/v9", headers, b"body"))
            assert "set-cookie" not in got.headers
    lines = here.asked[1].split(b"\r\n")
    assert lines[0] == b"POST /lefi/fr%C3%A5ga/v9 HTTP/1.1"
    assert sorted(line.lower() for line in lines[1:-2]) == [
        b"accept-encoding: identity",
        b"connection: close",
        b"content-length: 4",
        b"content-type: text/xml; charset=utf-8",
        b"host: 127.0.0.1:%d" % here.port,
        b'soapaction: ""',
    ]
    assert lines[-1] == b"body"


@pytest.mark.parametrize(
    ("prefix", "path", "sent"),
    [
        ("", "", b"/"),
        ("/", "", b"/"),
        ("/ws/", "", b"/ws/"),
        ("/ws", "/", b"/ws/"),
        ("/ws", "/a//b", b"/ws/a//b"),
        ("/ws", "/a%2Fb/c;d=1", b"/ws/a%2Fb/c;d=1"),
        ("", "//other.example/a", b"//other.example/a"),
        ("", "/a?b=c%20d", b"/a?b=c%20d"),
        ("", "/a...b/.c", b"/a...b/.c"),
    ],
)
async def test_a_raw_path_is_sent_as_it_stands(prefix: str, path: str, sent: bytes) -> None:
    async with upstream(says(OK)) as here, transport(here.url + prefix) as way:
        await way.send(WireRequest("GET", path))
    assert here.asked[0].split(b" ")[1] == sent


NOT_RAW = (
    "a", "@other.example/", ":9/", "/..", "/../a", "/a/..", "/a/.", "/%2e%2E/a", "/.%2e", "/a/%2e/b", "/a#b", "/a b",
    "/a\r\nX: y", "/å", "/%c3%a5", "/%41", "/%zz", "/a\\b", "/a?b c", "/a?b=%zz", '/"', "/a\x00",
)  # fmt: skip


@pytest.mark.parametrize(
    "request_",
    [
        *(WireRequest("GET", path) for path in NOT_RAW),
        WireRequest("GET", "/a", {"x": "1\r\nY: 2"}),
        WireRequest("GET", "/a", {"x y": "1"}),
        WireRequest("GET", "/a", {"x": "å"}),
        WireRequest("GET /b HTTP/1.1\r\n", "/a"),
    ],
)
async def test_what_would_not_be_sent_as_it_stands_is_not_sent(request_: WireRequest) -> None:
    async with upstream(says(OK)) as here, transport(here.url) as way:
        with pytest.raises(Internal) as caught:
            await way.send(request_)
        assert way.breaker == Breaker()
    assert here.connections == 0
    assert request_.path not in str(caught.value) or len(request_.path) < 3


async def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    request = WireRequest("POST", f"/{PERSON}", {"x-person": PERSON}, PERSON.encode())
    for script in (says(OK), says(PERSON.encode() + b"\r\n\r\n"), resets(), says(HEAD + b"X: " + PERSON.encode())):
        async with upstream(script) as here, transport(here.url) as way:
            outcome = (await asyncio.gather(way.send(request), return_exceptions=True))[0]
            assert isinstance(outcome, WireResponse | UpstreamError)
            assert PERSON not in repr(outcome)
    assert PERSON not in caplog.text


# ------------------------------------------------------------------------------------------ the breaker by itself


def test_the_breaker_counts_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=3, pause_seconds=10)
    for moment in (0.0, 1.0):
        assert breaker.refuse(moment) is None
        breaker.failed(moment)
    breaker.reached()
    for moment in (2.0, 3.0, 4.0):
        assert breaker.refuse(moment) is None
        breaker.failed(moment)
    waits = [breaker.refuse(moment) for moment in (4.0, 5.5, 13.5)]
    assert waits == [10, 9, 1]
    assert breaker.refuse(14.0) is None
    assert breaker.refuse(14.0) == 1
    breaker.unknown()
    assert breaker.refuse(14.0) is None
    breaker.failed(14.0)
    assert breaker.refuse(23.9) == 1
    assert breaker.refuse(24.0) is None
    breaker.reached()
    assert breaker.refuse(24.0) is None
