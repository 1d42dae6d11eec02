"""The results of an order as a file: as they come, or as rows of a table that is written while they come.

A file is there when it is whole: until then it has another name, and what fails leaves nothing. It is for its owner.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import typer

from gateway.cli import calling, parquet, sheet
from gateway.jsonio import decode
from gateway.orders.results import Cells, rows

Form = Literal["ndjson", "csv", "xlsx", "parquet"]
Write = Callable[[bytes], Any]

_UNUSABLE = 2
_TABLES = {"xlsx": sheet.writing, "parquet": parquet.writing}


@contextlib.contextmanager
def writing(form: Form, output: Path) -> Iterator[Write]:
    """Takes the bytes of an answer, in whatever pieces; the command ends with status 2 where nothing can write it."""
    if form not in _TABLES:
        with _standard() if str(output) == "-" else _file(output) as write:
            yield write
        return
    if form == "parquet" and find_spec("pyarrow") is None:
        calling.say("parquet needs the package pyarrow: pip install 'lefi-gateway[parquet]'; or take --format csv")
        raise typer.Exit(_UNUSABLE)
    if str(output) == "-":
        raise typer.BadParameter(f"expected a file for {form}", param_hint="--output")
    with _whole(output) as path, _TABLES[form](path) as add:
        yield _Lines(add).take


class _Lines:
    """Newline-delimited JSON, in whatever pieces it comes, as rows."""

    def __init__(self, add: Callable[[Cells], None]) -> None:
        self._add, self._rest = add, b""

    def take(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            for row in rows(decode(line)):
                self._add(row)


@contextlib.contextmanager
def _standard() -> Iterator[Write]:
    yield sys.stdout.buffer.write
    sys.stdout.flush()


@contextlib.contextmanager
def _file(output: Path) -> Iterator[Write]:
    with _whole(output) as path, path.open("wb") as file:
        yield file.write


@contextlib.contextmanager
def _whole(output: Path) -> Iterator[Path]:
    """Where to write what becomes the file at the end."""
    if output.exists() and not output.is_file():  # a device or a pipe has no other name
        yield output
        return
    path = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        path.touch(mode=0o600, exist_ok=False)
    except OSError:
        raise typer.BadParameter("expected a file that can be written", param_hint="--output") from None
    try:
        yield path
        path.replace(output)
    finally:
        path.unlink(missing_ok=True)
