"""Rules that accept differences: what they take, when they end, what is wrong with a file of them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.comparison.compare import compare
from gateway.comparison.difference import Comparison
from gateway.comparison.observation import Observation
from gateway.comparison.rules import Rule, Rules, load, of_tree
from gateway.settings import ConfigurationError
from tests.comparison import trees
from tests.comparison.views import DAY, ordinary, views

PLACE = ("arenden", "sjukpenning", 0, "beslut", 0, "fattades")
PATTERN = "/arenden/sjukpenning/*/beslut/*/fattades"
GIVEN: dict[str, Any] = {
    "name": "beslutsdatum",
    "path": PATTERN,
    "reason": "one rounds to the month",
    "owner": "förvaltningen",
    "expires": date(2027, 1, 1),
}


def sick() -> int:
    return next(
        place
        for place in range(len(ordinary(1)))
        if views(1, place)["v9"].tree.get("arenden", {}).get("sjukpenning", [{}])[0].get("beslut")
    )


def compared(
    rules: Rules, *, left: str = "v7", consumer: str = "", drop: bool = False, today: date = DAY
) -> Comparison:
    seen = views(1, sick())
    tree = seen["v9"].tree
    changed = trees.without(tree, PLACE) if drop else trees.put(tree, PLACE, "1999-01-01")
    right = Observation(changed, version="v9")
    return compare(seen[left], right, rules, today=today, consumer=consumer)


def rule(**over: Any) -> Rules:
    return of_tree({"rules": [{**GIVEN, **over}]})


def classes(made: Comparison) -> list[str]:
    return [one.class_ for one in made.differences if one.class_ != "explained"]


@pytest.mark.parametrize(
    ("over", "accepted"),
    [
        ({}, True),
        ({"path": "/arenden/**"}, True),
        ({"path": "/**/fattades"}, True),
        ({"path": "/arenden/*/*/beslut/*/*"}, True),
        ({"path": "/arenden/sjukpenning/*/beslut/*"}, False),
        ({"path": "/arenden/sjukpenning/*/beslut/*/fattade"}, False),
        ({"path": "/utbetalningar/**"}, False),
        ({"kinds": ["changed", "reordered"]}, True),
        ({"kinds": ["only_left"]}, False),
        ({"versions": ["v7", "v9"]}, True),
        ({"versions": ["v9", "v7"]}, True),
        ({"versions": ["v6", "v9"]}, False),
        ({"types": ["FK:SJP", "FK:FP"]}, True),
        ({"types": ["FK:FP"]}, False),
        ({"consumers": ["kommunen"]}, True),
        ({"consumers": ["bolaget"]}, False),
    ],
    ids=str,
)
def test_a_rule_accepts_what_it_is_about(over: dict[str, Any], *, accepted: bool) -> None:
    made = compared(rule(**over), consumer="kommunen")
    assert classes(made) == ["accepted" if accepted else "unexplained"]
    assert [(one.name, one.hits, one.expired) for one in made.rules] == [("beslutsdatum", int(accepted), False)]
    if accepted:
        (found,) = (one for one in made.differences if one.class_ == "accepted")
        assert (found.code, found.reason) == ("beslutsdatum", "one rounds to the month")


def test_a_rule_accepts_nothing_from_its_last_day_on() -> None:
    last = rule(expires=DAY + timedelta(days=1))
    assert classes(compared(last)) == ["accepted"]
    made = compared(last, today=DAY + timedelta(days=1))
    assert classes(made) == ["unexplained"]
    assert [(one.name, one.hits, one.expired) for one in made.rules] == [("beslutsdatum", 0, True)]


def test_what_only_the_one_side_has_is_seen_from_the_rules_first_version() -> None:
    kinds = {"versions": ["v7", "v9"], "kinds": ["only_left"]}
    assert classes(compared(rule(**kinds), drop=True)) == ["accepted"]
    assert classes(compared(rule(**{**kinds, "versions": ["v9", "v7"]}), drop=True)) == ["unexplained"]


def test_the_first_rule_counts_and_one_that_hits_nothing_is_seen() -> None:
    names = ("forsta", "andra", "tredje")
    made = compared(of_tree({"rules": [{**GIVEN, "name": name} for name in names]}))
    assert [(one.name, one.hits) for one in made.rules] == [("forsta", 1), ("andra", 0), ("tredje", 0)]


def test_what_is_explained_is_no_hit() -> None:
    seen = views(1, sick())
    made = compare(seen["v7"], seen["v9"], rule(path="/**"), today=DAY)
    assert made.differences
    assert {one.class_ for one in made.differences} == {"explained"}
    assert [one.hits for one in made.rules] == [0]


def test_a_file_of_rules_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        f'[[rules]]\nname = "beslutsdatum"\npath = "{PATTERN}"\nversions = ["v7", "v9"]\n'
        'reason = "one rounds"\nowner = "förvaltningen"\nexpires = 2027-01-01\n',
        encoding="utf-8",
    )
    (found,) = load(file).rules
    assert found.expires == date(2027, 1, 1)
    assert classes(compared(load(file))) == ["accepted"]


def test_everything_that_is_wrong_is_said_at_once_and_no_value_with_it() -> None:
    wrong = [
        {"name": "a", "path": "arenden/x", "reason": "", "owner": "x", "expires": "igår", "versions": ["v7", "9"]},
        {"name": "a", "path": "/x", "kinds": ["fel"], "reason": "x", "owner": "x", "expires": "2027-01-01", "ny": 1},
        {"path": "/x", "types": ["FK:NEJ"], "owner": "x"},
    ]
    with pytest.raises(ConfigurationError) as caught:
        of_tree({"rules": wrong})
    places = {fault.path for fault in caught.value.faults}
    assert places >= {
        *("rules.0.path", "rules.0.reason", "rules.0.expires", "rules.0.versions.1"),
        *("rules.1.name", "rules.1.ny"),
        *("rules.2.name", "rules.2.reason", "rules.2.expires"),
    }
    assert any(place.startswith("rules.1.kinds") for place in places)
    assert any(place.startswith("rules.2.types") for place in places)
    assert not any("igår" in fault.expected or "NEJ" in fault.expected for fault in caught.value.faults)


@pytest.mark.parametrize(("text", "expected"), [(None, "a file that can be read"), ("[", "TOML"), ("a = 1\n", "")])
def test_a_file_that_is_none(tmp_path: Path, text: str | None, expected: str) -> None:
    file = tmp_path / "rules.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert expected in caught.value.faults[0].expected


def test_every_setting_of_a_rule_is_described() -> None:
    assert all(field.description for field in (*Rule.model_fields.values(), *Rules.model_fields.values()))
