"""The core that every case, decision and compensation shares, whichever agency and version it came from."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from schemas.bas import Belopp, Datum, Kod, Modell, Omfattning, Period, fakt, nyckel

Utlamnarkod = Annotated[Literal["FK", "PM"], "utlamnare"]
"""The agency in whose part of the answer a fact stood: FK Försäkringskassan, PM Pensionsmyndigheten."""


class Ersattning(Modell):
    """What a decision grants over one period."""

    SKILJER: ClassVar[tuple[str, ...]] = ("period",)

    period: Period | None = fakt("The period that the compensation is granted for.")


class Dagersattning(Ersattning):
    """A compensation that is counted in days."""

    omfattning: Omfattning | None = fakt("The extent on the days that are compensated.")
    dagar: int | None = fakt("Number of compensated days.")


class Periodersattning(Ersattning):
    """A compensation that is an amount for every month, quarter or year."""

    SKILJER: ClassVar[tuple[str, ...]] = ("period", "delforman")

    delforman: Kod | None = fakt("The part of the benefit (FK), the type of compensation (PM).")
    periodicitet: Kod | None = fakt("How often the amount is due.")
    belopp: Belopp | None = fakt("The decided gross amount.")


class Samordnad(Periodersattning):
    """A compensation that may be coordinated with others."""

    samordnat_belopp: Belopp | None = fakt("The gross amount after coordination with other benefits.")


class Ersattningsdag(Modell):
    """One calendar day of a compensation."""

    SKILJER: ClassVar[tuple[str, ...]] = ("dag",)

    dag: Datum | None = fakt("The day.")
    belopp: Belopp | None = fakt("The gross amount for the day.")


class Beslut(Modell):
    """A decision."""

    SKILJER: ClassVar[tuple[str, ...]] = ("fattades", "forman", "ersattningar")

    fattades: Datum | None = fakt("The day on which the decision was made.")
    definitivt: bool | None = fakt("Whether the decision is final; it may be appealed all the same.")
    forman: Kod | None = fakt("The benefit.")


class Provatbeslut(Beslut):
    """A decision that states its own status and outcome."""

    status: Kod | None = fakt("Final, preliminary or interim, in the source's own codes.")
    utfall: Kod | None = fakt("The outcome, in the source's own codes.")


class Arende(Modell):
    """A case."""

    SKILJER: ClassVar[tuple[str, ...]] = ("utlamnare", "formansgrupp", "startades")

    utlamnare: Utlamnarkod = nyckel("The agency in whose part of the answer the case stood.")
    formansgrupp: Kod | None = fakt("The information type that the case belongs to, where the agency says which.")
    startades: Datum | None = fakt("When the case was opened, normally the day the application came in.")
    aktivt: bool | None = fakt("Whether the case is active.")
    avslaget: bool | None = fakt("Whether the case is rejected.")
