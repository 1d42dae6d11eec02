"""The consumers' own file: TOML with `[[consumers]]`, read as a whole or not at all."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway import validation
from gateway.consumers.model import Consumer
from gateway.consumers.unique import twice
from gateway.errors import Fault

Tree = dict[str, Any]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    consumers: tuple[Consumer, ...] = Field(default=(), description="The consumers.")


class FileRefused(Exception):
    """A file that cannot be used; `faults` holds every problem that was found."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} problem(s) in the file of consumers")
        self.faults = faults


def content(path: Path) -> bytes:
    """What the file holds, nothing where there is none; raises FileRefused."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError:
        raise FileRefused((Fault(str(path), "a file that can be read"),)) from None


def consumers(path: Path, held: bytes, inline: Sequence[Any]) -> tuple[Consumer, ...]:
    """The consumers that a content holds; raises FileRefused with every problem.

    `inline` are those of the settings, as trees or as models: no two of all may share what only one can have.
    """
    try:
        tree = tomllib.loads(held.decode())
    except (ValueError, RecursionError):  # a UnicodeDecodeError and a TOMLDecodeError are ValueErrors
        raise FileRefused((Fault(str(path), "TOML in UTF-8"),)) from None
    before = f"{path}: "
    faults: list[Fault] = []
    found: tuple[Consumer, ...] = ()
    try:
        found = _File.model_validate(tree).consumers
    except ValidationError as error:
        faults += validation.faults(error, before)
    listed = tree.get("consumers")
    placed = [
        (f"{before}consumers.{index}", one) for index, one in enumerate(listed if isinstance(listed, list) else ())
    ]
    # What is twice within the settings has its own error.
    known = [("", one.model_dump(exclude_none=True) if isinstance(one, Consumer) else one) for one in inline]
    faults += [fault for fault in twice([*known, *placed]) if fault.path.startswith(before)]
    if faults:
        raise FileRefused(tuple(faults))
    return found


def everybody(inline: Sequence[Consumer], path: Path | None) -> tuple[Consumer, ...]:
    """The consumers of the settings and those of their own file, if there is one; raises FileRefused."""
    return tuple(inline) if path is None else (*inline, *consumers(path, content(path), inline))
