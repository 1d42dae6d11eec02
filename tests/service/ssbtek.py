"""SSBTEK for tests: messages as text, and the agencies' own schema."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from gateway.envelope import SOAP11
from tests.conftest import official_contract

NS = "http://schema.forsakringskassan.se/integration/ssbt/10"
TERMS = {
    "organisationsnummer": "162120000142",
    "namn": "Testköpings <kommun> & co",
    "handlaggare": "handl-1",
    "syfte": "Ekonomiskt bistånd",
    "lagtext": "5 § förordningen",
}
ERROR = "<FK><error>{}<felkod>{}</felkod><felmeddelande>{}</felmeddelande></error></FK>"
BT, SSBT = "<kalla>BT</kalla>", "<kalla>SSBT</kalla>"


def schema() -> etree.XMLSchema:
    """The schema of the joint service with all that it imports; a test that asks for it is skipped without it."""
    folder = official_contract().parent.parent / "ssbtek-v10/se/forsakringskassan/schema/integration/ssbt/_10"
    path = folder / "sammansatt_bastjanst_v10.xsd"
    if not path.is_file():
        pytest.skip(f"the agencies' schema of SSBTEK is not installed ({path})")
    return etree.XMLSchema(etree.parse(path))


def payload(body: bytes) -> Any:
    root: Any = etree.fromstring(body)
    (child,) = root.find(f"{{{SOAP11}}}Body")
    return child


def envelope(inner: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP11}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()
