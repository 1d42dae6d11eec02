"""Evidence out of the stored pairs: what was compared of a consumer, between two connections, and what it proves."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from gateway.clock import STOCKHOLM
from gateway.comparison.rules import Rules
from gateway.evidence.counts import Counts, Result, Type, counted
from gateway.evidence.document import AcceptedRule, Claim, Evidence, TypeEvidence
from gateway.evidence.fields import expected, losses
from gateway.evidence.observed import Judge, result, together, type_of
from gateway.evidence.sides import side
from gateway.ledger.rows import moment
from gateway.store import cutovers, pairs
from gateway.store.database import Connection, Database

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is to be moved, with what, from which connection to which."""

    consumer: str
    types: frozenset[Type]
    old: str
    new: str


@dataclass(slots=True)
class Gathered:
    """What the pairs of a subject come to."""

    results: dict[str, Result] = field(default_factory=dict, repr=False)
    first: str = ""
    last: str = ""
    differences: dict[tuple[str, str, str, str], set[str]] = field(default_factory=dict, repr=False)
    """Persons by class, kind, place and code or rule of what differed."""

    def counts(self) -> Counts:
        """The counts, a person once."""
        return counted(self.results.values())

    def add(self, row: Row, subject: Subject, judge: Judge) -> None:
        """Adds a pair; about a person who was asked about before, whatever was found at either time."""
        self.first, self.last = self.first or row["at"], row["at"]
        differences = [one for one in json.loads(row["differences"]) if _about(one, subject.types)]
        one = result(row, json.loads(row["fields"]), differences, judge)
        one = Result(one.person, {kind: found for kind, found in one.types.items() if kind in subject.types})
        before = self.results.get(one.person)
        self.results[one.person] = one if before is None else together(before, one)
        versions = (row["front_version"], row["back_version"])
        for each in differences:
            rule = judge.rule_of(each, versions)
            class_, code = ("accepted", rule.name) if rule else (each["class"], each.get("code", ""))
            self.differences.setdefault((class_, each["kind"], each["pattern"], code), set()).add(one.person)


def _about(one: Row, types: frozenset[Type]) -> bool:
    return not one["pairs"] or any(type_of(kind) in types for kind in one["pairs"])


async def gathered(
    connection: Connection, subject: Subject, judge: Judge, since: str, *, either_way: bool = True
) -> Gathered:
    """The pairs of a subject since a time: whichever of the two answered in front, or the new one only."""
    found = Gathered()
    sides = (subject.new, subject.old)
    async with aclosing(pairs.between(connection, subject.consumer, sides, since, either_way=either_way)) as rows:
        async for row in rows:
            found.add(row, subject, judge)
    return found


async def last_rollback(connection: Connection, subject: Subject) -> str:
    """When the subject was last moved back, as it stands in the database: what was seen before proves nothing now."""
    back = [
        row["since"]
        for row in await cutovers.all_of(connection)
        if row["rolled_back"]
        and (row["consumer"], row["old"], row["new"]) == (subject.consumer, subject.old, subject.new)
        and subject.types & {(klass, typ) for klass, typ in json.loads(row["types"])}
    ]
    return max(back, default="")


async def evidence(  # noqa: PLR0913  what evidence is made of
    database: Database,
    subject: Subject,
    versions: tuple[str, str],
    claim: Claim,
    *,
    rules: Rules,
    day: date,
    since: datetime | None,
) -> tuple[Evidence, Gathered]:
    """The evidence about a subject; without a time, since it was last moved back. Raises ValueError without any pair.

    Raises one of gateway.store.database.FAILURES.
    """
    judge = Judge(rules, day, subject.consumer)
    async with database.reading() as connection:
        start = moment(since) if since else await last_rollback(connection, subject)
        found = await gathered(connection, subject, judge, start)
    if not found.results:
        raise ValueError("there is no pair of these two connections for this consumer")
    counts = found.counts()
    old, new = versions
    made = Evidence(
        consumer=subject.consumer,
        old=side(old),
        new=side(new),
        first_day=_day(found.first),
        last_day=_day(found.last),
        disclosures=counts.asked,
        failed=counts.failed,
        claim=claim,
        types=tuple(
            TypeEvidence.of(kind, counts.types[kind], expected(kind, old, new))
            for kind in sorted(subject.types)
            if kind in counts.types
        ),
        rules=tuple(
            AcceptedRule(
                name=rule.name,
                path=rule.path,
                owner=rule.owner,
                reason=rule.reason,
                expires=rule.expires,
                hits=len(judge.hits.get(rule.name, ())),
            )
            for rule in rules.rules
            if rule.active(day) and (not rule.consumers or subject.consumer in rule.consumers)
        ),
        losses=losses(subject.types, old, new),
    )
    return made, found


def _day(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(STOCKHOLM).date()
