"""The dates of the versions as a calendar file (RFC 5545), for whoever plans the moves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from gateway.lifecycle.rule import Fact, Stage

_REMINDERS = {"released": (30, 7), "ends": (180, 90, 30, 7)}
"""How many days before a release, and before an end, a calendar reminds."""


def calendar(stages: Iterable[Stage], day: date, now: datetime) -> bytes:
    """A calendar with every release and end that is known; those after `day` with reminders.

    An event keeps its identity when its date changes, so that a calendar that reads the file again moves it.
    """
    made = Calendar()
    made.add("prodid", "-//lefi-gateway//versions of LEFI//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "Versions of LEFI")
    for stage in stages:
        if stage.released is not None:
            made.add_component(_event(stage, "released", stage.released, now, remind=stage.released > day))
        if stage.ends is not None:
            made.add_component(_event(stage, "ends", stage.ends, now, remind=stage.ends > day))
    written: bytes = made.to_ical()
    return written


def _event(stage: Stage, fact: Fact, when: date, now: datetime, *, remind: bool) -> Event:
    guess = fact in stage.estimated
    what = "is released" if fact == "released" else "no longer answers"
    event = Event()
    event.add("uid", f"{stage.version}-{fact}@lefi-gateway")
    event.add("dtstamp", now)
    event.add("dtstart", when)
    event.add("summary", f"LEFI {stage.version} {what}{' (a guess)' if guess else ''}")
    event.add("description", stage.source if fact == "released" else stage.because)
    event.add("status", "TENTATIVE" if guess else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if remind:
        for days in _REMINDERS[fact]:
            event.add_component(_alarm(f"LEFI {stage.version} {what} in {days} days", days))
    return event


def _alarm(text: str, days: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", timedelta(days=-days))
    return alarm
