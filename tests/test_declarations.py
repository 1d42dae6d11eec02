"""A declaration that cannot hold is refused when it is made; and every form of a value, tried both ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import pytest

from adapters.shapes import Dodsfallsdatum, Utbetalningsmottagare
from gateway.contract import Bare, Dialect, Gathered, Gone, Grouped, Ignored, Inlined, Placed, Row, Shape, Split
from gateway.forms import (
    MISFIT,
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
from gateway.people import PersonalNumber
from gateway.schema import components
from gateway.table import Compiler, DeclarationError, Table
from gateway.versions import discover
from schemas.bas import Datum, Kod, Modell, Person, Tal, fakt, fakta


class Del(Modell):
    """A part of a toy."""

    namn: str | None = fakt("Name.")
    sort: Literal["stor", "liten"] | None = fakt("Size.")


class Leksak(Modell):
    """A toy."""

    namn: str | None = fakt("Name.")
    antal: int | None = fakt("How many.")
    pris: Tal | None = fakt("Price.")
    dag: Datum | None = fakt("Day.")
    typ: Kod | None = fakt("Kind.")
    sort: Literal["stor", "liten"] | None = fakt("Size.")
    ord: list[str] = fakta("Words.")
    delar: list[Del] = fakta("Parts.")
    reserv: list[Del] = fakta("Spare parts.")


class Lada(Modell):
    """A box: a section with lists of cases, as Grouped wants them."""

    leksaker: list[Leksak] = fakta("Toys.")
    ovriga: list[Leksak] = fakta("Other toys.")


class Rum(Modell):
    """A room."""

    lada: Lada | None = fakt("The box.")


_DEL = Dialect("Del")
_TYP = Row("typ", form=Shape("Typ", Kod, (Row("kod"), Row("text"))))
_PERSON = Split(PersonalNumber(), "personnummer")


def compile_toy(*rows: Any, forms: dict[str, Form] | None = None) -> Table:
    return Compiler(Dialect("Lek", forms=forms or {}, records={Leksak: rows})).record(Leksak)


def gathered(wire: str, under: str = "", **marks: str) -> Gathered:
    return Gathered("delar", wire, _DEL, marks=marks, under=under)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param([Row("finnsej")], "the vocabulary has no Leksak.finnsej", id="unknown fact"),
        pytest.param([Gone("finnsej", "why")], "the vocabulary has no Leksak.finnsej", id="unknown fact gone"),
        pytest.param([Placed("namn", "finnsej")], "the vocabulary has no Leksak.finnsej", id="unknown fact placed"),
        pytest.param([Inlined("finnsej")], "the vocabulary has no Leksak.finnsej", id="unknown fact inlined"),
        pytest.param([_PERSON], "the vocabulary has no Leksak.personnummer", id="unknown facts split"),
        pytest.param([Row("namn", "a"), Row("namn", "b")], "two rows about namn", id="two rows for one fact"),
        pytest.param([Row("namn", "a"), Gone("namn", "x")], "two rows about namn", id="one fact is here and gone"),
        pytest.param([Row("namn", "x"), Row("sort", "x")], "two rows at x", id="two rows at one place"),
        pytest.param([Row("namn", "antal")], "two rows at antal", id="a row where another is by default"),
        pytest.param([Row("namn", "a.b"), Row("sort", "a.b")], "two rows at a.b", id="two rows at one inner place"),
        pytest.param([Row("namn", "a"), Row("sort", "a.b")], "two rows at a", id="a value where an object is"),
        pytest.param([Ignored("namn", "x")], "two rows at namn", id="ignored and read"),
        pytest.param([Inlined("delar")], "two rows at namn", id="the record inside has a place of the outer"),
        pytest.param([Row("namn", form=Integer())], "namn: Integer cannot carry text", id="an integer for a text"),
        pytest.param([Row("antal", form=Boolean())], "antal: Boolean cannot carry heltal", id="a boolean for a number"),
        pytest.param([Row("dag", form=Month())], "dag: Month cannot carry datum", id="a month for a date"),
        pytest.param([Row("typ", form=IntegerText())], "typ: a single form cannot carry a record", id="form, record"),
        pytest.param([Row("typ", form=Shape("Del", Del, ()))], "typ: Del is a shape of Del", id="a wrong shape"),
        pytest.param([Row("typ", form=Bare(Del, Row("namn")))], "typ: the bare form is one of Del", id="a wrong bare"),
        pytest.param([Row("ord", single=True)], "ord: single is for a fact that is no list", id="single for a list"),
        pytest.param([Row("namn", listed=True)], "namn: listed is for a fact that is a list", id="listed, no list"),
        pytest.param([Inlined("delar"), Inlined("reserv")], "more than one record stands inline", id="two inlined"),
        pytest.param([Inlined("namn")], "namn: expected a fact that holds a record", id="no record inlined"),
        pytest.param([gathered("x"), gathered("y")], "nothing tells apart", id="gathered, no marks"),
        pytest.param(
            [gathered("x", sort="stor"), gathered("y", sort="stor")], "nothing tells apart", id="gathered, same marks"
        ),
        pytest.param(
            [gathered("x", sort="stor"), gathered("y", namn="a")],
            "nothing tells apart",
            id="gathered, both can be true",
        ),
        pytest.param(
            [gathered("x", sort="stor"), gathered("y", sort="stor", under="namn")],
            "nothing tells apart",
            id="gathered whole and in part",
        ),
        pytest.param([gathered("x", finnsej="a")], "delar: no fact finnsej to tell apart by", id="an unknown mark"),
        pytest.param([Gathered("typ", "x", _DEL)], "typ: gathered into what is no list", id="gathered into one"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(rows: list[Any], said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        compile_toy(*rows)
    assert said in str(caught.value)


def test_what_is_like_a_refused_declaration_and_holds_is_taken() -> None:
    compile_toy()
    compile_toy(Row("namn", "a.b"), Row("sort", "a.c"), _TYP)
    compile_toy(Row("typ", single=True), Row("ord", listed=True), Row("antal", form=YearText()), Ignored("x", "why"))
    compile_toy(gathered("x", sort="stor"), gathered("y", sort="liten"))
    compile_toy(gathered("x", "namn", sort="stor"), gathered("y", "sort", sort="stor"))


def test_cases_are_grouped_only_where_there_are_cases() -> None:
    def compile_room(section: str, fact: str, family: str = "leksaker") -> Table:
        row = Grouped(section, fact, "delar", _DEL, _TYP, {"A": family}, "ovriga", {"sort": "stor"})
        return Compiler(Dialect("Rum", records={Rum: (row,)})).record(Rum)

    assert compile_room("lada", "delar").grouped
    with pytest.raises(DeclarationError, match="leksaker: its cases have no finnsej"):
        compile_room("lada", "finnsej")
    with pytest.raises(DeclarationError, match="namn: expected a fact that holds a record"):
        compile_room("lada", "namn")


def test_a_code_table_is_one_to_one() -> None:
    with pytest.raises(ValueError, match="one to one"):
        Renamed((("a", "x"), ("b", "x")))
    with pytest.raises(ValueError, match="one to one"):
        Renamed((("a", "x"), ("a", "y")))
    with pytest.raises(ValueError, match="names a code twice"):
        Enumerated(("A", "A"))


def test_a_row_of_a_nearer_class_wins_over_one_of_a_farther() -> None:
    class Boll(Leksak):
        """A ball."""

    records: dict[type, tuple[Any, ...]] = {Leksak: (Row("namn", "a"), Row("antal", "b")), Boll: (Row("namn", "c"),)}
    places = {cell.fact: cell.wire for cell in Compiler(Dialect("Lek", records=records)).record(Boll).cells}
    assert places["namn"] == ("c",)
    assert places["antal"] == ("b",)
    later = Dialect("Lek", records=records).changed("Ny", {Leksak: (Gone("antal", "why"),)})
    assert Compiler(later).record(Leksak).gone == {"antal": "why"}


def tables_within(table: Any, found: dict[int, Table]) -> None:
    if id(table) in found or not isinstance(table, Table):
        return
    found[id(table)] = table
    for value in (*(cell.value for cell in table.cells), *(cell.value for cell in table.gathered)):
        tables_within(value, found)
    for grouped in table.grouped:
        for _, element in grouped.tables():
            tables_within(element, found)
    if table.inlined:
        tables_within(table.inlined[1], found)


def test_two_records_of_one_name_are_one() -> None:
    """A document names each record once: another record of that name would be described wrongly."""
    for adapter in discover().values():
        for root in adapter.tables.values():
            found: dict[int, Table] = {}
            tables_within(root, found)
            said: dict[str, Any] = {}
            for table in found.values():
                described = {**components({"x": table})["x"], "description": ""}
                assert said.setdefault(table.name, described) == described, table.name


# (form, wire, canonical): read from left to right, written from right to left.
BOTH_WAYS: list[tuple[Form, Any, Any]] = [
    (Text(), "", ""),
    (Text(), "å\u0000", "å\u0000"),
    (Boolean(), False, False),
    (Integer(), -(10**30), -(10**30)),
    (Number(), Decimal("100.50"), Decimal("100.50")),
    (Number(), 7, 7),
    (Number(minimum=0, maximum=1), 1, 1),
    (PartialDate(), "2024", "2024"),
    (PartialDate(), "2024-05", "2024-05"),
    (PartialDate(), "2024-02-29", "2024-02-29"),
    (FullDate(), "1899-12-31", "1899-12-31"),
    (Timestamp(), "2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
    (Timestamp(), "2024-05-31t12:00:00.123456789-00:00", "2024-05-31t12:00:00.123456789-00:00"),
    (Month(), "2024-12", "2024-12"),
    (YearText(), "0007", 7),
    (YearText(), "2024", 2024),
    (IntegerText(), 0, "0"),
    (IntegerText(), -123456789012345678901234567890, "-123456789012345678901234567890"),
    (Enumerated(("A", "B")), "A", "A"),
    (Enumerated(("A", "B")), "NY", "NY"),
    (Enumerated(("1", "2"), numeric=True), 2, "2"),
    (Renamed((("slutligt", "S"), ("prel", "P"))), "S", "slutligt"),
]
# What cannot be read, and for the forms that keep the value as it is what cannot be written.
MISFITS: list[tuple[Form, Any]] = [
    (Text(), []),
    (Text(), {}),
    *((Text(), value) for value in (None, 1, True)),
    *((Boolean(), value) for value in (None, 0, 1, "true")),
    *((Integer(), value) for value in (None, True, "1", Decimal("1.0"))),
    *((Number(), value) for value in (None, True, "1.0", 1.5)),
    *((Number(minimum=0, maximum=1), value) for value in (-1, Decimal("1.01"))),
    *((PartialDate(), value) for value in (None, 2024, "", "24", "2024-13", "2024-02-30", "2024-5", "2024-05-31Z")),
    *(
        (FullDate(), value)
        for value in ("2024", "2023-02-29", "20240531", "2024-W01-1", "\uff12\uff10\uff12\uff14-05-31")
    ),
    *(
        (Timestamp(), value)
        for value in ("2024-05-31", "2024-05-31T12Z", "2024-05-31T12:00:00", "2024-02-30T12:00:00Z")
    ),
    *((Timestamp(), value) for value in ("2024-W01-1T12:00Z", "2024-05-31T12:00:00+0200", 5)),
    *((Month(), value) for value in ("2024", "2024-13", "2024-00", "2024-05-31", 202405, "2024-05\n")),
    *((YearText(), value) for value in (2024, "24", "20245", "\uff12\uff10\uff12\uff14")),
    *((IntegerText(), value) for value in ("1", True, Decimal("1.0"), None)),
    *((Enumerated(("A",)), value) for value in (1, None, ["A"])),
    *((Enumerated(("1",), numeric=True), value) for value in ("1", True)),
    *((Renamed((("a", "x"),)), value) for value in ("a", None, 1)),
]


@pytest.mark.parametrize(("form", "wire", "canonical"), BOTH_WAYS)
def test_a_value_is_read_and_written(form: Form, wire: Any, canonical: Any) -> None:
    assert form.parse(wire) == canonical
    assert type(form.parse(wire)) is type(canonical)
    assert form.render(canonical) == wire
    assert type(form.render(canonical)) is type(wire)


@pytest.mark.parametrize(("form", "value"), MISFITS)
def test_what_does_not_fit_is_neither_read_nor_guessed(form: Form, value: Any) -> None:
    assert form.parse(value) is MISFIT


@pytest.mark.parametrize(
    ("form", "value"),
    [
        *((YearText(), value) for value in (-1, 10000, "2024", True)),
        *((IntegerText(), value) for value in ("01", "+1", "1.0", "", "-0", "A", "٣", 1, "9" * 5000)),
        (Renamed((("a", "x"),)), "x"),
        (Text(), 1),
        (Number(), 1.5),
        (PartialDate(), "5 maj"),
    ],
)
def test_what_the_wire_has_no_words_for_is_not_written(form: Form, value: Any) -> None:
    assert form.render(value) is MISFIT


@pytest.mark.parametrize(
    ("form", "wire", "facts"),
    [
        (Dodsfallsdatum(), "Datum saknas", {"avledDatumSaknas": True}),
        (Dodsfallsdatum(), "2024-05", {"avled": "2024-05"}),
        (Utbetalningsmottagare(), "MYNDIGHETSUTBETALNING", {"myndighetsutbetalning": True}),
        (
            Utbetalningsmottagare(),
            "195022010001/195023010002",
            {"utbetalningsmottagare": [{"personnummer": "195022010001"}, {"personnummer": "195023010002"}]},
        ),
    ],
)
def test_one_text_of_several_facts_is_read_and_written(form: Any, wire: str, facts: dict[str, Any]) -> None:
    assert form.parse(wire, None) == facts
    assert form.render(facts) == wire
    assert form.accepts(wire)


def test_the_models_of_the_toys_are_models() -> None:
    assert issubclass(Person, Modell)
