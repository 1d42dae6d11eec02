"""What every record of the vocabulary is made of: leaf types, codes, amounts, periods.

Rule 1: a field is declared once, here or in a family's module; its JSON name is its Python name in camelCase.
Rule 2: field names are the agency's Swedish words without diacritics; prose is English.
Rule 3: a leaf's type says what it is (a date, a month, an amount), so every version can spell it in its own way.
Rule 4: nothing is required that a version may leave out; an absent fact and an empty list say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema


@dataclass(frozen=True, slots=True)
class Leaf:
    """Marks what kind of value a leaf holds, where its Python type alone does not say so."""

    kind: str


DATUM = Leaf("datum")
HELDATUM = Leaf("heldatum")
MANAD = Leaf("manad")
TIDPUNKT = Leaf("tidpunkt")
PERSONNUMMER = Leaf("personnummer")

Datum = Annotated[str, DATUM, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
"""A date of which the day, or the day and the month, may be unknown: `2024-05-31`, `2024-05`, `2024`."""

Heldatum = Annotated[str, HELDATUM, WithJsonSchema({"type": "string", "format": "date"})]
"""A whole date: `2024-05-31`."""

Manad = Annotated[str, MANAD, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
"""A month of a year: `2024-05`."""

Tidpunkt = Annotated[str, TIDPUNKT, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A point in time (RFC 3339)."""

Personnummer = Annotated[str, PERSONNUMMER, StringConstraints(pattern=r"^[0-9]{12}$")]
"""A personnummer or samordningsnummer with twelve digits and no separator."""

Tal = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""A number that keeps the digits it was written with; never a binary float."""


def json_namn(python_namn: str) -> str:
    """The JSON name of a field: `antal40delar` stays, `yl_avdrag` becomes `ylAvdrag`."""
    first, *rest = python_namn.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def fakt(beskrivning: str, **extra: Any) -> Any:
    """One optional fact: absent when the source did not state it."""
    return Field(default=None, description=beskrivning, **extra)


def fakta(beskrivning: str, **extra: Any) -> Any:
    """A list of facts: empty when the source stated none."""
    return Field(default_factory=list, description=beskrivning, **extra)


def nyckel(beskrivning: str, **extra: Any) -> Any:
    """A fact that is always there."""
    return Field(description=beskrivning, **extra)


class Modell(BaseModel):
    """The root of every record."""

    model_config = ConfigDict(
        alias_generator=json_namn, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    SKILJER: ClassVar[tuple[str, ...]] = ()
    """The business key: the facts that tell a record from its like in a list, whatever the order there. A list of
    records without one is a list in which the order may say something."""

    okant: dict[str, Any] | None = fakt(
        "What the source said beside this record that the vocabulary has no place for, under the source's own names."
    )

    def __repr__(self) -> str:
        """The type alone: a record's values are personal data."""
        return f"<{type(self).__name__}>"

    __str__ = __repr__


class Kod(Modell):
    """A value out of a list that the agency keeps, with the agency's own text for it."""

    SKILJER: ClassVar[tuple[str, ...]] = ("kod",)

    kod: str | None = fakt("The code, as text whatever the source's own type is.", examples=["SJP"])
    text: str | None = fakt("The agency's text for the code.", examples=["Sjukpenning"])


class Belopp(Modell):
    """An amount of money."""

    summa: Tal | None = fakt("How much, with the digits that the source gave.", examples=[1043.5])
    valuta: str | None = fakt("ISO 4217 code; absent where the source does not state a currency.", examples=["SEK"])


class Period(Modell):
    """A stretch of time, both ends included; an absent end is open."""

    SKILJER: ClassVar[tuple[str, ...]] = ("from", "tom")

    from_: Datum | None = fakt("The first day, as exact as the source gave it.", alias="from", examples=["2024-05-01"])
    tom: Datum | None = fakt("The last day, as exact as the source gave it.", examples=["2024-05"])


class Omfattning(Modell):
    """How large a part of the whole: as the source gave it, a fraction or a share."""

    taljare: int | None = fakt("Numerator; with a numerator and denominator of 0 the extent is not set.", examples=[3])
    namnare: int | None = fakt("Denominator.", examples=[4])
    andel: Tal | None = fakt("A share between 0 and 1.", examples=[0.75])


class Adress(Modell):
    """A postal address."""

    roller: list[Kod] = fakta("What the address is used for: registered, special, abroad.")
    utdelningsadress: list[str] = fakta("The delivery lines.")
    postnummer: str | None = fakt("Postal code.")
    postort: str | None = fakt("Postal town.")
    land: Kod | None = fakt("Country.")


class Person(Modell):
    """Another person who is named in the answer: a child, a spouse, someone deceased."""

    SKILJER: ClassVar[tuple[str, ...]] = ("personnummer", "foddes")

    personnummer: Personnummer | None = fakt("Personnummer or samordningsnummer, always with twelve digits.")
    kortform: bool | None = fakt(
        "True where the source gave ten digits and the century was added by the rule for persons under a hundred."
    )
    foddes: Datum | None = fakt("Date of birth.")
    namn: str | None = fakt("All names in one text.")
    skyddad: bool | None = fakt("Whether the identity is protected; absent must be read as protected.")
    avled: Datum | None = fakt("Date of death, as exact as it is known.")
    avled_datum_saknas: bool | None = fakt("True where the person is registered as deceased without a date.")
