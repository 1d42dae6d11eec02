"""Children and disability: barnbidrag, underhållsstöd, omvårdnad, merkostnad, vårdbidrag, handikappersättning."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.arende import Arende, Beslut, Periodersattning, Provatbeslut, Samordnad
from schemas.bas import Adress, Belopp, Kod, Manad, Modell, Omfattning, Period, Person, fakt, fakta, nyckel
from schemas.familjer.foralder import Barnuppgift


class Barnbidragsunderlag(Modell):
    """What a decision on barnbidrag rests on."""

    skolgang: bool | None = fakt("Whether the child went to school at the time.")
    myndighetsplacering: bool | None = fakt("Whether an authority had placed the child at the time.")


class Barnbidragsersattning(Periodersattning):
    """Barnbidrag over one period."""

    underlag: Barnbidragsunderlag | None = fakt("What the decision rests on.")


class Barnbidragsbeslut(Beslut):
    """A decision on barnbidrag."""

    ersattningar: list[Barnbidragsersattning] = fakta("What is granted.")


class Barnbidragsarende(Arende):
    """A case of barnbidrag."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "grunduppgifter")

    grunduppgifter: Barnuppgift | None = fakt("The child.")
    beslut: list[Barnbidragsbeslut] = fakta("Decisions in the case.")


class Institution(Modell):
    """Where a child is placed."""

    institution: Kod | None = fakt("The kind of institution.")
    namn: str | None = fakt("Its name.")
    adress: Adress | None = fakt("Its address.")


class MottagareAvBarnbidragUnderlag(Modell):
    """What a decision on a child's own barnbidrag rests on."""

    skolgang: bool | None = fakt("Whether the child went to school at the time.")
    institutionsplacering: Institution | None = fakt("Where the child was placed.")
    tva_bidragsmottagare: bool | None = fakt("Whether the benefit is shared between two recipients.")
    utbetalningsmanad: Manad | None = fakt("Month of the latest payment.")
    utbetalningsmottagare: list[Person] = fakta("Who got the latest payment: one person, or two who share it.")
    myndighetsutbetalning: bool | None = fakt("True where an authority got the latest payment.")


class MottagareAvBarnbidragErsattning(Periodersattning):
    """A child's own barnbidrag over one period."""

    underlag: MottagareAvBarnbidragUnderlag | None = fakt("What the decision rests on.")


class MottagareAvBarnbidragBeslut(Beslut):
    """A decision on barnbidrag where the child itself is the recipient."""

    ersattningar: list[MottagareAvBarnbidragErsattning] = fakta("What is granted.")


class MottagareAvBarnbidragUppgift(Modell):
    """The person that a case of a child's own barnbidrag is about."""

    SKILJER: ClassVar[tuple[str, ...]] = ("personuppgift",)

    personuppgift: Person | None = fakt("The person.")


class MottagareAvBarnbidragArende(Arende):
    """A case of barnbidrag where the child itself is the recipient."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "grunduppgifter")

    grunduppgifter: MottagareAvBarnbidragUppgift | None = fakt("The person.")
    beslut: list[MottagareAvBarnbidragBeslut] = fakta("Decisions in the case.")


class Underhallsstodsersattning(Samordnad):
    """Underhållsstöd over one period."""

    ersattning: Kod | None = fakt("The kind of support.")


class Underhallsstodsbeslut(Beslut):
    """A decision on underhållsstöd."""

    ersattningar: list[Underhallsstodsersattning] = fakta("What is granted.")


class Underhallsstodsarende(Arende):
    """A case of underhållsstöd."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "roll", "grunduppgifter")

    roll: Literal["krav", "mottagande"] = nyckel("Whether the person owes the support or receives it.")
    grunduppgifter: Barnuppgift | None = fakt("The child.")
    beslut: list[Underhallsstodsbeslut] = fakta("Decisions in the case.")


class Underhallsskuld(Modell):
    """A debt of underhållsstöd."""

    belopp: Belopp | None = fakt("What is owed.")


class Barnunderlag(Modell):
    """The children that a decision is about."""

    barn: list[Person] = fakta("The children.")


class Periodbeslut(Modell):
    """One period of a decision on merkostnadsersättning or omvårdnadsbidrag."""

    SKILJER: ClassVar[tuple[str, ...]] = ("period",)

    period: Period | None = fakt("The period.")
    omfattning: Omfattning | None = fakt("The level of the benefit.")
    andel: Omfattning | None = fakt("The part of the benefit that this parent gets.")
    utbetalningstyp: Kod | None = fakt("Running, retroactive or holiday.")


class Omvardnadsersattning(Periodersattning):
    """Merkostnadsersättning or omvårdnadsbidrag over one period."""

    underlag: Barnunderlag | None = fakt("The children.")


class Omvardnadsbeslut(Provatbeslut):
    """A decision on merkostnadsersättning or omvårdnadsbidrag."""

    upphorande_manad_from: Manad | None = fakt("The month from whose first day the decision no longer holds.")
    periodbeslut: list[Periodbeslut] = fakta("The decision's periods; none when it is a rejection.")
    ersattningar: list[Omvardnadsersattning] = fakta("What is granted.")


class Omvardnadsarende(Arende):
    """A case of merkostnadsersättning or omvårdnadsbidrag."""

    beslut: list[Omvardnadsbeslut] = fakta("Decisions in the case.")


class Vardbidragsunderlag(Modell):
    """What a decision on vårdbidrag rests on."""

    barn: list[Person] = fakta("The children at the time of the decision.")
    delat: bool | None = fakt("Whether the benefit is shared; with whom is not said.")


class Vardbidragsersattning(Periodersattning):
    """Vårdbidrag over one period."""

    ersattning: Kod | None = fakt("The kind of benefit.")
    omfattning: Omfattning | None = fakt("The extent of the benefit.")
    underlag: Vardbidragsunderlag | None = fakt("What the decision rests on.")


class Vardbidragsbeslut(Beslut):
    """A decision on vårdbidrag."""

    ersattningar: list[Vardbidragsersattning] = fakta("What is granted.")


class Vardbidragsarende(Arende):
    """A case of vårdbidrag."""

    beslut: list[Vardbidragsbeslut] = fakta("Decisions in the case.")


class Handikappersattning(Periodersattning):
    """Handikappersättning over one period."""

    omfattning: Omfattning | None = fakt("The extent of the benefit.")


class Handikappersattningsbeslut(Beslut):
    """A decision on handikappersättning."""

    ersattningar: list[Handikappersattning] = fakta("What is granted.")


class Handikappersattningsarende(Arende):
    """A case of handikappersättning."""

    beslut: list[Handikappersattningsbeslut] = fakta("Decisions in the case.")
