"""Two versions asked one question: two disclosures, one after the other, and what differs as the caller sees it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.app import create_app
from gateway.settings import Settings
from gateway.twin.app import create_twin
from tests.cli.running import SICK, UNKNOWN, here
from tests.service.move import Proxy
from tests.service.running import AGREED, Reply, fresh_folder, question, request, serve
from tests.service.several import CLOSED, rows

Tree = dict[str, Any]
SJP, SGI, GEPI = ("formansinformation", "FK:SJP"), ("ovrig_information", "FK:SGI"), ("ovrig_information", "FK:GEPI")
KEYS = {"alla": "nyckel-alla-0123456789", "snav": "nyckel-snav-0123456789"}
CONSUMERS = [
    {"name": "alla", "key_sha256": hashlib.sha256(KEYS["alla"].encode()).hexdigest(), "protected": "show", **AGREED},
    {
        "name": "snav",
        "key_sha256": hashlib.sha256(KEYS["snav"].encode()).hexdigest(),
        "informationstyper": ["FK:SGI"],
        "fields": ["inkomst.sjukpenninggrundandeInkomster.*.dagar"],
        **AGREED,
    },
]


class Gateway:
    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings

    def compare(self, body: Any, key: str | None = KEYS["alla"], **headers: str) -> Reply:
        sent = {"content-type": "application/json", **({"x-api-key": key} if key else {}), **headers}
        return request(self.url, "POST", "/v1/jamforelser", body=json.dumps(body).encode(), headers=sent)

    def ledger(self) -> list[tuple[Any, ...]]:
        written = rows(self.settings)
        results = {row["id"]: row["result"] for row in written if row["kind"] == "outcome"}
        return [
            (row["upstream"], row["role"], results[row["id"]], row["correlation_id"])
            for row in written
            if row["kind"] == "intent"
        ]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with serve(create_twin()) as twin, serve(Proxy(create_twin(), spoils=True)) as spoiling:
        settings = Settings.model_validate(
            {
                "state": fresh_folder(),
                "consumers": CONSUMERS,
                "upstreams": {
                    "v7": {"url": f"{twin}/ws"},
                    "v9": {"url": f"{twin}/rest"},
                    "fel": {"version": "v9", "url": f"{spoiling}/rest"},
                    "stangd": {"version": "v9", "url": CLOSED},
                },
            }
        )
        with serve(create_app(settings)) as url:
            yield Gateway(url, settings)


def body(*types: tuple[str, str], left: str = "v7", right: str = "v9", **more: Any) -> Tree:
    asked = question(*(types or (SJP, SGI, GEPI)), personnummer=SICK)
    return {"fraga": asked, "left": left, "right": right, **more}


def test_both_are_asked_and_each_is_a_disclosure_of_its_own(gateway: Gateway) -> None:
    before = len(gateway.ledger())
    reply = gateway.compare(body())
    assert reply.status == 200, reply.text
    assert (reply.tree["left"], reply.tree["right"]) == (
        {"version": "v7", "uppstroms": "v7"},
        {"version": "v9", "uppstroms": "v9"},
    )
    assert gateway.ledger()[before:] == [
        ("v7", "primary", "answered", reply.tree["korrelationsId"]),
        ("v9", "comparison", "answered", reply.tree["korrelationsId"]),
    ]
    assert reply.tree["counts"]["unexplained"] == 0
    assert {one["informationstyp"] for one in reply.tree["types"]} == {"FK:SJP", "FK:SGI", "FK:GEPI"}
    assert all({"path", "kind", "class"} <= one.keys() for one in reply.tree["differences"])


def test_values_stand_in_the_answer_only_when_asked_for(gateway: Gateway) -> None:
    def valued(**more: Any) -> list[Tree]:
        reply = gateway.compare(body(**more))
        return [side for one in reply.tree["differences"] for side in (one["left"], one["right"]) if "value" in side]

    assert gateway.compare(body()).tree["differences"]
    assert valued() == []
    assert valued(values=False) == []
    assert valued(values=True)


def test_the_second_is_not_asked_when_the_first_did_not_answer(gateway: Gateway) -> None:
    before = len(gateway.ledger())
    reply = gateway.compare(body(left="stangd", right="v9"))
    assert reply.status == 503
    assert [one[:3] for one in gateway.ledger()[before:]] == [("stangd", "primary", "upstream-unavailable")]


def test_an_error_of_the_second_is_a_difference(gateway: Gateway) -> None:
    reply = gateway.compare(body(right="stangd"))
    assert reply.status == 200
    assert reply.tree["right"] == {"version": "v9", "uppstroms": "stangd", "problem": "upstream-unavailable"}
    assert [(one["kind"], one["class"]) for one in reply.tree["differences"]] == [("only_left", "source")]


def test_a_consumer_is_told_of_differences_in_what_it_may_see_only(gateway: Gateway) -> None:
    before = len(gateway.ledger())
    everything = gateway.compare(body(left="v9", right="fel", values=True)).tree
    reply = gateway.compare(body(left="v9", right="fel", values=True), KEYS["snav"])
    assert reply.status == 200
    assert {one["path"].split("/")[1] for one in everything["differences"]} >= {"inkomst", "arenden"}
    assert everything["counts"]["unexplained"] > 1
    assert reply.tree["differences"] == []
    told = {(one["informationstyp"], one["left"], one["right"]) for one in reply.tree["types"]}
    assert ("FK:SJP", "bortvald", "bortvald") in told
    asked = [row for row in rows(gateway.settings) if row["kind"] == "intent"][before + 2 :]
    assert [json.loads(row["types"]) for row in asked] == [[list(SGI)], [list(SGI)]]


REFUSED: dict[str, tuple[Any, int]] = {
    "no key": (None, 401),
    "no such side": ({"left": "v1"}, 404),
    "a side of another form": ({"left": "V7!"}, 400),
    "no side": ({"right": None}, 400),
    "values as text": ({"values": "yes"}, 400),
    "a field more": ({"extra": 1}, 400),
    "a question of another form": ({"fraga": {"personnummer": 1}}, 400),
    "nobody's number": ({"fraga": {**question(SJP), "personnummer": UNKNOWN[:-1] + "9"}}, 422),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_compared_is_refused_and_nobody_is_asked(gateway: Gateway, name: str) -> None:
    changed, status = REFUSED[name]
    before = len(gateway.ledger())
    reply = gateway.compare({**body(), **(changed or {})}, KEYS["alla"] if changed else None)
    assert reply.status == status, reply.text
    assert len(gateway.ledger()) == before


@pytest.mark.prints_values("--values is asked for")
def test_the_command_asks_a_gateway_and_fails_on_new_differences_only(gateway: Gateway, tmp_path: Any) -> None:
    key, baseline = tmp_path / "key", tmp_path / "baseline.json"
    key.write_text(KEYS["alla"])
    period = ("--from", "2025-01-01", "--tom", "2025-12-31")
    options = ("compare", "v7", "v9", "--url", gateway.url, "--typ", "FK:SJP", *period, "--key-file", str(key))
    done = here(*options, given=SICK)
    assert done.status == 0, done
    assert "v7 and v9" in done.out
    saved = here(*options, "--json", given=SICK)
    baseline.write_text(saved.out.splitlines()[-1])  # before it stands what the gateway logs in this process
    assert here(*options, "--fail-on-new", str(baseline), given=SICK).status == 0
    broken = ("compare", "v7", "stangd", *options[3:])
    assert here(*broken, given=SICK).status == 3
    new = here(*broken, "--fail-on-new", str(baseline), given=SICK)
    assert (new.status, "1 that the baseline does not have" in new.out) == (3, True)
    assert here("compare", "v1", "v9", *options[3:], given=SICK).status == 2
