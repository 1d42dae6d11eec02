"""Rows of results as an Excel file, written row by row."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.orders.results import COLUMNS, Cells

MOST_ROWS = 1_048_576
"""Rows that a sheet can hold, its head among them."""
_CELL = 32_000
"""Characters of a cell: Excel's limit is 32,767, and it counts some of them twice."""
_TOO_LONG = "too long for a cell; see the results as NDJSON"


class _Sheets:
    """Sheets, each filled before the next is begun."""

    def __init__(self, book: Any, most_rows: int) -> None:
        self._book, self._most_rows, self._count = book, most_rows, 0
        self._begin()

    def add(self, row: Cells) -> None:
        if self._row == self._most_rows:
            self._begin()
        for place, value in enumerate(row):
            if isinstance(value, int):
                self._page.write_number(self._row, place, value)
            elif value is not None:  # as text, whatever it begins with: a formula is never written
                self._page.write_string(self._row, place, value if len(value) <= _CELL else _TOO_LONG)
        self._row += 1

    def _begin(self) -> None:
        self._count += 1
        self._page = self._book.add_worksheet("resultat" if self._count == 1 else f"resultat {self._count}")
        for place, column in enumerate(COLUMNS):
            self._page.write_string(0, place, column.name)
        self._row = 1


@contextmanager
def writing(path: Path, most_rows: int = MOST_ROWS) -> Iterator[Callable[[Cells], None]]:
    """Takes rows into a file with constant memory: what does not fit onto a sheet goes onto another."""
    excel = importlib.import_module("xlsxwriter")  # slow to load, and no other command needs it
    # What is written goes through files of its own on the way: they are about persons too, so they lie beside it.
    with excel.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        yield _Sheets(book, most_rows).add
