"""A personnummer from a prompt or standard input: as an argument it would stay in the shell's history."""

from __future__ import annotations

import re
import sys
from datetime import date

import typer
from personnummer import personnummer

from gateway.people import with_century

_FORM = re.compile(r"([0-9]{2})?([0-9]{6})([-+]?)([0-9]{4})")
_CENTURY = 100


def asked_for(today: date) -> str:
    """The twelve digits of the number that is typed, or read; status 2 when it is none."""
    given = str(typer.prompt("Personnummer", err=True)) if sys.stdin.isatty() else sys.stdin.readline()
    number = twelve(given.strip(), today)
    if number is None:
        typer.echo("expected a personnummer or samordningsnummer of 10 or 12 digits, with its check digit", err=True)
        raise typer.Exit(2)
    return number


def twelve(given: str, today: date) -> str | None:
    """Twelve digits out of a number in any form that people write (`850412-9803`); None when it is no such number.

    A plus sign says that the person has turned a hundred.
    """
    found = _FORM.fullmatch(given)
    if found is None:
        return None
    century, born, sign, last = found.groups()
    number = f"{century}{born}{last}" if century else with_century(f"{born}{last}", today)
    if sign == "+" and not century:
        number = f"{int(number[:4]) - _CENTURY}{number[4:]}"
    return number if personnummer.valid(number) else None
