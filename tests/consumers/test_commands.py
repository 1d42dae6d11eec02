"""`lefi consumers`: keys are shown once and kept as hashes, and a file written by hand stays as it was written."""

from __future__ import annotations

import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import clock
from gateway.consumers import edit
from gateway.demo import started
from tests.cli.running import here, lefi
from tests.consumers.proofs import consumer, hashed, key_of, send, write
from tests.consumers.test_file import soon
from tests.leaks import find_leaks
from tests.service.running import PERSON, house

TODAY = clock.today()
AGREED = ("--purpose", "utredning", "--ground", "sfb-110-39")
HAND = f"""# This file was begun by hand.
[[consumers]]
name = "old" # since before the file
key_sha256 = "{hashed("old key")}"
purposes = [
    "utredning", # agreed 2025
]
grounds = ["sfb-110-39"]

# The end.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "consumers.toml"


def held(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("consumers", [])
    return found


def run(path: Path, *arguments: str) -> str:
    done = here("consumers", *arguments, "--file", path)
    assert done.status == 0, done.err
    return done.out.strip()


def test_a_new_key_is_shown_once_and_kept_as_a_hash(path: Path) -> None:
    key = run(path, "add", "casework", *AGREED)
    assert key.startswith("lefi_")
    assert len(key) > 40
    assert held(path)[0]["keys"] == [{"sha256": hashed(key), "added": TODAY}]
    assert key not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key not in run(path, "list")


def test_everything_about_a_consumer_can_be_said(path: Path) -> None:
    many = ("--purpose", "kontroll", "--typ", "FK:SJP", "--field", "arenden.sjukpenning", "--field", "person.namn")
    run(path, "add", "casework", *AGREED, *many, "--aktor", "a-1", "--per-minute", "60", "--concurrent", "4")
    (one,) = held(path)
    one.pop("keys")
    assert one == {
        "name": "casework",
        "aktors_id": "a-1",
        "purposes": ["utredning", "kontroll"],
        "grounds": ["sfb-110-39"],
        "informationstyper": ["FK:SJP"],
        "fields": ["arenden.sjukpenning", "person.namn"],
        "per_minute": 60,
        "concurrent": 4,
    }


def test_what_was_written_by_hand_stays(path: Path) -> None:
    path.write_text(HAND, encoding="utf-8")
    run(path, "add", "new", *AGREED)
    text = path.read_text("utf-8")
    assert text.startswith(HAND.rpartition("\n\n")[0])
    assert "# The end." in text
    run(path, "rotate", "old")
    assert {line for line in HAND.splitlines() if "#" in line} <= set(path.read_text("utf-8").splitlines())
    run(path, "revoke", "new")
    assert [one["name"] for one in held(path)] == ["old"]


def test_a_key_is_exchanged_over_some_days(path: Path) -> None:
    path.write_text(HAND, encoding="utf-8")
    second = run(path, "rotate", "old", "--overlap", "7")
    assert held(path)[0]["keys"] == [
        {"sha256": hashed("old key"), "last_day": TODAY + timedelta(days=7)},
        {"sha256": hashed(second), "added": TODAY},
    ]
    third = run(path, "rotate", "old", "--overlap", "3")
    assert [one.get("last_day") for one in held(path)[0]["keys"]] == [TODAY + timedelta(days=3)] * 2 + [None]
    fourth = run(path, "rotate", "old")
    assert [one.get("last_day") for one in held(path)[0]["keys"]] == [
        *[TODAY + timedelta(days=3)] * 2,
        TODAY + timedelta(days=30),
        None,
    ], "an end is never put off"
    assert len({second, third, fourth}) == 3
    assert "key_sha256" not in held(path)[0]


def test_a_key_that_has_ended_is_dropped_when_another_is_added(path: Path) -> None:
    ended = {"sha256": hashed("ended"), "last_day": TODAY - timedelta(days=1)}
    write(path, consumer("a", keys=[ended, {"sha256": hashed("x")}]))
    run(path, "rotate", "a")
    assert [one["sha256"] for one in held(path)[0]["keys"]][:-1] == [hashed("x")]


def test_keys_and_consumers_are_revoked(path: Path) -> None:
    run(path, "add", "a", *AGREED)
    run(path, "add", "b", *AGREED)
    second = run(path, "rotate", "a")
    assert "does not hold" in run(path, "revoke", "a", "--key", "1")
    assert [one["sha256"] for one in held(path)[0]["keys"]] == [hashed(second)]
    run(path, "revoke", "a")
    run(path, "revoke", "b")
    assert held(path) == []
    assert run(path, "add", "c", *AGREED)


def test_the_list_shows_how_everybody_is_known_and_no_hash(path: Path, tmp_path: Path) -> None:
    keys = [
        {"sha256": hashed("1"), "added": TODAY - timedelta(days=400), "last_day": TODAY + timedelta(days=3)},
        {"sha256": hashed("2"), "last_day": TODAY - timedelta(days=3)},
    ]
    certificate = {"subject": "CN=secret", "issuer": "CN=secret too"}
    write(path, consumer("a", keys=keys, oauth_client="secret", per_minute=77), consumer("b", certificate=certificate))
    config = tmp_path / "gateway.toml"
    hash_ = hashed(key_of("inline"))
    config.write_text(
        f'consumers_file = "{path}"\n[[consumers]]\nname = "inline"\nkey_sha256 = "{hash_}"\n'
        'purposes = ["a"]\ngrounds = ["b"]\n',
        encoding="utf-8",
    )
    done = here("consumers", "list", "--config", config, env={"COLUMNS": "250"})
    assert done.status == 0, done.err
    for said in ("400 days old", f"last day {TODAY + timedelta(days=3)}", f"ended {TODAY - timedelta(days=3)}", "77"):
        assert said in done.out
    for said in ("key, token", "certificate", "inline", "settings", "file", hashed("1")[:8]):
        assert said in done.out
    assert not {each for each in (hashed("1"), hashed("2"), hash_, hashed("1")[:9], "secret") if each in done.out}


def broken(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "arguments", "said"),
    [
        (HAND, ("add", "old", *AGREED), "a name that no other consumer has"),
        (HAND, ("add", "x", "--purpose", "Nej", "--ground", "a"), "consumers.1.purposes.0"),
        (HAND, ("add", "x", *AGREED, "--typ", "FK:NEJ"), "consumers.1.informationstyper"),
        (HAND, ("add", "x", *AGREED, "--field", "arenden.nej"), "in path 1: a fact of arenden"),
        (HAND, ("add", "X Y", *AGREED), "consumers.1.name"),
        (HAND, ("add", "x", *AGREED, "--per-minute", "-1"), "consumers.1.per_minute"),
        (HAND, ("rotate", "none"), "a consumer of that name"),
        (HAND, ("revoke", "none"), "a consumer of that name"),
        (HAND, ("revoke", "old", "--key", "2"), "with such a key"),
        (HAND, ("revoke", "old", "--key", "0"), "with such a key"),
        (HAND, ("revoke", "old", "--key", "1"), "a way to know it"),
        ("a = ", ("add", "x", *AGREED), "TOML in UTF-8"),
        ("consumers = []\n", ("add", "x", *AGREED), "[[consumers]]"),
        ("colour = 1\n", ("add", "x", *AGREED), "no such setting"),
        (None, ("rotate", "none"), "a consumer of that name"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_file_stays(
    path: Path, before: str | None, arguments: tuple[str, ...], said: str
) -> None:
    if before is not None:
        path.write_text(before, encoding="utf-8")
    done = here("consumers", *arguments, "--file", path)
    assert done.status == 2
    assert said in done.err
    assert done.out == "", "no key is shown that does not hold"
    assert (path.read_text("utf-8") if path.exists() else None) == before
    assert [each.name for each in path.parent.iterdir()] == ([path.name] if before is not None else [])


def test_a_file_has_to_be_named(tmp_path: Path) -> None:
    for command in (("add", "a", *AGREED), ("rotate", "a"), ("revoke", "a")):
        done = here("consumers", *command)
        assert (done.status, done.err) == (2, "consumers: expected --file, or consumers_file in the settings\n")
    done = here("consumers", "add", "a", *AGREED, "--file", tmp_path / "none" / "c.toml")
    assert done.status == 2
    assert "a file that can be written" in done.err


def test_two_at_once_lose_nothing(path: Path) -> None:
    """While one changes the file, the other waits and then sees what was done."""
    with ThreadPoolExecutor(1) as pool:
        with edit.edited(path, ()) as listed:
            other = pool.submit(lefi, "consumers", "add", "second", *AGREED, "--file", path)
            assert not soon(other.done, 3), "it waits"
            edit.add(listed, "first", {"purposes": ["a"], "grounds": ["a"]}, TODAY)
        assert other.result().status == 0
    assert [one["name"] for one in held(path)] == ["first", "second"]


@pytest.mark.prints_values("it is the answer that was asked for")
def test_what_a_question_states_can_be_said_on_the_command_line(tmp_path: Path) -> None:
    many = consumer("many", purposes=["utredning", "kontroll"], grounds=["sfb-110-39", "lag-1"])
    (tmp_path / "key").write_text(key_of("many"), encoding="utf-8")
    with house(consumers=[many]) as found:
        ask = ("ask", "-", "--typ", "FK:SJP", "--url", found.url, "--key-file", tmp_path / "key")
        assert "lefi-purpose" in here(*ask, given=PERSON).err
        assert "lefi-ground" in here(*ask, "--purpose", "kontroll", given=PERSON).err
        assert here(*ask, "--purpose", "kontroll", "--ground", "lag-1", given=PERSON).status == 0


def test_a_gateway_that_runs_takes_up_what_the_commands_do(path: Path, tmp_path: Path) -> None:
    """As a person does it: the gateway by its command, the consumers by theirs, no restart."""
    config = tmp_path / "gateway.toml"
    config.write_text(f'consumers_file = "{path}"\n', encoding="utf-8")
    with started("serve", "--port", "0", "--config", str(config)) as url:
        assert send(url).status == 401
        first = lefi("consumers", "add", "casework", *AGREED, "--config", config)
        assert first.status == 0
        assert find_leaks(first.out + first.err) == []
        known = [("x-api-key", first.out.strip())]
        assert soon(lambda: send(url, known).status == 503), "no upstream is set: the question came as far as that"
        second = here("consumers", "rotate", "casework", "--config", config)
        assert soon(lambda: send(url, [("x-api-key", second.out.strip())]).status == 503)
        assert send(url, known).status == 503, "both hold for a while"
        assert here("consumers", "revoke", "casework", "--key", "1", "--config", config).status == 0
        assert soon(lambda: send(url, known).status == 401)
        assert here("consumers", "revoke", "casework", "--config", config).status == 0
        assert soon(lambda: send(url, [("x-api-key", second.out.strip())]).status == 401)
