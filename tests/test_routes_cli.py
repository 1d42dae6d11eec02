"""`lefi routes` and `lefi drill`: what they say of a routing file, a question and a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger import keyring
from gateway.routing.bucket import KEY, bucket
from gateway.routing.configured import spoken
from gateway.routing.rules import Off, Rule, read
from gateway.settings import load
from tests.cli.documents import blocks
from tests.cli.running import SICK, Done, here, lefi
from tests.conftest import ROOT
from tests.leaks import find_leaks
from tests.routing.network import rule

UPSTREAMS = "".join(f'[upstreams.{name}]\nurl = "http://127.0.0.1:1/"\n' for name in ("v9", "v7", "v5"))
AGREED = 'purposes = ["prov"]\ngrounds = ["prov"]\n'
CONSUMERS = "".join(
    f'[[consumers]]\nname = "{name}"\nkey_sha256 = "{sign * 64}"\n{AGREED}{more}'
    for name, sign, more in (("kommun", "a", 'informationstyper = ["FK:SJP", "PM:AP"]\n'), ("skola", "b", ""))
)
DATES = "[lifecycle.versions.v7]\nends = 2026-03-01\n[lifecycle.versions.v5]\nends = 2099-01-01\n"
CANARY = rule("sjuk", 'types = "FK:SJP"', 'prefer = "v7"', 'fallback = ["v5"]', 'canary = {to = "v9", percent = 12.5}')
REST = rule("resten", 'prefer = "v9"', 'fallback = ["v7"]', 'shadow = {to = "v7", percent = 50}')

NOT_SENT = "if the question cannot have reached the one before"
CANARY_SAYS = "12.5 % of the persons at v9"
REST_SAYS = f"prefers v9; then v7 {NOT_SENT}; v7 is asked too for 50 %, for comparison"
A_TYPE = 'a type as "FK:SJP", one of a class as "utbetalningar/FK:SJP", or "*"'

Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A command with a configuration, and the rules that it names."""

    def run(*command: str, rules: str | None = CANARY + REST, more: str = CONSUMERS + DATES, given: str = "") -> Done:
        top = f'state = "{tmp_path}"\n'
        if rules is not None:
            (tmp_path / "routing.toml").write_text(rules)
            top += f'routing = "{tmp_path / "routing.toml"}"\n'
        (tmp_path / "gateway.toml").write_text(top + UPSTREAMS + more)
        return here(*command, "--config", tmp_path / "gateway.toml", given=given)

    return run


def explain(run: Run, *more: str, typ: str = "FK:SJP", consumer: str = "kommun", **given: Any) -> Done:
    return run("routes", "explain", "--consumer", consumer, "--type", typ, "--date", "2026-02-28", *more, **given)


# --------------------------------------------------------------------------------------------------------------- check


def test_check_says_what_is_in_the_file(run: Run) -> None:
    done = run("routes", "check", rules=CANARY + REST + '[off]\nversions = ["v5"]\ncanaries = true\n')
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "the rules can be used",
        f"  sjuk          every consumer, FK:SJP: prefers v7; then v5 {NOT_SENT}; {CANARY_SAYS}",
        f"  resten        every consumer, every type: {REST_SAYS}",
        "  off: the versions v5",
        "  off: all canaries",
    ]


def test_check_names_consumers_that_there_are_not(run: Run) -> None:
    done = run("routes", "check", rules=rule("a", 'consumers = ["komun", "skola"]', 'pin = "v9"'))
    assert done.status == 0
    assert done.out.endswith("  note: no consumer is called komun\n")


def test_check_says_everything_that_is_wrong(run: Run, tmp_path: Path) -> None:
    done = run("routes", "check", rules=rule("a", 'pin = "v8"', 'types = "sjp"') + rule("b", "percent = 3"))
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"routing: {tmp_path}/routing.toml: rules.0.types.0: expected {A_TYPE}",
        f"routing: {tmp_path}/routing.toml: rules.0.pin: expected a configured connection: v9, v7, v5",
        f"routing: {tmp_path}/routing.toml: rules.1.percent: expected no such setting",
    ]


def test_check_takes_a_file_that_is_not_in_use_yet(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(rule("ny", 'pin = "v9"'))
    done = run("routes", "check", str(tmp_path / "new.toml"), rules="[[")
    assert (done.status, done.out) == (
        0,
        "the rules can be used\n  ny            every consumer, every type: pins v9\n",
    )
    done = run("routes", "check", str(tmp_path / "no.toml"))
    assert (done.status, done.err) == (2, f"routing: {tmp_path}/no.toml: expected a file that can be read\n")


def test_without_a_file_the_newest_answers(run: Run) -> None:
    assert run("routes", "check", rules=None).out.startswith("no routing file is set: the newest version in use")
    done = explain(run, rules=None)
    assert "no rule matches: the newest version in use answers" in done.out
    assert "is asked for at v9 (current): no rule matches" in done.out


def test_config_check_reads_the_routing_file_too(run: Run) -> None:
    assert "routing.toml: 2 rules\n" in run("config", "check").out
    assert run("config", "check", rules="[[").status == 2


# ------------------------------------------------------------------------------------------------------------- explain


def test_explain_says_rule_by_rule_what_would_be_done_and_why(run: Run) -> None:
    done = explain(run, "--type", "PM:AP")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "formansinformation/FK:SJP",
        f"  rule sjuk matches and decides: every consumer, FK:SJP: prefers v7; then v5 {NOT_SENT}; {CANARY_SAYS}",
        "beslut/PM:AP",
        "  rule sjuk does not match: it is for the types FK:SJP",
        f"  rule resten matches and decides: every consumer, every type: {REST_SAYS}",
        "so",
        "  formansinformation/FK:SJP",
        "    is asked for at v7 (ending): the rule prefers it",
        "    then at v5 (ending): if the question cannot have reached the one before",
        "  beslut/PM:AP",
        "    is asked for at v9 (current): the rule prefers it",
        "    not at v7, which has none of these types",
        "but for persons on the side of a canary (12.5 % by the rule sjuk)",
        "  formansinformation/FK:SJP",
        "    is asked for at v9 (current): the person is on the side of the rule's canary",
        "    then at v7 (ending), v5 (ending): if the question cannot have reached the one before",
        "  beslut/PM:AP",
        "    is asked for at v9 (current): the rule prefers it",
        "    not at v7, which has none of these types",
    ]


def test_explain_names_the_rules_of_other_consumers(run: Run) -> None:
    done = explain(run, rules=rule("a", 'consumers = "skola"', 'pin = "v7"') + REST, typ="utbetalningar/FK:SJP")
    assert "rule a does not match: it is for the consumers skola" in done.out
    assert "and at v7 (ending) in the background, for comparison, for 50 % of the persons" in done.out


def test_explain_goes_by_the_day(run: Run) -> None:
    done = run("routes", "explain", "--consumer", "kommun", "--type", "FK:SJP", "--date", "2026-03-01")
    assert "is asked for at v5 (ending): what the rule names first has ended" in done.out
    assert "not at v7, which has ended" in done.out


MADE = "a gateway makes one when it first starts"


def make_key(state: Path) -> bytes:
    """The key that a gateway with this state folder has."""
    keyring.create(state / "ledger.keys")
    return keyring.read(state / "ledger.keys").derive(KEY)


@pytest.mark.parametrize("percent", ["0", "100"])
def test_explain_goes_by_the_person(run: Run, tmp_path: Path, percent: str) -> None:
    make_key(tmp_path)
    done = explain(run, "--person", "-", rules=CANARY.replace("12.5", percent), given=f"{SICK}\n")
    assert done.status == 0
    assert ("side of the rule's canary" in done.out) is (percent == "100")
    assert "but for persons" not in done.out
    assert find_leaks(done.out + done.err) == []


def test_a_person_is_on_the_side_that_the_gateway_puts_it(run: Run, tmp_path: Path) -> None:
    falls = bucket(make_key(tmp_path), "canary:v9", SICK)
    for percent, inside in ((falls - 0.01, False), (falls + 0.01, True)):
        if 0 <= percent <= 100:
            rules = CANARY.replace("12.5", f"{percent:.6f}")
            for number in (SICK, SICK[2:], f"{SICK[:8]}-{SICK[8:]}"):
                done = explain(run, "--person", "-", rules=rules, given=f"{number}\n")
                assert ("side of the rule's canary" in done.out) is inside


def test_a_person_needs_the_key_of_the_gateway_which_explain_does_not_make(run: Run, tmp_path: Path) -> None:
    done = explain(run, "--person", "-", given=f"{SICK}\n")
    assert done.status == 2
    assert done.err == f"{tmp_path}/ledger.keys: expected a file of keys that can be read; {MADE}\n"
    (tmp_path / "ledger.keys").write_text("short")
    assert explain(run, "--person", "-", given=f"{SICK}\n").status == 2


@pytest.mark.parametrize(
    ("more", "given", "says"),
    [
        (("--person", SICK), "", "expected -"),
        (("--person", "-"), "199001019803\n", "expected a personnummer or samordningsnummer"),
        (("--person", "-"), "abc\n", "expected a personnummer or samordningsnummer"),
        (("--type", "FK:XXX"), "", "expected a type of the class"),
        (("--date", "1 mars"), "", "expected a date as 2025-12-31"),
        (("--consumer", "komun"), "", "expected the name of a consumer: kommun, skola"),
    ],
)
def test_a_wrong_command_is_said_without_a_number(
    run: Run, tmp_path: Path, more: tuple[str, ...], given: str, says: str
) -> None:
    make_key(tmp_path)
    done = explain(run, *more, given=given)
    assert (done.status, done.out) == (2, "")
    assert says in " ".join(done.err.replace("│", " ").split())
    assert find_leaks(done.err) == []


@pytest.mark.parametrize(
    ("more", "rules", "says"),
    [
        (
            ("--version", "v8"),
            CANARY,
            "404 not-found: lefi-version: expected a version that an upstream is",
        ),
        (
            ("--version", "v5"),
            '[off]\nversions = ["v5"]\n',
            "503 upstream-unavailable: v5 is switched off",
        ),
        ((), '[off]\nconsumers = ["kommun"]\n', "403 forbidden: this consumer is switched off"),
        (
            (),
            rule("a", 'pin = "v7"') + '[off]\nconnections = ["v7"]\n',
            "503 upstream-unavailable: the rule a pins v7, which is switched off",
        ),
    ],
)
def test_explain_says_what_would_be_refused(run: Run, more: tuple[str, ...], rules: str, says: str) -> None:
    done = explain(run, *more, rules=rules)
    assert done.status == 1
    assert done.out.startswith(f"refused with {says}")


def test_explain_says_that_a_version_is_asked_for(run: Run) -> None:
    done = explain(run, "--version", "v5")
    assert done.out.splitlines() == [
        "so",
        "  formansinformation/FK:SJP",
        "    is asked for at v5 (ending): the caller asks for this version",
    ]


def test_without_consumers_anybody_asks(run: Run) -> None:
    assert explain(run, consumer="anybody", more="").status == 0


# --------------------------------------------------------------------------------------------------------------- drill


def drilled(run: Run, day: str, **more: Any) -> tuple[int, dict[str, Any]]:
    done = run("drill", "--date", day, "--json", **more)
    assert done.err == ""
    return done.status, json.loads(done.out)


def fails(tree: dict[str, Any], consumer: str = "kommun") -> dict[str, str]:
    return {typ: row["fails"] for row in tree["consumers"] if row["consumer"] == consumer for typ in row["types"]}


PINNED = rule("fast", 'consumers = "kommun"', 'pin = "v7"')
DRILLS = {
    "nothing ends": (REST, "2026-02-28", ""),
    "another in the chain answers": (CANARY + REST, "2026-03-01", ""),
    "a pin to one that has ended": (PINNED, "2026-03-01", "pinned to v7, which ended 2026-03-01"),
    "a pin the day before": (PINNED, "2026-02-28", ""),
    "a chain that is used up": (
        rule("a", 'prefer = "v7"', 'fallback = ["v5"]'),
        "2099-01-01",
        "only left is v7, which ended 2026-03-01",
    ),
    "a canary alone that has ended": (
        rule("a", 'prefer = "v7"', 'canary = {to = "v9", percent = 5}'),
        "2026-03-01",
        "only left is v7, which ended 2026-03-01",
    ),
    "everything switched off": (
        PINNED + '[off]\nconnections = ["v7"]\n',
        "2026-02-28",
        "the rule fast pins v7, which is switched off",
    ),
    "one that is not released": (
        rule("a", 'pin = "v9"'),
        "2024-01-01",
        "pinned to v9, which is not released before 2025-01-31",
    ),
}


@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_says_what_would_fail(run: Run, name: str) -> None:
    rules, day, expected = DRILLS[name]
    status, tree = drilled(run, day, rules=rules)
    assert fails(tree)["formansinformation/FK:SJP"] == expected
    assert status == (1 if tree["failing"] else 0)
    assert (tree["failing"] > 0) is any(row["fails"] for row in tree["consumers"])
    if expected:
        assert status == 1


def test_a_drill_names_types_that_are_lost_on_the_way(run: Run) -> None:
    """Version 9 ends, version 5 answers, and that has no decisions of Pensionsmyndigheten."""
    more = CONSUMERS + DATES + "[lifecycle.versions.v9]\nends = 2098-06-01\n"
    status, tree = drilled(run, "2098-07-01", rules=None, more=more)
    assert status == 1
    assert fails(tree)["formansinformation/FK:SJP"] == ""
    assert fails(tree)["beslut/PM:AP"] == "v5 does not have these types"


def test_what_is_not_had_today_is_not_lost(run: Run) -> None:
    status, tree = drilled(run, "2098-07-01", rules=rule("a", 'pin = "v5"'))
    assert status == 0
    assert fails(tree)["beslut/PM:AP"] == ""


def test_a_drill_shows_both_days_and_both_sides_of_a_canary(run: Run) -> None:
    _, tree = drilled(run, "2026-03-01")
    (row,) = (
        one for one in tree["consumers"] if "formansinformation/FK:SJP" in one["types"] and one["consumer"] == "kommun"
    )
    assert row["types"] == ["formansinformation/FK:SJP", "utbetalningar/FK:SJP"]
    assert row["rule"] == "sjuk"
    assert row["then"] == [
        {"sources": ["v5"], "reason": "ended"},
        {"sources": ["v9", "v5"], "reason": "canary", "percent": 12.5},
    ]
    v7 = next(one for one in tree["connections"] if one["name"] == "v7")
    assert (v7["then"], v7["ends"]) == ("ended", "2026-03-01")


def test_every_type_that_a_consumer_may_ask_for_is_in_one_row(run: Run) -> None:
    _, tree = drilled(run, "2026-03-01")
    of_kommun = [typ for row in tree["consumers"] if row["consumer"] == "kommun" for typ in row["types"]]
    assert len(of_kommun) == len({*of_kommun})
    assert {typ.partition("/")[2] for typ in of_kommun} == {"FK:SJP", "PM:AP"}
    of_skola = [typ for row in tree["consumers"] if row["consumer"] == "skola" for typ in row["types"]]
    assert len(of_skola) > 90


def test_a_consumer_that_is_off_does_not_fail(run: Run) -> None:
    status, tree = drilled(run, "2026-03-01", rules=PINNED + REST + '[off]\nconsumers = ["kommun"]\n')
    assert (status, tree["off"], fails(tree)) == (0, ["kommun"], {})


def test_a_drill_for_people(run: Run) -> None:
    done = run("drill", "--date", "2026-03-01", rules=PINNED + REST)
    assert done.status == 1
    assert "pinned to v7" in done.out
    assert "every type" in done.out
    assert done.out.endswith("would fail on 2026-03-01\n")
    done = run("drill", "--date", "2026-03-01", rules=REST, more="")
    assert (done.status, done.out.splitlines()[-1]) == (0, "nothing would fail on 2026-03-01")
    assert "anybody" in done.out


def test_a_drill_needs_a_day_and_an_upstream(run: Run, tmp_path: Path) -> None:
    assert run("drill", "--date", "snart").status == 2
    (tmp_path / "empty.toml").write_text("")
    done = here("drill", "--date", "2026-03-01", "--config", tmp_path / "empty.toml")
    assert done.status == 2
    assert "expected settings with an upstream" in " ".join(done.err.replace("│", " ").split())


# ------------------------------------------------------------------------------------------------------------ document


def test_the_documented_file_can_be_used_with_the_documented_settings(tmp_path: Path) -> None:
    (block,) = (one for one in blocks(ROOT / "docs" / "routing.md") if one.language == "toml")
    (tmp_path / "gateway.toml").write_text(block.text)
    example = (ROOT / "docs" / "routing.example.toml").read_bytes()
    rules = read(example, spoken(load(tmp_path / "gateway.toml")))
    assert [one.name for one in rules.rules] == ["skola-waits", "sickness", "payments", "rest"]


def test_every_setting_of_the_file_is_documented() -> None:
    text = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
    assert {name for model in (Rule, Off) for name in model.model_fields if f"| `{name}` |" not in text} == set()


def test_the_command_runs_as_a_process(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('routing = "routing.example.toml"\n' + UPSTREAMS)
    (tmp_path / "routing.example.toml").write_bytes((ROOT / "docs" / "routing.example.toml").read_bytes())
    done = lefi("routes", "check", "--config", "gateway.toml", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("the rules can be used\n")
