"""What binds the rows of the ledger to one another. No I/O, no clock: bytes in, bytes out.

    content = the row's columns that are not null, but for seq, key, digest and hash,
              as JSON with sorted keys, without spaces, in UTF-8
    digest  = SHA-256(content)
    hash    = HMAC-SHA256(chain key, hash of the row before || seq, 8 bytes, big-endian || digest)

Before the first row, whose seq is 1, the hash is 32 zero bytes. The digest keeps a row provable when its content is
gone; the key keeps whoever can write to the database from making a chain of his own. A column that is added later is
null in older rows and changes none of their digests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ledger.keyring import Key

GENESIS = bytes(32)
CHAIN = frozenset({"seq", "key", "digest", "hash"})
"""The columns that are about the place in the chain, and not content."""


def content(row: Mapping[str, Any]) -> bytes:
    """What a row says, in the one form that is hashed; raises ValueError for text that a database cannot hold."""
    said = {name: value for name, value in row.items() if value is not None and name not in CHAIN}
    if any("\0" in value for value in said.values() if isinstance(value, str)):
        raise ValueError("expected text without null characters")
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(row: Mapping[str, Any]) -> bytes:
    """The digest of what a row says."""
    return hashlib.sha256(content(row)).digest()


def link(key: Key, before: bytes, seq: int, of: bytes) -> bytes:
    """The hash of the row with that seq and digest, after the row with the hash `before`."""
    return hmac.digest(key.chain, before + seq.to_bytes(8, "big") + of, "sha256")


def chained(key: Key, before: bytes, seq: int, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows that have their digests, with their places in the chain: the first of them after `seq` and its hash."""
    placed = []
    for row in rows:
        seq += 1
        before = link(key, before, seq, row["digest"])
        placed.append({**row, "seq": seq, "key": key.name, "hash": before})
    return placed
