"""What can be set about comparing answers."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ComparisonSettings(BaseModel):
    """Which differences are accepted, and what is kept of pairs of answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rules: Path | None = Field(
        default=None, description="TOML file with the rules that accept differences; taken up when it changes."
    )
    keep_days: int = Field(default=180, ge=1, description="Days for which compared pairs are kept.")
    keep_values: bool = Field(
        default=False,
        description="Whether the values that differ are kept, encrypted: they are persons' data. Without it, places, "
        "kinds, classes and keyed hashes are.",
    )
