"""What the twin delivers of an order, and how it misbehaves: pure, and the same for the same order.

A fault is chosen by the actor that orders: `asynkron`, then the faults, with dots between (`asynkron.delad.oordning`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.asynkron.roles import OrderFace
from gateway.errors import Forbidden, Internal
from gateway.twin import actors, faults
from gateway.twin.population import Inhabitant
from gateway.twin.source import State, answer

Tree = dict[str, Any]

FAULTS: Mapping[str, str] = {
    "delad": "packages of two rows",
    "dubblett": "every package is listed and sent twice",
    "upprepad": "the rows of the first package come again in one more package",
    "andrad": "a package that is given again has another content in its first row",
    "oordning": "the last package is listed and sent first",
    "sen": "nothing at the first poll, the first half at the second, all at the third; sent a second late",
    "kapad": "a package breaks off in the middle the first time",
    "avbruten": "the service cancels the order after the first package",
    "misslyckad": "the service fails the order, and nothing is delivered",
    "saknad_leverans": "the second package (or the only one) never comes",
    "saknad_rad": "the last row is in no package",
    "okand_rad": "the first package has a row that is not in the order, about another person",
    "fel_person": "the first row is about another person, and says so",
    "fel_person_i_svaret": "the first row says that it is about its person, its answer is about another",
    "olaslig": "the first row is no JSON",
    "forlorad_kvittens": "the order is taken, the connection reset before the acknowledgement",
    "forlorad_bestallning": "the connection is reset and the order is not taken",
}
"""What can go wrong with an order, by name."""

_ACTOR = "asynkron"
_WHOLE, _SMALL = 1_000, 2
_HALF_AT = 2
_ALL_AT = 3
UNKNOWN_ROW = "okand-rad"


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its number, the rows in it, whether it is the last."""

    id: str
    number: int
    rows: tuple[str, ...]
    last: bool


@dataclass(slots=True)
class Taken:
    """An order that was taken."""

    id: str
    aktor: str
    referens: str
    pushed: bool
    questions: Mapping[str, Tree] = field(repr=False)
    faults: Collection[str]
    polls: int = 0
    cancelled: bool = False
    given: dict[str, int] = field(default_factory=dict)
    """How often each package was given."""
    stranded: set[str] = field(default_factory=set)
    """The packages that the receiver did not take."""

    def packages(self) -> tuple[Package, ...]:
        """Every package that ever comes, in the order in which it does."""
        size = _SMALL if "delad" in self.faults else _WHOLE
        rows = tuple(self.questions)
        chunks = [rows[at : at + size] for at in range(0, len(rows), size)]
        if "saknad_rad" in self.faults:
            chunks[-1] = chunks[-1][:-1]
        if "upprepad" in self.faults:
            chunks.append(chunks[0])
        made = [
            Package(f"{self.id}-{number}", number, chunk, number == len(chunks))
            for number, chunk in enumerate(chunks, 1)
        ]
        if "saknad_leverans" in self.faults:
            del made[min(1, len(made) - 1)]
        if "avbruten" in self.faults:
            made = made[:1]
        if "misslyckad" in self.faults:
            made = []
        if "oordning" in self.faults:
            made.reverse()
        return (*made, *made) if "dubblett" in self.faults else tuple(made)

    def listed(self) -> tuple[Package, ...]:
        """The packages that can be fetched now."""
        made = self.packages()
        if self.pushed:
            return tuple(one for one in made if one.id in self.stranded)
        if self.cancelled:
            return tuple(one for one in made if one.id in self.given)
        if "sen" not in self.faults or self.polls >= _ALL_AT:
            return made
        return made[: len(made) // 2] if self.polls == _HALF_AT else ()

    def word(self) -> str:
        """The order's status."""
        if self.cancelled or "avbruten" in self.faults:
            return "AVBRUTEN"
        if "misslyckad" in self.faults:
            return "MISSLYCKAD"
        if "sen" in self.faults and self.polls < _ALL_AT:
            return "PAGAR" if self.polls == _HALF_AT else "MOTTAGEN"
        return "PAGAR" if "saknad_leverans" in self.faults else "KLAR"


def chosen(aktor: str) -> frozenset[str]:
    """The faults that an actor chooses; raises Forbidden for one that names none that there is."""
    first, *names = aktor.split(".")
    if first != _ACTOR:
        return frozenset()
    if not FAULTS.keys() >= set(names):
        raise Forbidden
    return frozenset(names)


def content(face: OrderFace, taken: Taken, package: Package, people: Mapping[str, Inhabitant]) -> Iterator[bytes]:
    """A package's lines, the head first; each is made when it is asked for."""
    again = taken.given.get(package.id, 0) > 0
    first = package.number == 1
    surplus = first and "okand_rad" in taken.faults
    yield face.render_head(
        {
            "leveransId": package.id,
            "bestallningsId": taken.id,
            "referens": taken.referens,
            "lopnummer": package.number,
            "antalRader": len(package.rows) + surplus,
            "sista": package.last,
        }
    )
    if surplus:
        yield face.render_row({**_of_another(next(iter(taken.questions.values())), people, face), "radId": UNKNOWN_ROW})
    for place, row in enumerate(package.rows):
        fraga = taken.questions[row]
        wrong = taken.faults if first and place == 0 else frozenset()
        if "olaslig" in wrong:
            yield b'{"radId": \n'
        elif "fel_person" in wrong:
            yield face.render_row({**_of_another(fraga, people, face), "radId": row})
        else:
            fault = "fel_person" if "fel_person_i_svaret" in wrong else ""
            if again and place == 0 and "andrad" in taken.faults:
                fault = "utan_utlamnare"
            yield face.render_row({"radId": row, **_row(fraga, taken.aktor, people, face, fault)})


def _row(fraga: Tree, aktor: str, people: Mapping[str, Inhabitant], face: OrderFace, fault: str) -> Tree:
    inhabitant = people.get(fraga["personnummer"])
    own = inhabitant.fault if inhabitant else ""
    person = {fact: fraga[fact] for fact in ("personnummer", "kortform") if fact in fraga}
    if own in faults.WIRE_FAULTS:  # what a message cannot be within a package becomes an error in its row
        return person | {"fel": {"meddelande": Internal.title}}
    state = State(entitled=actors.entitled(aktor), filtered=aktor == actors.FILTRERAD)
    svar = answer(inhabitant, fraga, faults.state_of(inhabitant, state))
    svar = faults.spoiled(faults.spoiled(svar, own, people, fraga), fault, people, fraga)
    return person | {"svar": svar | {"kalla": {"version": face.version}}}


def _of_another(fraga: Tree, people: Mapping[str, Inhabitant], face: OrderFace) -> Tree:
    other = next(one for one in people.values() if one.personnummer != fraga["personnummer"] and not one.fault)
    return _row({**fraga, "personnummer": other.personnummer, "kortform": False}, "", people, face, "")
