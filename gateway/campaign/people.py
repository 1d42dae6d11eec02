"""The persons of a campaign, and what is known of them before they are asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from gateway.evidence.counts import Type


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the list."""

    id: str = field(repr=False)
    """By what the caller knows the person."""
    types: frozenset[Type]
    """What would be asked about."""
    labels: tuple[str, ...] = ()
    """What else tells persons apart, beginning with the age band: a length of period, a group of the caller's own."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Persons who are alike in all that is known beforehand, in a random order that the seed decides."""

    types: frozenset[Type]
    labels: tuple[str, ...]
    people: tuple[tuple[bytes, str], ...] = field(repr=False)
    """Each with its place in the order of the whole list."""


def strata(people: Iterable[Person], seed: int) -> tuple[Stratum, ...]:
    """The list in strata; how it is sorted changes nothing. Raises ValueError for a person who is on it twice."""
    key = seed.to_bytes(16, "big", signed=True)
    groups: dict[tuple[frozenset[Type], tuple[str, ...]], list[tuple[bytes, str]]] = {}
    seen: set[str] = set()
    for one in people:
        if one.id in seen:
            raise ValueError("people: expected every person once")
        seen.add(one.id)
        place = blake2b(one.id.encode(), key=key, digest_size=12).digest()
        groups.setdefault((one.types, one.labels), []).append((place, one.id))
    made = [Stratum(types, labels, tuple(sorted(group))) for (types, labels), group in groups.items()]
    return tuple(sorted(made, key=lambda stratum: stratum.people[0]))
