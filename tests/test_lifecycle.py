"""The life of versions: the agency's rule over enumerated histories, what no history can break, and what is shipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lifecycle.known import KNOWN
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.rule import Release, Stage, State, a_year_after, stages
from gateway.lifecycle.settings import Lifecycle
from gateway.lifecycle.words import SCHEMA, life
from gateway.settings import ConfigurationError, load

NOTICE = 90
STATES: tuple[State, ...] = get_args(State)
TWO = "v1:2020-03-01 v2:2021-03-01"
EARLY = "v1:2020-01-01 v2:2021-01-01 v3:2021-07-01"
LATE = "v1:2020-01-01 v2:2021-01-01 v3:2022-06-01"
FOUR = "v1:2018-01-01 v2:2019-01-01 v3:2019-03-01 v4:2019-09-01"
UNKNOWN_BETWEEN = "v1:2020-01-01 v2:? v3:2022-01-01"

# What is known (version:released[/end that is set]), on which day, and what follows (version:state/end).
HISTORIES = {
    "one, on its day": ("v1:2020-01-01", "2020-01-01", "v1:current/-"),
    "one, the day before": ("v1:2020-01-01", "2019-12-31", "v1:coming/-"),
    "one without a date": ("v1:?", "2030-01-01", "v1:coming/-"),
    "two, before both": (TWO, "2019-12-31", "v1:coming/2022-03-01 v2:coming/-"),
    "two, the second to come": (TWO, "2020-06-01", "v1:current/2022-03-01 v2:coming/-"),
    "two, the day of the second": (TWO, "2021-03-01", "v1:previous/2022-03-01 v2:current/-"),
    "two, a day before the notice": (TWO, "2021-11-30", "v1:previous/2022-03-01 v2:current/-"),
    "two, the notice begins": (TWO, "2021-12-01", "v1:ending/2022-03-01 v2:current/-"),
    "two, the last day": (TWO, "2022-02-28", "v1:ending/2022-03-01 v2:current/-"),
    "two, the first day without": (TWO, "2022-03-01", "v1:ended/2022-03-01 v2:current/-"),
    "early third, before it": (EARLY, "2021-02-01", "v1:previous/2021-07-01 v2:current/2022-07-01 v3:coming/-"),
    "early third, in the notice": (EARLY, "2021-05-01", "v1:ending/2021-07-01 v2:current/2022-07-01 v3:coming/-"),
    "early third, on its day": (EARLY, "2021-07-01", "v1:ended/2021-07-01 v2:previous/2022-07-01 v3:current/-"),
    "late third, the year is over": (LATE, "2022-01-15", "v1:ended/2022-01-01 v2:current/2023-06-01 v3:coming/-"),
    "late third, out": (LATE, "2022-06-01", "v1:ended/2022-01-01 v2:previous/2023-06-01 v3:current/-"),
    "third when the year is over": (
        "v1:2020-01-01 v2:2021-01-01 v3:2022-01-01", "2021-12-31",
        "v1:ending/2022-01-01 v2:current/2023-01-01 v3:coming/-",
    ),
    "third a day before the year is over": (
        "v1:2020-01-01 v2:2021-01-01 v3:2021-12-31", "2021-12-31",
        "v1:ended/2021-12-31 v2:previous/2022-12-31 v3:current/-",
    ),
    "two on one day": (
        "v1:2020-01-01 v2:2021-01-01 v3:2021-01-01", "2021-01-01",
        "v1:ended/2021-01-01 v2:previous/2022-01-01 v3:current/-",
    ),
    "four, two of them out": (
        FOUR, "2019-02-01", "v1:ending/2019-03-01 v2:current/2019-09-01 v3:coming/2020-09-01 v4:coming/-",
    ),
    "four, three of them out": (
        FOUR, "2019-04-01", "v1:ended/2019-03-01 v2:previous/2019-09-01 v3:current/2020-09-01 v4:coming/-",
    ),
    "four in quick order": (
        FOUR, "2019-09-01", "v1:ended/2019-03-01 v2:ended/2019-09-01 v3:previous/2020-09-01 v4:current/-",
    ),
    "four in slow order": (
        "v1:2016-01-01 v2:2018-01-01 v3:2020-01-01 v4:2022-01-01", "2022-06-01",
        "v1:ended/2019-01-01 v2:ended/2021-01-01 v3:previous/2023-01-01 v4:current/-",
    ),
    "an end that is set, later": (
        "v1:2020-03-01/2023-01-01 v2:2021-03-01", "2022-06-01", "v1:previous/2023-01-01 v2:current/-",
    ),
    "an end that is set, earlier": (
        "v1:2020-03-01/2021-06-01 v2:2021-03-01", "2021-05-01", "v1:ending/2021-06-01 v2:current/-",
    ),
    "an end that is set and over": (
        "v1:2020-03-01/2021-06-01 v2:2021-03-01", "2021-06-01", "v1:ended/2021-06-01 v2:current/-",
    ),
    "an end that is set for the newest, near": (
        "v1:2020-03-01 v2:2021-03-01/2021-12-31", "2021-11-01", "v1:previous/2022-03-01 v2:ending/2021-12-31",
    ),
    "an end that is set for the newest, over": (
        "v1:2020-03-01 v2:2021-03-01/2022-06-01", "2023-01-01", "v1:ended/2022-03-01 v2:ended/2022-06-01",
    ),
    "the oldest of three has a far end": (
        "v1:2020-01-01/2024-01-01 v2:2021-01-01 v3:2022-06-01", "2022-06-15",
        "v1:ending/2024-01-01 v2:previous/2023-06-01 v3:current/-",
    ),
    "the oldest of three has no known end": (
        "v1:2020-01-01/unknown v2:2021-01-01 v3:2022-06-01", "2022-06-15",
        "v1:ending/- v2:previous/2023-06-01 v3:current/-",
    ),
    "the previous has no known end": (
        "v1:2020-03-01/unknown v2:2021-03-01", "2025-01-01", "v1:previous/- v2:current/-",
    ),
    "the successor's end is set": (
        "v1:2020-01-01 v2:2021-01-01/2030-01-01 v3:2021-07-01", "2022-01-01",
        "v1:ended/2021-07-01 v2:previous/2030-01-01 v3:current/-",
    ),
    "an unknown between, before the third": (
        UNKNOWN_BETWEEN, "2021-06-01", "v1:current/2022-01-01 v2:coming/2023-01-01 v3:coming/-",
    ),
    "an unknown between, with the third": (
        UNKNOWN_BETWEEN, "2022-01-01", "v1:ended/2022-01-01 v2:previous/2023-01-01 v3:current/-",
    ),
    "two unknown between": (
        "v1:2020-01-01 v2:? v3:? v4:2022-01-01", "2022-06-01",
        "v1:ended/2022-01-01 v2:ended/2022-01-01 v3:previous/2023-01-01 v4:current/-",
    ),
    "the newest has no date": ("v1:2020-01-01 v2:?", "2030-01-01", "v1:current/- v2:coming/-"),
    "the oldest has no date, before": ("v1:? v2:2020-01-01", "2019-12-31", "v1:coming/2021-01-01 v2:coming/-"),
    "the oldest has no date, after": ("v1:? v2:2020-01-01", "2020-02-01", "v1:previous/2021-01-01 v2:current/-"),
    "a year from a leap day": ("v1:2018-01-01 v2:2020-02-29", "2021-02-28", "v1:ended/2021-02-28 v2:current/-"),
    "a year into a leap year": ("v1:2018-01-01 v2:2019-02-28", "2020-02-28", "v1:ended/2020-02-28 v2:current/-"),
    "a leap day is a day": ("v1:2018-01-01 v2:2019-03-01", "2020-02-29", "v1:ending/2020-03-01 v2:current/-"),
    "an end set to a leap day": (
        "v1:2022-01-01/2024-02-29 v2:2023-06-01", "2024-02-29", "v1:ended/2024-02-29 v2:current/-",
    ),
    "a number is left out": ("v5:2020-01-01 v9:2021-01-01", "2021-01-01", "v5:previous/2022-01-01 v9:current/-"),
    "ten comes after nine": ("v10:2021-01-01 v9:2020-01-01", "2021-01-01", "v9:previous/2022-01-01 v10:current/-"),
    "dates against the numbers": (
        "v1:2020-01-01 v2:2023-01-01 v3:2022-01-01", "2022-06-01",
        "v1:ended/2022-01-01 v2:previous/2023-01-01 v3:current/-",
    ),
}  # fmt: skip


def read(text: str) -> list[Release]:
    found = []
    for part in text.split():
        version, _, dates = part.partition(":")
        released, _, end = dates.partition("/")
        ends: date | Literal["unknown"] | None = date.fromisoformat(end) if end[:1].isdigit() else None
        ends = "unknown" if end == "unknown" else ends
        found.append(Release(version, None if released == "?" else date.fromisoformat(released), ends, "a test"))
    return found


def written(lives: Mapping[str, Stage]) -> str:
    return " ".join(f"{one.version}:{one.state}/{one.ends or '-'}" for one in lives.values())


def test_there_are_enough_histories() -> None:
    assert len(HISTORIES) >= 30
    assert {len(read(history)) for history, _, _ in HISTORIES.values()} == {1, 2, 3, 4}


@pytest.mark.parametrize(("history", "day", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_a_history_has_its_dates_and_states(history: str, day: str, expected: str) -> None:
    assert written(stages(read(history), date.fromisoformat(day), NOTICE)) == expected


@pytest.mark.parametrize(
    ("history", "version", "successor", "deprecated", "because"),
    [
        (TWO, "v1", "v2", "2021-03-01", "one year from the release of its successor v2 (2021-03-01)"),
        (TWO, "v2", None, None, "no later major has a known day of release"),
        (EARLY, "v1", "v2", "2021-01-01", "the release of v3 (2021-07-01), a later major than its successor v2"),
        (
            UNKNOWN_BETWEEN, "v1", "v2", "2022-01-01",
            "the release of v3 (2022-01-01), a later major than its successor v2",
        ),
        (
            "v1:2020-01-01 v2:2023-01-01 v3:2022-01-01", "v1", "v2", "2022-01-01",
            "the release of v3 (2022-01-01), a later major than its successor v2",
        ),
        ("v1:2020-01-01/2023-05-05 v2:?", "v1", "v2", None, "2023-05-05 is set: a letter"),
        ("v1:2020-01-01/unknown v2:2021-01-01", "v1", "v2", "2021-01-01", "no end is known: a letter"),
    ],
)  # fmt: skip
def test_the_ground_is_said(history: str, version: str, successor: str | None, deprecated: str, because: str) -> None:
    releases = [
        Release(one.version, one.released, one.ends, one.source, ends_source="a letter") for one in read(history)
    ]
    stage = stages(releases, date(2021, 6, 1), NOTICE)[version]
    assert (stage.successor, stage.because) == (successor, because)
    assert stage.deprecated == (date.fromisoformat(deprecated) if deprecated else None)


def test_what_follows_from_a_guess_is_one() -> None:
    guess = Release("v2", date(2021, 1, 1), estimated=True)
    sure = [Release("v1", date(2020, 1, 1)), Release("v3", date(2021, 7, 1))]
    lives = stages([*sure, guess], date(2021, 2, 1), NOTICE)
    assert lives["v1"].estimated == {"deprecated"}, "it ends by the third, which is no guess"
    assert lives["v2"].estimated == {"released"}
    assert stages([sure[0], guess], date(2021, 2, 1), NOTICE)["v1"].estimated == {"deprecated", "ends"}
    assert "v2 (about 2021-01-01)" in stages([sure[0], guess], date(2021, 2, 1), NOTICE)["v1"].because


DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31)) | st.sampled_from(
    [date(2020, 2, 29), date(2024, 2, 29), date(2020, 2, 28), date(2021, 3, 1)]
)


def releases(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Release]:
    return st.builds(
        lambda number, released, ends: Release(f"v{number}", released, ends),
        numbers,
        st.none() | DAYS,
        st.none() | st.none() | st.just("unknown") | DAYS,
    )


LISTS = st.lists(releases(st.integers(1, 12)), max_size=6, unique_by=lambda one: one.version)


def ends(releases: Iterable[Release], day: date) -> dict[str, tuple[date, date]]:
    """When each version ends and is deprecated; never is later than everything."""
    return {
        version: (stage.ends or date.max, stage.deprecated or date.max)
        for version, stage in stages(releases, day, NOTICE).items()
    }


@given(LISTS, st.lists(releases(st.integers(13, 99)), min_size=1, max_size=4), DAYS)
def test_no_date_moves_later_when_a_further_major_is_released(
    known: list[Release], further: list[Release], day: date
) -> None:
    for one in further:
        before = ends(known, day)
        known = [*(each for each in known if each.version != one.version), one]
        if one.version not in before:
            after = ends(known, day)
            for version, dates in before.items():
                assert all(new <= old for old, new in zip(dates, after[version], strict=True)), version


@given(LISTS, releases(st.integers(1, 12)), DAYS)
def test_nor_when_a_major_is_put_between_or_a_day_becomes_known(known: list[Release], one: Release, day: date) -> None:
    same = next((each for each in known if each.version == one.version), None)
    if same is not None and (same.released is not None or one.released is None):
        return
    if same is not None:
        one = Release(same.version, one.released, same.ends)
    before, after = ends(known, day), ends([*(each for each in known if each is not same), one], day)
    for version, dates in before.items():
        assert all(new <= old for old, new in zip(dates, after[version], strict=True)), version


@given(LISTS, DAYS, st.integers(0, 3000), st.integers(0, 400))
def test_a_life_goes_one_way(known: list[Release], day: date, days: int, notice: int) -> None:
    before, after = stages(known, day, notice), stages(known, day + timedelta(days=days), notice)
    for version, stage in before.items():
        assert STATES.index(stage.state) <= STATES.index(after[version].state), version
    for lives in (before, after):
        assert sum(stage.state == "current" for stage in lives.values()) <= 1
        assert sum(stage.state == "previous" for stage in lives.values()) <= 1


@given(st.dates())
def test_a_year_on_is_a_day_of_the_next_year_or_the_end_of_time(day: date) -> None:
    then = a_year_after(day)
    assert then == date.max or (then.year == day.year + 1 and (then - day).days in (365, 366))
    assert then == date.max or (then.month == day.month and then.day in (day.day, 28))


def test_what_is_shipped_says_where_it_is_from() -> None:
    assert [one.version for one in KNOWN] == ["v3", "v4", "v5", "v6", "v7", "v8", "v9"]
    for one in KNOWN:
        assert one.source, one.version
        assert one.ends is None or one.ends_source, one.version
    assert "about" in next(one for one in KNOWN if one.version == "v6").source


def test_what_is_shipped_gives_these_lives() -> None:
    lives = Registry.of(Lifecycle()).at(date(2026, 11, 24))
    assert written(lives) == (
        "v3:ended/2018-12-31 v4:ended/2019-08-23 v5:ending/- v6:ending/- v7:ending/- v8:ended/2026-01-31 v9:current/-"
    )
    assert lives["v4"].estimated == {"ends"}
    assert lives["v9"].estimated == {"released"}


def test_settings_lie_over_what_is_shipped_field_by_field() -> None:
    set_over = Lifecycle.model_validate(
        {
            "notice_days": 10,
            "versions": {
                "v7": {"ends": date(2027, 3, 1), "source": "a letter of the agency"},
                "v8": {"ends": "unknown"},
                "v9": {"released": date(2024, 12, 10)},
                "v10": {"released": date(2027, 1, 1)},
            },
        }
    )
    lives = Registry.of(set_over).at(date(2026, 12, 1))
    assert written(lives).split(" ", 4)[-1] == ("v7:ending/2027-03-01 v8:previous/- v9:current/2028-01-01 v10:coming/-")
    assert lives["v7"].because == "2027-03-01 is set: a letter of the agency"
    assert lives["v7"].source == next(one.source for one in KNOWN if one.version == "v7")
    assert lives["v9"].source == "the settings of this gateway"
    assert lives["v9"].estimated == frozenset(), "what is set is no guess"


def test_another_day_is_another_answer() -> None:
    registry = Registry.of(Lifecycle())
    first = registry.at(date(2026, 11, 24))
    assert registry.at(date(2026, 11, 24)) is first
    assert registry.at(date(2018, 10, 1))["v4"].state == "current"
    assert written(registry.at(date(2026, 11, 24))) == written(first)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ('v10 = { released = "2024-01-01" }', "lifecycle.versions.v10.released: a day not before the release of v9"),
        ('v4 = { released = "2019-01-01" }', "lifecycle.versions.v4.released: a day not after the release of v5"),
        ('v9 = { ends = "2025-01-31" }', "lifecycle.versions.v9.ends: a day after its release"),
        ('v9 = { ends = "soon" }', None),
        ('nine = { ends = "2027-01-01" }', None),
    ],
)
def test_dates_that_cannot_be_are_refused(tmp_path: Path, versions: str, expected: str | None) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f"[lifecycle.versions]\n{versions}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load(file)
    said = [f"{fault.path}: {fault.expected}" for fault in refused.value.faults]
    assert all(line.startswith("lifecycle.versions") for line in said)
    if expected is not None:
        assert said == [expected]


def test_dates_without_a_contradiction_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('[lifecycle.versions.v9]\nreleased = 2024-12-10\nends = "2027-01-01"\n', encoding="utf-8")
    assert load(file).lifecycle.versions["v9"].ends == date(2027, 1, 1)


def test_a_life_in_json_leaves_out_what_is_not_known() -> None:
    lives = Registry.of(Lifecycle()).at(date(2026, 11, 24))
    assert life(lives["v7"]) == {
        "state": "ending",
        "deprecated": "2025-01-31",
        "successor": "v8",
        "because": lives["v7"].because,
        "source": lives["v7"].source,
        "estimated": ["deprecated"],
    }
    assert life(lives["v8"])["daysLeft"] == -297
    for stage in lives.values():
        assert life(stage).keys() <= SCHEMA["properties"].keys()
        assert life(stage).keys() >= set(SCHEMA["required"])
