"""`lefi ledger …`, as an operator runs it: what is printed, to whom, with which status."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import clock
from gateway.cli.persons import twelve
from gateway.ledger import keyring
from gateway.ledger.entries import Intent
from gateway.ledger.settings import LedgerSettings
from tests.cli.running import Done, here, lefi
from tests.leaks import find_leaks
from tests.ledger.places import OTHER_PERSON, PERSON, SJP, Place, intent, opened, outcome, write

ASKED = f"{PERSON[2:8]}-{PERSON[8:]}\n"


def ledger(place: Place, *arguments: str | Path, given: str = "") -> Done:
    return here("ledger", *arguments, given=given, env=place.environment)


def fill(place: Place, **changed: Any) -> list[Intent]:
    """Ten questions about one person, the last without an outcome; with a key more, two about another and one more."""

    async def run() -> list[Intent]:
        async with opened(place) as book:
            asked = await write(book, 9, **changed)
            asked.append(intent(9, **changed))
            await book.intend(asked[-1])
        keyring.add(place.state / "ledger.keys")
        async with opened(place) as book:
            await write(book, 2, first=10, personnummer=OTHER_PERSON)
            asked.append(intent(12, consumer="annan", **changed))
            await book.intend(asked[-1])
            await book.conclude(outcome(asked[-1], result="upstream-timeout", types={}, protected=True))
        return asked

    return asyncio.run(run())


def test_a_ledger_that_holds(place: Place) -> None:
    fill(place)
    done = ledger(place, "verify")
    assert done.status == 0
    assert "the chain holds: 25 rows" in done.out
    assert "questions              13" in done.out
    assert "outcome unknown        1 " in done.out
    head = done.out.split()[-1]
    assert head.startswith("25:")
    assert ledger(place, "verify", "--expect", head).status == 0
    asyncio.run(more(place))
    done = ledger(place, "verify", "--expect", head)
    assert (done.status, done.err) == (0, "")
    assert "27 rows" in done.out


async def more(place: Place) -> None:
    async with opened(place) as book:
        await write(book, 1, first=100)


def test_a_ledger_that_does_not_hold(place: Place) -> None:
    fill(place)
    head = ledger(place, "verify").out.split()[-1]
    with place.hands() as cursor:
        cursor.execute("DELETE FROM ledger WHERE seq > 20")
    done = ledger(place, "verify", "--expect", head)
    assert done.status == 1
    assert "DAMAGED at row 21 (truncated): the ledger ends before row 25" in done.err
    assert "the last row that holds: 20:" in done.err
    with place.hands() as cursor:
        cursor.execute("UPDATE ledger SET purpose = 'x' WHERE seq = 5")
    done = ledger(place, "verify")
    assert (done.status, done.out) == (1, "")
    assert "DAMAGED at row 5 (changed)" in done.err


@pytest.mark.parametrize("expect", ["", "5", "5:", "5:abc", f"x:{'a' * 64}", f"5:{'a' * 63}", f"05:{'a' * 64}", ":"])
def test_a_head_that_is_none_is_a_usage_error(tmp_path: Path, expect: str) -> None:
    done = here("ledger", "verify", "--expect", expect, env={"LEFI_STATE": str(tmp_path)})
    assert done.status == 2
    assert "SEQ:HASH" in done.err


@pytest.mark.parametrize("command", ["verify", "search", "export", "purge"])
def test_a_ledger_that_is_not_there_is_said_and_not_made(tmp_path: Path, command: str) -> None:
    done = here("ledger", command, given=ASKED, env={"LEFI_STATE": str(tmp_path / "state")})
    assert (done.status, done.out) == (2, "")
    assert "ledger: expected a database" in done.err
    assert not (tmp_path / "state").exists()


def test_a_database_that_cannot_be_reached_is_said_without_its_password() -> None:
    url = "postgresql://anna:hemligt@127.0.0.1:1/lefi"
    done = here("ledger", "upgrade", env={"LEFI_LEDGER__URL": url})
    assert done.status == 2
    assert "ledger: the database cannot be used: OperationalError" in done.err
    assert "hemligt" not in done.err


def test_who_asked_about_a_person(place: Place) -> None:
    asked = fill(place)
    done = ledger(place, "search", "--json", given=ASKED)
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)["disclosures"]
    assert [one["id"] for one in found] == [one.id for one in asked]
    assert found[0] == {
        "seq": 1,
        "id": asked[0].id,
        "correlation_id": asked[0].correlation_id,
        "asked": "2026-01-15T12:00:00.000000Z",
        "concluded": "2026-01-15T12:00:00.500000Z",
        "consumer": "handlaggning",
        "actor": "test-aktor",
        "purpose": "handlaggning av bistand",
        "ground": "SoL 11 kap. 11 §",
        "face": "v1",
        "version": "v9",
        "upstream": "v9",
        "role": "primary",
        "reason": "newest",
        "period": {"from": "2025-01-01", "tom": "2025-12-31"},
        "types": [
            {"klass": "formansinformation", "informationstyp": "FK:SJP", "utfall": "levererad"},
            {"klass": "utbetalningar", "informationstyp": "FK:SJP", "utfall": "inga_uppgifter"},
        ],
        "result": "answered",
        "sent": True,
        "protected": False,
        "instance": "",
    }
    assert (found[9]["result"], found[9]["sent"], found[9]["types"][0]["utfall"]) == ("unknown", None, None)
    assert (found[10]["consumer"], found[10]["result"], found[10]["protected"]) == ("annan", "upstream-timeout", True)
    assert not find_leaks(done.out)


def test_who_asked_about_a_person_for_people(place: Place) -> None:
    fill(place)
    done = ledger(place, "search", given=f"{PERSON}\n")
    assert done.status == 0
    words = ("who asked", "handlaggning", "as test-aktor", "SoL 11 kap. 11 §", "2026-01-15", "13:00:00")
    assert [word for word in words if word not in done.out] == []
    assert done.out.count("outcome unknown: it may") == 1
    assert "protected identity" in done.out
    done = ledger(place, "search", given="19811218-9876")
    assert done.out.count("handlaggning av") == 2
    done = ledger(place, "search", given="19850412-9803")
    assert (done.status, done.out) == (0, "nobody asked about this person\n")


@pytest.mark.parametrize("given", ["", "hej", "19900101980", "199001019801", "19900101-98022", "1990-01-01-9802"])
def test_what_is_no_personnummer_is_not_searched_and_not_repeated(tmp_path: Path, given: str) -> None:
    done = here("ledger", "search", given=given, env={"LEFI_STATE": str(tmp_path)})
    assert (done.status, done.out) == (2, "")
    assert "expected a personnummer" in done.err
    assert not given or given not in done.err


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("199001019802", "199001019802"),
        ("19900101-9802", "199001019802"),
        ("900101-9802", "199001019802"),
        ("9001019802", "199001019802"),
        ("900101+9802", "189001019802"),
        ("19900101+9802", "199001019802"),
        ("900161-9809", "199001619809"),
        ("250101-9802", "202501019802"),
        ("9001019801", None),
        ("9001019802 ", None),
        ("\uff19001019802", None),
    ],
)
def test_a_number_in_the_forms_that_people_write(given: str, number: str | None) -> None:
    assert twelve(given, date(2026, 1, 15)) == number


def test_an_export_for_the_person(place: Place, tmp_path: Path) -> None:
    fill(place)
    done = ledger(place, "export", "--output", tmp_path / "out.json", given=ASKED)
    assert (done.status, done.out, done.err) == (0, "", "11 disclosures\n")
    tree = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert len(tree["disclosures"]) == 11
    assert tree["made"].startswith("20")
    assert stat.S_IMODE((tmp_path / "out.json").stat().st_mode) == 0o600
    assert "person" not in tree["disclosures"][0]
    done = ledger(place, "export", "--format", "text", "--output", tmp_path / "out.txt", given=ASKED)
    text = (tmp_path / "out.txt").read_text("utf-8")
    assert text.count("SoL 11 kap. 11 §") == 11
    assert "\x1b" not in text
    assert not find_leaks(text)
    assert json.loads(ledger(place, "export", given="19850412-9803").out)["disclosures"] == []


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-01-15", "2026-01-15", 13),
        ("2026-01-14", "2026-01-14", 0),
        ("2026-01-16", "2026-01-20", 0),
        ("2026-01-15T13:00:00", "2026-01-15T13:00:03", 3),
        ("2026-01-15T12:00:00Z", "2026-01-15T12:00:03Z", 3),
        ("2026-01-15T12:00:00.4Z", "2026-01-15T12:00:03Z", 3),
        ("2026-01-15T12:00:00.6Z", "2026-01-15T12:00:03Z", 2),
        ("2026-01-15T13:00:10", "2026-01-16", 3),
    ],
)
def test_an_export_for_an_incident(filled: Place, start: str, end: str, count: int) -> None:
    done = ledger(filled, "export", "--from", start, "--to", end)
    assert (done.status, done.err) == (0, f"{count} disclosures\n")
    tree = json.loads(done.out)
    assert len(tree["disclosures"]) == count
    assert all(len(one["person"]) == 64 for one in tree["disclosures"])
    assert date.fromisoformat(tree["from"][:10]) <= date.fromisoformat(tree["to"][:10])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("filled"), LedgerSettings())
    fill(place)
    return place


def test_an_incident_is_written_however_long_it_was(place: Place) -> None:
    async def run() -> None:
        async with opened(place) as book:
            asked = [intent(number, types=(SJP,)) for number in range(1_201)]
            await asyncio.gather(*(book.intend(one) for one in asked))
            await asyncio.gather(*(book.conclude(outcome(one)) for one in asked))

    asyncio.run(run())
    done = ledger(place, "export", "--from", "2026-01-15", "--to", "2026-01-15")
    tree = json.loads(done.out)
    assert [one["seq"] for one in tree["disclosures"]] == list(range(1, 1_202))
    assert {one["result"] for one in tree["disclosures"]} == {"answered"}
    done = ledger(place, "export", "--from", "2026-01-15", "--to", "2026-01-15", "--format", "text")
    assert done.out.count("who asked") == 1
    assert done.out.count("levererad") == 0
    assert done.out.count("delivered") == 1_201


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "2026-01-15"),
        ("--to", "2026-01-15"),
        ("--from", "igår", "--to", "2026-01-15"),
        ("--from", "2026-01-15", "--to", "2026-13-15"),
        ("--from", "2026-01-16", "--to", "2026-01-14"),
        ("--format", "html"),
        ("--from", "2026-01-15", "--to", "2026-01-15", "--output", "/finns/inte"),
    ],
)
def test_a_wrong_export_is_a_usage_error(filled: Place, arguments: tuple[str, ...]) -> None:
    done = ledger(filled, "export", *arguments, given=ASKED)
    assert (done.status, done.out) == (2, "")


def test_what_is_too_old_is_removed_when_somebody_says_so(place: Place) -> None:
    now = clock.now()
    fill(place, at=now - timedelta(days=5 * 366))
    assert ledger(place, "purge", given="n\n").status == 1
    assert "19 rows, up to row 19, are from before" in ledger(place, "purge", given="n\n").out
    assert ledger(place, "verify").out.count("removed by retention   0") == 1
    done = ledger(place, "purge", given="y\n")
    assert done.status == 0
    assert "removed\n" in done.out
    done = ledger(place, "verify")
    assert "removed by retention   19" in done.out
    done = ledger(place, "purge", "--yes")
    assert (done.status, done.out) == (0, "nothing is older than 5 years\n")
    environment = {**place.environment, "LEFI_LEDGER__KEEP_YEARS": "6"}
    assert here("ledger", "purge", "--yes", env=environment).out == "nothing is older than 6 years\n"


def test_a_key_is_added_and_the_file_is_made_with_the_first(place: Place) -> None:
    file = place.state / "ledger.keys"
    names = [ledger(place, "key").out.split()[1] for _ in range(3)]
    assert [key.name for key in place.ring()] == names
    file.write_text("x", "ascii")
    done = ledger(place, "key")
    assert done.status == 2
    assert f"ledger: {file}, line 1: expected a key" in done.err
    assert file.read_text("ascii") == "x"


def test_upgrade_makes_the_tables(place: Place) -> None:
    assert ledger(place, "upgrade").status == 0
    assert ledger(place, "key").status == 0
    done = ledger(place, "verify")
    assert done.status == 0
    assert f"0:{'0' * 64}" in done.out


def test_every_command_has_help_and_none_takes_a_person_as_argument() -> None:
    for command in ("verify", "search", "export", "purge", "key", "upgrade"):
        done = here("ledger", command, "--help")
        assert done.status == 0
        assert "personnummer" not in done.out.partition("Options")[2].lower()
        assert here("ledger", command, "x").status == 2


def test_the_real_command_reads_the_number_from_a_pipe(filled: Place) -> None:
    done = lefi("ledger", "search", given=ASKED, env=filled.environment)
    assert (done.status, done.err) == (0, "")
    assert done.out.count("handlaggning av") == 11
