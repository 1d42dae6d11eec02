"""Results as files: CSV, Excel and Parquet hold what the API says, and nothing in them is taken for a formula."""

from __future__ import annotations

import csv
import importlib
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.cli import exports, parquet, sheet
from gateway.orders.results import COLUMNS, rows
from tests.cli.running import Done, here
from tests.orders.houses import KNOWN, Gateway
from tests.orders.test_campaign import VERSIONS, both

pa: Any = importlib.import_module("pyarrow")  # neither has types
pq: Any = importlib.import_module("pyarrow.parquet")
HEAD = ["plats", "personnummer", "version", "uppstroms", "utfall", "problem", "svar", "jamforelse"]
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EVIL = '=HYPERLINK("http://x","åäö")'


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str]]:
    """A gateway, and an order of two versions that has ended there."""
    with both(tmp_path_factory.mktemp("state")) as house:
        address = house.place(KNOWN[:30], lage="jamforelse", versioner=VERSIONS)
        house.ended(address)
        yield house, address


def fetch(compared: tuple[Gateway, str], form: str, output: Path) -> Done:
    house, address = compared
    id_ = address.rpartition("/")[2]
    return here("order", "results", id_, "--output", output, "--format", form, "--url", house.url)


def said(compared: tuple[Gateway, str]) -> list[list[Any]]:
    """What the API says, as rows: one for each person and version, the comparison in the first."""
    house, address = compared
    return [
        [
            line["plats"],
            line["personnummer"],
            part["version"],
            part["uppstroms"],
            part["utfall"],
            part.get("problem"),
            part.get("svar"),
            None if place else line["jamforelse"],
        ]
        for line in house.results(address)
        for place, part in enumerate(line["svar"])
    ]


def cells(path: Path, number: int = 1) -> list[list[Any]]:
    """The cells of a sheet of an Excel file, read from its XML: numbers as int, texts as str, nothing as None."""
    with zipfile.ZipFile(path) as book:
        tree = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314  our own file
    found = []
    for row in tree.iter(f"{_MAIN}row"):
        held: dict[str, Any] = {}
        for cell in row:
            assert cell.find(f"{_MAIN}f") is None, "a formula"
            column = re.match("[A-Z]+", cell.get("r", ""))
            assert column is not None
            if cell.get("t") == "inlineStr":
                held[column[0]] = "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
            else:
                held[column[0]] = int(cell.findtext(f"{_MAIN}v", ""))
        found.append([held.get(letter) for letter in "ABCDEFGH"])
    return found


def read(row: list[Any]) -> list[Any]:
    """A row with its JSON read."""
    return [*row[:6], *(json.loads(one) if one else None for one in row[6:])]


def test_excel_holds_what_the_api_says(compared: tuple[Gateway, str], tmp_path: Path) -> None:
    path = tmp_path / "it.xlsx"
    done = fetch(compared, "xlsx", path)
    assert (done.status, done.err) == (0, "")
    head, *found = cells(path)
    assert head == HEAD
    assert [read(row) for row in found] == said(compared)
    assert any(letter in row[6] for row in found for letter in "åäö")
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_holds_what_the_api_says_typed(compared: tuple[Gateway, str], tmp_path: Path) -> None:
    path = tmp_path / "it.parquet"
    done = fetch(compared, "parquet", path)
    assert (done.status, done.err) == (0, "")
    table = pq.read_table(path)
    assert table.schema.names == HEAD
    assert table.schema.types == [pa.int64(), *[pa.string()] * 7]
    assert [read(list(row.values())) for row in table.to_pylist()] == said(compared)
    group = pq.ParquetFile(path).metadata.row_group(0)
    assert {group.column(place).compression for place in range(len(HEAD))} == {"ZSTD"}
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_csv_holds_what_the_api_says_and_no_cell_begins_like_a_formula(
    compared: tuple[Gateway, str], tmp_path: Path
) -> None:
    path = tmp_path / "it.csv"
    assert fetch(compared, "csv", path).status == 0
    with path.open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file, delimiter=";")
    assert head == HEAD
    assert [read([int(row[0]), *row[1:5], row[5] or None, *row[6:]]) for row in found] == said(compared)
    assert {cell[:1] for row in found for cell in row} <= set("0123456789abcdefghijklmnopqrstuvwxyz{") | {""}


def line(place: int, **changed: Any) -> dict[str, Any]:
    part = {"version": "v9", "uppstroms": "v9", "utfall": "besvarad", "svar": {"a": EVIL}, **changed}
    return {"plats": place, "personnummer": "199001019802", "svar": [part]}


def test_a_text_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "it.xlsx"
    with exports.writing("xlsx", path) as write:
        write(json.dumps(line(1, version=EVIL, uppstroms="+1", utfall="@x", problem="-1")).encode() + b"\n")
    _, row = cells(path)
    assert row[:6] == [1, "199001019802", EVIL, "+1", "@x", "-1"]
    assert b"=HYPERLINK" not in b"\n".join(line[:12] for line in path.read_bytes().splitlines())


def test_what_does_not_fit_into_a_cell_is_said_to_be_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "it.xlsx"
    with exports.writing("xlsx", path) as write:
        write(json.dumps(line(1, svar={"a": "x" * 40_000})).encode() + b"\n")
    assert "NDJSON" in cells(path)[1][6]


def test_what_does_not_fit_onto_a_sheet_goes_onto_another(tmp_path: Path) -> None:
    path = tmp_path / "it.xlsx"
    with sheet.writing(path, most_rows=4) as add:
        for place in range(1, 9):
            add(rows(line(place))[0])
    pages = [cells(path, number) for number in (1, 2, 3)]
    assert [page[0] for page in pages] == [HEAD] * 3
    assert [[row[0] for row in page[1:]] for page in pages] == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert sheet.MOST_ROWS == 2**20


def test_parquet_is_written_in_groups_and_memory_does_not_grow(tmp_path: Path) -> None:
    """Ten times as many rows, and as much of them in Arrow's memory at most."""

    def most(count: int) -> int:
        path, peak = tmp_path / f"{count}.parquet", 0
        with parquet.writing(path, most=1_000_000) as add:
            for place in range(count):
                add(rows(line(place, svar={"a": f"{place:01000}"}))[0])
                peak = max(peak, pa.total_allocated_bytes())
        made = pq.ParquetFile(path).metadata
        assert made.num_rows == count
        assert made.num_row_groups >= count // 1_000
        return peak

    few, many = most(2_000), most(20_000)
    assert many < 2 * few + 1_000_000


def test_what_is_missing_is_said_with_how_it_is_installed(
    compared: tuple[Gateway, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = fetch(compared, "parquet", tmp_path / "it")
    assert (done.status, "pip install 'lefi-gateway[parquet]'" in done.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["ndjson", "csv", "xlsx", "parquet"])
def test_what_fails_leaves_no_file(compared: tuple[Gateway, str], tmp_path: Path, form: str) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was", encoding="utf-8")
    done = fetch((compared[0], "/11111111-1111-4111-8111-111111111111"), form, kept)
    assert (done.status, "404" in done.err) == (1, True)
    assert [(one, one.read_text("utf-8")) for one in tmp_path.iterdir()] == [(kept, "as it was")]
    assert fetch(compared, form, tmp_path / "no" / "folder").status == 2


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_table_needs_a_file(compared: tuple[Gateway, str], form: str) -> None:
    assert fetch(compared, form, Path("-")).status == 2


def test_the_columns_are_declared_once() -> None:
    assert [column.name for column in COLUMNS] == HEAD
