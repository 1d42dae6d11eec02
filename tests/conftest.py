"""What holds for every test: one event loop, no network, no leaks, and where the agency's own contract lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.leaks import leak_watch, pytest_runtest_makereport, secrets
from tests.offline import _only_loopback, network_attempts

__all__ = ["_only_loopback", "leak_watch", "network_attempts", "pytest_runtest_makereport", "secrets"]

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# No deadline: how long one example takes on a shared machine with two cores says nothing. CI tries the same examples
# every time, so that it never fails on a submission for what an earlier one brought in; a person's run tries new ones.
settings.register_profile("house", deadline=None, derandomize=IN_CI, database=None if IN_CI else settings().database)
settings.register_profile("long", deadline=None, max_examples=2_000, derandomize=False)
settings.load_profile("house")


def official_contract() -> Path:
    """Where the agency's OpenAPI file of LEFI v9 would be. It is not ours to ship, so it may be missing."""
    folder = os.environ.get("LEFI_CONTRACTS") or ROOT.parent / "shared" / "contracts"
    return Path(folder) / "lefi-v9" / "openapi.yaml"


@pytest.fixture(scope="session")
def official() -> Path:
    """The path of the agency's OpenAPI file of LEFI v9; a test that asks for it is skipped where it is missing."""
    path = official_contract()
    if not path.is_file():
        pytest.skip(f"the agency's contract file is not installed ({path}); LEFI_CONTRACTS names another folder")
    return path


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A gateway that a test starts as a process keeps its ledger somewhere else than in the project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEFI_STATE", str(tmp_path_factory.mktemp("lefi-state")))
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The service runs on asyncio (uvicorn), so the tests do; trio would test something that nobody runs."""
    return "asyncio"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say whether the run was held against the agency's own file: a skip is easily overlooked in CI."""
    path = official_contract()
    if IN_CI or not path.is_file():
        found = "found" if path.is_file() else "NOT FOUND, the tests that need it were skipped"
        terminalreporter.write_line(f"official LEFI v9 contract: {found} ({path})")
