"""The state of an order as a fold of its events: every transition, any interleaving, a restart at every event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.asynkron import events
from gateway.asynkron.events import (
    Absent,
    Acknowledged,
    Announced,
    CancelSent,
    Closed,
    Event,
    GivenUp,
    Intended,
    NotSent,
    Opened,
    Refused,
    Reported,
    RowCame,
    RowRefused,
    Unacknowledged,
)
from gateway.asynkron.order import Alarm, Order, Stage, fold

INTENT = Intended("ref", ("a", "b", "c"), pushed=False, at="2026-06-30T10:00:00.000+00:00")
TAKEN = Acknowledged("B1")
FIRST, SECOND = Announced("p1", 1, 2, last=False), Announced("p2", 2, 1, last=True)
OPEN_1, OPEN_2 = Opened("B1", FIRST), Opened("B1", SECOND)
A, B, C = RowCame("p1", "a", "ha"), RowCame("p1", "b", "hb"), RowCame("p2", "c", "hc")

CASES: list[tuple[str, list[Event], Stage]] = [
    ("nothing", [], Stage.NEW),
    ("intent", [INTENT], Stage.SENT),
    ("not sent", [INTENT, NotSent("upstream-unavailable")], Stage.NOT_SENT),
    ("sent anew", [INTENT, NotSent("upstream-unavailable"), INTENT], Stage.SENT),
    ("no acknowledgement", [INTENT, Unacknowledged("upstream-timeout")], Stage.OUTCOME_UNKNOWN),
    ("absent", [INTENT, Unacknowledged("upstream-timeout"), Absent()], Stage.OUTCOME_UNKNOWN),
    ("given up unknown", [INTENT, Unacknowledged("upstream-timeout"), GivenUp()], Stage.OUTCOME_UNKNOWN),
    ("reconciled", [INTENT, Unacknowledged("upstream-timeout"), TAKEN], Stage.ACKNOWLEDGED),
    ("refused", [INTENT, Refused("upstream-fault")], Stage.FAILED),
    ("taken", [INTENT, TAKEN], Stage.ACKNOWLEDGED),
    ("delivered unacknowledged", [INTENT, Unacknowledged("upstream-timeout"), OPEN_1, A], Stage.DELIVERING),
    ("delivering", [INTENT, TAKEN, OPEN_1, A, B, Closed("p1")], Stage.DELIVERING),
    ("the last alone", [INTENT, TAKEN, OPEN_2, C, Closed("p2")], Stage.DELIVERING),
    ("every row", [INTENT, TAKEN, OPEN_1, A, B, OPEN_2, C], Stage.COMPLETE),
    ("every package", [INTENT, TAKEN, OPEN_1, A, Closed("p1"), OPEN_2, Closed("p2")], Stage.COMPLETE),
    ("done by its word, not read", [INTENT, TAKEN, Reported("KLAR", (FIRST, SECOND))], Stage.ACKNOWLEDGED),
    ("an unknown word", [INTENT, TAKEN, Reported("NYTT")], Stage.ACKNOWLEDGED),
    ("cancelled", [INTENT, TAKEN, CancelSent(), Reported("AVBRUTEN")], Stage.CANCELLED),
    ("only asked to cancel", [INTENT, TAKEN, CancelSent()], Stage.ACKNOWLEDGED),
    ("failed", [INTENT, TAKEN, Reported("MISSLYCKAD")], Stage.FAILED),
    ("given up", [INTENT, TAKEN, OPEN_1, A, GivenUp()], Stage.COMPLETE),
]


@pytest.mark.parametrize(("recorded", "stage"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_stage(recorded: list[Event], stage: Stage) -> None:
    assert fold(recorded).stage == stage


def test_every_event_and_every_stage_is_tried() -> None:
    tried = {type(event) for _, recorded, _ in CASES for event in recorded} | {RowRefused}
    assert tried == set(Event.__args__)
    assert {stage for *_, stage in CASES} == set(Stage)


@pytest.mark.parametrize(("recorded", "stage"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_order_is_sent_only_when_nothing_of_it_can_have_left(recorded: list[Event], stage: Stage) -> None:
    assert fold(recorded).may_be_placed == (stage in {Stage.NEW, Stage.NOT_SENT})
    assert fold(recorded).interrupted == (stage is Stage.SENT)


@pytest.mark.parametrize("event", [event for _, recorded, _ in CASES for event in recorded] + [RowRefused("p", 1, "x")])
def test_events_are_read_as_they_were_written(event: Event) -> None:
    assert events.decode(events.encode(event)) == event


def test_of_two_contents_the_first_stays_and_the_other_is_an_alarm() -> None:
    other = RowCame("p9", "a", "another")
    order = fold([INTENT, TAKEN, OPEN_1, A, other, A])
    assert order.kept["a"].digest == "ha"
    assert order.alarms == {Alarm("changed_row", "p9", "a")}
    order = fold([INTENT, TAKEN, OPEN_1, Opened("B1", Announced("p1", 1, 3, last=False)), Opened("B2", SECOND)])
    assert order.packages["p1"] == FIRST
    assert order.alarms == {Alarm("changed_package", "p1", ""), Alarm("changed_order", "", "")}
    assert order.service_id == "B1"


def test_only_what_the_service_offers_is_outstanding() -> None:
    order = fold([INTENT, TAKEN, OPEN_1])
    assert order.outstanding() == []
    report = Reported("PAGAR", (SECOND, FIRST))
    assert not order.says_nothing_new(report)
    order.apply(report)
    assert order.says_nothing_new(report)
    assert order.outstanding() == ["p1", "p2"]
    order.apply(Closed("p1"))
    assert order.outstanding() == ["p2"]


def test_a_refused_row_is_missing_for_that_reason_until_a_right_one_comes() -> None:
    refused = RowRefused("p1", 1, "wrong_person", "a")
    order = fold([INTENT, TAKEN, OPEN_1, refused, B, Closed("p1"), OPEN_2, C, Closed("p2")])
    assert order.result().missing == {"a": "wrong_person"}
    assert order.alarms == {Alarm("wrong_person", "p1", "a")}
    order.apply(A)
    assert order.result().missing == {}


# ------------------------------------------------------------------------------------------------- any order, any often


@dataclass(frozen=True)
class Scene:
    """An order, the packages that there are of it, and deliveries of them: each a package as it was read once."""

    intent: Intended
    deliveries: list[list[Event]]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """An order of some rows in some packages, of which some rows and packages may be missing, and rows may repeat."""
    rows = [f"r{index}" for index in range(draw(st.integers(1, 8)))]
    size = draw(st.integers(1, 4))
    chunks = [rows[at : at + size] for at in range(0, len(rows), size)]
    packages: list[list[Event]] = []
    for number, chunk in enumerate(chunks, 1):
        name = f"p{number}"
        there = [row for row in chunk if draw(st.integers(0, 9))]
        repeated = draw(st.lists(st.sampled_from(rows), max_size=2))
        came: list[Event] = [RowCame(name, row, f"hash of {row}", row.endswith("3")) for row in (*there, *repeated)]
        if draw(st.booleans()):
            came.append(RowRefused(name, 9, "wrong_person", draw(st.sampled_from(rows))))
            came.append(RowRefused(name, 10, "unreadable"))
        if draw(st.integers(0, 4)):
            head = Announced(name, number, len(came), last=number == len(chunks))
            packages.append([Opened("B1", head), *came, Closed(name)])
    again = draw(st.lists(st.sampled_from(packages), max_size=4)) if packages else []
    return Scene(Intended("ref", tuple(rows), pushed=True, at=""), [*packages, *again])


def interleaved(draw: st.DrawFn, deliveries: Sequence[Sequence[Event]], others: Sequence[Event]) -> list[Event]:
    """One of all orders in which deliveries, each in its own order, and other events can come."""
    left = [list(one) for one in deliveries] + [[one] for one in others]
    woven = []
    while left:
        queue = draw(st.sampled_from(left))
        woven.append(queue.pop(0))
        left = [one for one in left if one]
    return woven


@given(st.data())
def test_any_interleaving_and_any_repetition_of_the_same_packages_gives_the_same_result(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    endings: list[list[Event]] = [[], [Reported("AVBRUTEN")], [Reported("MISSLYCKAD")], [GivenUp()]]
    ended = data.draw(st.sampled_from(endings))
    listed = tuple(one.head for delivery in scene.deliveries for one in delivery if isinstance(one, Opened))
    others: list[Event] = [TAKEN, Unacknowledged("upstream-timeout"), Reported("PAGAR", listed), *ended]
    once = [one for place, one in enumerate(scene.deliveries) if one not in scene.deliveries[:place]]
    expected = fold([scene.intent, *others, *(event for delivery in once for event in delivery)])
    found = fold([scene.intent, *data.draw(st.composite(interleaved)(scene.deliveries, others))])
    assert found.result() == expected.result()
    assert found.alarms == expected.alarms
    assert found.outstanding() == expected.outstanding()


@given(st.data())
def test_a_restart_at_every_event_gives_the_same_result(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    woven = [scene.intent, *data.draw(st.composite(interleaved)(scene.deliveries, [TAKEN, Reported("KLAR")]))]
    whole = fold(woven)
    kept: list[bytes] = []
    order = Order()
    for event in woven:
        order = fold(map(events.decode, kept))  # a new process, with what the one before had written
        order.apply(event)
        kept.append(events.encode(event))
    assert fold(map(events.decode, kept)) == whole
    assert order.result() == whole.result()


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(TypeError):
        Order().apply("KLAR")
