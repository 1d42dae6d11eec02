"""One question, one answer: the main path between a face and the sources, all in canonical form.

Each step is one function of one module and calls nothing back. A question that may have reached an agency is never
sent again, to it or to another, unless a routing rule says so in as many words; then it is a disclosure of its own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gateway import question
from gateway.asking import Asking, Records, ask
from gateway.consumers.caller import Caller
from gateway.consumers.stated import Stated
from gateway.errors import Fault, GatewayError, LedgerUnavailable, Unprocessable, UpstreamError, UpstreamUnavailable
from gateway.flights import Flights
from gateway.jsonio import encode
from gateway.ledger.entries import Role
from gateway.merging import merged
from gateway.routing.plan import Pair, Plan
from gateway.shadows import Shadows
from gateway.sources import Source
from gateway.versions import Asked

Tree = dict[str, Any]


class Router(Protocol):
    """What decides which connections are asked for which types; raises NotFound, Forbidden, UpstreamUnavailable."""

    def plans(self, consumer: str, types: Sequence[Pair], personnummer: str, wanted: str | None) -> tuple[Plan, ...]:
        """The plans of a question; `wanted` is the version that the caller asks for by name."""


@dataclass(slots=True)
class Exchange:
    """Everything between a parsed question and an answer that a face can render."""

    sources: Mapping[str, Source]
    router: Router
    records: Records
    shadows: Shadows
    _flights: Flights[Tree] = field(default_factory=Flights, init=False)

    async def answer(self, asked: Asked, caller: Caller, stated: Stated, face: str, wanted: str | None) -> Tree:
        """The answer to a question, with coverage, notes and provenance.

        Raises ClientError for a question that cannot be asked, before anything is sent; UpstreamError when an agency
        or the way there failed; LedgerUnavailable when it cannot be accounted for.
        """
        asking = begun(asked, caller, stated, face)
        # Identical to the letter, or it is another question: another purpose is another disclosure.
        key = (caller.name, asking.actor, stated, wanted, encode(asking.fraga))
        return await self._flights.join(key, lambda: self._answer(asking, wanted))

    async def aclose(self) -> None:
        """Waits for what is in flight, gives up what is asked in the background."""
        await self._flights.settle()
        await self.shadows.aclose()

    async def _answer(self, asking: Asking, wanted: str | None) -> Tree:
        plans = self._plans(asking, wanted)
        parts = [replace(asking, fraga=_share(asking.fraga, plan)) for plan in plans]
        # All of them come to an end, since every one that was sent has to be accounted for.
        found = await asyncio.gather(
            *(self._part(part, plan) for part, plan in zip(parts, plans, strict=True)), return_exceptions=True
        )
        answers = [one for one in found if not isinstance(one, BaseException)]
        failed = next((one for one in found if isinstance(one, BaseException)), None)
        try:
            if failed is not None:
                raise failed
        finally:
            del (
                found,
                failed,
            )  # an error knows this frame: with it, a whole answer would stay until cycles are looked for
        for part, plan, svar in zip(parts, plans, answers, strict=True):
            if plan.shadow not in (None, svar["kalla"]["uppstroms"]):  # a fallback may have asked there already
                self.shadows.start(part, plan, svar)
        return merged(asking.fraga, answers)

    def _plans(self, asking: Asking, wanted: str | None) -> tuple[Plan, ...]:
        fraga = asking.fraga
        types = [(one["klass"], one["informationstyp"]) for one in fraga.get("informationstyper", ())]
        plans = self.router.plans(asking.consumer, types, fraga["personnummer"], wanted)
        longer = {typ for plan in plans for _, typ in plan.types if typ in self._longer(plan.sources[0])}
        question.check(fraga, longer_periods=longer)
        kept = [(plan, pair) for plan in plans for pair in plan.types if pair not in asking.cut]
        if kept and not any(pair in self.sources[plan.sources[0]].upstream.types for plan, pair in kept):
            versions = ", ".join(sorted({self.sources[plan.sources[0]].version for plan, _ in kept}))
            raise Unprocessable("", faults=(Fault("/informationstyper", f"at least one type that {versions} has"),))
        return plans

    def _longer(self, source: str) -> frozenset[str]:
        return self.sources[source].settings.longer_periods

    async def _part(self, asking: Asking, plan: Plan) -> Tree:
        """The answer of the first source of the plan; of a later one only where the plan allows it."""
        chain = [plan.sources[0], *(name for name in plan.sources[1:] if self._may(asking, name))]
        last: Tree | GatewayError | None = None
        for place, name in enumerate(chain):
            role: Role = "fallback" if place else "primary"
            reason = f"{plan.reason}:{plan.rule}" if plan.rule else plan.reason
            try:
                svar = await ask(asking, self.sources[name], self.records, role, reason)
            except LedgerUnavailable:
                raise
            except GatewayError as error:
                # An answer that said that a source was down is more than an error of the one that was to replace it.
                last = last if isinstance(last, dict) else error
                if not _moves_on(error, plan):
                    break
            else:
                last = svar
                if not ("source_down" in plan.fall_back and _source_down(svar)):
                    break
        try:
            if isinstance(last, dict):
                return last
            raise last or UpstreamUnavailable("no upstream is configured", sent=False)
        finally:
            del last  # as above

    def _may(self, asking: Asking, name: str) -> bool:
        """Whether a fallback can be asked this at all."""
        types = [(one["klass"], one["informationstyp"]) for one in asking.fraga["informationstyper"]]
        try:
            question.check(asking.fraga, longer_periods=self._longer(name))
        except Unprocessable:
            return False
        return any(pair in self.sources[name].upstream.types for pair in types if pair not in asking.cut)


def begun(asked: Asked, caller: Caller, stated: Stated, face: str) -> Asking:
    """A caller's question as it is to be asked; raises Forbidden for an actor that is not the caller's own."""
    return Asking(
        fraga=asked.fraga,
        consumer=caller.name,
        actor=caller.acts_for(asked.aktor),
        purpose=stated.purpose,
        ground=stated.ground,
        face=face,
        cut=caller.cut(asked.fraga),
        shows=caller.shows,
        correlation_id=str(uuid.uuid4()),
    )


def _share(fraga: Tree, plan: Plan) -> Tree:
    kept = [one for one in fraga["informationstyper"] if (one["klass"], one["informationstyp"]) in plan.types]
    return {**fraga, "informationstyper": kept}


def _moves_on(error: GatewayError, plan: Plan) -> bool:
    if not isinstance(error, UpstreamError):
        return False
    if not error.sent:
        return "not_sent" in plan.fall_back
    return "source_down" in plan.fall_back and isinstance(error, UpstreamUnavailable)


def _source_down(svar: Tree) -> bool:
    return any(one["utfall"] == "kallan_nere" for one in svar["tackning"])
