"""Where the routing is that cutovers change: a file of this gateway, or the database that all gateways share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.routing.keep import write_whole
from gateway.shared.publishing import publish, revision
from gateway.store.database import Connection

if TYPE_CHECKING:
    from gateway.settings import Settings

_WHO = "lefi cutover"


class Home(Protocol):
    """The routing as TOML, read and written beside what is decided in a transaction."""

    async def read(self, connection: Connection) -> bytes:
        """The routing as it is now; raises ValueError where there is none."""
        ...

    async def write(self, connection: Connection, content: bytes, note: str) -> None:
        """Lets it be this; what can be undone stands or falls with the transaction."""
        ...

    async def at_once(self, change: Callable[[bytes], bytes]) -> None:
        """Changes it before anything is written down, where it does not need the database for that."""
        ...

    def restored(self) -> contextlib.AbstractContextManager[None]:
        """Puts it back to what it is now where anything is raised."""
        ...


class InFile:
    """A file; it is written last in a transaction, and put back where that comes to nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    async def read(self, _connection: Connection) -> bytes:
        """The file's content; raises ValueError where the settings name none."""
        return self._file().read_bytes()

    async def write(self, _connection: Connection, content: bytes, _note: str) -> None:
        """Writes the file, whose mode stays as it is."""
        _write(self._file(), content)

    async def at_once(self, change: Callable[[bytes], bytes]) -> None:
        """Changes the file."""
        path = self._file()
        before = path.read_bytes()
        if (after := change(before)) != before:
            _write(path, after)

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Puts the file back where anything is raised."""
        path = self._file()
        before = path.read_bytes()
        try:
            yield
        except BaseException:
            if path.read_bytes() != before:
                _write(path, before)
            raise

    def _file(self) -> Path:
        if self._path is None:
            raise ValueError("expected settings that name a routing file, or shared.routing")
        return self._path.resolve()


class InDatabase:
    """Revisions that every gateway follows; each is published in the transaction of what it follows from."""

    async def read(self, connection: Connection) -> bytes:
        """The newest revision; raises ValueError where there is none."""
        newest = await revision(connection, "routing")
        if newest is None:
            raise ValueError("expected routing that was published: lefi routes publish")
        return newest.content

    async def write(self, connection: Connection, content: bytes, note: str) -> None:
        """Publishes it."""
        await publish(connection, "routing", content, who=_WHO, note=note)

    async def at_once(self, change: Callable[[bytes], bytes]) -> None:
        """Nothing: what is decided and what is published are one transaction."""

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Nothing: the transaction does that."""
        yield


def home(settings: Settings) -> Home:
    """Where the settings have the routing."""
    return InDatabase() if settings.shared.routing else InFile(settings.routing)


def _write(path: Path, content: bytes) -> None:
    mode = path.stat().st_mode
    write_whole(path, content)
    path.chmod(mode)
