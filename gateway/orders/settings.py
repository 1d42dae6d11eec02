"""What can be set about orders; how fast an upstream is asked is set with the upstream."""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_HERE = ZoneInfo("Europe/Stockholm")

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(BaseModel):
    """Days and hours in which orders are worked at."""

    model_config = _PART

    days: frozenset[Day] = Field(default=frozenset(_DAYS), description="Days of the week; all when left out.")
    begin: time = Field(default=time(0), description="From when on, in Stockholm's time.")
    end: time = Field(default=time.max, description="Until when, in Stockholm's time.")

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.end <= self.begin:
            raise ValueError("expected an end after the beginning; a night is two entries")
        return self


class OrderSettings(BaseModel):
    """How orders are worked at and kept."""

    model_config = _PART

    in_process: bool = Field(
        default=True, description="Whether `lefi serve` works at orders itself, beside any `lefi worker`."
    )
    hours: tuple[Hours, ...] = Field(default=(), description="When orders are worked at; always when left out.")
    max_persons: int = Field(default=1_000_000, gt=0, description="Most persons of one order.")
    body_seconds: float = Field(default=600, gt=0, description="Longest time for a caller to send an order.")
    dead_seconds: float = Field(
        default=10,
        ge=2,
        description="How long a worker may say nothing before what it had in hand is let go of, and a gateway that "
        "reads an order before its `Idempotency-Key` is free again.",
    )
    keep_days: int = Field(
        default=30, ge=1, description="Days for which an order's persons and results are kept once it has ended."
    )

    def open_at(self, now: datetime) -> bool:
        """Whether orders are worked at then."""
        here = now.astimezone(_HERE)
        return not self.hours or any(
            _DAYS[here.weekday()] in one.days and one.begin <= here.time() < one.end for one in self.hours
        )
