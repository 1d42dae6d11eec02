"""Which side of a canary a person is on: a number of the person's own, which tells nothing to who has not the key."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from pathlib import Path

from gateway.routing.keep import write_whole

_KEY_BYTES = 32
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


def key_path(state: Path) -> Path:
    """Where the key of the buckets is kept; gateways that answer for the same consumers must have the same."""
    return state / "routing.key"


def make_key(state: Path) -> bytes:
    """The key, which is made where there is none yet; raises OSError, and ValueError for a file that holds no key."""
    path = key_path(state)
    if not path.exists():  # where two processes come at once, one of the two keys stays, for both
        write_whole(path, f"{secrets.token_hex(_KEY_BYTES)}\n".encode("ascii"), over=False)
    return read_key(state)


def read_key(state: Path) -> bytes:
    """The key; raises OSError where there is none, and ValueError for a file that holds no key."""
    path = key_path(state)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:  # which a file that is no text is, too
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{path}: expected {_KEY_BYTES} bytes in hexadecimal")
    return key
