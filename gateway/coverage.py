"""Coverage: for every asked information type why the answer holds what it holds, and from what that was concluded.

Rule 1: `inga_uppgifter` is said only when the agency was up, the type was entitled and the version has it.
Rule 2: the agency's state is looked at first: when a whole agency is down it makes no deviation.
Rule 3: what cannot be proved is not said: without proof of entitlement, nothing came is `mojligen_filtrerad`.
Rule 4: data that came are `levererad` only from an agency that said it was up; otherwise they may be a part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from xml.sax.saxutils import quoteattr

from schemas.koder import FORMANSGRUPPER_FK, HEM, OATTRIBUERADE

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known beside the answer: what was never asked, and what the source and the actor can do."""

    cut: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The (class, type) pairs that our own rules for this consumer cut, and by which rule."""
    version_types: Collection[tuple[str, str]] = frozenset()
    refused: Collection[tuple[str, str]] = frozenset()
    """What was not asked for, since the agency's list said that the actor may not."""
    entitled: Collection[tuple[str, str]] | None = None
    """What the agency says that the actor may ask for; None when that is not known."""
    history_from: Mapping[str, date] = field(default_factory=dict)
    states_agencies: bool = True
    """Whether the version states how each agency is; where it does not, an answer without a fault says that it is."""
    shows: Callable[[str], bool] = lambda _place: True
    """Whether our own rules for this consumer show anything at a place of the answer: `arenden.sjukpenning`."""


_NOTHING = (False, True)

Verdict = tuple[str, tuple[tuple[str, str | None], ...]]
"""An outcome, and its evidence as (kind, value) pairs."""


def explain(fraga: Tree, svar: Tree, grounds: Grounds) -> list[Tree]:
    """The answer's `tackning`: one entry for each asked type, in the order of the question."""
    states = _states(svar)
    deviations = {
        (one["klass"], one.get("informationstyp", {}).get("kod")): one.get("avvikelse", {}).get("kod")
        for one in svar.get("avvikelser", ())
    }
    entries = []
    for one in fraga["informationstyper"]:
        klass, typ = one["klass"], one["informationstyp"]
        unasked = _never_asked(klass, typ, grounds)
        if unasked is not None:
            outcome, evidence = unasked
        else:
            state = states.get(typ[:2]) if grounds.states_agencies else "OK"
            outcome, evidence = (
                _agency_failed(state)
                or _type_failed(klass, typ, deviations)
                or _came(klass, typ, svar, grounds.shows)
                or _nothing_came(klass, typ, fraga, svar, grounds)
            )
            stated = ("utlamnarens_tillstand", state) if grounds.states_agencies else ("svar_utan_fel", None)
            evidence = (stated, *evidence)
        bevis = [{"slag": kind} | ({} if value is None else {"varde": value}) for kind, value in evidence]
        entries.append(
            {"klass": klass, "informationstyp": typ, "utlamnare": typ[:2], "utfall": outcome, "bevis": bevis}
        )
    return entries


def _never_asked(klass: str, typ: str, grounds: Grounds) -> Verdict | None:
    if (klass, typ) in grounds.cut:
        return "bortvald", (("filterregel", grounds.cut[klass, typ]),)
    if (klass, typ) not in grounds.version_types:
        return "finns_ej_i_versionen", (("versionens_formaga", None),)
    if (klass, typ) in grounds.refused:
        return "ej_behorig", (("behorighetslista", "saknas_i_listan"),)
    return None


def _agency_failed(state: str | None) -> Verdict | None:
    """FELANDE, a state that is not in the list, or none: the agency did not say that it was up."""
    if state == "OK":
        return None
    return ("kallan_nere" if state == "OTILLGANGLIG" else "fel_hos_kallan"), ()


def _type_failed(klass: str, typ: str, deviations: Mapping[tuple[str, str | None], str | None]) -> Verdict | None:
    if (klass, typ) not in deviations:
        return None
    code = deviations[klass, typ]
    return ("ej_behorig" if code == "OBEHORIG" else "fel_hos_kallan"), (("avvikelse", code),)


def _came(klass: str, typ: str, svar: Tree, shows: Callable[[str], bool]) -> Verdict | None:
    """Data that stand only where nothing is shown were cut, which is not the same as delivered."""
    homes = places(klass, typ)
    found, certain = _found(klass, typ, svar, homes)
    if not found:
        return None
    shown, _ = _found(klass, typ, svar, [home for home in homes if shows(home)])
    if not shown:
        return "bortvald", (("filterregel", "falt"),)
    return "levererad", (("uppgifter", "attribuerade" if certain else "oattribuerade"),)


def _nothing_came(klass: str, typ: str, fraga: Tree, svar: Tree, grounds: Grounds) -> Verdict:
    if grounds.entitled is not None and (klass, typ) not in grounds.entitled:
        return "ej_behorig", (("behorighetslista", "saknas_i_listan"),)
    earliest = grounds.history_from.get(typ)
    if earliest and date.fromisoformat(fraga["period"]["tom"]) < earliest:
        return "period_ej_tackt", (("kallans_historik", earliest.isoformat()),)
    if grounds.entitled is None:
        return "mojligen_filtrerad", (("behorighetslista", "ej_tillganglig"),)
    entitled = ("behorighetslista", "finns_i_listan")
    _, certain = _found(klass, typ, svar, places(klass, typ))
    if not certain:
        return "mojligen_filtrerad", (entitled, ("attribution", "okand"))
    return "inga_uppgifter", (entitled, ("avvikelse", "ingen"))


def _states(svar: Tree) -> dict[str, str | None]:
    return {
        one.get("utlamnare", {}).get("kod"): one.get("tillstand", {}).get("kod") for one in svar.get("utlamnare", ())
    }


def places(klass: str, typ: str) -> tuple[str, ...]:
    """Where in an answer the data of a type can stand: sections and lists by JSON name."""
    if klass in ("utbetalningar", "preliminara_utbetalningar"):
        return ("utbetalningar",)
    return (OATTRIBUERADE.get(typ) or HEM[typ]).platser


def _found(klass: str, typ: str, svar: Tree, homes: Collection[str]) -> tuple[bool, bool]:
    """Whether the answer holds data of the type at these places, and whether that is certain."""
    if klass in ("utbetalningar", "preliminara_utbetalningar"):
        return _payments("effektuerad" if klass == "utbetalningar" else "preliminar", typ, svar) if homes else _NOTHING
    if typ in OATTRIBUERADE:
        return any(_of(typ[:2], items) for items in _places(homes, svar)), False
    found = False
    for items in _places(homes, svar):
        for item in _of(typ[:2], items):
            if klass in ("ansprak", "beslut"):
                found = found or (klass in item and _names(item, "formansgrupp", typ))
            elif typ.startswith("PM:"):
                found = found or _names(item, "informationstyp", typ)
            else:
                found = True
    return found, True


def _places(paths: Collection[str], svar: Tree) -> list[list[Tree]]:
    """What stands at the places; a single record as a list of one."""
    found = []
    for path in paths:
        here: Any = svar
        for step in path.split("."):
            here = here.get(step, {}) if type(here) is dict else {}
        if here:
            found.append(here if type(here) is list else [here])
    return found


def _of(agency: str, items: list[Tree]) -> list[Tree]:
    """The records that stood in the agency's part; a record without a mark can only be FK's."""
    return [item for item in items if item.get("utlamnare", "FK") == agency]


def _names(item: Tree, fact: str, typ: str) -> bool:
    return bool(item.get(fact, {}).get("kod") == typ)


def _payments(status: str, typ: str, svar: Tree) -> tuple[bool, bool]:
    """FK names a payment's family of benefits by the bare code, PM each line's information type.

    Which family codes FK uses is not published: a payment whose code is none of the known ones could be of any type.
    """
    payments = [one for one in _of(typ[:2], svar.get("utbetalningar", [])) if one["status"] == status]
    if typ.startswith("PM:"):
        return any(_names(line, "formansgrupp", typ) for one in payments for line in one.get("rader", ())), True
    families = [one.get("formansfamilj", {}).get("kod") for one in payments]
    known = all(f"FK:{family}" in FORMANSGRUPPER_FK for family in families)
    return typ.removeprefix("FK:") in families, known


FAILED = frozenset({"kallan_nere", "fel_hos_kallan"})
REFUSED = frozenset({"ej_behorig", "bortvald"})
"""Outcomes that must not look like "nothing to report" to a caller whose version has no word for them."""

NAMESPACE = "urn:lefi-gateway:tackning:1"
"""The namespace of the header block that says why an answer is as it is to a caller whose version cannot."""


def as_deviations(entries: list[Tree]) -> list[Tree]:
    """Coverage that only the gateway knows of, as deviations, for faces that have no other word for it.

    A type that was never asked must not look like one that has nothing to report.
    """
    codes = {"bortvald": "OBEHORIG", "finns_ej_i_versionen": "INTERNT_FEL"}
    return [
        {
            "klass": one["klass"],
            "informationstyp": {"kod": one["informationstyp"], "text": one["informationstyp"]},
            "avvikelse": {"kod": codes[one["utfall"]]},
        }
        for one in entries
        if one["utfall"] in codes
    ]


def as_block(entries: list[Tree]) -> str:
    """The coverage as a SOAP header block, which nobody must understand."""
    facts = ("klass", "informationstyp", "utlamnare", "utfall")
    types = "".join(f"<typ {' '.join(f'{fact}={quoteattr(one[fact])}' for fact in facts)}/>" for one in entries)
    return f'<tackning xmlns="{NAMESPACE}">{types}</tackning>'
