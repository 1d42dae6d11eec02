"""What a gateway takes from the database: the newest revisions, taken up within a moment, and the last good ones kept.

Rule 1  A revision that this gateway cannot use changes nothing: the one that holds goes on to hold, and it is said.
Rule 2  What was last used is kept in the state folder. A gateway that starts while the database cannot be read, or
        has what it cannot use, starts with that and says so; where there is none, it does not start.
Rule 3  Notifications only make it quick. The database is asked for the newest revision every few seconds as well, and
        whenever the connection that listens is made anew.
Rule 4  Rules are exchanged whole, by one reference: a question ends by those that it began with.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any, Generic

from gateway.errors import Fault
from gateway.logs import log
from gateway.metrics import Metrics
from gateway.routing.keep import write_whole
from gateway.settings import ConfigurationError
from gateway.shared.kinds import Kind
from gateway.shared.publishing import Revision, revision
from gateway.store import publications as store
from gateway.store.database import FAILURES, Connection, Database, cause
from gateway.store.listening import listening
from gateway.watched import T, checked, content, said

_LOOK_SECONDS = 5.0
"""How often the database is asked where nothing was told."""
_SECONDS = 10
"""How long it may take to answer, connecting included."""
_HEAD = re.compile(rb"# revision ([0-9]{1,9})\n")


class Followed(Generic[T]):
    """What holds of one kind."""

    def __init__(self, kind: Kind[T], state: Path, metrics: Metrics) -> None:
        self.kind = kind
        self.current = kind.without
        self.revision = 0
        """The one that holds; 0 before `begin`."""
        self._kept = state / f"{kind.logged}.shared.toml"
        self._metrics = metrics
        self._seen: tuple[int, str] | None = None

    async def begin(self, database: Database) -> None:
        """Takes the newest revision, or the last good one in its place; raises ConfigurationError where neither is."""
        try:
            async with asyncio.timeout(_SECONDS), database.reading() as connection:
                newest = await revision(connection, self.kind.name)
            if newest is None:
                raise self._refusal(f"a revision in the database: {self.kind.command}")
            self._take(newest)
        except ConfigurationError as error:
            self._fall_back(error)
        except FAILURES as error:
            self._fall_back(self._refusal(f"a database that can be read ({cause(error)})"))

    async def look(self, connection: Connection) -> None:
        """Takes up the newest revision where it is another than the last time."""
        if await store.mark(connection, self.kind.name) == self._seen:
            return
        newest = await revision(connection, self.kind.name)
        if newest is None:  # of a database that was emptied
            return
        try:
            await asyncio.to_thread(self._take, newest)
        except ConfigurationError as error:
            log.warning(f"{self.kind.logged}_refused", revision=newest.number, where=said(error))
        else:
            log.info(f"{self.kind.logged}_loaded", revision=newest.number)

    def _take(self, newest: Revision) -> None:
        """Lets a revision hold from now on, and keeps it; raises ConfigurationError."""
        self._seen = newest.mark
        self._metrics.published(self.kind.name, newest.number)
        try:
            self._hold(newest.number, newest.content, f"{self.kind.name} revision {newest.number}")
        except ConfigurationError:
            self._metrics.revision_refused(self.kind.name)
            raise
        try:
            write_whole(self._kept, b"# revision %d\n" % newest.number + newest.content)
        except OSError:
            log.warning(f"{self.kind.logged}_not_kept", where=[f"{self._kept}: expected a file that can be written"])

    def _hold(self, number: int, text: bytes, place: str) -> None:
        self.current, self.revision = checked(place, text, self.kind.read), number
        self._metrics.revision(self.kind.name, number)

    def _fall_back(self, error: ConfigurationError) -> None:
        kept = content(self._kept) or b""
        head = _HEAD.match(kept)
        if head is None:
            missing = Fault(str(self._kept), "the last good revision, which would do instead")
            raise ConfigurationError((*error.faults, missing))
        try:
            self._hold(int(head[1]), kept[head.end() :], str(self._kept))
        except ConfigurationError as second:
            raise ConfigurationError((*error.faults, *second.faults)) from None
        log.warning(f"{self.kind.logged}_last_good_used", revision=self.revision, where=said(error))

    def _refusal(self, expected: str) -> ConfigurationError:
        return ConfigurationError((Fault(f"shared.{self.kind.name}", expected),))


class Following:
    """Everything that a gateway follows; `open` it in the event loop that it is used in, `aclose` it there."""

    def __init__(self, database: Database, url: str) -> None:
        self._database, self._url = database, url
        self._followed: list[Followed[Any]] = []
        self._changed = asyncio.Event()
        self._closing = self._failing = self._deaf = False
        self._task: asyncio.Task[None] | None = None

    @property
    def revisions(self) -> dict[str, int]:
        """Which revision holds of each kind that is followed."""
        return {each.kind.name: each.revision for each in self._followed}

    def follow(self, kind: Kind[T], state: Path, metrics: Metrics) -> Followed[T]:
        """One more kind, before it is opened."""
        found = Followed(kind, state, metrics)
        self._followed.append(found)
        return found

    async def open(self) -> None:
        """Takes what is published; raises ConfigurationError where it cannot be used and nothing was kept."""
        for each in self._followed:
            await each.begin(self._database)
        if self._followed:
            self._task = asyncio.create_task(self._watch(), name="following")

    async def aclose(self) -> None:
        """Ends what `open` began when it is done with what it does: a connection is not left in the middle."""
        self._closing = True
        self._changed.set()
        if self._task is not None:
            await self._task

    async def _watch(self) -> None:
        listener = asyncio.create_task(
            listening(self._url, store.CHANNEL, self._told, self._lost), name="following-listens"
        )
        while not self._closing:
            await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(_SECONDS), self._database.reading() as connection:
                for each in self._followed:
                    await each.look(connection)
        except Exception as error:  # noqa: BLE001  what holds goes on to hold, and it is tried again
            if not self._failing:
                log.failure("revisions-not-looked-for", error)
            self._failing = True
        else:
            if self._failing:
                log.info("revisions-looked-for-again")
            self._failing = False

    def _told(self) -> None:
        self._deaf = False
        self._changed.set()

    def _lost(self, error: Exception) -> None:
        if not self._deaf:
            log.failure("revisions-listen-failed", error)
        self._deaf = True
