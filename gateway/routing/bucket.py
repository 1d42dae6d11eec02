"""Which side of a canary a person is on: a number of the person's own, which tells nothing to who has not the key."""

from __future__ import annotations

import hmac
from collections.abc import Callable

KEY = "routing"
"""Under which label the key is derived from the gateway's keyring (gateway.ledger.keyring)."""
_NUMBER_BYTES = 4
_NUMBERS = 2**32


def bucket(key: bytes, salt: str, personnummer: str) -> float:
    """Where a person falls, 0 <= x < 100, evenly: who is below 5 is below 10, and another salt is another draw.

    The personnummer has twelve digits.
    """
    digest = hmac.digest(key, f"{salt}\0{personnummer}".encode(), "sha256")
    return int.from_bytes(digest[:_NUMBER_BYTES]) * 100 / _NUMBERS


def bucket_of(key: bytes, personnummer: str) -> Callable[[str], float]:
    """Where one person falls, for a salt."""

    def of(salt: str) -> float:  # no partial: its repr would show the number
        return bucket(key, salt, personnummer)

    return of
