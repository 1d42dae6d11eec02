"""Revisions of what is shared: numbered from 1 for each kind, each whole, by somebody, at a time, never changed.

Rule 1: who publishes holds the lock from before it reads what is current until the end of the transaction: revisions
        are published one after the other, and a base that was current when it was compared still is.
Rule 2: an earlier revision comes back as a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway import clock
from gateway.ledger.rows import moment
from gateway.shared.kinds import KindName
from gateway.store import publications as store
from gateway.store.database import Connection

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision."""

    number: int
    at: datetime
    who: str
    note: str
    text: str = ""
    """The TOML; left out of a history."""

    @property
    def mark(self) -> tuple[int, str]:
        """What tells it from every other, also in a database that was put back from a copy."""
        return self.number, moment(self.at)

    @property
    def content(self) -> bytes:
        """The TOML as a file would hold it."""
        return self.text.encode()


class Stale(Exception):
    """Another revision is current than the one that was expected."""

    def __init__(self, current: int) -> None:
        super().__init__(f"revision {current} is current" if current else "nothing was published yet")
        self.current = current


async def publish(  # noqa: PLR0913  what a revision is made of
    connection: Connection, kind: KindName, content: bytes, *, who: str, note: str = "", base: int | None = None
) -> int:
    """The next revision, and its number; everybody is told when the transaction ends.

    The content has to be what the kind's `read` takes. Raises Stale where `base` is given and not current.
    """
    await store.lock(connection)
    before = await store.mark(connection, kind)
    current = 0 if before is None else before[0]
    if base is not None and base != current:
        raise Stale(current)
    row = {
        "kind": kind,
        "revision": current + 1,
        "at": moment(clock.now()),
        "who": who,
        "note": note,
        "text": content.decode("utf-8"),
    }
    await store.add(connection, row)
    return current + 1


async def revision(connection: Connection, kind: KindName, number: int | None = None) -> Revision | None:
    """A revision, the newest where no number is given."""
    row = await store.get(connection, kind, number)
    return None if row is None else _revision(row)


async def history(connection: Connection, kind: KindName) -> list[Revision]:
    """All revisions without their texts, oldest first."""
    return [_revision(row) for row in await store.all_of(connection, kind)]


def _revision(row: Row) -> Revision:
    at = datetime.fromisoformat(row["at"])
    return Revision(row["revision"], at, row["who"], row["note"], row.get("text", ""))
