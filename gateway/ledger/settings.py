"""What can be set about the disclosure ledger."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class LedgerSettings(BaseModel):
    """Where the ledger is kept, and with which keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str | None = Field(
        default=None,
        repr=False,  # it can hold a password
        description="Database: sqlite:///path or postgresql://…; a SQLite file in the state folder when left out.",
    )
    key_file: Path | None = Field(
        default=None, description="File with the ledger's keys; `ledger.keys` in the state folder when left out."
    )
