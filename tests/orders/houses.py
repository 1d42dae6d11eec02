"""Gateways with orders, the twins behind them, and the persons who are ordered."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.app import create_app
from gateway.twin.app import create_twin
from gateway.twin.asynkron import Receiver
from gateway.twin.numbers import FIRST, LAST, number
from gateway.twin.population import population
from tests.service.running import PERIOD, Reply, request, serve, settings

ORDERS = "/v1/bestallningar"
NDJSON = {"content-type": "application/x-ndjson"}
SJP = {"klass": "formansinformation", "informationstyp": "FK:SJP"}
KNOWN = tuple(number for number, one in population().items() if not one.fault)
OVER = {"klar", "stoppad", "avbruten"}


def strangers(count: int) -> list[str]:
    """Numbers of the test series, each of its own; the twin knows hardly any of them."""
    found: list[str] = []
    day = date(1940, 1, 1)
    while len(found) < count:
        found += [number(day.strftime("%Y%m%d"), serial) for serial in range(FIRST, LAST + 1)]
        day += timedelta(days=1)
    return found[:count]


def fields(**changed: Any) -> dict[str, Any]:
    """An order's own fields."""
    return {"period": dict(PERIOD), "informationstyper": [SJP], **changed}


def body(persons: Iterable[str], **changed: Any) -> bytes:
    """An order as newline-delimited JSON."""
    lines = [fields(**changed), *({"personnummer": one} for one in persons)]
    return "\n".join(map(json.dumps, lines)).encode()


@dataclass(frozen=True)
class Twin:
    """A twin that counts whom it is asked about."""

    url: str
    app: Any

    def count_too(self, persons: Iterable[str]) -> None:
        """Counts these persons one by one: of strangers it counts only how many there were."""
        places = self.app.state.twin.counters.places
        for one in persons:
            places.setdefault(one, len(places) + 1)

    def asked(self) -> dict[str, int]:
        """How often it was asked about each person, by number."""
        counters = self.app.state.twin.counters
        numbers = {str(place): one for one, place in counters.places.items()}
        return {numbers[place]: count for place, count in counters.people.items()}

    @property
    def total(self) -> int:
        return sum(self.app.state.twin.counters.people.values())


@contextlib.contextmanager
def twin(receiver: Receiver | None = None) -> Iterator[Twin]:
    app = create_twin(receiver=receiver)
    with serve(app) as url:
        yield Twin(url, app)


@dataclass
class Gateway:
    """A gateway that takes orders."""

    url: str
    twin: Any
    """The Twin behind it, where there is one."""

    def place(self, persons: Iterable[str], headers: Mapping[str, str] | None = None, **changed: Any) -> str:
        """Places an order; its address."""
        reply = self.post(body(persons, **changed), headers or {})
        assert reply.status == 202, reply.text
        return reply.headers["location"]

    def post(self, sent: Any, headers: Mapping[str, str]) -> Reply:
        return request(self.url, "POST", ORDERS, body=sent, headers={**NDJSON, **headers}, wait=300)

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Reply:
        return request(self.url, "GET", address, headers=headers)

    def do(self, address: str, what: str, headers: Mapping[str, str] | None = None) -> Reply:
        return request(self.url, "POST", f"{address}/{what}", headers=headers)

    def ended(self, address: str, seconds: float = 30, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The order's state once it has ended."""
        return ended(self.url, address, seconds, headers)

    def results(self, address: str, headers: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The results, line by line."""
        reply = self.get(f"{address}/resultat", headers)
        assert reply.status == 200, reply.text
        return [json.loads(line) for line in reply.body.splitlines()]


def ended(url: str, address: str, seconds: float, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The order's state once it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = request(url, "GET", address, headers=headers).tree
        if found["tillstand"] in OVER:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


@contextlib.contextmanager
def gateway(per_minute: int = 60_000, concurrent: int = 16, **given: Any) -> Iterator[Gateway]:
    """A gateway before a twin, with version 9 alone."""
    over = {"orders_per_minute": per_minute, "orders_concurrent": concurrent}
    with twin() as agency, serve(create_app(settings(f"{agency.url}/rest", over=over, **given))) as url:
        yield Gateway(url, agency)
