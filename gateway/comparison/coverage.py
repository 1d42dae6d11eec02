"""What coverage says of a difference: whether the side that lacks something was not entitled, or its source failed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from gateway.comparison.difference import Pair, Verdict
from gateway.comparison.places import SINGLE, at, unit_of
from gateway.comparison.walk import Found, Steps
from schemas.koder import FORMANSGRUPPER_FK, HEM, KLASSENS_TYPER, OATTRIBUERADE

Tree = dict[str, Any]
Pairs = frozenset[Pair]
Said = dict[Pair, str]
"""By (class, type): an outcome."""

SOURCE = frozenset({"kallan_nere", "fel_hos_kallan", "period_ej_tackt"})
ENTITLEMENT = frozenset({"ej_behorig", "bortvald", "mojligen_filtrerad"})
_STATES = {"FELANDE": "fel_hos_kallan", "OTILLGANGLIG": "kallan_nere"}
_DEVIATIONS = {"INTERNT_FEL": "fel_hos_kallan", "OBEHORIG": "ej_behorig"}
_STATED: dict[Steps, tuple[str, dict[str, str]]] = {
    ("utlamnare",): ("tillstand", _STATES),
    ("avvikelser",): ("avvikelse", _DEVIATIONS),
}
_PAYMENTS = {"effektuerad": "utbetalningar", "preliminar": "preliminara_utbetalningar"}
_PAYING = frozenset(_PAYMENTS.values())
_PAYMENTS_OF = {status: (klass,) for status, klass in _PAYMENTS.items()}
_PAID, _OTHERS = ("utbetalningar",), ("arenden", "ovriga")
_PARTS = frozenset({"ansprak", "beslut"})
_CLASSES = frozenset((part,) for part in _PARTS)
_RECORDS = frozenset((name,) for name in SINGLE)
_LACKING = {"only_left": 1, "only_right": 0}
"""By kind: the side that lacks something."""
_TWINS = {"FK:AP": ("PM:AP",), "FK:BTI": ("PM:BTI",), "PM:AP": ("FK:AP",), "PM:BTI": ("FK:BTI",)} | {
    "PM:EF": tuple(OATTRIBUERADE),
    **dict.fromkeys(OATTRIBUERADE, ("PM:EF",)),
}
"""Payments of one benefit at the one agency and at the other; whose code survivors' pensions have is not published."""


def _homes() -> dict[Steps, tuple[str, ...]]:
    found: dict[Steps, list[str]] = {}
    for typ, home in (*HEM.items(), *OATTRIBUERADE.items()):
        for place in home.platser:
            found.setdefault(tuple(place.split(".")), []).append(typ)
    return {place: tuple(types) for place, types in found.items()}


_HOMES = _homes()


def outcomes(svar: Tree) -> Said:
    """What an answer's coverage says, by class and information type."""
    return {(one["klass"], one["informationstyp"]): one["utfall"] for one in svar.get("tackning", ())}


def pairs_of(path: Steps, record: Any) -> Pairs:
    """The (class, type) pairs that a record at the top belongs to, as far as it can be told."""
    item = record if isinstance(record, dict) else {}
    if path == _PAID:
        status = item.get("status")
        return _payments(status if type(status) is str else "", frozenset(_paid(item)))
    agency = item.get("utlamnare", "FK")
    stated = _code(item.get("informationstyp")) or _code(item.get("formansgrupp"))
    return _homed(path, agency if type(agency) is str else "", str(stated) if stated else "")


@lru_cache(maxsize=1024)
def _payments(status: str, types: frozenset[str]) -> Pairs:
    return frozenset((klass, typ) for klass in _PAYMENTS_OF.get(status, _PAYING) for typ in types)


@lru_cache(maxsize=1024)
def _homed(path: Steps, agency: str, stated: str) -> Pairs:
    types = [typ for typ in _HOMES.get(path, ()) if typ.startswith(agency)]
    if stated in types or (path == _OTHERS and stated):
        types = [stated]
    return frozenset((klass, typ) for typ in types for klass in _classes(typ))


def judge(one: Found, place: Steps, pairs: Pairs, said_by: tuple[Said, Said], *, alike: bool) -> Verdict | None:
    """What the coverage of the two sides says about a difference; None when it says nothing.

    It speaks of what a side lacks, never of two values that differ. `place` is where the other side has it, `pairs`
    are those that the difference belongs to; `alike` says that the two answers are of one version.
    """
    if one.kind not in _LACKING:
        return None
    outcomes = said_by[_LACKING[one.kind]]
    unit, rest = unit_of(place)
    inner = rest[1:] if unit not in _RECORDS else rest
    own = pairs
    if inner[:1] in _CLASSES:  # a case can be asked for in parts
        own = frozenset(pair for pair in own if pair[0] == inner[0] or pair[0] not in _PARTS)
    said = [outcomes[pair] for pair in sorted(own if alike else own | _elsewhere(own, unit)) if pair in outcomes]
    for outcome in said:
        if outcome in SOURCE:
            return "source", outcome, "the source failed on one side, or does not reach so far back"
    if inner and not (inner[:1] in _CLASSES and len(inner) == len(("list", "place"))):
        return None  # what is left out is left out whole: a record that came was not held back
    for outcome in said:
        if outcome in ENTITLEMENT:
            return "entitlement", outcome, "one side was not told, or may not have been told all"
    if said and all(outcome == "finns_ej_i_versionen" for outcome in said):
        return "explained", "not_asked", "one of the versions cannot be asked for it"
    return None


def record_at(tree: Tree, path: Steps) -> tuple[Steps, Any]:
    """The list at the top that a path leads into, and the record there; None where the path names the list alone."""
    unit, rest = unit_of(path)
    found = at(tree, unit)
    if rest and type(rest[0]) is int:
        return unit, at(found, rest[:1])
    return unit, found if type(found) is dict else None


def _elsewhere(own: Pairs, unit: Steps) -> Pairs:
    """The pairs under which a version that has another structure says the same: the other agency's types."""
    here = _HOMES.get(unit, ())
    more: set[Pair] = set()
    for klass, typ in own:
        agency = typ.partition(":")[0]
        twins = [each for each in here if not each.startswith(agency)] or _TWINS.get(typ, ())
        for each in twins:
            more |= {(klass, each)} if klass in _PAYING else {(inner, each) for inner in _classes(each)}
    return frozenset(more)


def stated(*sides: tuple[Steps, Any, Pairs]) -> Verdict | None:
    """A difference in what the agencies themselves say of how they are and what they did not deliver.

    Each side is the list and the record in it that the difference leads into, with the types of that.
    """
    for unit, record, _ in sides:
        if unit not in _STATED:
            return None
        fact, outcomes = _STATED[unit]
        outcome = outcomes.get(str(_code(at(record, (fact,)))))
        if outcome:
            reason = "an agency says that it did not deliver everything"
            return ("source", outcome, reason) if outcome in SOURCE else ("entitlement", outcome, reason)
    return None


def _paid(item: Tree) -> Iterator[str]:
    if item.get("utlamnare") == "PM":
        lines = item.get("rader", ())
        yield from {str(code) for one in lines if isinstance(one, dict) and (code := _code(one.get("formansgrupp")))}
        return
    family = _code(item.get("formansfamilj"))
    if f"FK:{family}" in FORMANSGRUPPER_FK:
        yield f"FK:{family}"


def _code(value: Any) -> Any:
    return value.get("kod") if isinstance(value, dict) else None


def _classes(typ: str) -> list[str]:
    return [klass for klass, types in KLASSENS_TYPER.items() if typ in types and klass not in _PAYING]
