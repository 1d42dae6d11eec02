"""What can be set about the disclosure ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class LedgerSettings(BaseModel):
    """Where the ledger is kept, and with which keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, StringConstraints(pattern=r"^(sqlite:///[^:]|postgres(ql)?(\+psycopg)?://)")] | None = Field(
        default=None,
        repr=False,  # it can hold a password
        description="Database: sqlite:///path or postgresql://…; a SQLite file in the state folder when left out.",
    )
    keep_years: int = Field(
        default=5, ge=1, le=100, description="How long a row's content is kept before `lefi ledger purge` removes it."
    )
    key_file: Path | None = Field(
        default=None, description="File with the ledger's keys; `ledger.keys` in the state folder when left out."
    )
