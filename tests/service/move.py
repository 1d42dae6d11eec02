"""What a consumer is moved with: a crowd of invented persons, an agency whose answers can be spoiled, a SOAP client."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.app import create_app
from gateway.settings import Settings, load
from gateway.twin import app as twin_app
from gateway.twin.bits import Dice, merged
from gateway.twin.numbers import number
from gateway.twin.plans.working import PLANS
from gateway.twin.population import SEED, Inhabitant
from gateway.twin.source import State, answer
from gateway.wire import WireResponse
from tests.service.running import App, Reply, fresh_folder, request, serve
from tests.service.soap import schema
from tests.test_matrix import FACES, UPSTREAMS, heard, speakable, through

Tree = dict[str, Any]

TODAY = date(2025, 12, 31)
KEY = "nyckel-kommunen-0123456789"
CONSUMER = "kommunen"
PERIOD = {"from": "2025-01-01", "tom": "2025-12-31"}
TYPES = (("formansinformation", "FK:SJP"), ("utbetalningar", "FK:SJP"), ("ovrig_information", "FK:SGI"))
OPTIONS = ("--consumer", CONSUMER, "--type", "FK:SJP", "--type", "utbetalningar/FK:SJP", "--type", "FK:SGI")
AMOUNTS = frozenset({"summa", "belopp", "bruttobelopp", "nettobelopp"})


@cache
def crowd(count: int) -> dict[str, Inhabitant]:
    """Persons who are alike in kind, sjukpenning and its payments, and differ in everything else."""
    made = {}
    plan = PLANS[0]
    for place in range(count):
        mine = number(f"19{60 + place % 40}0{1 + place // 40}15", 980 + place % 20)
        made[mine] = Inhabitant(mine, plan.about, merged(*plan.life(Dice(SEED, mine), mine)))
    return made


@dataclass
class Proxy:
    """What stands before an agency and, while `spoils` says so, changes every amount of its answers."""

    app: App
    spoils: bool = False
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        self.asked.append(scope["path"])
        start: Tree = {}
        body = b""

        async def hold(message: Any) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                whole = json.dumps(spoiled(json.loads(body))).encode() if self.spoils else body
                headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
                await send({**start, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, hold)


def spoiled(tree: Any) -> Any:
    """The same with every amount one krona higher."""
    if isinstance(tree, dict):
        return {
            name: value + 1 if name in AMOUNTS and isinstance(value, int | float) else spoiled(value)
            for name, value in tree.items()
        }
    return [spoiled(one) for one in tree] if isinstance(tree, list) else tree


@dataclass
class Stage:
    """Two agencies of a crowd, one for each version, and the files of a gateway before them."""

    folder: Path
    people: dict[str, Inhabitant]
    old: str
    new: str
    proxy: Proxy
    stack: contextlib.ExitStack
    """What ends the old agency when it is closed."""
    url: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "gateway.toml"

    @property
    def routing(self) -> Path:
        return self.folder / "routing.toml"

    def configure(self, more: str = "", routing: str = "") -> None:
        """Writes the files: version 7 answers the consumer, version 9 is asked too."""
        hashed = hashlib.sha256(KEY.encode()).hexdigest()
        upstream = "shadow_per_minute = 100000\nshadow_concurrent = 50\n"
        self.config.write_text(
            f'state = "{self.folder}/state"\nrouting = "{self.routing}"\n'
            f'[upstreams.v7]\nurl = "{self.old}/ws"\n{upstream}'
            f'[upstreams.v9]\nurl = "{self.new}/rest"\n{upstream}'
            f'[[consumers]]\nname = "{CONSUMER}"\nkey_sha256 = "{hashed}"\nprotected = "show"\n'
            f'purposes = ["prov"]\ngrounds = ["prov"]\n{more}',
            encoding="utf-8",
        )
        self.routing.write_text(
            routing
            or f'# who is answered by what\n[[rules]]\nname = "soap"\nconsumers = "{CONSUMER}"\nprefer = "v7"\n'
            'shadow = { to = "v9" }\n',
            encoding="utf-8",
        )

    def settings(self) -> Settings:
        return load(self.config)

    @contextlib.contextmanager
    def gateway(self) -> Iterator[str]:
        """A gateway with the files as they are."""
        with serve(create_app(self.settings())) as self.url:
            yield self.url

    def ask(self, personnummer: str) -> Reply:
        """A question of the SOAP client; the answer is 200 and valid by version 7's schema, or the test fails."""
        sent = FACES["v7"].client.render_question(question(personnummer), "prov")
        reply = request(self.url, "POST", "/ws", body=sent.body, headers={**sent.headers, "x-api-key": KEY})
        assert reply.status == 200, reply.status
        body = etree.fromstring(reply.body).find("{*}Body")
        assert body is not None
        assert schema("v7").validate(body[0])
        return reply

    def everybody(self) -> dict[str, Reply]:
        """One question about each person."""
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(self.people, pool.map(self.ask, self.people), strict=True))

    def truths(self, upstream: str) -> dict[str, Tree]:
        """What the client is to be told of each person: the truth less what the versions on the way do not have."""
        door = UPSTREAMS[upstream]
        found = {}
        for mine, one in self.people.items():
            asked = heard(door, speakable(door, heard(FACES["v7"], question(mine))))
            found[mine] = through(FACES["v7"], through(door, answer(one, asked, State()))[0])[0]
        return found


def content(reply: Reply) -> Tree:
    """What a SOAP answer says, in canonical form."""
    return FACES["v7"].client.parse_answer(WireResponse(reply.status, reply.headers, reply.body), TODAY).tree


def question(personnummer: str) -> Tree:
    kinds = [{"klass": klass, "informationstyp": typ} for klass, typ in TYPES]
    return {"personnummer": personnummer, "period": dict(PERIOD), "informationstyper": kinds}


@contextlib.contextmanager
def stage(count: int, patch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The agencies, running."""
    people = crowd(count)
    patch.delenv("LEFI_STATE", raising=False)  # the files say where the state is
    patch.setattr(twin_app, "population", lambda _seed=SEED: people)
    with contextlib.ExitStack() as stack, contextlib.ExitStack() as old:
        proxy = Proxy(twin_app.create_twin())
        new = stack.enter_context(serve(proxy))
        yield Stage(Path(fresh_folder()), people, old.enter_context(serve(twin_app.create_twin())), new, proxy, old)
