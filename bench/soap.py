"""What SOAP costs: version 7's messages of the three sizes to canonical JSON and back, as `python -m bench` prints it.

The yardsticks are lxml.etree.fromstring of the same message, and orjson.loads of the same canonical JSON.
Both directions hold the message against the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from lxml import etree

from bench.documents import document
from gateway.envelope import XML_TYPE
from gateway.jsonio import decode, encode
from gateway.notes import Reading
from gateway.parse import parser
from gateway.versions import Face, Upstream, discover
from gateway.wire import WireResponse
from tests.contracts.schemas import NAME, xsd

VERSION = "v7"
LIMIT = 8.0
"""Multiples of lxml.etree.fromstring of the message, each way, for a document of size M."""
TODAY = date(2025, 6, 1)


def _roles() -> tuple[Upstream, Face]:
    adapter = discover()[VERSION]
    assert adapter.upstream is not None
    assert adapter.face is not None
    return adapter.upstream, adapter.face


_UPSTREAM, _FACE = _roles()
_PARSE_V9 = parser(discover()["v9"].tables["svar"])


def to_canonical(body: bytes) -> bytes:
    return encode(_UPSTREAM.parse_answer(WireResponse(200, {"content-type": XML_TYPE}, body), TODAY).tree)


def to_soap(body: bytes) -> bytes:
    return _FACE.render_answer({**decode(body), "tackning": []})[0].body


def yardstick(body: bytes) -> Any:
    return etree.fromstring(body)


def messages(size: str) -> tuple[bytes, bytes]:
    """A message of a size and its canonical form; what is measured must be right."""
    tree = _PARSE_V9(decode(document(size)), None, Reading(TODAY))
    message = to_soap(encode(tree))  # what version 7 does not have is lost here, once
    canonical = to_canonical(message)
    notes = _UPSTREAM.parse_answer(WireResponse(200, {"content-type": XML_TYPE}, message), TODAY).notes
    assert not notes, notes[0].path
    assert to_canonical(to_soap(canonical)) == canonical
    return message, canonical


def zeep_and_pydantic() -> Callable[[bytes], bytes]:
    """What most would write: zeep below its Client from our own WSDL, a pydantic model on what it gives."""
    from pydantic import TypeAdapter  # noqa: PLC0415  only this comparison wants them
    from zeep import Client  # noqa: PLC0415
    from zeep.helpers import serialize_object  # noqa: PLC0415

    from schemas.svar import Svar  # noqa: PLC0415

    client = Client(str(xsd(VERSION).file.with_name(f"{NAME}.wsdl")))  # type: ignore[no-untyped-call]  # zeep has no types
    operation = next(iter(next(iter(client.wsdl.services.values())).ports.values())).binding.get(
        "HamtaFormansinformation"
    )
    anything, parse = TypeAdapter(dict[str, Any]), parser(discover()[VERSION].tables["svar"])

    def work(body: bytes) -> bytes:
        envelope = etree.fromstring(body)
        wire = serialize_object(operation.process_reply(envelope), dict)  # type: ignore[no-untyped-call]
        tree = parse(without_none(anything.validate_python({"formansinformation": wire})), None, Reading(TODAY))
        return Svar.model_validate(tree).model_dump_json(exclude_none=True).encode()

    return work


def without_none(value: Any) -> Any:
    """Zeep says None for every element that is not there."""
    if isinstance(value, dict):
        return {key: without_none(inner) for key, inner in value.items() if inner is not None and inner != []}
    return [without_none(inner) for inner in value] if isinstance(value, list) else value
