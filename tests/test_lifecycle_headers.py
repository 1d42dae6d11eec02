"""What an answer says of a version that is leaving: three header fields, or a SOAP header block."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

import pytest
from lxml import etree

from gateway.envelope import envelope, open_envelope
from gateway.lifecycle.headers import LIFECYCLE, foremost, headers, http_date, soap_block, structured_date
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.rule import Release, Stage, stages
from gateway.lifecycle.settings import Lifecycle
from tests.service.running import house

PATH = "/v1/versioner"
V9, V10 = date(2025, 1, 31), date(2027, 1, 15)
LINK = '</v1/versioner>; rel="deprecation"; type="application/json"'
SUNSET = '</v1/versioner>; rel="sunset"; type="application/json"'


def test_the_formats_are_those_of_the_rfcs_own_examples() -> None:
    # RFC 9745, section 2.1 and 4: deprecated on Friday, June 30, 2023 at 23:59:59 UTC, sunset a year later.
    assert structured_date(datetime(2023, 6, 30, 23, 59, 59, tzinfo=UTC)) == "@1688169599"
    assert http_date(datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC)) == "Sun, 30 Jun 2024 23:59:59 GMT"
    # RFC 8594, section 3, has a Saturday that was a Monday: its moment is the same.
    moment = parsedate_to_datetime("Sat, 31 Dec 2018 23:59:59 GMT")
    assert http_date(moment) == "Mon, 31 Dec 2018 23:59:59 GMT"


def of(day: date, **v9: object) -> Stage:
    lives = stages([Release("v9", V9, **v9), Release("v10", V10)], day, 183)  # type: ignore[arg-type]
    return lives["v9"]


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2026, 1, 1), date(2027, 2, 1)])
def test_a_version_that_stays_says_nothing(day: date) -> None:
    assert of(day).state in {"coming", "current", "previous"}
    assert headers(of(day), PATH) == {}
    assert soap_block([of(day)]) == ""


@pytest.mark.parametrize("day", [date(2027, 8, 1), date(2028, 1, 15), date(2030, 1, 1)])
def test_a_version_that_leaves_says_since_when_until_when_and_where_to_read(day: date) -> None:
    # Both days begin at midnight in Stockholm, an hour before they do in UTC in January.
    assert headers(of(day), PATH) == {
        "Deprecation": f"@{int(datetime(2027, 1, 14, 23, tzinfo=UTC).timestamp())}",
        "Sunset": "Fri, 14 Jan 2028 23:00:00 GMT",
        "Link": f"{LINK}, {SUNSET}",
    }


def test_a_day_in_summer_begins_two_hours_earlier() -> None:
    assert headers(of(date(2027, 6, 1), ends=date(2027, 7, 1)), PATH)["Sunset"] == "Wed, 30 Jun 2027 22:00:00 GMT"


def test_an_end_that_nobody_knows_is_not_said() -> None:
    lives = Registry.of(Lifecycle()).at(date(2026, 11, 24))
    assert headers(lives["v7"], PATH) == {
        "Deprecation": f"@{int(datetime(2025, 1, 30, 23, tzinfo=UTC).timestamp())}",
        "Link": LINK,
    }


def test_the_end_is_never_before_the_deprecation() -> None:
    said = headers(of(date(2026, 10, 1), ends=date(2026, 12, 1)), PATH)
    deprecated = datetime.fromtimestamp(int(said["Deprecation"].removeprefix("@")), UTC)
    assert deprecated == parsedate_to_datetime(said["Sunset"]) == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_an_end_without_a_successor_has_no_deprecation() -> None:
    (stage,) = stages([Release("v9", V9, date(2027, 1, 1))], date(2026, 12, 1), 183).values()
    assert headers(stage, PATH).keys() == {"Sunset", "Link"}


def test_the_successors_address_is_linked_where_there_is_one() -> None:
    link = headers(of(date(2028, 1, 1)), PATH, "/rest/v10/fraga")["Link"]
    assert link == f'{LINK}, {SUNSET}, </rest/v10/fraga>; rel="successor-version"'


def test_the_block_says_the_same_in_an_envelope() -> None:
    lives = Registry.of(Lifecycle()).at(date(2026, 11, 24))
    opened = open_envelope(envelope("<a/>", soap_block([lives["v7"], lives["v8"], lives["v9"]])), 10_000)
    (block,) = opened.headers  # nothing that must be understood: it would have been refused
    assert block.tag == f"{{{LIFECYCLE}}}livscykel"
    assert [(etree.QName(each).localname, dict(each.attrib)) for each in block] == [
        ("version", {"name": "v7", "state": "ending", "deprecated": "2025-01-31", "successor": "v8"}),
        (
            "version",
            {
                "name": "v8",
                "state": "ended",
                "deprecated": "2025-01-31",
                "ends": "2026-01-31",
                "daysLeft": "-297",
                "successor": "v9",
            },
        ),
    ]


def test_of_several_the_first_to_end_is_spoken_of() -> None:
    lives = Registry.of(Lifecycle()).at(date(2026, 11, 24))
    assert foremost(lives[each] for each in ("v9", "v7", "v8", "v5")) == lives["v8"]
    assert foremost(lives[each] for each in ("v9", "v7", "v5")) == lives["v5"]
    assert foremost([lives["v9"]]) is None


def test_the_list_of_versions_has_their_lives() -> None:
    with house(lifecycle={"versions": {"v9": {"ends": "2099-03-01", "source": "a letter"}}}) as found:
        listed = {one["version"]: one["livscykel"] for one in found.get(PATH).tree["versioner"]}
    assert listed["v9"]["ends"] == "2099-03-01"
    assert listed["v9"]["state"] == "current"
    assert listed["v9"]["daysLeft"] > 0
    assert listed["v9"]["because"] == "2099-03-01 is set: a letter"
    assert listed["v7"]["state"] == "ending"
    assert "ends" not in listed["v7"]
