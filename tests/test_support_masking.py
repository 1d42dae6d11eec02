"""The masked form of messages: in no spelling and in no envelope is there anything of a person."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from gateway.support import masking
from gateway.support.record import LONGEST_BODY
from gateway.twin.app import Twin, create_twin
from gateway.versions import Face, discover
from gateway.wire import WireResponse
from tests.leaks import find_leaks
from tests.twin.running import fraga

NUMBER, TEN = "199001019802", "9001019802"
SECRETS = {"Svensson", "Storgatan", "24850", "Åkerlöf"}
JSON, XML = "application/json", "text/xml"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def wrapped(text: str) -> str:
    return json.dumps({"b": b64(text)})


INNER = json.dumps({"personnummer": NUMBER, "namn": "Svensson", "belopp": 24850})
BODIES: dict[str, tuple[str, bytes]] = {
    "twelve digits": (JSON, f'{{"personnummer": "{NUMBER}"}}'.encode()),
    "ten digits": (JSON, f'{{"personnummer": "{TEN}"}}'.encode()),
    "a hyphen": (JSON, b'{"personnummer": "900101-9802"}'),
    "a plus": (JSON, b'{"personnummer": "900101+9802"}'),
    "another dash": (JSON, '{"personnummer": "19900101\u20139802"}'.encode()),
    "spaces": (JSON, b'{"personnummer": "19900101 9802"}'),
    "escapes": (JSON, b'{"personnummer": "\\u0031990\\u00301019802"}'),
    "a number": (JSON, f'{{"personnummer": {NUMBER}}}'.encode()),
    "a fraction": (JSON, b'{"belopp": 24850.50}'),
    "in a text": (JSON, f'{{"meddelande": "Svensson ({NUMBER}) p\u00e5 Storgatan"}}'.encode()),
    "in a list of lists": (JSON, f'[[["{NUMBER}"], "Svensson"]]'.encode()),
    "as a key": (JSON, f'{{"{NUMBER}": {{"Svensson, Storgatan": 24850}}, "{TEN}": 1}}'.encode()),
    "as the whole document": (JSON, f'"{NUMBER}"'.encode()),
    "in a code's place": (JSON, f'{{"felkod": "{NUMBER}", "version": "{NUMBER}"}}'.encode()),
    "JSON that was cut": (JSON, f'{{"personnummer": "{NUMBER}", "namn": "Sv'.encode()),
    "JSON that says a key twice": (JSON, f'{{"a": "{NUMBER}", "a": "Svensson"}}'.encode()),
    "JSON with a byte order mark": (JSON, f'\ufeff{{"a": "{NUMBER}"}}'.encode()),
    "JSON in UTF-16": (JSON, f'{{"a": "{NUMBER}"}}'.encode("utf-16")),
    "JSON said to be something else": ("text/plain", f'{{"a": "{NUMBER}"}}'.encode()),
    "an element": (XML, f"<a><b>{NUMBER}</b><c>Svensson</c></a>".encode()),
    "a split element": (XML, b"<a>19900101<!-- -->9802</a>"),
    "an attribute": (XML, f'<a b="{NUMBER}" c="Svensson"/>'.encode()),
    "mixed content": (XML, f"<a>Svensson<b/>{NUMBER}<c/>Storgatan</a>".encode()),
    "character references": (XML, b"<a>&#49;99001019802</a>"),
    "CDATA": (XML, f"<a><![CDATA[{NUMBER}]]></a>".encode()),
    "a comment and an instruction": (XML, f"<a><!-- {NUMBER} --><?x {NUMBER}?></a>".encode()),
    "a name": (XML, f"<a><p{NUMBER}>x</p{NUMBER}></a>".encode()),
    "a namespace": (XML, f'<a xmlns="urn:{NUMBER}"><b/></a>'.encode()),
    "a prefix": (XML, f'<p{NUMBER}:a xmlns:p{NUMBER}="urn:x"/>'.encode()),
    "a name in a namespace": (XML, f'<q:a xmlns:q="urn:{TEN}" q:b="1"/>'.encode()),
    "XML in UTF-16": (XML, f'<?xml version="1.0" encoding="UTF-16"?><a>{NUMBER}</a>'.encode("utf-16")),
    "XML in Latin-1": (XML, '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00c5kerl\u00f6f</a>'.encode("latin-1")),
    "XML with a document type": (XML, f'<!DOCTYPE a [<!ENTITY b "{NUMBER}">]><a>&b;</a>'.encode()),
    "XML that was cut": (XML, f"<a><b>{NUMBER}</b><c>Sv".encode()),
    "SSBTEK": (XML, f"<a><lefiJsonFraga>{b64(INNER)}</lefiJsonFraga></a>".encode()),
    "SSBTEK in lines": (XML, f"<a><f>\n{b64(INNER)[:40]}\n {b64(INNER)[40:]}</f></a>".encode()),
    "base64 in base64": (JSON, json.dumps({"a": b64(wrapped(INNER))}).encode()),
    "base64 three times": (JSON, json.dumps({"a": b64(wrapped(wrapped(INNER)))}).encode()),
    "XML in base64": (JSON, json.dumps({"a": b64(f"<x>{NUMBER}</x>")}).encode()),
    "base64 of a text": (JSON, json.dumps({"a": b64(f"Svensson, {NUMBER}, Storgatan")}).encode()),
    "a page": ("text/html", f"<html><p>Svensson {NUMBER}<br></html>".encode()),
    "a form": ("application/x-www-form-urlencoded", f"personnummer={NUMBER}".encode()),
    "bytes": ("application/octet-stream", bytes(range(256)) + NUMBER.encode()),
    "a media type": (f"text/{NUMBER}", b"x"),
    "deep JSON": (JSON, b'{"a":' * 190 + f'"{NUMBER}"'.encode() + b"}" * 190),
    "deep XML": (XML, b"<a>" * 250 + NUMBER.encode() + b"</a>" * 250),
    "too deep": (XML, b"<a>" * 3000 + NUMBER.encode() + b"</a>" * 3000),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_no_spelling_passes(body: tuple[str, bytes]) -> None:
    kind, content = body
    text = masking.body(content, kind, masked=True)
    assert text
    squeezed = "".join(sign for sign in text if sign.isalnum())
    assert not find_leaks(text, SECRETS)
    for value in (NUMBER, TEN, *SECRETS, b64(NUMBER)[:-2], b64(TEN)[:-2]):
        assert value not in squeezed
    assert not masking.body(content, kind, masked=True).count(b64(INNER))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"formansinformation": ["FK:SJP"], "beslut": ["PM:AP"]}', ["FK:SJP", "PM:AP"]),
        (b'{"utlamnare": {"kod": "FK"}, "tillstand": {"kod": "OTILLGANGLIG"}}', ["FK", "OTILLGANGLIG"]),
        (b"<s:Fault xmlns:s='u:r'><faultcode>s:Server</faultcode></s:Fault>", ["s:Server"]),
        (b"<a><FK inkludera='true'/><felkod>BT-17</felkod><kalla>SSBT</kalla></a>", ['"true"', "BT-17", "SSBT"]),
        (b"<SSEK><TxId>0b9a4a7e-6d0c-4f4e-9a53-0c6a1fd0a001</TxId></SSEK>", ["0b9a4a7e-6d0c-4f4e-9a53-0c6a1fd0a001"]),
        (b'{"fran": "2025-01-31", "tid": "2025-01-31T10:00:00Z", "ja": true, "n": null}', ["[date]", "[time]", "null"]),
        (
            b'{"a": "x", "b": "123", "c": "tio tecken till", "d": 1.5}',
            ["text, 1-9]", "[1-9 digits]", "10-29", "decimals"],
        ),
    ],
)
def test_structure_and_codes_stay(content: bytes, expected: list[str]) -> None:
    text = masking.body(content, XML, masked=True)
    for each in expected:
        assert each in text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (f"https://a.example/rest/{NUMBER}/fraga", "https://a.example/rest/[digits]/fraga"),
        ("https://a.example/aktorer/2120000142/fraga", "https://a.example/aktorer/2120000142/fraga"),
        ("Wed, 01 Jul 2026 22:30:15 GMT", "Wed, 01 Jul 2026 22:30:15 GMT"),
        ("nginx/900101-9802", "nginx/[digits]"),
    ],
)
def test_lines_lose_what_looks_like_a_personnummer(given: str, expected: str) -> None:
    assert masking.line(given) == expected


# -------------------------------------------------------------------------------------------- all that the twin can say


def answers(face: Face, twin: Twin) -> Iterator[bytes]:
    types = sorted({pair for each in discover().values() if each.upstream for pair in each.upstream.types})
    for number in twin.people:
        try:
            found = twin.deliver(face, "test", fraga(number, types))
        except Exception:  # noqa: BLE001, S112  a person whose answer is an error of the twin's own
            continue
        if isinstance(found, WireResponse) and len(found.body) <= LONGEST_BODY:
            yield found.body


@pytest.fixture(scope="module")
def twin() -> Twin:
    found: Twin = create_twin().state.twin
    return found


def is_mark_or_code(value: object) -> bool:
    return value is None or (isinstance(value, str) and (value.startswith("[") or masking._stays("felkod", value)))


def leaves(tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from ((f"{key}.{path}", leaf) for path, leaf in leaves(value))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from ((f"{index}.{path}", leaf) for path, leaf in leaves(value))
    else:
        yield "", tree


def test_of_everything_that_version_9_says_only_names_and_codes_stay(twin: Twin) -> None:
    face = discover()["v9"].face
    assert face is not None
    count = 0
    for content in answers(face, twin):
        try:
            tree = json.loads(content)
        except ValueError:
            continue
        text = masking.body(content, JSON, masked=True)
        masked = json.loads(text)
        assert [path for path, _ in leaves(masked)] == [path for path, _ in leaves(tree)]
        assert [value for _, value in leaves(masked) if not is_mark_or_code(value)] == []
        count += 1
    assert count > 50


@pytest.mark.parametrize("version", ["v5", "v6", "v7"])
def test_of_everything_that_a_soap_version_says_only_names_and_codes_stay(twin: Twin, version: str) -> None:
    face = discover()[version].face
    assert face is not None
    count = 0
    for content in answers(face, twin):
        try:
            tree = etree.fromstring(content)
        except etree.XMLSyntaxError:
            continue
        masked = etree.fromstring(masking.body(content, XML, masked=True))
        assert [each.tag for each in masked.iter()] == [each.tag for each in tree.iter()]
        texts = [text for each in masked.iter() for text in (each.text, each.tail, *each.attrib.values())]
        assert [text for text in texts if text and text.strip() and not is_mark_or_code(text)] == []
        count += 1
    assert count > 50
