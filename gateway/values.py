"""The values of differences that nothing explains, where they were kept: opened for a person who says why they look.

Rule 1: that somebody looked is a row of the ledger before anything is shown: who, when, of whom's questions, how many.
Rule 2: a pair is opened with whichever key of the ring closed it. One whose key is gone is counted, not passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet

from gateway import clock
from gateway.evidence.observed import type_of
from gateway.jsonio import decode
from gateway.ledger import rows
from gateway.ledger.appending import append
from gateway.ledger.keyring import Keyring
from gateway.pairs import sealing
from gateway.proof import Subject
from gateway.store import pairs
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Value:
    """One difference with what either connection said; None where it said nothing there."""

    at: str
    correlation_id: str
    path: str
    old: Any = field(repr=False)
    new: Any = field(repr=False)


@dataclass(slots=True)
class Opened:
    """What was opened, and what could not be."""

    values: list[Value] = field(default_factory=list, repr=False)
    pairs: int = 0
    """Pairs that the values are of."""
    keyless: int = 0
    """Pairs whose key is gone."""
    more: bool = False
    """Whether there are values beyond the number that was asked for."""


async def opened(  # noqa: PLR0913, PLR0917  which values
    database: Database, ring: Keyring, subject: Subject, since: str, place: re.Pattern[str] | None, most: int
) -> Opened:
    """The values of a subject since a time, oldest first; raises one of FAILURES."""
    found, seal = Opened(), sealing(ring)
    async with (
        database.reading() as connection,
        aclosing(pairs.sealed(connection, subject.consumer, (subject.old, subject.new), since)) as each,
    ):
        async for row in each:
            wanted = _wanted(row, subject, place)
            if not wanted:
                continue
            if len(found.values) >= most:
                found.more = True
                break
            try:
                kept = _open(row["sealed"], seal)
            except InvalidToken:
                found.keyless += 1
                continue
            values = [_value(row, one, subject) for one in kept if one["path"] in wanted]
            found.values += values
            found.pairs += bool(values)
    return found


async def note(database: Database, ring: Keyring, subject: Subject, found: Opened, who: str) -> None:
    """Writes into the ledger that somebody looks; raises one of FAILURES."""
    what = f"{len(found.values)} values of {found.pairs} pairs, {subject.old} and {subject.new}"
    async with database.begin() as connection:
        await append(connection, ring, [rows.look(clock.now(), who, subject.consumer, subject.types, what)])


def _wanted(row: Mapping[str, Any], subject: Subject, place: re.Pattern[str] | None) -> set[str]:
    """The places in a pair whose values are asked for."""
    return {
        one["path"]
        for one in json.loads(row["differences"])
        if one["class"] == "unexplained"
        and (not one["pairs"] or any(type_of(kind) in subject.types for kind in one["pairs"]))
        and (place is None or place.fullmatch(one["pattern"]))
    }


def _open(sealed: bytes, seal: MultiFernet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = decode(seal.decrypt(sealed))
    return found


def _value(row: Mapping[str, Any], one: Mapping[str, Any], subject: Subject) -> Value:
    old, new = ("left", "right") if row["front"] == subject.old else ("right", "left")
    return Value(row["at"], row["correlation_id"], one["path"], one[old], one[new])
