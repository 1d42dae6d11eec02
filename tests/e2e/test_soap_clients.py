"""SOAP stacks that nobody here wrote ask the gateway by its own `?wsdl` and print what it answers.

Each is a program of its own in tests/e2e/clients; `make test-clients` installs what they need.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.twin.app import create_twin
from gateway.twin.population import population
from tests.service.running import serve, settings

pytestmark = pytest.mark.clients

CLIENTS = Path(__file__).parent / "clients"
NODE = CLIENTS / "node"
SOMEBODY = "198504129803"
NOBODY = "198504129804"
"""The same number with a wrong check digit."""
DOWN = "199001149906"
"""The twin's person at whom Försäkringskassan is down."""


def _can(*command: str) -> bool:
    """Whether a program is there and does this without an error."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


@dataclass(frozen=True)
class Stack:
    """A SOAP stack: how it is called, what it needs, and whether that is there."""

    name: str
    command: tuple[str, ...]
    needs: str
    there: Callable[[], bool]


STACKS = (
    Stack(
        "php",
        ("php", str(CLIENTS / "ask.php")),
        "php with its extension soap (apt: php-cli php-soap)",
        lambda: _can("php", "-r", "exit(class_exists('SoapClient') ? 0 : 1);"),
    ),
    Stack(
        "node",
        ("node", str(NODE / "ask.js")),
        f"node with the package soap (npm ci in {NODE.name})",
        lambda: shutil.which("node") is not None and (NODE / "node_modules" / "soap").is_dir(),
    ),
    Stack(
        "zeep",
        (sys.executable, str(CLIENTS / "ask_zeep.py")),
        "zeep (group dev of pyproject.toml)",
        lambda: find_spec("zeep") is not None,
    ),
    Stack(
        "perl",
        ("perl", str(CLIENTS / "ask.pl")),
        "perl with SOAP::Lite (apt: libsoap-lite-perl)",
        lambda: _can("perl", "-MSOAP::Lite", "-e", "1"),
    ),
)


@pytest.fixture(scope="module")
def wsdl() -> Iterator[str]:
    """Where the contract of a gateway before the twin's version 9 is."""
    with serve(create_twin()) as twin, serve(create_app(settings(f"{twin}/rest"))) as url:
        yield f"{url}/ws?wsdl"


@pytest.fixture(params=STACKS, ids=lambda stack: stack.name)
def stack(request: pytest.FixtureRequest) -> Stack:
    """Each stack whose tools are installed; the others are skipped, and the skip says what is missing."""
    found: Stack = request.param
    if not found.there():
        if os.environ.get("LEFI_CLIENTS") == "all":
            pytest.fail(f"missing: {found.needs}")
        pytest.skip(f"missing: {found.needs}")
    return found


def printed(stack: Stack, wsdl: str, personnummer: str) -> dict[str, str]:
    """What the client printed, as a mapping."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [*stack.command, wsdl, personnummer],
        capture_output=True,
        check=False,
        cwd=CLIENTS,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return dict(line.split("=", 1) for line in done.stdout.decode("utf-8").splitlines())


@pytest.mark.parametrize("version", ["", "=v5", "=v6", "=v7"], ids=["newest", "v5", "v6", "v7"])
def test_a_client_reads_the_answer(stack: Stack, wsdl: str, version: str) -> None:
    truth = population()[SOMEBODY].truth
    (case,) = truth["arenden"]["sjukpenning"]
    assert printed(stack, wsdl + version, SOMEBODY) == {
        "namn": truth["person"]["namn"],
        "fattades": case["beslut"][0]["fattades"],
    }


@pytest.mark.parametrize("version", ["=v5", "=v7"], ids=["v5", "v7"])
@pytest.mark.parametrize(
    ("personnummer", "code", "felkod"),
    [(NOBODY, "Client", "unprocessable"), (DOWN, "Server", "upstream-unavailable")],
    ids=["wrong number", "source down"],
)
def test_a_client_reads_the_fault(  # noqa: PLR0913, PLR0917 - the case and what comes of it
    stack: Stack, wsdl: str, version: str, personnummer: str, code: str, felkod: str
) -> None:
    assert printed(stack, wsdl + version, personnummer) == {"faultcode": code, "felkod": felkod}
