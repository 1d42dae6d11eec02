"""`lefi ledger`: whether the disclosure ledger holds, what it says of a person or a time, and how long it says it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Annotated, Literal

import typer
from rich.console import Console

from gateway import clock
from gateway.cli import disclosures, persons
from gateway.cli.console import console
from gateway.cli.database import Found, said, with_database
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.ledger import keyring, purging, searching, verifying
from gateway.ledger.book import key_file, url
from gateway.ledger.keyring import Keyring
from gateway.ledger.verifying import Head, Report
from gateway.settings import Settings
from gateway.store.database import Database

ledger = typer.Typer(no_args_is_help=True, help="The disclosure ledger: verify, search, export, retention, keys.")

_DAMAGED = 1
_ABOUT = "ledger"
_HEXADECIMAL = 16
_WIDTH = 140
Form = Annotated[Literal["json", "text"], typer.Option("--format", help="For programs, or a table for people.")]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every command but `key` and `upgrade` works on."""

    settings: Settings
    database: Database
    ring: Keyring


@ledger.command()
def verify(
    config: ConfigFile = None,
    expect: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="A head that an earlier run printed: it must still be there.")
    ] = None,
) -> None:
    """Walk the whole chain, whether every row is what was written and none is missing.

    Needs the database and the file of keys, no gateway; one may be running. Note the head down outside the machine:
    that rows are missing at the end is seen by nothing else.

    Status 0: the chain holds. 1: it is damaged; the first bad row and the kind of damage are named. 2: it could not be
    looked at.
    """
    head = None if expect is None else _head(expect)

    async def work(ground: _Ground) -> Report:
        with console(stderr=True).status("") as status:
            return await verifying.verify(ground.database, ground.ring, head, lambda seq: status.update(f"row {seq:,}"))

    report = _with(config, work)
    if report.damage:
        damage = report.damage
        typer.secho(f"DAMAGED at row {damage.seq} ({damage.kind}): {damage.text}", fg=typer.colors.RED, err=True)
        typer.echo(f"the last row that holds: {report.head}", err=True)
        raise typer.Exit(_DAMAGED)
    typer.echo(f"the chain holds: {report.head.seq} rows")
    typer.echo(f"  questions              {report.questions}")
    typer.echo(f"  outcome unknown        {report.unknown} (sent, perhaps, or still in work)")
    typer.echo(f"  outcome without intent {report.unasked}")
    typer.echo(f"  removed by retention   {report.emptied}")
    typer.echo(f"  head, to note down     {report.head}")


@ledger.command()
def search(
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show who asked about a person, when, why, for what, and what became of it.

    The personnummer is asked for, or read from standard input. Rows of all keys in the file of keys are found.
    """
    person = persons.asked_for(clock.today())

    async def work(ground: _Ground) -> int:
        found = searching.about(ground.database, ground.ring, person)
        if as_json:
            return await disclosures.as_json(sys.stdout, _made(), found)
        return await disclosures.as_table(console(), found)

    if not _with(config, work) and not as_json:
        typer.echo("nobody asked about this person")


@ledger.command()
def export(
    config: ConfigFile = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="An incident's beginning, as 2026-01-15T08:30.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="TIME", help="Its end; a date means that whole day.")] = None,
    form: Form = "json",
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Write down every disclosure about a person, for that person, or every one of an incident's time.

    With --from and --to: all that began or ended in that time, with pseudonyms for the persons (the report under
    cybersäkerhetslagen). Without: about the person whose number is asked for, or read from standard input. Times
    without an offset are those of Sweden.
    """
    if (from_ is None) != (to is None):
        raise typer.BadParameter("expected both --from and --to, or neither")
    start, end = _time(from_ or "", "--from", last=False), _time(to or "", "--to", last=True)
    if from_ and start >= end:
        raise typer.BadParameter("expected an end after the beginning", param_hint="--to")
    person = "" if from_ else persons.asked_for(clock.today())

    async def work(ground: _Ground) -> int:
        head = _made()
        if person:
            found = searching.about(ground.database, ground.ring, person)
        else:
            found = searching.between(ground.database, start, end)
            head |= {"from": start.isoformat(), "to": end.isoformat()}
        with _written(output) as out:
            if form == "json":
                return await disclosures.as_json(out, head, found)
            return await disclosures.as_table(Console(file=out, width=_WIDTH, color_system=None), found)

    count = _with(config, work)
    typer.echo(f"{count} disclosures", err=True)


@ledger.command()
def purge(
    config: ConfigFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for a timer.")] = False,
) -> None:
    """Remove what rows say that are older than `ledger.keep_years`. Their places in the chain stay, so it still holds.

    A gateway may be running. The row that says what was removed is itself a row of the chain.
    """

    async def work(ground: _Ground) -> None:
        await ground.database.check()
        years, now = ground.settings.ledger.keep_years, clock.now()
        before = purging.end_of_keeping(now, years)
        which = await purging.old(ground.database, before)
        if not which.count:
            typer.echo(f"nothing is older than {years} years")
            return
        text = f"{which.count} rows, up to row {which.up_to}, are from before {before:%Y-%m-%d %H:%M} UTC"
        typer.echo(text)
        if not yes:
            typer.confirm("Remove what they say?", abort=True, err=True)
        await purging.purge(ground.database, ground.ring, which, now)
        typer.echo("removed")

    _with(config, work)


@ledger.command()
def key(config: ConfigFile = None) -> None:
    """Add a key, or make the file with the first one. Keep a copy of the file where the database's copies are not.

    Gateways write with the newest key from their next start on. Older keys stay in the file: without them, older rows
    can be neither verified nor searched.
    """
    settings = settings_or_exit(config, {})
    file = key_file(settings.ledger, settings.state)
    with said(_ABOUT):
        newest = keyring.read(file).newest if keyring.create(file) else keyring.add(file)
    typer.echo(f"key {newest.name} is the newest in {file}")


@ledger.command()
def upgrade(config: ConfigFile = None) -> None:
    """Bring the database's tables to what this program knows; `lefi serve` does the same when it starts."""
    settings = settings_or_exit(config, {})

    async def work() -> None:
        database = Database(url(settings.ledger, settings.state))
        try:
            await database.prepare()
        finally:
            await database.aclose()

    with said(_ABOUT):
        asyncio.run(work())
    typer.echo("the tables are those of this program")


def _with(config: Path | None, work: Callable[[_Ground], Awaitable[Found]]) -> Found:
    """The work done on a ledger that is there; status 2, with what was expected, where none is or none can be read."""
    settings = settings_or_exit(config, {})

    async def run(database: Database) -> Found:
        ring = keyring.read(key_file(settings.ledger, settings.state))
        return await work(_Ground(settings, database, ring))

    return with_database(settings, run, _ABOUT)


def _made() -> dict[str, str]:
    return {"made": clock.now().isoformat(timespec="seconds")}


@contextlib.contextmanager
def _written(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    try:  # it is about persons: for nobody but us
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError:
        raise typer.BadParameter("expected a file that can be written", param_hint="--output") from None
    with os.fdopen(file, "w", encoding="utf-8") as out:
        yield out


def _head(text: str) -> Head:
    seq, _, digits = text.partition(":")
    try:
        head = Head(int(seq), bytes.fromhex(digits))
    except ValueError:
        head = Head(0, b"")
    if str(head) != text.lower() or len(head.hash) != 2 * _HEXADECIMAL:
        raise typer.BadParameter("expected SEQ:HASH, as `lefi ledger verify` prints it", param_hint="--expect")
    return head


def _time(text: str, option: str, *, last: bool) -> datetime:
    if not text:
        return clock.now()
    try:
        with contextlib.suppress(ValueError):
            day = date.fromisoformat(text) + timedelta(days=1 if last else 0)
            return datetime.combine(day, time(), clock.STOCKHOLM)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("expected a time as 2026-01-15T08:30, or a date", param_hint=option) from None
    return found if found.tzinfo else found.replace(tzinfo=clock.STOCKHOLM)
