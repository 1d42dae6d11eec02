"""What a comparison says beside its differences: errors, what cannot be compared, hidden names, JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.comparison.compare import compare
from gateway.comparison.difference import CLASSES
from gateway.comparison.observation import Observation, of_answer, of_document
from gateway.jsonio import decode, encode
from gateway.twin.source import State
from tests.comparison import trees
from tests.comparison.views import DAY, observed, ordinary, view, views
from tests.leaks import find_leaks
from tests.twin.running import EVERYTHING, fraga

Tree = dict[str, Any]


def test_an_error_on_one_side_is_one_difference_and_every_type_is_not_comparable() -> None:
    answer = views(1, 0)["v9"]
    for left, right, kind in ((answer, Observation(problem="upstream-timeout"), "only_left"),
                              (Observation(problem="upstream-timeout"), answer, "only_right")):  # fmt: skip
        made = compare(left, right, today=DAY)
        (found,) = made.differences
        assert (found.kind, found.class_, found.code, found.path) == (kind, "source", "upstream-timeout", "")
        assert made.agreements
        assert not any(one.comparable for one in made.agreements)
        assert {one.counts["source"] for one in made.agreements} == {1}


def test_two_errors() -> None:
    one, other = Observation(problem="upstream-timeout"), Observation(problem="forbidden")
    assert compare(one, one, today=DAY).differences == ()
    (found,) = compare(one, other, today=DAY).differences
    assert (found.kind, found.class_) == ("changed", "source")


def test_agreement_is_said_of_every_asked_type() -> None:
    person = next(one for one in ordinary(1) if "sjukpenning" in one.truth.get("arenden", {}))
    left = view("v9", person)
    right = view("v9", person, State(entitled=frozenset(EVERYTHING) - {("formansinformation", "FK:SJP")}))
    made = {(one.klass, one.informationstyp): one for one in compare(left, right, today=DAY).agreements}
    assert made.keys() == set(EVERYTHING)
    sick = made["formansinformation", "FK:SJP"]
    assert (sick.left, sick.right, sick.comparable) == ("levererad", "ej_behorig", False)
    assert sick.counts["entitlement"] > 0
    assert sick.counts["unexplained"] == 0
    assert made["ovrig_information", "FK:GEPI"].comparable
    assert not any(made["ovrig_information", "FK:GEPI"].counts.values())


def test_what_a_version_cannot_be_asked_is_explained() -> None:
    """Only Pensionsmyndigheten's own code is asked for, which an old version does not have."""
    person = next(one for one in ordinary(1) if any(p["utlamnare"] == "PM" for p in one.truth.get("utbetalningar", ())))
    types = [("utbetalningar", "PM:AP"), ("utbetalningar", "PM:BTI"), ("utbetalningar", "PM:EF")]
    question = fraga(person.personnummer, types)
    left = observed("v7", {}, question)
    right = observed("v9", {"utbetalningar": view("v9", person).tree["utbetalningar"]}, question)
    right = replace(right, svar={**right.tree, "utbetalningar": [
        one for one in right.tree["utbetalningar"] if one["utlamnare"] == "PM"]})  # fmt: skip
    made = compare(left, right, today=DAY)
    assert made.differences
    assert {(one.class_, one.code) for one in made.differences} == {("explained", "not_asked")}


def test_a_version_that_is_not_known_is_compared_by_its_facts_alone() -> None:
    answer = views(1, 0)["v9"]
    place, value = next((p, v) for p, v in trees.leaves(answer.tree) if p[-1] == "fattades")
    other = replace(answer, svar=trees.put(answer.tree, place, "1999-01-01"), version="v42")
    (found,) = compare(answer, other, today=DAY, values=True).differences
    assert (found.path, found.left.value, found.right.source) == (trees.pointer(place), value, "")
    assert found.left.source


def test_a_name_that_a_stranger_chose_is_hidden() -> None:
    answer = views(1, 0)["v9"]
    person = ordinary(1)[0].personnummer
    other = replace(answer, svar={**answer.tree, "okant": {person: "x", "ny\x1b[2J": "x"}})
    made = compare(answer, other, today=DAY)
    assert [one.path for one in made.differences] == ["/okant/?", "/okant/?"]
    assert not find_leaks(repr(made) + encode(made.tree()).decode())


def test_a_comparison_is_json_and_counts_every_class() -> None:
    seen = views(1, 12)
    tree = decode(encode(compare(seen["v7"], seen["v9"], today=DAY, key=b"k").tree()))
    assert tree["left"] == {"version": "v7"}
    assert set(tree["counts"]) == set(CLASSES)
    assert sum(tree["counts"].values()) == len(tree["differences"])
    assert {"kind", "class", "path", "pattern", "types", "left", "right", "code", "reason"} == set(
        tree["differences"][0]
    )


def said(tree: Any) -> Any:
    """A tree without what says no more than an absent fact does."""
    if isinstance(tree, dict):
        return {name: inner for name, value in tree.items() if (inner := said(value)) not in ({}, [])}
    return tree


def test_trees_of_no_shape_at_all_are_compared() -> None:
    odd: list[Tree] = [
        {"arenden": []},
        {"arenden": {"sjukpenning": {}}},
        {"arenden": {"sjukpenning": [1, None]}},
        {"arenden": {"nyfamilj": [{"x": 1}], "sjukpenning": "x"}},
        {"utbetalningar": {"x": 1}},
        {"utbetalningar": [{"utlamnare": 1, "status": [], "rader": 3, "period": "x"}]},
        {"person": [1], "okant": {"a": {"b": 1}}},
        {"pension": [{"intjanandear": {"ar": 1}}], "utlamnare": [{"tillstand": "OK"}]},
        {"avvikelser": [[]], "nytt": {"a": 1}},
        {"ovrigt": {"underhallsskulder": [5], "programanvisningar": [None, "x"], "programjobdagar": [[]]}},
        {"arenden": {"allmanPension": [{"utlamnare": "PM", "formansgrupp": "x", "beslut": [{"id": "A"}, 1]}]}},
        {},
    ]
    for one in odd:
        for other in odd:
            for versions in (("v9", "v9"), ("v7", "v9"), ("v9", "v5"), ("", "")):
                left, right = (Observation(tree, version=v) for tree, v in zip((one, other), versions, strict=True))
                made = compare(left, right, today=DAY, key=b"k")
                assert bool(made.differences) == (said(one) != said(other)), (one, other, versions)
                assert len(made.tree()["differences"]) == len(made.differences)  # places in the sources among them


def test_saved_documents_are_observations() -> None:
    answer = views(1, 0)["v9"].tree | {
        "kalla": {"version": "v9", "uppstroms": "prod", "fragades": "2026-06-30T08:00:00Z"}
    }
    found = of_document(decode(encode(answer)))
    assert (found.version, found.upstream, found.asked) == ("v9", "prod", datetime(2026, 6, 30, 8, tzinfo=UTC))
    problem = {"type": "urn:lefi-gateway:problem:upstream-fault", "status": 502}
    assert of_document(problem).problem == "upstream-fault"


@pytest.mark.parametrize(
    "document",
    [
        None, [], "x", {}, {"type": "about:blank"}, {"tackning": {}}, {"tackning": []}, {"tackning": [], "kalla": []},
        {"tackning": [], "kalla": {"version": 9}}, {"tackning": [], "kalla": {"version": "v9", "fragades": "igår"}},
        {"tackning": [], "kalla": {"version": "v9", "fragades": 1}},
        {"tackning": [], "kalla": {"version": "v9", "fragades": "2026-06-30T08:00:00"}},
        {"tackning": [{"klass": "beslut"}], "kalla": {"version": "v9"}},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_observation_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        of_document(document)
    assert of_answer({"kalla": {"version": "v9"}}).asked is None


def payment(day: str, **facts: Any) -> Tree:
    return {
        "utlamnare": "FK",
        "status": "effektuerad",
        "typ": {"kod": "1"},
        "datum": day,
        "formansfamilj": {"kod": "SJP"},
        "nettobelopp": {"summa": int(day[-2:]) * 100, "valuta": "SEK"},
        **facts,
    }


def found_in(left: list[Tree], right: list[Tree]) -> list[tuple[str, str, str]]:
    one, other = (Observation({"utbetalningar": items}, version="v9") for items in (left, right))
    return [(each.kind, each.left.path, each.right.path) for each in compare(one, other, today=DAY).differences]


def test_records_of_which_one_fact_of_the_key_differs_are_not_two_records() -> None:
    days = [payment(f"2025-0{month}-2{month}") for month in range(1, 6)]
    moved = [{**one, "datum": one["datum"][:-2] + "01"} if place in {1, 3} else one for place, one in enumerate(days)]
    assert found_in(days, [moved[3], moved[0], moved[4], moved[1], moved[2]]) == [
        ("changed", "/utbetalningar/1/datum", "/utbetalningar/3/datum"),
        ("changed", "/utbetalningar/3/datum", "/utbetalningar/0/datum"),
        ("reordered", "/utbetalningar", "/utbetalningar"),
    ]
    other = {"formansfamilj": {"kod": "FP"}, "typ": {"kod": "2"}}
    strangers = [payment("2020-01-31", **other), payment("2019-01-30", **other)]
    assert {kind for kind, *_ in found_in([days[0]], strangers)} == {"only_left", "only_right"}


def test_records_of_one_key_are_paired_by_what_they_say_besides() -> None:
    base = payment("2025-01-25", period={"from": "2025-01-01"})
    twins = [{**base, "nettobelopp": {"summa": sum_}, "bruttobelopp": {"summa": sum_ * 2}} for sum_ in (7, 8, 9)]
    edited = [{**twins[2], "nettobelopp": {"summa": 1}}, {**twins[0], "nettobelopp": {"summa": 2}}, twins[1]]
    assert sorted(found_in(twins, edited)) == [
        ("changed", "/utbetalningar/0/nettobelopp/summa", "/utbetalningar/1/nettobelopp/summa"),
        ("changed", "/utbetalningar/2/nettobelopp/summa", "/utbetalningar/0/nettobelopp/summa"),
        ("reordered", "/utbetalningar", "/utbetalningar"),
    ]


def test_two_agencies_records_are_never_one() -> None:
    one = payment("2025-01-25")
    assert found_in([one], [{**one, "utlamnare": "PM"}]) == [
        ("only_left", "/utbetalningar/0", "/utbetalningar"),
        ("only_right", "/utbetalningar", "/utbetalningar/0"),
    ]
