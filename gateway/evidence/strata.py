"""What persons are told apart by beside their answers: coarse bands, kept with every pair and counted in evidence.

Rule 1: nothing finer is kept than is needed to see whether a sample is one-sided: a band of age, a band of how long a
        period was asked for, and the caller's own group where that is a name.
Rule 2: fewer than five persons are said as `<5`, since one of them could be known. Where that is one part alone, the
        next smallest is withheld too: else the rest would tell the number. Groups of so few are `other`, without name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, get_args

Division = Literal["age", "period", "group"]
DIVISIONS: tuple[Division, ...] = get_args(Division)
Said = int | Literal["<5", "withheld"]
"""A number of persons, as it is shown."""

COLUMNS: Mapping[Division, str] = {"age": "age_band", "period": "period_band", "group": "caller_group"}

FEW = 5
UNKNOWN = "unknown"
"""Of pairs that were kept before bands were, and of persons without a group where others have one."""
OTHER = "other"

_BANDS = ((16, "0-15"), (20, "16-19"), (30, "20-29"), (40, "30-39"), (50, "40-49"), (60, "50-59"), (66, "60-65"))
_MIDDLE, _LAST = (75, "66-74"), "75-"
_LENGTHS = ((31, "month"), (92, "quarter"), (366, "year"), (731, "two years"))
_LONGER = "longer"
_GROUP = re.compile(r"(?!.*[0-9]{4})[^\W_][\w .&/-]{0,31}")


def age_band(personnummer: str, day: date) -> str:
    """The age band of a personnummer or samordningsnummer of twelve digits, by its year alone."""
    age = day.year - int(personnummer[:4])
    return next((name for end, name in (*_BANDS, _MIDDLE) if age < end), _LAST)


def period_band(first: date, last: date) -> str:
    """How long a period is, both days included: at most a month, a quarter, a year, two years, or longer."""
    days = (last - first).days + 1
    return next((name for most, name in _LENGTHS if days <= most), _LONGER)


def of_question(fraga: Mapping[str, Any], day: date, group: str = "") -> dict[str, str]:
    """The bands of a question, by the columns in which they are kept; empty for a group that is none.

    A group that could hold a number of somebody's is kept as `other`.
    """
    first, last = (date.fromisoformat(fraga["period"][end]) for end in ("from", "tom"))
    return {
        "age_band": age_band(fraga["personnummer"], day),
        "period_band": period_band(first, last),
        "caller_group": group if not group or _GROUP.fullmatch(group) else OTHER,
    }


def shown(division: Division, persons: Counter[str]) -> dict[str, Said]:
    """Numbers of persons by part as they are shown (Rule 2), in the order of the parts' names."""
    parts: Counter[str] = Counter()
    for name, count in persons.items():
        parts[OTHER if division == "group" and count < FEW and name != UNKNOWN else name] += count
    found: dict[str, Said] = {name: count if count >= FEW else "<5" for name, count in sorted(parts.items())}
    if list(found.values()).count("<5") == 1 and len(found) > 1:
        left = {name: said for name, said in found.items() if isinstance(said, int)}
        found[min(left, key=lambda name: (left[name], name))] = "withheld"
    return found


def can_be(said: Iterable[Said], persons: int) -> bool:
    """Whether the parts can add up to a number of persons, and none is shown that is to be hidden."""
    parts = list(said)
    whole = [one for one in parts if isinstance(one, int)]
    few, withheld = parts.count("<5"), parts.count("withheld")
    least = sum(whole) + few + FEW * withheld
    most = persons if withheld else sum(whole) + (FEW - 1) * few
    return all(one >= FEW for one in whole) and least <= persons <= most
