"""`lefi ask`: one question to a running gateway, answered for people or for programs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from gateway import clock
from gateway.cli import given, show, words
from gateway.cli.console import console
from gateway.connection import Connection
from gateway.consumers.identify import KEY_HEADER
from gateway.consumers.stated import CODE, GROUND_HEADER, PURPOSE_HEADER
from gateway.errors import UpstreamError
from gateway.jsonio import JSON_TYPE, decode, encode
from gateway.transport import Transport
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]

_PROBLEM, _NOT_KNOWN = 1, 3
_OK = 200
_SECONDS = 90  # longer than the gateway may take by default: what is slow should be said by it
_MAX_BYTES = 256 * 1024 * 1024
ANOTHER = "the answer is not one of a LEFI gateway"


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
        headers(key_file) | _said(version, purpose, ground),
        encode(
            {
                "personnummer": given.number() if personnummer == "-" else personnummer,
                "period": period(from_, tom),
                "informationstyper": [asked_type(one) for one in typ],
            }
        ),
    )
    response = sent(url, ca, request)
    tree = decoded(response)
    if as_json and tree is not None:
        sys.stdout.buffer.write(response.body + b"\n")
        sys.stdout.flush()
    if tree is None or (response.status == _OK and "tackning" not in tree):
        say(f"{ANOTHER} (HTTP {response.status})")
        raise typer.Exit(_PROBLEM)
    if response.status != _OK:
        show.problem(console(stderr=True), tree)
        raise typer.Exit(_PROBLEM)
    if not as_json:
        show.answer(console(), tree)
    if any(one["utfall"] not in words.KNOWN for one in tree["tackning"]):
        raise typer.Exit(_NOT_KNOWN)


def sent(url: str, ca: Path | None, request: WireRequest) -> WireResponse:
    """What the gateway answers; status 1, and why, where it does not."""
    connection = _connection(url, ca)

    async def send() -> WireResponse:
        try:
            transport = Transport("gateway", connection, reads_busy=True)
        except ValueError as error:  # its text names the setting and what was expected
            raise typer.BadParameter(str(error).partition(": ")[2], param_hint="--ca") from None
        try:
            return await transport.send(request)
        finally:
            await transport.aclose()

    try:
        return asyncio.run(send())
    except UpstreamError as error:
        why = error.detail.partition(": ")[2] or error.type
        hint = "" if error.sent else "; is `lefi serve` running there?"
        say(f"no answer from the gateway at {connection.url}: {why}{hint}")
        raise typer.Exit(_PROBLEM) from None


def _connection(url: str, ca: Path | None) -> Connection:
    try:
        return Connection(url=url, ca=ca, read_seconds=_SECONDS, total_seconds=_SECONDS, max_answer_bytes=_MAX_BYTES)
    except ValidationError as error:
        text = error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(text, param_hint="--url") from None


def decoded(response: WireResponse) -> Tree | None:
    """The object that an answer holds; None where it holds none."""
    with contextlib.suppress(ValueError):
        tree = decode(response.body)
        if isinstance(tree, dict):
            return tree
    return None


def headers(key_file: Path | None) -> dict[str, str]:
    """The header fields of a question, with the API key if there is one."""
    key = os.environ.get("LEFI_KEY", "")
    if key_file is not None:
        try:
            key = key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise typer.BadParameter("expected a file that can be read", param_hint="--key-file") from None
    if not (key.isascii() and key.isprintable()):
        raise typer.BadParameter("expected a key of printable ASCII", param_hint="--key-file")
    return {"content-type": JSON_TYPE, "accept": JSON_TYPE} | ({KEY_HEADER: key} if key else {})


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


def say(text: str) -> None:
    """Says on standard error what went wrong."""
    typer.secho(text, fg=typer.colors.RED, err=True)
