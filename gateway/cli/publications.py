"""The commands about what gateways can share, the same for routing and for the rules that accept differences."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, NoReturn

import typer

from gateway.cli import given
from gateway.cli.console import clean
from gateway.cli.database import UNUSABLE, with_database
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.settings import ConfigurationError, Settings
from gateway.shared import publishing
from gateway.shared.kinds import Kind
from gateway.shared.publishing import Revision, Stale
from gateway.store.database import Database
from gateway.watched import T, checked, content

_STALE = 1
_LONGEST_NAME = 100

File = Annotated[Path | None, typer.Argument(help="The file.", show_default="what the settings name")]
Number = Annotated[int | None, typer.Option(min=1, help="A revision.", show_default="the newest")]


@dataclass(frozen=True, slots=True)
class Shareable(Generic[T]):
    """One thing that is in a file or in the database, as commands see it."""

    kind: Callable[[Settings], Kind[T]]
    path: Callable[[Settings], Path | None]
    shared: Callable[[Settings], bool]
    nothing: str
    """What is said where the settings name no file."""
    describe: Callable[[Settings, T], None]
    """Prints what it says."""

    def configured(self, settings: Settings) -> T:
        """What file or database have now, or nothing; every problem of theirs, and status 2."""
        kind, path = self.kind(settings), self.path(settings)
        if self.shared(settings):
            newest = _revision(settings, kind, None)
            return _read(_place(newest), newest.content, kind)
        return kind.without if path is None else _read(path, content(path), kind)


def add(group: typer.Typer, what: Shareable[Any]) -> None:
    """Adds the commands to a group."""

    @group.command()
    def check(file: File = None, config: ConfigFile = None) -> None:
        """Read the file as `lefi serve` would, and say what is in it, or everything that is wrong with it.

        Give a file to try it before it takes the place of what is in use: of a file, or of the newest revision in the
        database. Status 0 when it can be used, 2 when not.
        """
        settings = settings_or_exit(config, {})
        if file is None and what.path(settings) is None and not what.shared(settings):
            typer.echo(what.nothing)
            return
        found = what.configured(settings) if file is None else _read(file, content(file), what.kind(settings))
        typer.echo("the rules can be used")
        what.describe(settings, found)

    @group.command()
    def publish(  # noqa: PLR0913, PLR0917  these are the options
        file: Annotated[Path | None, typer.Argument(help="The file.", show_default=False)] = None,
        revision: Annotated[int | None, typer.Option(min=1, help="An earlier revision in place of a file.")] = None,
        base: Annotated[
            int | None, typer.Option(min=0, help="Only if this revision is current; 0 for none at all.")
        ] = None,
        by: Annotated[str | None, typer.Option(help="Who publishes.", show_default="the user")] = None,
        note: Annotated[str | None, typer.Option(help="Why, in words that are kept: no personal data.")] = None,
        config: ConfigFile = None,
    ) -> None:
        """Check a file and put it into the database as a new revision, which every gateway takes up within a second.

        With --revision an earlier one comes back, as a new revision. Status 0: it is published. 1: another revision
        than --base is current, and nothing was changed. 2: it cannot be used, or the command is wrong.
        """
        settings = settings_or_exit(config, {})
        _shared_or_exit(what, settings)
        kind = what.kind(settings)
        if (file is None) is (revision is None):
            raise typer.BadParameter("expected either a file or --revision")
        who = given.words(by or given.user(), "--by", _LONGEST_NAME)
        note = "" if note is None else given.words(note, "--note")
        place, text = str(file), None if file is None else content(file)
        if file is None:
            earlier = _revision(settings, kind, revision)
            place, text, note = _place(earlier), earlier.content, note or f"as revision {earlier.number}"
        found = _read(place, text, kind)  # which refuses a file that cannot be read
        number = _published(settings, kind, text or b"", who=who, note=note, base=base)
        typer.echo(f"published as revision {number}")
        what.describe(settings, found)

    @group.command()
    def history(config: ConfigFile = None) -> None:
        """Say which revisions were published, when, by whom and why; the newest stands last."""
        settings = settings_or_exit(config, {})
        _shared_or_exit(what, settings)
        _say(_history(settings, what.kind(settings)))

    @group.command()
    def show(revision: Number = None, config: ConfigFile = None) -> None:
        """Print a revision as the file that it was."""
        settings = settings_or_exit(config, {})
        _shared_or_exit(what, settings)
        sys.stdout.write(_revision(settings, what.kind(settings), revision).text)


def _shared_or_exit(what: Shareable[Any], settings: Settings) -> None:
    if not what.shared(settings):
        name = what.kind(settings).name
        _refused(f"expected shared.{name} = true in the settings; these gateways go by a file, or by none")


def _published(  # noqa: PLR0913  what a revision is made of
    settings: Settings, kind: Kind[Any], text: bytes, *, who: str, note: str, base: int | None
) -> int:
    """The number of the new revision; status 1 where another one is current than the base."""

    async def work(database: Database) -> int | Stale:
        await database.prepare()
        try:
            async with database.begin() as connection:
                return await publishing.publish(connection, kind.name, text, who=who, note=note, base=base)
        except Stale as stale:
            return stale

    number = with_database(settings, work)
    if isinstance(number, Stale):
        typer.echo(f"not published: {number}, and not {base}", err=True)
        raise typer.Exit(_STALE)
    return number


def _revision(settings: Settings, kind: Kind[Any], number: int | None) -> Revision:
    """A revision, the newest without a number; status 2 where there is none."""

    async def work(database: Database) -> Revision | None:
        await database.check()
        async with database.reading() as connection:
            return await publishing.revision(connection, kind.name, number)

    found = with_database(settings, work)
    if found is None:
        _refused("expected a revision that was published" + ("" if number else f": {kind.command}"))
    return found


def _history(settings: Settings, kind: Kind[Any]) -> list[Revision]:
    async def work(database: Database) -> list[Revision]:
        await database.check()
        async with database.reading() as connection:
            return await publishing.history(connection, kind.name)

    return with_database(settings, work)


def _say(found: list[Revision]) -> None:
    for one in found:
        typer.echo(clean(f"{one.number:6}  {one.at:%Y-%m-%d %H:%M:%S} UTC  {one.who}  {one.note}".rstrip()))
    if not found:
        typer.echo("nothing was published")


def _read(place: Path | str, text: bytes | None, kind: Kind[T]) -> T:
    try:
        return checked(place, text, kind.read)
    except ConfigurationError as error:
        for fault in error.faults:
            typer.echo(f"{kind.name}: {fault.path}: expected {fault.expected}", err=True)
        raise typer.Exit(UNUSABLE) from None


def _refused(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(UNUSABLE)


def _place(one: Revision) -> str:
    return f"revision {one.number}"
