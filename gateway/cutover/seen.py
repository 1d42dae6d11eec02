"""The pairs of a cutover that is under way, read as they come: per type the persons that agreed, and that did not.

Rule 1: a pair that was read is not read again. Pairs are written a little after their time, by several gateways, so
        the last minutes are looked at once more and what is known is left.
Rule 2: a person counts once, and disagrees who did so once.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from datetime import datetime, timedelta

from gateway.evidence.counts import COMPARED, Type
from gateway.evidence.observed import Judge, result
from gateway.ledger.rows import moment
from gateway.store import pairs
from gateway.store.database import Connection

_LATE = timedelta(minutes=2)
"""How long after its time a pair may be written."""


class Seen:
    """What was read since a time."""

    def __init__(self, types: frozenset[Type], judge: Judge, since: str) -> None:
        self.judge = judge
        self.last = ""
        """The time of the newest pair; empty while there is none."""
        self._since = since
        self._disagreed: dict[Type, dict[str, bool]] = {kind: {} for kind in types}
        self._compared: dict[str, str] = {}
        """By person: when it was last compared in any of the types."""
        self._late: dict[int, str] = {}

    async def look(self, connection: Connection, sides: tuple[str, str]) -> None:
        """Reads what came since."""
        since = self._since
        if self.last:
            since = max(since, moment(datetime.fromisoformat(self.last) - _LATE))
            self._late = {seq: at for seq, at in self._late.items() if at >= since}
        async with aclosing(pairs.lately(connection, self.judge.consumer, sides, since)) as rows:
            async for row in rows:
                if row["seq"] not in self._late:
                    self._late[row["seq"]] = row["at"]
                    self._add(row)

    def _add(self, row: pairs.Row) -> None:
        self.last = max(self.last, row["at"])
        found = result(row, json.loads(row["fields"]), json.loads(row["differences"]), self.judge)
        for kind, known in self._disagreed.items():
            classes = {each for fields in found.types.get(kind, {}).values() for each in fields}
            if classes & COMPARED:
                known[found.person] = known.get(found.person, False) or "unexplained" in classes
                self._compared[found.person] = row["at"]

    def pairs(self) -> dict[Type, tuple[int, int]]:
        """For each type the persons with data who disagreed, and all persons with data."""
        return {kind: (sum(known.values()), len(known)) for kind, known in self._disagreed.items()}

    def compared_since(self, at: str) -> int:
        """The persons who were compared since a time."""
        return sum(each >= at for each in self._compared.values())
