"""The facts that the agency asks for when a technical problem is reported, as a document to be sent to it."""

from __future__ import annotations

import json
from typing import Any

from gateway.clock import STOCKHOLM
from gateway.jsonio import media_type
from gateway.support import masking
from gateway.support.headers import is_shown
from gateway.support.record import Message, Record

Tree = dict[str, Any]

_TITLES = {
    "organisation": "Organisation",
    "organisation_number": "Organisation number",
    "time": "Time of the call (Swedish time)",
    "url": "URL that was called",
    "error_code": "Code of the error",
    "error_message": "Message of the error",
    "upstream": "Connection",
    "instance": "Identity of the problem",
    "correlation_id": "Correlation id",
}
_UNSET = "(not set: [organisation] in the settings)"


def tree(record: Record, *, masked: bool) -> Tree:
    """The facts by name, the call and what came of it last."""
    return {
        "organisation": record.organisation.get("name", _UNSET),
        "organisation_number": record.organisation.get("number", _UNSET),
        "time": record.at.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S"),
        "url": masking.line(record.url) if masked else record.url,
        "error_code": f"{record.problem} (HTTP {record.status} to the caller)",
        "error_message": record.message,
        "upstream": record.upstream,
        "instance": record.instance,
        "correlation_id": record.correlation_id,
        "request": _message(record.request, masked=masked),
        "response": None if record.response is None else _message(record.response, masked=masked),
    }


def as_json(records: list[Record], *, masked: bool) -> str:
    """Every call as JSON."""
    calls = [tree(record, masked=masked) for record in records]
    return json.dumps({"masked": masked, "calls": calls}, ensure_ascii=False, indent=2) + "\n"


def as_text(records: list[Record], *, masked: bool) -> str:
    """Every call as text, for a letter."""
    said = (
        "Values in the messages are masked: names of elements and keys, and codes of published lists, stay."
        if masked
        else "HOLDS PERSONAL DATA: the messages are whole, but for keys and passwords."
    )
    return "\n".join([said, "", *(part for record in records for part in _text(tree(record, masked=masked)))])


def _text(facts: Tree) -> list[str]:
    width = max(map(len, _TITLES.values()))
    lines = [f"{title:{width}}  {facts[name]}" for name, title in _TITLES.items()]
    for name in ("request", "response"):
        message = facts[name]
        lines += ["", f"--- {name} ---"]
        if message is None:
            lines.append("nothing came")
            continue
        lines.append(message["start"])
        lines += [f"{field}: {value}" for field, value in message["headers"].items()]
        lines += ["", message["body"], f"({message['bytes']} bytes{message['left_out']})"]
    return [*lines, "", ""]


def _message(message: Message, *, masked: bool) -> Tree:
    return {
        "start": masking.line(message.start) if masked else message.start,
        "headers": {
            masking.line(name) if masked else name: _value(name, value) if masked else value
            for name, value in message.headers.items()
        },
        "body": masking.body(message.body, media_type(message.headers), masked=masked),
        "bytes": message.size,
        "left_out": f"; {message.left_out}" if message.left_out else "",
    }


def _value(name: str, value: str) -> str:
    return masking.line(value) if is_shown(name) else masking.mark(value)
