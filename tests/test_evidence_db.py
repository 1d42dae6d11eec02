"""Evidence out of stored pairs: a person once, rules as they are today; and certificates on it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import clock
from gateway.comparison.rules import NONE, Rules, load
from gateway.evidence.document import Claim, Evidence
from gateway.evidence.fields import expected, losses
from gateway.evidence.strata import COLUMNS, age_band, shown
from gateway.ledger.book import url
from gateway.proof import Gathered, Subject, evidence
from gateway.settings import Settings
from gateway.settings import load as settings_of
from gateway.store.database import Database
from gateway.store.migrations.versions.r0007_strata import down_revision
from tests.cli.running import Done, here
from tests.ledger.places import postgresql, sqlite
from tests.service.kept import PLAN, TURNED, accepting, another_day, asking, campaign, keeping, says
from tests.service.move import CONSUMER, OPTIONS, TYPES, crowd

SUBJECT = Subject(CONSUMER, frozenset(TYPES), "v7", "v9")
SGI = ("ovrig_information", "FK:SGI")
CLAIM = Claim(rate="0.1", share="0")
SIDES = ("--from", "v7", "--to", "v9")
RATE = ("--rate", "0.1", "--share", "0")
TODAY = clock.today()


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "gateway.toml"
    with (sqlite if request.param == "sqlite" else postgresql)(tmp_path / "state") as place:
        url = f'[ledger]\nurl = "{place.settings.url}"\n' if place.settings.url else ""
        _configured(path, tmp_path, url)
        yield path


def _configured(path: Path, tmp_path: Path, more: str) -> None:
    path.write_text(
        f'state = "{tmp_path}/state"\n[upstreams.v7]\nurl = "http://127.0.0.1:9/ws"\n'
        f'[upstreams.v9]\nurl = "http://127.0.0.1:9/rest"\n[comparison]\nrules = "{tmp_path}/rules.toml"\n{more}'
    )
    (tmp_path / "rules.toml").write_text(accepting())


@pytest.fixture
def given(config: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("LEFI_STATE", raising=False)
    return settings_of(config)


async def proved(given: Settings, *, rules: Rules = NONE, day: date = TODAY) -> tuple[Evidence, Gathered]:
    database = Database(url(given.ledger, given.state))
    try:
        return await evidence(database, SUBJECT, ("v7", "v9"), CLAIM, rules=rules, day=day, since=None)
    finally:
        await database.aclose()


async def test_the_counts_are_those_of_persons_by_type_and_field(given: Settings) -> None:
    await campaign(given, 12, another_day, wrong=2)
    made, found = await proved(given)
    assert (made.disclosures, made.failed) == (12, 0)
    assert {(one.klass, one.informationstyp): (one.answered, one.compared, one.disagreed) for one in made.types} == {
        **dict.fromkeys(TYPES, (12, 12, 0)),
        SGI: (12, 12, 2),
    }
    (sgi,) = (one for one in made.types if one.informationstyp == "FK:SGI")
    fields = {one.path: (one.compared, dict(one.classes)) for one in sgi.fields}
    assert fields["inkomst.sjukpenninggrundandeInkomster[].dagar"] == (12, {"agreed": 10, "unexplained": 2})
    assert fields["inkomst.sjukpenninggrundandeInkomster[].timmar"] == (12, {"agreed": 12})
    place = ("unexplained", "changed", "/inkomst/sjukpenninggrundandeInkomster/*/dagar", "")
    assert found.differences[place] == 2
    assert (made.first_day, made.last_day) == (TODAY, TODAY)


async def test_a_person_who_was_asked_about_twice_counts_once_with_whatever_was_found(given: Settings) -> None:
    one = next(iter(crowd(3).values()))
    async with keeping(given) as keep:
        keep.pairs.came(asking(one), PLAN, says("v7", one), says("v9", one, another_day))
        keep.pairs.came(asking(one), PLAN, says("v7", one), says("v9", one))
        keep.pairs.came(asking(one), TURNED, says("v9", one), says("v7", one))
        keep.pairs.came(asking(one, "another"), PLAN, says("v7", one), says("v9", one, another_day))
    made, _ = await proved(given)
    assert made.disclosures == 1
    assert [one.disagreed for one in made.types if one.informationstyp == "FK:SGI"] == [1]


async def test_persons_are_counted_by_age_and_period_as_their_last_pair_says(given: Settings) -> None:
    await campaign(given, 12)
    ages = Counter(age_band(personnummer, TODAY) for personnummer in crowd(12))
    made, _ = await proved(given)
    for one in made.types:
        parts = {division: {each.part: each.persons for each in parts} for division, parts in one.divided().items()}
        assert parts == {"age": shown("age", ages), "period": {"year": 12}}, "nobody has a group"
    database = Database(url(given.ledger, given.state))
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE pairs SET age_band = '', caller_group = 'north' WHERE seq <= 5")
    await database.aclose()
    made, _ = await proved(given)
    assert {each.part: each.persons for each in made.types[0].divided()["group"]} == {"north": 5, "unknown": 7}
    assert {each.part for each in made.types[0].divided()["age"]} > {"unknown"}


async def test_a_rule_accepts_what_was_kept_before_it_came_and_stops_when_it_expires(
    given: Settings, tmp_path: Path
) -> None:
    await campaign(given, 12, another_day, wrong=3)
    ends = TODAY + timedelta(days=10)
    (tmp_path / "some.toml").write_text(accepting(ends.isoformat()))
    rules = load(tmp_path / "some.toml")
    seen: dict[str, Any] = {}
    for name, day in (("today", TODAY), ("last day", ends - timedelta(days=1)), ("expired", ends)):
        made, _ = await proved(given, rules=rules, day=day)
        disagreed = sum(one.disagreed for one in made.types)
        seen[name] = (disagreed, [(rule.name, rule.hits, rule.expires) for rule in made.rules])
    held = (0, [("dagar", 3, ends - timedelta(days=1))])
    assert seen == {"today": held, "last day": held, "expired": (3, [])}


def test_what_both_can_have_is_expected_and_what_the_new_one_lacks_is_a_loss() -> None:
    both = expected(SGI, "v7", "v9")
    assert "inkomst.sjukpenninggrundandeInkomster[].dagar" in both
    assert not expected(("formansinformation", "FK:SJP"), "v7", "v9") & {
        "arenden.sjukpenning[].beslut[].status.text"
    }, "version 7 has codes alone"
    lost = losses([("utbetalningar", "FK:SJP")], "v9", "v7")
    assert lost
    assert all(one.reason for one in lost)
    assert losses([SGI], "v7", "v9") == ()


def lefi(config: Path, *arguments: str) -> Done:
    return here(*arguments, "--config", str(config))


def test_the_command_says_what_is_proved_and_a_certificate_is_issued_on_it(
    given: Settings, config: Path, tmp_path: Path
) -> None:
    assert lefi(config, "evidence").status == 2, "there are no tables yet"
    asyncio.run(campaign(given, 40, another_day, wrong=2))
    assert lefi(config, "evidence").out.split()[-5:-1] == [CONSUMER, "v7", "v9", "40"]
    told = lefi(config, "evidence", *OPTIONS, *SIDES, *RATE)
    assert told.status == 0, told
    assert told.out.count("holds") == 3
    assert told.out.count("year: 40") == 3, "of which length the periods were"
    assert "dagar" in told.out, "the rule's hits are seen"
    assert here("certificate", "key", "--output", str(tmp_path / "c.key")).status == 0
    issue = ("certificate", "issue", "--key", str(tmp_path / "c.key"), "--output")
    assert lefi(config, *issue, str(tmp_path / "one.json"), *OPTIONS, *SIDES, *RATE).status == 0
    saved = tmp_path / "evidence.json"
    saved.write_text(lefi(config, "evidence", *OPTIONS, *SIDES, *RATE, "--json").out)
    assert here(*issue, str(tmp_path / "two.json"), str(saved)).status == 0
    one, two = (json.loads((tmp_path / name).read_text())["certificate"] for name in ("one.json", "two.json"))
    assert one["evidence"] == two["evidence"]
    verify = ("certificate", "verify", str(tmp_path / "one.json"), "--key", str(tmp_path / "c.pub"))
    assert here(*verify, "--consumer", CONSUMER, "--from", "v7", "--to", "v9").status == 0

    (tmp_path / "rules.toml").write_text(accepting("2000-01-01"))
    refused = lefi(config, *issue, str(tmp_path / "three.json"), *OPTIONS, *SIDES, *RATE)
    assert (refused.status, "does not reach" in refused.err) == (1, True), "the rule has expired"
    assert not (tmp_path / "three.json").exists()
    assert lefi(config, "evidence", *OPTIONS, *SIDES, "--rate", "0.001").status == 1


WRONG: dict[str, tuple[str, ...]] = {
    "nobody's pairs": ("--consumer", "nobody", *OPTIONS[2:], *SIDES),
    "no such connection": (*OPTIONS, "--from", "v7", "--to", "v8"),
    "half of it": OPTIONS,
    "no such type": ("--consumer", CONSUMER, "--type", "FK:XXX", *SIDES),
    "a rate of another form": (*OPTIONS, *SIDES, "--rate", "little"),
    "a time of another form": (*OPTIONS, *SIDES, "--since", "yesterday"),
    "nothing since then": (*OPTIONS, *SIDES, "--since", "2999-01-01"),
}


def test_what_cannot_be_said_is_refused(given: Settings, config: Path) -> None:
    asyncio.run(campaign(given, 1))
    assert {name: lefi(config, "evidence", *options).status for name, options in WRONG.items()} == dict.fromkeys(
        WRONG, 2
    )


async def test_pairs_that_were_kept_before_bands_were_are_still_counted(given: Settings) -> None:
    """The tables as they were before, with pairs in them, brought to what this program knows."""
    await campaign(given, 6)
    database = Database(url(given.ledger, given.state))
    async with database.begin() as connection:
        for column in COLUMNS.values():
            await connection.exec_driver_sql(f"ALTER TABLE pairs DROP COLUMN {column}")
        await connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{down_revision}'")  # noqa: S608  its own
    await database.prepare()
    await database.aclose()
    made, _ = await proved(given)
    assert [(one.compared, one.strata) for one in made.types] == [(6, ())] * 3, "nothing is known of any"
    await campaign(given, 12)
    made, _ = await proved(given)
    assert {each.part: each.persons for each in made.types[0].divided()["period"]} == {"year": 12}
