"""Fields: what is on the list is shown as it is, the rest is cut and said to be, on every face."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.consumers.fields import ALWAYS, compiled
from gateway.consumers.model import Consumer
from gateway.coverage import Grounds, explain
from gateway.jsonio import encode
from gateway.notes import BORTVALD
from gateway.twin.app import create_twin
from gateway.twin.population import population
from gateway.twin.source import State, answer
from gateway.versions import discover
from gateway.vocabulary import facts
from schemas.bas import Modell
from schemas.svar import Svar
from tests.cli.running import SICK
from tests.consumers.proofs import consumer, key, send
from tests.service import soap
from tests.service.running import ASK_V9, House, house, question, question_v9, serve
from tests.twin.running import EVERYTHING, PERIOD, fraga

Tree = dict[str, Any]
DEPTH = 7
SJP, PAID = ("formansinformation", "FK:SJP"), ("utbetalningar", "FK:SJP")


def paths(model: type[Modell] = Svar, before: str = "", depth: int = DEPTH) -> Iterator[str]:
    """Every path that could be on a list."""
    for name, fact in facts(model).items():
        if before or name not in ALWAYS:
            yield before + name
            if fact.model is not None and depth:
                yield from paths(fact.model, f"{before}{name}{'.*.' if fact.many else '.'}", depth - 1)


PATHS = tuple(paths())
SAYING = {"utlamnare", "status", "roll", "lage", "formansgrupp", "informationstyp", "formansfamilj", "kod", "text"}
"""What is kept of a record of which anything is shown: the facts that say what it is."""


@cache
def people() -> list[Tree]:
    """The whole answers about everybody whom the twin has, as the gateway makes them."""
    made = []
    for one in population().values():
        if not one.fault:
            asked = fraga(one.personnummer, EVERYTHING)
            made.append({"fraga": asked, "tackning": [], **answer(one, asked, State()), "anmarkningar": []})
    return made


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its path, `*` for a position."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from leaves(inner, f"{path}/{name}")
    elif isinstance(tree, list):
        for inner in tree:
            yield from leaves(inner, f"{path}/*")
    else:
        yield path, tree


def test_there_are_paths_for_the_whole_vocabulary() -> None:
    assert len(PATHS) > 1500
    assert len(people()) > 60


def above(path: str) -> list[str]:
    """The path and all that stand over it."""
    steps = path.split("/")
    return ["/".join(steps[:length]) for length in range(2, len(steps) + 1)]


def test_with_any_path_what_is_cut_is_noted_and_what_is_kept_is_the_same() -> None:
    """Every path of the vocabulary, for everybody in the twin who has such a fact: nothing goes in silence."""
    known = [(whole, list(leaves(whole))) for whole in people()]
    places = [{each for path, _ in before for each in above(path)} for _, before in known]
    tried = 0
    for path in PATHS:
        fields, place = compiled((path,)), "/" + path.replace(".", "/")
        for (whole, before), there in zip(known, places, strict=True):
            if place not in there:
                continue
            tried += 1
            kept, notes = fields.cut(whole)
            cut = {note.path for note in notes}
            assert len(cut) == len(notes), "once for each path, not for each record"
            gone = {at for at, _ in before if not cut.isdisjoint(above(at))}
            after = list(leaves(kept))
            assert after == [item for item in before if item[0] not in gone]
            beside = {at for at, _ in after if place not in above(at) and at.split("/")[1] not in ALWAYS}
            assert {at.split("/")[-1] for at in beside} <= SAYING, beside
    assert tried > 5_000


def test_what_is_shown_fits_the_vocabulary() -> None:
    for path in PATHS[::7]:
        fields = compiled((path,))
        for whole in people()[::5]:
            kept, _ = fields.cut(whole)
            Svar.model_validate(kept)


def test_what_is_kept_whole_is_not_copied() -> None:
    fields = compiled(("arenden.sjukpenning", "utbetalningar.*.nettobelopp"))
    for whole in people():
        kept, _ = fields.cut(whole)
        assert kept.get("arenden", {}).get("sjukpenning") is whole.get("arenden", {}).get("sjukpenning")
        pairs = zip(kept.get("utbetalningar", ()), whole.get("utbetalningar", ()), strict=True)
        assert all(one.get("nettobelopp") is other.get("nettobelopp") for one, other in pairs)
        assert all(kept.get(name) is whole.get(name) for name in ALWAYS)


@pytest.mark.parametrize("version", [name for name, one in discover().items() if one.face])
def test_every_version_can_say_what_is_left(version: str) -> None:
    """A SOAP version holds its answers against its schema before they leave: none is made wrong by what was cut."""
    face = discover()[version].face
    assert face is not None
    for path in PATHS[::11]:
        fields = compiled((path,))
        for whole in people():
            kept, _ = fields.cut({**whole, "kalla": {"version": version}})
            if kept.keys() - ALWAYS:
                assert face.render_answer(kept)[0].status == 200


def test_what_nobody_knows_is_shown_with_the_whole_record_only() -> None:
    whole = {
        "okant": {"nytt": 1},
        "inkomst": {"okant": {"nytt": 2}, "skatteuppgifter": [{"okant": {"nytt": 3}, "skatteredovisningsnummer": "4"}]},
    }
    kept, notes = compiled(("inkomst.skatteuppgifter.*.skatteredovisningsnummer",)).cut(whole)
    assert kept == {"inkomst": {"skatteuppgifter": [{"skatteredovisningsnummer": "4"}]}}
    assert [note.path for note in notes] == ["/okant", "/inkomst/okant", "/inkomst/skatteuppgifter/*/okant"]
    assert compiled(("inkomst.skatteuppgifter",)).cut(whole)[0]["inkomst"]["skatteuppgifter"][0]["okant"] == {"nytt": 3}


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        (("arenden", "arenden.sjukpenning"), {"arenden"}),
        (("arenden.sjukpenning", "arenden"), {"arenden"}),
        (("person.namn", "person.foddes"), {"person"}),
    ],
)
def test_paths_add_up(lists: tuple[str, ...], expected: set[str]) -> None:
    whole = {"person": {"namn": "a", "foddes": "b"}, "arenden": {"sjukpenning": [{"utlamnare": "FK"}], "ovriga": []}}
    kept, _ = compiled(lists).cut(whole)
    assert kept == {name: whole[name] for name in expected}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "a fact of the answer"),
        ("arende", "a fact of the answer"),
        ("Arenden", "a fact of the answer"),
        ("okant", "a fact of the answer"),
        ("*", "a fact of the answer"),
        ("arenden.", "a fact of arenden"),
        ("arenden.sjuk", "a fact of arenden"),
        ("arenden.*", "a fact after arenden"),
        ("arenden.*.sjukpenning", "a fact after arenden"),
        ("arenden.sjukpenning.*", "* and a fact after arenden.sjukpenning"),
        ("arenden.sjukpenning.beslut", "* and a fact after arenden.sjukpenning"),
        ("arenden.sjukpenning.*.beslut.*.fattat", "a fact of arenden.sjukpenning.*.beslut.*"),
        ("arenden.sjukpenning.0.beslut", "* and a fact after arenden.sjukpenning"),
        ("utbetalningar.*.nettobelopp.summa.x", "nothing below utbetalningar.*.nettobelopp.summa"),
        ("utbetalningar[0].nettobelopp", "a fact of the answer"),
        ("/utbetalningar", "a fact of the answer"),
        *((name, "a fact that is not shown anyhow") for name in sorted(ALWAYS)),
        ("fraga.personnummer", "a fact that is not shown anyhow"),
    ],
)
def test_a_path_that_is_none_is_refused_at_the_start(path: str, expected: str) -> None:
    with pytest.raises(ValueError, match=r"expected in path 2: .") as raised:
        compiled(("person", path))
    assert f"path 2: {expected}" in str(raised.value)
    with pytest.raises(ValidationError, match="expected in path 1"):
        Consumer.model_validate(consumer("a", fields=[path]))


# ----- coverage, and what is not asked for at all


@pytest.fixture(scope="module")
def cases() -> Iterator[House]:
    """A consumer who is shown cases of sjukpenning without payments, one who is shown net amounts alone."""
    given = [
        consumer("cases", fields=["arenden.sjukpenning"], protected="show"),
        consumer("amounts", fields=["utbetalningar.*.nettobelopp"], protected="show"),
        consumer("all", protected="show"),
    ]
    with house(consumers=given) as found:
        yield found


def outcomes(found: House, who: str, *pairs: tuple[str, str]) -> list[tuple[str, list[str]]]:
    reply = send(found.url, [key(who)], body=json.dumps(question(*pairs)).encode())
    assert reply.status == 200, reply.text
    return [(one["utfall"], [proof.get("varde") for proof in one["bevis"]]) for one in reply.tree["tackning"]]


def test_what_would_be_cut_as_a_whole_is_not_asked_for(cases: House) -> None:
    cases.stub.reset()
    assert outcomes(cases, "cases", SJP, PAID) == [
        ("inga_uppgifter", ["OK", "finns_i_listan", "ingen"]),
        ("bortvald", ["falt"]),
    ]
    asked = cases.stub.questions[-1].tree
    assert asked.get("utbetalningar", []) == []
    assert asked["formansinformation"] == ["FK:SJP"]
    cases.stub.reset()
    assert outcomes(cases, "amounts", SJP) == [("bortvald", ["falt"])]
    assert cases.stub.received == 0


def test_data_that_stand_only_where_nothing_is_shown_are_not_delivered() -> None:
    """Two places hold data of FK:US: only one is shown here, and what came stands in the other."""
    us = ("formansinformation", "FK:US")
    svar = {
        "utlamnare": [{"utlamnare": {"kod": "FK"}, "tillstand": {"kod": "OK"}}],
        "arenden": {"underhallsstod": [{"utlamnare": "FK"}]},
    }
    for shown, outcome in (
        ("ovrigt.underhallsskulder", "bortvald"),
        ("arenden.underhallsstod", "levererad"),
        ("arenden.underhallsstod.*.startades", "levererad"),
    ):
        grounds = Grounds(version_types=frozenset({us}), entitled=frozenset({us}), shows=compiled((shown,)).shows)
        asked = {"period": dict(PERIOD), "informationstyper": [{"klass": us[0], "informationstyp": us[1]}]}
        assert [one["utfall"] for one in explain(asked, svar, grounds)] == [outcome]


# ----- over HTTP, before the twin


@pytest.fixture(scope="module")
def twin() -> Iterator[House]:
    given = [
        consumer(
            "amounts", fields=["arenden.sjukpenning.*.startades", "utbetalningar.*.nettobelopp"], protected="show"
        ),
        consumer("all", protected="show"),
    ]
    with serve(create_twin()) as agency, house(consumers=given, over={"url": f"{agency}/rest"}) as found:
        yield found


def test_the_json_api_says_what_was_cut(twin: House) -> None:
    body = json.dumps(question(SJP, PAID, personnummer=SICK)).encode()
    whole = send(twin.url, [key("all")], body=body).tree
    shown = send(twin.url, [key("amounts")], body=body).tree
    assert {one["utfall"] for one in shown["tackning"]} == {"levererad"}
    assert all(set(one) <= {"utlamnare", "formansgrupp", "startades"} for one in shown["arenden"]["sjukpenning"])
    amounts = {"utlamnare", "status", "formansfamilj", "nettobelopp"}
    assert all(set(one) <= amounts for one in shown["utbetalningar"])
    netto = [one["nettobelopp"] for one in shown["utbetalningar"]]
    assert netto == [one["nettobelopp"] for one in whole["utbetalningar"]]
    assert all(one["slag"] == BORTVALD for one in shown["anmarkningar"])
    noted = {one["vag"] for one in shown["anmarkningar"]}
    assert {"/arenden/sjukpenning/*/beslut", "/utbetalningar/*/rader", "/utbetalningar/*/bruttobelopp"} <= noted
    assert {one["text"] for one in shown["anmarkningar"]} == {"cut by the rule on fields for this consumer"}
    assert whole["anmarkningar"] == []
    Svar.model_validate(shown)


def test_version_9_is_cut_too(twin: House) -> None:
    body = json.dumps(question_v9(SJP, PAID, personnummer=SICK)).encode()
    whole, shown = (send(twin.url, [key(who)], path=ASK_V9, body=body) for who in ("all", "amounts"))
    assert (whole.status, shown.status) == (200, 200)
    upstream = discover()["v9"].upstream
    assert upstream is not None
    face = discover()["v9"].face
    assert face is not None
    full = json.dumps(whole.tree)
    assert '"beslut"' in full
    assert '"beslut"' not in shown.text
    assert '"nettobelopp"' in shown.text
    assert '"bruttobelopp"' not in shown.text


@pytest.mark.parametrize("version", soap.VERSIONS)
def test_the_soap_versions_are_cut_too(twin: House, version: str) -> None:
    texts = {}
    for who in ("all", "amounts"):
        headers = {**soap.XML, "x-api-key": key(who)[1]}
        types = {"formansinformation": ("SJP",), "utbetalningar": ("SJP",)}
        reply = soap.post(twin.url, soap.question(version, personnummer=SICK, types=types), headers)
        assert reply.status == 200, reply.text
        soap.payload(reply, version)
        texts[who] = reply.text
    assert "beslut>" in texts["all"]
    assert "beslut>" not in texts["amounts"]
    assert len(texts["amounts"]) < len(texts["all"]) / 2


def test_the_whole_answer_is_what_it_was_without_a_list() -> None:
    whole = people()[0]
    assert encode(compiled(tuple(facts(Svar).keys() - ALWAYS)).cut(whole)[0]) == encode(whole)
