"""Disclosures for people, as a table, and for programs, as JSON; both as they come, however many they are."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import IO, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli import words
from gateway.cli.console import plain
from gateway.clock import STOCKHOLM
from gateway.ledger.searching import UNKNOWN, Disclosure

_COLUMNS = {"when": 3, "who asked": 4, "why": 4, "what": 6, "what became of it": 5}
_AT_ONCE = 200
_ENOUGH = 16  # digits of a pseudonym, to tell two persons apart; the whole is in the JSON


async def as_table(out: Console, found: AsyncGenerator[Disclosure, None]) -> int:
    """Prints a table; the number of its rows. Times are those of Sweden."""
    count, table = 0, _table(head=True)
    async with aclosing(found):
        async for one in found:
            count += 1
            table.add_row(*(Text("\n").join(plain(line) for line in cell) for cell in _cells(one)))
            if count % _AT_ONCE == 0:
                out.print(table)
                table = _table(head=False)
    if table.row_count:
        out.print(table)
    return count


async def as_json(out: IO[str], head: dict[str, Any], found: AsyncGenerator[Disclosure, None]) -> int:
    """Writes one JSON document, a disclosure to a line; their number. Times are UTC."""
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "disclosures": [')
    count = 0
    async with aclosing(found):
        async for one in found:
            out.write(("," if count else "") + "\n  " + json.dumps(one, ensure_ascii=False))
            count += 1
    out.write("\n]}\n")
    return count


def _table(*, head: bool) -> Table:
    table = Table(box=box.HORIZONTALS, show_lines=True, expand=True, pad_edge=False, show_header=head)
    for title, ratio in _COLUMNS.items():  # by ratio: a later part of the table is as wide as the first
        table.add_column(title, ratio=ratio, overflow="fold")
    return table


def _cells(one: Disclosure) -> tuple[list[str], ...]:
    """What stands in each column, line by line."""
    who = [one["consumer"], f"as {one['actor']}"]
    if "person" in one:
        who.append(f"about {one['person'][:_ENOUGH]}…")
    return (
        [datetime.fromisoformat(one["asked"]).astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")],
        who,
        [text for text in (one["purpose"], one["ground"]) if text] or ["not stated"],
        [*(_typ(typ) for typ in one["types"]), f"{one['period']['from']} to {one['period']['tom']}"],
        _became(one),
    )


def _typ(typ: dict[str, Any]) -> str:
    name = f"{typ['klass']}/{typ['informationstyp']}"
    return f"{name}: {words.outcome(typ['utfall'])}" if typ["utfall"] else name


def _became(one: Disclosure) -> list[str]:
    told = [one["result"] if one["sent"] else f"{one['result']}, not sent"]
    if one["result"] == UNKNOWN:
        told = ["outcome unknown: it may have been sent"]
    if one["protected"]:
        told.append("protected identity")
    return [*told, f"{one['version']} at {one['upstream']} ({one['role']})", one["correlation_id"]]
