"""What can be set about the checks of `lefi doctor`: from where on something is too near, too far or too little."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DoctorSettings(BaseModel):
    """Bounds of the checks."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    certificate_days: int = Field(
        default=28, ge=0, description="A certificate that is valid for fewer days than these gets a warning."
    )
    clock_seconds: float = Field(
        default=60, gt=0, description="How far this machine's clock may be from the clock of an upstream, in seconds."
    )
    free_bytes: int = Field(
        default=1024**3, ge=0, description="Free space that the disk with the state folder must have, in bytes."
    )
