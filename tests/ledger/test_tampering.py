"""Hands in the database: what the triggers refuse, and what `verify` says of everything that got past them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from gateway.ledger import chain, keyring
from gateway.ledger.verifying import Damage, Head
from gateway.store import ledger as store
from gateway.store.database import Connection
from gateway.store.tables import PAYLOAD
from tests.ledger.places import Place, opened, sqlite, verified, write

ROWS = 20
EMPTY = "UPDATE ledger SET " + ", ".join(f"{name} = NULL" for name in PAYLOAD)  # noqa: S608  names of our own
REFUSED = (sqlite3.IntegrityError, psycopg.errors.RestrictViolation, psycopg.errors.UniqueViolation)

FORBIDDEN = {
    "change": "UPDATE ledger SET consumer = 'x' WHERE seq = 3",
    "change nothing": "UPDATE ledger SET consumer = consumer WHERE seq = 3",
    "change everything": "UPDATE ledger SET reason = 'x'",
    "another digest": "UPDATE ledger SET digest = hash WHERE seq = 3",
    "another hash": "UPDATE ledger SET hash = digest WHERE seq = 3",
    "another key": "UPDATE ledger SET key = 'x' WHERE seq = 3",
    "another place": "UPDATE ledger SET seq = 99 WHERE seq = 20",
    "remove": "DELETE FROM ledger WHERE seq = 20",
    "remove all": "DELETE FROM ledger",
    "empty a row": f"{EMPTY} WHERE seq = 3",
    "empty one column": "UPDATE ledger SET person = NULL WHERE seq = 3",
    "the same place again": "INSERT INTO ledger (seq, key, digest, hash) SELECT seq, key, digest, hash FROM ledger",
}
FORBIDDEN_BY_SQLITE = {
    "replace": "INSERT OR REPLACE INTO ledger (seq, key, digest, hash) SELECT seq, key, digest, hash FROM ledger",
    "replace by another": "UPDATE OR REPLACE ledger SET seq = 4 WHERE seq = 3",
    "leave places out": "INSERT INTO ledger (seq, key, digest, hash) SELECT 99, key, digest, hash FROM ledger LIMIT 1",
}


async def filled(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, ROWS // 2)


async def test_the_database_itself_refuses(place: Place) -> None:
    await filled(place)
    before = place.rows()
    own = FORBIDDEN_BY_SQLITE if place.is_sqlite else {"truncate": "TRUNCATE ledger"}
    passed = []
    for name, statement in (FORBIDDEN | own).items():
        try:
            with place.hands(tied=True) as cursor:
                cursor.execute(statement)
            passed.append(name)
        except REFUSED:
            assert place.rows() == before
    assert passed == []


def copied(old: int, new: int) -> str:
    columns = ", ".join(("key", "digest", "hash", *PAYLOAD))
    return f"INSERT INTO ledger (seq, {columns}) SELECT {new}, {columns} FROM ledger WHERE seq = {old}"  # noqa: S608


def moved(old: int, new: int) -> str:
    return f"UPDATE ledger SET seq = {new} WHERE seq = {old}"  # noqa: S608


def one_up(first: int, by: int) -> list[str]:
    """Every row from one on, moved by so many places: in two steps, since no place may be taken twice."""
    return [
        f"UPDATE ledger SET seq = seq + 1000 WHERE seq >= {first}",  # noqa: S608
        f"UPDATE ledger SET seq = seq - {1000 - by} WHERE seq > 1000",  # noqa: S608
    ]


def gone(first: int, last: int) -> str:
    return f"DELETE FROM ledger WHERE seq BETWEEN {first} AND {last}"  # noqa: S608


DAMAGES: dict[str, tuple[int, str, list[str]]] = {
    **{
        f"{column} changed": (5, "changed", [f"UPDATE ledger SET {column} = 'x' WHERE seq = 5"])  # noqa: S608
        for column in PAYLOAD
        if column not in {"sent", "protected", "up_to"}
    },
    "sent changed": (6, "changed", ["UPDATE ledger SET sent = false WHERE seq = 6"]),
    "protected changed": (6, "changed", ["UPDATE ledger SET protected = true WHERE seq = 6"]),
    "up_to set": (6, "changed", ["UPDATE ledger SET up_to = 3 WHERE seq = 6"]),
    "a column emptied": (5, "changed", ["UPDATE ledger SET person = NULL WHERE seq = 5"]),
    "the first row changed": (1, "changed", ["UPDATE ledger SET purpose = 'x' WHERE seq = 1"]),
    "the last row changed": (20, "changed", ["UPDATE ledger SET result = 'x' WHERE seq = 20"]),
    "two rows changed": (4, "changed", ["UPDATE ledger SET result = 'x' WHERE seq IN (9, 4)"]),
    "digest changed": (5, "changed", ["UPDATE ledger SET digest = hash WHERE seq = 5"]),
    "hash changed": (5, "changed", ["UPDATE ledger SET hash = digest WHERE seq = 5"]),
    "the last hash changed": (20, "changed", ["UPDATE ledger SET hash = digest WHERE seq = 20"]),
    "hash cut": (5, "changed", ["UPDATE ledger SET hash = substr(hash, 1, 31) WHERE seq = 5"]),
    "key changed": (5, "unknown key", ["UPDATE ledger SET key = 'ffffffff' WHERE seq = 5"]),
    "a row emptied": (5, "emptied", [f"{EMPTY} WHERE seq = 5"]),
    "all rows emptied": (1, "emptied", [EMPTY]),
    "a row missing": (5, "missing", [gone(5, 5)]),
    "the first row missing": (1, "missing", [gone(1, 1)]),
    "many rows missing": (5, "missing", [gone(5, 19)]),
    "a row missing and the rest moved up": (5, "missing", [gone(5, 5), *one_up(6, -1)]),
    "rows missing and the rest moved up": (5, "missing", [gone(5, 8), *one_up(9, -4)]),
    "the first rows missing and the rest moved up": (1, "missing", [gone(1, 2), *one_up(3, -2)]),
    "two rows exchanged": (5, "reordered", [moved(5, 99), moved(12, 5), moved(99, 12)]),
    "neighbours exchanged": (5, "reordered", [moved(5, 99), moved(6, 5), moved(99, 6)]),
    "the last two exchanged": (19, "reordered", [moved(19, 99), moved(20, 19), moved(99, 20)]),
    "a row moved to the end": (5, "reordered", [moved(5, 99)]),
    "a row moved to the end and the rest moved up": (5, "reordered", [moved(5, 99), *one_up(6, -1)]),
    "a row put in between": (5, "reordered", [*one_up(5, 1), copied(2, 5)]),
    "a row put at the end": (21, "changed", [copied(2, 21)]),
    "a row put beyond the end": (21, "missing", [copied(2, 30)]),
}


async def test_every_kind_of_damage_is_found_and_named(place: Place) -> None:
    await filled(place)
    good, wrong = place.rows(), {}
    assert (await verified(place)).damage is None
    for name, (seq, kind, statements) in DAMAGES.items():
        with place.hands() as cursor:
            for statement in statements:
                cursor.execute(statement)
        report = await verified(place)
        found = report.damage and (report.damage.seq, report.damage.kind)
        if found != (seq, kind) or report.head.seq != seq - 1:
            wrong[name] = found
        place.restore(good)
    assert wrong == {}
    assert (await verified(place)).damage is None


async def test_a_row_that_was_written_anew_with_its_digest_is_found(place: Place) -> None:
    """Whoever knows how the digest is made, and has not the key."""
    await filled(place)
    row = place.rows()[6]
    row["person"] = "0" * 64
    said = {name: row[name] for name in PAYLOAD if row[name] is not None}
    made = hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    assert made.digest() == chain.digest(row)
    with place.hands() as cursor:
        mark = "?" if place.is_sqlite else "%s"
        statement = f"UPDATE ledger SET person = {mark}, digest = {mark} WHERE seq = 7"  # noqa: S608
        cursor.execute(statement, (row["person"], made.digest()))
    report = await verified(place)
    assert report.damage == Damage(7, "changed", "the row was written anew, without the key of the chain")


async def test_what_is_cut_off_at_the_end_is_seen_by_an_earlier_head(place: Place) -> None:
    await filled(place)
    head = (await verified(place)).head
    assert (await verified(place, head)).damage is None
    with place.hands() as cursor:
        cursor.execute(gone(16, 20))
    assert (await verified(place)).damage is None
    damage = (await verified(place, head)).damage
    assert damage is not None
    assert (damage.seq, damage.kind) == (16, "truncated")
    async with opened(place) as ledger:  # and written on, as if nothing had been
        await write(ledger, ROWS // 2)
    damage = (await verified(place, head)).damage
    assert damage is not None
    assert (damage.seq, damage.kind) == (20, "another")


async def test_a_row_that_is_there_from_an_earlier_head_on_is_taken(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 3)
        head = (await verified(place)).head
        await write(ledger, 300)
    assert (await verified(place, head)).damage is None
    damage = (await verified(place, replace(head, hash=bytes(32)))).damage
    assert damage is not None
    assert (damage.seq, damage.kind) == (head.seq, "another")


async def test_a_chain_made_anew_with_a_key_of_ones_own_is_found(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 3)
    keys = place.state / "ledger.keys"
    true = keys.read_text("ascii")
    keys.unlink()
    keyring.create(keys)
    made = chain.chained(place.ring().newest, chain.GENESIS, 0, place.rows())
    keys.write_text(true, "ascii")
    with place.hands() as cursor:
        for row in made:
            mark = "?" if place.is_sqlite else "%s"
            statement = f"UPDATE ledger SET hash = {mark} WHERE seq = {mark}"  # noqa: S608
            cursor.execute(statement, (row["hash"], row["seq"]))
    damage = (await verified(place)).damage
    assert damage is not None
    assert damage.seq == 1


STRANGE = (
    "UPDATE ledger SET hash = 'x' WHERE seq = 5",
    "UPDATE ledger SET consumer = x'ff' WHERE seq = 5",
    "UPDATE ledger SET up_to = 'x' WHERE seq = 5",
    "UPDATE ledger SET sent = 'x' WHERE seq = 5",
    "UPDATE ledger SET consumer = CAST(x'ff' AS TEXT) WHERE seq = 5",
    "UPDATE ledger SET digest = 7 WHERE seq = 5",
)


async def test_a_value_of_no_possible_type_is_named_and_no_accident(tmp_path: Path) -> None:
    """SQLite takes any value into any column."""
    with sqlite(tmp_path) as place:
        await filled(place)
        good = place.rows()
        for statement in STRANGE:
            with place.hands() as cursor:
                cursor.execute(statement)
            damage = (await verified(place)).damage
            assert damage is not None, statement
            assert (damage.seq, damage.kind) in {(5, "changed"), (5, "unreadable")}, statement
            place.restore(good)


async def test_a_file_with_a_hole_in_it_is_named_and_no_accident(tmp_path: Path) -> None:
    with sqlite(tmp_path) as place:
        async with opened(place) as ledger:
            await write(ledger, 600)
        size = place.file.stat().st_size
        with place.file.open("r+b") as file:
            file.seek(size // 2)
            file.write(b"\xff" * 16_384)
        damage = (await verified(place)).damage
        assert damage is not None
        assert damage.kind in {"unreadable", "changed", "missing"}


async def test_a_long_chain_is_walked_page_by_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(place) as ledger:
        await write(ledger, 12)
    fetch, sizes = store.page, []

    async def five(connection: Connection, after: int) -> list[store.Row]:
        rows = await fetch(connection, after, 5)
        sizes.append(len(rows))
        return rows

    monkeypatch.setattr(store, "page", five)
    report = await verified(place)
    assert report.head == Head(24, bytes(place.rows()[-1]["hash"]))
    assert sizes == [5, 5, 5, 5, 4, 0]
