"""Every test of orders that asks for a `place` is run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.places import Place, postgresql, sqlite
from tests.orders.crash import Nursery, nursery


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for orders without anything in it: a state folder, and a database of its own."""
    with (sqlite if request.param == "sqlite" else postgresql)(tmp_path / "state") as found:
        yield found


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """What forks commands of ours: one for all tests, since it loads everything that they need."""
    with nursery(tmp_path_factory.mktemp("forks") / "log") as found:
        yield found
