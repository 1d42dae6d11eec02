"""What persons are told apart by: coarse bands, and few persons never counted out."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.evidence.strata import DIVISIONS, Division, can_be, of_question, period_band, shown

DAY = date(2026, 1, 1)
QUESTION = {"personnummer": "198504129803", "period": {"from": "2025-01-01", "tom": "2025-12-31"}}


@pytest.mark.parametrize(
    ("last", "band"),
    [
        ("2025-01-01", "month"),
        ("2025-01-31", "month"),
        ("2025-02-01", "quarter"),
        ("2025-04-03", "year"),
        ("2025-12-31", "year"),
        ("2026-12-31", "two years"),
        ("2027-01-02", "longer"),
    ],
)
def test_period_bands(last: str, band: str) -> None:
    assert period_band(date(2025, 1, 1), date.fromisoformat(last)) == band


@pytest.mark.parametrize(
    ("group", "kept"),
    [
        ("", ""),
        ("Försörjningsstöd 2", "Försörjningsstöd 2"),
        ("enhet/öst", "enhet/öst"),
        ("198504129803", "other"),
        ("ärende 850412-9803", "other"),
        ("x" * 33, "other"),
        ("a\nb", "other"),
    ],
)
def test_a_group_is_kept_where_it_can_be_no_ones_number(group: str, kept: str) -> None:
    assert of_question(QUESTION, DAY, group) == {"age_band": "40-49", "period_band": "year", "caller_group": kept}


@pytest.mark.parametrize(
    ("persons", "said"),
    [
        ({"20-29": 7, "75-": 5}, {"20-29": 7, "75-": 5}),
        ({"20-29": 3, "75-": 1, "40-49": 9}, {"20-29": "<5", "40-49": 9, "75-": "<5"}),
        ({"20-29": 30, "75-": 1, "40-49": 9}, {"20-29": 30, "40-49": "withheld", "75-": "<5"}),
        ({"75-": 4}, {"75-": "<5"}),
    ],
)
def test_few_are_not_counted_out_nor_to_be_computed_from_the_rest(
    persons: dict[str, int], said: dict[str, object]
) -> None:
    assert shown("age", Counter(persons)) == said


def test_groups_of_few_have_no_name() -> None:
    persons = Counter({"Anna": 1, "Bo": 2, "north": 12, "south": 20, "unknown": 3})
    assert shown("group", persons) == {"north": 12, "other": "<5", "south": 20, "unknown": "<5"}


@given(st.sampled_from(DIVISIONS), st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 40), min_size=1))
def test_what_is_shown_adds_up_and_leaves_more_than_one_answer_where_few_are_hidden(
    division: Division, persons: dict[str, int]
) -> None:
    total = sum(persons.values())
    said = shown(division, Counter(persons))
    assert can_be(said.values(), total)
    assert not can_be([*said.values(), total + 5], total)
    hidden = [one for one in said.values() if not isinstance(one, int)]
    assert len(hidden) != 1 or len(said) == 1
