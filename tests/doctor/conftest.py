"""One healthy twin behind TLS for all, and the settings of a gateway for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doctor.planting import (
    Plot,
    tls_twin,
)


@pytest.fixture(scope="session")
def twin() -> Iterator[str]:
    with tls_twin() as url:
        yield url


@pytest.fixture
def plot(twin: str, tmp_path: Path) -> Plot:
    return Plot(tmp_path, twin)
