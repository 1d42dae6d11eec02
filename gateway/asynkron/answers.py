"""What a delivered row, or one that never came, is as an answer in canonical form; and the hash of its content."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from gateway import coverage
from gateway.asynkron.order import Order
from gateway.asynkron.roles import OrderUpstream
from gateway.notes import Note

Tree = dict[str, Any]

_sorted = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


@dataclass(frozen=True, slots=True)
class Making:
    """What answers are made with: through which connection they came, and by what their coverage is concluded."""

    name: str
    upstream: OrderUpstream
    grounds: coverage.Grounds
    key: bytes = field(repr=False)
    """The key of the hashes by which two contents of a row are told apart."""

    def digest(self, rad: Tree) -> str:
        """The keyed hash of a row's content: the order of keys says nothing, and nothing of a person shows."""
        content = _sorted({part: rad[part] for part in ("svar", "fel") if part in rad})
        return hmac.digest(self.key, content, hashlib.sha256).hex()[:32]

    def answer(self, order: Order, fraga: Tree, rad: Tree, notes: tuple[Note, ...], now: datetime) -> Tree:
        """The answer that a row holds; of a row with an error, one that says that the source failed."""
        if "svar" not in rad:
            return self.absence(order, fraga, "failed_row", now)
        svar = rad["svar"]
        return {
            "fraga": fraga,
            "tackning": coverage.explain(fraga, svar, self.grounds),
            **svar,
            "anmarkningar": [note.tree() for note in notes],
            "kalla": self._source(order, now),
        }

    def absence(self, order: Order, fraga: Tree, why: str, now: datetime) -> Tree:
        """The answer to a question whose row did not come, or is of no use: every type says that the source failed."""
        bevis = [{"slag": "bestallning", "varde": why}]
        tackning = [
            {**one, "utlamnare": one["informationstyp"][:2], "utfall": "fel_hos_kallan", "bevis": bevis}
            for one in fraga["informationstyper"]
        ]
        return {"fraga": fraga, "tackning": tackning, "anmarkningar": [], "kalla": self._source(order, now)}

    def _source(self, order: Order, now: datetime) -> Tree:
        return {
            "version": self.upstream.version,
            "protokoll": self.upstream.protocol,
            "kontrakt": self.upstream.contract,
            "uppstroms": self.name,
            "korrelationsId": order.reference,
            "fragades": order.at,
            "besvarades": now.isoformat(timespec="milliseconds"),
        }
