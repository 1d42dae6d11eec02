"""Labour market: aktivitetsstöd, programersättning, and what Arbetsförmedlingen's programmes bring with them."""

from __future__ import annotations

from typing import ClassVar

from schemas.arende import Arende, Beslut, Ersattningsdag, Periodersattning
from schemas.bas import Kod, Modell, Omfattning, Period, fakt, fakta


class Atgard(Modell):
    """The activity that a case of aktivitetsstöd is about."""

    SKILJER: ClassVar[tuple[str, ...]] = ("atgardstyp",)

    atgardstyp: Kod | None = fakt("The kind of activity.")


class Aktivitetsstod(Periodersattning):
    """Aktivitetsstöd over one period."""

    dagar: int | None = fakt("Number of compensated days.")
    karens: bool | None = fakt("Whether the period is karens.")
    ersattning: Kod | None = fakt("The kind of compensation.")


class Aktivitetsstodsbeslut(Beslut):
    """A decision on aktivitetsstöd."""

    ersattningar: list[Aktivitetsstod] = fakta("What is granted.")


class Aktivitetsstodsarende(Arende):
    """A case of aktivitetsstöd."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "grunduppgifter")

    grunduppgifter: Atgard | None = fakt("The activity.")
    beslut: list[Aktivitetsstodsbeslut] = fakta("Decisions in the case.")


class Programersattningsdag(Ersattningsdag):
    """One day of programersättning."""

    ersattning: Kod | None = fakt("The kind of compensation on the day.")


class Programersattning(Periodersattning):
    """Programersättning over one period."""

    ersattning: Kod | None = fakt("The kind of compensation.")
    dagforteckning: list[str] = fakta("The list of days as the agency gives it, as texts.")
    ersattningsdagar: list[Programersattningsdag] = fakta("The days, one by one.")


class Programersattningsbeslut(Beslut):
    """A decision on programersättning."""

    ersattningar: list[Programersattning] = fakta("What is granted.")


class Programersattningsarende(Arende):
    """A case of programersättning."""

    beslut: list[Programersattningsbeslut] = fakta("Decisions in the case.")


class Programanvisning(Modell):
    """A referral to a labour market programme (FK:PANV)."""

    SKILJER: ClassVar[tuple[str, ...]] = ("period", "program")

    period: Period | None = fakt("The period of the referral.")
    omfattning: Omfattning | None = fakt("The extent of the programme.")
    program: Kod | None = fakt("The programme.")


class Programjobdagar(Modell):
    """Days used in jobb- och utvecklingsgarantin (FK:PJOB)."""

    antal_forbrukade: int | None = fakt("Number of days used.")
    har_forbrukat_max_antal: bool | None = fakt("Whether all days are used.")
