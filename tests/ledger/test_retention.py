"""Retention: what is too old is gone from the files, the chain holds, and nothing else may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger import purging, rows
from gateway.ledger.appending import append
from gateway.ledger.book import Ledger
from gateway.ledger.purging import end_of_keeping
from gateway.store.tables import PAYLOAD
from tests.ledger.places import NOON, Place, intent, opened, outcome, verified, write
from tests.ledger.test_tampering import EMPTY, REFUSED


async def purge(ledger: Ledger, before: datetime) -> int:
    """What `lefi ledger purge` does; how many rows were too old."""
    which = await purging.old(ledger.database, before)
    if which.count:
        await purging.purge(ledger.database, ledger.ring, which, NOON)
    return which.count


async def test_old_rows_say_nothing_any_more_and_the_chain_holds(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 10)
        head = (await verified(place)).head
        assert await purge(ledger, NOON + timedelta(seconds=4)) == 8
        await write(ledger, 1, first=20)
    written = place.rows()
    assert [row["seq"] for row in written] == list(range(1, 24))
    for row in written[:8]:
        assert {row[name] for name in PAYLOAD} == {None}
    assert all(row["kind"] for row in written[8:])
    assert (written[20]["kind"], written[20]["up_to"]) == ("purge", 8)
    report = await verified(place, head)
    assert (report.damage, report.head.seq, report.emptied) == (None, 23, 8)
    assert (report.questions, report.unknown, report.unasked) == (7, 0, 0)


async def test_retention_goes_on_from_where_it_was(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 5)
        assert await purge(ledger, NOON) == 0
        assert await purge(ledger, NOON + timedelta(seconds=2)) == 4
        assert await purge(ledger, NOON + timedelta(seconds=2)) == 0
        assert await purge(ledger, NOON + timedelta(seconds=3)) == 2
        await write(ledger, 5, first=100)
        # The rows that say so are old themselves by now.
        assert await purge(ledger, NOON + timedelta(seconds=103)) == 4 + 2 + 6
    report = await verified(place)
    assert (report.damage, report.emptied, report.questions) == (None, 18, 2)


async def test_everything_can_be_too_old(place: Place) -> None:
    async with opened(place) as ledger:
        assert await purge(ledger, NOON) == 0
        await write(ledger, 3)
        assert await purge(ledger, NOON + timedelta(days=1)) == 6
        report = await verified(place)
        assert (report.damage, report.emptied, report.questions) == (None, 6, 0)
        await write(ledger, 1)
    assert (await verified(place)).damage is None


async def test_a_question_at_the_border_keeps_its_outcome(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 3)
        assert await purge(ledger, NOON + timedelta(seconds=1.2)) == 3
    report = await verified(place)
    assert (report.damage, report.questions, report.unknown, report.unasked) == (None, 1, 0, 1)


async def test_a_row_that_came_late_keeps_what_came_after_it(place: Place) -> None:
    """Rows are in the order in which they were written; a clock that was set back does not make younger ones old."""
    async with opened(place) as ledger:
        for second in (0, 5, 1, 2):
            await ledger.intend(intent(second))
        assert await purge(ledger, NOON + timedelta(seconds=3)) == 1
    assert [row["kind"] for row in place.rows()] == [None, "intent", "intent", "intent", "purge"]


async def test_what_was_begun_is_ended_the_next_time(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 3)
        async with ledger.database.begin() as connection:  # and then the power went
            await append(connection, ledger.ring, [rows.purge(NOON, 4)])
        assert (await verified(place)).damage is None
        assert await purge(ledger, NOON + timedelta(seconds=2)) == 4
    assert [row["up_to"] for row in place.rows() if row["kind"] == "purge"] == [4]
    assert (await verified(place)).emptied == 4


async def test_a_gateway_writes_on_meanwhile(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "_STEP", 3)
    async with opened(place) as ledger, opened(place) as other:
        await write(ledger, 20)
        assert await purge(other, NOON + timedelta(seconds=15)) == 30
        await write(ledger, 5, first=50)
    report = await verified(place)
    assert (report.damage, report.emptied, report.head.seq) == (None, 30, 51)


async def test_the_database_lets_only_that_go(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 5)
        await purge(ledger, NOON + timedelta(seconds=2))
    before = place.rows()
    for statement in (
        f"{EMPTY} WHERE seq = 5",
        f"{EMPTY} WHERE seq = 11",
        "DELETE FROM ledger WHERE seq = 1",
        "UPDATE ledger SET kind = 'intent' WHERE seq = 1",
        "UPDATE ledger SET digest = hash WHERE seq = 1",
    ):
        with pytest.raises(REFUSED), place.hands(tied=True) as cursor:
            cursor.execute(statement)
    assert place.rows() == before


async def test_a_row_of_retention_that_nobody_with_the_key_wrote_is_found(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 5)
    row = place.rows()[-1]
    mark = "?" if place.is_sqlite else "%s"
    statement = "INSERT INTO ledger (seq, key, digest, hash, kind, up_to) VALUES (11, '{}', {}, {}, 'purge', 10)"
    with place.hands(tied=True) as cursor:
        cursor.execute(statement.format(row["key"], mark, mark), (row["digest"], row["hash"]))
        cursor.execute(f"{EMPTY} WHERE seq <= 10")
    damage = (await verified(place)).damage
    assert damage is not None
    assert damage.seq == 11


async def test_nothing_of_it_is_left_in_the_files(place: Place) -> None:
    if not place.is_sqlite:
        pytest.skip(
            "PostgreSQL's files are the server's; VACUUM frees the room, and docs/ledger.md says what it leaves"
        )
    async with opened(place) as ledger:
        await write(ledger, 200, purpose="ett gammalt syfte")
        await write(ledger, 1, first=1_000, purpose="ett nytt syfte")
        pseudonym = ledger.ring.newest.person(intent().personnummer).encode()
        assert await purge(ledger, NOON + timedelta(seconds=500)) == 400
        written = b"".join(file.read_bytes() for file in place.state.glob("ledger.db*"))
    assert b"ett gammalt syfte" not in written
    assert b"ett nytt syfte" in written
    assert written.count(pseudonym) == 2  # the row and the index


async def test_no_personnummer_is_in_the_files(place: Place) -> None:
    async with opened(place) as ledger:
        asked = await write(ledger, 50)
        await ledger.conclude(outcome(asked[0], result="internal"))
        written = b"".join(file.read_bytes() for file in place.state.iterdir())
    said = repr(place.rows()).encode() + written
    number = asked[0].personnummer
    for form in (number, number[2:], f"{number[2:8]}-{number[8:]}", f"{number[:8]}-{number[8:]}"):
        assert form.encode() not in said


@pytest.mark.parametrize(
    ("now", "years", "expected"),
    [
        ("2026-06-30", 5, "2021-06-30"),
        ("2028-02-29", 5, "2023-02-28"),
        ("2028-02-29", 4, "2024-02-29"),
        ("2026-01-01", 1, "2025-01-01"),
    ],
)
def test_years_are_those_of_the_calendar(now: str, years: int, expected: str) -> None:
    at = datetime.fromisoformat(f"{now}T12:00:00").replace(tzinfo=UTC)
    assert end_of_keeping(at, years) == datetime.fromisoformat(f"{expected}T12:00:00").replace(tzinfo=UTC)
