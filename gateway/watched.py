"""A file of rules on disk: read when the gateway starts, read anew when it changes, and the last good one kept.

Rule 1  A file that cannot be used changes nothing: the rules that hold go on to hold, and a warning says what is wrong.
Rule 2  What was last used is kept in the state folder, so that this is true across restarts too.
Rule 3  Whether a file changed is seen by its content. Notifications only make it quick: editors that write by rename,
        folders that are exchanged and links that are swapped (Kubernetes) differ in what they notify of, and where.
Rule 4  Rules are exchanged whole, by one reference: a question sees the old ones or the new ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from watchfiles import awatch

from gateway.errors import Fault
from gateway.logs import log
from gateway.routing.keep import write_whole
from gateway.settings import ConfigurationError

_LOOK_SECONDS = 1.0
"""How often the file is looked at where nothing notifies of it."""
_SETTLED_SECONDS = 0.05
_MANY_LINKS = 40

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Read = Callable[[bytes], T]
"""Raises ConfigurationError for content that cannot be used."""


class Holding(Protocol[T_co]):
    """What says which rules hold now, from wherever it has them."""

    @property
    def current(self) -> T_co:
        """The rules; to be asked for once for each question."""
        ...


class Watched(Generic[T]):
    """What the file says, kept up to date while `watch` runs; `name` begins what is logged."""

    def __init__(self, name: str, path: Path | None, state: Path, read: Read[T], without: T) -> None:
        """Reads the file, or the last good one in its place; raises ConfigurationError where neither can be used."""
        self._name = name
        self._path = path
        self._kept = state / last_good(name)
        self._read = read
        self._seen: bytes | None = None
        self.current = without
        self.faults: tuple[Fault, ...] = ()
        """What is wrong with the file as it stands: nothing while it is the one that holds."""
        if path is not None:
            self._seen = content(path)
            try:
                self._take(path, self._seen)
            except ConfigurationError as error:
                self._fall_back(error)

    async def watch(self) -> None:
        """Takes up what becomes of the file, until it is cancelled."""
        while self._path is not None:
            try:
                await self._watch(self._path, _places(self._path))
            except (
                OSError,
                RuntimeError,
            ):  # no such folder, no right to watch it, or none of the system's watches left
                await self._look(self._path)
                await asyncio.sleep(_LOOK_SECONDS)

    async def _watch(self, path: Path, places: list[Path]) -> None:
        """Looks at the file whenever something happens where it lies, until it lies elsewhere."""
        looks = awatch(
            *places,
            watch_filter=None,
            debounce=200,
            rust_timeout=int(_LOOK_SECONDS * 1_000),
            yield_on_timeout=True,
            recursive=False,
        )
        async with aclosing(looks):
            async for _ in looks:
                await self._look(path)
                if _places(path) != places:
                    return

    async def _look(self, path: Path) -> None:
        """Takes up the file where it is another than before, and is so twice in a row: a writer may be at it."""
        data = await asyncio.to_thread(content, path)
        if data == self._seen:
            return
        await asyncio.sleep(_SETTLED_SECONDS)
        if await asyncio.to_thread(content, path) != data:
            return
        self._seen = data
        try:
            await asyncio.to_thread(self._take, path, data)
        except ConfigurationError as error:
            self.faults = error.faults
            log.warning(f"{self._name}_refused", where=said(error))
        else:
            log.info(f"{self._name}_loaded")

    def _take(self, path: Path, data: bytes | None) -> None:
        """Lets the content of the file hold from now on, and keeps it; raises ConfigurationError."""
        self.current, self.faults = checked(path, data, self._read), ()
        try:
            write_whole(self._kept, data or b"")
        except OSError:
            log.warning(f"{self._name}_not_kept", where=[f"{self._kept}: expected a file that can be written"])

    def _fall_back(self, error: ConfigurationError) -> None:
        try:
            self.current = checked(self._kept, content(self._kept), self._read)
        except ConfigurationError:
            raise error from None
        self.faults = error.faults
        log.warning(f"{self._name}_last_good_used", where=said(error))


def last_good(name: str) -> str:
    """The name under which the last good file is kept."""
    return f"{name}.last-good.toml"


def checked(place: Path | str, data: bytes | None, read: Read[T]) -> T:
    """What the content of a file says; raises ConfigurationError, each of its places beginning with the file's."""
    if data is None:
        raise ConfigurationError((Fault(str(place), "a file that can be read"),))
    try:
        return read(data)
    except ConfigurationError as error:
        faults = [Fault(f"{place}: {fault.path}".removesuffix(": "), fault.expected) for fault in error.faults]
        raise ConfigurationError(tuple(faults)) from None


def content(path: Path) -> bytes | None:
    """What stands in the file; None where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def said(error: ConfigurationError) -> list[str]:
    """What is wrong, for the log."""
    return [f"{fault.path}: expected {fault.expected}" for fault in error.faults]


def _places(path: Path) -> list[Path]:
    """The folders in which a change can change what the file holds: its own, and those that its links lead through."""
    seen = path.absolute()
    found = [seen.parent]
    for _ in range(_MANY_LINKS):
        if not seen.is_symlink():
            break
        seen = seen.parent / seen.readlink()
        found.append(seen.parent)
    return list(dict.fromkeys([*found, seen.parent.resolve()]))
