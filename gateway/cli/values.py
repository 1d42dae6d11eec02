"""`lefi evidence values`: what two versions said where nothing explains the difference, for whoever looks into it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway import values
from gateway.cli import given, subjects
from gateway.cli.console import clean
from gateway.cli.database import with_database
from gateway.cli.private import write_private
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.comparison.rules import matcher
from gateway.jsonio import encode
from gateway.ledger import keyring
from gateway.ledger.book import key_file
from gateway.ledger.keyring import Keyring, KeyringError
from gateway.ledger.rows import moment
from gateway.proof import Subject
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.values import Opened, Value

_NOTHING, _UNUSABLE = 1, 2
_MOST = 1000


def show(  # noqa: PLR0913, PLR0917  these are the options
    consumer: subjects.Consumer = None,
    types: subjects.Types = None,
    old: subjects.From = None,
    new: subjects.To = None,
    since: subjects.Since = None,
    path: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only places as in a rule: * is one step, ** any number.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Pairs are opened until there are so many values.")] = _MOST,
    output: Annotated[Path | None, typer.Option(help="A file, for its owner alone; one JSON object a line.")] = None,
    config: ConfigFile = None,
) -> None:
    """Show the values of differences that nothing explains, where `comparison.keep_values` kept them.

    They are persons' data. It is asked once more whether to show them; that it was done, by whom and how many, is a row
    of the ledger before anything is shown. They are written to a terminal or a file, not into a pipe.

    Status 0: shown. 1: there are none, or the keys that they were encrypted with are gone. 2: they cannot be read, or
    the command is wrong.
    """
    settings = settings_or_exit(config, {})
    subject = subjects.subject_of(settings, consumer, types, old, new)
    if output is None and not sys.stdout.isatty():
        raise typer.BadParameter("expected a file, where the output is no terminal", param_hint="--output")
    if path is not None and not path.startswith("/"):
        raise typer.BadParameter("expected a place as /inkomst/**/dagar", param_hint="--path")
    ring = _ring(settings)
    start = moment(subjects.time_of(since)) if since else ""
    typer.confirm(
        "These are persons' data, as the agency gave them out. That they are looked at is written into the ledger. "
        "Show them?",
        abort=True,
        err=True,
    )

    async def work(database: Database) -> Opened:
        await database.check()
        place = None if path is None else matcher(path)
        found = await values.opened(database, ring, subject, start, place, most)
        if found.values:
            await values.note(database, ring, subject, found, given.user())
        return found

    found = with_database(settings, work)
    if found.values:
        _write(found.values, subject, output)
    _tell(found)
    if not found.values:
        raise typer.Exit(_NOTHING)


def _ring(settings: Settings) -> Keyring:
    try:
        return keyring.read(key_file(settings.ledger, settings.state))
    except KeyringError as error:
        typer.echo(f"values: {error}", err=True)
        raise typer.Exit(_UNUSABLE) from None


def _write(found: list[Value], subject: Subject, output: Path | None) -> None:
    if output is not None:
        write_private(output, "".join(f"{_line(one)}\n" for one in found))
        return
    for one in found:
        typer.echo(clean(f"{one.at}  {one.correlation_id}  {one.path}"))
        typer.echo(clean(f"    {subject.old}: {_text(one.old)}"))
        typer.echo(clean(f"    {subject.new}: {_text(one.new)}"))


def _line(one: Value) -> str:
    tree = {"at": one.at, "correlationId": one.correlation_id, "path": one.path, "from": one.old, "to": one.new}
    return encode(tree).decode()


def _text(value: object) -> str:
    return "nothing" if value is None else encode(value).decode()


def _tell(found: Opened) -> None:
    if found.keyless:
        typer.echo(
            f"{found.keyless} pairs cannot be opened: the key that they were encrypted with is no longer in the file "
            "of keys",
            err=True,
        )
    if found.more:
        typer.echo(f"there are more: these are the oldest {len(found.values)}; see --most and --since", err=True)
    if found.values:
        typer.echo(f"{len(found.values)} values of {found.pairs} pairs, noted in the ledger", err=True)
    elif not found.keyless:
        typer.echo("no such values are kept: nothing was unexplained, or comparison.keep_values is off", err=True)
