"""An order through Asynkron against the twin, on real sockets: every fault, fetched and sent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from gateway.asynkron.book import Book
from gateway.asynkron.order import ENDED, Alarm, Stage
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.errors import UpstreamError
from gateway.twin.deliveries import FAULTS, UNKNOWN_ROW
from schemas.svar import Svar
from tests.asynkron.running import ORDINARY, PEOPLE, House, fraga, house, questions, until, until_complete

ALL = frozenset(f"r{place}" for place in range(1, 6))
WAYS = ("poll", "push")


@dataclass(frozen=True)
class Expected:
    stage: Stage = Stage.COMPLETE
    missing: frozenset[str] = frozenset()
    why: str = ""
    alarms: frozenset[str] = frozenset()


COMPLETE = Expected()
EXPECTED: dict[tuple[str, ...], Expected] = {
    (): COMPLETE,
    ("delad",): COMPLETE,
    ("dubblett",): COMPLETE,
    ("delad", "dubblett"): COMPLETE,
    ("delad", "upprepad"): COMPLETE,
    ("delad", "oordning"): COMPLETE,
    ("delad", "oordning", "dubblett", "upprepad", "kapad"): COMPLETE,
    ("sen",): COMPLETE,
    ("delad", "sen"): COMPLETE,
    ("kapad",): COMPLETE,
    ("delad", "kapad"): COMPLETE,
    ("delad", "dubblett", "andrad"): Expected(alarms=frozenset({"changed_row"})),
    ("delad", "avbruten"): Expected(Stage.CANCELLED, ALL - {"r1", "r2"}, "cancelled"),
    ("misslyckad",): Expected(Stage.FAILED, ALL, "failed"),
    ("delad", "saknad_leverans"): Expected(Stage.DELIVERING, frozenset({"r3", "r4"}), "missing"),
    ("saknad_leverans",): Expected(Stage.ACKNOWLEDGED, ALL, "missing"),
    ("saknad_rad",): Expected(missing=frozenset({"r5"}), why="missing"),
    ("okand_rad",): Expected(alarms=frozenset({"unknown_row"})),
    ("fel_person",): Expected(missing=frozenset({"r1"}), why="wrong_person", alarms=frozenset({"wrong_person"})),
    ("fel_person_i_svaret",): Expected(
        missing=frozenset({"r1"}), why="wrong_person", alarms=frozenset({"wrong_person"})
    ),
    ("olaslig",): Expected(missing=frozenset({"r1"}), why="missing", alarms=frozenset({"unreadable"})),
    ("forlorad_kvittens",): COMPLETE,
    ("delad", "forlorad_kvittens"): COMPLETE,
    ("forlorad_bestallning",): Expected(Stage.OUTCOME_UNKNOWN, ALL, "outcome_unknown"),
}


def test_every_fault_is_tried() -> None:
    assert {fault for faults in EXPECTED for fault in faults} == FAULTS.keys()


async def settled(source: AsynkronUpstream, book: Book, way: str, faults: Collection[str]) -> None:
    """Follows an order to where it gets no further."""
    for _ in range(6):
        try:
            if await source.collect(book) in ENDED:
                break
        except UpstreamError:
            pass  # a package that broke off: it is fetched again
        if way == "push":
            await asyncio.sleep(0.35 if "sen" in faults or "kapad" in faults else 0.15)
    if "dubblett" in faults and way == "poll":
        for package in book.order.packages:
            await source.fetch(book, package)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("faults", EXPECTED, ids=lambda faults: ".".join(faults) or "none")
async def test_an_order_comes_to_what_its_fault_makes_of_it(faults: tuple[str, ...], way: str) -> None:
    expected = EXPECTED[faults]
    async with house(delivery=way) as made, aclosing(made.source(".".join(("asynkron", *faults)))) as source:
        book = made.shelf.new(questions())
        placed = await source.place(book)
        assert placed == (Stage.OUTCOME_UNKNOWN if any(fault.startswith("forlorad") for fault in faults) else placed)
        await settled(source, book, way, faults)
        # What is sent may come after the status was asked for.
        await until(
            lambda: book.order.stage == expected.stage and book.order.result().missing.keys() == expected.missing
        )
        await until(lambda: {alarm.kind for alarm in book.order.alarms} == expected.alarms)
        result = book.order.result()
        assert (result.stage, frozenset(result.missing)) == (expected.stage, expected.missing)
        assert set(result.missing.values()) <= {expected.why}
        _holds(made, book)
        assert made.shelf.restarted(book).order.result() == result


def _holds(made: House, book: Book) -> None:
    """What is kept are the answers to the questions and nothing else, and nobody was asked about twice."""
    answers = made.shelf.answers[book.reference]
    assert answers.keys() == book.order.kept.keys()
    for row, answer in answers.items():
        asked = book.questions[row]
        assert answer["fraga"] == asked
        assert answer.get("person", {}).get("personnummer", asked["personnummer"]) == asked["personnummer"]
        assert [one["informationstyp"] for one in answer["tackning"]] == ["FK:SJP", "PM:AP", "FK:GEPI"]
        assert answer["kalla"]["kontrakt"] == "rekonstruerat"
        Svar.model_validate(answer)
    counted = made.counted()
    assert set(counted["personer"].values()) <= {1}
    assert sum(counted["personer"].values()) in {0, len(book.questions)}
    assert counted["fragor"].get("asynkron10 bestall", 0) == 1


async def test_the_same_order_gets_the_same_answers_by_either_way() -> None:
    found = []
    for way in WAYS:
        async with house(delivery=way) as made, aclosing(made.source("asynkron.delad")) as source:
            book = made.shelf.new(questions(12))
            await source.place(book)
            await until_complete(source, book)
            answers = made.shelf.answers[book.reference].items()
            found.append({row: {fact: one[fact] for fact in one if fact != "kalla"} for row, one in answers})
    assert found[0] == found[1]
    assert len(found[0]) == 12


async def test_a_package_that_could_not_be_sent_is_fetched() -> None:
    async with house(delivery="push") as made, aclosing(made.source("asynkron.delad")) as source:
        made.shelf.broken_for_others = True
        book = made.shelf.new(questions(4))
        await source.place(book)
        await until_complete(source, book)
        assert made.counted()["fragor"]["asynkron10 hamta"] == 2
        _holds(made, book)


async def test_a_row_of_a_person_whom_the_service_fails_on_says_that_the_source_failed() -> None:
    failing = next(one.personnummer for one in PEOPLE.values() if one.fault == "felsvar500")
    async with house() as made, aclosing(made.source()) as source:
        book = made.shelf.new({"r1": fraga(failing), "r2": fraga(ORDINARY[0])})
        await source.place(book)
        assert await source.collect(book) == Stage.COMPLETE
        answer = made.shelf.answers[book.reference]["r1"]
        assert {one["utfall"] for one in answer["tackning"]} == {"fel_hos_kallan"}
        assert answer["tackning"][0]["bevis"] == [{"slag": "bestallning", "varde": "failed_row"}]
        assert book.order.kept["r1"].failed
        assert not book.order.kept["r2"].failed


@pytest.mark.parametrize("fault", ["fel_person", "okand_rad"])
async def test_nothing_of_a_wrong_person_is_kept(fault: str, secrets: set[str]) -> None:
    async with house() as made, aclosing(made.source(f"asynkron.{fault}")) as source:
        book = made.shelf.new(questions())
        other = next(one.personnummer for one in PEOPLE.values() if not one.fault and one.personnummer != ORDINARY[0])
        secrets.update({other, other[2:]})
        book = made.shelf.new({"r1": fraga(ORDINARY[0])})
        await source.place(book)
        await source.collect(book)
        assert other not in repr(made.shelf.answers[book.reference])
        assert other.encode() not in b"".join(made.shelf.records[book.reference])
        assert UNKNOWN_ROW.encode() not in b"".join(made.shelf.records[book.reference])


async def test_a_package_that_never_comes_is_given_up_and_what_is_missing_is_said() -> None:
    async with house() as made, aclosing(made.source("asynkron.delad.saknad_leverans")) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        await source.collect(book)
        assert await source.give_up(book) == Stage.COMPLETE
        absent = source.absent(book)
        assert absent.keys() == {"r3", "r4"}
        for row, answer in absent.items():
            assert answer["fraga"] == book.questions[row]
            assert {one["utfall"] for one in answer["tackning"]} == {"fel_hos_kallan"}
            assert answer["tackning"][0]["bevis"] == [{"slag": "bestallning", "varde": "missing"}]
            Svar.model_validate(answer)


async def test_a_changed_row_leaves_the_first_answer() -> None:
    async with house() as made, aclosing(made.source("asynkron.andrad")) as source:
        book = made.shelf.new(questions(2))
        await source.place(book)
        await source.collect(book)
        first = made.shelf.answers[book.reference]["r1"]
        await source.fetch(book, "B1-1")
        assert made.shelf.answers[book.reference]["r1"] is first
        assert book.order.alarms == {Alarm("changed_row", "B1-1", "r1")}
        await source.fetch(book, "B1-1")
        assert made.shelf.kinds(book).count("RowCame") == 4, "two rows, and the contradiction each time that it came"
