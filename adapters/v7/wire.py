"""How version 7 spells the vocabulary: a reconstruction, since the agency publishes no contract of it.

What it is made of: version 9's contract says that Försäkringskassan's information has the structure it had in earlier
versions, so that part is version 9's, to the letter; Pensionsmyndigheten's model came with version 9, and so did the
prefixes of the codes, the agencies' states and the deviations.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.fk import FK
from adapters.fk_listor import FK_LISTOR
from gateway.contract import Dialect, Gathered, Gone, Placed, Row, Shape, Split, Wire, Withheld
from gateway.forms import Prefixed, Renamed
from gateway.people import PersonalNumber
from schemas.arende import Periodersattning
from schemas.bas import Kod
from schemas.familjer import pension
from schemas.koder import FORMANSGRUPPER_FK, OVRIG_INFORMATION, Klass
from schemas.svar import Felsvar, Fraga, Frageperiod, Svar
from schemas.utbetalningar import Utbetalningsrad

_NEW_IN_9 = "came with version 9"
_NO_FK_FORM = "version 7's structure has no place for it"


_UTAN_PREFIX = Shape("KodUtanPrefix", Kod, (Row("kod", "id", form=Prefixed("PM:")), Row("text", "beskrivning")))
_PERIODICITET = Shape(
    "Periodicitet",
    Kod,
    (
        Row("kod", "id", form=Renamed((("MANAD", "1"), ("KVARTAL", "2"), ("HALVAR", "3"), ("AR", "4")), numeric=True)),
        Row("text", "beskrivning"),
    ),
)

PM_SOM_FK = FK.changed(
    "PmSomFk",
    {
        Periodersattning: (
            Row("delforman", form=_UTAN_PREFIX),
            Row("periodicitet", form=_PERIODICITET),
        ),
        Utbetalningsrad: (
            Row("forman", form=_UTAN_PREFIX),
            Row("beloppstyp", form=_UTAN_PREFIX),
            Gone("formansgrupp", _NO_FK_FORM),
        ),
        pension.Pensionsarendekarna: (Placed("formansgrupp"), Gone("ansprak", _NEW_IN_9)),
    },
)
"""What Pensionsmyndigheten delivers in version 9, in the structure that a consumer of version 7 knows."""


def _pm(to: str, nyckel: str, under: str = "", **marks: str) -> Gathered:
    wire = f"formansinformation.{nyckel}"
    marks = {"utlamnare": "PM", **marks}
    return Gathered(to, wire, PM_SOM_FK, marks=marks, under=under, written_only=True)


_SVAR = (
    *FK_LISTOR,
    _pm("arenden.allmanPension", "allmanpensionsarende"),
    _pm("arenden.bostadstillagg", "bostadstillaggsarende"),
    _pm("arenden.efterlevandepension", "efterlevandepensionsarende"),
    _pm("utbetalningar", "preliminarautbetalningar", status="preliminar"),
    _pm("utbetalningar", "utbetalningsuppgift", status="effektuerad"),
    _pm("pension", "levnadsintygsuppgift", "levnadsintyg"),
    _pm("pension", "intjanandebehallning", "pensionsbehallning"),
    _pm("pension", "intjanandeuppgift", "intjanandear"),
    Withheld("arenden.ovriga", _NEW_IN_9),
    Gone("utlamnare", _NEW_IN_9),
    Gone("avvikelser", _NEW_IN_9),
)


def _koder(*koder: str) -> Renamed:
    """Codes as they were before version 9 gave them prefixes."""
    return Renamed(tuple((kod, kod.partition(":")[2]) for kod in koder))


_FK_OVRIGT = tuple(kod for kod in OVRIG_INFORMATION if kod.startswith("FK:"))
KLASSER: dict[Klass, tuple[str, tuple[str, ...]]] = {
    "formansinformation": ("formansinformation", tuple(FORMANSGRUPPER_FK)),
    "preliminara_utbetalningar": ("preliminaraUtbetalningar", tuple(FORMANSGRUPPER_FK)),
    "utbetalningar": ("utbetalningar", tuple(FORMANSGRUPPER_FK)),
    "ovrig_information": ("ovrigInformation", _FK_OVRIGT),
}
"""The classes that can be asked for: their lists on the wire, and the information types in them."""


def question(klasser: Mapping[Klass, tuple[str, tuple[str, ...]]]) -> Dialect:
    """How a question about these classes is spelled."""
    lists = (
        Gathered(
            "informationstyper",
            nyckel,
            Dialect(klass),
            marks={"klass": klass},
            under="informationstyp",
            form=_koder(*koder),
            unique=True,
        )
        for klass, (nyckel, koder) in klasser.items()
    )
    rows = (Split(PersonalNumber(), "personnummer", required=True), Row("period", required=True), *lists)
    return Dialect("", records={Fraga: rows, Frageperiod: (Row("from", required=True), Row("tom", required=True))})


AVEN: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("formansinformation", "FK:AP"): (
        ("beslut", "PM:AP"),
        ("ovrig_information", "PM:LINT"),
        ("ovrig_information", "PM:PBH"),
        ("ovrig_information", "PM:PU"),
    ),
    ("formansinformation", "FK:BTI"): (("beslut", "PM:BTI"),),
    ("formansinformation", "FK:ET"): (("beslut", "PM:EF"),),
    ("utbetalningar", "FK:AP"): (("utbetalningar", "PM:AP"),),
    ("utbetalningar", "FK:BTI"): (("utbetalningar", "PM:BTI"),),
    ("utbetalningar", "FK:ET"): (("utbetalningar", "PM:EF"),),
    ("preliminara_utbetalningar", "FK:AP"): (("preliminara_utbetalningar", "PM:AP"),),
    ("preliminara_utbetalningar", "FK:BTI"): (("preliminara_utbetalningar", "PM:BTI"),),
    ("preliminara_utbetalningar", "FK:ET"): (("preliminara_utbetalningar", "PM:EF"),),
}
"""What a question of this version asks for besides where a newer version is asked: what Pensionsmyndigheten took over.

That survivors' pensions go with FK:ET is a guess: no published text says which code is theirs.
"""


_FEL = Dialect(
    "", records={Felsvar: (Row("felkod"), Row("meddelande", "felmeddelande"), Gone("tidpunkt", "a fault has none"))}
)

WIRE = Wire(
    "v7",
    {"fraga": (Fraga, question(KLASSER)), "svar": (Svar, Dialect("", records={Svar: _SVAR})), "fel": (Felsvar, _FEL)},
)
"""Version 7, three nouns: what an actor may ask for could not be asked before version 9."""
