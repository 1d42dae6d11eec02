"""Answers of three sizes, generated from the project's own contract: several families, many decisions and payments."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.contracts.documents import Node, own
from tests.contracts.generate import Generator, Plain

SIZES = {"S": 3_000, "M": 62_000, "L": 1_600_000}

_FAMILIES = {
    "S": ("sjukpenningarende", "utbetalningsuppgift", "sjukpenninggrundandeInkomstuppgift"),
    "M": (
        *("sjukpenningarende", "foraldrapenningarende", "tillfalligForaldrapenningarende", "barnbidragsarende"),
        *(
            "bostadsbidragsarende",
            "underhallsstodsmottag",
            "sjukOchAktivitetsersattningsarende",
            "allmanpensionsarende",
        ),
        *("utbetalningsuppgift", "preliminarautbetalningar", "generellPersoninformation"),
        *("sjukpenninggrundandeInkomstuppgift", "studiemedelsavisering"),
    ),
}
_FAMILIES["L"] = (*_FAMILIES["M"], "intjanandeuppgift", "aktivitetsstodsarende", "omvardnadsbidragsarende")
_PM = ("ansprak", "beslut", "utbetalningar", "preliminaraUtbetalningar", "utlamnare")

_TEXTS: dict[str, tuple[str, ...]] = {
    "beskrivning": ("Sjukpenning", "Föräldrapenning", "Hel ersättning", "Månad", "Skatt", "Slutligt beslut", "Bifall"),
    "namn": ("SVERIGE", "Försäkringskassan", "Åsa Testsson", "Öberg Ärlig Test"),
    "id": ("SJP", "FP", "BTI", "A", "KGB", "180"),
    "kod": ("SE", "NO", "FI"),
    "valuta": ("SEK",),
    "postort": ("BJÖRKETORP", "Åmål"),
    "utdelningadress": ("Testgatan 7131 LGH 1433",),
}
_MANY = {"utbetalningsdetalj": 4, "ersattningsdagar": 5, "utbetalningsrader": 3, "beslut": 3, "utdelningadress": 1}
_GROWS = {"utbetalningsuppgift", "utbetalningar", "beslut", "preliminarautbetalningar"}


@dataclass(slots=True)
class Real(Plain):
    """What answers look like: most fields are there, lists of payments and decisions are the long ones."""

    families: tuple[str, ...] = ()
    scale: int = 1
    rng: random.Random = random.Random(9)  # noqa: RUF009, S311  every document gets its own; no secret

    def present(self, path: str) -> bool:
        """What the answer is about is there, and four fifths of what may be said of it."""
        first, _, rest = path.replace("[]", "").partition(".")
        if not rest:
            return first == "formansinformation" or (first in _PM and len(self.families) > 3)
        if first == "formansinformation" and "." not in rest:
            return rest in self.families
        return rest.rpartition(".")[2] in _GROWS or self.rng.random() < 0.8

    def length(self, path: str, least: int, most: int | None) -> int:
        """Decisions and payments grow with the scale."""
        names = path.replace("[]", "").split(".")
        count = _MANY.get(names[-1], 1)
        if names[-1] in _GROWS and (len(names) <= 2 or names[0] == "formansinformation"):
            count = max(1, count * self.scale // 32)
        return max(least, count if most is None else min(count, most))

    def scalar(self, path: str, node: Node) -> str:
        """Swedish texts and amounts with two decimals."""
        name = path.replace("[]", "").rpartition(".")[2]
        if node.kind == "string" and name in _TEXTS and not (node.codes or node.pattern or node.format):
            return json.dumps(self.rng.choice(_TEXTS[name]), ensure_ascii=False)
        if node.kind == "number" and node.maximum is None:
            return f"{self.rng.randrange(50_000)}.{self.rng.randrange(100):02d}"
        if node.kind == "integer" and not node.codes:
            return str(self.rng.randrange(400))
        return super(Real, self).scalar(path, node)


def document(size: str) -> bytes:
    """The answer of a size: the scale is raised until it is as long as it should be."""

    def made(scale: int) -> bytes:
        style = Real(families=_FAMILIES[size], scale=scale, rng=random.Random(9))  # noqa: S311  no secret
        return Generator(own()).document("svar", style)

    return made(_least(lambda scale: len(made(scale)) >= SIZES[size]))


def _least(enough: Callable[[int], bool]) -> int:
    """The least scale that is enough."""
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
