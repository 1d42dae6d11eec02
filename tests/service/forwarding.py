"""A real TCP forwarder: a load balancer that takes its targets in turn, or a wire that a test can cut and mend."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Forwarder:
    """Passes bytes on; a connection goes to the next target that takes it, and ends with it."""

    targets: list[tuple[str, int]]
    port: int = 0
    is_cut: bool = False
    _turn: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self) -> None:
        """Ends every connection, and refuses new ones until it is mended."""
        self.is_cut = True
        assert self._loop is not None
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._abort, done)
        assert done.wait(5)

    def mend(self) -> None:
        self.is_cut = False

    def _abort(self, done: threading.Event | None = None) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        if done is not None:
            done.set()

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = None if self.is_cut else await self._next()
        if found is None:
            writer.transport.abort()
            return
        self._open |= {writer, found[1]}
        try:
            await asyncio.gather(_pipe(reader, found[1]), _pipe(found[0], writer))
        finally:
            for one in (writer, found[1]):
                one.transport.abort()
                self._open.discard(one)

    async def _next(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        self._turn += 1
        turn = self._turn % len(self.targets)
        for target in self.targets[turn:] + self.targets[:turn]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(*target)
        return None


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:  # one side is gone: so is the other
        writer.transport.abort()


@contextlib.contextmanager
def forwarder(*targets: tuple[str, int]) -> Iterator[Forwarder]:
    """A forwarder at a free port of this machine; more targets may be added while it runs."""
    made, ready, stop = Forwarder(list(targets)), threading.Event(), asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(made._came, "127.0.0.1", 0)
        made.port, made._loop = server.sockets[0].getsockname()[1], asyncio.get_running_loop()
        ready.set()
        await stop.wait()
        server.close()
        made._abort()
        await asyncio.gather(*made._tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield made
    finally:
        assert made._loop is not None
        made._loop.call_soon_threadsafe(stop.set)
        thread.join(10)
