"""What can be set about cutovers: what is asked of a certificate, the steps, and what rolls back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from gateway.cutover.ramp import USUAL, ErrorBudget, Ramp, Step

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StepSettings(BaseModel):
    """One step of a cutover."""

    model_config = _PART

    percent: int = Field(ge=1, le=100, description="The part of the persons that the new version answers about.")
    questions: int = Field(default=0, ge=0, description="Questions to the new version before the next step.")
    pairs: int = Field(default=0, ge=0, description="Compared pairs before the next step.")
    hours: float = Field(default=0, ge=0, description="Hours before the next step.")


class CutoverSettings(BaseModel):
    """How consumers are moved from one version to another."""

    model_config = _PART

    public_key: Path | None = Field(
        default=None, description="Public key (PEM) of whoever signs certificates; without one none is valid."
    )
    rate: float = Field(default=0.01, gt=0, lt=1, description="The rate of disagreement that may be claimed at most.")
    level: float = Field(default=0.95, gt=0, lt=1, description="How sure a claim has to be at least.")
    steps: tuple[StepSettings, ...] = Field(default=(), description="The steps; 1, 5, 25, 50, 100 % when left out.")
    error_share: float = Field(default=0.01, ge=0, lt=1, description="The share of questions that may fail.")
    error_least: int = Field(default=5, ge=1, description="Fewer failures than this break nothing.")
    error_minutes: float = Field(default=60, gt=0, description="Of how many minutes failures are counted.")
    fresh_minutes: float = Field(default=15, gt=0, description="How old the last pair may be to go up on.")
    interval_seconds: float = Field(default=60, gt=0, description="How often a running gateway looks.")

    def ramp(self, rate: float, level: float) -> Ramp:
        """The ramp for a claim; raises ValueError for steps that do not lead to everything."""
        steps = tuple(Step(one.percent, one.questions, one.pairs, one.hours) for one in self.steps) or USUAL
        budget = ErrorBudget(self.error_share, self.error_least)
        return Ramp(rate, level, steps, budget, timedelta(minutes=self.fresh_minutes))
