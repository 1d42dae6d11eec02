"""What the service sends to us ends an order's rows as what is fetched does, whichever process it comes to."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.app import create_app
from gateway.asynkron import roles
from gateway.connection import Connection
from gateway.settings import Settings
from gateway.twin import deliveries
from gateway.twin.asynkron import Receiver
from gateway.twin.deliveries import Package, Taken
from tests.asynkron.running import PEOPLE, SECRET, SENDER
from tests.ledger.places import Place, postgresql, sqlite
from tests.orders.crash import Nursery
from tests.orders.houses import KNOWN, NDJSON, Gateway, Twin, fields, gateway, twin
from tests.orders.test_through import ends, through
from tests.service.running import Reply, request, serve

ORDERING = roles.discover()["asynkron10"]
PATH = ORDERING.upstream.delivery_path
SELDOM = 600
"""Seconds between polls: what is here before did not come by polling."""


def free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def pushing(port: int, headers: dict[str, str] | None = None) -> Iterator[Twin]:
    """A twin that sends what it delivers to a port of ours."""
    to = Connection(url=f"http://127.0.0.1:{port}{PATH}")
    with twin(Receiver(to, SECRET if headers is None else headers)) as agency:
        yield agency


def given(place: Place, agency: Twin, aktor: str, **changed: Any) -> dict[str, Any]:
    """The settings of all who take part."""
    asynkron = {"url": f"{agency.url}/rest", "poll_seconds": SELDOM, "aktors_id": aktor, "delivery": "push"}
    return {
        "state": str(place.state),
        "upstreams": {"v9": {"url": f"{agency.url}/rest"}},
        "asynkron": {**asynkron, "sender": SENDER, **changed},
        **({} if place.is_sqlite else {"ledger": {"url": place.settings.url}}),
    }


@contextlib.contextmanager
def pushed(folder: Path, aktor: str = "asynkron", headers: Any = None, **changed: Any) -> Iterator[Gateway]:
    """A gateway that is sent what it ordered."""
    port = free()
    with sqlite(folder) as place, pushing(port, headers) as agency:
        settings = Settings.model_validate(given(place, agency, aktor, **changed))
        with serve(create_app(settings), port=port) as url:
            yield Gateway(url, agency)


def fetched(house: Gateway) -> int:
    """How many packages were fetched."""
    counted = request(house.twin.url, "GET", "/raknare").tree["fragor"]
    return int(counted.get("asynkron10 hamta", 0))


@pytest.mark.parametrize("fault", ["delad.dubblett", "delad.oordning", "sen", "kapad", "forlorad_kvittens"])
def test_however_it_is_sent_every_row_ends_once(tmp_path: Path, fault: str) -> None:
    with pushed(tmp_path, f"asynkron.{fault}") as house:
        state = house.ended(house.place(KNOWN[:6], genom="asynkron"))
        assert (state["tillstand"], state["fragor"]["besvarade"], state["utlamnanden"]) == ("klar", 6, 6)
        assert fetched(house) == 0
        assert set(house.twin.asked().values()) == {1}
    assert ends(tmp_path) == [("answered", 6)]


@pytest.mark.parametrize(("fault", "answered", "failed"), [("saknad_rad", 5, 1), ("misslyckad", 0, 6)])
def test_what_is_not_sent_is_said(tmp_path: Path, fault: str, answered: int, failed: int) -> None:
    with pushed(tmp_path, f"asynkron.{fault}") as house:
        asked = house.ended(house.place(KNOWN[:6], genom="asynkron"))["fragor"]
        assert (asked["besvarade"], asked["misslyckade"], asked["okantUtfall"]) == (answered, failed, 0)


def test_what_is_sent_is_kept_as_what_is_fetched(tmp_path: Path) -> None:
    found = []
    with through(tmp_path / "poll") as polling, pushed(tmp_path / "push") as house:
        for each in (polling, house):
            address = each.place(KNOWN[:20], genom="asynkron")
            each.ended(address)
            lines = each.results(address)
            for line in lines:
                assert line["svar"][0]["svar"].pop("kalla")["kontrakt"] == "rekonstruerat"
            found.append(lines)
        assert (fetched(polling), fetched(house)) == (1, 0)
    assert found[0] == found[1]


def test_what_could_not_be_sent_is_fetched(tmp_path: Path) -> None:
    with pushed(tmp_path, "asynkron.delad", {"x-api-key": "another's"}, poll_seconds=0.2) as house:
        state = house.ended(house.place(KNOWN[:6], genom="asynkron"))
        assert state["fragor"]["besvarade"] == 6
        assert fetched(house) == 3
        assert set(house.twin.asked().values()) == {1}
    assert ends(tmp_path) == [("answered", 6)]


def test_it_may_come_to_another_process_than_the_one_that_placed_it(forks: Nursery, tmp_path: Path) -> None:
    port = free()
    with postgresql(tmp_path) as place, pushing(port) as agency:
        settings = given(place, agency, "asynkron.delad.oordning")
        environment = place.environment | {
            "LEFI_UPSTREAMS": json.dumps(settings["upstreams"]),
            "LEFI_ASYNKRON": json.dumps(settings["asynkron"]),
        }
        app = create_app(Settings.model_validate({**settings, "orders": {"in_process": False}}))
        with serve(app, port=port) as url:
            house = Gateway(url, agency)
            pid, _ = forks.start(["worker"], environment, "working")
            address = house.place(KNOWN[:20], genom="asynkron")
            state = house.ended(address)
            assert (state["tillstand"], state["fragor"]["besvarade"]) == ("klar", 20)
            assert fetched(house) == 0
            assert len(house.results(address)) == 20
            forks.kill(pid)
        assert set(agency.asked().values()) == {1}
        assert Counter(row["kind"] for row in place.rows()) == {"intent": 20, "outcome": 20}


def test_packages_that_come_to_two_gateways_at_once_are_each_kept_once(place: Place) -> None:
    with pushing(free()) as agency, contextlib.ExitStack() as stack:
        settings = Settings.model_validate(given(place, agency, "asynkron.saknad_leverans"))
        urls = [stack.enter_context(serve(create_app(settings))) for _ in "ab"]
        house = Gateway(urls[0], agency)
        address = house.place(KNOWN[:40], genom="asynkron")
        _until(lambda: agency.total == 40)
        package = _package(place)

        def send(turn: int) -> Reply:
            return request(urls[turn % 2], "POST", PATH, body=package, headers={**NDJSON, **SECRET})

        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(send, range(6)))
        assert {(one.status, one.tree["antalRader"]) for one in replies} == {(200, 40)}
        assert house.ended(address)["fragor"]["besvarade"] == 40
        with place.hands(tied=True) as cursor:
            cursor.execute("SELECT event FROM order_events")
            kinds = Counter(json.loads(bytes(row[0]))["type"] for row in cursor.fetchall())
        assert kinds["RowCame"] == 40
        assert Counter(row["kind"] for row in place.rows()) == {"intent": 40, "outcome": 40}


def _package(place: Place) -> bytes:
    """The package that the twin keeps to itself, about the persons of the order there is."""
    with place.hands(tied=True) as cursor:
        cursor.execute("SELECT DISTINCT reference FROM order_events")
        ((reference,),) = cursor.fetchall()
    rows = {f"{number}.0": {"personnummer": one, **fields()} for number, one in enumerate(KNOWN[:40], 1)}
    taken = Taken("B1", "asynkron", reference, True, rows, frozenset())
    return b"".join(deliveries.content(ORDERING.face, taken, Package("B1-1", 1, tuple(rows), True), PEOPLE))


def test_nobody_but_the_service_may_send(tmp_path: Path) -> None:
    with pushed(tmp_path) as house:
        for headers in ({}, {"x-api-key": "another's"}):
            reply = request(house.url, "POST", PATH, body=b"{}\n", headers={**NDJSON, **headers})
            assert (reply.status, reply.tree["type"]) == (401, "urn:lefi-gateway:problem:unauthenticated")
        assert request(house.url, "POST", PATH, body=b"{}\n", headers={**NDJSON, **SECRET}).status == 400
    with gateway() as house:
        assert request(house.url, "POST", PATH, body=b"{}\n", headers={**NDJSON, **SECRET}).status == 404


def test_push_needs_a_sender() -> None:
    asynkron = {"url": "http://127.0.0.1:9", "delivery": "push"}
    with pytest.raises(ValueError, match="expected sender with the delivery push"):
        Settings.model_validate({"asynkron": asynkron})


def _until(holds: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
