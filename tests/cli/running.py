"""The real `lefi` command as a process: run to its end, or kept running as a server."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.demo import started
from tests.conftest import ROOT
from tests.service.running import fresh_folder

BIN = Path(sys.executable).parent
# 1990-01-01 and a birth number of Skatteverket's test series: the twin does not have this person.
UNKNOWN = "199001019802"
SICK = "198504129803"
PENSIONER = "195902049807"
FK_DOWN = "199001149906"
PROTECTED = "198212169802"
PERIOD = ("--from", "2025-01-01", "--tom", "2025-12-31")


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without any setting of ours, so that a machine's own LEFI_… does not change a test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEFI_") and name != "COLUMNS"}
    own = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8", "LEFI_STATE": fresh_folder()}
    return kept | own | extra


def lefi(*arguments: str | Path, given: str = "", env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Done:
    """Run the command as a person would."""
    done = subprocess.run(
        [BIN / "lefi", *arguments],
        input=given,
        capture_output=True,
        text=True,
        env=clean_environment(**(env or {})),
        cwd=cwd,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def here(*arguments: str | Path, given: str = "", env: Mapping[str, str] | None = None) -> Done:
    """Run the command in this process, which saves the seconds that Python takes to start on a busy machine."""
    cleared: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith("LEFI_") or name == "COLUMNS"
    }
    done = CliRunner().invoke(app, [str(each) for each in arguments], input=given, env=cleared | dict(env or {}))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


@dataclass(frozen=True)
class Running:
    twin: str
    gateway: str


@contextlib.contextmanager
def both(*more: str) -> Iterator[Running]:
    """Twin and gateway by their real commands on free ports."""
    with (
        started("twin", "--port", "0") as twin,
        started("serve", "--port", "0", "--upstream", f"v9={twin}/rest", *more) as gateway,
    ):
        yield Running(twin, gateway)


@pytest.fixture(scope="module")
def twin_and_gateway() -> Iterator[Running]:
    """For a module to take up: `running = twin_and_gateway`."""
    with both() as found:
        yield found
