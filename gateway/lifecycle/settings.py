"""What can be set about the life of versions: dates over those that are shipped, and when the end counts as near."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

VersionName = Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]{0,2}$")]


class Dates(BaseModel):
    """The dates of one version; what is given here takes the place of what is shipped and of the rule."""

    model_config = _PART

    released: date | None = Field(default=None, description="The day on which the version is or was released.")
    ends: date | Literal["unknown"] | None = Field(
        default=None,
        description="The first day on which the version no longer answers, in place of the rule's; `unknown` says that "
        "no such day is known, whatever the rule says.",
    )
    source: str = Field(default="", description="Who said so, and where.")


class Lifecycle(BaseModel):
    """When versions come and go."""

    model_config = _PART

    notice_days: int = Field(
        default=183, ge=0, description="How many days before its end a version counts as ending rather than previous."
    )
    versions: dict[VersionName, Dates] = Field(default_factory=dict, description="Dates, by version.")
