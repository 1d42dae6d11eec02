"""Several gateways on one database behind a load balancer, as processes that a test can kill; and load on them."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from tests.cli.running import Done, here
from tests.orders.crash import Nursery
from tests.orders.houses import KNOWN
from tests.service.forwarding import Forwarder
from tests.service.running import Reply, question, request
from tests.test_metrics import Samples, free_port, samples

FK_SJP = "formansinformation/FK:SJP"


def rules_to(name: str, *more: str) -> str:
    """Routing that leads everybody to a connection."""
    return "\n".join(["[[rules]]", 'name = "everybody"', f'prefer = "{name}"', *more, ""])


@dataclass
class Replica:
    """One gateway: its settings, its folder, and the process while it runs."""

    name: str
    folder: Path
    nursery: Nursery
    database: str
    agency: str
    more: str = ""
    pid: int = 0
    url: str = ""
    metrics_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.state.mkdir(parents=True)
        self.config.write_text(
            f'state = "{self.state}"\n[server]\nmetrics = "{self.metrics_port}"\n'
            f'[ledger]\nurl = "{self.database}"\nkey_file = "{self.folder}/ledger.keys"\n'
            "[shared]\nrouting = true\nrules = true\n[orders]\nin_process = false\n"
            "[cutover]\ninterval_seconds = 0.3\nsteps = [{ percent = 50, questions = 100000 }, { percent = 100 }]\n"
            f'[upstreams.v7]\nurl = "{self.agency}/ws"\n[upstreams.v9]\nurl = "{self.agency}/rest"\n{self.more}',
            encoding="utf-8",
        )

    @property
    def state(self) -> Path:
        return self.folder / self.name

    @property
    def config(self) -> Path:
        return self.folder / f"{self.name}.toml"

    @property
    def environment(self) -> dict[str, str]:
        return {"LEFI_STATE": str(self.state)}

    @property
    def log(self) -> Path:
        """What the processes of the nursery write."""
        return self.folder / "log"

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def start(self, *command: str, says: str = "listening") -> None:
        """Starts the process, at the same port as before if there was one."""
        port = str(self.place[1]) if self.url else "0"
        arguments = [*(command or ("serve", "--port", port)), "--config", str(self.config)]
        self.pid, said = self.nursery.start(arguments, self.environment, says)
        self.url = said if "://" in said else ""

    def refuses_to_start(self, *command: str) -> tuple[int, list[str]]:
        """Its status, and what it says of the configuration."""
        before = len(self.log.read_bytes())
        arguments = [*(command or ("serve", "--port", "0")), "--config", str(self.config)]
        pid, _ = self.nursery.start(arguments, self.environment, "")
        status = self.nursery.ended(pid)
        said = self.log.read_bytes()[before:].decode().splitlines()
        return status, [line for line in said if line.startswith("configuration: ")]

    def kill(self) -> None:
        self.nursery.kill(self.pid)
        self.pid = 0

    def at(self) -> dict[str, int]:
        """The revisions at which it says that it is; nothing while it is not ready."""
        reply = request(self.url, "GET", "/ready")
        return dict(reply.tree.get("revisions", {})) if reply.status == 200 else {}

    def counted(self) -> Samples:
        reply = request(f"http://127.0.0.1:{self.metrics_port}", "GET", "/metrics")
        return samples(reply.body.decode())

    def of_routing(self, name: str) -> float:
        """A number of the metrics about routing; 0 where there is none."""
        return self.counted().get((name, frozenset({("of", "routing")})), 0.0)

    def kept(self) -> str:
        """The first line of its snapshot."""
        return (self.state / "routing.shared.toml").read_text().partition("\n")[0]

    def ask(self, person: str = KNOWN[0]) -> Reply:
        return asked(self.url, question(personnummer=person))


def asked(url: str, body: dict[str, Any], path: str = "/v1/fragor") -> Reply:
    return request(url, "POST", path, body=json.dumps(body), headers={"content-type": "application/json"})


def answered_by(reply: Reply) -> str:
    """The connection that the answer came over."""
    assert reply.status == 200, reply.text
    return str(reply.tree["kalla"]["uppstroms"])


@dataclass
class House:
    """Two replicas, whose database can be cut off from the first, and what stands before them."""

    folder: Path
    one: Replica
    other: Replica
    wire: Forwarder
    balancer: Forwarder
    database: str

    @property
    def both(self) -> tuple[Replica, Replica]:
        return self.one, self.other

    def lefi(self, *arguments: str | Path, of: Replica | None = None) -> Done:
        return here(*arguments, "--config", (of or self.other).config)

    def publish(self, text: str, *options: str, of: Replica | None = None, what: str = "routes") -> int:
        """The number of a revision that is published."""
        file = self.folder / f"{what}.toml"
        file.write_text(text, encoding="utf-8")
        done = self.lefi(what, "publish", file, *options, of=of)
        assert done.status == 0, done
        return int(done.out.splitlines()[0].rpartition(" ")[2])

    def newest(self, what: str = "routes") -> int:
        return int(self.lefi(what, "history").out.splitlines()[-1].split()[0])

    def logged(self, event: str) -> list[str]:
        return [line for line in self.one.log.read_text().splitlines() if f'"event": "{event}"' in line]

    @contextlib.contextmanager
    def load(self, workers: int = 2) -> Iterator[Load]:
        """Questions to the balancer without a pause."""
        made = Load(f"http://127.0.0.1:{self.balancer.port}")
        threads = [threading.Thread(target=made.run, args=(place,), daemon=True) for place in range(workers)]
        for thread in threads:
            thread.start()
        try:
            yield made
        finally:
            made.over.set()
            for thread in threads:
                thread.join(20)


@dataclass
class Load:
    """Questions, and what became of each: when it began and ended, and by which connection; empty where it failed."""

    url: str
    over: threading.Event = field(default_factory=threading.Event)
    came: list[tuple[float, float, str]] = field(default_factory=list)

    def run(self, place: int) -> None:
        turn = place
        while not self.over.is_set():
            turn, began, by = turn + 1, time.monotonic(), ""
            with contextlib.suppress(OSError, AssertionError, http.client.HTTPException):
                by = answered_by(asked(self.url, question(personnummer=KNOWN[turn % len(KNOWN)])))
            self.came.append((began, time.monotonic(), by))

    @property
    def failed(self) -> int:
        return sum(not by for *_, by in self.came)

    def after(self, moment: float) -> list[str]:
        """By which connections the questions were answered that began after a moment."""
        return [by for began, _, by in self.came if began > moment]


def until(true: Callable[[], bool], what: str, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, what
        time.sleep(0.01)
    return time.monotonic() - began


def through(url: str, port: int) -> str:
    """The same database at another port of this machine."""
    return make_url(url).set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
