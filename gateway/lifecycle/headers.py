"""How an answer says that a version it used or was asked in is on its way out: HTTP header fields, a SOAP header block.

Deprecation is RFC 9745, Sunset RFC 8594, the relations of Link are theirs and RFC 5829's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.sax.saxutils import quoteattr

from gateway.clock import STOCKHOLM
from gateway.lifecycle.rule import Stage
from gateway.lifecycle.words import life

LIFECYCLE = "urn:lefi-gateway:livscykel:1"
"""The namespace of the header block that says to a SOAP caller what the header fields say."""
_LEAVING = ("ending", "ended")
_ATTRIBUTES = ("name", "state", "deprecated", "ends", "daysLeft", "successor")


def headers(stage: Stage, documentation_path: str, successor_path: str = "") -> dict[str, str]:
    """The header fields for a version that is ending or ended; none for others.

    `successor_path` is where the same can be asked in the successor, if that is another address.
    """
    if stage.state not in _LEAVING:
        return {}
    found = {}
    if stage.deprecated is not None:
        # RFC 9745 section 4: Sunset must not be earlier, as it would be where an end is set before a successor comes.
        found["Deprecation"] = structured_date(_midnight(min(stage.deprecated, stage.ends or stage.deprecated)))
    if stage.ends is not None:
        found["Sunset"] = http_date(_midnight(stage.ends))
    links = [f'<{documentation_path}>; rel="deprecation"; type="application/json"']
    if stage.ends is not None:
        links.append(f'<{documentation_path}>; rel="sunset"; type="application/json"')
    if successor_path:
        links.append(f'<{successor_path}>; rel="successor-version"')
    return {**found, "Link": ", ".join(links)}


def soap_block(stages: Iterable[Stage]) -> str:
    """The versions among these that are ending or ended as a SOAP header block, which nobody must understand.

    Empty where there is none.
    """
    versions = ""
    for stage in stages:
        if stage.state in _LEAVING:
            said = {"name": stage.version, **life(stage)}
            facts = " ".join(f"{name}={quoteattr(str(said[name]))}" for name in _ATTRIBUTES if name in said)
            versions += f"<version {facts}/>"
    return f'<livscykel xmlns="{LIFECYCLE}">{versions}</livscykel>' if versions else ""


def foremost(stages: Iterable[Stage]) -> Stage | None:
    """The one that an answer speaks of where it can speak of one only: the first to end of those that are leaving."""
    leaving = [stage for stage in stages if stage.state in _LEAVING]
    return min(leaving, key=lambda stage: (stage.ends or date.max, stage.deprecated or date.max), default=None)


def structured_date(moment: datetime) -> str:
    """A date of structured fields (RFC 9651): `@` and the seconds since 1970."""
    return f"@{int(moment.timestamp())}"


def http_date(moment: datetime) -> str:
    """An HTTP date in the form that is to be written (RFC 9110, IMF-fixdate)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _midnight(day: date) -> datetime:
    """The moment at which a day begins where the agencies are."""
    return datetime.combine(day, time(), STOCKHOLM)
