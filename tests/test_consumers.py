"""Who may ask: API keys, and the actor that a consumer asks for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest

from tests.service.running import AGREED, ASK_V9, ENTITLED_V9, FACE_V9, House, house

FACES = {"own": "/v1/fragor", "v9": ASK_V9}
KEYS = {"alfa": "nyckel-alfa-0123456789", "beta": "nyckel-beta-0123456789"}
CONSUMERS: list[dict[str, Any]] = [
    {
        "name": "alfa",
        "key_sha256": hashlib.sha256(KEYS["alfa"].encode()).hexdigest(),
        "aktors_id": "alfa-aktor",
        **AGREED,
    },
    {"name": "beta", "key_sha256": hashlib.sha256(KEYS["beta"].encode()).hexdigest(), **AGREED},
]


@pytest.fixture(scope="module")
def keyed() -> Iterator[House]:
    with house(consumers=CONSUMERS) as found:
        yield found


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"x-api-key": ""}, {"x-api-key": "fel"}, {"x-api-key": KEYS["alfa"][:-1]}, {"x-api-key": "å"}),
        {"x-api-key": CONSUMERS[0]["key_sha256"]},
        {"authorization": f"Bearer {KEYS['alfa']}"},
    ],
    ids=["none", "empty", "wrong", "a part", "not ASCII", "the hash", "elsewhere"],
)
def test_without_its_key_nobody_is_answered(keyed: House, secrets: set[str], headers: dict[str, str]) -> None:
    secrets |= set(KEYS.values())
    keyed.stub.reset()
    for path in FACES.values():
        reply = keyed.ask(path=path, headers=headers)
        assert reply.status == (401 if path == "/v1/fragor" else 403)
        assert "unauthenticated" in reply.text
    for path in ("/v1/informationstyper", ENTITLED_V9):
        assert keyed.get(path, headers).status in {401, 403}
    assert keyed.stub.received == 0
    assert keyed.ask(path=f"/v1/fragor?x-api-key={KEYS['alfa']}").status == 401, "a key in an address is none"


def test_with_its_key_a_consumer_is_answered_as_its_actor(keyed: House) -> None:
    keyed.stub.reset()
    assert keyed.ask(headers={"x-api-key": KEYS["alfa"]}).status == 200
    assert keyed.ask(headers={"X-API-KEY": KEYS["beta"]}).status == 200
    assert [one.path.split("/")[-3] for one in keyed.stub.questions] == ["alfa-aktor", "lefi-gateway"]


def test_keys_are_compared_in_constant_time_and_all_of_them(keyed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    compare = hmac.compare_digest

    def watched(given: str, kept: str) -> bool:
        compared.append(kept)
        return compare(given, kept)

    monkeypatch.setattr("gateway.consumers.identify.hmac.compare_digest", watched)
    assert keyed.ask(headers={"x-api-key": KEYS["alfa"]}).status == 200
    assert compared == [consumer["key_sha256"] for consumer in CONSUMERS]


@pytest.mark.parametrize("last", ["formansinformation/fraga", "tillgangligaInformationstyper"])
def test_a_consumer_with_an_actor_of_its_own_acts_for_no_other(keyed: House, last: str) -> None:
    keyed.stub.reset()
    replies = {}
    for name, key in KEYS.items():
        for aktor in ("alfa-aktor", "annan-aktor"):
            headers = {"x-api-key": key}
            path = f"{FACE_V9}{aktor}/{last}"
            ask = last.endswith("fraga")
            reply = keyed.ask(path=path, headers=headers) if ask else keyed.get(path, headers)
            replies[name, aktor] = reply.status
            if reply.status == 403:
                assert "[aktorsId: expected " in reply.tree["meddelande"]
                assert "alfa-aktor" not in reply.text
    assert replies == {
        ("alfa", "alfa-aktor"): 200,
        ("alfa", "annan-aktor"): 403,
        ("beta", "alfa-aktor"): 200,
        ("beta", "annan-aktor"): 200,
    }
    asked = keyed.stub.questions or keyed.stub.look_ups
    assert len({one.path for one in asked}) == 2
    assert len(asked) == 3, "nothing was sent for the one that may not"
