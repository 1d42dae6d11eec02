"""Who may what: every consumer at every address about every information type, and nothing of it about another's data.

What the agency is asked is the proof: a type that a consumer may not have never stands in a question of its, and every
question names its own actor. What is said back is looked through for the other consumers' names, actors and keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.envelopes import Ssek
from gateway.versions import discover
from gateway.wire import WireRequest
from schemas.koder import KLASSENS_TYPER
from tests.service import ssek
from tests.service.running import FACE_V9, KEYS_V9, PERIOD, PERSON, House, Reply, house, question, question_v9, request

Pair = tuple[str, str]

PAIRS: tuple[Pair, ...] = tuple((klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types)
OWN: dict[str, Any] = {"purposes": ["handlaggning"], "grounds": ["sfb-114-24"]}
CONSUMERS: dict[str, dict[str, Any]] = {
    "kund-ett": {"aktors_id": "aktor-ett", "informationstyper": ["FK:SJP", "FK:SGI"], **OWN},
    "kund-tva": {"aktors_id": "aktor-tva", "informationstyper": ["PM:AP", "FK:GEPI"], **OWN},
    "kund-tre": {"aktors_id": "aktor-tre", "fields": ["arenden.foraldrapenning"], **OWN},
    "kund-fyra": {"aktors_id": "aktor-fyra", **OWN},
}
KEYS = {name: f"nyckel-{name}-0123456789-abcdef" for name in CONSUMERS}
TERMS = Ssek(sender_id="Testbolaget", receiver_id="Testkassan")
FACES = ("v1", "v9", "v7", "v6", "v5", "v7-in-ssek")
OPEN = ("/v1/versioner", "/openapi.json", "/docs", "/health", "/ready", "/api-info", "/ws?wsdl", "/ws?xsd=v7")
CLOSED = ("/metrics", "/v1/ledger", "/v1/konsumenter", "/v1/fragor/1", "/ledger", "/admin", "/ws/alfa")


def may(consumer: str, pair: Pair) -> bool:
    """Whether a consumer's rules let it ask for a type, written down once more by hand."""
    if consumer == "kund-tre":
        return pair[1] == "FK:FP" and pair[0] == "formansinformation"
    types = CONSUMERS[consumer].get("informationstyper")
    return types is None or pair[1] in types


@pytest.fixture(scope="module")
def guarded() -> Iterator[House]:
    consumers = [
        {"name": name, "key_sha256": hashlib.sha256(KEYS[name].encode()).hexdigest(), **rules}
        for name, rules in CONSUMERS.items()
    ]
    with house(consumers=consumers) as found:
        yield found


def ask(found: House, face: str, pair: Pair, key: str | None, actor: str = "") -> Reply | None:
    """A question about one type at a face; None where the face's version cannot ask for it."""
    headers = {} if key is None else {"x-api-key": key}
    if face == "v1":
        return found.ask(question(pair), headers=headers)
    if face == "v9":
        path = f"{FACE_V9}{actor or 'aktor'}/formansinformation/fraga"
        return found.ask(question_v9(pair), path=path, headers=headers)
    sent = soap_question(face, pair)
    if sent is None:
        return None
    path = ssek.PATH if face.endswith("ssek") else "/ws"
    return request(found.url, "POST", path, body=sent.body, headers={**sent.headers, **headers})


def soap_question(face: str, pair: Pair) -> WireRequest | None:
    adapter = discover()[face.partition("-")[0]]
    upstream = adapter.upstreams["ssek"](TERMS) if face.endswith("ssek") else adapter.upstream
    assert upstream is not None
    if pair not in upstream.types:
        return None
    asked = {"personnummer": PERSON, "period": dict(PERIOD), "informationstyper": [_one(pair)]}
    return upstream.render_question(asked, "aktor")


def _one(pair: Pair) -> dict[str, str]:
    return {"klass": pair[0], "informationstyp": pair[1]}


def asked_for(tree: dict[str, Any]) -> set[Pair]:
    """What a question to the agency asks for."""
    return {(klass, typ) for klass, key in KEYS_V9.items() for typ in tree.get(key, ())}


def tells_of_others(reply: Reply, consumer: str) -> list[str]:
    """What of the other consumers stands in a reply."""
    others = [name for name in CONSUMERS if name != consumer]
    secret = [*others, *(CONSUMERS[name]["aktors_id"] for name in others), *(KEYS[name] for name in others)]
    return [one for one in secret if one in reply.text]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_consumer_gets_what_it_may_and_the_agency_is_asked_for_nothing_else(
    guarded: House, consumer: str, face: str
) -> None:
    actor = str(CONSUMERS[consumer]["aktors_id"])
    tried = 0
    for pair in PAIRS:
        guarded.stub.reset()
        reply = ask(guarded, face, pair, KEYS[consumer], actor)
        if reply is None:
            continue
        tried += 1
        sent = guarded.stub.questions
        assert len(sent) == (1 if may(consumer, pair) else 0), (pair, reply.text)
        assert all(pair in asked_for(one.tree) for one in sent)
        assert all(all(may(consumer, each) for each in asked_for(one.tree)) for one in sent)
        assert all(f"/{actor}/" in one.path for one in (*sent, *guarded.stub.look_ups))
        assert tells_of_others(reply, consumer) == []
        if may(consumer, pair):
            assert reply.status == 200, (pair, reply.text)
        elif face == "v1":
            assert [one["utfall"] for one in reply.tree["tackning"]] == ["bortvald"]
        elif face == "v9":
            assert {one["avvikelse"]["kod"] for each in reply.tree["avvikelser"].values() for one in each} == {
                "OBEHORIG"
            }
        else:
            assert reply.status == 500
            assert "forbidden" in reply.text
    assert tried >= 50


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "key", [None, "", "nyckel-ingen", KEYS["kund-ett"][:-1]], ids=["none", "empty", "another", "part"]
)
def test_nobody_else_is_answered_or_told_anything(guarded: House, face: str, key: str | None) -> None:
    guarded.stub.reset()
    for pair in PAIRS[:30]:
        reply = ask(guarded, face, pair, key)
        if reply is not None:
            assert reply.status in {401, 403, 500}, reply.text
            assert tells_of_others(reply, "") == []
    assert guarded.stub.received == 0


@pytest.mark.parametrize("other", CONSUMERS)
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_consumer_acts_for_no_other_actor(guarded: House, consumer: str, other: str) -> None:
    guarded.stub.reset()
    actor = str(CONSUMERS[other]["aktors_id"])
    headers = {"x-api-key": KEYS[consumer]}
    pair = (
        ("formansinformation", "FK:FP") if consumer == "kund-tre" else next(one for one in PAIRS if may(consumer, one))
    )
    asked = ask(guarded, "v9", pair, KEYS[consumer], actor)
    listed = guarded.get(f"{FACE_V9}{actor}/tillgangligaInformationstyper", headers)
    assert asked is not None
    assert [asked.status, listed.status] == ([200, 200] if consumer == other else [403, 403])
    if consumer != other:
        assert guarded.stub.received == 0
        assert tells_of_others(asked, consumer) == tells_of_others(listed, consumer) == []


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_the_list_of_what_may_be_asked_for_holds_what_the_consumer_may(guarded: House, consumer: str) -> None:
    reply = guarded.get("/v1/informationstyper", {"x-api-key": KEYS[consumer]})
    assert reply.status == 200
    listed = {(one["klass"], one["informationstyp"]["kod"]) for one in reply.tree["informationstyper"]}
    assert listed == {pair for pair in PAIRS if may(consumer, pair)}


@pytest.mark.parametrize("path", [*OPEN, *CLOSED])
@pytest.mark.parametrize("consumer", ["", *CONSUMERS])
def test_what_stands_open_tells_nothing_of_a_consumer(guarded: House, path: str, consumer: str) -> None:
    headers = {"x-api-key": KEYS[consumer]} if consumer else {}
    for method in ("GET", "POST", "PUT", "DELETE"):
        reply = guarded.get(path, headers, method)
        assert reply.status == 200 or reply.status >= 400
        assert tells_of_others(reply, "") == [], (method, path)
        if path in CLOSED:
            assert reply.status in {404, 405, 500}, (method, path, reply.status)


def test_one_consumers_limit_is_no_error_of_anothers() -> None:
    hashes = {name: hashlib.sha256(KEYS[name].encode()).hexdigest() for name in ("kund-ett", "kund-fyra")}
    consumers = [
        {"name": name, "key_sha256": sha256, **CONSUMERS[name], **({"per_minute": 2} if name == "kund-ett" else {})}
        for name, sha256 in hashes.items()
    ]
    with house(consumers=consumers) as found:
        pair = ("formansinformation", "FK:SJP")
        seen = {
            name: [
                reply.status for reply in (ask(found, "v1", pair, KEYS[name]) for _ in range(4)) if reply is not None
            ]
            for name in hashes
        }
        assert seen == {"kund-ett": [200, 200, 429, 429], "kund-fyra": [200] * 4}


def test_an_identical_question_of_another_consumer_is_a_question_of_its_own(guarded: House) -> None:
    guarded.stub.reset()
    body = json.dumps(question(("formansinformation", "FK:SJP"))).encode()
    for name in ("kund-ett", "kund-fyra"):
        headers = {"content-type": "application/json", "x-api-key": KEYS[name]}
        assert request(guarded.url, "POST", "/v1/fragor", body=body, headers=headers).status == 200
    assert len(guarded.stub.questions) == 2
