"""`lefi ask`: one question to a running gateway, answered for people or for programs."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway import clock
from gateway.cli import calling, given, show, words
from gateway.cli.console import console
from gateway.consumers.stated import CODE, GROUND_HEADER, PURPOSE_HEADER
from gateway.jsonio import encode
from gateway.wire import WireRequest

Tree = dict[str, Any]

_PROBLEM, _NOT_KNOWN = 1, 3
_OK = 200


def ask(  # noqa: PLR0913, PLR0917  these are the options
    personnummer: Annotated[
        str, typer.Argument(help="Personnummer or samordningsnummer, 10 or 12 digits; - asks for it or reads it.")
    ],
    typ: Annotated[
        list[str],
        typer.Option(
            metavar="[CLASS/]TYPE", help="What to ask for, once for each: FK:SJP, PM:AP, utbetalningar/FK:SJP."
        ),
    ],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day.", show_default="a year before the last")
    ] = None,
    tom: Annotated[str | None, typer.Option(metavar="DATE", help="Last day.", show_default="today")] = None,
    url: Annotated[str, typer.Option(help="Address of the gateway.")] = "http://127.0.0.1:8080",
    key_file: Annotated[
        Path | None, typer.Option(help="File with the API key; else the variable LEFI_KEY, else no key is sent.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="PEM file with the only CA to trust for https.")] = None,
    version: Annotated[str | None, typer.Option(help="The version to ask, as v9; else the newest.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Code of the purpose, where several are agreed.")] = None,
    ground: Annotated[str | None, typer.Option(help="Code of the legal ground, where several are agreed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the gateway answered, as it stands.")] = False,
) -> None:
    """Ask a running gateway about one person.

    Give - as the personnummer and it is asked for, or read from standard input: as an argument it would stay in the
    shell's history, and other users of the machine could see it.

    Without a class before the type, FK's benefits are asked for as formansinformation, PM's as beslut, and other
    information as ovrig_information.

    Status 0: everything is known. 3: some asked type has an outcome with which its answer is not known (ej_behorig,
    fel_hos_kallan, kallan_nere, period_ej_tackt, finns_ej_i_versionen, mojligen_filtrerad, bortvald). 1: no answer.
    2: the command is wrong.
    """
    request = WireRequest(
        "POST",
        "/v1/fragor",
        calling.headers(key_file) | _said(version, purpose, ground),
        encode(
            {
                "personnummer": given.number() if personnummer == "-" else personnummer,
                "period": period(from_, tom),
                "informationstyper": [asked_type(one) for one in typ],
            }
        ),
    )
    response = calling.sent(url, ca, request)
    tree = calling.decoded(response)
    if as_json and tree is not None:
        sys.stdout.buffer.write(response.body + b"\n")
        sys.stdout.flush()
    if tree is None or (response.status == _OK and "tackning" not in tree):
        calling.say(f"{calling.ANOTHER} (HTTP {response.status})")
        raise typer.Exit(_PROBLEM)
    if response.status != _OK:
        show.problem(console(stderr=True), tree)
        raise typer.Exit(_PROBLEM)
    if not as_json:
        show.answer(console(), tree)
    if any(one["utfall"] not in words.KNOWN for one in tree["tackning"]):
        raise typer.Exit(_NOT_KNOWN)


def _said(version: str | None, purpose: str | None, ground: str | None) -> dict[str, str]:
    """What the options say in header fields, where only a code can stand."""
    given = {
        "lefi-version": ("--version", version, "a version, as v9"),
        PURPOSE_HEADER: ("--purpose", purpose, "a code of lower-case letters, digits and hyphens"),
        GROUND_HEADER: ("--ground", ground, "a code of lower-case letters, digits and hyphens"),
    }
    for option, value, expected in given.values():
        if value is not None and not CODE.fullmatch(value):
            raise typer.BadParameter(f"expected {expected}", param_hint=option)
    return {name: value for name, (_, value, _) in given.items() if value is not None}


def asked_type(text: str) -> Tree:
    """A type as it is asked for; a usage error for another."""
    try:
        klass, typ = words.asked(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--typ") from None
    return {"klass": klass, "informationstyp": typ}


def period(first: str | None, last: str | None) -> Tree:
    """The period of a question; a year up to today when left out."""
    tom = clock.today() if last is None else given.day(last, "--tom")
    return {
        "from": (_a_year_before(tom) if first is None else given.day(first, "--from")).isoformat(),
        "tom": tom.isoformat(),
    }


def _a_year_before(day: date) -> date:
    """The day after the same day of the year before, so that the two make a whole year."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year - 1, 3, 1)
