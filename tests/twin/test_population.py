from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from personnummer import personnummer

from gateway.notes import Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.twin.bits import REFERENCE
from gateway.twin.numbers import number
from gateway.twin.population import Inhabitant, population
from gateway.versions import discover
from gateway.vocabulary import facts
from schemas.svar import Arenden, Inkomst, Ovrigt, Svar
from tests.twin.leaves import of_message, of_table
from tests.twin.running import plain

Tree = dict[str, Any]
People = Mapping[str, Inhabitant]
SECTIONS = {"person", "arenden", "utbetalningar", "inkomst", "pension", "ovrigt"}
# The version that has a place for everything; what an older one has no place for is that version's own test.
SVAR = discover()["v9"].tables["svar"]


def nodes(value: Any) -> Iterator[Tree]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


def everywhere(people: People, path: str) -> list[Any]:
    section, _, name = path.partition(".")
    found = [one.truth[section] for one in people.values() if section in one.truth]
    if name:
        found = [each[name] for each in found if name in each]
    return [item for each in found for item in (each if isinstance(each, list) else [each])]


def test_there_are_enough_persons(people: People) -> None:
    ordinary = [one for one in people.values() if not one.fault]
    assert len(people) >= 64
    assert len(ordinary) >= 60


def test_every_number_is_valid_and_of_the_test_series(people: People) -> None:
    named = {key: one for one in people.values() for node in nodes(one.truth) if (key := node.get("personnummer"))}
    for each in {*people, *named}:
        assert personnummer.valid(each)
        assert 980 <= int(each[8:11]) <= 999


def test_no_number_outside_the_test_series_can_be_made() -> None:
    with pytest.raises(ValueError, match="test series"):
        number("19900101", 979)


def test_every_truth_is_a_part_of_the_vocabulary(people: People) -> None:
    for one in people.values():
        Svar.model_validate(one.truth)
        assert set(one.truth) <= SECTIONS


@pytest.mark.parametrize("seed", [9, 1, 2026])
def test_every_truth_comes_back_unchanged_and_without_notes(seed: int) -> None:
    parse, render = parser(SVAR), renderer(SVAR)
    for one in population(seed).values():
        reading, writing = Reading(date(2026, 6, 30)), Writing()
        back = parse(render(one.truth, None, writing), None, reading)
        assert not writing.notes, one.about
        assert not reading.notes, one.about
        assert plain(back) == plain(one.truth), one.about


def test_every_family_and_every_list_has_somebody(people: People) -> None:
    for family in set(facts(Arenden)) - {"ovriga"}:
        assert everywhere(people, f"arenden.{family}"), family
    assert not everywhere(people, "arenden.ovriga")
    for section, model in (("ovrigt", Ovrigt), ("inkomst", Inkomst)):
        for name in facts(model):
            assert everywhere(people, f"{section}.{name}"), name


@pytest.mark.parametrize("family", ["allmanPension", "bostadstillagg", "efterlevandepension"])
def test_pensions_are_there_from_both_agencies(people: People, family: str) -> None:
    assert {case["utlamnare"] for case in everywhere(people, f"arenden.{family}")} == {"FK", "PM"}


def test_both_agencies_have_every_kind_of_pension_information(people: People) -> None:
    parts = {
        (one["utlamnare"], part) for one in everywhere(people, "pension") for part in one if part != "informationstyp"
    }
    assert {(agency, part) for agency in ("FK", "PM") for part in ("levnadsintyg", "pensionsbehallning")} <= parts
    assert {("FK", "intjanandear"), ("PM", "intjanandear")} <= parts


def test_payments_are_coming_and_made_at_both_agencies(people: People) -> None:
    kinds = {(one["utlamnare"], one["status"]) for one in everywhere(people, "utbetalningar")}
    assert kinds == {(agency, status) for agency in ("FK", "PM") for status in ("preliminar", "effektuerad")}
    for one in everywhere(people, "utbetalningar"):
        assert (one["status"] == "effektuerad") == (one["datum"] <= REFERENCE)


def test_the_cases_have_their_normal_form(people: People) -> None:
    for one in people.values():
        for cases in one.truth.get("arenden", {}).values():
            agencies = [case["utlamnare"] for case in cases]
            assert agencies == sorted(agencies)
            assert agencies.count("PM") <= 1
            for case in cases:
                for decision in case.get("beslut", ()):
                    assert case["utlamnare"] == "PM" or len(decision.get("ersattningar", [0])) == 1
        for part in one.truth.get("pension", ()):
            assert part["utlamnare"] == "PM" or len(part.keys() - {"utlamnare"}) == 1
            assert part["utlamnare"] == "PM" or len(part.get("intjanandear", [0])) == 1


def test_sums_of_payments_are_the_sums_of_their_parts(people: People) -> None:
    for one in everywhere(people, "utbetalningar"):
        gross, net = one["bruttobelopp"]["summa"], one["nettobelopp"]["summa"]
        assert sum(line.get("bruttobelopp", {}).get("summa", 0) for line in one["rader"]) == gross
        if one["utlamnare"] == "FK":
            assert one["avdragInklusiveSkatt"]["summa"] >= one["skattebelopp"]["summa"]
            assert gross - one["avdragInklusiveSkatt"]["summa"] == net
        else:
            assert gross - sum(post["belopp"]["summa"] for post in one.get("avdragsposter", ())) == net


def test_everything_that_is_hard_to_read_is_somewhere(people: People) -> None:
    truths = [one.truth for one in people.values()]
    periods = [node["period"] for truth in truths for node in nodes(truth) if "period" in node]
    texts = {each for truth in truths for each in leaves(truth) if isinstance(each, str)}
    persons = [truth["person"] for truth in truths if "person" in truth]
    deaths = {len(each["avled"]) for each in persons if "avled" in each}
    assert any("from" in one and "tom" not in one for one in periods)
    assert any("tom" in one and "from" not in one for one in periods)
    assert {len(each) for each in texts if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", each)} == {4, 7, 10}
    assert deaths == {4, 7, 10}
    assert any(node.get("avledDatumSaknas") for truth in truths for node in nodes(truth))
    assert any(each["skyddad"] and not {"namn", "adresser", "folkbokford"} & set(each) for each in persons)
    assert any(isinstance(each, Decimal) and str(each) == "1043.50" for truth in truths for each in leaves(truth))
    assert any(
        one["utlamnare"] == "PM" and one["nettobelopp"]["summa"] < 0 for one in everywhere(people, "utbetalningar")
    )
    assert any(int(each[6:8]) > 60 for each in people)
    assert min(people)[:8] < "19260630"
    assert max(people)[:8] > "20100101"
    assert {} in truths


def test_karensersattning_is_a_payment_without_a_case(people: People) -> None:
    alone = [
        one
        for one in people.values()
        if "sjukpenning" not in one.truth.get("arenden", {})
        and any(each.get("formansfamilj", {}).get("kod") == "SJP" for each in one.truth.get("utbetalningar", ()))
    ]
    assert any("karensersättning" in one.about for one in alone)


def test_a_protected_person_has_no_name_anywhere(people: People) -> None:
    for one in people.values():
        for node in nodes(one.truth):
            assert not (node.get("skyddad") is True and "namn" in node)


def test_the_same_seed_gives_the_same_lives_and_another_seed_gives_others() -> None:
    first, again, other = population(9), population(9), population(10)
    assert plain([one.truth for one in first.values()]) == plain([one.truth for one in again.values()])
    assert [*first] == [*other]
    assert plain([one.truth for one in first.values()]) != plain([one.truth for one in other.values()])


def test_a_repr_says_nothing_about_the_person(people: People) -> None:
    for one in people.values():
        assert one.personnummer not in repr(one)
        assert "truth" not in repr(one)


def test_nearly_every_leaf_of_the_answer_is_used_by_somebody(people: People) -> None:
    render = renderer(SVAR)
    declared = set(of_table(SVAR))
    used = {leaf for one in people.values() for leaf in of_message(render(one.truth, None, Writing()))}
    assert used <= declared
    share = len(used) / len(declared)
    print(f"the population uses {len(used)} of the {len(declared)} leaves of the v9 answer ({share:.0%})")  # noqa: T201
    assert share >= 0.9
