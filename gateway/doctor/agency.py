"""What Försäkringskassan publishes about its own hosts, and wants of whoever connects to them.

Source: its page about connecting to LEFI Online, as DOMAIN.md section 2 of the project has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Environment = Literal["production", "test"]


@dataclass(frozen=True, slots=True)
class Published:
    """A host of the agency's."""

    environment: Environment
    address: str


HOSTS: Mapping[str, Published] = {
    "fmansinfo.forsakringskassan.se": Published("production", "194.71.65.44"),
    "shsext.forsakringskassan.se": Published("test", "194.71.80.30"),
}

AUTHORITIES: Mapping[str, str] = {
    "expisoft": "Expisoft",
    "expitrust": "Expisoft",  # what its authorities are called
    "steria": "Expisoft",  # what it was called before
    "siths": "SITHS",
}
"""Whose client certificates are taken, by words of their authorities' names."""


def host(name: str) -> Published | None:
    """What is published of a host; None for one that is not the agency's."""
    return HOSTS.get(name.lower().rstrip("."))


def authority(issuer: str) -> str | None:
    """Which of the authorities that the agency takes a name is of; None for any other."""
    return next((name for word, name in AUTHORITIES.items() if word in issuer.lower()), None)
