"""SOAP for tests: questions and answers as text, so that a test can break them, and faults held against the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from gateway.envelope import SOAP11
from gateway.versions import discover
from tests.service.bad_bodies import SECRET
from tests.service.running import PERIOD, PERSON, Reply, request

VERSIONS = ("v5", "v6", "v7")
WS = "/ws"
XML = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ROOT = "HamtaFormansinformation"


def namespace(version: str = "v7") -> str:
    return f"http://schema.forsakringskassan.se/exa/lefi/{version.removeprefix('v')}"


def element(inner: str, version: str = "v7", root: str = ROOT, attributes: str = "") -> str:
    """The one child of a body."""
    return f'<{root} xmlns="{namespace(version)}"{attributes}>{inner}</{root}>'


def asked(  # noqa: PLR0913 - the parts of a question
    personnummer: str = PERSON,
    first: str = PERIOD["from"],
    last: str = PERIOD["tom"],
    types: Mapping[str, tuple[str, ...]] | None = None,
    *,
    period: str = "",
    before: str = "",
) -> str:
    """What stands within a question's element; `before` are the attributes of the number's."""
    lists = {"formansinformation": ("SJP",)} if types is None else types
    period = period or f"<period><from>{first}</from><tom>{last}</tom></period>"
    items = "".join(f"<{name}>{code}</{name}>" for name, codes in lists.items() for code in codes)
    return f"<personnummer{before}>{personnummer}</personnummer>{period}{items}"


def envelope(payload: str, header: str = "", *, top: str = "", attributes: str = "", soap: str = SOAP11) -> str:
    """An envelope around anything; `top` stands before it, `attributes` in it."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'{top}<s:Envelope xmlns:s="{soap}"{attributes}>{head}<s:Body>{payload}</s:Body></s:Envelope>'


def question(version: str = "v7", **given: Any) -> bytes:
    """A good question, or one with other values."""
    return envelope(element(asked(**given), version), top=DECLARATION).encode()


def post(url: str, body: Any, headers: Mapping[str, str] = XML, path: str = WS) -> Reply:
    return request(url, "POST", path, body=body, headers=headers)


@cache
def schema(version: str) -> etree.XMLSchema:
    """The schema that the version's face publishes, compiled by lxml."""
    face = discover()[version].face
    assert face is not None
    file = face.contract_file(f"xsd={version}", "http://gateway.test/ws")
    assert file is not None
    return etree.XMLSchema(etree.fromstring(file.body))


@dataclass(frozen=True)
class Said:
    """A SOAP 1.1 fault, read."""

    code: str
    text: str
    felkod: str
    felmeddelande: str


def payload(reply: Reply, version: str = "v7") -> Any:
    """The one child of the body, which the schema takes unless it is a fault; nothing that upsets a SOAP stack."""
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert "content-encoding" not in reply.headers
    assert b"<!DOCTYPE" not in reply.body
    assert reply.body.count(b"<?") <= 1
    root = etree.fromstring(reply.body)
    assert root.tag == f"{{{SOAP11}}}Envelope"
    (body,) = root.findall(f"{{{SOAP11}}}Body")
    (child,) = body
    if child.tag != f"{{{SOAP11}}}Fault":
        schema(version).assertValid(child)
    return child


def fault(reply: Reply, code: str, version: str = "v7", *, felkod: str = "", secret: str = SECRET) -> Said:
    """The fault that a reply must be, exactly as the version declares it."""
    assert reply.status == 500, reply.text
    found = payload(reply, version)
    assert found.tag == f"{{{SOAP11}}}Fault", reply.text
    assert [child.tag for child in found] == ["faultcode", "faultstring", "detail"]
    prefix, _, name = found.findtext("faultcode").partition(":")
    assert found.find("faultcode").nsmap[prefix] == SOAP11
    (declared,) = found.find("detail")
    assert declared.tag == f"{{{namespace(version)}}}{ROOT}Fault"
    schema(version).assertValid(declared)
    felkod_, felmeddelande = (
        declared.findtext(f"{{{namespace(version)}}}{each}") for each in ("felkod", "felmeddelande")
    )
    said = Said(name, found.findtext("faultstring"), felkod_, felmeddelande)
    assert said.code == code, said
    assert said.felkod == felkod or not felkod, said
    assert said.text
    assert said.felmeddelande
    assert secret not in reply.text
    assert PERSON not in reply.text
    return said


def answered(personnummer: str = PERSON, name: str = "Prov Provsson") -> str:
    """What stands within an answer's element: who it is about."""
    number = f"<personnummer>{personnummer}</personnummer>"
    person = f"<generellPersoninformation>{number}<namn>{name}</namn></generellPersoninformation>"
    return f"<formansinformation>{person}</formansinformation>"


def answer(version: str = "v7", **given: Any) -> bytes:
    """A good answer, or one with other values."""
    return envelope(element(answered(**given), version, f"{ROOT}Response"), top=DECLARATION).encode()


@dataclass(frozen=True)
class Good:
    """One good message, with the places where an attack can be put in."""

    root: str
    version: str = "v7"

    def holding(self, number: str = PERSON, *, inside: str = "", attributes: str = "") -> str:
        """The body's child; `inside` ends it, `attributes` are its own."""
        within = asked(number) if self.root == ROOT else answered(number)
        return element(within + inside, self.version, self.root, attributes)

    def message(self, number: str = PERSON, header: str = "", **given: str) -> str:
        """The whole message."""
        return envelope(self.holding(number), header, **given)


QUESTION, ANSWER = Good(ROOT), Good(f"{ROOT}Response")
