"""What an answer says of the lives of the versions it was asked in and it used: header fields, a SOAP block."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from lxml import etree

from tests.service import soap
from tests.service.running import ASK_V9, House, Reply, house

KEY = "nyckel-0123456789-abcdef"
LIFE = "{urn:lefi-gateway:livscykel:1}"
ENDS = {"v7": {"ends": "2027-03-01", "source": "a letter"}}
"""As a setting: 2027-03-01 in Stockholm begins an hour before it does in Greenwich."""


def lives(reply: Reply) -> dict[str, str]:
    return {name: reply.headers[name] for name in ("deprecation", "sunset", "link") if name in reply.headers}


def asked_in(found: House, face: str, **headers: str) -> Reply:
    if face == "v1":
        return found.ask(headers=headers)
    if face == "v9":
        return found.ask(path=ASK_V9, headers=headers)
    return soap.post(found.url, soap.question(face), {**soap.XML, **headers})


@pytest.mark.parametrize(("face", "ending"), [("v1", False), ("v9", False), ("v7", True), ("v6", True), ("v5", True)])
def test_an_answer_in_a_version_on_its_way_out_says_so(face: str, ending: bool) -> None:
    with house() as found:
        reply = asked_in(found, face)
        assert reply.status == 200, reply.text
        assert ("deprecation" in lives(reply)) is ending
        assert ("/v1/versioner" in reply.headers.get("link", "")) is ending
        assert "sunset" not in lives(reply), "no end of these is published"


def test_a_configured_end_is_a_sunset() -> None:
    with house(lifecycle={"notice_days": 1000, "versions": ENDS}) as found:
        said = lives(asked_in(found, "v7"))
        assert said["sunset"] == "Sun, 28 Feb 2027 23:00:00 GMT"
        assert said["deprecation"].startswith("@")
        assert 'rel="sunset"' in said["link"]
        assert lives(asked_in(found, "v9")) == {}


def test_a_version_that_was_used_counts_whatever_it_was_asked_in() -> None:
    dates = {"v9": {"ends": "2026-12-31", "source": "a drill"}}
    with house(lifecycle={"notice_days": 1000, "versions": dates}) as found:
        said = lives(asked_in(found, "v1"))
        assert said["sunset"] == "Wed, 30 Dec 2026 23:00:00 GMT"


@pytest.mark.parametrize("opted_in", [True, False])
def test_a_soap_caller_that_opts_in_is_told_in_a_header_block(opted_in: bool) -> None:
    consumer: dict[str, Any] = {
        "name": "gammal",
        "key_sha256": hashlib.sha256(KEY.encode()).hexdigest(),
        "purposes": ["prov"],
        "grounds": ["prov"],
        "lifecycle_header": opted_in,
    }
    with house(consumers=[consumer], lifecycle={"notice_days": 1000, "versions": ENDS}) as found:
        reply = asked_in(found, "v7", **{"x-api-key": KEY})
        assert reply.status == 200
        soap.payload(reply)
        blocks: Any = etree.fromstring(reply.body).findall(f".//{LIFE}version")
        assert [(one.get("name"), one.get("ends")) for one in blocks] == ([("v7", "2027-03-01")] if opted_in else [])
        must = [name for block in blocks for name in block.getparent().attrib if "mustUnderstand" in name]
        assert must == []
