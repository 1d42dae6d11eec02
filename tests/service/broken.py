"""A gateway whose adapter of version 9 differs in one role from the real one: it has a defect, or less than all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.app import create_app
from gateway.versions import Adapter, discover
from tests.service.running import House, Stub, serve, settings


class Broken:
    """A role of an adapter that works but for the methods that were replaced."""

    def __init__(self, whole: Any, **broken: Any) -> None:
        self.__dict__.update(broken)
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


@contextmanager
def gateway_with(monkeypatch: pytest.MonkeyPatch, part: str, **broken: Any) -> Iterator[House]:
    """A gateway whose adapter of version 9 has a defect in one of its roles."""
    good = discover()["v9"]
    roles: dict[str, Any] = {"upstream": good.upstream, "face": good.face}
    roles[part] = Broken(roles[part], **broken)
    adapters = {"v9": Adapter("v9", roles["upstream"], roles["face"], good.tables)}
    monkeypatch.setattr("gateway.service.discover", lambda: adapters)
    stub = Stub()
    with serve(stub) as stub.url, serve(create_app(settings(f"{stub.url}/rest"))) as url:
        yield House(url, stub)
