"""What an agency's back end would deliver: of the truth about a person, what was asked for, and why the rest is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.twin.bits import kod, merged
from gateway.twin.population import Inhabitant
from schemas.koder import FORMANSGRUPPER, HEM, INFORMATIONSTYPSKODER, KLASSENS_TYPER, OVRIG_INFORMATION

Tree = dict[str, Any]
Pair = tuple[str, str]
"""A class of information and an information type."""

ANTAGANDEN: Mapping[str, tuple[str, ...]] = {
    "FK:AS": ("arenden.aktivitetsstod",),
    "FK:BST": (),
    "FK:EJO": ("arenden.arbetsskadelivranta",),
    "FK:ET": ("arenden.efterlevandepension", "pension"),
}
"""What the twin delivers for the codes that the contract does not explain: its own assumption, and said only here."""

NAMN = {"FK": "Försäkringskassan", "PM": "Pensionsmyndigheten"}
_TILLSTAND = {"OK": "Tillgänglig", "FELANDE": "Felande", "OTILLGANGLIG": "Otillgänglig"}
_AVVIKELSE = {"INTERNT_FEL": "Internt fel", "OBEHORIG": "Obehörig"}
_STATUS = {"utbetalningar": "effektuerad", "preliminara_utbetalningar": "preliminar"}


@dataclass(frozen=True, slots=True)
class State:
    """How the agencies are, and what the one who asks may see."""

    tillstand: Mapping[str, str] = field(default_factory=dict)
    """By agency, where it is not OK."""
    deviations: Mapping[str, str] = field(default_factory=dict)
    """By information type: a code of avvikelse."""
    entitled: Collection[Pair] | None = None
    """What may be asked for; None is everything."""
    filtered: bool = False
    """Whether facts are left out without notice: the compensations of sjukpenning."""


def answer(inhabitant: Inhabitant | None, fraga: Tree, state: State) -> Tree:
    """The answer in canonical form, without the gateway's own facts; nobody known gives an answer without data."""
    asked = [(one["klass"], one["informationstyp"]) for one in fraga["informationstyper"]]
    agencies = [agency for agency in NAMN if any(typ.startswith(agency) for _klass, typ in asked)]
    up = [(klass, typ) for klass, typ in asked if state.tillstand.get(typ[:2], "OK") == "OK"]
    deviations = {(klass, typ): code for klass, typ in up if (code := _deviation(klass, typ, state))}
    wanted = [pair for pair in up if pair not in deviations]
    truth = inhabitant.truth if inhabitant else {}
    svar = _selected(truth, wanted, _span(fraga["period"]))
    if state.filtered:
        svar = _without_compensations(svar)
    svar["utlamnare"] = [_state(agency, state.tillstand.get(agency, "OK")) for agency in agencies]
    if deviations:
        svar["avvikelser"] = [_said(klass, typ, code) for (klass, typ), code in _by_class(deviations)]
    return svar


def available(entitled: Collection[Pair] | None) -> Tree:
    """The entitlement list in canonical form."""
    pairs = ((klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types)
    return {
        "informationstyper": [
            {"klass": klass, "informationstyp": _typ(typ)}
            for klass, typ in pairs
            if entitled is None or (klass, typ) in entitled
        ]
    }


def _deviation(klass: str, typ: str, state: State) -> str:
    if state.entitled is not None and (klass, typ) not in state.entitled:
        return "OBEHORIG"
    return state.deviations.get(typ, "")


def _typ(typ: str) -> Tree:
    return kod(typ, (OVRIG_INFORMATION | FORMANSGRUPPER)[typ])


def _state(agency: str, code: str) -> Tree:
    return {"utlamnare": kod(agency, NAMN[agency]), "tillstand": kod(code, _TILLSTAND[code])}


def _said(klass: str, typ: str, code: str) -> Tree:
    return {"klass": klass, "informationstyp": _typ(typ), "avvikelse": kod(code, _AVVIKELSE[code])}


def _by_class(deviations: Mapping[Pair, str]) -> list[tuple[Pair, str]]:
    order: list[str] = list(KLASSENS_TYPER)
    return sorted(deviations.items(), key=lambda one: order.index(one[0][0]))


# --------------------------------------------------------------------------------------------------------- selection


def _selected(truth: Tree, wanted: list[Pair], span: Span) -> Tree:
    """What of the truth belongs to the wanted pairs and meets the period."""
    parts: list[Tree] = []
    cases: dict[str, set[str]] = {}
    payments: dict[str, set[str]] = {}
    for klass, typ in wanted:
        if klass in _STATUS:
            payments.setdefault(_STATUS[klass], set()).add(typ)
        elif klass in ("ansprak", "beslut"):
            cases.setdefault(typ, set()).add(klass)
        else:
            parts += [_place(truth, path, typ, span) for path in ANTAGANDEN.get(typ) or _home(typ)]
    parts += [_pm_cases(truth, typ, classes, span) for typ, classes in cases.items()]
    parts.append(
        {
            "utbetalningar": [
                one
                for one in truth.get("utbetalningar", ())
                if _meets(one, span) and _families(one) & payments.get(one["status"], set())
            ]
        }
    )
    return merged(*parts)


def _home(typ: str) -> tuple[str, ...]:
    return HEM[typ].platser if typ in HEM else ()


def _place(truth: Tree, path: str, typ: str, span: Span) -> Tree:
    """One section or list of the truth, as a part of an answer."""
    if "." not in path:
        found = truth.get(path, [])
        if isinstance(found, dict):
            return {path: found}
        return {path: [one for one in found if _of_type(one, typ)]}
    section, name = path.split(".")
    items = [one for one in truth.get(section, {}).get(name, ()) if one.get("utlamnare", "FK") == typ[:2]]
    if section == "arenden":
        kept = [case for one in items if (case := _case(one, ("beslut",), span))]
    else:
        kept = [one for one in items if _meets(one, span)]
    return {section: {name: kept}} if kept else {}


def _of_type(item: Tree, typ: str) -> bool:
    """Whether a piece of pension information belongs to the type: PM says which, FK's follows the assumption."""
    if item["utlamnare"] != typ[:2]:
        return False
    return typ[:2] == "FK" or item.get("informationstyp", {}).get("kod") == typ


def _pm_cases(truth: Tree, typ: str, classes: set[str], span: Span) -> Tree:
    """Pensionsmyndigheten's one case of a type, with its claims, its decisions or both."""
    (path,) = _home(typ)
    name = path.removeprefix("arenden.")
    lists = [fact for fact in ("ansprak", "beslut") if fact in classes]
    own = [one for one in truth.get("arenden", {}).get(name, ()) if one["utlamnare"] == "PM"]
    met = [case for one in own if (case := _case(one, lists, span)) and any(fact in case for fact in lists)]
    kept = [
        {key: value for key, value in case.items() if key in lists or key not in ("ansprak", "beslut")} for case in met
    ]
    return {"arenden": {name: kept}} if kept else {}


def _case(case: Tree, lists: Iterable[str], span: Span) -> Tree | None:
    """The case with those of its decisions that meet the period; None when it had some and none does."""
    kept = dict(case)
    had = False
    for fact in lists:
        if fact in case:
            had = True
            kept[fact] = [one for one in case[fact] if _meets(one, span)]
            if not kept[fact]:
                del kept[fact]
    return None if had and not any(fact in kept for fact in lists) else kept


def _families(payment: Tree) -> set[str]:
    """The information types of a payment: FK names its family by the bare code, PM names each line's type."""
    if payment["utlamnare"] == "FK":
        return {f"FK:{payment.get('formansfamilj', {}).get('kod', '')}"}
    return {line.get("formansgrupp", {}).get("kod", "") for line in payment.get("rader", ())}


# ------------------------------------------------------------------------------------------------------------ period

Span = tuple[str, str]
"""First and last day, both included, as YYYY-MM-DD."""

_OPEN: Span = ("0000-01-01", "9999-12-31")


def _span(period: Tree) -> Span:
    """A period as whole days: a date that is not whole begins with its first day and ends with its last."""
    first, last = period.get("from", _OPEN[0]), period.get("tom", _OPEN[1])
    whole = len(_OPEN[0])
    # No month has a later day than 31, and days are compared as texts, so the end of every month may be said so.
    return first + _OPEN[0][len(first) - whole or whole :], last + _OPEN[1][len(last) - whole or whole :]


def _spans(item: Tree) -> list[Span]:
    """The stretches of time that a record speaks of; none where it speaks of a state that holds at any time."""
    grants = [one["period"] for one in item.get("ersattningar", ()) if "period" in one]
    if grants:
        return [_span(one) for one in grants]
    if "faststalldes" in item:  # an income holds from the day on which it was established
        return [_span({"from": item["faststalldes"]})]
    for fact in ("datum", "fattades", "ankom"):
        if "yrkadPeriod" not in item and fact in item:
            return [_span({"from": item[fact], "tom": item[fact]})]
    for fact in ("period", "yrkadPeriod"):
        if fact in item:
            return [_span(item[fact])]
    if "lage" in item:  # a year of stepless set-off
        return [_span({"from": f"{item['ar']}", "tom": f"{item['ar']}"})]
    return []


def _meets(item: Tree, span: Span) -> bool:
    first, last = span
    found = _spans(item)
    return not found or any(one[0] <= last and first <= one[1] for one in found)


# ------------------------------------------------------------------------------------------------------- filtered data


def _without_compensations(svar: Tree) -> Tree:
    cases = svar.get("arenden", {}).get("sjukpenning", ())
    if not cases:
        return svar
    bare = [
        case
        | {
            "beslut": [
                {fact: value for fact, value in one.items() if fact != "ersattningar"} for one in case.get("beslut", ())
            ]
        }
        for case in cases
    ]
    return {**svar, "arenden": {**svar["arenden"], "sjukpenning": bare}}


assert set(ANTAGANDEN) | set(HEM) == set(INFORMATIONSTYPSKODER)  # noqa: S101  every type has its place, or is assumed
