"""What becomes of a pair of answers, one given in front and one got in the background: counted, and nothing shown."""

from __future__ import annotations

from typing import Any

from gateway.asking import Asking
from gateway.errors import GatewayError
from gateway.logs import log
from gateway.metrics import Metrics
from gateway.routing.plan import Plan
from schemas.svar import Svar

Tree = dict[str, Any]


class Pairs:
    """Is told of every shadow."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def skipped(self, upstream: str) -> None:
        """A shadow was not asked: its budget is used up."""
        self._metrics.shadowed(upstream, "skipped")
        log.info("shadow not asked", upstream=upstream)

    def came(self, asking: Asking, plan: Plan, svar: Tree, shadow: Tree | GatewayError) -> None:
        """A shadow has come to an answer or to an error; `svar` is the answer in front."""
        upstream = plan.shadow or ""
        if isinstance(shadow, GatewayError):
            self._metrics.shadowed(upstream, "failed")
            log.info("shadow failed", upstream=upstream, problem=shadow.type, correlation_id=asking.correlation_id)
            return
        same = _content(svar) == _content(shadow)
        self._metrics.shadowed(upstream, "same" if same else "different")
        log.info("shadow answered", upstream=upstream, correlation_id=asking.correlation_id)


def _content(svar: Tree) -> Tree:
    """What the agencies said: not what the gateway says of its own accord."""
    return {fact: value for fact, value in svar.items() if fact not in Svar.EGNA}
