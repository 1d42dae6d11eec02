"""The words in which an answer is shown to people: outcomes, evidence, classes, kinds of notes."""

from __future__ import annotations

from typing import Any

from schemas.koder import KLASSENS_TYPER, KLASSER, OVRIG_INFORMATION, Klass, Utfall

OUTCOMES: dict[Utfall, str] = {
    "levererad": "delivered",
    "inga_uppgifter": "nothing to report",
    "ej_behorig": "not entitled",
    "fel_hos_kallan": "the source failed",
    "kallan_nere": "the source is down",
    "period_ej_tackt": "the source does not reach that far back",
    "finns_ej_i_versionen": "not in this version",
    "mojligen_filtrerad": "unknown: may have been left out",
    "bortvald": "cut by our own rule",
}
KNOWN: frozenset[str] = frozenset({"levererad", "inga_uppgifter"})
"""The outcomes with which the answer is known. With any other, an empty answer means nothing."""

AGENCIES = {"FK": "Försäkringskassan", "PM": "Pensionsmyndigheten"}

_EVIDENCE: dict[tuple[str, str | None], str] = {
    ("utlamnarens_tillstand", None): "the agency did not say how it is",
    ("uppgifter", "attribuerade"): "data came",
    ("uppgifter", "oattribuerade"): "data came that may be of this type",
    ("avvikelse", "ingen"): "no deviation",
    ("behorighetslista", "finns_i_listan"): "in the entitlement list",
    ("behorighetslista", "saknas_i_listan"): "not in the entitlement list",
    ("behorighetslista", "ej_tillganglig"): "entitlement list not available",
    ("attribution", "okand"): "which type the data are of is not published",
    ("versionens_formaga", None): "the version has no such type",
}
_EVIDENCE_OF: dict[str, str] = {
    "utlamnarens_tillstand": "agency state",
    "avvikelse": "deviation",
    "kallans_historik": "held from",
    "filterregel": "rule on",
}
NOTES = {
    "okant_falt": "unknown field",
    "okand_kod": "unknown code",
    "fel_form": "wrong shape",
    "saknas": "missing",
    "forlorad": "lost in this version",
    "bortvald": "cut by our own rule",
}
CONTRACTS = {
    "officiellt": "the agency's official contract",
    "rekonstruerat": "a contract that we reconstructed",
}


def outcome(code: str) -> str:
    """An outcome in words; a code that this program does not know yet as it stands."""
    return next((text for known, text in OUTCOMES.items() if known == code), code)


def evidence(entry: dict[str, Any]) -> str:
    """From what an outcome was concluded."""
    found = []
    for one in entry.get("bevis", ()):
        kind, value = one.get("slag", ""), one.get("varde")
        words = f"{_EVIDENCE_OF.get(kind, kind)} {value or ''}".strip()
        found.append(_EVIDENCE.get((kind, value), words))
    return "; ".join(found)


def name_of(klass: str, typ: str) -> str:
    """The Swedish name of an information type; empty for one that this program does not know."""
    name = next((types.get(typ, "") for known, types in KLASSENS_TYPER.items() if known == klass), "")
    return name.partition(" (")[0] if name.startswith(typ) else name


def asked(text: str) -> tuple[str, str]:
    """`FK:SJP` or `utbetalningar/FK:SJP` as class and type.

    Without a class, other information is asked for as such, Pensionsmyndigheten's benefits as decisions and
    Försäkringskassan's as cases. Raises ValueError that says what was expected.
    """
    klass, sign, typ = text.rpartition("/")
    if not sign:
        klass = _default_class(typ)
    if klass not in KLASSER:
        msg = f"expected one of the classes {', '.join(KLASSER)} before the slash"
        raise ValueError(msg)
    types = KLASSENS_TYPER[klass]
    if typ not in types:
        msg = f"expected a type of the class {klass}: {', '.join(types)}"
        raise ValueError(msg)
    return klass, typ


def _default_class(typ: str) -> Klass:
    if typ in OVRIG_INFORMATION:
        return "ovrig_information"
    return "beslut" if typ.startswith("PM:") else "formansinformation"
