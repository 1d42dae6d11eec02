"""What the answers so far say about whom to ask next: sums over results, the same in whatever order they came.

A field's rate is estimated where it is narrowest: in the stratum, drawn towards what persons with the same age band or
label held. Fields that nobody held so far are expected as Good and Turing do (Biometrika 40, 1953): as many of them
turn up with the next person as were held by exactly one so far, divided by how many were asked. What is rare comes in
bundles, a benefit with all of its fields, so that few persons without it say little: to that is added that one more
person could have brought a bundle, which counts for less the more persons of the same labels were asked.

Who was asked about a type and brought nothing of it counts as asked, whatever the reason: a version that does not say
whether an empty answer is the whole truth would else seem to have data for everybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.campaign.people import Stratum
from gateway.evidence.counts import COMPARED, Result, Type

Needs = Mapping[Type, Mapping[str, float]]
"""How many persons more each field has to be compared for."""

_WEIGHT = 2.0
"""How many persons the broader estimate counts for, beside those of the stratum itself."""


@dataclass(slots=True)
class Seen:
    """Persons of one kind who were asked about one type."""

    asked: int = 0
    with_data: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    held: int = 0
    """The fields that each of them held, summed up."""
    once: int = 0
    """Fields that exactly one of them held."""

    def add(self, paths: frozenset[str]) -> None:
        """One more answer, with the fields that were compared in it."""
        self.asked += 1
        self.with_data += bool(paths)
        self.held += len(paths)
        for path in paths:
            before = self.fields.get(path, 0)
            self.fields[path] = before + 1
            self.once += (before == 0) - (before == 1)


_NOTHING = Seen()


@dataclass(slots=True)
class Learned:
    """What was seen, by type and by kind of person: all, a label, a stratum."""

    seen: dict[tuple[Type, object], Seen] = field(default_factory=dict)

    def add(self, place: int, stratum: Stratum, result: Result) -> None:
        """One more result, of a person of the stratum that has this place among the strata."""
        for kind in stratum.types | result.types.keys():
            paths = frozenset(path for path, classes in result.types.get(kind, {}).items() if classes & COMPARED)
            for of in (None, place, *stratum.labels):
                self.seen.setdefault((kind, of), Seen()).add(paths)

    def data_rate(self, place: int, stratum: Stratum, kind: Type) -> float:
        """The estimated share of the stratum's persons with data of the type."""
        own, broader = self._of(kind, place), [self._of(kind, label) for label in stratum.labels]
        widest = self._of(kind, None)
        prior = max((one.with_data + 1) / (one.asked + 1) for one in broader or [widest])
        return (own.with_data + _WEIGHT * prior) / (own.asked + _WEIGHT)

    def rates(self, place: int, stratum: Stratum, kind: Type, needs: Mapping[str, float]) -> dict[str, float]:
        """For the needed fields that anybody held so far, the estimated share of the stratum's persons with them."""
        own, widest = self._of(kind, place), self._of(kind, None)
        broader = [self._of(kind, label) for label in stratum.labels] or [widest]
        found = {}
        for path in needs.keys() & widest.fields.keys():
            overall = widest.fields[path] / widest.asked
            prior = max((one.fields.get(path, 0) + overall) / (one.asked + 1) for one in broader)
            found[path] = (own.fields.get(path, 0) + _WEIGHT * prior) / (own.asked + _WEIGHT)
        return found

    def unseen(self, place: int, stratum: Stratum, kind: Type, needs: Mapping[str, float], more: int) -> float:
        """How many needed fields that nobody held so far the next person of the stratum is expected to hold.

        `more` persons of the stratum are being asked already.
        """
        new = len(needs.keys() - self._of(kind, None).fields.keys())
        if not new:
            return 0.0
        own = self._of(kind, place)
        broader = [self._of(kind, label) for label in stratum.labels] or [self._of(kind, None)]
        prior = max(one.once / (one.asked + 1) for one in broader)
        expected = (own.once + _WEIGHT * prior) / (own.asked + more + _WEIGHT)
        known = min(one.asked for one in broader) + more
        bundles = 1 / len(stratum.types) / (known + 1)
        return min(new, expected + bundles * min(new, self._bundle(kind, stratum)))

    def _bundle(self, kind: Type, stratum: Stratum) -> float:
        """How many fields a person with data of the type holds; of the other types where nobody had any, or no end."""
        of = [kind] if self._of(kind, None).with_data else [*stratum.types]
        seen = [self._of(each, None) for each in of]
        holders = sum(one.with_data for one in seen)
        return sum(one.held for one in seen) / holders if holders else math.inf

    def most(self, place: int, kind: Type) -> float:
        """A share of the stratum's persons with data of the type that is hardly exceeded: three more than were seen."""
        own = self._of(kind, place)
        return (own.with_data + 3) / (own.asked + 3)

    def _of(self, kind: Type, of: object) -> Seen:
        return self.seen.get((kind, of), _NOTHING)
