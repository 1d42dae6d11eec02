from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.twin.bits import merged
from gateway.twin.population import Inhabitant
from gateway.twin.source import ANTAGANDEN, State, answer, available
from schemas.koder import OATTRIBUERADE
from schemas.svar import Svar, TillgangligaInformationstyper
from tests.twin.running import EVERYTHING, NOBODY, fraga, plain

Tree = dict[str, Any]
People = Mapping[str, Inhabitant]
FK = {"utlamnare": {"kod": "FK", "text": "Försäkringskassan"}, "tillstand": {"kod": "OK", "text": "Tillgänglig"}}


def whoever(people: People, about: str) -> Inhabitant:
    return next(one for one in people.values() if about in one.about)


def ask(one: Inhabitant | None, *types: tuple[str, str], **period: str) -> Tree:
    number = one.personnummer if one else NOBODY
    spell = {"from": "2024-07-01", "tom": "2026-06-30"} | {key.strip("_"): day for key, day in period.items()}
    return answer(one, fraga(number, types, spell), State())


def data(svar: Tree) -> Tree:
    return {key: value for key, value in svar.items() if key not in ("utlamnare", "avvikelser")}


def records(tree: Any) -> set[str]:
    """Every record of every list that a truth or an answer has at its places."""
    found = set()
    for section, value in data(tree).items():
        lists = value.items() if section in ("arenden", "inkomst", "ovrigt") else [("", value)]
        found |= {
            f"{section}.{name} {plain(item)}"
            for name, items in lists
            for item in (items if isinstance(items, list) else [items])
        }
    return found


def test_an_answer_is_a_part_of_the_vocabulary(people: People) -> None:
    for one in [None, *people.values()]:
        Svar.model_validate(ask(one, *EVERYTHING))


def test_all_types_together_give_what_each_gives_alone(people: People) -> None:
    pairs = [pair for pair in EVERYTHING if pair[0] not in ("ansprak", "beslut")]
    for one in people.values():
        alone = [data(ask(one, pair)) for pair in pairs]
        assert records(merged(*alone)) == records(ask(one, *pairs)), one.about


def test_no_record_is_delivered_under_two_types(people: People) -> None:
    pairs = [pair for pair in EVERYTHING if pair[0] not in ("ansprak", "beslut")]
    for one in people.values():
        each = [record for pair in pairs for record in records(ask(one, pair))]
        repeated = {record for record in each if each.count(record) > 1}
        assert not repeated, one.about


def test_whatever_meets_the_period_is_delivered(people: People) -> None:
    """In a period that holds all time, everything comes, and nothing that is not true."""
    for one in people.values():
        svar = ask(one, *EVERYTHING, from_="1900-01-01", tom="2100-01-01")
        assert plain(data(svar)) == plain(one.truth), one.about


@pytest.mark.parametrize(
    ("first", "last", "there"),
    [
        ("2025-09-01", "2025-09-30", True),
        ("2025-09-24", "2025-09-24", True),
        ("2025-09-25", "2025-12-31", False),
        ("2024-07-01", "2025-09-02", False),
        ("2024-07-01", "2025-09-03", True),
    ],
)
def test_a_case_comes_when_a_decision_meets_the_period(people: People, first: str, last: str, there: bool) -> None:
    one = whoever(people, "sjukpenning in September 2025")
    svar = ask(one, ("formansinformation", "FK:SJP"), from_=first, tom=last)
    assert ("arenden" in svar) == there


def test_a_case_without_decisions_always_comes(people: People) -> None:
    one = whoever(people, "application for sjukpenning without a decision")
    svar = ask(one, ("formansinformation", "FK:SJP"), from_="2024-07-01", tom="2024-07-01")
    assert len(svar["arenden"]["sjukpenning"]) == 1


@pytest.mark.parametrize(
    ("first", "last", "there"), [("2024-11-30", "2025-01-01", True), ("2024-12-01", "2025-01-01", False)]
)
def test_a_month_without_days_lasts_to_its_end(people: People, first: str, last: str, there: bool) -> None:
    one = whoever(people, "handikappersättning whose beginning is open")
    assert ("arenden" in ask(one, ("formansinformation", "FK:HE"), from_=first, tom=last)) == there


def test_an_open_end_runs_on(people: People) -> None:
    one = whoever(people, "sjukersättning with an open end")
    assert "arenden" in ask(one, ("formansinformation", "FK:SA"), from_="2030-01-01", tom="2030-01-02")


def test_claims_and_decisions_are_asked_for_apart(people: People) -> None:
    one = whoever(people, "allmän pension decided by Pensionsmyndigheten")
    claims = ask(one, ("ansprak", "PM:AP"))["arenden"]["allmanPension"]
    decisions = ask(one, ("beslut", "PM:AP"))["arenden"]["allmanPension"]
    both = ask(one, ("beslut", "PM:AP"), ("ansprak", "PM:AP"))["arenden"]["allmanPension"]
    assert [set(case) for case in claims] == [{"utlamnare", "formansgrupp", "ansprak"}]
    assert [set(case) for case in decisions] == [{"utlamnare", "formansgrupp", "beslut"}]
    assert [set(case) for case in both] == [{"utlamnare", "formansgrupp", "ansprak", "beslut"}]


def test_only_the_asked_agency_delivers(people: People) -> None:
    one = whoever(people, "at both agencies, which do not agree")
    svar = ask(one, ("formansinformation", "FK:AP"), ("utbetalningar", "FK:AP"))
    assert {case["utlamnare"] for case in svar["arenden"]["allmanPension"]} == {"FK"}
    assert {each["utlamnare"] for each in svar["utbetalningar"]} == {"FK"}
    assert svar["utlamnare"] == [FK]


def test_payments_follow_their_status_and_family(people: People) -> None:
    one = whoever(people, "long sjukpenning")
    coming = ask(one, ("preliminara_utbetalningar", "FK:SJP"), tom="2026-08-01", from_="2025-01-01")
    made = ask(one, ("utbetalningar", "FK:SJP"), tom="2026-08-01", from_="2025-01-01")
    assert [each["status"] for each in coming["utbetalningar"]] == ["preliminar"]
    assert {each["status"] for each in made["utbetalningar"]} == {"effektuerad"}
    assert data(ask(one, ("utbetalningar", "FK:FP"))) == {}


def test_a_person_whom_nobody_knows_gives_an_answer_without_data() -> None:
    svar = ask(None, *EVERYTHING)
    assert data(svar) == {}
    assert [each["tillstand"]["kod"] for each in svar["utlamnare"]] == ["OK", "OK"]


def test_a_type_without_right_is_a_deviation_and_the_rest_comes(people: People) -> None:
    one = whoever(people, "sjukpenning in September 2025")
    question = fraga(one.personnummer, [("formansinformation", "FK:SJP"), ("ovrig_information", "FK:SGI")])
    svar = answer(one, question, State(entitled={("formansinformation", "FK:SJP")}))
    assert "inkomst" not in svar
    assert svar["arenden"]["sjukpenning"]
    assert [
        (each["klass"], each["informationstyp"]["kod"], each["avvikelse"]["kod"]) for each in svar["avvikelser"]
    ] == [("ovrig_information", "FK:SGI", "OBEHORIG")]


def test_the_truth_is_not_changed_by_asking(people: People) -> None:
    before = plain([one.truth for one in people.values()])
    for one in people.values():
        answer(one, fraga(one.personnummer), State(filtered=True))
    assert plain([one.truth for one in people.values()]) == before


def test_the_entitlement_list_holds_every_pair_or_the_few() -> None:
    whole, few = available(None), available({("beslut", "PM:AP")})
    TillgangligaInformationstyper.model_validate(whole)
    assert [(one["klass"], one["informationstyp"]["kod"]) for one in whole["informationstyper"]] == EVERYTHING
    assert [one["informationstyp"]["kod"] for one in few["informationstyper"]] == ["PM:AP"]


def test_the_assumptions_are_about_the_codes_that_nothing_explains() -> None:
    assert set(ANTAGANDEN) == set(OATTRIBUERADE)
    for code, places in ANTAGANDEN.items():
        assert set(places) <= set(OATTRIBUERADE[code].platser)
