"""A twin on a real socket, in a thread, and the questions that are put to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import uvicorn

from gateway.jsonio import encode
from gateway.twin.certificates import Files
from gateway.twin.numbers import number
from gateway.twin.serve import server
from gateway.versions import Adapter, Parsed, discover
from gateway.wire import WireRequest, WireResponse
from schemas.koder import KLASSENS_TYPER

Tree = dict[str, Any]

TODAY = date(2026, 6, 30)
PERIOD = {"from": "2024-07-01", "tom": "2026-06-30"}
EVERYTHING = [(klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types]
BASE = "/rest"
NOBODY = number("19991231", 981)
"""A number that could be somebody's in the population and is nobody's."""
ADAPTERS = [
    adapter
    for adapter in discover().values()
    if adapter.face and adapter.upstream and adapter.upstream.protocol == "REST"
]


def fraga(personnummer: str, types: Any = EVERYTHING, period: Mapping[str, str] = PERIOD) -> Tree:
    return {
        "personnummer": personnummer,
        "period": dict(period),
        "informationstyper": [{"klass": klass, "informationstyp": typ} for klass, typ in types],
    }


def plain(tree: Any) -> str:
    """A tree as text in which the order of keys says nothing and the digits of numbers do."""
    return json.dumps(json.loads(encode(tree), parse_float=str), sort_keys=True, ensure_ascii=False)


@dataclass
class Running:
    port: int
    server: uvicorn.Server
    client: httpx.Client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def _request(self, request: WireRequest, seconds: float) -> Iterator[httpx.Response]:
        headers = dict(request.headers)
        address = self.url + BASE + request.path
        with self.client.stream(
            request.method, address, headers=headers, content=request.body, timeout=seconds
        ) as response:
            yield response

    def send(self, request: WireRequest, seconds: float = 5.0, *, decoded: bool = True) -> WireResponse:
        with self._request(request, seconds) as response:
            body = response.read() if decoded else b"".join(response.iter_raw())
            return WireResponse(response.status_code, dict(response.headers), body)

    @contextmanager
    def stream(self, adapter: Adapter, question: Tree) -> Iterator[Iterator[bytes]]:
        assert adapter.upstream is not None
        with self._request(adapter.upstream.render_question(question, "test"), 5.0) as response:
            yield response.iter_raw()

    def ask(
        self, adapter: Adapter, question: Tree, aktor: str = "test", seconds: float = 5.0, *, decoded: bool = True
    ) -> WireResponse:
        assert adapter.upstream is not None
        return self.send(adapter.upstream.render_question(question, aktor), seconds, decoded=decoded)

    def answer(self, adapter: Adapter, question: Tree, aktor: str = "test") -> Parsed:
        assert adapter.upstream is not None
        return adapter.upstream.parse_answer(self.ask(adapter, question, aktor), TODAY)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(self.url + path)

    def post(self, path: str) -> httpx.Response:
        return self.client.post(self.url + path)


@contextmanager
def running(tls: Files | None = None) -> Iterator[Running]:
    made = server(0, tls=tls)
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        pause = threading.Event()
        while not made.started and thread.is_alive():
            pause.wait(0.01)
        assert made.started
        with httpx.Client(trust_env=False) as client:
            yield Running(made.servers[0].sockets[0].getsockname()[1], made, client)
    finally:
        made.should_exit = True
        thread.join(10)
        assert not thread.is_alive()
