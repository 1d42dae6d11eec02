"""`lefi cutover`: a consumer moved from one connection to another in steps, on a certificate or on somebody's word."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway import clock
from gateway.cli import given, subjects
from gateway.cli.certificate import public_key
from gateway.cli.console import clean
from gateway.cli.database import Found, said, with_database
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.cutover.book import Cutover, all_of
from gateway.cutover.home import home
from gateway.cutover.run import Cutovers, in_words
from gateway.evidence.certificate import Wanted, verify
from gateway.evidence.sides import contract_hash
from gateway.lifecycle.registry import Registry
from gateway.proof import Subject
from gateway.routing.configured import spoken
from gateway.settings import Settings
from gateway.store.cutovers import events
from gateway.store.database import Database

_REFUSED, _UNUSABLE = 1, 2

cutover = typer.Typer(help="Move a consumer from one connection to another, in steps, and back.")

Reason = Annotated[str | None, typer.Option(help="Why, in words that are kept: no personal data.")]
Only = Annotated[str | None, typer.Option(help="The beginning of one cutover's identity; else the last one.")]


@cutover.callback(invoke_without_command=True)
def begin(  # noqa: PLR0913, PLR0917  these are the options
    context: typer.Context,
    certificate: Annotated[Path | None, typer.Option(help="The certificate that it rests on.")] = None,
    override: Annotated[str | None, typer.Option(metavar="REASON", help="Without a certificate, for a reason.")] = None,
    consumer: subjects.Consumer = None,
    types: subjects.Types = None,
    old: subjects.From = None,
    new: subjects.To = None,
    config: ConfigFile = None,
) -> None:
    """Begin a cutover: the routing leads the first share of a consumer's questions to the new connection.

    With a certificate that holds today, is signed with `cutover.public_key` and is about the consumer, types and
    versions; all of its types where none is named. Without one only with a reason, which is kept and logged.

    The running gateways take that up, go up step by step on what it sees, and move everything back by themselves
    when the two versions disagree or questions fail.

    Status 1: the certificate does not hold. 2: it cannot begin, or the command is wrong.
    """
    if context.invoked_subcommand is not None:
        return
    if (certificate is None) is (override is None):
        raise typer.BadParameter("expected either --certificate or --override")
    settings = settings_or_exit(config, {})
    if certificate is not None:
        subject, identity, rate, level = _certified(settings, certificate, consumer, types, (old, new))
        why = f"certificate {identity}"
    else:
        subject = subjects.subject_of(settings, consumer, types, old, new)
        rate, level, why = (
            settings.cutover.rate,
            settings.cutover.level,
            f"override: {given.words(override, '--override')}",
        )
        identity = f"override {clock.now().isoformat(timespec='microseconds')}"
    with said():
        ramp = settings.cutover.ramp(rate, level)
    one = _with(settings, lambda cutovers: cutovers.begin(subject, ramp, identity, why))
    typer.echo(_line(one))


@cutover.command()
def status(config: ConfigFile = None) -> None:
    """Say where every cutover stands, and what became of it."""
    settings = settings_or_exit(config, {})

    async def work(database: Database) -> list[tuple[Cutover, list[dict[str, object]]]]:
        await database.check()
        async with database.reading() as connection:
            return [(one, await events(connection, one.id)) for one in await all_of(connection)]

    found = with_database(settings, work)
    for one, became in found:
        typer.echo(_line(one))
        for event in became:
            typer.echo(clean(f"    {event['at']}  {event['what']:8}  {event['percent']:3} %  {event['reason']}"))
    if not found:
        typer.echo("no cutover was begun")


@cutover.command()
def step(
    cutover_id: Only = None,
    override: Annotated[str | None, typer.Option(metavar="REASON", help="Go up whatever is missing.")] = None,
    config: ConfigFile = None,
) -> None:
    """Look at a cutover as the gateway does by itself, and do what follows: up, back, or hold and say what is missing.

    Status 0: up or held. 1: rolled back.
    """
    settings = settings_or_exit(config, {})
    one = _chosen(settings, cutover_id)
    if override is not None:
        if one.state.rolled_back or one.is_complete:
            raise typer.BadParameter("expected a cutover with a next step", param_hint="--override")
        why = f"override: {given.words(override, '--override')}"
        typer.echo(_line(_with(settings, lambda cutovers: cutovers.up(one, why))))
        return
    after, decision = _with(settings, lambda cutovers: cutovers.step(one))
    typer.echo(clean(in_words(decision)))
    typer.echo(_line(after))
    if after.state.rolled_back:
        raise typer.Exit(_REFUSED)


@cutover.command()
def rollback(reason: Reason = None, cutover_id: Only = None, config: ConfigFile = None) -> None:
    """Move everything back to the old connection, at once."""
    settings = settings_or_exit(config, {})
    why = f"by hand: {given.words(reason, '--reason')}"
    one = _chosen(settings, cutover_id)
    if one.state.rolled_back:
        raise typer.BadParameter("expected a cutover that was not rolled back")
    typer.echo(_line(_with(settings, lambda cutovers: cutovers.back(one, why))))


def _certified(
    settings: Settings, path: Path, consumer: str | None, types: list[str] | None, sides: tuple[str | None, str | None]
) -> tuple[Subject, str, float, float]:
    """The subject that a certificate allows to be moved, its identity, and its claim; status 1 where it does not."""
    if settings.cutover.public_key is None:
        typer.echo("expected the setting cutover.public_key: who signs certificates", err=True)
        raise typer.Exit(_UNUSABLE)
    try:
        content = path.read_bytes()
    except OSError:
        raise typer.BadParameter("expected a file that can be read", param_hint="--certificate") from None
    versions = spoken(settings)
    old, new = (
        subjects.connection_of(settings, text, option) if text else ""
        for text, option in zip(sides, ("--from", "--to"), strict=True)
    )
    wanted = Wanted(
        consumer,
        subjects.types_of(types or []),
        versions.get(old),
        versions.get(new),
        contracts=frozenset(map(contract_hash, versions.values())),
        rate=settings.cutover.rate,
        level=settings.cutover.level,
    )
    checked = verify(content, public_key(settings.cutover.public_key), clock.today(), wanted)
    if checked.failures or checked.signed is None:
        for failure in checked.failures:
            typer.echo(clean(f"does not hold: {failure.aspect}: {failure.text}"), err=True)
        raise typer.Exit(_REFUSED)
    found = checked.signed.certificate.evidence
    old = old or subjects.connection_of(settings, found.old.version, "--from")
    new = new or subjects.connection_of(settings, found.new.version, "--to")
    covered = frozenset((one.klass, one.informationstyp) for one in found.types)
    subject = Subject(found.consumer, subjects.types_of(types) if types else covered, old, new)
    return subject, f"sha256:{_digest(content)}", float(found.claim.rate), float(found.claim.level)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _chosen(settings: Settings, beginning: str | None) -> Cutover:
    async def work(database: Database) -> list[Cutover]:
        await database.check()
        async with database.reading() as connection:
            return await all_of(connection)

    found = [one for one in with_database(settings, work) if one.id.startswith(beginning or "")]
    if not found or (beginning and len(found) > 1):
        raise typer.BadParameter("expected a cutover that was begun", param_hint="--cutover-id")
    return found[-1]


def _with(settings: Settings, work: Callable[[Cutovers], Awaitable[Found]]) -> Found:
    rules = subjects.rules_of(settings)

    async def run(database: Database) -> Found:
        await database.prepare()
        lives = Registry.of(settings.lifecycle)
        return await work(Cutovers(settings.cutover, home(settings), database, spoken(settings), lives, lambda: rules))

    return with_database(settings, run)


def _line(one: Cutover) -> str:
    subject, where = one.subject, f"{one.percent} %"
    if one.state.rolled_back:
        where = f"rolled back: {one.state.rolled_back}"
    types = " ".join("/".join(kind) for kind in sorted(subject.types))
    return clean(f"{one.id[:8]}  {subject.consumer} from {subject.old} to {subject.new} ({types}): {where}")
