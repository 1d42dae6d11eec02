"""Canonical trees in normal form that a version can carry, made by walking the version's table.

Normal form is what parsing gives: nothing empty, lists in the order of the wire lists that make them up, one case
for each information type, one compensation in a decision of which the wire has room for one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from gateway.forms import (
    Boolean,
    Enumerated,
    Form,
    FullDate,
    Integer,
    IntegerText,
    Month,
    Number,
    PartialDate,
    Renamed,
    Text,
    Timestamp,
    YearText,
)
from gateway.people import with_century
from gateway.table import BareTable, Cell, GatheredCell, GroupedCell, SplitCell, Table
from tests.contracts.generate import impossible_number

Tree = dict[str, Any]

_TEXTS = ("Sjukpenning", "", "Änka/Änkeman", "rad 1\nrad 2", '"', "\u0000", "👩‍👧", "SEK", "x" * 400, "2024-05-31", "0")
_NUMBERS = ("0", "0.10", "-0.5", "100.50", "1E+3", "1E-7", "-1043.00", "33", "12345678901234567890.123456789")
_SHARES = ("0", "1", "0.5", "0.750", "1E-3")
_TIMES = ("2024-05-31T12:00:00Z", "2024-05-31T12:00:00.1+02:00", "2016-12-31T23:59:60Z")
_INTEGERS = ("0", "-1", "7", "1001", "9223372036854775808", "-123456789012345678901234567890")


@dataclass(frozen=True, slots=True)
class Values:
    """What leaves are filled with: not every wire can write everything."""

    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    shares: tuple[str, ...]
    times: tuple[str, ...]
    integers: tuple[str, ...]


JSON = Values(_TEXTS, _NUMBERS, _SHARES, _TIMES, _INTEGERS)
XML = Values(
    texts=(
        *(
            "Sjukpenning",
            "",
            " ",
            "Änka/Änkeman",
            "rad 1\nrad 2",
            "a\rb\r\nc\t",
            "<x>&amp;</x>",
            "]]>",
            "&",
            '"',
            "SEK",
        ),
        *(
            "\ufffd\u2028",
            "👩\u200d👧",
            "e\u0301",
            "<![CDATA[",
            "<!-- -->",
            "<?x?>",
            "&#13;",
            "x" * 400,
            "2024-05-31",
            "0",
        ),
    ),
    numbers=("0", "0.10", "-0.5", "100.50", "1000", "0.0000001", "-1043.00", "33", "12345678901234567890.123456789"),
    shares=("0", "1", "0.5", "0.750", "0.001"),
    times=("2024-05-31T12:00:00Z", "2024-05-31T12:00:00.1+02:00"),
    integers=("0", "-1", "7", "1001", "9223372036854775808", "-123456789012345678901234567890"),
)
"""XML has no exponents, no leap seconds and no control characters."""

# The contract has a bound that the table does not know.
_AT_MOST = {"avlidna": 2}


@dataclass(slots=True)
class Canonical:
    """Makes trees; `today` is the date by which a ten-digit number gets its century."""

    rng: random.Random
    density: float
    today: date
    values: Values = JSON

    def record(self, table: Table) -> Tree:
        """The facts of one record."""
        out: Tree = {}
        for cell in table.cells:
            if not cell.row.undeclared and (cell.row.required or self._present()):
                self._cell(cell, out)
        for split in table.splits:
            if split.required or self._present():
                out |= self._split(split)
        if table.inlined and self._present():
            fact, inner = table.inlined
            part = self.record(inner)
            if part:
                out[fact] = [part]
        for gathered in table.gathered:
            if not gathered.source.written_only and self._present():
                self._gathered(gathered, out)
        if table.grouped:
            self._grouped(table.grouped, out)
        return out

    def _present(self) -> bool:
        return self.rng.random() < self.density

    def _count(self) -> int:
        return self.rng.choice((1, 1, 2) if self.density > 0.9 else (1, 2, 3))

    def _cell(self, cell: Cell, out: Tree) -> None:
        # A list that the wire writes as one value holds one, and an empty record there could not be told from none.
        count = 1 if not cell.wire_many else min(self._count(), _AT_MOST.get(cell.fact, 3))
        values = [self._value(cell.value) for _ in range(count if cell.many else 1)]
        if cell.many and cell.wire_many:
            out[cell.fact] = values
        elif values[0] != {}:
            out[cell.fact] = values if cell.many else values[0]

    def _value(self, value: Form | Table | BareTable) -> Any:
        if isinstance(value, Table):
            return self.record(value)
        if not isinstance(value, BareTable):
            return self._leaf(value)
        if isinstance(value.cell, SplitCell):
            return self._split(value.cell)
        return {value.cell.fact: self._value(value.cell.value)}

    def _leaf(self, form: Form) -> Any:
        make: dict[type[Form], Callable[[Any], Any]] = {
            Enumerated: lambda form: self.rng.choice(form.codes),
            Renamed: lambda form: self.rng.choice(form.canonical()),
            IntegerText: lambda _: self.rng.choice(self.values.integers),
            YearText: lambda _: self.rng.randrange(10000),
            Integer: lambda _: int(self.rng.choice(self.values.integers)),
            Number: self._number,
            Boolean: lambda _: self.rng.random() < 0.5,
            FullDate: lambda _: self._day(),
            PartialDate: lambda _: self._day()[: self.rng.choice((10, 10, 7, 4))],
            Month: lambda _: self._day()[:7],
            Timestamp: lambda _: self.rng.choice(self.values.times),
            Text: lambda _: self.rng.choice(self.values.texts),
        }
        return make[type(form)](form)

    def _number(self, form: Number) -> Any:
        """A number without a fraction is read as an int."""
        text = self.rng.choice(self.values.numbers if form.maximum is None else self.values.shares)
        return int(text) if text.lstrip("-").isdigit() else Decimal(text)

    def _day(self) -> str:
        return (date(1900, 1, 1) + timedelta(days=self.rng.randrange(60000))).isoformat()

    def _split(self, cell: SplitCell) -> Tree:
        match cell.split.form.facts:
            case ("personnummer", "kortform"):
                if self.rng.random() < 0.3:
                    short = impossible_number(self.rng, short=True)
                    return {"personnummer": with_century(short, self.today), "kortform": True}
                return {"personnummer": impossible_number(self.rng)}
            case ("avled", "avledDatumSaknas"):
                return self.rng.choice(({"avledDatumSaknas": True}, {"avled": self._day()}, {"avled": "1987"}))
            case ("utbetalningsmottagare", "myndighetsutbetalning"):
                count = self.rng.randrange(3)
                people = [{"personnummer": impossible_number(self.rng)} for _ in range(count)]
                return {"utbetalningsmottagare": people} if people else {"myndighetsutbetalning": True}
        msg = f"no values for {type(cell.split.form).__name__}"
        raise TypeError(msg)

    def _gathered(self, cell: GatheredCell, out: Tree) -> None:
        source, (*sections, last) = cell.source, cell.to
        constant: Tree = {**source.marks, **source.given}
        items: list[Tree] = []
        for _ in range(1 if source.single else self._count()):
            value = self._value(cell.value)
            if source.under:
                item = constant | {source.under: [value] if cell.under_many else value}
            else:
                item = constant | value
            if not (source.unique and item in items):
                items.append(item)
        for section in sections:
            out = out.setdefault(section, {})
        if source.single:
            out[last] = items[0]
        else:
            out.setdefault(last, []).extend(items)

    def _grouped(self, cells: tuple[GroupedCell, ...], out: Tree) -> None:
        """Cases with the elements of several wire lists; those that the first list opens come first."""
        first = cells[0]
        for family, _ in first.tables():
            codes = [code for code, name in first.source.families.items() if name == family]
            cases = [case for group in self._groups(codes) if (case := self._case(cells, family, group))]
            facts_in_order = [cell.source.fact for cell in cells]
            cases.sort(key=lambda case: min(facts_in_order.index(fact) for fact in case if fact in facts_in_order))
            if cases:
                out.setdefault(first.source.section, {}).setdefault(family, []).extend(cases)

    def _groups(self, codes: list[str]) -> list[Tree | None]:
        """The information types of the cases of one family: for known codes one or two texts, else none or new ones."""
        if codes:
            return [{"kod": codes[0], "text": text} for text in ("", "Pension") if self._present()]
        new: list[Tree | None] = [{"kod": "PM:NY", "text": "Nyhet"}, {"kod": "FK:AP", "text": ""}]
        return [*([None] if self._present() else []), *(group for group in new if self.rng.random() < 0.2)]

    def _case(self, cells: tuple[GroupedCell, ...], family: str, group: Tree | None) -> Tree:
        case: Tree = dict(cells[0].source.marks) | ({} if group is None else {cells[0].group.fact: group})
        found = False
        for cell in cells:
            tables: Mapping[str, Table] = dict(cell.tables())
            if self._present():
                case[cell.source.fact] = [self.record(tables[family]) for _ in range(self._count())]
                found = True
        return case if found else {}


def canonical(table: Table, seed: str, density: float, today: date, values: Values = JSON) -> Tree:
    """The tree of a seed."""
    return Canonical(random.Random(seed), density, today, values).record(table)  # noqa: S311  no secret


def new_codes(tree: Tree, cells: tuple[GroupedCell, ...]) -> int:
    """How many elements belong to a case whose information type is not published: each gives one note."""
    count = 0
    for cell in cells:
        for case in tree.get(cell.source.section, {}).get(cell.source.otherwise, ()):
            if cell.group.fact in case:
                count += len(case.get(cell.source.fact, ()))
    return count
