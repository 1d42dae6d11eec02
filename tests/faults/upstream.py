"""An upstream that misbehaves on real sockets: it reads whole questions, counts them, and answers by a script."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from gateway.connection import Connection
from gateway.transport import Transport
from gateway.wire import WireRequest

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PERSON = "190001019999"
BODY = b"<fraga>" + PERSON.encode() + b"</fraga>"
QUESTION = WireRequest("POST", "/fraga", {"content-type": "text/xml"}, BODY)
GET = WireRequest("GET", "/fraga")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Upstream:
    port: int
    tls: bool = False
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"


def says(*answers: bytes, pause: float = 0.0) -> Script:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(pause)

    return script


def stalls(answer: bytes = b"") -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()

    return script


def resets(*answers: bytes) -> Script:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await says(*answers, pause=0.02)(_reader, writer)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script


def repeats(answer: bytes, before: bytes = b"", pause: float = 0.0) -> Script:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        while not writer.is_closing():
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(pause)

    return script


async def read_question(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    return head + await reader.readexactly(length)


@contextlib.asynccontextmanager
async def upstream(
    script: Script, tls: ssl.SSLContext | None = None, *, reads: bool = True, port: int = 0
) -> AsyncIterator[Upstream]:
    """Serve `script` once per question; `reads=False`: once per connection, whatever comes in."""
    here = Upstream(0, tls is not None)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.connections += 1
        try:
            while True:
                if reads:
                    here.asked.append(await read_question(reader))
                await script(reader, writer)
                if not reads or b"connection: close" in here.asked[-1].lower():
                    break
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            here.closed.set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", port, ssl=tls)
    here.port = server.sockets[0].getsockname()[1]
    # A handshake that the client breaks off is the subject here, not a failure of the server.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    try:
        yield here
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def transport(url: str, **settings: object) -> AsyncIterator[Transport]:
    defaults: dict[str, object] = {"url": url, "connect_seconds": 0.3, "read_seconds": 0.4, "total_seconds": 1.5}
    made = Transport("agency", Connection.model_validate(defaults | settings))
    try:
        yield made
    finally:
        await made.aclose()
