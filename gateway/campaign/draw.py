"""One choice of persons out of the strata; whoever is chosen lessens what is needed, as is to be expected of them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from gateway.campaign.learned import Learned
from gateway.campaign.people import Stratum
from gateway.evidence.counts import Counts, Type, TypeCounts
from gateway.evidence.goal import Judgement, Terms, pairs_to_go

_WORTH = 0.005
"""Fewer expected fields per question than this are not looked for while pairs are needed anyway."""
_MAY_WELL = 0.2
"""For pairs, strata are drawn from whose share of persons with data is at least this part of the best stratum's."""


class Draw:
    """What is needed, and who is left."""

    def __init__(self, strata: Sequence[Stratum], learned: Learned) -> None:
        self._strata, self._learned = strata, learned
        self._needs: dict[Type, dict[str, float]] = {}
        self._pairs: dict[Type, float] = {}
        self._rates: dict[tuple[int, Type], dict[str, float]] = {}
        self._rare = 0.0
        """Fewer expected fields per question than this are not looked for at all."""
        self._chosen = [0] * len(strata)
        self._waiting: list[Iterator[tuple[bytes, str]]] = []
        self._head: list[tuple[bytes, str] | None] = []
        self.beyond: list[Type] = []
        """Types whose bound the list can hardly prove any more, in the order of the goal."""

    def need(
        self, counts: Counts, still_open: Mapping[Type, Judgement], terms: Terms, asked_per_stratum: Sequence[int]
    ) -> None:
        """What these types lack: pairs for the bound, persons for each field."""
        self._rare = terms.rate
        for kind, judgement in still_open.items():
            counted = counts.types.get(kind, TypeCounts())
            pairs = pairs_to_go(counted, terms)
            if pairs > self._within_reach(kind, asked_per_stratum):
                self.beyond.append(kind)
            elif pairs:
                self._pairs[kind] = pairs
            if "coverage" in judgement.lacks:
                fields = counted.fields
                self._needs[kind] = {
                    path: float(terms.least - (fields[path].compared if path in fields else 0))
                    for path in judgement.uncovered
                }

    def take_out(self, asked: Collection[str], under_way: Mapping[str, int]) -> None:
        """Who is not there to be chosen; of those under way, with the place of their stratum, something is expected."""
        for stratum in self._strata:
            people = (one for one in stratum.people if one[1] not in asked and one[1] not in under_way)
            self._head.append(next(people, None))
            self._waiting.append(people)
        for place in under_way.values():
            self._expect(place)

    def people(self, most: int) -> Iterator[str]:
        """At most so many persons."""
        drawn = 0
        for id_ in self._for_coverage():
            if drawn == most:
                return
            yield id_
            drawn += 1
        for id_ in self._for_pairs():
            if drawn == most:
                return
            yield id_
            drawn += 1

    def _for_coverage(self) -> Iterator[str]:
        """One after the other from the stratum with the greatest gain, while there is any to speak of."""
        queue = [(-self._gain(place), head[0], place) for place, head in enumerate(self._head) if head]
        heapq.heapify(queue)
        while queue:
            before, rank, place = queue[0]
            gain = self._gain(place)
            if gain < -before:  # gains only fall, so nobody but the first has to be weighed anew
                heapq.heapreplace(queue, (-gain, rank, place))
                continue
            if gain < (_WORTH if any(pairs > 0 for pairs in self._pairs.values()) else self._rare):
                return
            yield self._take(place)
            heapq.heappop(queue)
            if head := self._head[place]:
                heapq.heappush(queue, (-self._gain(place), head[0], place))

    def _for_pairs(self) -> Iterator[str]:
        """In the order of the whole list, which is random, those who may well have data of a type that needs pairs."""
        wanted = self._wanted()
        queue = [(head[0], place) for place, head in enumerate(self._head) if head and wanted[place]]
        heapq.heapify(queue)
        while queue and any(pairs > 0 for pairs in self._pairs.values()):
            _, place = heapq.heappop(queue)
            if all(self._pairs[kind] <= 0 for kind in wanted[place]):
                continue
            yield self._take(place)
            if head := self._head[place]:
                heapq.heappush(queue, (head[0], place))

    def _wanted(self) -> list[set[Type]]:
        """For each stratum, the types for whose pairs it is drawn from."""
        wanted: list[set[Type]] = [set() for _ in self._strata]
        for kind in self._pairs:
            rates = {
                place: self._learned.data_rate(place, stratum, kind)
                for place, stratum in enumerate(self._strata)
                if kind in stratum.types and self._head[place]
            }
            for place, rate in rates.items():
                if rate >= _MAY_WELL * max(rates.values()):
                    wanted[place].add(kind)
        return wanted

    def _take(self, place: int) -> str:
        """The stratum's next person."""
        head = self._head[place]
        if head is None:
            raise IndexError(place)
        self._head[place] = next(self._waiting[place], None)
        self._expect(place)
        return head[1]

    def _expect(self, place: int) -> None:
        """Lessens what is needed by what one person of the stratum is expected to bring."""
        stratum = self._strata[place]
        for kind in stratum.types & self._needs.keys():
            needs = self._needs[kind]
            for path, rate in self._rates_of(place, kind).items():
                needs[path] = max(0.0, needs[path] - rate)
        for kind in stratum.types & self._pairs.keys():
            self._pairs[kind] -= self._learned.data_rate(place, stratum, kind)
        self._chosen[place] += 1

    def _gain(self, place: int) -> float:
        """How many needed fields the next person of the stratum is expected to bring."""
        stratum, gain = self._strata[place], 0.0
        for kind in stratum.types & self._needs.keys():
            needs = self._needs[kind]
            gain += sum(rate * min(1.0, needs[path]) for path, rate in self._rates_of(place, kind).items())
            gain += self._learned.unseen(place, stratum, kind, needs, self._chosen[place])
        return gain

    def _rates_of(self, place: int, kind: Type) -> dict[str, float]:
        """What is known of the needed fields in the stratum, which one choice does not change."""
        if (place, kind) not in self._rates:
            self._rates[place, kind] = self._learned.rates(place, self._strata[place], kind, self._needs[kind])
        return self._rates[place, kind]

    def _within_reach(self, kind: Type, asked_per_stratum: Sequence[int]) -> float:
        """How many pairs with data of the type those who are left can hardly exceed."""
        return math.fsum(
            (len(stratum.people) - asked) * self._learned.most(place, kind)
            for place, (stratum, asked) in enumerate(zip(self._strata, asked_per_stratum, strict=True))
            if kind in stratum.types
        )
