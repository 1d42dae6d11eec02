"""Rows at the end of the chain, in a transaction that somebody else began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ledger import chain
from gateway.ledger.keyring import Keyring
from gateway.store import ledger
from gateway.store.database import Connection


async def append(connection: Connection, ring: Keyring, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows (`gateway.ledger.rows`) to the chain; they last, and nobody else appends, when the transaction ends.

    The transaction must be one that writes (`Database.begin`). What else is written in it stands or falls with the
    rows. Raises one of `gateway.store.database.FAILURES`.
    """
    await ledger.lock(connection)
    head = await ledger.head(connection)
    before, seq = (chain.GENESIS, 0) if head is None else (bytes(head["hash"]), int(head["seq"]))
    if rows:
        await ledger.add(connection, chain.chained(ring.newest, before, seq, rows))
