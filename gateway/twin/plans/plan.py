"""What a plan of one person is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.twin.bits import Dice, Tree
from gateway.twin.numbers import FIRST, number

Life = Callable[[Dice, str], Iterable[Tree]]
"""Dice and the person's own number to the parts of the truth about the person."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One person: a date of birth and a birth number, what to say about it in a list, and its life."""

    day: str
    about: str
    life: Life
    serial: int = FIRST
    samordning: bool = False
    fault: str = ""

    @property
    def personnummer(self) -> str:
        """The person's number; it does not depend on the seed, so that documents and scripts can name it."""
        return number(self.day, self.serial, samordning=self.samordning)
