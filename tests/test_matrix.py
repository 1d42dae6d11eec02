"""Any face before any upstream: every ordinary person of the twin, over HTTP on both sides, against the twin's truth.

What an answer may lack is said by the tables alone: the truth rendered and parsed by the upstream's version, then by
the face's, without any envelope, which has nothing to take away. That those two steps lose nothing in silence is
counted leaf by leaf, and what cannot be asked for at all stands in the coverage. A face or an upstream more is one
entry in `FACES` or `UPSTREAMS`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from lxml import etree

from gateway import coverage, ssek
from gateway.app import create_app
from gateway.consumers.identify import KEY_HEADER
from gateway.envelopes import Envelope, Ssbtek, Ssek
from gateway.forms import Form, Prefixed, Renamed
from gateway.notes import Note
from gateway.table import Table
from gateway.twin.app import create_twin
from gateway.twin.population import Inhabitant, population
from gateway.twin.source import State, answer
from gateway.versions import Face, Upstream, discover
from gateway.wire import WireResponse
from schemas.svar import Svar
from tests.contracts.compare import normal, where
from tests.contracts.mutate import pointer
from tests.service.running import AGREED, request, serve, settings
from tests.twin.running import EVERYTHING, TODAY, fraga

Tree = dict[str, Any]
Pair = tuple[str, str]
KEY = "matrix"
OWN = {"fraga", "tackning", "anmarkningar", "kalla"}
COVERAGE = "{urn:lefi-gateway:tackning:1}"
HOUSE = "Testkassan"
TERMS: dict[Envelope, Ssek | Ssbtek] = {
    "ssek": Ssek(sender_type="ORGNR", sender_id="165020000000", receiver_id=HOUSE),
    "ssbtek": Ssbtek(
        organisationsnummer="162120000142", namn="Testköping", handlaggare="prov", syfte="prov", lagtext="5 §"
    ),
}
"""How an envelope is spoken, by whoever asks in it: a gateway's connection, or a client."""


@dataclass(frozen=True)
class Door:
    """One way in or out: a version, its address, and the envelope that it is spoken in."""

    version: str
    address: str = "/ws"
    envelope: Envelope = "plain"

    @property
    def connection(self) -> Tree:
        """How a gateway's connection to this door is set."""
        said: Tree = {"version": self.version, "envelope": self.envelope}
        return said if self.envelope == "plain" else {**said, self.envelope: TERMS[self.envelope]}

    @property
    def client(self) -> Upstream:
        """What asks at this door, envelope and all."""
        return self.asking if self.envelope == "plain" else inside(self.version, self.envelope)

    @property
    def asking(self) -> Upstream:
        """The version without its envelope, in the role that asks."""
        found = discover()[self.version].upstream
        assert found is not None
        return found

    @property
    def answering(self) -> Face:
        """The version without its envelope, in the role that is asked."""
        found = discover()[self.version].face
        assert found is not None
        return found


@cache
def inside(version: str, envelope: Envelope) -> Upstream:
    return discover()[version].upstreams[envelope](TERMS[envelope])


STABLE = "v1"
FACES = {
    STABLE: Door(STABLE, ""),
    "v9": Door("v9", "/rest"),
    "v5": Door("v5"),
    "v6": Door("v6"),
    "v7": Door("v7"),
    "v7-in-ssek": Door("v7", ssek.PATH, "ssek"),
}
UPSTREAMS = {
    "v9": Door("v9", "/rest"),
    "v9-over-ssbtek": Door("v9", "/ssbtek", "ssbtek"),
    "v5": Door("v5"),
    "v6": Door("v6"),
    "v7": Door("v7"),
    "v7-in-ssek": Door("v7", ssek.PATH, "ssek"),
}
PAIRS = [(face, upstream) for face in FACES for upstream in UPSTREAMS]


def ordinary() -> list[Inhabitant]:
    return [one for one in population().values() if not one.fault]


# ----- what is to be expected


def pairs(question: Tree) -> list[Pair]:
    return [(one["klass"], one["informationstyp"]) for one in question["informationstyper"]]


def heard(door: Door, question: Tree) -> Tree:
    """The question as it arrives when it is sent through a door: an old version's asks for a few things besides."""
    if door.version == STABLE:
        return question
    return door.answering.parse_question(door.asking.render_question(question, "prov"), "prov", TODAY).fraga


def speakable(door: Door, question: Tree) -> Tree:
    """The question without what the version cannot ask for."""
    if door.version == STABLE:
        return question
    kept = [one for one in question["informationstyper"] if (one["klass"], one["informationstyp"]) in door.asking.types]
    return {**question, "informationstyper": kept}


def through(door: Door, svar: Tree) -> tuple[Tree, tuple[Note, ...]]:
    """What of an answer passes a version, and the notes about the rest."""
    if door.version == STABLE:
        return svar, ()
    response, lost = door.answering.render_answer({**svar, "tackning": [], "kalla": {"version": door.version}})
    parsed = door.asking.parse_answer(response, TODAY)
    assert parsed.notes == ()
    return parsed.tree, lost


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value of a tree with its place."""
    if isinstance(tree, dict | list):
        for step, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(inner, (*path, step))
    else:
        yield path, tree


@cache
def moved(version: str) -> tuple[frozenset[str], tuple[Form, ...]]:
    """Of what is put where the consumers of an old version know it: facts that the place says, and code tables."""
    facts: set[str] = set()
    forms: list[Form] = []
    seen: set[int] = set()

    def look(value: Any) -> None:
        if isinstance(value, (Prefixed, Renamed)):
            forms.append(value)
        elif isinstance(value, Table) and id(value) not in seen:
            seen.add(id(value))
            facts.update(value.placed)
            for cell in value.cells:
                look(cell.value)
            if value.inlined:
                look(value.inlined[1])

    for gathered in discover()[version].tables["svar"].gathered:
        if gathered.source.written_only:
            facts.update((*gathered.source.marks, *gathered.source.given))
            look(gathered.value)
    return frozenset(facts), tuple(forms)


def silently_lost(door: Door, before: Tree, after: Tree, notes: tuple[Note, ...]) -> list[str]:
    """The places of values that neither came through nor stand under a place that a note names."""
    if door.version == STABLE:
        return []
    placed, forms = moved(door.version)
    noted = {note.path for note in notes}
    left = Counter((named(path), as_key(value)) for path, value in leaves(after))
    missing = []
    for path, value in leaves(before):
        if any(pointer(path[:length]) in noted for length in range(1, len(path) + 1)):
            continue
        spelled = [value, *(form.render(value) for form in forms), *(str(form.render(value)) for form in forms)]
        name = named(path)
        found = next((key for one in spelled if left[key := (name, as_key(one))] > 0), None)
        if found is not None:
            left[found] -= 1
        elif not placed & set(path):
            missing.append(pointer(path))
    return missing


def named(path: tuple[str | int, ...]) -> str:
    """The fact that a value belongs to, with the one that it is a part of: `forman/kod`."""
    return "/".join([step for step in path if isinstance(step, str)][-2:])


def as_key(value: Any) -> Any:
    return normal(value) if isinstance(value, str | int | Decimal | None) else ""


# ----- the two servers


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[str, str]]:
    """A gateway for each upstream, all before one twin, by the upstream's name."""
    hashed = hashlib.sha256(KEY.encode()).hexdigest()
    consumer = {"name": KEY, "key_sha256": hashed, "absence": "header", "protected": "show", **AGREED}
    with contextlib.ExitStack() as stack:
        twin = stack.enter_context(serve(create_twin()))
        yield {
            name: stack.enter_context(
                serve(
                    create_app(
                        settings(
                            twin + door.address,
                            name=name,
                            over=door.connection,
                            consumers=(consumer,),
                            server={"ssek": {"id": HOUSE}},
                        )
                    )
                )
            )
            for name, door in UPSTREAMS.items()
        }


def ask(url: str, door: Door, question: Tree) -> WireResponse:
    """What a client of the face gets for the question."""
    if door.version == STABLE:
        headers = {"content-type": "application/json", KEY_HEADER: KEY}
        reply = request(url, "POST", "/v1/fragor", body=json.dumps(question).encode(), headers=headers)
        return WireResponse(reply.status, reply.headers, reply.body)
    asked = door.client.render_question(question, "prov")
    headers = {**asked.headers, KEY_HEADER: KEY}
    reply = request(url, asked.method, door.address + asked.path, body=asked.body, headers=headers)
    return WireResponse(reply.status, reply.headers, reply.body, asked.repeated)


def lifted(door: Door, response: WireResponse) -> tuple[Tree, dict[Pair, str]]:
    """An answer in canonical form, and what it says of the asked types."""
    if door.version == STABLE:
        tree = json.loads(response.body, parse_float=Decimal)
        assert tree["anmarkningar"] == []
        Svar.model_validate(tree)
        stated = {(one["klass"], one["informationstyp"]): one["utfall"] for one in tree["tackning"]}
        return {name: value for name, value in tree.items() if name not in OWN}, stated
    parsed = door.client.parse_answer(response, TODAY)
    assert [note.path for note in parsed.notes] == []
    if door.answering.says == "inget":
        block = etree.fromstring(response.body).find(f".//{COVERAGE}tackning")
        assert block is not None
        return parsed.tree, {
            (one.attrib["klass"], one.attrib["informationstyp"]): one.attrib["utfall"] for one in block
        }
    deviations = parsed.tree.pop("avvikelser", [])
    stated = {(one["klass"], one["informationstyp"]["kod"]): one["avvikelse"]["kod"] for one in deviations}
    return parsed.tree, stated


def outcomes(inward: Door, outward: Door, question: Tree, svar: Tree) -> dict[Pair, str]:
    """What a face has to say of the asked types when the source gave this answer.

    Who cannot be asked what the actor may ask for leaves open whether nothing was held or something held back.
    """
    source = outward.client
    grounds = coverage.Grounds(
        version_types=source.types, entitled=frozenset(EVERYTHING), states_agencies=source.states_agencies
    )
    unlisted = source.render_entitlement_question("prov") is None
    unsure = {"inga_uppgifter": "mojligen_filtrerad"} if unlisted else {}
    entries = [
        {**one, "utfall": unsure.get(one["utfall"], one["utfall"])} for one in coverage.explain(question, svar, grounds)
    ]
    if inward.version == STABLE or inward.answering.says == "inget":
        return {(one["klass"], one["informationstyp"]): one["utfall"] for one in entries}
    unspeakable = set(pairs(question)) - source.types
    return dict.fromkeys(unspeakable, "INTERNT_FEL")


@pytest.mark.parametrize(("face", "upstream"), PAIRS)
def test_every_person_is_answered_with_the_truth_less_what_is_declared(
    gateways: dict[str, str], face: str, upstream: str
) -> None:
    inward, outward = FACES[face], UPSTREAMS[upstream]
    delivered = 0
    for one in ordinary():
        sent = speakable(inward, fraga(one.personnummer, EVERYTHING))
        arrived = heard(inward, sent)
        truth = answer(one, heard(outward, speakable(outward, arrived)), State())
        from_source, lost_there = through(outward, truth)
        expected, lost_here = through(inward, from_source)
        assert silently_lost(outward, truth, from_source, lost_there) == []
        assert silently_lost(inward, from_source, expected, lost_here) == []

        response = ask(gateways[upstream], inward, sent)
        assert response.status == 200, face
        got, stated = lifted(inward, response)
        assert where(expected, got) == [], one.about
        assert stated == outcomes(inward, outward, arrived, from_source), one.about
        assert stated.keys() >= set(pairs(arrived)) - outward.client.types
        delivered += len(list(leaves(got)))
    assert delivered > 1_000


def test_there_is_a_door_for_every_version_and_every_envelope(capsys: pytest.CaptureFixture[str]) -> None:
    versions = discover()
    assert {door.version for door in FACES.values()} == {STABLE, *(name for name, one in versions.items() if one.face)}
    assert {door.version for door in UPSTREAMS.values()} == {name for name, one in versions.items() if one.upstream}
    around = {envelope for one in versions.values() for envelope in one.upstreams}
    assert {door.envelope for door in UPSTREAMS.values()} == {"plain", *around}
    assert {door.envelope for door in FACES.values()} == {"plain", "ssek"}  # nobody asks the gateway over SSBTEK
    with capsys.disabled():
        print(f"\nmatrix: {len(FACES)} faces x {len(UPSTREAMS)} upstreams x {len(ordinary())} persons")  # noqa: T201
    assert (len(FACES), len(UPSTREAMS)) == (6, 6)
    assert len(ordinary()) > 20


def test_a_silent_loss_is_seen() -> None:
    """Taking any value out of what came through, without a note, is found."""
    rich = max(ordinary(), key=lambda one: len(list(leaves(one.truth))))
    door = FACES["v7"]
    before = answer(rich, heard(door, speakable(door, fraga(rich.personnummer, EVERYTHING))), State())
    after, notes = through(door, before)
    assert silently_lost(door, before, after, notes) == []
    section = next(name for name in ("arenden", "utbetalningar") if name in after)
    without = {name: value for name, value in after.items() if name != section}
    assert silently_lost(door, before, without, notes)
    everybody = [answer(one, fraga(one.personnummer, EVERYTHING), State()) for one in ordinary()]
    assert all(silently_lost(door, one, *through(door, one)) == [] for one in everybody)
    assert any(silently_lost(door, one, through(door, one)[0], ()) for one in everybody)
