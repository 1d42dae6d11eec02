"""JSON in and out: numbers keep their digits, a key said twice is an error, and no error text holds a value."""

from __future__ import annotations

from typing import Any

import jiter
import msgspec

JSON_TYPE = "application/json"

_encode = msgspec.json.Encoder(decimal_format="number").encode


def decode(body: bytes) -> Any:
    """The value that the bytes hold, with fractions as Decimal.

    Raises ValueError, whose text names nothing of the content, for bytes that are no JSON by RFC 8259, that say a
    key twice, that are not UTF-8 or that nest deeper than about 200 levels.
    """
    try:
        return jiter.from_json(body, allow_inf_nan=False, float_mode="decimal", catch_duplicate_keys=True)
    except ValueError:
        msg = "the body is no well-formed JSON in UTF-8, says a key twice, or nests too deeply"
        raise ValueError(msg) from None


def encode(value: Any) -> bytes:
    """The value as JSON, with the digits that its numbers have."""
    return _encode(value)


def media_type(headers: Any) -> str:
    """The media type of a message without its parameters, in lower case."""
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()
