"""Orders through the API: taken, asked once, counted, read; paused, cancelled, stopped; nobody sees another's."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.app import create_app
from tests.orders.houses import KNOWN, ORDERS, SJP, Gateway, body, fields, gateway, strangers
from tests.service.running import AGREED, Stub, request, says, serve, settings


@pytest.fixture(scope="module")
def house() -> Iterator[Gateway]:
    with gateway() as found:
        yield found


FAST = {"orders_per_minute": 3_000}


def keyed(name: str) -> dict[str, str]:
    return {"x-api-key": f"key-of-{name}"}


def consumer(name: str, **changed: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(f"key-of-{name}".encode()).hexdigest()
    return {"name": name, "key_sha256": sha256, **AGREED, **changed}


def test_an_order_is_answered_person_by_person(house: Gateway) -> None:
    before = house.twin.total
    address = house.place(KNOWN[:30])
    state = house.ended(address)
    assert state["tillstand"] == "klar"
    assert (state["personer"], state["fragor"]["besvarade"], state["utlamnanden"], state["andelKlar"]) == (
        30,
        30,
        30,
        1,
    )
    lines = house.results(address)
    assert [line["personnummer"] for line in lines] == list(KNOWN[:30])
    for line in lines:
        (part,) = line["svar"]
        assert (part["version"], part["utfall"]) == ("v9", "besvarad")
        assert part["svar"]["fraga"]["personnummer"] == line["personnummer"]
        assert part["svar"]["kalla"]["uppstroms"] == "v9"
    assert house.twin.total - before == 30


def test_an_answer_of_an_order_is_that_of_a_question(house: Gateway) -> None:
    address = house.place(KNOWN[:1])
    house.ended(address)
    (line,) = house.results(address)
    sent = json.dumps({"personnummer": KNOWN[0], **fields()}).encode()
    reply = request(house.url, "POST", "/v1/fragor", body=sent, headers={"content-type": "application/json"})
    ours, other = line["svar"][0]["svar"], reply.tree
    assert {**ours, "kalla": {}} == {**other, "kalla": {}}


def test_a_person_who_is_on_the_list_twice_is_asked_about_once(house: Gateway) -> None:
    before = house.twin.total
    ten = KNOWN[0][2:]
    address = house.place([KNOWN[0], KNOWN[1], KNOWN[0], ten])
    assert house.ended(address)["personer"] == 2
    assert house.twin.total - before == 2


@pytest.mark.parametrize("sign", [",", ";"])
def test_an_order_can_be_csv(house: Gateway, sign: str) -> None:
    rows = "\r\n".join([f"personnummer{sign}grupp", *(f"{one}{sign}a" for one in KNOWN[:3])])
    headers = {"content-type": "text/csv", "lefi-bestallning": json.dumps(fields())}
    reply = house.post(rows.encode(), headers)
    assert reply.status == 202, reply.text
    address = reply.headers["location"]
    assert house.ended(address)["personer"] == 3
    table = house.get(f"{address}/resultat", {"accept": "text/csv"}).body.decode().splitlines()
    assert table[0].split(";")[:5] == ["plats", "personnummer", "version", "uppstroms", "utfall"]
    assert [row.split(";")[1] for row in table[1:]] == list(KNOWN[:3])


def test_a_small_order_can_be_one_object(house: Gateway) -> None:
    sent = json.dumps(fields(personer=[{"personnummer": one} for one in KNOWN[:2]])).encode()
    reply = house.post(sent, {"content-type": "application/json"})
    assert reply.status == 202, reply.text
    assert house.ended(reply.headers["location"])["personer"] == 2


OTHER = {"personnummer": KNOWN[0]}
REFUSED = [
    ("no first line", b"", 400, ""),
    ("no JSON", b"x\n", 400, ""),
    ("no persons", body([]), 400, "/rader"),
    ("an unknown field", body([KNOWN[0]], nytt=1), 400, "/nytt"),
    ("an unknown type", body([KNOWN[0]], informationstyper=[{**SJP, "informationstyp": "FK:X"}]), 400, None),
    ("a number that does not exist", body([KNOWN[0], "199001010000"]), 422, "/rader/2/personnummer"),
    ("a number of another form", body([KNOWN[0], KNOWN[1], "x"]), 400, "/rader/3/personnummer"),
    ("a line that is no object", body([KNOWN[0]]) + b"\n7", 400, "/rader/2"),
    ("a field too many in a line", body([KNOWN[0]]) + b'\n{"namn":"x"}', 400, "/rader/2"),
    ("a period that ends before it begins", body([KNOWN[0]], period={"from": "2025-02-01", "tom": "2025-01-01"}), 422, "/period/tom"),  # noqa: E501
    ("one version to compare", body([KNOWN[0]], lage="jamforelse", versioner=["v9"]), 422, "/"),
    ("a version that nobody speaks", body([KNOWN[0]], versioner=["v7"]), 404, None),
    ("a group too long", body([KNOWN[0]]) + b"\n" + json.dumps({**OTHER, "grupp": "x" * 65}).encode(), 400, "/rader/2/grupp"),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("sent", "status", "path"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_is_wrong_refuses_the_whole_order_and_leaves_nothing(
    house: Gateway, sent: bytes, status: int, path: str | None
) -> None:
    before = house.get(ORDERS).tree["bestallningar"]
    reply = house.post(sent, {})
    assert reply.status == status, reply.text
    if path is not None:
        assert [one["path"] for one in reply.tree["errors"]] == [path]
    assert house.get(ORDERS).tree["bestallningar"] == before


def test_a_pause_has_its_effect_within_two_seconds() -> None:
    with gateway(per_minute=1_200) as slow:
        address = slow.place(strangers(200))
        _until(lambda: slow.twin.total >= 5)
        assert slow.do(address, "paus").tree["tillstand"] == "pausad"
        time.sleep(1.0)
        paused_at = slow.twin.total
        time.sleep(1.5)
        assert slow.twin.total == paused_at < 200
        assert slow.do(address, "paus").status == 409
        assert slow.do(address, "fortsatt").tree["tillstand"] == "pagar"
        _until(lambda: slow.twin.total > paused_at)
        assert slow.do(address, "avbryt").tree["tillstand"] == "avbruten"
        assert slow.do(address, "fortsatt").status == 409
        outcomes = {line["svar"][0]["utfall"] for line in slow.results(address)}
        assert outcomes >= {"besvarad", "ej_fragad"}


def test_an_order_stops_at_its_budget_of_disclosures(house: Gateway) -> None:
    before = house.twin.total
    state = house.ended(house.place(strangers(40), stopp={"fragor": 7}))
    assert (state["tillstand"], state["skal"], state["utlamnanden"]) == ("stoppad", "budget", 7)
    assert house.twin.total - before == 7


def test_an_order_stops_where_too_much_fails() -> None:
    stub = Stub()
    with serve(stub) as stub.url, serve(create_app(settings(f"{stub.url}/rest", over=FAST))) as url:
        stub.answer = says({"meddelande": "fel", "timestamp": "2025-01-01T00:00:00"}, 500)
        house = Gateway(url, None)
        address = house.place(strangers(300), stopp={"felandel": 0.5})
        state = house.ended(address)
        assert (state["tillstand"], state["skal"]) == ("stoppad", "felandel")
        assert 20 <= state["fragor"]["misslyckade"] < 300
        problems = {part.get("problem") for line in house.results(address) for part in line["svar"]}
        assert problems == {"upstream-fault", None}


def test_what_was_never_sent_waits_and_is_no_disclosure() -> None:
    with serve(create_app(settings("http://127.0.0.1:9/rest", over=FAST))) as url:
        house = Gateway(url, None)
        address = house.place(strangers(3))
        time.sleep(2)
        state = house.get(address).tree
        assert state["tillstand"] == "pagar"
        assert state["utlamnanden"] == 0
        assert state["fragor"]["vantar"] == 3


def test_a_consumer_sees_its_own_orders_only() -> None:
    with gateway(consumers=[consumer("egen"), consumer("annan")]) as house:
        address = house.place(KNOWN[:2], headers=keyed("egen"))
        state = house.ended(address, headers=keyed("egen"))
        assert state["tillstand"] == "klar"
        assert len(house.results(address, keyed("egen"))) == 2
        for what in ("", "/resultat"):
            assert house.get(address + what).status == 401
            assert house.get(address + what, keyed("annan")).status == 404
        for what in ("paus", "fortsatt", "avbryt", "fraga-okanda-igen"):
            assert house.do(address, what).status == 401
            reply, nowhere = (
                house.do(each, what, keyed("annan")) for each in (address, f"{ORDERS}/{state['id'][::-1]}")
            )
            assert reply.status == nowhere.status == 404
            assert {**reply.tree, "instance": ""} == {**nowhere.tree, "instance": ""}
        assert house.get(ORDERS, keyed("annan")).tree["bestallningar"] == []
        assert len(house.get(ORDERS, keyed("egen")).tree["bestallningar"]) == 1
        assert house.post(body(KNOWN[:1]), {}).status == 401


def test_an_order_asks_for_what_its_consumer_may_and_shows_what_it_may_see() -> None:
    limited = consumer("egen", informationstyper=["FK:SJP"], fields=["arenden.sjukpenning"])
    with gateway(consumers=[limited]) as house:
        asked = [SJP, {"klass": "formansinformation", "informationstyp": "FK:FP"}]
        address = house.place(KNOWN[:20], headers=keyed("egen"), informationstyper=asked)
        house.ended(address, headers=keyed("egen"))
        for line in house.results(address, keyed("egen")):
            svar = line["svar"][0]["svar"]
            assert svar.keys() <= {"fraga", "tackning", "arenden", "anmarkningar", "kalla", "avvikelser", "utlamnare"}
            said = {one["informationstyp"]: one["utfall"] for one in svar["tackning"]}
            assert said["FK:FP"] == "bortvald"


def test_a_purpose_has_to_be_stated_as_for_a_question() -> None:
    two = consumer("egen", purposes=["ett", "tva"])
    with gateway(consumers=[two]) as house:
        assert house.post(body(KNOWN[:1]), keyed("egen")).status == 400
        assert house.post(body(KNOWN[:1]), {**keyed("egen"), "lefi-purpose": "tre"}).status == 403
        assert house.post(body(KNOWN[:1]), {**keyed("egen"), "lefi-purpose": "tva"}).status == 202


def test_nobody_is_asked_about_outside_the_hours() -> None:
    never = [{"days": ["mon"], "begin": "00:00:00", "end": "00:00:01"}]
    with gateway(orders={"hours": never}) as house:
        address = house.place(KNOWN[:3])
        time.sleep(1.5)
        assert house.get(address).tree["fragor"]["vantar"] == 3
        assert house.twin.total == 0


def test_nothing_of_a_person_is_kept_in_clear(tmp_path: Any) -> None:
    with gateway(state=str(tmp_path)) as house:
        house.ended(house.place(KNOWN[:10]))
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert len(kept) > 10_000
    for number in KNOWN[:10]:
        assert number.encode() not in kept
        assert number[2:].encode() not in kept
    assert b"arenden" not in kept


def _until(holds: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
