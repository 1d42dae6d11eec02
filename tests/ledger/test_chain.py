"""What binds the rows: the form that is hashed, by an example computed by hand, and that every part of it counts."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from gateway.ledger import chain, rows
from gateway.ledger.keyring import Key
from gateway.store.tables import PAYLOAD, ledger
from tests.ledger.places import intent, outcome

KEY = Key(bytes(range(32)))


def test_a_row_is_hashed_as_the_documents_say() -> None:
    row = {"kind": "intent", "at": "2026-01-15T12:00:00.000000Z", "ground": "11 §", "sent": True, "up_to": None}
    content = '{"at":"2026-01-15T12:00:00.000000Z","ground":"11 §","kind":"intent","sent":true}'.encode()
    digest = hashlib.sha256(content).digest()
    assert chain.content(row) == content
    assert chain.digest(row) == digest
    expected = hmac.new(KEY.chain, b"h" * 32 + b"\0\0\0\0\0\0\1\2" + digest, "sha256").digest()
    assert chain.link(KEY, b"h" * 32, 258, digest) == expected


def test_a_row_has_every_column_and_a_digest_but_no_place() -> None:
    for row in (rows.intent(intent(), KEY), rows.outcome(outcome(intent())), rows.purge(intent().at, 7)):
        assert set(row) == {*PAYLOAD, "digest"}
        assert row["digest"] == chain.digest(row)


def test_the_columns_that_are_no_content_are_those_of_the_chain() -> None:
    assert {column.name for column in ledger.columns} - set(PAYLOAD) == chain.CHAIN


def test_rows_follow_one_another() -> None:
    said = [rows.outcome(outcome(intent(number))) for number in range(3)]
    placed = chain.chained(KEY, chain.GENESIS, 0, said)
    assert [row["seq"] for row in placed] == [1, 2, 3]
    assert placed[2]["hash"] == chain.link(KEY, placed[1]["hash"], 3, said[2]["digest"])
    assert chain.chained(KEY, placed[1]["hash"], 2, said[2:]) == placed[2:]


@pytest.mark.parametrize("column", PAYLOAD)
def test_every_column_of_content_counts(column: str) -> None:
    row = rows.intent(intent(), KEY)
    for other in ("x", None) if row[column] is not None else ("x",):
        assert chain.digest({**row, column: other}) != row["digest"]


def test_the_place_counts() -> None:
    row: dict[str, Any] = rows.outcome(outcome(intent()))
    links = {
        chain.link(key, before, seq, of)
        for key in (KEY, Key(bytes(32)))
        for before in (chain.GENESIS, b"x" * 32)
        for seq in (1, 2)
        for of in (row["digest"], b"d" * 32)
    }
    assert len(links) == 16


@pytest.mark.parametrize("text", ["\0", "\ud800"], ids=["null", "half a pair"])
def test_text_that_no_database_holds_is_no_row(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  its text quotes nothing, and nobody reads it
        rows.intent(intent(purpose=text), KEY)


def test_nothing_of_the_person_but_the_pseudonym_is_in_a_row() -> None:
    asked = intent()
    row = rows.intent(asked, KEY)
    assert row["person"] == KEY.person(asked.personnummer)
    assert asked.personnummer not in json.dumps({**row, "digest": ""})
    assert asked.personnummer not in repr(asked)
