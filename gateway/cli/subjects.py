"""Whose evidence, and between which connections: what several commands are told in the same words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from gateway import clock
from gateway.cli import words
from gateway.cli.database import with_database
from gateway.cli.rules import ACCEPTANCE
from gateway.comparison.rules import Rules
from gateway.evidence.counts import Type
from gateway.evidence.document import Claim, Evidence
from gateway.proof import Gathered, Subject, evidence
from gateway.routing.configured import spoken
from gateway.settings import Settings
from gateway.store.database import Database

Consumer = Annotated[str | None, typer.Option(help="The consumer that is to be moved.")]
Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="[CLASS/]TYPE", help="What it asks for, once for each: FK:SJP.")
]
From = Annotated[str | None, typer.Option("--from", help="The connection or version that is to be left.")]
To = Annotated[str | None, typer.Option("--to", help="The connection or version that is to be moved to.")]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only pairs since then, as 2026-01-15T08:30; else since the last rollback."),
]
Rate = Annotated[str, typer.Option(help="The rate of disagreement that is to be excluded.")]
Least = Annotated[int, typer.Option(help="For how many persons a field has to be compared to be covered.")]
Share = Annotated[str, typer.Option(help="The part of the fields that has to be covered.")]


def types_of(names: list[str]) -> frozenset[Type]:
    """The types of their names; a usage error for another."""
    try:
        return frozenset(map(words.asked, names))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--type") from None


def connection_of(settings: Settings, text: str | None, option: str) -> str:
    """The connection of that name, or the only one that speaks that version; a usage error for another."""
    versions = spoken(settings)
    found = [name for name in versions if name == text] or [name for name in versions if versions[name] == text]
    if len(found) != 1:
        known = ", ".join(found or versions) or "there is none"
        raise typer.BadParameter(f"expected a configured connection: {known}", param_hint=option)
    return found[0]


def subject_of(
    settings: Settings, consumer: str | None, types: list[str] | None, old: str | None, new: str | None
) -> Subject:
    """The subject that the options name; a usage error where one is missing."""
    for text, option in ((consumer, "--consumer"), (types, "--type"), (old, "--from"), (new, "--to")):
        if not text:
            raise typer.BadParameter("expected with the others", param_hint=option)
    sides = connection_of(settings, old, "--from"), connection_of(settings, new, "--to")
    return Subject(consumer or "", types_of(types or []), *sides)


def claim_of(rate: str, least: int, share: str) -> Claim:
    """The claim that the options make; a usage error for another."""
    try:
        return Claim(rate=rate, least=least, share=share)
    except ValidationError as error:
        name = str(error.errors(include_input=False)[0]["loc"][0])
        raise typer.BadParameter("expected a share as 0.001, and a number above 0", param_hint=f"--{name}") from None


def evidence_of(settings: Settings, subject: Subject, claim: Claim, since: str | None) -> tuple[Evidence, Gathered]:
    """The evidence about a subject, from the database; status 2 where there is none."""
    versions, rules = spoken(settings), rules_of(settings)
    start = time_of(since) if since else None

    async def work(database: Database) -> tuple[Evidence, Gathered]:
        await database.check()
        return await evidence(
            database,
            subject,
            (versions[subject.old], versions[subject.new]),
            claim,
            rules=rules,
            day=clock.today(),
            since=start,
        )

    return with_database(settings, work)


def rules_of(settings: Settings) -> Rules:
    """The rules by which differences are accepted, as file or database have them; status 2 with what is wrong."""
    return ACCEPTANCE.configured(settings)


def time_of(text: str) -> datetime:
    """The time that an option names, Sweden's where it says no offset; a usage error for another text."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("expected a time as 2026-01-15T08:30, or a date", param_hint="--since") from None
    return found if found.tzinfo else found.replace(tzinfo=clock.STOCKHOLM)
