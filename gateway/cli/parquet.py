"""Rows of results as a Parquet file, written group by group."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.orders.results import COLUMNS, Cells

_GROUP_ROWS = 50_000
_GROUP_CHARACTERS = 32 * 1024 * 1024


class _Groups:
    """Rows on their way into groups of rows."""

    def __init__(self, arrow: Any, writer: Any, most: int) -> None:
        self._arrow, self._writer, self._most = arrow, writer, most
        self._rows: list[Cells] = []
        self._characters = 0

    def add(self, row: Cells) -> None:
        self._rows.append(row)
        self._characters += sum(len(value) for value in row if isinstance(value, str))
        if len(self._rows) >= _GROUP_ROWS or self._characters >= self._most:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            columns = [list(values) for values in zip(*self._rows, strict=True)]
            self._writer.write_table(self._arrow.table(columns, schema=self._writer.schema))
        self._rows, self._characters = [], 0


@contextmanager
def writing(path: Path, most: int = _GROUP_CHARACTERS) -> Iterator[Callable[[Cells], None]]:
    """Takes rows into a file, compressed with zstd; about so many characters are in memory at a time."""
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    kinds = {int: arrow.int64(), str: arrow.string()}
    schema = arrow.schema([arrow.field(column.name, kinds[column.kind]) for column in COLUMNS])
    with parquet.ParquetWriter(str(path), schema, compression="zstd") as writer:
        groups = _Groups(arrow, writer, most)
        yield groups.add
        groups.flush()
