"""Where the commands print: as wide as the terminal is, wide enough for tables where there is none."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.text import Text

_WIDTH = 120


def console(*, stderr: bool = False) -> Console:
    """A console of now: tests and pipes exchange the streams."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


def clean(value: object) -> str:
    """A value as text that cannot steer the terminal: what is not printable becomes a question mark."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(value))


def plain(value: object, style: str = "") -> Text:
    """A value as text without any meaning beyond its characters."""
    return Text(clean(value), style=style)
