"""Paths as they are shown: canonical JSON pointers, and places in a source's own message.

A step's name that a stranger may have chosen is shown only when it is plain (see gateway.notes).
"""

from __future__ import annotations

from functools import lru_cache

from gateway.comparison.carry import Version
from gateway.comparison.located import Locator
from gateway.comparison.walk import Steps
from gateway.notes import step_name

_name = lru_cache(maxsize=4096)(step_name)


def pointer(path: Steps) -> str:
    """The JSON pointer (RFC 6901) of a place."""
    return "/" + "/".join([_name(step) for step in path]) if path else ""


def pattern(path: Steps) -> str:
    """The same with a star for every place in a list."""
    return "/" + "/".join(["*" if type(step) is int else _name(step) for step in path]) if path else ""


def xpath(path: Steps) -> str:
    """The XPath of a place from the answer's element on, by local names; places in lists count from one."""
    return "." + "".join([f"[{step + 1}]" if type(step) is int else "/" + _name(step) for step in path])


def source(spoken: Version, locator: Locator, path: Steps) -> str:
    """Where a canonical place stood in the message of the version: a JSON pointer, or an XPath."""
    wire = locator.locate(path).wire
    return xpath(wire) if spoken.xml else pointer(wire)
