"""Header fields of calls: those that hold a secret are never kept, and few are shown without being asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

HIDDEN = "[secret]"
"""What stands in the place of a secret."""

_SECRETS = re.compile(
    r"auth|cookie|cert|token|secret|session|signature|passw|losen|api-?key|^x-ssl|^ssl-|^x-.*-dn$", re.IGNORECASE
)
"""Names of what may hold a secret: keys, passwords, sessions, and client certificates that proxies hand on."""

_SHOWN = frozenset({
    *("accept", "accept-encoding", "allow", "cache-control", "connection", "content-encoding", "content-length"),
    *("content-type", "date", "expires", "host", "retry-after", "server", "soapaction", "transfer-encoding"),
})  # fmt: skip


def is_secret(name: str) -> bool:
    """Whether the name is one of something secret."""
    return _SECRETS.search(name) is not None


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """The fields, with a mark in the place of each secret."""
    return {name: HIDDEN if is_secret(name) else value for name, value in headers.items()}


def is_shown(name: str) -> bool:
    """Whether the field's value is known to be about the call and not about a person."""
    return name.lower() in _SHOWN
