"""What no planner can better: those who know beforehand what a planner has to find out.

Persons of one stratum are alike in all that a planner is told, so its choice comes to how many of each stratum it asks,
whom it gets is chance. Both oracles are told the strata as the planner is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

Fields = Callable[[str], Iterable[Hashable]]
Strata = Mapping[Hashable, Sequence[str]]
"""By stratum its persons, in the order in which they would be asked."""
_AT_ONCE = 5


def of_frequencies(strata: Strata, fields: Fields, least: int, wanted: int) -> int:
    """The questions of one who knows how many of each stratum's persons hold each field, and draws from the best."""
    held = {name: Counter(field for id_ in people for field in fields(id_)) for name, people in strata.items()}
    waiting = {name: iter(people) for name, people in strata.items()}
    left = {name: len(people) for name, people in strata.items()}
    times: Counter[Hashable] = Counter()
    asked = covered = 0
    while True:
        best = max(left, key=lambda name: _gain(held[name], times, least) / left[name] if left[name] else -1)
        for _ in range(min(_AT_ONCE, left[best])):
            asked, left[best] = asked + 1, left[best] - 1
            for field in fields(next(waiting[best])):
                held[best][field] -= 1
                times[field] += 1
                covered += times[field] == least
            if covered >= wanted:
                return asked


def _gain(held: Counter[Hashable], times: Counter[Hashable], least: int) -> int:
    return sum(count for field, count in held.items() if times[field] < least)


def of_hindsight(strata: Strata, fields: Fields, least: int, wanted: int, enough: int) -> int:
    """The fewest questions with which these strata, each in its order, come to it; `enough` are known to do.

    This is a bound for every planner, since whatever it does it has asked the first so many of each stratum.
    """
    places = [_places(people, fields, least) for people in strata.values()]
    return _fewest(places, Counter(), least, wanted, enough)


def _places(people: Sequence[str], fields: Fields, least: int) -> dict[Hashable, list[int]]:
    """For each field the places of the first persons who hold it, no more than are needed."""
    found: dict[Hashable, list[int]] = {}
    for place, id_ in enumerate(people, 1):
        for field in fields(id_):
            if len(known := found.setdefault(field, [])) < least:
                known.append(place)
    return found


def _fewest(
    places: list[dict[Hashable, list[int]]], times: Counter[Hashable], least: int, wanted: int, enough: int
) -> int:
    """Branch and bound over how many of the first stratum are asked; `enough` where no fewer do."""
    (own, *others) = places
    if not others:
        done = [_reached(own, field, least - times[field], enough) for field in own.keys() | times.keys()]
        return sorted(done)[wanted - 1] if len(done) >= wanted else enough
    here = Counter(times)
    for count in sorted({0, *(place for each in own.values() for place in each)}):
        if count >= enough:
            break
        here.update(field for field, each in own.items() if count in each)
        if _reach(others, here, least, enough - count) >= wanted:
            enough = min(enough, count + _fewest(others, here, least, wanted, enough - count))
    return enough


def _reached(own: Mapping[Hashable, list[int]], field: Hashable, lacking: int, enough: int) -> int:
    """How many of the only stratum are asked until the field is covered, up to those that are enough."""
    each = own.get(field, [])
    return 0 if lacking <= 0 else min(each[lacking - 1], enough) if len(each) >= lacking else enough


def _reach(places: list[dict[Hashable, list[int]]], times: Counter[Hashable], least: int, most: int) -> int:
    """How many fields could be covered if so many could be asked of every stratum."""
    found = Counter(times)
    for own in places:
        for field, each in own.items():
            found[field] += bisect_right(each, most)
    return sum(count >= least for count in found.values())
