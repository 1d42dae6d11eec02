"""The results of an order as an Excel file; what writes it is not installed with the gateway."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from gateway.cli import calling
from gateway.jsonio import decode
from gateway.orders.results import COLUMNS, rows

_UNUSABLE = 2
_CELL = 32_000
"""Characters that a cell can hold: what is longer is in the other forms."""


class Writing:
    """A sheet that is written row by row."""

    def __init__(self, page: Any) -> None:
        self._page, self._row, self._rest = page, 0, b""
        self._write(COLUMNS)

    def line(self, chunk: bytes) -> None:
        """Takes a piece of newline-delimited JSON, in whatever pieces it comes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            for row in rows(decode(line)):
                self._write(row)

    def _write(self, cells: tuple[str, ...]) -> None:
        for column, text in enumerate(cells):
            held = text if len(text) <= _CELL else "too long for a cell; see the results as NDJSON"
            self._page.write_string(self._row, column, held)
        self._row += 1


@contextmanager
def writing(output: Path) -> Iterator[Writing]:
    """A sheet in a file, written with constant memory; the command ends with status 2 where nothing can write it."""
    try:
        excel = importlib.import_module("xlsxwriter")
    except ModuleNotFoundError:
        calling.say("Excel needs the package xlsxwriter: pip install xlsxwriter; or take --format csv")
        raise typer.Exit(_UNUSABLE) from None
    output.touch(mode=0o600)
    with excel.Workbook(str(output), {"constant_memory": True}) as book:
        yield Writing(book.add_worksheet("resultat"))
