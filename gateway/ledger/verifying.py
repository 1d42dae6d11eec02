"""Whether the ledger is what was written: every row's digest and hash anew, from the first to the last.

Rule 1  Nothing is needed but the database and the keys; a page of rows is in memory at once.
Rule 2  The first row that is wrong ends it: what comes after a broken link proves nothing.
Rule 3  That rows are missing at the end can only be seen by whoever noted down an earlier head.
Rule 4  A row without content is right only where a row of the chain says that its content was to go.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gateway.ledger import chain, rows
from gateway.ledger.keyring import Keyring
from gateway.store import ledger
from gateway.store.database import FAILURES, Connection, Database, cause

Kind = Literal["changed", "missing", "reordered", "truncated", "emptied", "unknown key", "unreadable", "another"]
_STRANGE = (*FAILURES, TypeError, ValueError, LookupError)  # a value of no type that the column has, say


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a chain, to be noted down elsewhere."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Damage:
    """The first row that is not as it was written, and in what way."""

    seq: int
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; the counts are of a chain that holds, and 0 otherwise."""

    head: Head
    """The last row that holds."""
    damage: Damage | None = None
    emptied: int = 0
    """Rows whose content is gone by retention."""
    questions: int = 0
    unknown: int = 0
    """Questions without an outcome: sent, perhaps, or still in work."""
    unasked: int = 0
    """Outcomes whose intent is gone, by retention or because it was never there."""


async def verify(
    database: Database, ring: Keyring, expect: Head | None = None, tell: Callable[[int], None] = lambda _: None
) -> Report:
    """Walks the whole chain; `tell` hears how far it has come.

    `expect` is a head that was noted down earlier. Raises one of FAILURES when there is no such ledger to be read.
    """
    await database.check()
    async with database.reading() as connection:
        walk = _Walk(connection, ring, expect)
        try:
            damage = await walk.to_the_end(tell)
        except _STRANGE as error:
            damage = Damage(walk.head.seq + 1, "unreadable", f"the row cannot be read: {cause(error)}")
        if damage:
            return Report(walk.head, damage, walk.emptied)
        return Report(
            walk.head,
            None,
            walk.emptied,
            await ledger.count(connection, rows.INTENT),
            await ledger.count_alone(connection, rows.INTENT, rows.OUTCOME),
            await ledger.count_alone(connection, rows.OUTCOME, rows.INTENT),
        )


class _Walk:
    def __init__(self, connection: Connection, ring: Keyring, expect: Head | None) -> None:
        self._connection, self._ring, self._expect = connection, ring, expect
        self._may_be_empty = 0
        self.head = Head(0, chain.GENESIS)
        self.emptied = 0

    async def to_the_end(self, tell: Callable[[int], None]) -> Damage | None:
        """The first damage; None, and `head` is the last row, where there is none."""
        while found := await self._next():
            for row in found:
                if damage := await self._judge(row):
                    return damage
            tell(self.head.seq)
        if self._expect and self._expect.seq > self.head.seq:
            text = f"the ledger ends before row {self._expect.seq}, which was there when its head was noted down"
            return Damage(self.head.seq + 1, "truncated", text)
        return None

    async def _next(self) -> list[ledger.Row]:
        try:
            return await ledger.page(self._connection, self.head.seq)
        except _STRANGE:  # one row of the page: the good ones before it are still read
            return await ledger.page(self._connection, self.head.seq, 1)

    async def _judge(self, row: ledger.Row) -> Damage | None:
        """What is wrong with the next row; None, and the row is the head, where nothing is."""
        seq = self.head.seq + 1
        damage = await self._place(row, seq) or await self._content(row, seq) or await self._link(row, seq)
        if damage:
            return damage
        self.head = Head(seq, row["hash"])
        if self._expect and self._expect.seq == seq and self._expect.hash != row["hash"]:
            return Damage(seq, "another", "the chain holds, but it is not the one whose head was noted down")
        return None

    async def _place(self, row: ledger.Row, seq: int) -> Damage | None:
        if row["seq"] == seq:
            return None
        elsewhere = await self._belongs(seq)
        if elsewhere:
            return Damage(seq, "reordered", f"the row stands at {elsewhere}")
        return Damage(seq, "missing", f"the row is not there, the next one is {row['seq']}")

    async def _content(self, row: ledger.Row, seq: int) -> Damage | None:
        if any(row[name] is not None for name in row if name not in chain.CHAIN):
            return None if _says(row) else Damage(seq, "changed", "the content is not that of its digest")
        if seq > self._may_be_empty:
            self._may_be_empty = await ledger.purged(self._connection)
        if seq > self._may_be_empty:
            return Damage(seq, "emptied", "the content is gone, and no row of retention says that it was to go")
        self.emptied += 1
        return None

    async def _link(self, row: ledger.Row, seq: int) -> Damage | None:
        """Why a row, although it says what its digest says, does not follow the one before."""
        if row["key"] not in self._ring:
            return Damage(seq, "unknown key", "the row names a key that is not in the file of keys")
        if self._fits(row, self.head, seq):
            return None
        elsewhere = await self._belongs(seq)
        if elsewhere:
            return Damage(seq, "reordered", f"the row stands at {elsewhere}, another one is in its place")
        # A row whose content or hash was written anew is still followed by the one that came after it.
        hashes = row["hash"], chain.link(self._ring[row["key"]], self.head.hash, seq, row["digest"])
        following = await ledger.page(self._connection, seq, 1)
        if following and not any(self._fits(following[0], Head(seq, one), seq + 1) for one in hashes):
            return Damage(seq, "missing", "the row is not there, a later one is in its place")
        return Damage(seq, "changed", "the row was written anew, without the key of the chain")

    async def _belongs(self, seq: int) -> int:
        """Where the row that has to come next stands; 0 where it is nowhere."""
        after = self.head.seq
        while found := await ledger.page(self._connection, after):
            for row in found:
                if self._fits(row, self.head, seq):
                    return int(row["seq"])
            after = found[-1]["seq"]
        return 0

    def _fits(self, row: Mapping[str, Any], head: Head, seq: int) -> bool:
        if row["key"] not in self._ring:
            return False
        return hmac.compare_digest(chain.link(self._ring[row["key"]], head.hash, seq, row["digest"]), row["hash"])


def _says(row: Mapping[str, Any]) -> bool:
    try:
        return hmac.compare_digest(chain.digest(row), row["digest"])
    except (TypeError, ValueError):  # a value that we never write
        return False
