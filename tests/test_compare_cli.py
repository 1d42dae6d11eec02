"""`lefi compare` on saved answers, as a person runs it and as CI does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.jsonio import encode
from tests.cli.running import Done, here, lefi
from tests.comparison import trees
from tests.comparison.views import ordinary, view, views
from tests.leaks import find_leaks

Tree = dict[str, Any]
PLACE = ("arenden", "sjukpenning", 0, "beslut", 0, "fattades")
VALUE = "1999-01-02"
AT = {"v7": "2026-06-30T08:00:00Z", "v9": "2026-06-30T08:00:01Z"}


def sick() -> int:
    return next(
        place
        for place in range(len(ordinary(1)))
        if views(1, place)["v9"].tree.get("arenden", {}).get("sjukpenning", [{}])[0].get("beslut")
    )


def saved(folder: Path, name: str, tree: Tree, version: str = "v9") -> Path:
    path = folder / f"{name}.json"
    kalla = {"version": version, "uppstroms": version, "fragades": AT[version]}
    path.write_bytes(encode({**tree, "kalla": kalla}))
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return saved(tmp_path, "v7", views(1, sick())["v7"].tree, "v7")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return saved(tmp_path, "v9", views(1, sick())["v9"].tree)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    return saved(tmp_path, "changed", trees.put(views(1, sick())["v9"].tree, PLACE, VALUE))


def values_in(done: Done) -> bool:
    return VALUE in done.out or bool(find_leaks(done.out))


def test_two_versions_that_say_the_same(old: Path, new: Path) -> None:
    done = lefi("compare", str(old), str(new))
    assert done.status == 0, done.err
    assert done.err == ""
    assert "Explained by what the versions are" in done.out
    assert "Unexplained" not in done.out
    assert "came with version 9" in done.out
    assert here("compare", str(new), str(new)).out.startswith("v9 and v9: equal")


def test_a_difference_that_nothing_explains_stands_side_by_side(old: Path, changed: Path) -> None:
    done = here("compare", str(old), str(changed), env={"COLUMNS": "250"})
    assert done.status == 1
    (line,) = (line for line in done.out.splitlines() if "./formansinformation" in line)
    assert line.split() == [
        "./formansinformation/sjukpenningarende[1]/beslut[1]/fattades",
        "/formansinformation/sjukpenningarende/0/beslut/0/fattades",
    ]
    assert "1 unexplained" in done.out
    assert done.out.index("Unexplained") < done.out.index("Explained by")
    assert not values_in(done)


@pytest.mark.prints_values("the command was told to show them")
def test_values_are_shown_when_they_are_asked_for(old: Path, changed: Path) -> None:
    assert VALUE in "".join(here("compare", str(old), str(changed), "--values").out.split())
    (found,) = (
        one
        for one in json.loads(here("compare", str(old), str(changed), "--values", "--json").out)["differences"]
        if one["class"] == "unexplained"
    )
    assert found["right"]["value"] == VALUE


def test_json_for_programs(old: Path, changed: Path) -> None:
    done = here("compare", str(old), str(changed), "--json")
    assert done.status == 1
    tree = json.loads(done.out)
    assert tree["counts"]["unexplained"] == 1
    assert not values_in(done)


def test_only_what_is_new_counts_against_a_baseline(old: Path, changed: Path, new: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(here("compare", str(old), str(changed), "--json").out, encoding="utf-8")
    assert here("compare", str(old), str(changed), "--fail-on-new", str(baseline)).status == 0
    two = saved(tmp_path, "two", trees.without(views(1, sick())["v9"].tree, PLACE[:3]))
    assert here("compare", str(old), str(two), "--fail-on-new", str(baseline)).status != 0
    baseline.write_text(here("compare", str(old), str(new), "--json").out, encoding="utf-8")
    done = here("compare", str(old), str(changed), "--fail-on-new", str(baseline))
    assert done.status == 1
    assert "1 that the baseline does not have" in done.out


def test_rules_accept_and_are_listed(old: Path, changed: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rule = '[[rules]]\nname = "{}"\npath = "{}"\nreason = "prov"\nowner = "prov"\nexpires = {}\n'
    rules.write_text(
        rule.format("datum", "/arenden/**", "9999-01-01")
        + rule.format("gammal", "/arenden/**", "2001-01-01")
        + rule.format("annan", "/person/**", "9999-01-01"),
        encoding="utf-8",
    )
    done = here("compare", str(old), str(changed), "--rules", str(rules))
    assert done.status == 0
    assert "Accepted by a rule (1)" in done.out
    assert "expired" in done.out
    assert "hits nothing" in done.out


def test_what_cannot_be_compared_has_a_status_of_its_own(new: Path, changed: Path, tmp_path: Path) -> None:
    problem = tmp_path / "problem.json"
    problem.write_text('{"type": "urn:lefi-gateway:problem:upstream-timeout", "status": 504}', encoding="utf-8")
    done = here("compare", str(new), str(problem))
    assert done.status == 3
    assert "Source: an agency, or the way there, failed on one side (1)" in done.out
    assert "Not comparable" in done.out
    assert here("compare", str(new), str(changed), "--again", str(changed)).status == 3
    assert here("compare", str(new), str(changed), "--again", str(new)).status == 1


def test_a_wrong_command_is_a_usage_error(new: Path, tmp_path: Path) -> None:
    nobody = view("v9", ordinary(1)[sick() - 1])
    other = saved(tmp_path, "other", nobody.tree)
    (tmp_path / "none.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    (tmp_path / "bad.toml").write_text('[[rules]]\nname = "a"\n', encoding="utf-8")
    for arguments, expected in (
        ((new, tmp_path / "nothing.json"), "a file that can be read"),
        ((new, tmp_path / "none.json"), "no well-formed JSON"),
        ((tmp_path / "empty.json", new), "expected an answer of the stable API"),
        ((new, other), "/fraga/personnummer differs"),
        ((new, new, "--rules", tmp_path / "bad.toml"), "rules.0.reason: expected"),
        ((new, new, "--fail-on-new", tmp_path / "empty.json"), "lefi compare --json"),
        ((new, new, "--again", tmp_path / "empty.json"), "expected an answer"),
    ):
        done = here("compare", *map(str, arguments))
        assert done.status == 2, arguments
        assert expected in " ".join(done.err.replace("│", " ").split()), done.err
        assert not find_leaks(done.err + done.out)
    assert here("compare", str(new)).status == 2
