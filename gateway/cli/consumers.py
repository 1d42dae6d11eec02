"""`lefi consumers`: who may ask, in a file of their own that a running gateway takes up by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.table import Table
from rich.text import Text
from tomlkit.items import AoT

from gateway import clock
from gateway.cli.console import console, plain
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.consumers import edit, file
from gateway.consumers.model import Consumer, Key
from gateway.settings import Settings

consumers = typer.Typer(no_args_is_help=True, help="Who may ask the gateway: add, list, and exchange or revoke keys.")

_HASH_SHOWN = 8
"""How much of a hash is shown: enough to tell keys apart."""

Name = Annotated[str, typer.Argument(help="Name of the consumer.")]
TheFile = Annotated[
    Path | None, typer.Option("--file", help="The file of consumers.", show_default="consumers_file of the settings")
]


@consumers.command()
def add(  # noqa: PLR0913, PLR0917  these are the options
    name: Name,
    purpose: Annotated[list[str], typer.Option(help="Code of a purpose that it may ask for, once for each.")],
    ground: Annotated[list[str], typer.Option(help="Code of a legal ground that it may ask on, once for each.")],
    aktor: Annotated[str | None, typer.Option(help="The actor that it asks as.")] = None,
    typ: Annotated[
        list[str] | None, typer.Option(help="An information type that it may ask for; all when left out.")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="Path of a fact that it is shown; all when left out.")] = None,
    per_minute: Annotated[int | None, typer.Option(help="Most questions in any sixty seconds.")] = None,
    concurrent: Annotated[int | None, typer.Option(help="Most questions in work at once.")] = None,
    config: ConfigFile = None,
    the_file: TheFile = None,
) -> None:
    """Add a consumer and print its new API key: this once, since only a hash of it is kept."""
    given = {
        "aktors_id": aktor,
        "purposes": purpose,
        "grounds": ground,
        "informationstyper": typ,
        "fields": field,
        "per_minute": per_minute,
        "concurrent": concurrent,
    }
    with _edited(config, the_file) as listed:
        key = edit.add(listed, name, {setting: value for setting, value in given.items() if value}, clock.today())
    _print_key(key)


@consumers.command()
def rotate(
    name: Name,
    overlap: Annotated[int, typer.Option(min=0, help="Days for which the keys that there are still hold.")] = 30,
    config: ConfigFile = None,
    the_file: TheFile = None,
) -> None:
    """Give a consumer a further API key, print it this once, and give the keys that it has a last day."""
    with _edited(config, the_file) as listed:
        key = edit.rotate(listed, name, overlap, clock.today())
    _print_key(key)


@consumers.command()
def revoke(
    name: Name,
    key: Annotated[
        int | None, typer.Option(help="Number of a key in the list; the whole consumer when left out.")
    ] = None,
    config: ConfigFile = None,
    the_file: TheFile = None,
) -> None:
    """Take a consumer out of the file, or one of its keys: from then on it is refused."""
    with _edited(config, the_file) as listed:
        edit.revoke(listed, name, key)
    typer.echo(f"{name} may not ask any more" if key is None else f"key {key} of {name} does not hold any more")


@consumers.command("list")
def list_consumers(config: ConfigFile = None, the_file: TheFile = None) -> None:
    """Show who may ask, how each is known, the ages of keys, and limits; never a whole hash."""
    settings = settings_or_exit(config, {})
    path = the_file or settings.consumers_file
    held: tuple[Consumer, ...] = ()
    if path is not None:
        try:
            held = file.consumers(path, file.content(path), settings.consumers)
        except file.FileRefused as refused:
            _refuse(refused)
    table = Table("name", "known by", "keys", "purposes", "grounds", "per minute", "at once", "kept in")
    for one, place in (*((each, "settings") for each in settings.consumers), *((each, "file") for each in held)):
        table.add_row(
            *map(plain, (one.name, ", ".join(_ways(one)))),
            Text("\n").join(map(plain, _keys(one, clock.today()))),
            *map(plain, (" ".join(one.purposes), " ".join(one.grounds))),
            *map(plain, (one.per_minute or "-", one.concurrent or "-", place)),
        )
    console().print(table)


def _ways(one: Consumer) -> Iterator[str]:
    if one.all_keys():
        yield "key"
    if one.oauth_client is not None:
        yield "token"
    if one.certificate is not None:
        yield "certificate"
    if one.ssek_sender is not None:
        yield "SSEK sender"


def _keys(one: Consumer, today: date) -> Iterator[str]:
    for number, key in enumerate(one.all_keys(), 1):
        yield f"{number}: {key.sha256[:_HASH_SHOWN]}…{_age(key, today)}{_end(key, today)}"


def _age(key: Key, today: date) -> str:
    return "" if key.added is None else f", {(today - key.added).days} days old"


def _end(key: Key, today: date) -> str:
    if key.last_day is None:
        return ""
    return f", last day {key.last_day}" if key.last_day >= today else f", ended {key.last_day}"


@contextmanager
def _edited(config: Path | None, the_file: Path | None) -> Iterator[AoT]:
    """The file's consumers, to be changed; what is wrong is said, and then the file stays as it is."""
    settings = settings_or_exit(config, {})
    path = _path(settings, the_file)
    try:
        with edit.edited(path, settings.consumers) as listed:
            yield listed
    except edit.NoSuchConsumer:
        typer.echo(f"consumers: {path}: expected a consumer of that name, with such a key", err=True)
        raise typer.Exit(2) from None
    except file.FileRefused as refused:
        _refuse(refused)
    except OSError as error:
        typer.echo(f"consumers: {path}: expected a file that can be written ({type(error).__name__})", err=True)
        raise typer.Exit(2) from None


def _path(settings: Settings, the_file: Path | None) -> Path:
    path = the_file or settings.consumers_file
    if path is None:
        typer.echo("consumers: expected --file, or consumers_file in the settings", err=True)
        raise typer.Exit(2)
    return path


def _refuse(refused: file.FileRefused) -> NoReturn:
    for fault in refused.faults:
        typer.echo(f"consumers: {fault.path}: expected {fault.expected}", err=True)
    raise typer.Exit(2) from None


def _print_key(key: str) -> None:
    """The key alone on standard output, so that it can be piped to where it is to be; the remark beside it."""
    typer.echo(key)
    if sys.stdout.isatty():
        typer.echo("This is the only time that the key is shown: only a hash of it is kept.", err=True)
