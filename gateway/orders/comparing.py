"""The answers of two versions about one person, held against each other: for the campaign, and as evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.comparison.compare import compare, keyed
from gateway.comparison.difference import Comparison
from gateway.comparison.observation import Observation, of_answer
from gateway.comparison.rules import Rules
from gateway.evidence.counts import Result
from gateway.evidence.observed import Judge, kept, result
from gateway.orders.sealing import Seals

Tree = dict[str, Any]
Row = dict[str, Any]

_UNKNOWN = "outcome-unknown"


@dataclass(frozen=True, slots=True)
class Comparer:
    """By what answers of an order are compared."""

    seals: Seals
    key: bytes
    versions: dict[str, str]
    """By connection: the version that is spoken there."""

    def observation(self, item: Row) -> Observation:
        """What one version said: an answer, or the problem that there was instead."""
        if item["answer"] is None:
            version = self.versions.get(item["upstream"], "")
            return Observation(problem=item["outcome"] or _UNKNOWN, version=version, upstream=item["upstream"])
        return of_answer(self.seals.open(item["answer"], item["order_id"], item["place"], item["part"]))

    def compared(self, pair: Sequence[Row], rules: Rules, today: date, consumer: str, *, values: bool) -> Comparison:
        """The comparison of the two parts about one person."""
        left, right = map(self.observation, pair)
        return compare(left, right, rules, today=today, consumer=consumer, key=self.key, values=values)

    def pair(  # noqa: PLR0913, PLR0917  what a pair is made of
        self, order: Row, pair: Sequence[Row], person: str, correlation_id: str, at: str, today: date
    ) -> Row:
        """The two parts as a row of compared pairs, as those that routing compares are kept."""
        left, right = map(self.observation, pair)
        row: Row = {
            "at": at,
            "correlation_id": correlation_id,
            "consumer": order["consumer"],
            "person": keyed(self.key, "/fraga/personnummer", person),
            "front": pair[0]["upstream"],
            "front_version": left.version,
            "back": pair[1]["upstream"],
            "back_version": right.version,
            "problem": left.problem or right.problem,
            "fields": "{}",
            "differences": "[]",
            "sealed": None,
        }
        if row["problem"]:
            return row
        made = compare(left, right, today=today, key=self.key, values=True)
        fields, differences = kept(made, left.tree)
        return row | {"fields": json.dumps(fields), "differences": json.dumps(differences)}

    def result(self, row: Row, place: int, judge: Judge) -> Result:
        """What a row of compared pairs says of a person of a campaign, who is known by the place on the list."""
        if row["problem"]:
            return Result(str(place))
        found = result(row, json.loads(row["fields"]), json.loads(row["differences"]), judge)
        return Result(str(place), found.types)
