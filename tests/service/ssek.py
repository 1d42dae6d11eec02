"""SSEK for tests: headers as text, so that a test can break them; what comes back, read and held against the XSD."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.app import create_app
from gateway.envelope import SOAP11
from gateway.settings import Settings
from tests.conftest import official_contract
from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import PERSON, Reply, serve

NS = "http://schemas.ssek.org/ssek/2006-05-10/"
PATH = "/ssek/FK.EXA.Lefi.Fraga"
TX = "0f8fad5b-d9cb-469f-a165-70867728950e"
OPEN = f'<k:SSEK xmlns:k="{NS}" xmlns:soap="{SOAP11}" soap:mustUnderstand="1"'
SENDER = "<k:SenderId>Testbolaget</k:SenderId>"
RECEIVER = "<k:ReceiverId>Testkassan</k:ReceiverId>"
TXID = f"<k:TxId>{TX}</k:TxId>"


def header(inner: str = SENDER + RECEIVER + TXID, attributes: str = "") -> str:
    return f"{OPEN}{attributes}>{inner}</k:SSEK>"


def question(block: str | None = None, version: str = "v7", **given: Any) -> bytes:
    """A good question in SSEK, or one with another header block."""
    payload = soap.element(soap.asked(**given), version)
    return soap.envelope(payload, header() if block is None else block, top=soap.DECLARATION).encode()


@dataclass(frozen=True)
class Heard:
    """What a message says: the SSEK header (ids, types, TxId, mustUnderstand), and the body's child."""

    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    tx_id: str | None = None
    must: bool = False
    payload: Any = field(default=None, repr=False)


def heard(body: bytes) -> Heard:
    root: Any = etree.fromstring(body)
    (child,) = root.find(f"{{{SOAP11}}}Body")
    blocks = root.findall(f"{{{SOAP11}}}Header/{{{NS}}}SSEK")
    if not blocks:
        return Heard(payload=child)
    (block,) = blocks
    if xsd() is not None:
        xsd().assertValid(block)
    parties: list[Any] = [block.find(f"{{{NS}}}{name}") for name in ("SenderId", "ReceiverId")]
    return Heard(
        tuple(one.text for one in parties),
        tuple(one.get(f"{{{NS}}}Type", "CN") for one in parties),
        block.findtext(f"{{{NS}}}TxId"),
        block.get(f"{{{SOAP11}}}mustUnderstand") == "1",
        child,
    )


def xsd() -> Any:
    """SSEK's own schema, where it is installed."""
    path = official_contract().parent.parent / "ssek" / "ssek.xsd"
    return etree.XMLSchema(etree.parse(path)) if path.is_file() else None


def fault(reply: Reply, code: str, namespace: str = NS) -> Heard:
    """The fault that a reply must be: a code of SSEK's, the version's own detail, and FaultData."""
    assert reply.status == 500, reply.text
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    found = heard(reply.body)
    assert found.payload.tag == f"{{{SOAP11}}}Fault", reply.text
    named = found.payload.find("faultcode")
    prefix, _, name = named.text.partition(":")
    assert (name, named.nsmap[prefix]) == (code, namespace), reply.text
    declared, data = found.payload.find("detail")
    assert declared.tag.endswith("HamtaFormansinformationFault")
    assert data.tag == f"{{{NS}}}FaultData"
    if xsd() is not None:
        xsd().assertValid(data)
    assert SECRET not in reply.text
    assert PERSON not in reply.text
    return found


def answered(body: bytes, *, swap: bool = True, tx_id: str | None = None, payload: str = "", must: str = "1") -> bytes:
    """A good answer to the very question, or one that is wrong in one thing."""
    said = heard(body)
    sender, receiver = reversed(said.ids) if swap else said.ids
    tx = said.tx_id if tx_id is None else tx_id
    inner = f"<k:SenderId>{sender}</k:SenderId><k:ReceiverId>{receiver}</k:ReceiverId>"
    inner += f"<k:TxId>{tx}</k:TxId>" if tx else ""
    block = header(inner).replace('mustUnderstand="1"', f'mustUnderstand="{must}"')
    good = soap.element(soap.answered(), "v7", f"{soap.ROOT}Response")
    return soap.envelope(payload or good, block).encode()


def soap_fault(code: str, namespace: str = NS) -> str:
    """A fault as a service writes it, with a person's number in its text."""
    return (
        f'<f:Fault xmlns:f="{SOAP11}"><faultcode xmlns:p="{namespace}">p:{code}</faultcode>'
        f"<faultstring>{PERSON} {SECRET}</faultstring></f:Fault>"
    )


@dataclass
class Agency:
    """A service that answers a SOAP message as a test says, at every address."""

    say: Callable[[bytes], bytes] = bytes
    status: int = 200
    asked: list[bytes] = field(default_factory=list)
    address: str = ""
    gateway: str = ""

    def app(self) -> Starlette:
        async def answer(request: Request) -> Response:
            self.asked.append(await request.body())
            return Response(self.say(self.asked[-1]), self.status, media_type="text/xml")

        return Starlette(routes=[Route("/{any:path}", answer, methods=["POST"])])


@contextlib.contextmanager
def gateway(**given: Any) -> Iterator[str]:
    """A gateway of these settings."""
    with serve(create_app(Settings.model_validate(given))) as url:
        yield url
