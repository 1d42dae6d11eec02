"""Housing: bostadsbidrag (bostadstillägg stands with the pensions, since both agencies deliver it)."""

from __future__ import annotations

from schemas.arende import Arende, Beslut, Periodersattning
from schemas.bas import Belopp, Modell, Person, fakt, fakta


class Bostadsbidragsunderlag(Modell):
    """What a decision on bostadsbidrag rests on."""

    reducerad_bostadskostnad: Belopp | None = fakt("Housing cost after reduction.")
    total_bostadskostnad: Belopp | None = fakt("Housing cost in all.")
    inkomster: list[Belopp] = fakta("Incomes.")
    hemmavarande_barn: list[Person] = fakta("Children living at home.")
    tidvis_boende_barn: list[Person] = fakta("Children living there part of the time.")
    vaxelvis_boende_barn: list[Person] = fakta("Children living there every other period.")


class Bostadsbidragsersattning(Periodersattning):
    """Bostadsbidrag over one period."""

    underlag: Bostadsbidragsunderlag | None = fakt("What the decision rests on.")


class Bostadsbidragsbeslut(Beslut):
    """A decision on bostadsbidrag."""

    ersattningar: list[Bostadsbidragsersattning] = fakta("What is granted.")


class Bostadsbidragsarende(Arende):
    """A case of bostadsbidrag."""

    medsokande: list[Person] = fakta("Who applies together with the person.")
    beslut: list[Bostadsbidragsbeslut] = fakta("Decisions in the case.")
