"""The information types, the classes they are asked in, and the outcomes that coverage can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Klass = Literal[
    "formansinformation", "ansprak", "beslut", "preliminara_utbetalningar", "utbetalningar", "ovrig_information"
]
"""The classes of information: a benefit's cases as FK structures them, claims and decisions as PM does, payments
coming and made, and other information."""

Utfall = Literal[
    "levererad",
    "inga_uppgifter",
    "ej_behorig",
    "fel_hos_kallan",
    "kallan_nere",
    "period_ej_tackt",
    "finns_ej_i_versionen",
    "mojligen_filtrerad",
    "bortvald",
]
"""Delivered; nothing to report; not entitled; the source failed; the source is down; the source does not reach that
far back; the version has no such type; nothing came though it cannot be excluded that something was left out; cut
by our own rule for this consumer."""

KLASSER: tuple[Klass, ...] = get_args(Klass)

FORMANSGRUPPER_FK: dict[str, str] = {
    "FK:ABB": "Barnbidrag",
    "FK:AP": "Allmän pension",
    "FK:AS": "FK:AS (probably aktivitetsstöd; the contract gives the bare code)",
    "FK:BOB": "Bostadsbidrag",
    "FK:BST": "FK:BST (the contract gives the bare code)",
    "FK:BTI": "Bostadstillägg",
    "FK:DPE": "Dagpenning till totalförsvarspliktiga",
    "FK:EJO": "FK:EJO (the contract gives the bare code)",
    "FK:ET": "FK:ET (the contract gives the bare code)",
    "FK:FP": "Föräldrapenning",
    "FK:FSJP": "Förebyggande sjukpenning",
    "FK:GP": "Graviditetspenning",
    "FK:HE": "Handikappersättning",
    "FK:MABB": "Mottagare av barnbidrag",
    "FK:MEK": "Merkostnadsersättning",
    "FK:NP": "Närståendepenning",
    "FK:OMV": "Omvårdnadsbidrag",
    "FK:PJOB": "Programjobdagar",
    "FK:PROG": "Programersättning",
    "FK:RBE": "Rehabiliteringsersättning",
    "FK:SA": "Sjuk- och aktivitetsersättning",
    "FK:SBP": "Smittbärarersättning",
    "FK:SJP": "Sjukpenning",
    "FK:TFP": "Tillfällig föräldrapenning",
    "FK:US": "Underhållsstöd",
    "FK:VB": "Vårdbidrag",
    "FK:YL": "Yrkesskadelivränta",
}
"""Försäkringskassan's groups of benefits, with a name for people."""

FORMANSGRUPPER_PM: dict[str, str] = {
    "PM:AP": "Allmän pension",
    "PM:BTI": "Bostads- och inkomststöd",
    "PM:EF": "Efterlevandeförmåner",
}
"""Pensionsmyndigheten's groups of benefits, with a name for people."""

OVRIG_INFORMATION: dict[str, str] = {
    "FK:GEPI": "Generell personinformation",
    "FK:PANV": "Programanvisning",
    "FK:SGI": "Sjukpenninggrundande inkomst",
    "FK:SKUP": "Skatteuppgift",
    "FK:STAV": "Studiemedelsavisering",
    "PM:LINT": "Levnadsintyg",
    "PM:PBH": "Pensionsbehållning",
    "PM:PU": "Pensionsunderlag",
}
"""Other information, with a name for people."""

FORMANSGRUPPER: dict[str, str] = FORMANSGRUPPER_FK | FORMANSGRUPPER_PM

KLASSENS_TYPER: dict[Klass, dict[str, str]] = {
    "formansinformation": FORMANSGRUPPER_FK,
    "ansprak": FORMANSGRUPPER_PM,
    "beslut": FORMANSGRUPPER_PM,
    "preliminara_utbetalningar": FORMANSGRUPPER,
    "utbetalningar": FORMANSGRUPPER,
    "ovrig_information": OVRIG_INFORMATION,
}
"""Which information types each class takes."""

INFORMATIONSTYPSKODER: tuple[str, ...] = (*FORMANSGRUPPER, *OVRIG_INFORMATION)


@dataclass(frozen=True, slots=True)
class Hem:
    """Where in the canonical answer the data of an information type stand: sections and lists by JSON name."""

    platser: tuple[str, ...]


HEM: dict[str, Hem] = {
    "FK:ABB": Hem(("arenden.barnbidrag",)),
    "FK:AP": Hem(("arenden.allmanPension",)),
    "FK:BOB": Hem(("arenden.bostadsbidrag",)),
    "FK:BTI": Hem(("arenden.bostadstillagg",)),
    "FK:DPE": Hem(("arenden.totalforsvarsplikt",)),
    "FK:FP": Hem(("arenden.foraldrapenning",)),
    "FK:FSJP": Hem(("arenden.forebyggandeSjukpenning",)),
    "FK:GP": Hem(("arenden.graviditetspenning",)),
    "FK:HE": Hem(("arenden.handikappersattning",)),
    "FK:MABB": Hem(("arenden.mottagareAvBarnbidrag",)),
    "FK:MEK": Hem(("arenden.merkostnadsersattning",)),
    "FK:NP": Hem(("arenden.narstaendepenning",)),
    "FK:OMV": Hem(("arenden.omvardnadsbidrag",)),
    "FK:PJOB": Hem(("ovrigt.programjobdagar",)),
    "FK:PROG": Hem(("arenden.programersattning",)),
    "FK:RBE": Hem(("arenden.rehabiliteringsersattning",)),
    "FK:SA": Hem(("arenden.sjukOchAktivitetsersattning", "ovrigt.steglosaAvrakningar")),
    "FK:SBP": Hem(("arenden.smittbararersattning",)),
    "FK:SJP": Hem(("arenden.sjukpenning",)),
    "FK:TFP": Hem(("arenden.tillfalligForaldrapenning",)),
    "FK:US": Hem(("arenden.underhallsstod", "ovrigt.underhallsskulder")),
    "FK:VB": Hem(("arenden.vardbidrag",)),
    "FK:YL": Hem(("arenden.yrkesskadelivranta",)),
    "FK:GEPI": Hem(("person",)),
    "FK:PANV": Hem(("ovrigt.programanvisningar",)),
    "FK:SGI": Hem(("inkomst.sjukpenninggrundandeInkomster",)),
    "FK:SKUP": Hem(("inkomst.skatteuppgifter",)),
    "FK:STAV": Hem(("ovrigt.studiemedelsaviseringar",)),
    "PM:AP": Hem(("arenden.allmanPension",)),
    "PM:BTI": Hem(("arenden.bostadstillagg",)),
    "PM:EF": Hem(("arenden.efterlevandepension",)),
    "PM:LINT": Hem(("pension",)),
    "PM:PBH": Hem(("pension",)),
    "PM:PU": Hem(("pension",)),
}
"""The home of each information type that the contract lets one attribute."""

OATTRIBUERADE: dict[str, Hem] = {
    kod: Hem(("arenden.aktivitetsstod", "arenden.arbetsskadelivranta", "arenden.efterlevandepension", "pension"))
    for kod in ("FK:AS", "FK:BST", "FK:EJO", "FK:ET")
}
"""Codes that the contract does not explain. They are asked for like any other, but what belongs to which of them is
not said: their data may stand in any of FK's places that no explained code owns, and their absence proves nothing."""
