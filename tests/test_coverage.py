"""Coverage: nothing is ever silently empty. All nine outcomes over HTTP, and every rule by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any, get_args

import pytest

from gateway.coverage import Grounds, as_deviations, explain
from gateway.versions import discover
from schemas.koder import HEM, KLASSENS_TYPER, OATTRIBUERADE, Utfall
from tests.service.broken import gateway_with
from tests.service.running import AGREED, ASK_V9, KEYS_V9, House, available, house, question, question_v9, says, states

Tree = dict[str, Any]
Pair = tuple[str, str]

SJP: Pair = ("formansinformation", "FK:SJP")
PAIRS: tuple[Pair, ...] = tuple((klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types)
PAYMENTS = {"utbetalningar": "effektuerad", "preliminara_utbetalningar": "preliminar"}
KEY = "nyckel-gamma-0123456789"
GAMMA = {
    "name": "gamma",
    "key_sha256": hashlib.sha256(KEY.encode()).hexdigest(),
    "informationstyper": ["FK:SJP", "PM:AP"],
    **AGREED,
}
UP = ("utlamnarens_tillstand", "OK")


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house(over={"history_from": {"FK:BOB": "2026-01-01"}}) as found:
        yield found


@pytest.fixture
def gateway(running: House) -> House:
    """A gateway that knows nothing yet of what its actor may ask for."""
    running.stub.reset()
    return running


def covered(found: House, *pairs: Pair, **headers: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """The outcomes of a question and their evidence."""
    reply = found.ask(question(*pairs), headers=headers)
    assert reply.status == 200, reply.text
    entries = reply.tree["tackning"]
    assert [(one["klass"], one["informationstyp"]) for one in entries] == list(pairs)
    assert all(one["utlamnare"] == one["informationstyp"][:2] for one in entries)
    return [(one["utfall"], [(proof["slag"], proof.get("varde")) for proof in one["bevis"]]) for one in entries]


def deviation(code: str, typ: str = "FK:SJP") -> Tree:
    named = {"kod": typ, "beskrivning": typ}
    return {
        "avvikelser": {"formansinformation": [{"formansgrupp": named, "avvikelse": {"kod": code, "beskrivning": code}}]}
    }


CASE = {"formansinformation": {"sjukpenningarende": [{"aktivt": True}]}}
LISTED = ("behorighetslista", "finns_i_listan")
OVER_HTTP: dict[str, tuple[Tree, str, list[tuple[str, str | None]]]] = {
    "data": (CASE, "levererad", [UP, ("uppgifter", "attribuerade")]),
    "nothing": ({}, "inga_uppgifter", [UP, LISTED, ("avvikelse", "ingen")]),
    "deviation OBEHORIG": (deviation("OBEHORIG"), "ej_behorig", [UP, ("avvikelse", "OBEHORIG")]),
    "deviation INTERNT_FEL": (deviation("INTERNT_FEL"), "fel_hos_kallan", [UP, ("avvikelse", "INTERNT_FEL")]),
    "deviation of tomorrow": (deviation("NYTT"), "fel_hos_kallan", [UP, ("avvikelse", "NYTT")]),
    "deviation and data": (CASE | deviation("INTERNT_FEL"), "fel_hos_kallan", [UP, ("avvikelse", "INTERNT_FEL")]),
    "another type's deviation": (deviation("OBEHORIG", "FK:BOB"), "inga_uppgifter",
                                 [UP, LISTED, ("avvikelse", "ingen")]),
    "agency failing": ({"utlamnare": states("FELANDE")}, "fel_hos_kallan", [("utlamnarens_tillstand", "FELANDE")]),
    "agency failing with data": (
        CASE | {"utlamnare": states("FELANDE")}, "fel_hos_kallan", [("utlamnarens_tillstand", "FELANDE")],
    ),
    "agency down": ({"utlamnare": states("OTILLGANGLIG")}, "kallan_nere", [("utlamnarens_tillstand", "OTILLGANGLIG")]),
    "state of tomorrow": ({"utlamnare": states("TROTT")}, "fel_hos_kallan", [("utlamnarens_tillstand", "TROTT")]),
    "agency not named": ({"utlamnare": states(None)}, "fel_hos_kallan", [("utlamnarens_tillstand", None)]),
    "no states": ({"utlamnare": []}, "fel_hos_kallan", [("utlamnarens_tillstand", None)]),
    "states of the wrong shape": ({"utlamnare": "OK"}, "fel_hos_kallan", [("utlamnarens_tillstand", None)]),
    "the other agency down": ({"utlamnare": states("OK", "OTILLGANGLIG")}, "inga_uppgifter",
                              [UP, LISTED, ("avvikelse", "ingen")]),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "outcome", "evidence"), OVER_HTTP.values(), ids=OVER_HTTP.keys())
def test_what_the_answer_says_decides(gateway: House, answer: Tree, outcome: str, evidence: Any) -> None:
    gateway.stub.answer = says({"utlamnare": states()} | answer)
    assert covered(gateway, SJP) == [(outcome, evidence)]


def test_a_type_outside_the_list_of_what_may_be_asked_is_not_entitled() -> None:
    with house() as found:
        found.stub.entitlements = says(available(frozenset({SJP})))
        assert covered(found, SJP, ("formansinformation", "FK:BOB")) == [
            ("ej_behorig", [UP, ("behorighetslista", "saknas_i_listan")]),
            ("inga_uppgifter", [UP, LISTED, ("avvikelse", "ingen")]),
        ]


def test_without_the_list_nothing_is_proved() -> None:
    with house() as found:
        found.stub.entitlements = says({}, 500)
        assert covered(found, SJP) == [("mojligen_filtrerad", [UP, ("behorighetslista", "ej_tillganglig")])]


def test_a_period_before_the_source_begins_is_not_covered(gateway: House) -> None:
    bob = ("formansinformation", "FK:BOB")
    assert covered(gateway, bob) == [("period_ej_tackt", [UP, ("kallans_historik", "2026-01-01")])]
    later = question(bob, period={"from": "2025-06-01", "tom": "2026-01-01"})
    assert gateway.ask(later).tree["tackning"][0]["utfall"] == "inga_uppgifter"


def test_what_a_version_does_not_have_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = discover()["v9"].upstream
    assert upstream is not None
    types = upstream.types - {("formansinformation", "FK:BOB")}
    with gateway_with(monkeypatch, "upstream", types=types) as found:
        assert covered(found, SJP, ("formansinformation", "FK:BOB")) == [
            ("inga_uppgifter", [UP, LISTED, ("avvikelse", "ingen")]),
            ("finns_ej_i_versionen", [("versionens_formaga", None)]),
        ]
        assert found.stub.questions[0].tree["formansinformation"] == ["FK:SJP"]
        v9 = found.ask(question_v9(SJP, ("formansinformation", "FK:BOB")), path=ASK_V9).tree
        assert _codes(v9) == {("formansinformation", "FK:BOB"): "INTERNT_FEL"}
        nothing = found.ask(question(("formansinformation", "FK:BOB")))
        assert nothing.status == 422
        assert nothing.tree["errors"] == [{"path": "/informationstyper", "expected": "at least one type that v9 has"}]
        assert len(found.stub.questions) == 2


def _codes(v9: Tree) -> dict[Pair, str]:
    """The deviations of an answer as version 9 writes it."""
    found = {}
    for klass, key in KEYS_V9.items():
        named = "ovrigInformationstyp" if klass == "ovrig_information" else "formansgrupp"
        for one in v9.get("avvikelser", {}).get(key, []):
            assert one[named]["beskrivning"]
            found[klass, one[named]["kod"]] = one["avvikelse"]["kod"]
    return found


def test_what_our_own_rule_cuts_is_neither_asked_nor_hidden() -> None:
    cut: tuple[Pair, ...] = (
        ("formansinformation", "FK:BOB"),
        ("ovrig_information", "FK:GEPI"),
        ("utbetalningar", "PM:EF"),
    )
    with house(consumers=[GAMMA]) as found:
        given = {"x-api-key": KEY}
        found.stub.answer = says({"utlamnare": states()} | deviation("INTERNT_FEL"))
        outcomes = covered(found, SJP, *cut, **given)
        assert outcomes == [
            ("fel_hos_kallan", [UP, ("avvikelse", "INTERNT_FEL")]),
            *[("bortvald", [("filterregel", "informationstyper")])] * 3,
        ]
        assert found.stub.questions[0].tree == question_v9(SJP)
        v9 = found.ask(question_v9(SJP, *cut), path=ASK_V9, headers=given).tree
        assert _codes(v9) == {SJP: "INTERNT_FEL", **dict.fromkeys(cut, "OBEHORIG")}
        found.stub.reset()
        assert {outcome for outcome, _ in covered(found, *cut, **given)} == {"bortvald"}
        v9 = found.ask(question_v9(*cut), path=ASK_V9, headers=given).tree
        assert _codes(v9) == dict.fromkeys(cut, "OBEHORIG")
        assert found.stub.received == 0, "nothing was left to ask"


def test_every_outcome_there_is_was_provoked_above() -> None:
    over_http = {outcome for _, outcome, _ in OVER_HTTP.values()}
    elsewhere = {"mojligen_filtrerad", "period_ej_tackt", "finns_ej_i_versionen", "bortvald"}
    assert over_http | elsewhere == set(get_args(Utfall))


# ------------------------------------------------------------------------------------------- the rules by themselves

ALL = Grounds(version_types=frozenset(PAIRS), entitled=frozenset(PAIRS))
OK = [{"utlamnare": {"kod": agency}, "tillstand": {"kod": "OK"}} for agency in ("FK", "PM")]


def fraga(*pairs: Pair) -> Tree:
    return question(*pairs)


def outcomes(svar: Tree, grounds: Grounds = ALL, pairs: tuple[Pair, ...] = PAIRS) -> dict[Pair, str]:
    """The outcome of every pair that can be asked for."""
    entries = explain(fraga(*pairs), {"utlamnare": OK} | svar, grounds)
    assert all(entry["bevis"] for entry in entries), "no outcome without evidence"
    return {(one["klass"], one["informationstyp"]): one["utfall"] for one in entries}


# The first row that matches decides; None matches everything.
RULES: tuple[tuple[tuple[str | None, ...], str], ...] = (
    (("OTILLGANGLIG", None, None, None), "kallan_nere"),
    (("FELANDE", None, None, None), "fel_hos_kallan"),
    (("NYTT", None, None, None), "fel_hos_kallan"),
    (("missing", None, None, None), "fel_hos_kallan"),
    (("OK", "OBEHORIG", None, None), "ej_behorig"),
    (("OK", "INTERNT_FEL", None, None), "fel_hos_kallan"),
    (("OK", "NYTT", None, None), "fel_hos_kallan"),
    (("OK", "none", None, "data"), "levererad"),
    (("OK", "none", "unlisted", "nothing"), "ej_behorig"),
    (("OK", "none", "unknown", "nothing"), "mojligen_filtrerad"),
    (("OK", "none", "listed", "nothing"), "inga_uppgifter"),
)
STATES = ("OK", "FELANDE", "OTILLGANGLIG", "NYTT", "missing")
DEVIATIONS = ("none", "OBEHORIG", "INTERNT_FEL", "NYTT")
ENTITLED = {"listed": frozenset({SJP}), "unlisted": frozenset[Pair](), "unknown": None}


@pytest.mark.parametrize("given", [*product(STATES, DEVIATIONS, ENTITLED, ("data", "nothing"))], ids="-".join)
def test_state_then_deviation_then_data_then_entitlement(given: tuple[str, ...]) -> None:
    expected = next(
        outcome for row, outcome in RULES if all(want in (None, have) for want, have in zip(row, given, strict=True))
    )
    state, code, entitled, data = given
    svar: Tree = {"utlamnare": [{"utlamnare": {"kod": "FK"}, "tillstand": {"kod": state}}]}
    if state == "missing":
        svar["utlamnare"] = [{"utlamnare": {"kod": "PM"}, "tillstand": {"kod": "OK"}}]
    if code != "none":
        svar["avvikelser"] = [
            {"klass": SJP[0], "informationstyp": {"kod": SJP[1]}, "avvikelse": {"kod": code}},
            {"klass": "utbetalningar", "informationstyp": {"kod": "FK:BOB"}},
        ]
    if data == "data":
        svar["arenden"] = {"sjukpenning": [{"utlamnare": "FK"}]}
    grounds = Grounds(version_types=frozenset({SJP}), entitled=ENTITLED[entitled])
    assert outcomes(svar, grounds, (SJP,)) == {SJP: expected}


def test_nothing_to_report_is_said_of_nothing_that_cannot_be_told() -> None:
    found = outcomes({})
    unattributed = {("formansinformation", typ) for typ in OATTRIBUERADE}
    assert {pair for pair, outcome in found.items() if outcome == "mojligen_filtrerad"} == unattributed
    assert {outcome for pair, outcome in found.items() if pair not in unattributed} == {"inga_uppgifter"}


def record(klass: str, typ: str, place: str = "") -> Tree:
    """The least that an answer can hold of a pair."""
    agency = typ[:2]
    if klass in PAYMENTS:
        line = {"rader": [{"formansgrupp": {"kod": typ}}]}
        family = {"formansfamilj": {"kod": typ[3:]}}
        return {
            "utbetalningar": [{"utlamnare": agency, "status": PAYMENTS[klass], **(line if agency == "PM" else family)}]
        }
    section, _, last = place.partition(".")
    one: Tree = {"utlamnare": agency}
    if klass in ("ansprak", "beslut"):
        one |= {"formansgrupp": {"kod": typ}, klass: [{}]}
    elif agency == "PM":
        one |= {"informationstyp": {"kod": typ}}
    if typ == "FK:GEPI":
        return {"person": {"namn": "Test"}}
    return {section: {last: [one]}} if last else {section: [one]}


PLACES = [(klass, typ, place) for klass, typ in PAIRS if typ in HEM for place in HEM[typ].platser]


@pytest.mark.parametrize(("klass", "typ", "place"), PLACES, ids=[" ".join(each) for each in PLACES])
def test_data_are_delivered_for_their_own_type_and_no_other(klass: str, typ: str, place: str) -> None:
    found = outcomes(record(klass, typ, place))
    assert {pair for pair, outcome in found.items() if outcome == "levererad"} == {(klass, typ)}


@pytest.mark.parametrize("place", [place for home in [*OATTRIBUERADE.values()][:1] for place in home.platser])
def test_data_that_nobody_can_attribute_are_delivered_for_every_type_they_may_be_of(place: str) -> None:
    found = outcomes(record("formansinformation", "FK:AS", place))
    unattributed = {("formansinformation", typ) for typ in OATTRIBUERADE}
    assert {pair for pair, outcome in found.items() if outcome == "levererad"} == unattributed
    entries = explain(fraga(*unattributed), {"utlamnare": OK} | record("formansinformation", "FK:AS", place), ALL)
    assert all({"slag": "uppgifter", "varde": "oattribuerade"} in entry["bevis"] for entry in entries)


def test_a_payment_of_an_unknown_family_may_be_of_any_type() -> None:
    payments = [
        {"utlamnare": "FK", "status": "effektuerad", "formansfamilj": {"kod": "NYTT"}},
        {"utlamnare": "FK", "status": "effektuerad", "formansfamilj": {"kod": "SJP"}},
    ]
    found = outcomes({"utbetalningar": payments})
    assert found["utbetalningar", "FK:SJP"] == "levererad"
    assert found["utbetalningar", "FK:BOB"] == "mojligen_filtrerad"
    assert found["utbetalningar", "PM:AP"] == "inga_uppgifter"
    assert found["preliminara_utbetalningar", "FK:BOB"] == "inga_uppgifter"
    nameless = outcomes({"utbetalningar": [{"utlamnare": "FK", "status": "effektuerad"}]})
    assert nameless["utbetalningar", "FK:SJP"] == "mojligen_filtrerad"


CUTS: dict[str, Callable[[Grounds], Grounds]] = {
    "bortvald": lambda grounds: replace(grounds, cut={SJP: "informationstyper"}),
    "finns_ej_i_versionen": lambda grounds: replace(grounds, version_types=frozenset()),
    "period_ej_tackt": lambda grounds: replace(grounds, history_from={"FK:SJP": date(2026, 1, 1)}),
}


@pytest.mark.parametrize("outcome", CUTS)
def test_what_we_know_ourselves(outcome: str) -> None:
    entries = explain(fraga(SJP), {"utlamnare": OK}, CUTS[outcome](ALL))
    assert [entry["utfall"] for entry in entries] == [outcome]
    codes = {"bortvald": "OBEHORIG", "finns_ej_i_versionen": "INTERNT_FEL"}
    deviations = [one["avvikelse"]["kod"] for one in as_deviations(entries)]
    assert deviations == ([codes[outcome]] if outcome in codes else [])


def test_a_source_that_begins_on_the_last_day_asked_is_in_time() -> None:
    grounds = replace(ALL, history_from={"FK:SJP": date(2025, 12, 31)})
    assert outcomes({}, grounds, (SJP,)) == {SJP: "inga_uppgifter"}
