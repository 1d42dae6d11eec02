"""Every test of orders that asks for a `place` is run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.places import Place, postgresql, sqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for orders without anything in it: a state folder, and a database of its own."""
    with (sqlite if request.param == "sqlite" else postgresql)(tmp_path / "state") as found:
        yield found
