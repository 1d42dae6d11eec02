"""An order that is sent again with its Idempotency-Key is not placed twice, whichever gateway it comes to."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.app import create_app
from tests.cli.running import here
from tests.ledger.places import Place, sqlite
from tests.orders.crash import Nursery
from tests.orders.houses import KNOWN, NDJSON, ORDERS, body, fields, gateway, strangers, twin
from tests.orders.test_orders import consumer, keyed
from tests.service.running import Reply, request, serve, settings

KEY = {"idempotency-key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


@dataclass
class Two:
    """Two gateways on one database; nobody works at their orders."""

    urls: tuple[str, str]
    place: Place

    def send(self, sent: Any, which: int = 0, headers: Any = None) -> Reply:
        sent_with = {**NDJSON, **KEY, **(headers or {})}
        return request(self.urls[which], "POST", ORDERS, body=sent, headers=sent_with, wait=60)

    def orders(self) -> list[str]:
        """The addresses of all orders that there are."""
        found = request(self.urls[0], "GET", ORDERS).tree["bestallningar"]
        return [f"{ORDERS}/{one['id']}" for one in found]

    def settled(self, persons: int) -> None:
        """There is one order, with every person once, and nothing of another one."""
        (address,) = self.orders()
        state = request(self.urls[0], "GET", address).tree
        assert (state["tillstand"], state["personer"], state["fragor"]["totalt"]) == ("pagar", persons, persons)
        assert [_count(self.place, table) for table in ("order_persons", "order_items")] == [persons] * 2


@pytest.fixture
def two(place: Place) -> Iterator[Two]:
    with contextlib.ExitStack() as stack:
        orders = {"dead_seconds": 60, "in_process": False}
        shared: dict[str, Any] = {"state": place.state, "ledger": place.settings, "orders": orders}
        urls = [stack.enter_context(serve(create_app(settings("http://127.0.0.1:9/rest", **shared)))) for _ in "ab"]
        yield Two((urls[0], urls[1]), place)


@contextlib.contextmanager
def halfway(two: Two, whole: bytes) -> Iterator[Callable[[], Reply]]:
    """An order of which the first gateway has a part; what is yielded lets the rest come, and gives the answer."""
    sent, go_on = threading.Event(), threading.Event()
    middle = whole.index(b"\n", len(whole) // 2) + 1

    def slowly() -> Iterator[bytes]:
        yield whole[:middle]
        sent.set()
        assert go_on.wait(30)
        yield whole[middle:]

    with ThreadPoolExecutor() as pool:
        answer = pool.submit(two.send, slowly())

        def rest() -> Reply:
            go_on.set()
            return answer.result()

        assert sent.wait(30)
        until(lambda: _persons(two.place) > 0)
        yield rest


def test_the_same_order_is_answered_with_its_address_in_whatever_form_it_comes(two: Two) -> None:
    first = two.send(body(KNOWN[:5]))
    csv = "personnummer;grupp\n" + "".join(f"{one};\n" for one in KNOWN[:5])
    small = {**fields(), "personer": [{"personnummer": one} for one in KNOWN[:5]]}
    head = json.dumps(fields(lage="svar"))
    again = [
        two.send(body(KNOWN[:5]), 1),
        two.send(csv.encode(), 1, headers={"content-type": "text/csv", "lefi-bestallning": head}),
        two.send(json.dumps(small).encode(), headers={"content-type": "application/json"}),
    ]
    assert [one.status for one in (first, *again)] == [202] * 4
    assert {one.headers["location"] for one in (first, *again)} == {first.headers["location"]}
    assert {one.tree["id"] for one in again} == {first.tree["id"]}
    two.settled(5)


def test_another_order_with_the_same_key_is_refused(two: Two) -> None:
    assert two.send(body(KNOWN[:3])).status == 202
    others = [
        two.send(body(KNOWN[:2])),
        two.send(body(KNOWN[:4]), 1),
        two.send(body(KNOWN[2::-1])),
        two.send(body(KNOWN[:3], stopp={"fragor": 2})),
        two.send(body(KNOWN[:3], period={"from": "2025-01-01", "tom": "2025-12-30"}), 1),
        two.send(body(KNOWN[:3]), headers={"lefi-purpose": "annat"}),
        two.send(body(KNOWN[:3]) + b"\n" + json.dumps({"personnummer": KNOWN[3], "grupp": "a"}).encode()),
    ]
    assert [one.status for one in others] == [422] * len(others)
    for one in others:
        assert one.headers["content-type"] == "application/problem+json"
        assert [fault["path"] for fault in one.tree["errors"]] == ["idempotency-key"]
    two.settled(3)


def test_of_two_at_the_same_time_one_is_told_to_come_again(two: Two) -> None:
    whole = body(strangers(3_000))
    with halfway(two, whole) as rest:
        others = [two.send(whole, which) for which in (1, 0)]
        taken = rest()
    for other in others:
        assert (other.status, other.tree["errors"][0]["path"]) == (409, "idempotency-key")
        assert int(other.headers["retry-after"]) > 0
    again = two.send(whole, 1)
    assert (taken.status, again.status) == (202, 202)
    assert taken.headers["location"] == again.headers["location"]
    assert len(two.orders()) == 1


def test_of_many_at_once_one_is_taken(two: Two) -> None:
    whole = body(KNOWN[:10])
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda turn: two.send(whole, turn % 2), range(16)))
    taken = {one.headers["location"] for one in replies if one.status == 202}
    assert {one.status for one in replies} <= {202, 409}
    assert len(taken) == 1
    two.settled(10)


def test_what_was_cut_off_leaves_nothing_and_its_key_is_free(two: Two) -> None:
    whole = body(strangers(1_500))
    with begun(two.urls[0], whole):
        until(lambda: _persons(two.place) > 0)
        assert two.send(whole, 1).status == 409
    assert coming_again(lambda: two.send(whole, 1)) < 30
    two.settled(1_500)


def test_what_was_refused_may_be_mended_and_sent_with_the_same_key(two: Two) -> None:
    assert two.send(body([*KNOWN[:2], "199001010000"])).status == 422
    assert two.send(body(KNOWN[:2]), 1).status == 202
    two.settled(2)


def test_who_was_thought_dead_does_not_make_a_second_order(two: Two) -> None:
    whole = body(strangers(3_000))
    with halfway(two, whole) as rest:
        with two.place.hands(tied=True) as cursor:  # as it looks to others when a gateway stands still for long
            cursor.execute("UPDATE orders SET steward_until = 1")
        second = two.send(whole, 1)
        assert (rest().status, second.status) == (409, 202)
    two.settled(3_000)


def test_a_gateway_that_was_killed_does_not_keep_a_key(forks: Nursery, tmp_path: Path) -> None:
    with twin() as agency, sqlite(tmp_path / "state") as place:
        config = tmp_path / "gateway.toml"
        config.write_text(f'[orders]\ndead_seconds = 2\n[upstreams.v9]\nurl = "{agency.url}/rest"\n', "utf-8")
        serving = ["serve", "--port", "0", "--config", str(config)]
        pid, url = forks.start(serving, place.environment, "listening")
        whole = body(strangers(1_500))
        with begun(url, whole):
            until(lambda: _persons(place) > 0)
            forks.kill(pid)
        pid, url = forks.start(serving, place.environment, "listening")
        assert coming_again(lambda: request(url, "POST", ORDERS, body=whole, headers={**NDJSON, **KEY})) < 10
        assert len(request(url, "GET", ORDERS).tree["bestallningar"]) == 1
        assert _persons(place) == 1_500
        forks.kill(pid)


def test_a_key_is_its_consumers() -> None:
    with gateway(consumers=[consumer("egen"), consumer("annan")]) as house:
        places = [house.place(KNOWN[:2], {**keyed(name), **KEY}) for name in ("egen", "annan", "egen")]
        assert places[0] == places[2] != places[1]


SPELLED = {
    "without quotes": "8e03978e",
    "nothing in it": '""',
    "cut off": '"8e03978e',
    "too long": '"' + "x" * 256 + '"',
    "a parameter": '"8e03978e";a=1',
    "two": '"a", "b"',
    "not ASCII": '"å"',
    "a backslash before what needs none": '"\\a"',
}


def test_a_key_that_is_none_is_refused() -> None:
    with gateway() as house:
        for how, key in SPELLED.items():
            reply = house.post(body(KNOWN[:1]), {"idempotency-key": key})
            assert (reply.status, reply.tree["errors"][0]["path"]) == (400, "idempotency-key"), how
            assert len(key) < 3 or key.strip('"') not in reply.text, how
        assert house.post(body(KNOWN[:1]), {"idempotency-key": r'"a \"b\" \\"'}).status == 202
        assert len(house.get(ORDERS).tree["bestallningar"]) == 1


def test_neither_the_key_nor_the_content_is_kept(tmp_path: Path) -> None:
    with gateway(state=str(tmp_path)) as house:
        house.place(KNOWN[:3], {"idempotency-key": f'"order about {KNOWN[0]}"'})
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert b"order about" not in kept
    assert KNOWN[0].encode() not in kept


# --------------------------------------------------------------------------------------- lefi order create


@contextlib.contextmanager
def losing(url: str, answers: int) -> Iterator[str]:
    """A way to a gateway on which the first so many answers are lost: the connection ends once there is one."""
    where, left = urlsplit(url), [answers]

    def passed(one: socket.socket) -> None:
        with one, socket.create_connection((where.hostname or "", where.port or 0)) as other:
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()
            first = other.recv(65_536)
            if left[0]:
                left[0], first = left[0] - 1, b""
            while first:
                one.sendall(first)
                first = other.recv(65_536)
            for each in (one, other):  # closing alone would wait for the pump
                each.shutdown(socket.SHUT_RDWR)

    def served(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=passed, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=served, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := one.recv(65_536):
            other.sendall(piece)


OPTIONS = ("--typ", "FK:SJP", "--from", "2025-01-01", "--tom", "2025-12-31")


def create(url: str, persons: list[str] | tuple[str, ...], *more: str) -> Any:
    return here("order", "create", "-", *OPTIONS, "--url", url, *more, given="\n".join(persons))


def test_the_command_sends_an_order_again_and_there_is_one() -> None:
    with gateway() as house, losing(house.url, 1) as url:
        made = create(url, KNOWN[:3])
        assert made.status == 0, made.err
        (only,) = house.get(ORDERS).tree["bestallningar"]
        assert made.out.split()[-1] == only["id"]


def test_the_command_says_with_which_key_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["gateway.cli.order"], "_PAUSES", (0.01,))
    with gateway() as house, losing(house.url, 2) as url:
        lost = create(url, KNOWN[:3])
        assert lost.status == 1
        key = lost.err.rpartition("--idempotency-key ")[2].split()[0]
        again = create(url, KNOWN[:3], "--idempotency-key", key)
        (only,) = house.get(ORDERS).tree["bestallningar"]
        assert (again.status, again.out.split()[-1]) == (0, only["id"])
        other = create(url, KNOWN[:2], "--idempotency-key", key)
        assert (other.status, "422" in other.err) == (1, True)
        assert create(url, KNOWN[:2], "--idempotency-key", "å").status == 2


def test_two_commands_place_two_orders() -> None:
    with gateway() as house:
        assert len({create(house.url, KNOWN[:2]).out.split()[-1] for _ in range(2)}) == 2


@contextlib.contextmanager
def begun(url: str, whole: bytes) -> Iterator[None]:
    """An order of which two thirds were sent; at the end its sender is gone."""
    where = urlsplit(url)
    sent = {"host": "x", **NDJSON, **KEY, "content-length": str(len(whole))}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
        connection.sendall(f"POST {ORDERS} HTTP/1.1\r\n{head}\r\n".encode() + whole[: len(whole) * 4 // 5])
        yield


def coming_again(send: Callable[[], Reply]) -> float:
    """Sends until it is not told to come again, and then the order is taken; the seconds that it took."""
    began = time.monotonic()
    while (reply := send()).status == 409:
        assert time.monotonic() < began + 60
        time.sleep(0.1)
    assert reply.status == 202
    return time.monotonic() - began


def _persons(place: Place) -> int:
    return _count(place, "order_persons")


def _count(place: Place, table: str) -> int:
    with place.hands(tied=True) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
