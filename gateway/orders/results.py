"""What an order came to, line by line as it is read: a page of it is in memory at a time.

Rule 1: an answer that is here stands in the ledger: both were written in one transaction.
Rule 2: what was kept is what the consumer was to be shown then; what it may see by now is cut once more.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.comparison.rules import Rules
from gateway.consumers.caller import Caller
from gateway.jsonio import encode
from gateway.orders.comparing import Comparer
from gateway.orders.spec import unkept
from gateway.store import items
from gateway.store import orders as store
from gateway.store.database import Database

Row = dict[str, Any]
Tree = dict[str, Any]

_PAGE = 200
_OUTCOMES = {"waiting": "ej_fragad", "claimed": "pagar", "unknown": "okant_utfall"}


def _json(value: Any) -> str | None:
    return None if value is None else encode(value).decode()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the results as a table."""

    name: str
    kind: type[int | str]
    of: Callable[[Tree, Tree], int | str | None]
    """What stands there, of a person's line and one version's part of it."""


COLUMNS = (
    Column("plats", int, lambda line, _: int(line["plats"])),
    Column("personnummer", str, lambda line, _: str(line["personnummer"])),
    Column("version", str, lambda _, part: str(part["version"])),
    Column("uppstroms", str, lambda _, part: str(part["uppstroms"])),
    Column("utfall", str, lambda _, part: str(part["utfall"])),
    Column("problem", str, lambda _, part: part.get("problem")),
    Column("svar", str, lambda _, part: _json(part.get("svar"))),
    Column("jamforelse", str, lambda line, part: _json(line.get("jamforelse")) if part is line["svar"][0] else None),
)
"""Answers and comparisons are JSON in a cell of theirs; a comparison stands in the first of its person's rows.

No text begins with a sign that a spreadsheet takes for a formula: they are digits, names of ours and JSON objects.
"""

Cells = tuple[int | str | None, ...]


class Results:
    """The results of one order, for one caller."""

    def __init__(self, database: Database, comparer: Comparer, row: Row, caller: Caller) -> None:
        self._database, self._comparer, self._row, self._caller = database, comparer, row, caller
        self._pairs = unkept(row["spec"]).spec.lage != "svar"

    async def ndjson(self, rules: Rules, today: date) -> AsyncGenerator[bytes]:
        """A line for each person; those whom a campaign did not choose are left out."""
        async for tree in self.trees(rules, today):
            yield encode(tree) + b"\n"

    async def csv(self, rules: Rules, today: date) -> AsyncGenerator[bytes]:
        """A row for each person and version."""
        yield _row(column.name for column in COLUMNS)
        async for tree in self.trees(rules, today):
            for row in rows(tree):
                yield _row(row)

    async def trees(self, rules: Rules, today: date) -> AsyncGenerator[Tree]:
        """Person by person: what each version answered, and with a comparison what came of that."""
        order, after = self._row["id"], 0
        while True:
            async with self._database.reading() as connection:
                persons = await store.persons(connection, order, after, _PAGE)
                found = await items.of_places(connection, order, [one["place"] for one in persons])
            parts: dict[int, list[Row]] = {}
            for one in found:
                parts.setdefault(one["place"], []).append(one)
            for person in persons:
                if own := parts.get(person["place"]):
                    yield self._tree(person, own, rules, today)
            if len(persons) < _PAGE:
                return
            after = persons[-1]["place"]

    def _tree(self, person: Row, parts: list[Row], rules: Rules, today: date) -> Tree:
        order, place = self._row["id"], person["place"]
        facts = self._comparer.seals.open(person["sealed"], order, place)
        tree: Tree = {
            "plats": place,
            "personnummer": facts["personnummer"],
            "svar": [self._part(one) for one in parts],
        }
        if self._pairs and all(one["state"] in ("done", "unknown") for one in parts):
            made = self._comparer.compared(parts, rules, today, self._caller.name, values=False)
            tree["jamforelse"] = made.tree()
        return tree

    def _part(self, item: Row) -> Tree:
        said = "besvarad" if item["outcome"] in ("answered", "unasked") else "misslyckad"
        tree: Tree = {
            "version": self._comparer.versions.get(item["upstream"], ""),
            "uppstroms": item["upstream"],
            "utfall": _OUTCOMES.get(item["state"], said),
        }
        if said == "misslyckad" and item["state"] == "done":
            tree["problem"] = item["outcome"]
        if item["answer"] is not None:
            svar = self._comparer.seals.open(item["answer"], item["order_id"], item["place"], item["part"])
            tree["svar"] = self._caller.shown(svar).svar
        return tree


def rows(line: Tree) -> list[Cells]:
    """A person's line as rows of a table, one for each version."""
    return [tuple(column.of(line, part) for column in COLUMNS) for part in line["svar"]]


def _row(cells: Iterable[int | str | None]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
