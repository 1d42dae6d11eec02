"""Files that hold a person's data."""

from __future__ import annotations

import os
from pathlib import Path

import typer


def write_private(file: Path, text: str) -> None:
    """Writes a file that its owner alone can read, in place of one that is there; a usage error where it cannot be."""
    try:
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as out:
            out.write(text)
    except OSError:
        raise typer.BadParameter("expected a file that can be written", param_hint="--output") from None
