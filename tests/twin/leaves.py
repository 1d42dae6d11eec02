"""The leaves of a message: those that a table can write, and those that a written message has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.table import BareTable, Cell, Table

Path = tuple[str, ...]


def of_table(table: Table, above: Path = ()) -> Iterator[Path]:
    for cell in table.cells:
        yield from _below(cell.value, above + cell.wire)
    for split in table.splits:
        yield above + split.wire
    if table.inlined:
        yield from of_table(table.inlined[1], above)
    for gathered in table.gathered:
        yield from _below(gathered.value, above + gathered.wire)
    for grouped in table.grouped:
        here = above + grouped.wire
        yield from _below(grouped.group.value, here + grouped.group.wire)
        for _family, inner in grouped.tables():
            yield from of_table(inner, here)


def _below(value: Any, path: Path) -> Iterator[Path]:
    inner = value.cell.value if isinstance(value, BareTable) and isinstance(value.cell, Cell) else value
    if isinstance(inner, Table):
        yield from of_table(inner, path)
    else:
        yield path


def of_message(value: Any, above: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from of_message(inner, (*above, key))
    elif isinstance(value, list):
        for inner in value:
            yield from of_message(inner, above)
    else:
        yield above
