"""What a person gives a command: days, and somebody's number, which is never an argument where it need not be."""

from __future__ import annotations

import os
import pwd
import re
import sys
from datetime import date

import typer
from personnummer import personnummer

from gateway import clock
from gateway.cli.console import clean
from gateway.people import with_century

_TEN = 10
_NUMBER = re.compile(r"[0-9]{6}[-+ ]?[0-9]{4}")
_LONGEST = 500


def day(text: str, option: str) -> date:
    """A day; a usage error for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("expected a date as 2025-12-31", param_hint=option) from None


def words(text: str | None, option: str, longest: int = _LONGEST) -> str:
    """Words that are kept; a usage error for none, for too many, and for what could be somebody's number."""
    if not text or not text.strip() or len(text) > longest or _NUMBER.search(text):
        raise typer.BadParameter(
            f"expected words, at most {longest} characters, without anybody's number", param_hint=option
        )
    return clean(text.strip())


def user() -> str:
    """Who runs the command, by the operating system's word and not the environment's."""
    own = os.getuid()
    try:
        return pwd.getpwuid(own).pw_name
    except KeyError:  # a container's user need not have a name
        return f"uid {own}"


def number() -> str:
    """A personnummer as it was typed at a prompt or stands on standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Personnummer", err=True)).strip()
    return sys.stdin.readline().strip()


def person(option: str) -> str:
    """A personnummer or samordningsnummer that exists, typed or read, in twelve digits; a usage error for another."""
    digits = number().replace("-", "")
    if not (digits.isascii() and digits.isdigit() and personnummer.valid(digits)):
        raise typer.BadParameter("expected a personnummer or samordningsnummer of 10 or 12 digits", param_hint=option)
    return with_century(digits, clock.today()) if len(digits) == _TEN else digits
