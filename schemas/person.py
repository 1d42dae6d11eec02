"""The person that the question is about."""

from __future__ import annotations

from typing import ClassVar

from schemas.bas import Adress, Datum, Kod, Modell, Omfattning, Person, fakt, fakta


class Arbetsgivare(Modell):
    """An employer."""

    namn: str | None = fakt("The employer, or who to ask for there.")
    organisationsnummer: str | None = fakt("Organisation number.")
    adress: Adress | None = fakt("The employer's address.")


class Kontakt(Modell):
    """Who to reach at a place of work."""

    namn: str | None = fakt("Name of the contact.")
    telefon: list[str] = fakta("Telephone numbers.")
    epost: list[str] = fakta("E-mail addresses.")


class Arbetsstalle(Modell):
    """A place of work."""

    nummer: str | None = fakt("CFAR number of the place of work.")
    namn: str | None = fakt("Name of the place of work.")
    arbetsgivare: Arbetsgivare | None = fakt("The employer there.")
    sysselsattning: str | None = fakt("What the person does there.")
    arbetstid: Omfattning | None = fakt("How large a part of full time.")
    adress: Adress | None = fakt("Address of the place of work.")
    telefon: list[str] = fakta("Telephone numbers of the place of work.")
    kontakt: Kontakt | None = fakt("Who to reach there.")


class Folkbokforing(Modell):
    """A municipality in which the person is registered."""

    SKILJER: ClassVar[tuple[str, ...]] = ("lan", "kommun")

    lan: str | None = fakt("Code of the county, two digits.")
    kommun: str | None = fakt("Code of the municipality within the county, two digits.")


class Medborgarskap(Modell):
    """A citizenship."""

    SKILJER: ClassVar[tuple[str, ...]] = ("land", "datum")

    datum: Datum | None = fakt("Since when; absent from birth or when it is not known.")
    land: Kod | None = fakt("The country.")


class Personinformation(Person):
    """General information about the person that the question is about (FK:GEPI)."""

    civilstand: Kod | None = fakt("Marital status.")
    adresser: list[Adress] = fakta("Special address first, then the registered one, then those abroad.")
    folkbokford: list[Folkbokforing] = fakta("Where the person is registered.")
    medborgarskap: list[Medborgarskap] = fakta("Citizenships.")
    barn: list[Person] = fakta("The person's children.")
    samhoriga: list[Person] = fakta("Persons registered as belonging together with this one.")
    arbetsstallen: list[Arbetsstalle] = fakta("Places of work, the main one first.")
