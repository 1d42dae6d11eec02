"""The routing file on disk, as `gateway.watched` keeps files: read anew when it changes, the last good one kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from gateway.routing.rules import Rules, read
from gateway.watched import Watched, checked, content, last_good

LAST_GOOD = last_good("routing")


def load(path: Path, versions: Mapping[str, str]) -> Rules:
    """The rules of a file; raises ConfigurationError, each of its places beginning with the file's."""
    return checked(path, content(path), partial(read, versions=versions))


class Routing(Watched[Rules]):
    """The rules that hold, kept up to date while `watch` runs."""

    def __init__(self, path: Path | None, state: Path, versions: Mapping[str, str]) -> None:
        """Reads the file, or the last good one in its place; raises ConfigurationError where neither can be used."""
        super().__init__("routing", path, state, partial(read, versions=dict(versions)), Rules())
