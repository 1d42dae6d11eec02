"""What each version says of an invented person: the twin's truth through the version's own wire, with coverage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from gateway import coverage
from gateway.comparison.observation import Observation
from gateway.twin.population import Inhabitant, population
from gateway.twin.source import State, answer
from gateway.versions import Adapter, Face, Upstream, discover
from tests.twin.running import EVERYTHING, TODAY, fraga

Tree = dict[str, Any]
Pair = tuple[str, str]
VERSIONS = ("v5", "v6", "v7", "v9")
PAIRS = [(one, other) for one in VERSIONS for other in VERSIONS]
ASKED = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)
UP = State()


@dataclass(frozen=True)
class Roles:
    upstream: Upstream
    face: Face


@cache
def roles(version: str) -> Roles:
    found: Adapter = discover()[version]
    assert found.upstream is not None
    assert found.face is not None
    return Roles(found.upstream, found.face)


def heard(version: str, question: Tree) -> Tree:
    """What the version can be asked of a question, as its source hears it."""
    both = roles(version)
    kept = [
        one for one in question["informationstyper"] if (one["klass"], one["informationstyp"]) in both.upstream.types
    ]
    request = both.upstream.render_question({**question, "informationstyper": kept}, "prov")
    return both.face.parse_question(request, "prov", TODAY).fraga


def observed(version: str, tree: Tree, question: Tree, state: State = UP) -> Observation:
    """An answer as the gateway would have it: with coverage and provenance."""
    upstream = roles(version).upstream
    asks = upstream.render_entitlement_question("prov") is not None
    entitled = (frozenset(EVERYTHING) if state.entitled is None else frozenset(state.entitled)) if asks else None
    grounds = coverage.Grounds(
        version_types=upstream.types, entitled=entitled, states_agencies=upstream.states_agencies
    )
    covered = coverage.explain(question, tree, grounds)
    svar = {"fraga": question, "tackning": covered, **tree, "anmarkningar": [], "kalla": {"version": version}}
    return Observation(svar, version=version, upstream=version, asked=ASKED)


def parsed(version: str, truth: Tree) -> Tree:
    """The truth through the version's wire."""
    both = roles(version)
    response, _ = both.face.render_answer({**truth, "tackning": [], "kalla": {"version": version}})
    return both.upstream.parse_answer(response, TODAY).tree


def view(version: str, one: Inhabitant, state: State = UP) -> Observation:
    question = fraga(one.personnummer, EVERYTHING)
    return observed(version, parsed(version, answer(one, heard(version, question), state)), question, state)


@cache
def ordinary(seed: int) -> tuple[Inhabitant, ...]:
    return tuple(one for one in population(seed).values() if not one.fault)


@cache
def views(seed: int, place: int) -> Mapping[str, Observation]:
    return {version: view(version, ordinary(seed)[place]) for version in VERSIONS}


def everybody(seeds: int) -> Iterator[Mapping[str, Observation]]:
    for seed in range(1, seeds + 1):
        for place in range(len(ordinary(seed))):
            yield views(seed, place)


DAY: date = TODAY
