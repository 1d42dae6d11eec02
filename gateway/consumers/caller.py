"""Who asks, once that is known: what it may ask for, and what of an answer it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from gateway.consumers import protected
from gateway.consumers.fields import Fields, compiled
from gateway.consumers.model import Consumer
from gateway.errors import Fault, Forbidden

Tree = dict[str, Any]
Pair = tuple[str, str]
Way = Literal["key", "token", "certificate"]


class Headers(Protocol):
    """Header fields by lower-case name, as often as they came: Starlette's."""

    def getlist(self, key: str, /) -> list[str]:
        """Every field of the name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an answer a caller is shown."""

    svar: Tree
    protected: protected.Status
    """What the answer said of the person's identity, whether anything was removed or not."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what it may."""

    name: str
    aktor: str | None = None
    allowed: frozenset[str] | None = None
    """The information types that it may ask for; None for all."""
    absence: Literal["fault", "header", "plain"] = "fault"
    fields: Fields | None = None
    hidden: frozenset[Pair] = frozenset()
    """The types of which `fields` would show nothing."""
    purposes: tuple[str, ...] | None = None
    """What it may state; None for anything."""
    grounds: tuple[str, ...] | None = None
    per_minute: int | None = None
    concurrent: int | None = None
    sees_protected: bool = True
    lifecycle_header: bool = False
    sender: tuple[str, str] | None = None
    """Type and identity of the only SenderId of its SSEK messages."""
    ways: frozenset[Way] = frozenset()
    """How it proved who it is, this time."""

    @classmethod
    def of(cls, consumer: Consumer) -> Caller:
        """A consumer as a caller, before it has proved anything."""
        sender = consumer.ssek_sender
        fields = None if consumer.fields is None else compiled(consumer.fields)
        return cls(
            name=consumer.name,
            aktor=consumer.aktors_id,
            allowed=consumer.informationstyper,
            absence=consumer.absence,
            fields=fields,
            hidden=frozenset() if fields is None else fields.hidden(),
            purposes=consumer.purposes,
            grounds=consumer.grounds,
            per_minute=consumer.per_minute,
            concurrent=consumer.concurrent,
            sees_protected=consumer.protected == "show",
            lifecycle_header=consumer.lifecycle_header,
            sender=None if sender is None else (sender.type, sender.id),
        )

    def acts_for(self, aktor: str) -> str | None:
        """Whom the question is asked for; raises Forbidden for an actor that is not the caller's own."""
        if self.aktor is not None and aktor not in ("", self.aktor):
            raise Forbidden("", faults=(Fault("aktorsId", "the actor that this consumer acts for"),))
        return self.aktor or aktor or None

    def cut(self, fraga: Mapping[str, Any]) -> dict[Pair, str]:
        """What is asked and need not be, since the caller would be shown nothing of it: by which rule."""
        pairs = ((one["klass"], one["informationstyp"]) for one in fraga.get("informationstyper", ()))
        return {pair: rule for pair in pairs if (rule := self._cuts(pair)) is not None}

    def entitled(self, available: Tree) -> Tree:
        """What the caller may ask for, of what its actor may."""
        listed = available.get("informationstyper", ())
        kept = [
            one for one in listed if self._cuts((one["klass"], one.get("informationstyp", {}).get("kod", ""))) is None
        ]
        return {**available, "informationstyper": kept}

    def _cuts(self, pair: Pair) -> str | None:
        """The rule by which a type is not asked for; None for one that is."""
        if self.allowed is not None and pair[1] not in self.allowed:
            return "informationstyper"
        return "falt" if pair in self.hidden else None

    def shows(self, place: str) -> bool:
        """Whether the caller is shown anything at a place of the answer: `arenden.sjukpenning`."""
        return self.fields is None or self.fields.shows(place)

    def shown(self, svar: Tree, beside: Tree | None = None) -> Shown:
        """What the caller is shown of a whole answer; what is cut stands among the answer's remarks.

        `beside` is another answer about the same person: who is protected in either is protected in both.
        """
        status = protected.status(svar)
        if status == "no" and beside is not None:
            status = protected.status(beside)
        notes: list[Tree] = []
        if self.fields is not None:
            svar, cut = self.fields.cut(svar)
            notes += (note.tree() for note in cut)
        if status != "no" and not self.sees_protected:
            svar, removed = protected.remove(svar)
            notes += (note.tree() for note in removed)
        if notes:
            svar = {**svar, "anmarkningar": [*svar.get("anmarkningar", ()), *notes]}
        return Shown(svar, status)


ANYBODY = Caller("anybody")
"""Who asks where no consumer is set: whoever reaches a loopback address."""
