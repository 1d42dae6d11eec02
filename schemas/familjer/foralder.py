"""Parents and relatives: föräldrapenning, tillfällig föräldrapenning, graviditetspenning, närståendepenning."""

from __future__ import annotations

from typing import ClassVar

from schemas.arende import Arende, Beslut, Dagersattning, Ersattningsdag
from schemas.bas import Belopp, Datum, Kod, Modell, Omfattning, Person, fakt, fakta


class Barnuppgift(Modell):
    """The child or children that a case is about."""

    SKILJER: ClassVar[tuple[str, ...]] = ("barn",)

    barn: list[Person] = fakta("The child that the case is about.")


class Foraldrapenningdag(Ersattningsdag):
    """One day of föräldrapenning."""

    niva: Kod | None = fakt("The level of the compensation.")


class Anspraksdag(Modell):
    """One day that föräldrapenning is claimed for."""

    SKILJER: ClassVar[tuple[str, ...]] = ("dag",)

    dag: Datum | None = fakt("The day.")
    niva: Kod | None = fakt("The level that is claimed.")
    omfattning: Omfattning | None = fakt("The part of the day that is claimed.")


class Foraldrapenningersattning(Dagersattning):
    """Föräldrapenning over one period."""

    ersattning: Kod | None = fakt("The kind of days.")
    ersattningsdagar: list[Foraldrapenningdag] = fakta("The days, one by one.")


class Foraldrapenningbeslut(Beslut):
    """A decision on föräldrapenning."""

    ersattningar: list[Foraldrapenningersattning] = fakta("What is granted.")


class Foraldrapenningarende(Arende):
    """A case of föräldrapenning."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "grunduppgifter")

    grunduppgifter: Barnuppgift | None = fakt("The child.")
    anspraksdagar: list[Anspraksdag] = fakta("The days that are claimed.")
    beslut: list[Foraldrapenningbeslut] = fakta("Decisions in the case.")


class BedomdDag(Modell):
    """One day as it was assessed in a case of tillfällig föräldrapenning."""

    SKILJER: ClassVar[tuple[str, ...]] = ("dag", "inkomsttyp")

    dag: Datum | None = fakt("The day; two entries for one day when both kinds of income were assessed.")
    belopp: Belopp | None = fakt("The amount that was assessed.")
    inkomsttyp: Kod | None = fakt("The kind of income.")
    berakningssatt: Kod | None = fakt("How it was computed.")


class TillfalligForaldrapenningersattning(Dagersattning):
    """Tillfällig föräldrapenning over one period."""

    ersattning: Kod | None = fakt("The kind of compensation.")
    bedomda_dagar: list[BedomdDag] = fakta("The days as they were assessed.")


class TillfalligForaldrapenningbeslut(Beslut):
    """A decision on tillfällig föräldrapenning."""

    ersattningar: list[TillfalligForaldrapenningersattning] = fakta("What is granted.")


class TillfalligForaldrapenningarende(Arende):
    """A case of tillfällig föräldrapenning."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "grunduppgifter")

    grunduppgifter: Barnuppgift | None = fakt("The child.")
    beslut: list[TillfalligForaldrapenningbeslut] = fakta("Decisions in the case.")


class Graviditetspenningersattning(Dagersattning):
    """Graviditetspenning over one period."""

    ersattning: Kod | None = fakt("Why it is granted.")


class Graviditetspenningbeslut(Beslut):
    """A decision on graviditetspenning."""

    ersattningar: list[Graviditetspenningersattning] = fakta("What is granted.")


class Graviditetspenningarende(Arende):
    """A case of graviditetspenning."""

    beslut: list[Graviditetspenningbeslut] = fakta("Decisions in the case.")


class Narstaendepenningersattning(Dagersattning):
    """Närståendepenning over one period."""

    karens: bool | None = fakt("Whether the period is karens.")
    ersattning: Kod | None = fakt("The kind of compensation.")


class Narstaendepenningbeslut(Beslut):
    """A decision on närståendepenning."""

    ersattningar: list[Narstaendepenningersattning] = fakta("What is granted.")


class Narstaendepenningarende(Arende):
    """A case of närståendepenning."""

    beslut: list[Narstaendepenningbeslut] = fakta("Decisions in the case.")
