"""An order of many questions and what is delivered of it: the frame around questions and answers.

LEFI Asynkron's contract is not public, so this frame is RECONSTRUCTED: `adapters/asynkron10/assumptions.py` lists what
was assumed. What stands inside the frame, the question and the answer, is the vocabulary's own.
"""

from __future__ import annotations

from typing import Literal

from schemas.bas import Modell, Personnummer, Tidpunkt, fakt, fakta, nyckel
from schemas.svar import Felsvar, Fraga, Svar

Leveranssatt = Literal["HAMTAS", "SKICKAS"]
"""Whether the one who orders fetches what is delivered, or has it sent."""
LAGEN = ("MOTTAGEN", "PAGAR", "KLAR", "AVBRUTEN", "MISSLYCKAD")
"""What can have become of an order: taken, under way, done, cancelled, failed."""


class Bestallningsrad(Modell):
    """One question of an order."""

    rad_id: str = nyckel("The row's identity, chosen by the one who orders; its answer names it.", examples=["1"])
    fraga: Fraga = nyckel("The question.")


class Bestallning(Modell):
    """An order: many questions at once."""

    referens: str = nyckel("The order's identity, chosen by the one who orders: the same one is never two orders.")
    leveranssatt: Leveranssatt = nyckel("Whether what is delivered is fetched (HAMTAS) or sent (SKICKAS).")
    rader: list[Bestallningsrad] = nyckel("The questions; at least one.")


class Bestallningskvittens(Modell):
    """The acknowledgement of an order."""

    bestallnings_id: str = nyckel("The order's identity, chosen by the one who takes it.")
    referens: str = nyckel("The identity that the order came with.")
    mottogs: Tidpunkt | None = fakt("When the order was taken.")
    antal_rader: int = nyckel("How many questions were taken.")


class Leveransuppgift(Modell):
    """A package of answers that can be fetched."""

    leverans_id: str = nyckel("The package's identity.")
    lopnummer: int = nyckel("The package's place among those of its order, from 1.")
    antal_rader: int = nyckel("How many rows are in it.")
    sista: bool = nyckel("Whether no package has a higher number.")


class Bestallningsstatus(Modell):
    """What has become of an order."""

    bestallnings_id: str = nyckel("The order's identity, chosen by the one who took it.")
    referens: str = nyckel("The identity that the order came with.")
    lage: str = nyckel("Taken, under way, done, cancelled or failed.", examples=["PAGAR"])
    leveranser: list[Leveransuppgift] = fakta("The packages that can be fetched so far.")


class Leverans(Leveransuppgift):
    """The head of a package: its first line."""

    bestallnings_id: str = nyckel("The order's identity, chosen by the one who took it.")
    referens: str = nyckel("The identity that the order came with.")


class Leveransrad(Modell):
    """One row of a package: the answer to one question, or why there is none."""

    rad_id: str = nyckel("The identity of the question's row.")
    personnummer: Personnummer = nyckel("The person that the row is about, twelve digits.")
    kortform: bool | None = fakt("True where ten digits came and the century was added.")
    svar: Svar | None = fakt("The answer.")
    fel: Felsvar | None = fakt("The error, where there is no answer.")


class Leveranskvittens(Modell):
    """The acknowledgement of a package that was sent."""

    leverans_id: str = nyckel("The package's identity.")
    antal_rader: int = nyckel("How many rows were read.")
