"""Income and what the person owes or draws beside the cases: SGI, tax registration, studiemedel."""

from __future__ import annotations

from typing import ClassVar

from schemas.bas import Belopp, Datum, Kod, Modell, Period, fakt


class SjukpenninggrundandeInkomst(Modell):
    """An income that sjukpenning is computed from (FK:SGI)."""

    SKILJER: ClassVar[tuple[str, ...]] = ("faststalldes", "typ")

    faststalldes: Datum | None = fakt("When the income was established.")
    typ: Kod | None = fakt("The kind of income.")
    anstallning: Belopp | None = fakt("Yearly income from employment.")
    verksamhet: Belopp | None = fakt("Yearly income from one's own business.")
    karensdagar: int | None = fakt("Days of karens in one's own business.")
    dagar: int | None = fakt("Working days in a year.")
    timmar: int | None = fakt("Working hours in a year.")


class Skatteuppgift(Modell):
    """Tax registration (FK:SKUP)."""

    SKILJER: ClassVar[tuple[str, ...]] = ("skatteredovisningsnummer",)

    skatteredovisningsnummer: str | None = fakt("The number under which the person's tax is registered.")


class Studiemedelsavisering(Modell):
    """A notice about studiemedel (FK:STAV)."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ", "period")

    typ: Kod | None = fakt("What the notice is about.")
    period: Period | None = fakt("The period that the notice is about.")
