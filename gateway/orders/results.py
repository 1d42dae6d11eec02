"""What an order came to, line by line as it is read: a page of it is in memory at a time.

Rule 1: an answer that is here stands in the ledger: both were written in one transaction.
Rule 2: what was kept is what the consumer was to be shown then; what it may see by now is cut once more.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator
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
COLUMNS = ("plats", "personnummer", "version", "uppstroms", "utfall", "problem", "svar", "jamforelse")


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
        """A row for each person and version, answers and comparisons as JSON in a cell of theirs."""
        yield _row(COLUMNS)
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


def rows(tree: Tree) -> list[tuple[str, ...]]:
    """A person's line as rows of a table, one for each version; the comparison stands in the first."""
    found: list[tuple[str, ...]] = []
    for place, part in enumerate(tree["svar"]):
        compared = encode(tree["jamforelse"]).decode() if "jamforelse" in tree and not place else ""
        answer = encode(part["svar"]).decode() if "svar" in part else ""
        said = (part["version"], part["uppstroms"], part["utfall"], part.get("problem", ""))
        found.append((str(tree["plats"]), tree["personnummer"], *said, answer, compared))
    return found


def _row(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
