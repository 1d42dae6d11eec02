"""The consumers of a running gateway: those of the settings and of their own file, which is taken up when it changes.

A file that cannot be used changes nothing: what was read before goes on to hold, and the log says that it does.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import awatch

from gateway.consumers import file
from gateway.consumers.caller import Caller
from gateway.consumers.identify import Directory, Facts, Identification
from gateway.logs import log

if TYPE_CHECKING:
    from gateway.settings import Settings

_LOOK_MILLISECONDS = 5000
"""How often the file is looked at even if nothing was told: network file systems tell nothing."""


class Consumers:
    """Who may ask, now."""

    def __init__(self, settings: Settings) -> None:
        """Reads the file; raises FileRefused, and ValueError naming a setting that cannot be used."""
        self._inline = settings.consumers
        self._path = settings.consumers_file
        self._identification = Identification(settings.server.oauth, settings.server.proxy)
        self._read = b""
        self.current = self._directory(b"" if self._path is None else file.content(self._path))

    async def identify(self, facts: Facts) -> Caller:
        """The caller behind a request; raises Unauthenticated, and Overloaded where a token cannot be checked."""
        return await self._identification.identify(facts, self.current)

    async def watch(self) -> None:
        """Takes up what changes in the file, until it is cancelled; returns at once where there is no file."""
        while self._path is not None:
            try:
                await self._follow(self._path)
            except Exception as error:  # noqa: BLE001  a folder that is gone for a while must not end the watch
                log.failure("consumers not watched", error)
            await asyncio.sleep(_LOOK_MILLISECONDS / 1000)

    async def _follow(self, path: Path) -> None:
        await self._take_up(path)
        async for _ in awatch(
            await asyncio.to_thread(_folder, path),
            recursive=False,
            watch_filter=lambda _change, changed: Path(changed).name == path.name,
            yield_on_timeout=True,
            rust_timeout=_LOOK_MILLISECONDS,
        ):
            await self._take_up(path)

    async def aclose(self) -> None:
        """Closes the connection to the issuer of tokens."""
        await self._identification.aclose()

    def _directory(self, held: bytes) -> Directory:
        self._read = hashlib.sha256(held).digest()
        if self._path is None:
            return Directory(self._inline, is_open=not self._inline)
        # A file without consumers is a door that nobody has a key to, not one that stands open.
        return Directory((*self._inline, *file.consumers(self._path, held, self._inline)))

    async def _take_up(self, path: Path) -> None:
        if not await asyncio.to_thread(path.exists):
            return  # put elsewhere for a moment, or lost: no reason to lock everybody out
        try:
            held = await asyncio.to_thread(file.content, path)
            if hashlib.sha256(held).digest() == self._read:
                return
            self.current = self._directory(held)
        except file.FileRefused as refused:
            log.warning("consumers refused", where=[fault.path for fault in refused.faults])
            return
        log.info("consumers taken up")


def _folder(path: Path) -> Path:
    return path.resolve().parent
