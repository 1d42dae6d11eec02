"""Single rules of reading and writing, each on the smallest message that shows it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from gateway.contract import Dialect, Row
from gateway.forms import Prefixed
from gateway.jsonio import decode, encode
from gateway.notes import FEL_FORM, FORLORAD, OKAND_KOD, OKANT_FALT, Reading, Writing, keep, pointer
from gateway.parse import Parser, parser
from gateway.people import with_century
from gateway.render import renderer
from gateway.table import Compiler
from gateway.versions import discover
from gateway.writers import Renderer
from schemas.bas import Kod

TODAY = date(2025, 6, 1)
Tree = dict[str, Any]


@cache
def both_ways(noun: str) -> tuple[Parser, Renderer]:
    table = discover()["v9"].tables[noun]
    return parser(table), renderer(table)


def parse(wire: Tree, noun: str = "svar") -> tuple[Tree, list[tuple[str, str]]]:
    reading = Reading(TODAY)
    return both_ways(noun)[0](wire, None, reading), [(note.path, note.kind) for note in reading.notes]


def render(tree: Tree, *, restore: bool = False) -> tuple[Tree, list[tuple[str, str]]]:
    writing = Writing(restore=restore)
    return both_ways("svar")[1](tree, None, writing), [(note.path, note.kind) for note in writing.notes]


def fk(**fields: Any) -> Tree:
    return {"formansinformation": fields}


def kod(code: str) -> Tree:
    return {"kod": code, "beskrivning": "text"}


# ------------------------------------------------------------------------------------------------------------- notes


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("nyttFalt", "/nyttFalt"),
        ("x_1.a:b-c", "/x_1.a:b-c"),
        ("195022010001", "/?"),
        ("f19502201", "/?"),
        ("Åsa Åsasson", "/?"),
        ("a/b", "/?"),
        ("", "/?"),
        ("x" * 65, "/?"),
        ("a\nb", "/?"),
    ],
)
def test_a_path_shows_no_name_that_could_hold_a_value(name: str, shown: str) -> None:
    assert pointer(None, name) == shown
    tree, notes = parse({name: "x"})
    assert notes == [(shown, OKANT_FALT)]
    assert render(tree, restore=True) == ({name: "x"}, [])
    tree, notes = parse(fk(skatteuppgift=[{name: 1}]))
    assert notes == [(f"/formansinformation/skatteuppgift/0{shown}", OKANT_FALT)]


def test_a_note_says_what_was_expected_and_not_what_came() -> None:
    reading = Reading(TODAY)
    both_ways("svar")[0](fk(skatteuppgift=[{"skatteredovisningsnummer": 424242}]), None, reading)
    (note,) = reading.notes
    assert note.tree() == {
        "vag": "/formansinformation/skatteuppgift/0/skatteredovisningsnummer",
        "slag": FEL_FORM,
        "text": "expected a string",
    }


def test_what_is_kept_stands_as_it_stood() -> None:
    out: Tree = {}
    keep(out, ("a", "b"), 1)
    keep(out, ("a", "c", 2), "x")
    keep(out, ("d", 0), None)
    assert out == {"okant": {"a": {"b": 1, "c[2]": "x"}, "d[0]": None}}


# ------------------------------------------------------------------------------------------ what has no place: okant


def test_what_the_contract_does_not_declare_comes_back_to_the_same_version() -> None:
    wire = {"nytt": {"a": [1]}, "beslut": [{"nytt": None}]} | fk(nyLista=[{"x": Decimal("1.50")}])
    tree, notes = parse(wire)
    assert sorted(notes) == [
        ("/beslut/0/nytt", OKANT_FALT),
        ("/formansinformation/nyLista", OKANT_FALT),
        ("/nytt", OKANT_FALT),
    ]
    assert tree["okant"] == {"nytt": {"a": [1]}, "formansinformation": {"nyLista": [{"x": Decimal("1.50")}]}}
    assert render(tree, restore=True) == (wire, [])


def test_what_another_version_left_is_noted_as_lost() -> None:
    tree, _ = parse({"nytt": 1} | fk(skatteuppgift=[{"nytt": {"a": 1}}]))
    wire, notes = render(tree)
    assert wire == fk(skatteuppgift=[{}])
    assert sorted(notes) == [("/inkomst/skatteuppgifter/0/okant/nytt", FORLORAD), ("/okant/nytt", FORLORAD)]


def test_a_declared_field_comes_back_only_where_the_contract_allows_the_value() -> None:
    wire = fk(sjukpenningarende=[{"startades": "i våras"}])
    tree, notes = parse(wire)
    assert notes == [("/formansinformation/sjukpenningarende/0/startades", FEL_FORM)]
    assert render(tree, restore=True) == (wire, [])
    tree, _ = parse(fk(sjukpenningarende=[{"startades": 5}]))
    assert tree["arenden"]["sjukpenning"][0]["okant"] == {"startades": 5}
    assert render(tree, restore=True) == (fk(sjukpenningarende=[{}]), [])


def test_what_is_not_in_the_vocabulary_is_lost_with_a_note_and_no_exception() -> None:
    wire, notes = render({"pafund": 1, "arenden": {"pafund": [], "sjukpenning": [{"utlamnare": "FK", "pafund": 1}]}})
    assert wire == fk(sjukpenningarende=[{}])
    assert sorted(path for path, _ in notes) == ["/arenden/pafund", "/arenden/sjukpenning/0/pafund", "/pafund"]


def test_what_the_gateway_says_of_its_own_accord_is_not_written() -> None:
    assert render({"fraga": {}, "tackning": [{}], "anmarkningar": [{}], "kalla": {"version": "v9"}}) == ({}, [])


# ------------------------------------------------------------------------------------------------------------ people


@pytest.mark.parametrize(
    ("ten", "twelve"),
    [
        ("2506010000", "202506010000"),  # born today
        ("2506020000", "192506020000"),  # would be born tomorrow
        ("2505810000", "202505810000"),  # a samordningsnummer has sixty more days
        ("2506620000", "192506620000"),
        ("9920010000", "199920010000"),
    ],
)
def test_ten_digits_get_the_century_of_a_person_under_a_hundred(ten: str, twelve: str) -> None:
    assert with_century(ten, TODAY) == twelve


@pytest.mark.parametrize("number", ["9920010000", "199920010000", "2020010000", "202020010000"])
def test_a_number_comes_back_with_the_digits_that_it_had(number: str) -> None:
    wire = {"beslut": [{"tillagg": {"efterlevandeformaner": {"avlidna": [{"person": number}]}}}]}
    tree, notes = parse(wire)
    person = tree["arenden"]["ovriga"][0]["beslut"][0]["tillagg"]["efterlevandeformaner"]["avlidna"][0]
    assert len(person["personnummer"]) == 12
    assert person.get("kortform", False) is (len(number) == 10)
    assert notes == []
    assert render(tree) == (wire, [])


def test_a_death_without_a_date_and_one_that_the_vocabulary_cannot_hold() -> None:
    for value, facts, noted in (
        ("Datum saknas", {"avledDatumSaknas": True}, False),
        ("1987-05", {"avled": "1987-05"}, False),
        (":1987-:05", {"okant": {"dodsfallsdatum": ":1987-:05"}}, True),
    ):
        wire = {"beslut": [{"tillagg": {"efterlevandeformaner": {"avlidna": [{"dodsfallsdatum": value}]}}}]}
        tree, notes = parse(wire)
        where = "/beslut/0/tillagg/efterlevandeformaner/avlidna/0/dodsfallsdatum"
        assert tree["arenden"]["ovriga"][0]["beslut"][0]["tillagg"]["efterlevandeformaner"]["avlidna"] == [facts]
        assert notes == ([(where, FEL_FORM)] if noted else [])
        assert render(tree, restore=True) == (wire, [])


def test_payees_that_cannot_be_written_are_lost_with_a_note() -> None:
    def answer(underlag: Tree) -> Tree:
        return {"arenden": {"mottagareAvBarnbidrag": [{"beslut": [{"ersattningar": [{"underlag": underlag}]}]}]}}

    def with_agency(tree: Tree) -> Tree:
        tree["arenden"]["mottagareAvBarnbidrag"][0]["utlamnare"] = "FK"
        return tree

    three = [{"personnummer": f"19502{index}010001"} for index in range(3)]
    cases: list[Tree] = [
        {"utbetalningsmottagare": three},
        {"utbetalningsmottagare": [{"personnummer": "195022010001", "namn": "x"}]},
        {"utbetalningsmottagare": [{}]},
    ]
    for underlag in cases:
        wire, notes = render(with_agency(answer(underlag)))
        assert wire == fk(mottagareavbarnbidrag=[{"beslut": [{}]}])
        assert [kind for _, kind in notes] == [FORLORAD]


# ------------------------------------------------------------------------------------------------------------- cases


def test_claims_and_decisions_of_one_information_type_make_one_case() -> None:
    wire = {
        "ansprak": [{"ansprakid": "1", "formansgrupp": kod("PM:AP")}, {"ansprakid": "2", "formansgrupp": kod("PM:AP")}],
        "beslut": [
            {"beslutsid": "3", "formansgrupp": kod("PM:BTI")},
            {"beslutsid": "4", "formansgrupp": kod("PM:AP")},
            {"beslutsid": "5"},
            {"beslutsid": "6", "formansgrupp": kod("PM:NY")},
        ],
    } | fk(allmanpensionsarende=[{"beslut": [{}]}])
    tree, notes = parse(wire)
    assert notes == [("/beslut/3/formansgrupp/kod", OKAND_KOD)]
    cases = tree["arenden"]
    assert [case["utlamnare"] for case in cases["allmanPension"]] == ["PM", "FK"]
    assert [each["id"] for each in cases["allmanPension"][0]["ansprak"]] == ["1", "2"]
    assert [each["id"] for each in cases["allmanPension"][0]["beslut"]] == ["4"]
    assert cases["bostadstillagg"][0]["formansgrupp"]["kod"] == "PM:BTI"
    assert [case.get("formansgrupp", {}).get("kod") for case in cases["ovriga"]] == [None, "PM:NY"]
    back, notes = render(tree)
    assert notes == []
    assert list(back) == ["formansinformation", "ansprak", "beslut"]
    assert sorted(each["beslutsid"] for each in back["beslut"]) == ["3", "4", "5", "6"]
    again, _ = parse(back)
    assert sorted(case["utlamnare"] for case in again["arenden"]["allmanPension"]) == ["FK", "PM"]


def test_an_information_type_with_another_text_is_another_case() -> None:
    groups = [kod("PM:AP"), {"kod": "PM:AP", "beskrivning": "annan text"}]
    wire = {"beslut": [{"beslutsid": str(index), "formansgrupp": group} for index, group in enumerate(groups)]}
    tree, notes = parse(wire)
    assert len(tree["arenden"]["allmanPension"]) == 2
    assert (notes, render(tree)) == ([], (wire, []))


def test_a_case_of_an_agency_that_the_version_does_not_know_is_lost_with_a_note() -> None:
    wire, notes = render({"arenden": {"sjukpenning": [{"utlamnare": "XX", "aktivt": True}]}})
    assert (wire, notes) == ({}, [("/arenden/sjukpenning/0", FORLORAD)])


# ------------------------------------------------------------------------------------------------- codes and lists


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("forman", "SJP", {"kod": "SJP"}),
        ("forman", 7, {"kod": "7"}),
        ("ersattning", {"id": 101, "beskrivning": "x"}, {"kod": "101", "text": "x"}),
        ("ersattning", {"kod": "A", "namn": "x"}, {"kod": "A", "text": "x"}),
        ("ersattning", 101, {"kod": "101"}),
    ],
)
def test_a_code_in_another_of_the_contracts_spellings_is_read_and_noted(field: str, value: Any, code: Tree) -> None:
    tree, notes = parse(fk(sjukpenningarende=[{"beslut": [{field: value}]}]))
    decision = tree["arenden"]["sjukpenning"][0]["beslut"][0]
    assert (decision if field == "forman" else decision["ersattningar"][0])[field] == code
    assert notes == [(f"/formansinformation/sjukpenningarende/0/beslut/0/{field}", FEL_FORM)]


@pytest.mark.parametrize("value", [{"id": [1]}, {"id": 1, "annat": 2}, {}, [1], None, True, {"kod": True}])
def test_what_is_no_code_in_any_spelling_is_kept_and_noted(value: Any) -> None:
    tree, notes = parse(fk(sjukpenningarende=[{"beslut": [{"ersattning": value}]}]))
    decision = tree["arenden"]["sjukpenning"][0]["beslut"][0]
    assert "ersattning" not in decision.get("ersattningar", [{}])[0]
    assert notes == [("/formansinformation/sjukpenningarende/0/beslut/0/ersattning", FEL_FORM)]
    assert value is None or encode(value) in encode(decision)


def test_the_second_of_a_list_of_one_is_kept_and_noted() -> None:
    wire = fk(generellPersoninformation=[{"avled": ["2024", "2025"]}, {"namn": "x"}])
    tree, notes = parse(wire)
    assert sorted(notes) == [
        ("/formansinformation/generellPersoninformation/0/avled/1", FEL_FORM),
        ("/formansinformation/generellPersoninformation/1", FEL_FORM),
    ]
    assert tree["person"] == {"avled": "2024", "okant": {"avled[1]": "2025"}}
    assert tree["okant"] == {"formansinformation": {"generellPersoninformation[1]": {"namn": "x"}}}


def test_more_than_the_wire_has_room_for_is_lost_with_a_note() -> None:
    deaths = [{"personnummer": f"19000101980{digit}"} for digit in range(3)]
    tillagg = {"efterlevandeformaner": {"avlidna": deaths}}
    case = {"utlamnare": "PM", "formansgrupp": {"kod": "PM:EF", "text": "x"}, "beslut": [{"tillagg": tillagg}]}
    wire, notes = render({"arenden": {"efterlevandepension": [case]}})
    written = wire["beslut"][0]["tillagg"]["efterlevandeformaner"]["avlidna"]
    assert written == [{"person": death["personnummer"]} for death in deaths[:2]]
    place = "/arenden/efterlevandepension/0/beslut/0/tillagg/efterlevandeformaner/avlidna/2"
    assert notes == [(place, FORLORAD)]


def test_a_decision_with_several_compensations_becomes_several_where_the_wire_has_room_for_one() -> None:
    decision = {"fattades": "2025-01-02", "ersattningar": [{"dagar": 1}, {"dagar": 2}]}
    wire, notes = render({"arenden": {"sjukpenning": [{"utlamnare": "FK", "beslut": [decision]}]}})
    decisions = [{"fattades": "2025-01-02", "dagar": 1}, {"fattades": "2025-01-02", "dagar": 2}]
    assert (wire, notes) == (fk(sjukpenningarende=[{"beslut": decisions}]), [])


def test_what_a_later_compensation_loses_is_noted_where_it_stands() -> None:
    parts = [{"dagar": 1}, {"dagar": 2, "nytt": 1}, {"dagar": 3, "okant": {"annat": {"a": 1}}}]
    decisions = [{"fattades": "2025-01-02"}, {"ersattningar": parts}, {"ersattningar": [{"nytt": 1}]}]
    wire, notes = render({"arenden": {"sjukpenning": [{"utlamnare": "FK", "beslut": decisions}]}})
    there = "/arenden/sjukpenning/0/beslut"
    assert [path for path, _ in notes] == [
        f"{there}/1/ersattningar/1/nytt",
        f"{there}/1/ersattningar/2/okant/annat",
        f"{there}/2/ersattningar/0/nytt",
    ]
    written = wire["formansinformation"]["sjukpenningarende"][0]["beslut"]
    assert written[1:4] == [{"dagar": 1}, {"dagar": 2}, {"dagar": 3}]


def test_an_empty_object_in_a_list_of_one_is_no_empty_list() -> None:
    wire = fk(sjukOchAktivitetsersattningSteglosAvrakningNulage=[{"fribelopp": [{}]}])
    tree, notes = parse(wire)
    assert (notes, render(tree)) == ([], (wire, []))


def test_a_field_that_the_contract_forgot_is_read_noted_and_written() -> None:
    wire = fk(sjukpenningarende=[{"avslaget": True}])
    tree, notes = parse(wire)
    assert tree["arenden"]["sjukpenning"][0]["avslaget"] is True
    assert notes == [("/formansinformation/sjukpenningarende/0/avslaget", OKANT_FALT)]
    assert render(tree) == (wire, [])


# ------------------------------------------------------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":Infinity}', b'"\xff"', b"[" * 5000 + b"]" * 5000, b"9" * 5000,
     b'{"a":01}', b"{'a':1}", b"{}x", b'"\\ud800"', b"\xef\xbb\xbf{}"],
)  # fmt: skip
def test_what_is_no_json_is_an_error_that_shows_nothing_of_it(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the body is no well-formed JSON in UTF-8, says a key twice, or nests too"):
        decode(body)


def test_a_tree_that_was_read_is_not_changed_by_being_written() -> None:
    tree, _ = parse({"nytt": 1, "beslut": [{"formansgrupp": kod("PM:AP")}]} | fk(skatteuppgift=[{"nytt": [1]}]))
    before = encode(tree)
    render(tree, restore=True)
    render(tree)
    assert encode(tree) == before


def test_a_form_that_spells_a_text_otherwise_is_not_passed_over() -> None:
    rows = (Row("kod", "id", form=Prefixed("PM:")), Row("text", "beskrivning"))
    table = Compiler(Dialect("", records={Kod: rows})).record(Kod)
    reading, writing = Reading(TODAY), Writing()
    assert parser(table)({"id": "AP", "beskrivning": "x"}, None, reading) == {"kod": "PM:AP", "text": "x"}
    assert renderer(table)({"kod": "PM:AP", "text": "x"}, None, writing) == {"id": "AP", "beskrivning": "x"}
    assert (reading.notes, writing.notes) == ([], [])
