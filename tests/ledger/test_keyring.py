"""The file of keys: made once, read strictly, added to; what is derived from a key and what stays the same."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.ledger import keyring
from gateway.ledger.keyring import Key, KeyringError
from tests.ledger.places import OTHER_PERSON, PERSON

GOOD = Key(b"g" * 32).line()
OTHER = Key(b"o" * 32).line()


def test_the_file_is_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "state" / "ledger.keys"
    assert keyring.create(file)
    text = file.read_text("ascii")
    assert not keyring.create(file)
    assert file.read_text("ascii") == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not keyring.open_to_others(file)
    file.chmod(0o640)
    assert keyring.open_to_others(file)
    assert [each.name for each in file.parent.iterdir()] == ["ledger.keys"]


def test_those_who_start_together_share_one_key(tmp_path: Path) -> None:
    for number in range(20):
        file = tmp_path / str(number) / "ledger.keys"
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _, file=file: (keyring.create(file), keyring.read(file).newest.name), range(8)))
        assert sum(first for first, _ in made) == 1
        assert len({name for _, name in made}) == 1


def test_the_newest_key_is_the_last_and_the_older_ones_stay(tmp_path: Path) -> None:
    file = tmp_path / "ledger.keys"
    keyring.create(file)
    first = keyring.read(file)
    added = keyring.add(file)
    ring = keyring.read(file)
    assert ring.newest.name == added.name
    assert [key.name for key in ring] == [first.newest.name, added.name]
    assert ring.persons(PERSON) == [first.newest.person(PERSON), added.person(PERSON)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_others_derive_stays_the_same_when_a_key_is_added(tmp_path: Path) -> None:
    file = tmp_path / "ledger.keys"
    keyring.create(file)
    before = keyring.read(file)
    keyring.add(file)
    after = keyring.read(file)
    assert before.derive("routing") == after.derive("routing")
    assert len({after.derive(label) for label in ("routing", "support", "comparison", "chain", "person")}) == 5
    assert after.newest.derive("routing") != after.derive("routing")


def test_a_pseudonym_is_of_the_key_and_of_the_person() -> None:
    keys = (Key(b"a" * 32), Key(b"b" * 32))
    assert len({key.person(person) for key in keys for person in (PERSON, OTHER_PERSON)}) == 4
    assert keys[0].person(PERSON) == Key(b"a" * 32).person(PERSON)


def test_no_secret_is_shown() -> None:
    key = Key(b"secretsecretsecretsecretsecretse")
    assert "secret" not in f"{key!r} {vars(keyring.Keyring((key,))).keys()}"
    assert b"secret".hex() not in repr(key)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("hej\n", ", line 1"),
        (f"{GOOD}{OTHER.strip()}", ", line 2"),
        (GOOD.replace(" ", "  "), ", line 1"),
        (f"{GOOD}\n{OTHER}", ", line 2"),
        (f"{GOOD[:8]} {OTHER[9:]}", ", line 1"),
        (GOOD.upper(), ", line 1"),
        (f"{GOOD}{GOOD[:40]}\n", ", line 2"),
    ],
    ids=["empty", "no key", "cut end", "two spaces", "empty line", "another name", "capitals", "cut key"],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path: Path, text: str, line: str) -> None:
    file = tmp_path / "ledger.keys"
    file.write_text(text, "ascii")
    with pytest.raises(KeyringError) as refused:
        keyring.read(file)
    assert str(refused.value).startswith(f"{file}{line}: expected ")
    assert GOOD[9:30] not in str(refused.value)
    with pytest.raises(KeyringError):
        keyring.add(file)
    assert file.read_text("ascii") == text


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match="expected a file of keys that can be read"):
        keyring.read(tmp_path / "ledger.keys")
