"""Real servers for tests: any ASGI application under uvicorn in a thread, a stub of an agency, and a blunt client.

The client is `http.client`, which sends a path as it stands: one that mends addresses could not be used to break them.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import http.client
import json
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import uvicorn

from gateway.app import create_app
from gateway.settings import Settings
from schemas.koder import KLASSENS_TYPER

App = Callable[..., Awaitable[None]]

# Skatteverket keeps the birth numbers 980-999 for tests: these are nobody's.
PERSON = "199001019802"
OTHER_PERSON = "198112189876"

PREFIX = "/FK.EXI.LevereraFormansinformation.V9/lefi-extern-formansinformation/v9/aktorer/"
FACE_V9 = f"/rest{PREFIX}"
ASK_V9 = f"{FACE_V9}test-aktor/formansinformation/fraga"
ENTITLED_V9 = f"{FACE_V9}test-aktor/tillgangligaInformationstyper"
AGREED: dict[str, Any] = {"purposes": ["prov"], "grounds": ["prov"]}
"""What every consumer has to have agreed: here one of each, so that nobody needs to state it."""
PERIOD = {"from": "2025-01-01", "tom": "2025-12-31"}
KEYS_V9 = {
    "formansinformation": "formansinformation",
    "ansprak": "ansprak",
    "beslut": "beslut",
    "preliminara_utbetalningar": "preliminaraUtbetalningar",
    "utbetalningar": "utbetalningar",
    "ovrig_information": "ovrigInformation",
}


@contextlib.contextmanager
def serve(
    app: App, *, http_parser: Literal["auto", "h11", "httptools"] = "auto", port: int = 0, **tls: Any
) -> Iterator[str]:
    """Serve the application on a port of this machine, a free one by itself; `tls` is uvicorn's `ssl_…`."""
    # No log configuration and no level: whatever uvicorn has to say reaches the leak watch. The access log quotes
    # addresses, which a caller may write anything into, so the service runs without it, and so do the tests: pytest
    # gives every logger a handler, which uvicorn takes for a wish to have one.
    logging.getLogger("uvicorn.access").disabled = True
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        http=http_parser,
        timeout_graceful_shutdown=1,
        **tls,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the server did not stop"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: what the stub says, and what the client got."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    delay: float = 0.0

    @property
    def tree(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """Everything that the receiver can read."""
        fields = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{fields}\n\n{self.body.decode('utf-8', 'replace')}"


def says(tree: Any, status: int = 200, delay: float = 0.0) -> Reply:
    return Reply(status, json.dumps(tree).encode(), delay=delay)


def states(fk: str | None = "OK", pm: str | None = "OK") -> list[dict[str, Any]]:
    """The agencies' states as version 9 writes them; None leaves an agency out."""
    return [
        {"utlamnare": {"kod": agency, "namn": agency}, "tillstand": {"kod": state, "beskrivning": state}}
        for agency, state in (("FK", fk), ("PM", pm))
        if state is not None
    ]


def available(leave_out: frozenset[tuple[str, str]] = frozenset()) -> dict[str, Any]:
    """The entitlement list as version 9 writes it: everything, but for the (class, type) pairs left out."""
    return {
        KEYS_V9[klass]: [
            {"kod": typ, "beskrivning": text} for typ, text in types.items() if (klass, typ) not in leave_out
        ]
        for klass, types in KLASSENS_TYPER.items()
    }


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def tree(self) -> Any:
        return json.loads(self.body)


class Stub:
    """An agency that answers as it is told and keeps what it received; `reset` makes it a healthy one again."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        self.questions: list[Received] = []
        self.look_ups: list[Received] = []
        self.answer: Reply = says({"utlamnare": states()})
        self.entitlements: Reply = says(available())

    @property
    def received(self) -> int:
        """How often anything at all was asked."""
        return len(self.questions) + len(self.look_ups)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        received = Received(scope["method"], scope["raw_path"].decode("ascii"), headers, body)
        asked = scope["method"] == "POST"
        (self.questions if asked else self.look_ups).append(received)
        reply = self.answer if asked else self.entitlements
        await asyncio.sleep(reply.delay)
        fields = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": fields})
        await send({"type": "http.response.body", "body": reply.body})


def settings(upstream: str, *, name: str = "v9", **given: Any) -> Settings:
    """The settings of a gateway with one upstream: `over` are settings of the connection, the rest of the whole."""
    over = given.pop("over", {})
    given.setdefault("state", fresh_folder())
    return Settings.model_validate({"upstreams": {name: {"url": upstream, **over}}, **given})


def fresh_folder() -> str:
    """A folder for one gateway's state, gone when the tests end."""
    folder = tempfile.mkdtemp(prefix="lefi-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class House:
    """A running gateway and the stub behind it."""

    url: str
    stub: Stub

    def ask(
        self, tree: Any = None, *, path: str = "/v1/fragor", headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Reply:
        """POST a question; without one, a good one of the address's face."""
        if tree is None:
            tree = question_v9() if path.startswith("/rest") else question()
        sent = body if body is not None else json.dumps(tree).encode()
        return request(
            self.url, "POST", path, body=sent, headers={"content-type": "application/json", **(headers or {})}
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Reply:
        return request(self.url, method, path, headers=headers or {})


@contextlib.contextmanager
def house(**given: Any) -> Iterator[House]:
    """A gateway before a stub, both on real sockets."""
    stub = Stub()
    with serve(stub) as stub.url, serve(create_app(settings(f"{stub.url}/rest", **given))) as url:
        yield House(url, stub)


def request(  # noqa: PLR0913 - what a request is made of
    url: str, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None, wait: float = 30
) -> Reply:
    """One request on a connection of its own; an iterable as body goes out in chunks."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=wait)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, response.read(), fields)
    finally:
        connection.close()


def question(*types: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """A good question of the stable API; without types, one about sjukpenning."""
    asked = types or (("formansinformation", "FK:SJP"),)
    return {
        "personnummer": PERSON,
        "period": dict(PERIOD),
        "informationstyper": [{"klass": klass, "informationstyp": typ} for klass, typ in asked],
        **changed,
    }


def question_v9(*types: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """A good question as version 9 writes it."""
    asked: dict[str, Any] = {}
    for klass, typ in types or (("formansinformation", "FK:SJP"),):
        asked.setdefault(KEYS_V9[klass], []).append(typ)
    return {"personnummer": PERSON, "period": dict(PERIOD), **asked, **changed}
