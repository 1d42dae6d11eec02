"""What can be set about sharing: what is kept in the database for all gateways, and not in a file of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import Fault

if TYPE_CHECKING:
    from gateway.settings import Settings


class SharedSettings(BaseModel):
    """What every gateway and worker on one database takes from there."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    routing: bool = Field(
        default=False, description="Routing rules are those that `lefi routes publish` put into the database."
    )
    rules: bool = Field(
        default=False, description="Rules that accept differences are those that `lefi rules publish` put there."
    )


def conflicts(settings: Settings) -> Iterator[Fault]:
    """What is kept in two places at once, and what is to be shared in a database that nobody shares."""
    over_network = settings.ledger.url is not None and not settings.ledger.url.startswith("sqlite")
    for name, shared, place, file in (
        ("routing", settings.shared.routing, "routing", settings.routing),
        ("rules", settings.shared.rules, "comparison.rules", settings.comparison.rules),
    ):
        if shared and not over_network:
            yield Fault(f"shared.{name}", "ledger.url with postgresql://…, a database that several machines can share")
        if shared and file is not None:
            yield Fault(place, f"no file, since shared.{name} says that the database has it")
