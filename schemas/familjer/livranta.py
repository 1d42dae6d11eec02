"""Annuities after an injury: arbetsskadelivränta and yrkesskadelivränta, one's own or a survivor's."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.arende import Arende, Beslut, Periodersattning, Samordnad
from schemas.bas import Belopp, Datum, Kod, Modell, Omfattning, Person, Tal, fakt, fakta, nyckel


class Skadeuppgift(Modell):
    """The injury that an annuity is paid for."""

    SKILJER: ClassVar[tuple[str, ...]] = ("skadetillfalle",)

    skadetillfalle: Datum | None = fakt("The day of the injury.")
    arbetsgivarkod: Kod | None = fakt("The employer that bears the cost, by the agency's code.")
    orsaker: list[Kod] = fakta("The causes, or the kinds of annuity.")
    avliden: Person | None = fakt("Who died of the injury, when the annuity is a survivor's.")


class Arbetsskadeuppgift(Skadeuppgift):
    """The work injury that an annuity is paid for."""

    uppdaterades: Datum | None = fakt("When these facts were last updated.")
    arsinkomst_innan_skada: Belopp | None = fakt("Yearly income before the injury.")
    arsinkomst_efter_skada: Belopp | None = fakt("Yearly income after the injury.")


class Arbetsskadelivranteunderlag(Modell):
    """What a decision on arbetsskadelivränta rests on."""

    faktor: Tal | None = fakt("The annuity factor at the time of the decision.")
    samordningsandel: Omfattning | None = fakt("The part that is coordinated.")
    brutto_forhojning: Belopp | None = fakt("Gross increase.")
    pensionsgrundande_inkomst: Belopp | None = fakt("Pensionable income.")


class Arbetsskadelivranta(Samordnad):
    """Arbetsskadelivränta over one period."""

    ersattning: Kod | None = fakt("The kind of annuity.")
    underlag: Arbetsskadelivranteunderlag | None = fakt("What the decision rests on.")


class Arbetsskadelivrantebeslut(Beslut):
    """A decision on arbetsskadelivränta."""

    ersattningar: list[Arbetsskadelivranta] = fakta("What is granted.")


class Arbetsskadelivrantearende(Arende):
    """A case of arbetsskadelivränta."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "roll", "grunduppgifter")

    roll: Literal["egen", "efterlevande"] = nyckel("Whether the annuity is the person's own or a survivor's.")
    grunduppgifter: Arbetsskadeuppgift | None = fakt("The injury.")
    beslut: list[Arbetsskadelivrantebeslut] = fakta("Decisions in the case.")


class Yrkesskadelivranteunderlag(Modell):
    """What a decision on yrkesskadelivränta rests on."""

    faktor: Omfattning | None = fakt("The annuity factor at the time of the decision.")


class Yrkesskadelivranta(Periodersattning):
    """Yrkesskadelivränta over one period."""

    ersattning: Kod | None = fakt("The kind of annuity.")
    underlag: Yrkesskadelivranteunderlag | None = fakt("What the decision rests on.")


class Yrkesskadelivrantebeslut(Beslut):
    """A decision on yrkesskadelivränta."""

    ersattningar: list[Yrkesskadelivranta] = fakta("What is granted.")


class Yrkesskadelivrantearende(Arende):
    """A case of yrkesskadelivränta."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "roll", "grunduppgifter")

    roll: Literal["egen", "efterlevande"] = nyckel("Whether the annuity is the person's own or a survivor's.")
    grunduppgifter: Skadeuppgift | None = fakt("The injury.")
    beslut: list[Yrkesskadelivrantebeslut] = fakta("Decisions in the case.")
