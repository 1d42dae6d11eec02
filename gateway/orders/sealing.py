"""Persons and results as they are kept: AES-256-GCM, bound to their place, under a key of the ledger's keyring."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.jsonio import decode, encode
from gateway.ledger.keyring import Keyring

_NONCE_BYTES = 12
_DIGEST_BYTES = 16
_LABEL = "orders"


class Seals:
    """Closes and opens what is kept; what was closed for one place cannot be opened at another."""

    def __init__(self, ring: Keyring) -> None:
        key = ring.derive(_LABEL)
        self._cipher = AESGCM(key)
        self._persons, self._again = ring.derive(f"{_LABEL}-persons"), ring.derive(f"{_LABEL}-again")

    def close(self, value: Any, *place: object) -> bytes:
        """A value as JSON, encrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, encode(value), _bound(place))

    def open(self, sealed: bytes, *place: object) -> Any:
        """The value; raises InvalidTag (cryptography's) where it is not what was closed there."""
        return decode(self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(place)))

    def person(self, order: str, personnummer: str) -> bytes:
        """The keyed hash by which a person is found to be on an order's list twice."""
        return hmac.digest(self._persons, f"{order} {personnummer}".encode(), hashlib.sha256)[:_DIGEST_BYTES]

    def request(self, consumer: str, key: str) -> bytes:
        """The keyed hash by which an order is found to be sent again."""
        return hmac.digest(self._again, encode([consumer, key]), hashlib.sha256)

    def content(self) -> hmac.HMAC:
        """What makes the keyed hash of an order's content."""
        return hmac.new(self._again, digestmod=hashlib.sha256)


def _bound(place: tuple[object, ...]) -> bytes:
    return "/".join(map(str, place)).encode()
