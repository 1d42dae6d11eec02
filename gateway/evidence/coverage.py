"""Which fields an information type can have, by the vocabulary: what a campaign has to have compared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from gateway.evidence.counts import Type
from gateway.vocabulary import Fact, at, facts
from schemas.bas import Modell
from schemas.koder import HEM, OATTRIBUERADE
from schemas.svar import Svar

_PAYMENTS = frozenset({"preliminara_utbetalningar", "utbetalningar"})
_PARTS = {"ansprak": "beslut", "beslut": "ansprak"}
"""Asked for by one of these classes, a case comes without the other."""


@cache
def fields_of(kind: Type) -> frozenset[str]:
    """The leaves of the vocabulary where the data of an information type stand: `inkomst.skatteuppgifter[].ar`.

    For a type whose data share a place with another's (payments; the codes that the contract does not explain) it is
    all of the place's leaves. Raises KeyError for a type that is in no list.
    """
    klass, typ = kind
    places = ("utbetalningar",) if klass in _PAYMENTS else (HEM.get(typ) or OATTRIBUERADE[typ]).platser
    without = f"[].{_PARTS[klass]}[]." if klass in _PARTS else None
    found = (leaf for place in places for leaf in _leaves(place, at(Svar, place), ()))
    return frozenset(leaf for leaf in found if without is None or without not in leaf)


def _leaves(path: str, fact: Fact, within: tuple[type[Modell], ...]) -> Iterator[str]:
    place = path + "[]" if fact.many else path
    if fact.model is None:
        yield place
    elif fact.model not in within:
        for name, inner in facts(fact.model).items():
            yield from _leaves(f"{place}.{name}", inner, (*within, fact.model))
