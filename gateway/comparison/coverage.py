"""What coverage says about a difference: whether the side that lacks something was not entitled, or its source failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.comparison.places import at, unit_of
from gateway.comparison.walk import Found, Steps, steps
from schemas.koder import FORMANSGRUPPER_FK, HEM, KLASSENS_TYPER, OATTRIBUERADE

Tree = dict[str, Any]
Pair = tuple[str, str]
Outcomes = Mapping[Pair, str]
Verdict = tuple[str, str, str]
"""Class, code and reason."""

SOURCE = frozenset({"kallan_nere", "fel_hos_kallan", "period_ej_tackt"})
ENTITLEMENT = frozenset({"ej_behorig", "bortvald", "mojligen_filtrerad"})
_STATES = {"FELANDE": "fel_hos_kallan", "OTILLGANGLIG": "kallan_nere"}
_DEVIATIONS = {"INTERNT_FEL": "fel_hos_kallan", "OBEHORIG": "ej_behorig"}
_PAYMENTS = {"effektuerad": "utbetalningar", "preliminar": "preliminara_utbetalningar"}
_PAYING = frozenset(_PAYMENTS.values())


def _homes() -> dict[Steps, tuple[str, ...]]:
    found: dict[Steps, list[str]] = {}
    for typ, home in (*HEM.items(), *OATTRIBUERADE.items()):
        for place in home.platser:
            found.setdefault(tuple(place.split(".")), []).append(typ)
    return {place: tuple(types) for place, types in found.items()}


_HOMES = _homes()


def outcomes(svar: Tree) -> dict[Pair, str]:
    """What an answer's coverage says, by class and information type."""
    return {(one["klass"], one["informationstyp"]): one["utfall"] for one in svar.get("tackning", ())}


def pairs_of(path: Steps, record: Any) -> frozenset[Pair]:
    """The (class, type) pairs that a record at the top belongs to, as far as it can be told."""
    item = record if isinstance(record, dict) else {}
    if path == ("utbetalningar",):
        klass = _PAYMENTS.get(str(item.get("status")))
        classes = [klass] if klass else list(_PAYING)
        return frozenset((klass, typ) for klass in classes for typ in _paid(item))
    agency = item.get("utlamnare", "FK") if isinstance(item.get("utlamnare", "FK"), str) else ""
    types = [typ for typ in _HOMES.get(path, ()) if typ.startswith(str(agency))]
    stated = _code(item.get("informationstyp")) or _code(item.get("formansgrupp"))
    if stated in types or (path == ("arenden", "ovriga") and stated):
        types = [str(stated)]
    return frozenset((klass, typ) for typ in types for klass in _classes(typ))


def judge(one: Found, left: Tree, right: Tree, of_left: Outcomes, of_right: Outcomes) -> Verdict | None:
    """What the coverage of the two sides says about a difference; None when it says nothing."""
    unit, _ = unit_of(steps(one.left))
    if unit in {("utlamnare",), ("avvikelser",)}:
        return _stated(one, unit, left, right)
    related = _related(one, left, right)
    lacking = {"only_left": [of_right], "only_right": [of_left]}.get(one.kind, [of_left, of_right])
    said = [sides[pair] for sides in lacking for pair in related if pair in sides]
    for outcome in said:
        if outcome in SOURCE:
            return "source", outcome, "the source failed on one side, or does not reach so far back"
    for outcome in said:
        if outcome in ENTITLEMENT:
            return "entitlement", outcome, "one side was not told, or may not have been told all"
    if said and all(outcome == "finns_ej_i_versionen" for outcome in said):
        return "explained", "not_asked", "one of the versions cannot be asked for it"
    return None


def types_of(one: Found, left: Tree, right: Tree) -> frozenset[Pair]:
    """The pairs that a difference belongs to."""
    found: set[Pair] = set()
    for tree, path in ((left, steps(one.left)), (right, steps(one.right))):
        unit, record = record_at(tree, path)
        if record is not None:
            found |= pairs_of(unit, record)
    return frozenset(found)


def record_at(tree: Tree, path: Steps) -> tuple[Steps, Any]:
    """The list at the top that a path leads into, and the record there; None where the path names the list alone."""
    unit, rest = unit_of(path)
    if rest and type(rest[0]) is int:
        return unit, at(tree, (*unit, rest[0]))
    found = at(tree, unit)
    return unit, found if type(found) is dict else None


def _related(one: Found, left: Tree, right: Tree) -> frozenset[Pair]:
    """The pairs of a difference, and those under which a version without the agency's own types has the same."""
    own = types_of(one, left, right)
    unit, _ = unit_of(steps(one.left))
    here = [typ for typ in _HOMES.get(unit, ()) if typ.startswith("FK:")]
    more: set[Pair] = set()
    for klass, typ in own:
        if typ.startswith("FK:"):
            continue
        twin = "FK:" + typ.partition(":")[2]
        twins = here or ([twin] if twin in FORMANSGRUPPER_FK else list(OATTRIBUERADE))
        more |= {(klass if klass in _PAYING else "formansinformation", each) for each in twins}
    return own | more


def _stated(one: Found, unit: Steps, left: Tree, right: Tree) -> Verdict | None:
    """A difference in what the agencies themselves say of how they are and what they did not deliver."""
    for tree, path in ((left, steps(one.left)), (right, steps(one.right))):
        _, record = record_at(tree, path)
        item = record if isinstance(record, dict) else {}
        outcome = (
            _STATES.get(str(_code(item.get("tillstand"))))
            if unit == ("utlamnare",)
            else _DEVIATIONS.get(str(_code(item.get("avvikelse"))))
        )
        if outcome:
            kind = "source" if outcome in SOURCE else "entitlement"
            return kind, outcome, "an agency says that it did not deliver everything"
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
