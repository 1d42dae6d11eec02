"""SSEK: the SenderId of a message is the one of the consumer whose certificate it came with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.consumers.proofs import Fields, consumer, hashed, issued, key, key_of, names, proxy, rfc9440, send
from tests.service import ssek
from tests.service.running import Reply, Stub, serve

ALFA, BETA, GAMMA = issued("alfa"), issued("beta"), issued("gamma")
ORGNR = "165020000000"
XML: Fields = [("soapaction", '""')]
CONSUMERS = [
    consumer("alfa", key_sha256=hashed(key_of("alfa")), certificate=names(ALFA), ssek_sender={"id": "Alfabolaget"}),
    consumer("beta", certificate=names(BETA), ssek_sender={"type": "ORGNR", "id": ORGNR}),
    consumer("gamma", key_sha256=hashed(key_of("gamma")), certificate=names(GAMMA)),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    stub = Stub()
    with (
        serve(stub) as agency,
        ssek.gateway(
            upstreams={"v9": {"url": f"{agency}/rest"}}, consumers=CONSUMERS, server={"proxy": proxy()}
        ) as found,
    ):
        yield found


def post(url: str, sender: str, kind: str | None, fields: Fields) -> Reply:
    """A message of this sender; without a type, the attribute is left out, and CN is meant."""
    attribute = "" if kind is None else f' k:Type="{kind}"'
    block = ssek.header(f"<k:SenderId{attribute}>{sender}</k:SenderId>{ssek.RECEIVER}{ssek.TXID}")
    return send(url, [*XML, *fields], path=ssek.PATH, body=ssek.question(block))


@pytest.mark.parametrize(
    ("sender", "kind", "fields"),
    [
        ("Alfabolaget", None, rfc9440(ALFA)),
        ("Alfabolaget", "CN", rfc9440(ALFA)),
        ("Alfabolaget", "CN", [*rfc9440(ALFA), key("alfa")]),
        (ORGNR, "ORGNR", rfc9440(BETA)),
        ("Whoever", None, rfc9440(GAMMA)),
        ("Whoever", None, [key("gamma")]),
    ],
    ids=["CN meant", "CN said", "with its key too", "ORGNR", "no sender set", "no sender set, by key"],
)
def test_its_own_sender_is_taken(url: str, sender: str, kind: str | None, fields: Fields) -> None:
    reply = post(url, sender, kind, fields)
    assert reply.status == 200, reply.text
    assert ssek.heard(reply.body).ids == ("Testkassan", sender)


@pytest.mark.parametrize(
    ("sender", "kind", "fields"),
    [
        ("Betabolaget", None, rfc9440(ALFA)),
        ("alfabolaget", None, rfc9440(ALFA)),
        ("Alfabolaget", "APP", rfc9440(ALFA)),
        (ORGNR, "ORGNR", rfc9440(ALFA)),
        ("Alfabolaget", None, rfc9440(BETA)),
        (ORGNR, "CN", rfc9440(BETA)),
        ("Alfabolaget", None, [key("alfa")]),
        ("Alfabolaget", None, rfc9440(GAMMA)),
        ("Alfabolaget", None, [key("gamma")]),
        ("Alfabolaget", None, []),
        ("Alfabolaget", None, rfc9440(issued("nobody"))),
    ],
    ids=[
        "another name",
        "another case",
        "another type",
        "another's",
        "another's, the other way",
        "the type left out",
        "by key alone",
        "of one without a sender",
        "of one without a sender, by key",
        "nothing shown",
        "nobody's certificate",
    ],
)
def test_anybody_elses_sender_is_an_unknown_one(url: str, sender: str, kind: str | None, fields: Fields) -> None:
    reply = post(url, sender, kind, fields)
    ssek.fault(reply, "SenderIdUnknown")
    assert "alfa" not in reply.text.replace(sender, "")


def test_what_is_no_ssek_message_has_no_sender(url: str) -> None:
    assert send(url, rfc9440(ALFA)).status == 200
    assert send(url, [key("alfa")]).status == 200
    broken: Any = send(url, [*XML, *rfc9440(ALFA)], path=ssek.PATH, body=ssek.question(""))
    ssek.fault(broken, "ContentInvalid")
