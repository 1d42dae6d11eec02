"""The sockets that one user of aiohttp has open, so that none is left behind when it goes.

aiohttp does not wait for TLS to say goodbye on a connection that it will not use again: asyncio does that for up to
half a minute, and whoever ends its loop before leaves the socket open.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any
from weakref import WeakSet

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
"""One of the addresses of a name, as `socket.getaddrinfo` gives it."""

_LAST_SECONDS = 0.5
_LOOK_SECONDS = 0.001


class Sockets:
    """Every socket made by `make` that is not closed yet."""

    def __init__(self) -> None:
        """Nothing is open."""
        self._made: WeakSet[socket.socket] = WeakSet()

    def make(self, address: AddressInfo) -> socket.socket:
        """A socket for an address, as aiohttp's `socket_factory` gives it."""
        family, kind, protocol, *_ = address
        made = socket.socket(family, kind, protocol)
        self._made.add(made)
        return made

    async def aclose(self) -> None:
        """Ends what is still open: whoever waits on it is told that it ended, and closes it."""
        left = [each for each in self._made if each.fileno() != -1]
        for each in left:
            with contextlib.suppress(OSError):  # the other side was faster
                each.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                while any(each.fileno() != -1 for each in left):  # noqa: ASYNC110 - a socket tells nobody
                    await asyncio.sleep(_LOOK_SECONDS)
