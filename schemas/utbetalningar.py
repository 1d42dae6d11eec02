"""Payments of both agencies, made or coming, in one shape."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.arende import Utlamnarkod
from schemas.bas import Belopp, Datum, Kod, Modell, Omfattning, Period, fakt, fakta, nyckel


class Avdragspost(Modell):
    """One deduction from a payment."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ",)

    typ: Kod | None = fakt("The kind of deduction.")
    belopp: Belopp | None = fakt("What is deducted.")


class Utbetalningsrad(Modell):
    """One line of a payment; days must not be summed over lines, since deductions are lines too."""

    SKILJER: ClassVar[tuple[str, ...]] = ("formansgrupp", "forman", "beloppstyp", "period")

    formansgrupp: Kod | None = fakt("The information type that the line belongs to, where the agency says which.")
    forman: Kod | None = fakt("The benefit that is paid.")
    beloppstyp: Kod | None = fakt("The kind of compensation or deduction.")
    period: Period | None = fakt("The period that is paid for.")
    omfattning: Omfattning | None = fakt("The extent.")
    dagar: int | None = fakt("Number of days.")
    timmar: int | None = fakt("Number of hours.")
    bruttobelopp: Belopp | None = fakt("The line's amount when it is neither tax nor another deduction.")
    skattebelopp: Belopp | None = fakt("The line's amount when it is tax.")
    avdragsbelopp: Belopp | None = fakt("The line's amount when it is a deduction other than tax.")


class Utbetalning(Modell):
    """One payment."""

    SKILJER: ClassVar[tuple[str, ...]] = ("utlamnare", "datum", "formansfamilj", "period")

    utlamnare: Utlamnarkod = nyckel("The agency in whose part of the answer the payment stood; not always who pays.")
    status: Literal["preliminar", "effektuerad"] = nyckel(
        "Coming, or made; made means that it was started, not that it has arrived."
    )
    typ: Kod | None = fakt("Local, monthly, daily, retroactive or presumptive.")
    foretag: Kod | None = fakt("The agency that pays.")
    formansfamilj: Kod | None = fakt("The family of benefits that is paid.")
    datum: Datum | None = fakt("The day of payment.")
    period: Period | None = fakt("The period that is paid for.")
    bruttobelopp: Belopp | None = fakt("Gross amount.")
    skattebelopp: Belopp | None = fakt("Tax.")
    avdrag_inklusive_skatt: Belopp | None = fakt("All deductions, tax among them.")
    avdragsposter: list[Avdragspost] = fakta("The deductions, one by one, where the agency lists them.")
    nettobelopp: Belopp | None = fakt("What is paid out.")
    rader: list[Utbetalningsrad] = fakta("The lines of the payment.")
