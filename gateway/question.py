"""What a question must be beside having the right form: about somebody, about some time, about something."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from personnummer import personnummer

from gateway.errors import Fault, InvalidRequest, Unprocessable
from schemas.koder import KLASSENS_TYPER

MAX_YEARS = 2


def check(fraga: dict[str, Any], *, longer_periods: Collection[str] = ()) -> None:
    """Raises Unprocessable with every reason why a well-formed question cannot be asked.

    A period may be longer than two years when every asked information type has an agreed exception
    (`longer_periods`). Source of the rules: the v9 contract's text on the question.
    """
    asked = fraga.get("informationstyper", ())
    if not asked:
        raise InvalidRequest("", faults=(Fault("", "at least one information type"),))
    faults = [
        Fault(f"/informationstyper/{index}/informationstyp", "an information type of that class")
        for index, one in enumerate(asked)
        if one["informationstyp"] not in KLASSENS_TYPER[one["klass"]]
    ]
    if not personnummer.valid(fraga["personnummer"]):
        faults.append(Fault("/personnummer", "a personnummer or samordningsnummer that exists by date and check digit"))
    first, last = date.fromisoformat(fraga["period"]["from"]), date.fromisoformat(fraga["period"]["tom"])
    if last < first:
        faults.append(Fault("/period/tom", "a day that is not before the period's first"))
    elif last > _years_after(first) and any(one["informationstyp"] not in longer_periods for one in asked):
        faults.append(Fault("/period", f"at most {MAX_YEARS} years, unless every type has an agreed exception"))
    if faults:
        raise Unprocessable("", faults=tuple(faults))


def _years_after(day: date) -> date:
    """The same day two years on; 29 February becomes 28 February; the calendar's end is the last day there is."""
    if day.year + MAX_YEARS > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + MAX_YEARS)
    except ValueError:
        return day.replace(year=day.year + MAX_YEARS, day=28)
