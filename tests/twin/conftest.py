from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from gateway.twin.population import Inhabitant, population
from tests.twin.running import Running, running


@pytest.fixture(scope="session")
def people() -> Mapping[str, Inhabitant]:
    return population()


@pytest.fixture(scope="session")
def twin() -> Iterator[Running]:
    with running() as made:
        yield made
