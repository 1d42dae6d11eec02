"""The check of what gateways share: whether this one can use the newest revisions in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from gateway.doctor.report import Finding, Said, failed, ok, skipped
from gateway.ledger.book import url
from gateway.routing.configured import spoken
from gateway.settings import ConfigurationError, Settings
from gateway.shared import kinds
from gateway.shared.kinds import Kind
from gateway.shared.publishing import Revision, revision
from gateway.store.database import FAILURES, Database
from gateway.store.errors import StoreError
from gateway.watched import checked

_MEND = (
    "publish what every gateway can use, or give this one the connections that are named; until then it goes by the "
    "last good revision that it has, and without one it does not start"
)


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Nothing where nothing is shared."""
    shared: list[Kind[Any]] = []
    if settings.shared.routing:
        shared.append(kinds.routing(spoken(settings)))
    if settings.shared.rules:
        shared.append(kinds.acceptance())
    if shared:
        yield Finding("", "published", await _published(settings, shared))


async def _published(settings: Settings, shared: list[Kind[Any]]) -> Said:
    found: dict[str, Revision | None] = {}
    try:
        database = Database(url(settings.ledger, settings.state))
        try:
            async with database.reading() as connection:
                found = {kind.name: await revision(connection, kind.name) for kind in shared}
        finally:
            await database.aclose()
    except (*FAILURES, StoreError):
        return skipped("not asked, since the database cannot be read")
    for kind in shared:
        newest = found[kind.name]
        if newest is None:
            return failed(f"no {kind.name} was published", f"publish it: `{kind.command} FILE`")
        try:
            checked(f"{kind.name} revision {newest.number}", newest.content, kind.read)
        except ConfigurationError as error:
            wrong = "; ".join(f"{fault.path}: expected {fault.expected}" for fault in error.faults)
            return failed(wrong, _MEND)
    return ok(", ".join(f"{name} revision {one.number}" for name, one in found.items() if one is not None))
