"""Entries as rows of the ledger's table, each with every column but its place in the chain.

All raise ValueError for text that a database cannot hold: half a surrogate pair, a null character.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from gateway.ledger.chain import digest
from gateway.ledger.entries import Intent, Outcome, Pair
from gateway.ledger.keyring import Key
from gateway.store.tables import PAYLOAD

Row = dict[str, Any]

INTENT, OUTCOME, PURGE, LOOK = "intent", "outcome", "purge", "look"


def moment(at: datetime) -> str:
    """A time as it stands in the ledger: UTC, microseconds; sorts as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def intent(entry: Intent, key: Key) -> Row:
    """The row of a question that is about to be sent; the person is in it as a pseudonym under the key."""
    return _row(
        INTENT,
        id=entry.id,
        at=moment(entry.at),
        correlation_id=entry.correlation_id,
        consumer=entry.consumer,
        actor=entry.actor,
        purpose=entry.purpose,
        ground=entry.ground,
        person=key.person(entry.personnummer),
        types=json.dumps(entry.types),
        period_from=entry.period[0],
        period_to=entry.period[1],
        face=entry.face,
        version=entry.version,
        upstream=entry.upstream,
        role=entry.role,
        reason=entry.reason,
    )


def outcome(entry: Outcome) -> Row:
    """The row of what became of a question."""
    return _row(
        OUTCOME,
        id=entry.id,
        at=moment(entry.at),
        result=entry.result,
        sent=entry.sent,
        types=json.dumps([[*pair, found] for pair, found in entry.types.items()]),
        instance=entry.instance,
        protected=entry.protected,
    )


def purge(at: datetime, up_to: int) -> Row:
    """The row that says that the content of all rows up to a seq is to go."""
    return _row(PURGE, at=moment(at), up_to=up_to)


def look(at: datetime, who: str, consumer: str, types: Collection[Pair], what: str) -> Row:
    """The row that says who looked at values that are kept, of which consumer and types, and at how many."""
    return _row(LOOK, at=moment(at), actor=who, consumer=consumer, types=json.dumps(sorted(types)), reason=what)


_EMPTY: Row = dict.fromkeys(PAYLOAD)


def _row(kind: str, **said: Any) -> Row:
    row = {**_EMPTY, "kind": kind, **said}
    return {**row, "digest": digest(row)}
