"""How version 9 spells the vocabulary: which of its lists make up which of ours, in whose dialect."""

from __future__ import annotations

from adapters.fk_listor import FK_LISTOR
from adapters.shapes import AVVIKELSE, TILLSTAND, UTLAMNARE, listkod
from adapters.v9.pm import FORMANSGRUPP, PM
from gateway.contract import Dialect, Gathered, Gone, Grouped, Placed, Row, Split, Wire
from gateway.forms import Enumerated
from gateway.people import PersonalNumber
from schemas.koder import FORMANSGRUPPER_FK, KLASSENS_TYPER, Klass
from schemas.svar import (
    Avvikelse,
    Felsvar,
    Fraga,
    Frageperiod,
    Svar,
    TillgangligaInformationstyper,
    Utlamnartillstand,
)

NYCKLAR: dict[Klass, str] = {
    "formansinformation": "formansinformation",
    "ansprak": "ansprak",
    "beslut": "beslut",
    "preliminara_utbetalningar": "preliminaraUtbetalningar",
    "utbetalningar": "utbetalningar",
    "ovrig_information": "ovrigInformation",
}
"""The wire's key of each class of information, in the question, the deviations and the entitlements alike."""

_TYPER = {
    "formansinformation": listkod("FkFormansgrupp", *FORMANSGRUPPER_FK),
    "ansprak": FORMANSGRUPP,
    "beslut": FORMANSGRUPP,
    "preliminara_utbetalningar": listkod("Formansgrupp", *KLASSENS_TYPER["utbetalningar"]),
    "utbetalningar": listkod("Formansgrupp", *KLASSENS_TYPER["utbetalningar"]),
    "ovrig_information": listkod("OvrigInformationstyp", *KLASSENS_TYPER["ovrig_information"]),
}


def _avvikelser(klass: Klass) -> Gathered:
    nyckel = "ovrigInformationstyp" if klass == "ovrig_information" else "formansgrupp"
    rows = (Placed("klass"), Row("informationstyp", nyckel, form=_TYPER[klass]), Row("avvikelse", form=AVVIKELSE))
    dialect = Dialect(f"Avvikelse{klass}", records={Avvikelse: rows})
    return Gathered("avvikelser", f"avvikelser.{NYCKLAR[klass]}", dialect, marks={"klass": klass})


_PENSIONSFAMILJER = {"PM:AP": "allmanPension", "PM:BTI": "bostadstillagg", "PM:EF": "efterlevandepension"}


def _pm_arenden(fact: str) -> Grouped:
    group = Row("formansgrupp", form=FORMANSGRUPP)
    return Grouped("arenden", fact, fact, PM, group, _PENSIONSFAMILJER, "ovriga", {"utlamnare": "PM"})


_SVAR = (
    *FK_LISTOR,
    _pm_arenden("ansprak"),
    _pm_arenden("beslut"),
    Gathered("utbetalningar", "preliminaraUtbetalningar", PM, marks={"utlamnare": "PM", "status": "preliminar"}),
    Gathered("utbetalningar", "utbetalningar", PM, marks={"utlamnare": "PM", "status": "effektuerad"}),
    Gathered("pension", "ovrigInformation", PM, marks={"utlamnare": "PM"}),
    *(_avvikelser(klass) for klass in NYCKLAR),
)

_TILLSTAND = (Row("utlamnare", form=UTLAMNARE), Row("tillstand", form=TILLSTAND))

_FRAGA = Dialect(
    "",
    records={
        Fraga: (
            Split(PersonalNumber(), "personnummer", required=True),
            Row("period", required=True),
            *(
                Gathered(
                    "informationstyper",
                    nyckel,
                    Dialect(klass),
                    marks={"klass": klass},
                    under="informationstyp",
                    form=Enumerated(tuple(KLASSENS_TYPER[klass])),
                    unique=True,
                )
                for klass, nyckel in NYCKLAR.items()
            ),
        ),
        Frageperiod: (Row("from", required=True), Row("tom", required=True)),
    },
)

_TILLGANGLIGA = Dialect(
    "",
    records={
        TillgangligaInformationstyper: (
            *(
                Gathered(
                    "informationstyper",
                    nyckel,
                    Dialect(klass),
                    marks={"klass": klass},
                    under="informationstyp",
                    form=_TYPER[klass],
                    unique=klass != "ovrig_information",
                )
                for klass, nyckel in NYCKLAR.items()
            ),
            Row("utlamnare", undeclared="the agency's own example carries it, its schema does not declare it"),
        ),
        Utlamnartillstand: _TILLSTAND,
    },
)

_FEL = (Row("tidpunkt", "timestamp"), Gone("felkod", "the text alone says it"))

WIRE = Wire(
    "v9",
    {
        "fraga": (Fraga, _FRAGA),
        "svar": (Svar, Dialect("", records={Svar: _SVAR, Utlamnartillstand: _TILLSTAND})),
        "tillgangligaInformationstyper": (TillgangligaInformationstyper, _TILLGANGLIGA),
        "fel": (
            Felsvar,
            Dialect("", records={Felsvar: (Row("tidpunkt", "timestamp"), Gone("felkod", "the text alone says it"))}),
        ),
    },
)
"""Version 9, all four nouns."""
