"""What an actor may ask for, as the agency says: asked at most once an hour, and never a reason for no answer.

Rule 1: a look-up goes beside the question and is one for all questions that wait for it.
Rule 2: an answer that is there waits for the look-up for a moment only; the look-up goes on and serves the next one.
Rule 3: a look-up that failed is not tried again for a minute, and until then nothing is known.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from gateway import clock
from gateway.errors import GatewayError
from gateway.logs import log
from gateway.transport import Transport
from gateway.versions import Upstream

_FRESH_SECONDS = 3600.0
_RETRY_SECONDS = 60.0
_PATIENCE_SECONDS = 1.0
_MAX_ACTORS = 1000

Pairs = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Entitlements:
    """The entitlement lists of one upstream, by actor."""

    upstream: Upstream
    transport: Transport
    _kept: dict[str, tuple[float, Pairs | None]] = field(default_factory=dict, init=False)
    _asking: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)

    async def available(self, actor: str) -> dict[str, Any] | None:
        """The list as a canonical tree; None where the version has no such list; raises UpstreamError."""
        request = self.upstream.render_entitlement_question(actor)
        tree: dict[str, Any] | None = None
        if request is not None:
            response = await self.transport.send(request)
            tree = self.upstream.parse_entitlements(response, clock.today()).tree
        self._keep(actor, pairs_of(tree), _FRESH_SECONDS)
        return tree

    def known(self, actor: str) -> Pairs | None:
        """The (class, type) pairs that the actor is known to be allowed now; None when that is not known or old."""
        until, pairs = self._kept.get(actor, (0.0, None))
        return pairs if until > asyncio.get_running_loop().time() else None

    def look_up(self, actor: str) -> None:
        """Starts asking what the actor may ask for, unless that is known or being asked; waits for nothing."""
        until, _ = self._kept.get(actor, (0.0, None))
        if actor not in self._asking and until <= asyncio.get_running_loop().time():
            task = asyncio.create_task(self._learn(actor))
            self._asking[actor] = task
            task.add_done_callback(lambda _: self._asking.pop(actor, None))

    async def pairs(self, actor: str) -> Pairs | None:
        """The (class, type) pairs that the actor may ask for; None when the agency does not say, or not soon."""
        if (task := self._asking.get(actor)) is not None:
            await asyncio.wait((task,), timeout=_PATIENCE_SECONDS)
        return self._kept.get(actor, (0.0, None))[1]

    async def aclose(self) -> None:
        """Gives up what is being asked."""
        tasks = tuple(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _learn(self, actor: str) -> None:
        try:
            await self.available(actor)
        except GatewayError as error:
            log.warning("no entitlements", upstream=self.transport.name, problem=error.type)
            self._keep(actor, None, _RETRY_SECONDS)
        except Exception as error:  # noqa: BLE001  a fault of ours in a look-up is no reason for no answer either
            log.failure("no entitlements", error, upstream=self.transport.name)
            self._keep(actor, None, _RETRY_SECONDS)

    def _keep(self, actor: str, pairs: Pairs | None, seconds: float) -> None:
        if len(self._kept) >= _MAX_ACTORS:  # actors can be named by callers: the list must not grow with them
            self._kept.clear()
        self._kept[actor] = (asyncio.get_running_loop().time() + seconds, pairs)


def pairs_of(tree: dict[str, Any] | None) -> Pairs | None:
    """The (class, type) pairs of a list; None where there is none."""
    if tree is None:
        return None
    return frozenset(
        (one["klass"], one.get("informationstyp", {}).get("kod", "")) for one in tree.get("informationstyper", ())
    )
