"""`lefi evidence`: what the pairs of answers that were compared prove of a consumer's move; nothing is sent."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from gateway.cli import subjects, values
from gateway.cli.console import console, plain
from gateway.cli.database import with_database
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.evidence.document import Evidence, TypeEvidence, canonical
from gateway.evidence.goal import Judgement, judge
from gateway.proof import Gathered
from gateway.settings import Settings
from gateway.store import pairs
from gateway.store.database import Database

_NOT_REACHED = 1
_SHOWN = 25


evidence = typer.Typer(help="Say what was compared of a consumer, and what it proves.")
evidence.command("values")(values.show)


@evidence.callback(invoke_without_command=True)
def say(  # noqa: PLR0913, PLR0917  these are the options
    context: typer.Context,
    consumer: subjects.Consumer = None,
    types: subjects.Types = None,
    old: subjects.From = None,
    new: subjects.To = None,
    since: subjects.Since = None,
    rate: subjects.Rate = "0.001",
    least: subjects.Least = 3,
    share: subjects.Share = "1",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, as `lefi certificate issue` reads it.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Say what was compared of a consumer between two connections, and what it proves; without options, what there is.

    Status 0: every type reaches the claim. 1: one does not. 2: there are no such pairs, or the command is wrong.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_or_exit(config, {})
    if not any((consumer, types, old, new)):
        _overview(settings)
        return
    subject = subjects.subject_of(settings, consumer, types, old, new)
    made, found = subjects.evidence_of(settings, subject, subjects.claim_of(rate, least, share), since)
    judgements = [(one, judge(one.counts(), one.expected, made.claim.terms())) for one in made.types]
    if as_json:
        sys.stdout.buffer.write(canonical(made.model_dump(mode="json")) + b"\n")
        sys.stdout.flush()
    else:
        _show(made, found, judgements)
    if any(judgement.verdict != "holds" for _, judgement in judgements):
        raise typer.Exit(_NOT_REACHED)


def _overview(settings: Settings) -> None:
    async def work(database: Database) -> list[pairs.Row]:
        await database.check()
        async with database.reading() as connection:
            return await pairs.kinds(connection)

    table = _table("consumer", "in front", "in the back", "pairs", "last")
    for row in with_database(settings, work):
        table.add_row(*(plain(row[name]) for name in ("consumer", "front", "back", "pairs", "last")))
    console().print(table)


def _show(made: Evidence, found: Gathered, judgements: list[tuple[TypeEvidence, Judgement]]) -> None:
    out = console()
    out.print(plain(f"{made.consumer} from {made.old.version} to {made.new.version}", "bold"))
    out.print(plain(f"{made.disclosures} persons, {made.failed} of them without a comparison"))
    table = _table("type", "answered", "with data", "disagreed", "below", "fields covered", "rare", "verdict")
    for one, judgement in judgements:
        covered = f"{len(judgement.covered)} of {len(judgement.covered) + len(judgement.uncovered)}"
        verdict = plain(judgement.verdict, "bold red" if judgement.verdict == "fails" else "")
        cells = (one.answered, one.compared, one.disagreed, f"{judgement.upper:.4g}", covered, len(judgement.rare))
        table.add_row(plain(f"{one.klass}/{one.informationstyp}"), *map(plain, cells), verdict)
    out.print(table)
    table = _table("type", "by", "persons with data")
    for one in made.types:
        for division, parts in one.divided().items():
            said = ", ".join(f"{each.part}: {each.persons}" for each in parts)
            table.add_row(*map(plain, (f"{one.klass}/{one.informationstyp}", division, said)))
    if table.row_count:
        out.print(table)
    if found.differences:
        table = _table("persons", "class", "kind", "place", "because")
        by_count = sorted(found.differences.items(), key=lambda each: (each[0][0] != "unexplained", -each[1]))
        for (class_, kind, pattern, code), count in by_count[:_SHOWN]:
            table.add_row(*map(plain, (count, class_, kind, pattern, code)))
        out.print(table)
    if made.rules:
        table = _table("rule", "persons", "until", "owner")
        for rule in made.rules:
            table.add_row(*map(plain, (rule.name, rule.hits or "hits nothing", rule.expires, rule.owner)))
        out.print(table)
    for loss in made.losses:
        out.print(plain(f"lost: {loss.path}: {loss.reason}"))


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table
