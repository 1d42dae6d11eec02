"""Each fault that `lefi doctor` must name: how it is planted, which check names it, and with what words."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import trustme

from gateway.ledger.book import Ledger
from gateway.ledger.entries import Outcome
from gateway.ledger.settings import LedgerSettings
from gateway.twin.app import create_twin
from tests.cli.running import here
from tests.doctor.planting import (
    CA,
    CLIENT,
    CONSUMER,
    FUTURE,
    NOBODYS_CA,
    NOW,
    OTHER_CA,
    PAST,
    SOON,
    Clockwork,
    Plot,
    issued,
    lists,
    speaks,
    tls_twin,
)
from tests.service.running import Reply, says, serve

Plant = Callable[[Plot], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    check: str
    plant: Plant
    says: str
    """In what was found."""
    remedy: str


@contextlib.contextmanager
def changed(plot: Plot, **settings: object) -> Iterator[None]:
    plot.upstream |= settings
    yield


def setting(**settings: object) -> Plant:
    return lambda plot: changed(plot, **settings)


def elsewhere(make: Callable[[], AbstractContextManager[str]], **settings: object) -> Plant:
    """Another server in place of the twin."""

    @contextlib.contextmanager
    def plant(plot: Plot) -> Iterator[None]:
        with make() as url:
            plot.upstream |= {"url": f"{url.replace('http:', 'https:')}/rest", **settings}
            yield

    return plant


def ours(make: Callable[[Plot], object]) -> Plant:
    """Another client certificate."""

    @contextlib.contextmanager
    def plant(plot: Plot) -> Iterator[None]:
        plot.upstream["client_certificate"] = make(plot)
        yield

    return plant


@contextlib.contextmanager
def closed_port(plot: Plot) -> Iterator[None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        plot.upstream["url"] = f"https://127.0.0.1:{taken.getsockname()[1]}/rest"
        yield


@contextlib.contextmanager
def no_certificate(plot: Plot) -> Iterator[None]:
    del plot.upstream["client_certificate"]
    yield


@contextlib.contextmanager
def old_tls() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is what is deprecated that is planted
        with speaks(ssl.TLSVersion.TLSv1_1) as url:
            yield url


@contextlib.contextmanager
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def tampered_contract(plot: Plot) -> Iterator[None]:
    folder = plot.folder / "contracts"
    environment = {"LEFI_CONTRACT_STORE": str(folder)}
    added = here("contracts", "add", Path("wsdl/v6").absolute(), "--version", "6", env=environment)
    assert added.status in (0, 1), added.err
    schema = next((folder / "v6" / "files").glob("*.xsd"))
    schema.write_text(schema.read_text("utf-8") + "<!-- -->", "utf-8")
    yield


@contextlib.contextmanager
def unwritable_state(plot: Plot) -> Iterator[None]:
    (plot.folder / "file").touch()
    plot.whole["state"] = str(plot.folder / "file" / "state")
    yield


@contextlib.contextmanager
def full_disk(plot: Plot) -> Iterator[None]:
    plot.whole["doctor"] = {"free_bytes": 2**62}
    yield


@contextlib.contextmanager
def ledger(plot: Plot) -> Iterator[Path]:
    """A ledger with a few rows; the folder that it is in."""
    folder = Path(plot.whole["state"])

    async def write() -> None:
        book = Ledger(LedgerSettings(), folder)
        await book.open()
        for number in range(3):
            await book.conclude(Outcome(str(number), NOW, "answered", sent=True))
        await book.aclose()

    asyncio.run(write())
    yield folder


@contextlib.contextmanager
def locked_ledger(plot: Plot) -> Iterator[None]:
    with ledger(plot) as folder, contextlib.closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


@contextlib.contextmanager
def broken_chain(plot: Plot) -> Iterator[None]:
    with ledger(plot) as folder, contextlib.closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as db:
        db.execute("DROP TRIGGER ledger_update")
        db.execute("UPDATE ledger SET result = 'upstream-timeout' WHERE seq = 2")
        yield


@contextlib.contextmanager
def newer_tables(plot: Plot) -> Iterator[None]:
    with ledger(plot) as folder, contextlib.closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        yield


@contextlib.contextmanager
def no_database(plot: Plot) -> Iterator[None]:
    with ledger(plot) as folder:
        (folder / "ledger.db").write_bytes(b"no database at all" * 1000)
        for beside in folder.glob("ledger.db-*"):
            beside.unlink()
        yield


@contextlib.contextmanager
def lost_keys(plot: Plot) -> Iterator[None]:
    with ledger(plot) as folder:
        (folder / "ledger.keys").unlink()
        yield


def mismatched(plot: Plot) -> object:
    return {**plot.certificate(CLIENT), "key": plot.certificate(CA.issue_cert("client.example"))["key"]}


def of(issuer: trustme.CA, times: tuple[datetime, datetime] | None = None) -> Plant:
    """A client certificate of that authority."""
    return ours(lambda plot: plot.certificate(issued(issuer, "client.example", times)))


HTML = Reply(200, b"<html><h1>Logga in</h1></html>", {"content-type": "text/html; charset=utf-8"})
DOWN = Reply(502, b"<html>", {"content-type": "text/html"})


FAULTS = {
    "a name that has no address": Fault(
        "name", setting(url="https://lefi.invalid:8200/rest"), "lefi.invalid has no address", "host in url"
    ),
    "a port that is closed": Fault("connection", closed_port, "no connection to 127.0.0.1 port", "firewall"),
    "a server without TLS": Fault("tls", elsewhere(lambda: serve(create_twin())), "not speak TLS", "something else"),
    "a server that says nothing": Fault("tls", elsewhere(silent, connect_seconds=0.5), "says nothing", "firewall"),
    "TLS 1.1 only": Fault("tls", elsewhere(old_tls), "no TLS version from 1.2 on", "must offer TLS 1.2 or 1.3"),
    "a server of another authority": Fault(
        "server-chain",
        elsewhere(lambda: tls_twin(None, NOBODYS_CA.issue_cert("127.0.0.1"))),
        "no trusted authority, issued by",
        "`ca`",
    ),
    "a server of another name": Fault(
        "server-name",
        elsewhere(lambda: tls_twin(None, CA.issue_cert("other.example"))),
        "is for other.example, not for 127.0.0.1",
        "host in url",
    ),
    "a server whose certificate has expired": Fault(
        "server-validity", elsewhere(lambda: tls_twin(None, issued(CA, "127.0.0.1", PAST))), "expired on", "clock"
    ),
    "a server whose certificate is not yet valid": Fault(
        "server-validity",
        elsewhere(lambda: tls_twin(None, issued(CA, "127.0.0.1", FUTURE))),
        "not valid before",
        "clock",
    ),
    "no client certificate": Fault("client-certificate", no_certificate, "no client certificate is set", "Expisoft"),
    "a client certificate whose file is not there": Fault(
        "client-certificate",
        ours(lambda plot: {**plot.certificate(CLIENT), "key": str(plot.folder / "nothing")}),
        "client_certificate.key: expected a readable file",
        "name files that are there",
    ),
    "a client certificate whose key needs another password": Fault(
        "client-certificate",
        ours(lambda plot: {**plot.certificate(CLIENT, "ett"), "password": "annat"}),
        "client_certificate.key: expected a PEM private key, and its password",
        "password",
    ),
    "a key of another certificate": Fault("client-key", ours(mismatched), "is not the certificate's", "PKCS#12"),
    "a client certificate that has expired": Fault(
        "client-validity",
        of(CA, PAST),
        "expired on",
        "order a new one",
    ),
    "a client certificate that is not yet valid": Fault(
        "client-validity",
        of(CA, FUTURE),
        "not valid before",
        "clock",
    ),
    "a client certificate of another authority": Fault(
        "client-accepted",
        of(OTHER_CA),
        "refuses ours",
        "registered for the agreement",
    ),
    "a server that trusts another authority": Fault(
        "client-accepted", elsewhere(lambda: tls_twin(trusts=(OTHER_CA,))), "refuses ours", "registered"
    ),
    "a page in place of the service": Fault(
        "service", elsewhere(lambda: tls_twin(lists(HTML))), "HTTP 200 with text/html", "check url"
    ),
    "a proxy's page": Fault("service", elsewhere(lambda: tls_twin(lists(DOWN))), "HTTP 502 with text/html", "proxy"),
    "an address where the service is not": Fault(
        "service", elsewhere(lambda: tls_twin(lists(says({}, 404)))), "HTTP 404", "up to and with /rest"
    ),
    "a redirect": Fault(
        "service",
        elsewhere(lambda: tls_twin(lists(Reply(302, b"", {"location": "https://inloggning.example"})))),
        "expected an answer with status",
        "check url",
    ),
    "a service that is not well": Fault("service", setting(aktors_id="utan-lista"), "HTTP 500", "try again"),
    "something else than a list": Fault(
        "service", elsewhere(lambda: tls_twin(lists(says([1, 2])))), "not the list that the contract has", "check url"
    ),
    "a clock that is an hour off": Fault(
        "clock",
        elsewhere(lambda: tls_twin(Clockwork(create_twin(), timedelta(hours=1)), date_header=False)),
        "s behind the server's",
        "NTP",
    ),
    "a clock that is five minutes off, the other way": Fault(
        "clock",
        elsewhere(lambda: tls_twin(Clockwork(create_twin(), timedelta(minutes=-5)), date_header=False)),
        "s ahead of the server's",
        "NTP",
    ),
    "an actor that is not known": Fault(
        "entitlements", setting(aktors_id="okand"), "does not let this certificate ask as the actor", "aktors_id"
    ),
    "an empty list of what may be asked for": Fault(
        "entitlements", elsewhere(lambda: tls_twin(lists(says({})))), "is empty for the actor", "ask the agency"
    ),
    "a contract that was tampered with": Fault(
        "contracts", tampered_contract, "to be those that were installed", "lefi contracts add"
    ),
    "a ledger that another program holds": Fault(
        "ledger-writable", locked_ledger, "no row can be written (SQLITE_BUSY", "no other program holds the database"
    ),
    "a ledger with a row that was changed": Fault(
        "ledger-chain", broken_chain, "damaged at row 2 (changed)", "restore it from a copy"
    ),
    "a ledger of a newer program": Fault("ledger-opens", newer_tables, "expected the tables", "lefi ledger upgrade"),
    "a file that is no ledger": Fault("ledger-opens", no_database, "cannot be read (SQLITE_NOTADB", "ledger.url"),
    "keys that are lost": Fault("ledger-keys", lost_keys, "expected a file of keys", "from its copy"),
    "a state folder that cannot be written": Fault("state-folder", unwritable_state, "cannot be written", "`state`"),
    "a disk that is nearly full": Fault("disk", full_disk, "MiB free", "make room"),
}


@contextlib.contextmanager
def few_types(plot: Plot) -> Iterator[None]:
    plot.upstream["aktors_id"] = "begransad"
    types = ["FK:SJP", "FK:BOB"]
    plot.whole["consumers"] = [{**CONSUMER, "informationstyper": types}]
    yield


WARNINGS = {
    "a server whose certificate expires soon": Fault(
        "server-validity",
        elsewhere(lambda: tls_twin(None, issued(CA, "127.0.0.1", SOON))),
        "9 days from now",
        "the agency renews it",
    ),
    "a client certificate that expires soon": Fault("client-validity", of(CA, SOON), "9 days from now", "order a"),
    "a server that lets in without the certificate that it asks for": Fault(
        "client-certificate",
        elsewhere(lambda: tls_twin(ssl_cert_reqs=ssl.CERT_OPTIONAL), client_certificate=None),
        "goes on without",
        "set client_certificate",
    ),
    "types that are not given": Fault("entitlements", few_types, "does not give: FK:BOB", "informationstyper"),
}
