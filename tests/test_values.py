"""`lefi evidence values`: persons' data that were kept encrypted, shown to whoever says so, and noted in the ledger."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sqlite3
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger import keyring
from gateway.ledger.book import key_file
from gateway.settings import Settings, load
from tests.cli.running import BIN, Done, clean_environment, here
from tests.service.kept import PLAN, TURNED, another_day, asking, campaign, keeping, says
from tests.service.move import CONSUMER, OPTIONS, crowd

SUBJECT = (*OPTIONS, "--from", "v7", "--to", "v9")
DAYS = "/inkomst/sjukpenninggrundandeInkomster/0/dagar"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LEFI_STATE", raising=False)
    path = tmp_path / "gateway.toml"
    path.write_text(
        f'state = "{tmp_path}/state"\n[upstreams.v7]\nurl = "http://127.0.0.1:9/ws"\n'
        '[upstreams.v9]\nurl = "http://127.0.0.1:9/rest"\n[comparison]\nkeep_values = true\n'
    )
    return path


@pytest.fixture
def given(config: Path) -> Settings:
    return load(config)


def values(config: Path, *more: str | Path, answer: str = "y\n") -> Done:
    return here("evidence", "values", *SUBJECT, "--config", config, *more, given=answer)


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def looks(given: Settings) -> list[tuple[str, str, str]]:
    """What the ledger says of who looked."""
    with sqlite3.connect(given.state / "ledger.db") as hands:
        return hands.execute("SELECT actor, consumer, reason FROM ledger WHERE kind = 'look' ORDER BY seq").fetchall()


async def both_ways(given: Settings) -> None:
    """One person whose new version is wrong, once in front and once in the back, and one of another consumer."""
    one = next(iter(crowd(3).values()))
    async with keeping(given) as keep:
        keep.pairs.came(asking(one), PLAN, says("v7", one), says("v9", one, another_day))
        keep.pairs.came(asking(one), TURNED, says("v9", one, another_day), says("v7", one))
        keep.pairs.came(asking(one, "another"), PLAN, says("v7", one), says("v9", one, another_day))


def test_they_go_into_a_file_for_its_owner_alone_and_the_ledger_says_who_looked(
    config: Path, given: Settings, tmp_path: Path
) -> None:
    asyncio.run(both_ways(given))
    done = values(config, "--output", tmp_path / "values.ndjson")
    assert done.status == 0, done
    assert "dagar" not in done.out + done.err
    assert stat.S_IMODE((tmp_path / "values.ndjson").stat().st_mode) == 0o600
    found = written(tmp_path / "values.ndjson")
    assert [one["path"] for one in found] == [DAYS, DAYS]
    assert all(one["from"] + 1 == one["to"] for one in found), "whichever of them was in front"
    assert all(one["correlationId"].startswith("correlation-") for one in found)
    ((who, consumer, what),) = looks(given)
    assert (consumer, what) == (CONSUMER, "2 values of 2 pairs, v7 and v9")
    assert who == subprocess.check_output(["id", "-un"], text=True).strip()
    assert here("ledger", "verify", "--config", config).status == 0, "the row is one of the chain"


@pytest.mark.prints_values("it is what was asked for")
def test_a_terminal_shows_them(config: Path, given: Settings) -> None:
    asyncio.run(campaign(given, 1, another_day, wrong=1))
    ours, theirs = pty.openpty()
    command: list[str | Path] = [BIN / "lefi", "evidence", "values", *SUBJECT, "--config", config]
    environment = clean_environment() | {"LEFI_STATE": str(given.state)}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, b"y\n")
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the terminal's other end is closed
                break
        assert process.wait(30) == 0, shown
    os.close(ours)
    lines = shown.decode().splitlines()
    (place,) = (number for number, line in enumerate(lines) if line.endswith(f"  {DAYS}"))
    old, new = (line.strip().partition(": ") for line in lines[place + 1 : place + 3])
    assert (old[0], new[0], int(old[2]) + 1) == ("v7", "v9", int(new[2]))


def test_into_a_pipe_or_without_a_yes_nothing_is_shown_nor_noted(config: Path, given: Settings, tmp_path: Path) -> None:
    asyncio.run(campaign(given, 1, another_day, wrong=1))
    assert values(config).status == 2
    for answer in ("n\n", "\n", ""):
        assert values(config, "--output", tmp_path / "values.ndjson", answer=answer).status == 1
    assert not (tmp_path / "values.ndjson").exists()
    assert looks(given) == []


@pytest.mark.parametrize(
    ("pattern", "status"), [("/inkomst/**", 0), ("/inkomst/*/*/dagar", 0), ("/inkomst/*", 1), ("inkomst/**", 2)]
)
def test_a_place_can_be_named_as_in_a_rule(
    config: Path, given: Settings, tmp_path: Path, pattern: str, status: int
) -> None:
    asyncio.run(campaign(given, 1, another_day, wrong=1))
    assert values(config, "--output", tmp_path / "values.ndjson", "--path", pattern).status == status
    assert len(looks(given)) == (status == 0)


def test_keys_that_came_later_do_no_harm_and_one_that_is_gone_is_said_to_be(
    config: Path, given: Settings, tmp_path: Path
) -> None:
    output = ("--output", tmp_path / "values.ndjson")
    asyncio.run(campaign(given, 1, another_day, wrong=1))
    file = key_file(given.ledger, given.state)
    keyring.add(file)
    asyncio.run(campaign(given, 1, another_day, wrong=1))
    assert values(config, *output).status == 0
    assert len(written(tmp_path / "values.ndjson")) == 2
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[-1])
    half = values(config, *output)
    assert (half.status, "1 pairs cannot be opened: the key" in half.err) == (0, True), half
    assert len(written(tmp_path / "values.ndjson")) == 1
    keyring.add(file)
    file.write_text(file.read_text().splitlines(keepends=True)[-1])
    (tmp_path / "values.ndjson").unlink()
    none = values(config, *output)
    assert (none.status, "2 pairs cannot be opened: the key" in none.err) == (1, True), none
    assert not (tmp_path / "values.ndjson").exists()
    file.unlink()
    assert values(config, *output).status == 2


def test_no_more_than_was_asked_for_and_nothing_where_nothing_is_kept(
    config: Path, given: Settings, tmp_path: Path
) -> None:
    output = ("--output", tmp_path / "values.ndjson")
    asyncio.run(campaign(given, 3))
    none = values(config, *output)
    assert (none.status, "no such values are kept" in none.err) == (1, True)
    asyncio.run(campaign(given, 3, another_day, wrong=3))
    some = values(config, *output, "--most", "2")
    assert (some.status, "there are more" in some.err) == (0, True)
    assert len(written(tmp_path / "values.ndjson")) == 2
    assert values(config, *output, "--since", "2999-01-01").status == 1
