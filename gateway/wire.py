"""HTTP messages as values, for code that does no I/O; a body never shows in a repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it stands on the wire; `path` is raw (percent-encoded), header names are lower case.

    `repeated` is what an answer to it must repeat, where its envelope has such a thing.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    repeated: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it stands on the wire; header names are lower case.

    `repeats` is what it must repeat of the question, which stands in the question and is handed on by whoever sent it.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    repeats: str = field(default="", repr=False)
