"""Protected persons: what leads to a place is removed for whoever has no grant, and the answer says that it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.consumers.caller import ANYBODY, Caller
from gateway.consumers.model import Consumer
from gateway.consumers.protected import LOCATING, remove, status
from gateway.twin.population import population
from gateway.twin.source import State, answer
from gateway.versions import discover
from gateway.vocabulary import facts
from schemas.bas import Adress, Modell
from schemas.person import Arbetsstalle, Kontakt
from schemas.svar import Svar
from tests.cli.running import PROTECTED
from tests.consumers.proofs import consumer, key, send
from tests.service import soap
from tests.service.running import PERSON, House, house, question, says, states
from tests.twin.running import EVERYTHING, fraga

Tree = dict[str, Any]
GEPI = ("ovrig_information", "FK:GEPI")
STREET, TOWN, PHONE, WORK = "Provgatan 1", "Provstad", "010-1234567", "Provfabriken"
ADDRESS = {"utdelningsadress": [STREET], "postnummer": "12345", "postort": TOWN}
OPEN: Tree = {
    "personnummer": PERSON,
    "namn": "Prov Person",
    "skyddad": False,
    "adresser": [ADDRESS],
    "folkbokford": [{"lan": "01", "kommun": "80"}],
    "barn": [{"personnummer": PERSON, "skyddad": False}],
    "samhoriga": [{"personnummer": PERSON, "skyddad": False}],
    "arbetsstallen": [{"namn": WORK, "nummer": "12345678", "adress": ADDRESS, "telefon": [PHONE]}],
}
INSTITUTION = {"institution": {"kod": "1"}, "namn": WORK, "adress": ADDRESS}
SVAR: Tree = {
    "person": OPEN,
    "arenden": {
        "mottagareAvBarnbidrag": [
            {
                "utlamnare": "FK",
                "beslut": [{"ersattningar": [{"underlag": {"institutionsplacering": INSTITUTION, "skolgang": True}}]}],
            }
        ],
        "sjukpenning": [{"utlamnare": "FK", "startades": "2025-01-01"}],
    },
}
PLACES = [
    "/person/adresser",
    "/person/folkbokford",
    "/person/arbetsstallen",
    *(
        f"/arenden/mottagareAvBarnbidrag/*/beslut/*/ersattningar/*/underlag/institutionsplacering/{fact}"
        for fact in ("namn", "adress")
    ),
]
WITHOUT = Caller.of(Consumer.model_validate(consumer("without")))
GRANTED = Caller.of(Consumer.model_validate(consumer("granted", protected="show")))


def person(**changed: Any) -> Tree:
    """The answer with another person; None takes a fact away."""
    made = {name: value for name, value in {**OPEN, **changed}.items() if value is not None}
    return {**SVAR, "person": made}


@pytest.mark.parametrize(
    ("svar", "expected"),
    [
        (SVAR, "no"),
        (person(barn=None, samhoriga=None), "no"),
        (person(skyddad=True), "stated"),
        (person(skyddad=None), "unknown"),
        (person(skyddad=None, okant={"skyddad": "JA"}), "unknown"),
        ({"arenden": SVAR["arenden"]}, "unknown"),
        ({}, "unknown"),
        (person(barn=[{"personnummer": PERSON, "skyddad": True}]), "stated"),
        (person(barn=[{"personnummer": PERSON}]), "unknown"),
        (person(samhoriga=[{"skyddad": False}, {"skyddad": True}]), "stated"),
        (person(samhoriga=[{"skyddad": False}, {}]), "unknown"),
        ({**SVAR, "arenden": {"bostadsbidrag": [{"medsokande": [{"skyddad": True}]}]}}, "stated"),
        ({**SVAR, "arenden": {"bostadsbidrag": [{"medsokande": [{"namn": "x"}]}]}}, "no"),
        (person(okant={"barn": [{"skyddad": True}]}), "no"),
    ],
    ids=[
        *(
            "said not to be",
            "nobody related",
            "said to be",
            "mark missing",
            "mark unreadable",
            "not asked for",
            "empty",
        ),
        *("child", "child's mark missing", "belonging", "belonging's mark missing", "named in a case"),
        *("in a case, where PM gives no mark", "what nobody knows"),
    ],
)
def test_who_counts_as_protected(svar: Tree, expected: str) -> None:
    assert status(svar) == expected
    shown = WITHOUT.shown(svar)
    assert shown.protected == expected
    assert (shown.svar == svar) == (expected == "no" or svar == {})
    for grant in (GRANTED, ANYBODY):
        assert grant.shown(svar).svar is svar
        assert grant.shown(svar).protected == expected, "whoever may see it is counted too"


def test_what_leads_to_a_place_is_removed_and_nothing_else() -> None:
    svar = person(skyddad=True)
    shown = WITHOUT.shown(svar).svar
    text = json.dumps(shown)
    assert not {value for value in (STREET, TOWN, PHONE, WORK, "12345678", '"80"') if value in text}
    assert [one["vag"] for one in shown["anmarkningar"]] == PLACES
    assert {one["slag"] for one in shown["anmarkningar"]} == {"bortvald"}
    kept = shown["person"]
    assert kept == {name: svar["person"][name] for name in ("personnummer", "namn", "skyddad", "barn", "samhoriga")}
    assert shown["arenden"]["sjukpenning"] is SVAR["arenden"]["sjukpenning"], "what has no such fact is not copied"
    (case,) = shown["arenden"]["mottagareAvBarnbidrag"]
    assert case["beslut"][0]["ersattningar"][0]["underlag"] == {
        "institutionsplacering": {"institution": {"kod": "1"}},
        "skolgang": True,
    }
    assert svar["person"]["adresser"] == [ADDRESS], "the answer itself is not changed"
    Svar.model_validate(shown)


def test_what_nobody_knows_the_meaning_of_may_be_an_address() -> None:
    svar = {
        "okant": {"ny": STREET},
        **person(skyddad=None, okant={"skyddad": "JA", "adresser": STREET}),
        "inkomst": {"skatteuppgifter": [{"okant": {"ny": STREET}}, {"skatteredovisningsnummer": "1"}]},
    }
    shown, notes = remove(svar)
    assert STREET not in json.dumps(shown)
    assert [note.path for note in notes][-3:] == ["/okant", "/person/okant", "/inkomst/skatteuppgifter/*/okant"]
    assert shown["inkomst"]["skatteuppgifter"][1] is svar["inkomst"]["skatteuppgifter"][1]


def test_the_rule_knows_every_address_and_every_telephone_of_the_vocabulary() -> None:
    """A fact that is added later is found here: it has to be put under the rule, or it would be shown."""

    def locating(model: type[Modell], before: str = "", depth: int = 9) -> Iterator[str]:
        for name, fact in facts(model).items():
            path = before + name
            if fact.model in {Adress, Kontakt, Arbetsstalle} or name in {"telefon", "epost", "kommun", "adress"}:
                yield path
            elif fact.model is not None and depth:
                yield from locating(fact.model, path + (".*." if fact.many else "."), depth - 1)

    found = list(locating(Svar))
    assert len(found) >= 4
    assert {path for path in found if not any(f"{path}.".startswith(f"{known}.") for known in LOCATING)} == set()


def test_nobody_in_the_twin_keeps_an_address_that_is_not_open() -> None:
    seen = {"no": 0, "unknown": 0, "stated": 0}
    for one in population().values():
        if one.fault:
            continue
        svar = answer(one, fraga(one.personnummer, EVERYTHING), State())
        shown = WITHOUT.shown(svar)
        seen[shown.protected] += 1
        if shown.protected != "no":
            assert not {"adresser", "folkbokford", "arbetsstallen"} & shown.svar.get("person", {}).keys()
    assert seen["no"] > 30
    assert seen["stated"] >= 2


# ----- over HTTP


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house(consumers=[consumer("without"), consumer("granted", protected="show")]) as found:
        yield found


def address_of(found: House, who: str, mark: Any) -> tuple[bool, list[str]]:
    found.stub.reset()
    found.stub.answer = said_by_v9(mark)
    reply = send(found.url, [key(who)], body=json.dumps(question(GEPI)).encode())
    assert reply.status == 200, reply.text
    cut = [one["vag"] for one in reply.tree["anmarkningar"] if one["slag"] == "bortvald"]
    return STREET in reply.text, cut


def said_by_v9(mark: Any) -> Any:
    """The answer as version 9's own face writes it, with a mark of our choice put in."""
    face = discover()["v9"].face
    assert face is not None
    tree = {**person(skyddad=False), "fraga": fraga(PERSON, [GEPI]), "tackning": [], "kalla": {"version": "v9"}}
    wire = json.loads(face.render_answer(tree)[0].body)
    text = json.dumps({**wire, "utlamnare": states()})
    assert text.count('"skyddad": false') == 3
    marked = {True: '"skyddad": true', False: '"skyddad": false', "JA": '"skyddad": "JA"', None: '"x": 1'}[mark]
    own, related = text.index('"skyddad"'), text.index('"barn"')
    assert own < related, "the first mark is the person's own"
    return says(json.loads(text.replace('"skyddad": false', marked, 1)))


@pytest.mark.parametrize("mark", [True, "JA", None])
def test_without_a_grant_the_address_does_not_leave(running: House, mark: Any) -> None:
    shown, cut = address_of(running, "without", mark)
    assert not shown
    assert {"/person/adresser", "/person/arbetsstallen"} <= set(cut)
    assert address_of(running, "granted", mark) == (True, [])


def test_an_open_address_is_shown_to_everybody(running: House) -> None:
    assert address_of(running, "without", False) == (True, [])


@pytest.mark.parametrize("version", soap.VERSIONS)
def test_it_does_not_leave_through_an_old_version_either(running: House, version: str) -> None:
    for who, expected in (("without", False), ("granted", True)):
        running.stub.reset()
        running.stub.answer = said_by_v9(True)
        headers = {**soap.XML, "x-api-key": key(who)[1]}
        body = soap.question(version, types={"ovrigInformation": ("GEPI",)})
        reply = soap.post(running.url, body, headers)
        assert reply.status == 200, reply.text
        soap.payload(reply, version)
        assert (TOWN in reply.text) is expected


def test_the_twin_has_somebody_who_is_protected() -> None:
    assert status(answer(population()[PROTECTED], fraga(PROTECTED, EVERYTHING), State())) == "stated"
