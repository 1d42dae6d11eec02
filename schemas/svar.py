"""The canonical question and answer: the stable JSON API, version 1."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from schemas.arende import Utlamnarkod
from schemas.bas import Heldatum, Kod, Modell, Personnummer, Tidpunkt, fakt, fakta, nyckel
from schemas.familjer.arbete import Aktivitetsstodsarende, Programanvisning, Programersattningsarende, Programjobdagar
from schemas.familjer.barn import (
    Barnbidragsarende,
    Handikappersattningsarende,
    MottagareAvBarnbidragArende,
    Omvardnadsarende,
    Underhallsskuld,
    Underhallsstodsarende,
    Vardbidragsarende,
)
from schemas.familjer.boende import Bostadsbidragsarende
from schemas.familjer.foralder import (
    Foraldrapenningarende,
    Graviditetspenningarende,
    Narstaendepenningarende,
    TillfalligForaldrapenningarende,
)
from schemas.familjer.livranta import Arbetsskadelivrantearende, Yrkesskadelivrantearende
from schemas.familjer.pension import (
    AllmanPensionarende,
    Bostadstillaggsarende,
    Efterlevandepensionsarende,
    Pensionsarende,
)
from schemas.familjer.sjuk import Dagpenningarende, Sjukersattningsarende, Sjukpenningarende, SteglosAvrakning
from schemas.inkomst import SjukpenninggrundandeInkomst, Skatteuppgift, Studiemedelsavisering
from schemas.intjanande import Pensionsuppgift
from schemas.koder import INFORMATIONSTYPSKODER, Klass, Utfall
from schemas.person import Personinformation
from schemas.utbetalningar import Utbetalning


class Frageperiod(Modell):
    """The period that a question is about, both days included; at most two years without an agreed exception."""

    from_: Heldatum = nyckel("The first day.", alias="from", examples=["2025-01-01"])
    tom: Heldatum = nyckel("The last day.", examples=["2025-12-31"])


class Informationstyp(Modell):
    """One thing that is asked for: an information type within a class of information."""

    SKILJER: ClassVar[tuple[str, ...]] = ("klass", "informationstyp")

    klass: Klass = nyckel("The class of information.", examples=["formansinformation"])
    informationstyp: Annotated[str, Field(json_schema_extra={"enum": list(INFORMATIONSTYPSKODER)})] = nyckel(
        "The information type, with the agency's prefix.", examples=["FK:SJP"]
    )


class Fraga(Modell):
    """A question about one person."""

    personnummer: Personnummer = nyckel("The person: personnummer or samordningsnummer, twelve digits.")
    kortform: bool | None = fakt("True where the caller gave ten digits and the century was added.")
    period: Frageperiod = nyckel("The period that is asked about.")
    informationstyper: list[Informationstyp] = nyckel("What is asked for; at least one.", min_length=1)


class Bevis(Modell):
    """From what an outcome was concluded."""

    slag: str = nyckel("What kind of evidence it is.", examples=["utlamnarens_tillstand"])
    varde: str | None = fakt("What it said.", examples=["OTILLGANGLIG"])


class Tackning(Modell):
    """Why the answer holds what it holds about one asked information type."""

    SKILJER: ClassVar[tuple[str, ...]] = ("klass", "informationstyp")

    klass: Klass = nyckel("The class of information.")
    informationstyp: str = nyckel("The information type.")
    utlamnare: Utlamnarkod = nyckel("The agency that answers for it.")
    utfall: Utfall = nyckel("The outcome.")
    bevis: list[Bevis] = fakta("From what the outcome was concluded.")


class Arenden(Modell):
    """The cases, one list for each family of benefits."""

    sjukpenning: list[Sjukpenningarende] = fakta("Sjukpenning (FK:SJP).")
    forebyggande_sjukpenning: list[Sjukpenningarende] = fakta("Förebyggande sjukpenning (FK:FSJP).")
    rehabiliteringsersattning: list[Sjukpenningarende] = fakta("Rehabiliteringsersättning (FK:RBE).")
    sjuk_och_aktivitetsersattning: list[Sjukersattningsarende] = fakta("Sjuk- och aktivitetsersättning (FK:SA).")
    smittbararersattning: list[Dagpenningarende] = fakta("Smittbärarersättning (FK:SBP).")
    totalforsvarsplikt: list[Dagpenningarende] = fakta("Dagpenning till totalförsvarspliktiga (FK:DPE).")
    foraldrapenning: list[Foraldrapenningarende] = fakta("Föräldrapenning (FK:FP).")
    tillfallig_foraldrapenning: list[TillfalligForaldrapenningarende] = fakta("Tillfällig föräldrapenning (FK:TFP).")
    graviditetspenning: list[Graviditetspenningarende] = fakta("Graviditetspenning (FK:GP).")
    narstaendepenning: list[Narstaendepenningarende] = fakta("Närståendepenning (FK:NP).")
    aktivitetsstod: list[Aktivitetsstodsarende] = fakta("Aktivitetsstöd.")
    programersattning: list[Programersattningsarende] = fakta("Programersättning (FK:PROG).")
    barnbidrag: list[Barnbidragsarende] = fakta("Barnbidrag (FK:ABB).")
    mottagare_av_barnbidrag: list[MottagareAvBarnbidragArende] = fakta("A child's own barnbidrag (FK:MABB).")
    bostadsbidrag: list[Bostadsbidragsarende] = fakta("Bostadsbidrag (FK:BOB).")
    bostadstillagg: list[Bostadstillaggsarende] = fakta("Bostadstillägg and income support (FK:BTI, PM:BTI).")
    underhallsstod: list[Underhallsstodsarende] = fakta("Underhållsstöd (FK:US).")
    handikappersattning: list[Handikappersattningsarende] = fakta("Handikappersättning (FK:HE).")
    merkostnadsersattning: list[Omvardnadsarende] = fakta("Merkostnadsersättning (FK:MEK).")
    omvardnadsbidrag: list[Omvardnadsarende] = fakta("Omvårdnadsbidrag (FK:OMV).")
    vardbidrag: list[Vardbidragsarende] = fakta("Vårdbidrag (FK:VB).")
    arbetsskadelivranta: list[Arbetsskadelivrantearende] = fakta("Arbetsskadelivränta.")
    yrkesskadelivranta: list[Yrkesskadelivrantearende] = fakta("Yrkesskadelivränta (FK:YL).")
    allman_pension: list[AllmanPensionarende] = fakta("Allmän pension (FK:AP, PM:AP).")
    efterlevandepension: list[Efterlevandepensionsarende] = fakta("Survivors' pensions (PM:EF).")
    ovriga: list[Pensionsarende] = fakta("Cases whose information type is missing or not known.")


class Inkomst(Modell):
    """Income."""

    sjukpenninggrundande_inkomster: list[SjukpenninggrundandeInkomst] = fakta("FK:SGI.")
    skatteuppgifter: list[Skatteuppgift] = fakta("FK:SKUP.")


class Ovrigt(Modell):
    """What is neither a case nor an income, a payment or a pension."""

    programanvisningar: list[Programanvisning] = fakta("FK:PANV.")
    programjobdagar: list[Programjobdagar] = fakta("FK:PJOB.")
    studiemedelsaviseringar: list[Studiemedelsavisering] = fakta("FK:STAV.")
    steglosa_avrakningar: list[SteglosAvrakning] = fakta("Stepless set-off of income against sjukersättning.")
    underhallsskulder: list[Underhallsskuld] = fakta("Debts of underhållsstöd.")


class Utlamnartillstand(Modell):
    """The state of an agency, as it gave it."""

    SKILJER: ClassVar[tuple[str, ...]] = ("utlamnare",)

    utlamnare: Kod | None = fakt("The agency.")
    tillstand: Kod | None = fakt("OK, FELANDE or OTILLGANGLIG.")


class Avvikelse(Modell):
    """An information type that the agency says that it did not deliver."""

    SKILJER: ClassVar[tuple[str, ...]] = ("klass", "informationstyp")

    klass: Klass = nyckel("The class of information.")
    informationstyp: Kod | None = fakt("The information type.")
    avvikelse: Kod | None = fakt("Why: INTERNT_FEL or OBEHORIG.")


class Anmarkning(Modell):
    """Something in an answer that is not as its contract says, or that did not fit where it was to go."""

    vag: str = nyckel(
        "Where: a JSON pointer (RFC 6901) into the source's message, or into this one when rendering; of what was cut, "
        "into this one, with * for every position of a list."
    )
    slag: Literal["okant_falt", "okand_kod", "fel_form", "saknas", "forlorad", "bortvald"] = nyckel(
        "Unknown field, unknown code, wrong shape, missing though required, lost in the version asked for, or cut by "
        "our own rule for this consumer."
    )
    text: str = nyckel("What was expected there; never the value.")


class Ursprung(Modell):
    """Which version was asked, how and when."""

    version: str = nyckel("The version of LEFI that was asked.", examples=["v9"])
    protokoll: str = nyckel("The protocol.", examples=["REST"])
    kontrakt: Literal["officiellt", "rekonstruerat"] = nyckel("Whether the contract is the agency's own or rebuilt.")
    uppstroms: str = nyckel("The name of the connection.", examples=["v9"])
    fragades: Tidpunkt = nyckel("When the agency was asked.")
    besvarades: Tidpunkt = nyckel("When it had answered.")


class Delkalla(Ursprung):
    """Where a part of an answer came from, when several versions shared the question."""

    SKILJER: ClassVar[tuple[str, ...]] = ("uppstroms",)

    informationstyper: list[Informationstyp] = fakta("What this part answers for.")


class Kalla(Ursprung):
    """Where the answer came from; where versions shared the question, the newest of them, and every one in `delar`."""

    korrelations_id: str = nyckel("Our identity of the exchange.")
    delar: list[Delkalla] = fakta("Each version's part, where several shared the question.")


class Svar(Modell):
    """An answer."""

    EGNA: ClassVar[frozenset[str]] = frozenset({"fraga", "tackning", "anmarkningar", "kalla"})
    """What the gateway says of its own accord: no version's wire carries it."""

    fraga: Fraga | None = fakt("What was asked.")
    tackning: list[Tackning] = fakta("For every asked information type why the answer is as it is.")
    person: Personinformation | None = fakt("General information about the person (FK:GEPI).")
    arenden: Arenden | None = fakt("Cases by family of benefits.")
    utbetalningar: list[Utbetalning] = fakta("Payments of both agencies, made and coming.")
    inkomst: Inkomst | None = fakt("Income.")
    pension: list[Pensionsuppgift] = fakta("Pension information that is no case.")
    ovrigt: Ovrigt | None = fakt("Everything else.")
    utlamnare: list[Utlamnartillstand] = fakta("Each agency's state, as it gave it.")
    avvikelser: list[Avvikelse] = fakta("What the agencies say that they did not deliver.")
    anmarkningar: list[Anmarkning] = fakta("What was odd about the source's answer, and what was lost on the way.")
    kalla: Kalla | None = fakt("Where the answer came from.")


class TillgangligInformationstyp(Modell):
    """An information type that may be asked for."""

    SKILJER: ClassVar[tuple[str, ...]] = ("klass", "informationstyp")

    klass: Klass = nyckel("The class of information.")
    informationstyp: Kod | None = fakt("The information type.")


class TillgangligaInformationstyper(Modell):
    """What an actor may ask for."""

    informationstyper: list[TillgangligInformationstyp] = fakta("What may be asked for.")
    utlamnare: list[Utlamnartillstand] = fakta("Each agency's state, where it was given.")


class Felsvar(Modell):
    """The agency's own form of an error; its text is for operators and is never shown to end users."""

    felkod: str | None = fakt("What kind of error it is, where the version says.")
    meddelande: str | None = fakt("What went wrong, for operators.")
    tidpunkt: Tidpunkt | None = fakt("When it went wrong.")


Trad = dict[str, Any]
"""A record as a plain tree: JSON names, absent facts left out, numbers as int or Decimal."""
