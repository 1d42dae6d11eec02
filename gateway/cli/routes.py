"""`lefi routes`: whether routing can be used, what it would do, and what was published."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway import clock
from gateway.cli import given, words
from gateway.cli.publications import Shareable, add
from gateway.cli.servers import ConfigFile, say_faults, settings_or_exit
from gateway.consumers.caller import ANYBODY
from gateway.consumers.file import FileRefused, everybody
from gateway.consumers.model import Consumer
from gateway.errors import GatewayError
from gateway.ledger import keyring
from gateway.ledger.book import key_file
from gateway.routing.bucket import KEY, bucket_of
from gateway.routing.choose import Bucket, Router
from gateway.routing.configured import network, spoken
from gateway.routing.explain import explain as in_words
from gateway.routing.explain import says
from gateway.routing.plan import Pair
from gateway.routing.rules import EVERY, Rules
from gateway.settings import Settings
from gateway.shared import kinds

_REFUSED = 1

routes = typer.Typer(
    no_args_is_help=True, help="Check routing rules, publish them, or say what they would do with a question."
)


def _describe(settings: Settings, found: Rules) -> None:
    for rule in found.rules:
        typer.echo(f"  {rule.name:12}  {says(rule)}")
    off = found.off
    for what, names in (("connections", off.connections), ("versions", off.versions), ("consumers", off.consumers)):
        if names:
            typer.echo(f"  off: the {what} {', '.join(names)}")
    for what, is_off in (("canaries", off.canaries), ("shadows", off.shadows)):
        if is_off:
            typer.echo(f"  off: all {what}")
    known = {EVERY, *consumers_of(settings)}
    strangers = {name for rule in found.rules for name in rule.consumers} | {*off.consumers}
    for name in sorted(strangers - known):
        typer.echo(f"  note: no consumer is called {name}")


ROUTING = Shareable(
    lambda settings: kinds.routing(spoken(settings)),
    lambda settings: settings.routing,
    lambda settings: settings.shared.routing,
    "no routing file is set: the newest version in use answers everybody",
    _describe,
)
add(routes, ROUTING)


@routes.command()
def explain(  # noqa: PLR0913, PLR0917  these are the options
    consumer: Annotated[str, typer.Option(help="Who would ask; `anybody` where no consumer is configured.")],
    typ: Annotated[
        list[str], typer.Option("--type", metavar="[CLASS/]TYPE", help="What would be asked for, once for each.")
    ],
    config: ConfigFile = None,
    person: Annotated[
        str | None, typer.Option(help="Give - and the person is asked for, or read from standard input.")
    ] = None,
    date: Annotated[str | None, typer.Option(metavar="DATE", help="On this day.", show_default="today")] = None,
    version: Annotated[str | None, typer.Option(help="The version that the caller would name, as v9.")] = None,
) -> None:
    """Say which connections would be asked, and why, rule by rule; nothing is sent.

    The rules are read as they stand now, which is not what a running gateway does where they cannot be used. Without a
    person it is said for which share a canary would decide otherwise.

    Status 0: something would be asked. 1: the question would be refused. 2: the command, the settings or the file are
    wrong.
    """
    settings = settings_or_exit(config, {})
    if consumer not in consumers_of(settings):
        known = ", ".join(consumers_of(settings))
        raise typer.BadParameter(f"expected the name of a consumer: {known}", param_hint="--consumer")
    day = clock.today() if date is None else given.day(date, "--date")
    router = Router(configured_rules(settings), network(settings, day))
    try:
        side = _side(settings, person)
        typer.echo(in_words(router, consumer, tuple(_pair(one) for one in typ), version, side))
    except GatewayError as error:
        why = error.detail or "; ".join(f"{fault.path}: expected {fault.expected}" for fault in error.faults)
        typer.echo(f"refused with {error.status} {error.type}: {why}")
        raise typer.Exit(_REFUSED) from None


def configured_rules(settings: Settings) -> Rules:
    """The rules that file or database have, or none; every problem of theirs and status 2 where they cannot be used."""
    return ROUTING.configured(settings)


def consumers_of(settings: Settings) -> dict[str, Consumer | None]:
    """Those who may ask, by name; anybody, without rules of its own, where no consumer is set."""
    try:
        known = everybody(settings.consumers, settings.consumers_file)
    except FileRefused as error:
        say_faults(error)
        raise typer.Exit(2) from None
    if not known and settings.consumers_file is None:
        return {ANYBODY.name: None}
    return {one.name: one for one in known}


def _pair(text: str) -> Pair:
    try:
        return words.asked(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--type") from None


def _side(settings: Settings, person: str | None) -> Bucket | None:
    """Where a person falls; None without one."""
    if person is None:
        return None
    if person != "-":
        raise typer.BadParameter("expected -, since a number would stay in the shell's history", param_hint="--person")
    try:
        ring = keyring.read(key_file(settings.ledger, settings.state))
    except keyring.KeyringError as error:
        typer.echo(f"{error}; a gateway makes one when it first starts", err=True)
        raise typer.Exit(2) from None
    return bucket_of(ring.derive(KEY), given.person("--person"))
