"""Evidence out of the stored pairs: what was compared of a consumer, between two connections, and what it proves."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from gateway.clock import STOCKHOLM
from gateway.comparison.rules import Rules
from gateway.evidence.counts import COMPARED, Counts, Result, Type
from gateway.evidence.document import AcceptedRule, Claim, Evidence, TypeEvidence
from gateway.evidence.fields import expected, losses
from gateway.evidence.observed import Judge, result, together, type_of
from gateway.evidence.sides import side
from gateway.evidence.strata import COLUMNS, UNKNOWN, Division
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


Place = tuple[str, str, str, str]
"""Class, kind and place of a difference, and the code or the rule that explains it."""


@dataclass(slots=True)
class Gathered:
    """What the pairs of a subject come to, a person once; whatever was found of a person at any time counts."""

    counts: Counts = field(default_factory=Counts)
    first: str = ""
    last: str = ""
    differences: Counter[Place] = field(default_factory=Counter)
    """Persons by what differed."""
    hits: Counter[str] = field(default_factory=Counter)
    """Persons by the rule that accepted something."""
    strata: dict[Type, dict[Division, Counter[str]]] = field(default_factory=dict)
    """Persons with data by type and by what they are told apart by, as their last pair says."""
    _person: Result | None = field(default=None, repr=False)
    _places: set[Place] = field(default_factory=set, repr=False)
    _bands: dict[Division, str] = field(default_factory=dict, repr=False)

    def add(self, row: Row, subject: Subject, judge: Judge) -> None:
        """Adds a pair; those of one person come one after the other."""
        self.first, self.last = min(self.first or row["at"], row["at"]), max(self.last, row["at"])
        if self._person is not None and self._person.person != row["person"]:
            self.close()
        differences = [one for one in json.loads(row["differences"]) if _about(one, subject.types)]
        found = result(row, json.loads(row["fields"]), differences, judge)
        found = Result(found.person, {kind: each for kind, each in found.types.items() if kind in subject.types})
        self._person = found if self._person is None else together(self._person, found)
        self._bands = {division: row[column] for division, column in COLUMNS.items()}
        versions = (row["front_version"], row["back_version"])
        for one in differences:
            rule = judge.rule_of(one, versions)
            class_, code = ("accepted", rule.name) if rule else (one["class"], one.get("code", ""))
            self._places.add((class_, one["kind"], one["pattern"], code))

    def close(self) -> None:
        """Counts the person that was added last."""
        if self._person is not None:
            self.counts.add(self._person)
            self.differences.update(self._places)
            self.hits.update({code for class_, _, _, code in self._places if class_ == "accepted"})
            for kind, fields in self._person.types.items():
                if any(classes & COMPARED for classes in fields.values()):
                    for division, part in self._bands.items():
                        parts = self.strata.setdefault(kind, {}).setdefault(division, Counter())
                        parts[part or UNKNOWN] += 1
        self._person, self._places = None, set()

    def divided(self, kind: Type) -> dict[Division, Counter[str]]:
        """The persons with data of a type by what they are told apart by, where that is known of any."""
        of_type = self.strata.get(kind, {})
        return {division: parts for division, parts in of_type.items() if parts.keys() != {UNKNOWN}}


def _about(one: Row, types: frozenset[Type]) -> bool:
    return not one["pairs"] or any(type_of(kind) in types for kind in one["pairs"])


async def gathered(connection: Connection, subject: Subject, judge: Judge, since: str) -> Gathered:
    """The pairs of a subject since a time, whichever of the two connections answered in front."""
    found = Gathered()
    sides = (subject.old, subject.new)
    async with aclosing(pairs.by_person(connection, subject.consumer, sides, since)) as rows:
        async for row in rows:
            found.add(row, subject, judge)
    found.close()
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
    counts = found.counts
    if not counts.asked:
        raise ValueError("there is no pair of these two connections for this consumer")
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
            TypeEvidence.of(kind, counts.types[kind], expected(kind, old, new), found.divided(kind))
            for kind in sorted(subject.types)
            if kind in counts.types
        ),
        rules=tuple(
            AcceptedRule(
                name=rule.name,
                path=rule.path,
                owner=rule.owner,
                reason=rule.reason,
                expires=rule.expires - timedelta(days=1),
                hits=found.hits[rule.name],
            )
            for rule in rules.rules
            if rule.active(day) and (not rule.consumers or subject.consumer in rule.consumers)
        ),
        losses=losses(subject.types, old, new),
    )
    return made, found


def _day(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(STOCKHOLM).date()
