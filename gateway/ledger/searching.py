"""What the ledger says, as disclosures: a question to an agency together with what became of it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any

from gateway.ledger.keyring import Keyring
from gateway.ledger.rows import moment
from gateway.store import ledger
from gateway.store.database import Database

Disclosure = dict[str, Any]

UNKNOWN = "unknown"
"""The result of a question without an outcome: it may have been sent."""

_OF_INTENT = ("consumer", "actor", "purpose", "ground", "face", "version", "upstream", "role", "reason")


async def about(database: Database, ring: Keyring, personnummer: str) -> AsyncGenerator[Disclosure, None]:
    """The disclosures about a person (twelve digits), oldest first, whichever key they were written with.

    Raises one of `gateway.store.database.FAILURES`.
    """
    async with (
        database.reading() as connection,
        aclosing(ledger.of_persons(connection, ring.persons(personnummer))) as pairs,
    ):
        async for intent, outcome in pairs:
            yield _disclosure(intent, outcome)


async def between(database: Database, start: datetime, end: datetime) -> AsyncGenerator[Disclosure, None]:
    """The disclosures that began or ended from `start` on and before `end`, with the pseudonyms of the persons."""
    async with (
        database.reading() as connection,
        aclosing(ledger.between(connection, moment(start), moment(end))) as pairs,
    ):
        async for intent, outcome in pairs:
            yield {**_disclosure(intent, outcome), "person": intent["person"]}


def _disclosure(intent: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> Disclosure:
    ends: Mapping[str, Any] = outcome or {"result": UNKNOWN, "types": "[]"}
    found = {(klass, typ): utfall for klass, typ, utfall in json.loads(ends["types"])}
    return {
        "seq": intent["seq"],
        "id": intent["id"],
        "correlation_id": intent["correlation_id"],
        "asked": intent["at"],
        "concluded": ends.get("at"),
        **{name: intent[name] for name in _OF_INTENT},
        "period": {"from": intent["period_from"], "tom": intent["period_to"]},
        "types": [
            {"klass": klass, "informationstyp": typ, "utfall": found.get((klass, typ))}
            for klass, typ in json.loads(intent["types"])
        ],
        "result": ends["result"],
        "sent": ends.get("sent"),
        "protected": ends.get("protected"),
        "instance": ends.get("instance"),
    }
