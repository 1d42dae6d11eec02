"""An order at LEFI Asynkron from our side: what has become of it, folded from its recorded events.

    new ──Intended──► sent ──Acknowledged──► acknowledged ──Opened──► delivering ──► complete
     ▲                 │ ╲                        ▲                        │ ╲──────► cancelled
     └── not_sent ◄────┘  ╲──Unacknowledged──► outcome_unknown             ╰────────► failed

Rule 1: an order is sent once. From `sent` and `outcome_unknown` there is no way back on our own accord: the service is
        asked by our reference what has become of it. `sent` after a restart is `outcome_unknown` (see `interrupted`).
Rule 2: what is delivered says that the order was taken, acknowledged or not.
Rule 3: the stage is concluded from what is known, never from the order in which it came: packages may come twice, out
        of order, and before the acknowledgement.
Rule 4: of two contents for one row or one package, the first stays, and the other is an alarm.
Rule 5: no person's data is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import singledispatchmethod
from typing import Literal

from gateway.asynkron import events
from gateway.asynkron.events import Announced, Event


class Stage(StrEnum):
    """What has become of an order."""

    NEW = "new"
    NOT_SENT = "not_sent"
    SENT = "sent"
    OUTCOME_UNKNOWN = "outcome_unknown"
    ACKNOWLEDGED = "acknowledged"
    DELIVERING = "delivering"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = frozenset({Stage.COMPLETE, Stage.CANCELLED, Stage.FAILED})
_CANCELLED, _FAILED = "AVBRUTEN", "MISSLYCKAD"

Verdict = Literal["new", "same", "changed"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that came: the keyed hash of its content, and whether that was an error."""

    digest: str
    failed: bool


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """Something that somebody should look at: its kind, and where."""

    kind: str
    package: str
    where: str


@dataclass(frozen=True, slots=True)
class Result:
    """What an order came to; the same whatever the order in which the same packages came."""

    stage: Stage
    rows: Mapping[str, Kept]
    missing: Mapping[str, str]
    """By row without an answer: why (`missing`, `wrong_person`, `unreadable`, `cancelled`, `failed`, …)."""


@dataclass(slots=True)
class Order:
    """One order; `apply` its events one by one, or `fold` them all."""

    reference: str = ""
    rows: tuple[str, ...] = ()
    pushed: bool = False
    at: str = ""
    service_id: str = ""
    problem: str = ""
    """The problem type of the last thing that went wrong with placing it."""
    cancel_sent: bool = False
    absent: bool = False
    """Whether the service said last that it has no such order."""
    kept: dict[str, Kept] = field(default_factory=dict)
    packages: dict[str, Announced] = field(default_factory=dict)
    alarms: set[Alarm] = field(default_factory=set)
    _unsent: bool = False
    _unacknowledged: bool = False
    _refused: bool = False
    _given_up: bool = False
    _known: frozenset[str] = frozenset()
    _words: set[str] = field(default_factory=set)
    _offered: set[str] = field(default_factory=set)
    _opened: set[str] = field(default_factory=set)
    _closed: set[str] = field(default_factory=set)
    _denied: dict[str, str] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:  # noqa: PLR0911  one return per stage
        """What has become of the order."""
        if not self.reference:
            return Stage.NEW
        if self._all_here():
            return Stage.COMPLETE
        if _CANCELLED in self._words:
            return Stage.CANCELLED
        if _FAILED in self._words or self._refused:
            return Stage.FAILED
        if self._given_up and self.service_id:
            return Stage.COMPLETE
        if self._opened:
            return Stage.DELIVERING
        if self.service_id:
            return Stage.ACKNOWLEDGED
        if self._unsent:
            return Stage.NOT_SENT
        return Stage.OUTCOME_UNKNOWN if self._unacknowledged else Stage.SENT

    @property
    def may_be_placed(self) -> bool:
        """Whether nothing of the order can have reached the service."""
        return self.stage in {Stage.NEW, Stage.NOT_SENT}

    @property
    def interrupted(self) -> bool:
        """Whether it was about to be sent when its record ends: with nobody sending it, its outcome is unknown."""
        return self.stage is Stage.SENT

    def outstanding(self) -> list[str]:
        """The packages that can be fetched and were not read to their end, by number; what is being sent is not."""
        left = (self.packages[package] for package in self._offered - self._closed)
        return [one.package for one in sorted(left, key=lambda one: (one.number, one.package))]

    def has_read(self, package: str) -> bool:
        """Whether the package was read to its end."""
        return package in self._closed

    def knows_row(self, row: str) -> bool:
        """Whether the order has a row of that id."""
        return row in self._known

    def judge(self, event: events.RowCame) -> Verdict:
        """What a row is beside what came before it."""
        kept = self.kept.get(event.row)
        if kept is None:
            return "new"
        return "same" if kept == Kept(event.digest, event.failed) else "changed"

    def knows_refusal(self, event: events.RowRefused) -> bool:
        """Whether the very same row was refused before, for the same reason."""
        return _alarm(event) in self.alarms

    def says_nothing_new(self, event: events.Reported) -> bool:
        """Whether all of a report is known already."""
        known = {package: self.packages[package] for package in self._offered}
        return event.word in self._words and all(known.get(one.package) == one for one in event.packages)

    def result(self) -> Result:
        """What the order came to so far."""
        why = {Stage.CANCELLED: "cancelled", Stage.FAILED: "failed", Stage.OUTCOME_UNKNOWN: "outcome_unknown"}
        otherwise = why.get(self.stage, "missing")
        missing = {row: self._denied.get(row, otherwise) for row in self.rows if row not in self.kept}
        return Result(self.stage, {row: self.kept[row] for row in self.rows if row in self.kept}, missing)

    def _all_here(self) -> bool:
        """Whether every row came, or every package from the first to the last was read to its end."""
        if len(self.kept) == len(self.rows):
            return True
        last = max((one.number for one in self.packages.values() if one.last), default=0)
        numbers = {one.number for one in self.packages.values() if one.package in self._closed}
        return last > 0 and numbers >= set(range(1, last + 1))

    @singledispatchmethod
    def apply(self, event: Event) -> None:
        """Takes an event in; raises TypeError for what is none."""
        raise TypeError(type(event).__name__)

    @apply.register
    def _(self, event: events.Intended) -> None:
        self.reference, self.rows, self.pushed, self.at = event.reference, event.rows, event.pushed, event.at
        self._known = frozenset(event.rows)
        self._unsent, self.problem = False, ""

    @apply.register
    def _(self, event: events.NotSent) -> None:
        self._unsent, self.problem = True, event.problem

    @apply.register
    def _(self, event: events.Unacknowledged) -> None:
        self._unacknowledged, self.problem = True, event.problem

    @apply.register
    def _(self, event: events.Refused) -> None:
        self._refused, self.problem = True, event.problem

    @apply.register
    def _(self, event: events.Acknowledged) -> None:
        self._taken(event.service_id)

    @apply.register
    def _(self, _event: events.Absent) -> None:
        self.absent = True

    @apply.register
    def _(self, _event: events.CancelSent) -> None:
        self.cancel_sent = True

    @apply.register
    def _(self, event: events.Reported) -> None:
        self._words.add(event.word)
        for one in event.packages:
            self._listed(one)
            self._offered.add(one.package)

    @apply.register
    def _(self, event: events.Opened) -> None:
        self._taken(event.service_id)
        self._listed(event.head)
        self._opened.add(event.head.package)

    @apply.register
    def _(self, event: events.RowCame) -> None:
        match self.judge(event):
            case "new":
                self.kept[event.row] = Kept(event.digest, event.failed)
            case "changed":
                self.alarms.add(Alarm("changed_row", event.package, event.row))
            case "same":
                pass

    @apply.register
    def _(self, event: events.RowRefused) -> None:
        self.alarms.add(_alarm(event))
        if event.row in self._known:
            self._denied[event.row] = event.why

    @apply.register
    def _(self, event: events.Closed) -> None:
        self._closed.add(event.package)

    @apply.register
    def _(self, _event: events.GivenUp) -> None:
        self._given_up = True

    def _taken(self, service_id: str) -> None:
        self.absent = False
        if self.service_id and self.service_id != service_id:
            self.alarms.add(Alarm("changed_order", "", ""))
        self.service_id = self.service_id or service_id

    def _listed(self, one: Announced) -> None:
        if self.packages.setdefault(one.package, one) != one:
            self.alarms.add(Alarm("changed_package", one.package, ""))


def _alarm(event: events.RowRefused) -> Alarm:
    return Alarm(event.why, event.package, event.row or f"#{event.place}")


def fold(recorded: Iterable[Event]) -> Order:
    """The order that these events make."""
    order = Order()
    for event in recorded:
        order.apply(event)
    return order
