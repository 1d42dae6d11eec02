"""`lefi versions`: the timeline that a person reads, and the calendar file."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.cli.running import here

AS_ON = ("versions", "--date", "2026-11-24")
SET = """
[lifecycle.versions]
v7 = { ends = "2027-03-01", source = "a letter of the agency, with a word; and a line that is longer than one line" }
v10 = { released = "2027-01-15", source = "the agency's plan" }
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(SET, encoding="utf-8")
    return file


def bars(out: str) -> dict[str, str]:
    """The bar of each version, from the place where the years begin."""
    lines = out.splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith("Their lives"))
    end = next(index for index, line in enumerate(lines) if "█ current" in line)
    return {line.split()[0]: line for line in lines[begin:end] if re.match(r"v[0-9]+ ", line)}


def row(out: str, version: str, *, of: str = "released") -> str:
    """The version's row in the table that has that column."""
    lines = out.splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith("version ") and of in line)
    return next(line for line in lines[begin:] if line.startswith(f"{version} "))


def test_every_version_has_its_dates_and_says_what_is_a_guess() -> None:
    out = here(*AS_ON).out
    assert row(out, "v3").split()[1:4] == ["ended", "2016-11-13", "2018-12-31"]
    assert "about 2019-08-23 (a guess)" in row(out, "v6")
    assert re.search(r"ending +not known +not known +reconstructed", row(out, "v7"))
    assert "not spoken here" in row(out, "v8")
    assert re.search(r"current +about 2025-01-31 \(a guess\) +not known +official", row(out, "v9"))
    assert "v9 released  about 2025-01-31 (a guess): January 2025 at the latest" in out
    assert "v7 ends      no end is known: the agency publishes none" in out
    assert "asks and answers" in row(out, "v9", of="roles"), "what was there before is there still"


def test_the_bars_stand_under_their_years_and_today_is_marked() -> None:
    out = here(*AS_ON).out
    found = bars(out)
    years = next(line for line in out.splitlines() if re.match(r" +2016  2017", line))
    today = next(line for line in out.splitlines() if "2026-11-24 ▼" in line)
    column = today.index("▼")
    assert years.index("2026") < column < years.index("2027")
    assert found["v9"][column] == "█"
    assert found["v9"].index("█") == years.index("2025")
    assert found["v7"][column] == "▒"
    assert len(found["v3"]) < column, "it has ended"
    assert found["v8"][years.index("2020") : years.index("2024")].strip("?") == "", "its release is not known"
    assert found["v8"][years.index("2018")] == " ", "it cannot be out before version 6 is"
    assert found["v8"][years.index("2025")] == "▓"


def test_a_day_is_as_it_was_on_that_day() -> None:
    out = here("versions", "--date", "2018-10-01").out
    assert row(out, "v4").split()[1] == "current"
    assert re.search(r"ending +2016-11-13 +2018-12-31 +91 ", row(out, "v3"))


def test_the_dates_of_the_settings_are_shown(config: Path) -> None:
    out = here(*AS_ON, "--config", config).out
    assert re.search(r"ending +not known +2027-03-01 +97 ", row(out, "v7"))
    assert "v7 ends      2027-03-01: 2027-03-01 is set: a letter of the agency" in out
    assert row(out, "v10").split()[1:3] == ["coming", "2027-01-15"]
    assert row(out, "v9").split()[-3:] == ["2028-01-15", "417", "official"]
    years = next(line for line in out.splitlines() if re.match(r" +2016", line))
    assert "2028" in years, "the future is shown as far as dates are known"
    assert bars(out)["v10"].index("█") in range(years.index("2027"), years.index("2028"))


def test_a_day_at_the_very_beginning_is_marked_too() -> None:
    lines = here("versions", "--date", "2016-01-01").out.splitlines()
    assert lines[lines.index(next(each for each in lines if "  2016  " in each)) + 1] == "      ▼ 2016-01-01"


@pytest.mark.parametrize("width", ["40", "72", "80", "200"])
def test_it_fits_whatever_there_is(width: str) -> None:
    out = here(*AS_ON, env={"COLUMNS": width}).out
    found = bars(out)
    assert found.keys() >= {"v3", "v9"}
    assert all(len(line) <= int(width) for line in out.splitlines())


def test_a_date_far_off_does_not_stretch_the_years(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('[lifecycle.versions.v9]\nends = "2399-01-01"\n', encoding="utf-8")
    out = here(*AS_ON, "--config", file).out
    assert "2399-01-01" in row(out, "v9")
    assert len(bars(out)["v9"]) < 100


@pytest.mark.parametrize(
    "arguments",
    [
        ("v9", "--date", "2026-11-24"),
        ("v9", "--ics"),
        ("--output", "x.ics"),
        ("--date", "24/11/2026"),
        ("--config", "missing.toml"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert here("versions", *arguments).status == 2


def test_settings_that_cannot_be_are_said(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('[lifecycle.versions.v9]\nreleased = "2001-01-01"\n', encoding="utf-8")
    done = here("versions", "--config", file)
    assert done.status == 2
    assert "lifecycle.versions.v9.released: expected a day not before the release of v6" in done.err
    assert "2001" not in done.err


def events(text: str) -> dict[str, Any]:
    return {str(each["uid"]): each for each in Calendar.from_ical(text).walk("VEVENT")}


def test_the_calendar_has_the_dates_with_reminders_before_those_to_come(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "lefi.ics"
    done = here(*AS_ON, "--config", config, "--ics", "--output", file)
    assert (done.status, done.out) == (0, "")
    found = events(file.read_text(encoding="utf-8"))
    end = found["v7-ends@lefi-gateway"]
    assert end["dtstart"].dt == date(2027, 3, 1)
    assert end["summary"] == "LEFI v7 no longer answers"
    assert end["description"].startswith("2027-03-01 is set: a letter of the agency, with a word; and")
    assert sorted(each["trigger"].dt for each in end.walk("VALARM")) == [
        timedelta(days=-days) for days in (180, 90, 30, 7)
    ]
    assert {str(each["action"]) for each in end.walk("VALARM")} == {"DISPLAY"}
    assert len(found["v10-released@lefi-gateway"].walk("VALARM")) == 2
    assert found["v3-ends@lefi-gateway"].walk("VALARM") == [], "nobody is reminded of what is over"
    assert found["v6-released@lefi-gateway"]["status"] == "TENTATIVE"
    assert found["v6-released@lefi-gateway"]["summary"].endswith("(a guess)")
    assert "v6-ends@lefi-gateway" not in found, "no end is known"
    assert "v8-released@lefi-gateway" not in found


def test_an_event_keeps_its_identity_when_its_date_moves(config: Path) -> None:
    before = events(here(*AS_ON, "--config", config, "--ics").out)
    config.write_text(SET.replace("2027-03-01", "2027-04-01"), encoding="utf-8")
    after = events(here(*AS_ON, "--config", config, "--ics").out)
    assert before.keys() == after.keys()
    assert after["v7-ends@lefi-gateway"]["dtstart"].dt == date(2027, 4, 1)


def test_the_file_keeps_the_rules_of_rfc_5545(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "lefi.ics"
    here(*AS_ON, "--config", config, "--ics", "--output", file)
    content = file.read_bytes()
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")[:-1]
    assert all(len(line) <= 75 for line in lines), "section 3.1: no line is longer than 75 octets"
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    text = content.replace(b"\r\n ", b"").decode()
    whole = text.split("\r\n")
    assert whole[0] == "BEGIN:VCALENDAR"
    assert whole.count("VERSION:2.0") == 1
    assert sum(line.startswith("PRODID:") for line in whole) == 1
    assert r"a letter of the agency\, with a word\; and a line" in text, "section 3.3.11"
    depth: list[str] = []
    for line in whole[:-1]:
        name, _, value = line.partition(":")
        assert re.fullmatch(r"[A-Z-]+(;[A-Z-]+=[^;:]+)*", name), "section 3.1: a name, parameters"
        if name == "BEGIN":
            depth.append(value)
        elif name == "END":
            assert depth.pop() == value
    assert depth == []
    for block in text.split("BEGIN:VEVENT")[1:]:
        for required in ("UID:", "DTSTAMP:", "DTSTART;VALUE=DATE:"):  # section 3.6.1
            assert sum(line.startswith(required) for line in block.split("\r\n")) == 1
