"""A cutover: begun on a certificate or on somebody's word, up on evidence, back by itself, written into the routing."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway import clock
from gateway.comparison.rules import NONE
from gateway.cutover.book import all_of
from gateway.cutover.home import home
from gateway.cutover.reading import Reading
from gateway.cutover.rewrite import begun, moved
from gateway.cutover.run import Cutovers
from gateway.ledger.book import Ledger
from gateway.ledger.entries import Intent, Outcome
from gateway.lifecycle.registry import Registry
from gateway.proof import Subject
from gateway.routing.configured import spoken
from gateway.routing.rules import read
from gateway.settings import ConfigurationError, Settings, load
from tests.cli.running import Done, here
from tests.service.kept import TURNED, another_day, asking, campaign, keeping, says
from tests.service.move import CONSUMER, OPTIONS, TYPES, crowd

SIDES = ("--from", "v7", "--to", "v9")
RATE = ("--rate", "0.1", "--share", "0")
SUBJECT = Subject(CONSUMER, frozenset(TYPES), "v7", "v9")
VERSIONS = {"v7": "v7", "v9": "v9", "v6": "v6"}
ROUTING = """# who is answered by what
[[rules]]
name = "everybody"   # all of them
prefer = "v7"
fallback = ["v6"]
"""


# ----- the routing file


def rule(text: bytes, place: int = 0) -> dict[str, Any]:
    return read(text, VERSIONS).rules[place].model_dump(exclude_unset=True)


@pytest.mark.parametrize(
    ("percent", "prefer", "fallback", "canary", "shadow"),
    [
        (1, "v7", ("v6",), {"to": "v9", "percent": 1.0}, "v9"),
        (50, "v7", ("v6",), {"to": "v9", "percent": 50.0}, "v9"),
        (100, "v9", ("v7", "v6"), None, "v7"),
        (0, "v7", ("v6",), None, "v9"),
    ],
)
def test_a_step_is_a_rule_of_the_subjects_own_and_the_rest_of_the_file_stays(
    percent: int, prefer: str, fallback: tuple[str, ...], canary: Any, shadow: str
) -> None:
    text, name = begun(ROUTING.encode(), SUBJECT, VERSIONS)
    text = moved(text, name, SUBJECT, percent, VERSIONS)
    made = rule(text)
    assert (made["name"], made["consumers"]) == ("cutover-kommunen-1", (CONSUMER,))
    assert read(text, VERSIONS).rules[0].pairs == SUBJECT.types
    assert (made["prefer"], made["fallback"], made.get("canary")) == (prefer, fallback, canary)
    assert made["shadow"]["to"] == shadow
    assert ROUTING.split("\n", 1)[1] in text.decode()
    assert text.decode().startswith("# who is answered by what")
    assert moved(text, name, SUBJECT, percent, VERSIONS) == text, "what is there already is not written"
    back = moved(text, name, SUBJECT, 0, VERSIONS)
    assert rule(back)["prefer"] == "v7"
    assert "canary" not in rule(back)


def test_a_rule_that_is_about_nothing_else_is_changed_where_it_stands_pinned_or_not() -> None:
    types = ", ".join(f'"{klass}/{typ}"' for klass, typ in TYPES)
    own = f'[[rules]]\nname = "own"\nconsumers = "{CONSUMER}"\ntypes = [{types}]\npin = "v7" # as agreed\n'
    text, name = begun((own + ROUTING).encode(), SUBJECT, VERSIONS)
    assert name == "own"
    text = moved(text, name, SUBJECT, 25, VERSIONS)
    assert len(read(text, VERSIONS).rules) == 2
    assert (rule(text)["prefer"], rule(text)["canary"]["percent"], "pin" in rule(text)) == ("v7", 25.0, False)


CANNOT: dict[str, str] = {
    "another connection": '[[rules]]\nname = "a"\nprefer = "v6"\n',
    "no rule": '[[rules]]\nname = "a"\nconsumers = "bolaget"\nprefer = "v7"\n',
    "several rules": '[[rules]]\nname = "a"\ntypes = "FK:SJP"\nprefer = "v7"\n[[rules]]\nname = "b"\nprefer = "v7"\n',
    "no file of rules": "rules = 1\n",
    "no TOML": "[[",
}


@pytest.mark.parametrize("name", CANNOT)
def test_a_file_that_does_not_lead_to_the_old_version_by_one_rule_is_left_alone(name: str) -> None:
    with pytest.raises((ValueError, ConfigurationError)):
        begun(CANNOT[name].encode(), SUBJECT, VERSIONS)


def test_a_rule_that_somebody_took_out_is_not_put_back() -> None:
    with pytest.raises(ValueError, match="expected the rule"):
        moved(ROUTING.encode(), "cutover-kommunen-1", SUBJECT, 5, VERSIONS)


# ----- the decisions


@dataclass
class Desk:
    """The files and the database of a gateway that is not running, and its commands."""

    folder: Path
    given: Settings

    def lefi(self, *arguments: str) -> Done:
        return here(*arguments, "--config", str(self.folder / "gateway.toml"))

    def cutover(self, *arguments: str) -> Done:
        return self.lefi("cutover", *arguments)

    @property
    def routing(self) -> str:
        return (self.folder / "routing.toml").read_text()

    def status(self) -> list[str]:
        return self.cutover("status").out.splitlines()

    def issue(self, name: str = "certificate.json", key: str = "cutover.key", *more: str) -> str:
        path = str(self.folder / name)
        options = ("--key", str(self.folder / key), "--output", path, *OPTIONS, *SIDES, *RATE, *more)
        done = self.lefi("certificate", "issue", *options)
        assert done.status == 0, done
        return path

    async def questions(self, good: int, bad: int = 0) -> None:
        """Questions to the new version, as the ledger has them."""
        ledger = Ledger(self.given.ledger, self.given.state)
        await ledger.open()
        one = next(iter(crowd(3)))
        for place in range(good + bad):
            id_, now = str(uuid.uuid4()), clock.now()
            await ledger.intend(
                Intent(id_, now, id_, CONSUMER, "a", "p", "g", one, TYPES, ("2025-01-01", "2025-12-31"),
                       "v7", "v9", "v9", "primary", "canary:x")
            )  # fmt: skip
            result = "answered" if place < good else "upstream-timeout"
            await ledger.conclude(Outcome(id_, now, result, sent=True))
        await ledger.aclose()

    async def pairs(self, good: int, wrong: int = 0) -> None:
        """Pairs with the new version in front."""
        async with keeping(self.given) as keep:
            for place, one in enumerate(list(crowd(good + wrong).values())):
                front = says("v9", one, another_day) if place < wrong else says("v9", one)
                keep.pairs.came(asking(one), TURNED, front, says("v7", one))

    def cutovers(self, tell: Callable[[list[Reading]], None] = lambda _: None) -> Cutovers:
        ledger = Ledger(self.given.ledger, self.given.state)
        lives = Registry.of(self.given.lifecycle)
        where = home(self.given), ledger.database, spoken(self.given), lives
        return Cutovers(self.given.cutover, *where, lambda: NONE, tell)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("LEFI_STATE", raising=False)
    steps = "".join(
        f"[[cutover.steps]]\n{step}\n" for step in ("percent = 10\nquestions = 5\npairs = 5", "percent = 100")
    )
    (tmp_path / "gateway.toml").write_text(
        f'state = "{tmp_path}/state"\nrouting = "{tmp_path}/routing.toml"\n'
        '[upstreams.v7]\nurl = "http://127.0.0.1:9/ws"\n[upstreams.v6]\nurl = "http://127.0.0.1:9/ws"\n'
        '[upstreams.v9]\nurl = "http://127.0.0.1:9/rest"\n'
        f'[cutover]\npublic_key = "{tmp_path}/cutover.pub"\nrate = 0.1\n{steps}'
    )
    (tmp_path / "routing.toml").write_text(ROUTING)
    for name in ("cutover.key", "other.key"):
        assert here("certificate", "key", "--output", str(tmp_path / name)).status == 0
    found = Desk(tmp_path, load(tmp_path / "gateway.toml"))
    asyncio.run(campaign(found.given, 40))
    return found


def test_a_certificate_that_holds_begins_the_first_step(desk: Desk) -> None:
    done = desk.cutover("--certificate", desk.issue())
    assert done.status == 0, done
    assert "percent = 10" in desk.routing
    assert "# who is answered by what" in desk.routing
    line, event = desk.status()
    assert line.endswith("): 10 %")
    assert ("begin" in event, "certificate sha256:" in event) == (True, True)
    again = desk.cutover("--certificate", desk.issue("two.json"))
    assert (again.status, "under way" in again.err) == (2, True)


def test_a_part_of_the_types_can_be_moved_alone(desk: Desk) -> None:
    assert desk.cutover("--certificate", desk.issue(), "--type", "FK:SGI").status == 0
    assert read(desk.routing.encode(), VERSIONS).rules[0].pairs == {("ovrig_information", "FK:SGI")}


REFUSED: dict[str, tuple[str, ...]] = {
    "signed by another": ("other.json",),
    "about another consumer": ("certificate.json", "--consumer", "bolaget"),
    "about other types": ("certificate.json", "--type", "FK:FP"),
    "about other versions": ("certificate.json", "--from", "v6", "--to", "v9"),
    "changed": ("changed.json",),
}


def test_a_certificate_that_does_not_hold_for_this_moves_nobody(desk: Desk) -> None:
    desk.issue("other.json", "other.key")
    changed = Path(desk.issue()).read_bytes().replace(b'"disclosures":40', b'"disclosures":41')
    (desk.folder / "changed.json").write_bytes(changed)
    for name, (file, *options) in REFUSED.items():
        done = desk.cutover("--certificate", str(desk.folder / file), *options)
        assert (done.status, "does not hold" in done.err) == (1, True), (name, done)
    assert desk.routing == ROUTING
    assert desk.status() == ["no cutover was begun"]


def test_without_a_certificate_a_reason_is_needed_and_kept(desk: Desk) -> None:
    for reason in ("", "   ", "because of 19850412-9803", "x" * 501):
        assert desk.cutover("--override", reason, *OPTIONS, *SIDES).status == 2
    assert desk.cutover(*OPTIONS, *SIDES).status == 2, "neither"
    assert desk.routing == ROUTING
    assert desk.cutover("--override", "the agency closes version 7 tomorrow", *OPTIONS, *SIDES).status == 0
    assert "override: the agency closes version 7 tomorrow" in desk.status()[1]


def test_it_is_held_until_enough_was_seen_then_goes_up_and_stops_at_everything(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())
    held = desk.cutover("step")
    assert held.status == 0
    assert held.out.startswith("held: questions, pairs")
    asyncio.run(desk.questions(5))
    asyncio.run(desk.pairs(5))
    assert "up to 100 %\n" in desk.cutover("step").out
    assert rule(desk.routing.encode())["prefer"] == "v9"
    assert desk.cutover("step").out.startswith("held: last_step")


def test_a_step_can_be_taken_on_somebodys_word(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())
    assert desk.cutover("step", "--override", "seen elsewhere").out.rstrip().endswith("): 100 %")
    assert "override: seen elsewhere" in desk.status()[-1]
    assert desk.cutover("step", "--override", "more").status == 2


@pytest.mark.parametrize("cause", ["disagreement", "errors", "by hand"])
def test_it_goes_back_and_begins_again_on_another_certificate_only(desk: Desk, cause: str) -> None:
    certificate = desk.issue()
    desk.cutover("--certificate", certificate)
    if cause == "disagreement":
        asyncio.run(desk.pairs(1, wrong=12))
    if cause == "errors":
        asyncio.run(desk.questions(20, bad=5))
    done = desk.cutover("rollback", "--reason", "a hunch") if cause == "by hand" else desk.cutover("step")
    assert done.status == (0 if cause == "by hand" else 1), done
    assert "rolled back: " in desk.status()[0]
    assert (rule(desk.routing.encode())["prefer"], "canary" in rule(desk.routing.encode())) == ("v7", False)
    assert desk.cutover("rollback", "--reason", "again").status == 2
    refused = desk.cutover("--certificate", certificate)
    assert (refused.status, "another" in refused.err) == (2, True)
    # What was seen before the rollback proves nothing any more.
    assert desk.lefi("evidence", *OPTIONS, *SIDES, *RATE).status == 2
    asyncio.run(campaign(desk.given, 40))
    assert desk.cutover("--certificate", desk.issue("two.json")).status == 0
    assert "percent = 10" in desk.routing
    assert [line.split()[1] for line in desk.status() if line.startswith("  ")] == ["begin", "rollback", "begin"]


def test_a_look_that_comes_too_late_changes_nothing(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())
    asyncio.run(desk.questions(5))
    asyncio.run(desk.pairs(5))

    async def twice() -> list[str]:
        one, other = desk.cutovers(), desk.cutovers()
        await asyncio.gather(one.look(), other.look())
        for each in (one, other):
            await each.database.aclose()
        with sqlite3.connect(desk.given.state / "ledger.db") as hands:
            return [what for (what,) in hands.execute("SELECT what FROM cutover_events ORDER BY seq")]

    assert asyncio.run(twice()) == ["begin", "up"]


def test_a_look_that_a_rollback_overtakes_does_not_lead_back_up(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())

    async def overtaken() -> str:
        cutovers = desk.cutovers()
        async with cutovers.database.reading() as connection:
            (before,) = await all_of(connection)
        await cutovers.back(before, "by hand")
        back = desk.routing
        await cutovers.step(before)  # of another gateway, which had read it as it was
        await cutovers.database.aclose()
        return back

    back = asyncio.run(overtaken())
    assert desk.routing == back
    assert "canary" not in desk.routing


def test_what_somebody_changed_in_the_rule_by_hand_is_set_right_and_what_is_gone_is_not_put_back(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())
    path = desk.folder / "routing.toml"
    path.write_text(desk.routing.replace("percent = 10", "percent = 90"))
    assert desk.cutover("step").status == 0
    assert "percent = 10" in desk.routing
    path.write_text(ROUTING)
    done = desk.cutover("step")
    assert (done.status, "expected the rule" in done.err) == (2, True)
    assert desk.routing == ROUTING


def test_a_cutover_whose_rule_is_gone_does_not_keep_another_from_going_back(desk: Desk) -> None:
    for typ in ("FK:SGI", "FK:SJP"):
        assert desk.cutover("--override", "now", "--consumer", CONSUMER, "--type", typ, *SIDES).status == 0
    path = desk.folder / "routing.toml"
    path.write_text(desk.routing.replace('"cutover-kommunen-1"', '"mine"'))
    asyncio.run(desk.questions(0, bad=20))

    async def look() -> list[str]:
        cutovers = desk.cutovers()
        found = await cutovers.look()
        await cutovers.database.aclose()
        return [one.rule for one, _ in found if one.state.rolled_back]

    assert asyncio.run(look()) == ["cutover-kommunen-2"]


def test_an_old_version_that_has_ended_is_no_place_to_go_back_to(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())
    desk.cutover("step", "--override", "now")
    asyncio.run(desk.questions(0, bad=20))
    config = desk.folder / "gateway.toml"
    config.write_text(config.read_text() + '[lifecycle.versions.v7]\nends = 2026-01-01\nsource = "the test"\n')
    desk.given = load(config)

    async def look() -> list[Any]:
        cutovers = desk.cutovers()
        found = await cutovers.look()
        await cutovers.database.aclose()
        return found

    assert asyncio.run(look()) == []
    assert rule(desk.routing.encode())["prefer"] == "v9"
