"""Illness: sjukpenning, förebyggande sjukpenning, rehabiliteringsersättning, sjuk- och aktivitetsersättning, smitta."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.arende import Arende, Beslut, Dagersattning, Ersattningsdag, Provatbeslut, Samordnad
from schemas.bas import Belopp, Kod, Modell, Omfattning, fakt, fakta, nyckel


class Sjukpenningdag(Ersattningsdag):
    """One day of sjukpenning."""

    karensavdrag: Belopp | None = fakt("What was deducted from the day for karens.")


class Sjukpenningersattning(Dagersattning):
    """Sjukpenning over one period."""

    karens: bool | None = fakt("Whether the period is karens.")
    ersattning: Kod | None = fakt("The kind of compensation.")
    ersattningsniva: Kod | None = fakt("The level of the compensation.")
    ersattningsdagar: list[Sjukpenningdag] = fakta("The days, one by one.")


class Sjukpenningbeslut(Provatbeslut):
    """A decision on sjukpenning, förebyggande sjukpenning or rehabiliteringsersättning."""

    ersattningar: list[Sjukpenningersattning] = fakta("What is granted.")


class Sjukpenningarende(Arende):
    """A case of sjukpenning, förebyggande sjukpenning or rehabiliteringsersättning."""

    beslut: list[Sjukpenningbeslut] = fakta("Decisions in the case.")


class Forsakringstid(Modell):
    """What a case of sjuk- och aktivitetsersättning is computed from."""

    forsakringstid: Omfattning | None = fakt("The person's insured time when applying, as a part of what is needed.")
    forsakringstid_gsa_ar: int | None = fakt("Insured time for garantiersättning in EU/EEA cases: years.")
    forsakringstid_gsa_manad: int | None = fakt("Insured time for garantiersättning in EU/EEA cases: months.")
    forsakringstid_gsa_dag: int | None = fakt("Insured time for garantiersättning in EU/EEA cases: days.")


class Sjukersattning(Samordnad):
    """Sjukersättning or aktivitetsersättning over one period."""

    omfattning: Omfattning | None = fakt("The extent over the period.")


class Sjukersattningsbeslut(Beslut):
    """A decision on sjuk- och aktivitetsersättning."""

    ersattningar: list[Sjukersattning] = fakta("What is granted.")


class Sjukersattningsarende(Arende):
    """A case of sjuk- och aktivitetsersättning."""

    grunduppgifter: Forsakringstid | None = fakt("Insured time.")
    beslut: list[Sjukersattningsbeslut] = fakta("Decisions in the case.")


class SteglosAvrakning(Modell):
    """How income was or is set off steplessly against sjukersättning in one year."""

    SKILJER: ClassVar[tuple[str, ...]] = ("lage", "ar")

    lage: Literal["nulage", "historik"] = nyckel("Whether this is the present state or history.")
    ar: int | None = fakt("The year.")
    arsinkomst_i_sverige: Belopp | None = fakt("Yearly income in Sweden, as estimated in the application.")
    arsinkomst_i_annat_land: Belopp | None = fakt("Yearly income abroad, as estimated in the application.")
    fribelopp: Belopp | None = fakt("Income that does not reduce the compensation.")
    mellanskillnad: Belopp | None = fakt("Difference between the preliminary and the final compensation.")
    tillagg: Belopp | None = fakt("Supplement when the difference is paid out.")
    avgift: Belopp | None = fakt("Fee when the difference is reclaimed.")
    utbetalning: Belopp | None = fakt("What is paid out: difference and supplement.")
    aterkrav: Belopp | None = fakt("What is reclaimed: difference and fee.")


class Dagpenningbeslut(Beslut):
    """A decision that grants days and nothing else."""

    ersattningar: list[Dagersattning] = fakta("What is granted.")


class Dagpenningarende(Arende):
    """A case of smittbärarersättning or of dagpenning till totalförsvarspliktiga."""

    beslut: list[Dagpenningbeslut] = fakta("Decisions in the case.")
