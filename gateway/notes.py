"""Remarks made while a message is translated: where, of what kind, and what was expected; never the value.

A path is built only when there is something to say: while walking it is a chain of (parent, step) pairs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

OKANT_FALT = "okant_falt"
OKAND_KOD = "okand_kod"
FEL_FORM = "fel_form"
SAKNAS = "saknas"
FORLORAD = "forlorad"
BORTVALD = "bortvald"

MOST = 1000
"""The largest number of remarks that are kept about one message."""

Path = tuple[Any, ...] | None
"""A chain: (parent, step), or None at the root."""

_PLAIN_NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_:.-]{0,63}")
_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Note:
    """One remark; `path` is a JSON pointer (RFC 6901)."""

    path: str
    kind: str
    text: str

    def tree(self) -> dict[str, str]:
        """As it stands in the answer's `anmarkningar`."""
        return {"vag": self.path, "slag": self.kind, "text": self.text}


def step_name(step: Any) -> str:
    """A step as it may be shown: a field's name can be chosen by a stranger and hold anything."""
    if type(step) is int:
        return str(step)
    name = str(step)
    return name if _PLAIN_NAME.fullmatch(name) and not _DIGITS.search(name) else "?"


def pointer(path: Path, *steps: Any) -> str:
    """The JSON pointer of a path."""
    names = [step_name(step) for step in reversed(steps)]
    while path is not None:
        parent, step = path
        names.append(step_name(step))
        path = parent
    return "".join("/" + name for name in reversed(names))


class Reading:
    """What a message is read with: the remarks so far, and the date that ten-digit numbers are read by."""

    __slots__ = ("notes", "today")

    def __init__(self, today: date) -> None:
        self.notes: list[Note] = []
        self.today = today

    def note(self, note: Note) -> None:
        """Keeps a remark; past a thousand only that there are more, so that no message costs more than it weighs."""
        if len(self.notes) < MOST:
            self.notes.append(note)
        elif len(self.notes) == MOST:
            self.notes.append(Note("", FEL_FORM, f"expected a message with fewer than {MOST} things to remark"))

    def misfit(self, out: dict[str, Any], path: Path, steps: tuple[Any, ...], value: Any, expected: str) -> None:
        """Notes a value of the wrong shape and keeps it beside its parent."""
        self.note(Note(pointer(path, *steps), FEL_FORM, f"expected {expected}"))
        if value is not None:
            keep(out, steps, value)

    def unknown(self, out: dict[str, Any], path: Path, steps: tuple[Any, ...], value: Any) -> None:
        """Notes a field that the contract does not declare and keeps it beside its parent."""
        self.note(Note(pointer(path, *steps), OKANT_FALT, "the contract declares no such field"))
        keep(out, steps, value)

    def undeclared(self, path: Path, steps: tuple[Any, ...], reason: str) -> None:
        """Notes a fact that was read though the contract does not declare it."""
        self.note(Note(pointer(path, *steps), OKANT_FALT, reason))

    def lenient(self, path: Path, steps: tuple[Any, ...], expected: str) -> None:
        """Notes a value that was read though it is not of the declared shape."""
        self.note(Note(pointer(path, *steps), FEL_FORM, f"expected {expected}"))

    def new_code(self, path: Path, steps: tuple[Any, ...]) -> None:
        """Notes a code that is not in the published list; it is passed through."""
        self.note(Note(pointer(path, *steps), OKAND_KOD, "the code is not in the published list"))

    def missing(self, path: Path, steps: tuple[Any, ...]) -> None:
        """Notes a field that the contract requires and the message lacks."""
        self.note(Note(pointer(path, *steps), SAKNAS, "the contract requires the field"))


class Writing:
    """What a message is written with; with `restore`, what its own version could not place is put back."""

    __slots__ = ("notes", "restore")

    def __init__(self, *, restore: bool = False) -> None:
        self.notes: list[Note] = []
        self.restore = restore

    def lost(self, path: Path, fact: Any, reason: str) -> None:
        """Notes a fact that the version has no place for."""
        self.notes.append(Note(pointer(path, fact), FORLORAD, reason))


class Unremarked(Writing):
    """The same where nobody reads the remarks: none is made, and no path is built."""

    __slots__ = ()

    def lost(self, path: Path, fact: Any, reason: str) -> None:
        """Leaves it at that."""


def keep(out: dict[str, Any], steps: tuple[Any, ...], value: Any) -> None:
    """Stores a value under `okant`, nested as it was on the wire; list positions are written as `name[0]`."""
    names: list[str] = []
    for step in steps:
        if type(step) is int:
            names[-1] += f"[{step}]"
        else:
            names.append(step)
    place = out.setdefault("okant", {})
    for name in names[:-1]:
        place = place.setdefault(name, {})
    place[names[-1]] = value
