"""What can be set about the facts that are kept of questions that failed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SupportSettings(BaseModel):
    """How long, and how much."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    keep_days: int = Field(
        default=14, ge=0, description="Days for which the facts of a failed question are kept; 0 keeps none."
    )
    keep_files: int = Field(default=1000, gt=0, description="How many failed questions are kept; the oldest go first.")
