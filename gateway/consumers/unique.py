"""What two consumers may not share: looked for in settings as they were given, beside whatever else is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.consumers.model import distinguished, fingerprint
from gateway.errors import Fault

Tree = dict[str, Any]
_THINGS = {
    "name": "a name that no other consumer has",
    "key": "a key that no other consumer has",
    "client": "a client id that no other consumer has",
    "certificate": "a certificate that no other consumer has",
    "sender": "an identity that no other consumer has",
}


def twice(consumers: Iterable[tuple[str, Any]]) -> list[Fault]:
    """A fault for everything that was there before; the consumers come with the places where they stand."""
    seen: set[tuple[str, Any]] = set()
    found = []
    for place, one in consumers:
        for field, thing, value in _own(one if isinstance(one, dict) else {}):
            if (thing, value) in seen:
                found.append(Fault(f"{place}.{field}", _THINGS[thing]))
            seen.add((thing, value))
    return found


def _own(one: Tree) -> Iterator[tuple[str, str, Any]]:
    """What a consumer alone may have: where it stands, what it is, and its value where that can be compared."""
    for field, thing in (("name", "name"), ("key_sha256", "key"), ("oauth_client", "client")):
        if isinstance(one.get(field), str):
            yield field, thing, one[field]
    for index, key in enumerate(_list(one.get("keys"))):
        if isinstance(hashed := _table(key).get("sha256"), str):
            yield f"keys.{index}.sha256", "key", hashed
    certificate = _table(one.get("certificate"))
    for index, text in enumerate(_list(certificate.get("fingerprints"))):
        if isinstance(text, str):
            yield f"certificate.fingerprints.{index}", "certificate", fingerprint(text)
    subject, issuer = certificate.get("subject"), certificate.get("issuer")
    if isinstance(subject, str) and isinstance(issuer, str):
        try:
            yield "certificate.subject", "certificate", (distinguished(subject), distinguished(issuer))
        except ValueError:
            return  # the field itself says so
    sender = _table(one.get("ssek_sender"))
    if isinstance(sender.get("id"), str):
        yield "ssek_sender.id", "sender", (str(sender.get("type", "CN")), sender["id"])


def _table(value: Any) -> Tree:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
