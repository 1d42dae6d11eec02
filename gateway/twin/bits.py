"""What lives are made of: dice that fall the same way for the same seed, and the small records of the vocabulary."""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")
Tree = dict[str, Any]

REFERENCE = "2026-06-30"
"""The day on which the population stands still: what is running runs past it, what is coming comes after it."""


class Dice:
    """Chance that is the same for the same seed and person."""

    def __init__(self, seed: int, personnummer: str) -> None:
        self._random = random.Random(f"{seed}/{personnummer}")  # noqa: S311  invented lives, no secrets

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def ore(self, low: int, high: int) -> Decimal:
        """An amount with two decimals, trailing zeros kept: 1043.50."""
        return Decimal(self.whole(low * 100, high * 100)).scaleb(-2)

    def day(self, month: str) -> str:
        """Some day of a month (YYYY-MM)."""
        return f"{month}-{self.whole(1, monthrange(int(month[:4]), int(month[5:]))[1]):02d}"

    def pick(self, choices: Sequence[T]) -> T:
        """One of several."""
        return choices[self.whole(0, len(choices) - 1)]


def kod(code: str, text: str = "") -> Tree:
    """A code, with its text where the source gives one."""
    return {"kod": code, "text": text} if text else {"kod": code}


def sek(summa: Decimal | int) -> Tree:
    """An amount as Försäkringskassan states it."""
    return {"summa": summa, "valuta": "SEK"}


def kr(summa: int) -> Tree:
    """An amount as Pensionsmyndigheten states it: whole, and without a currency."""
    return {"summa": summa}


def tid(first: str = "", last: str = "") -> Tree:
    """A period; an end that is not given is open."""
    return {key: day for key, day in (("from", first), ("tom", last)) if day}


def andel(taljare: int, namnare: int) -> Tree:
    """A part of the whole as a fraction."""
    return {"taljare": taljare, "namnare": namnare}


def manader(first: str, count: int) -> list[str]:
    """Months in a row, from YYYY-MM on."""
    start = int(first[:4]) * 12 + int(first[5:7]) - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, start + count)]


def sista(month: str) -> str:
    """The last day of a month."""
    return f"{month}-{monthrange(int(month[:4]), int(month[5:7]))[1]:02d}"


INGEN, MANADSVIS, KVARTALSVIS, HALVARSVIS, ARSVIS = (
    kod(str(code), text) for code, text in enumerate(("Ingen", "Månadsvis", "Kvartalsvis", "Halvårsvis", "Årsvis"))
)

HEL, TRE_FJARDEDELAR, HALV, FJARDEDEL = andel(1, 1), andel(3, 4), andel(1, 2), andel(1, 4)


def fk_arende(grupp: str, beslut: Iterable[Tree] = (), **facts: Any) -> Tree:
    """A case of Försäkringskassan's; `grupp` is empty where the contract does not say which type a family is."""
    case: Tree = {"utlamnare": "FK"} | ({"formansgrupp": kod(f"FK:{grupp}")} if grupp else {}) | facts
    decisions = list(beslut)
    return case | ({"beslut": decisions} if decisions else {})


def fk_beslut(fattades: str, forman: Tree, ersattning: Tree, **facts: Any) -> Tree:
    """A decision of Försäkringskassan's, which grants one compensation."""
    return {"fattades": fattades, "definitivt": True, "forman": forman, **facts, "ersattningar": [ersattning]}


def merged(*parts: Tree) -> Tree:
    """Several parts of an answer as one: sections meet, lists follow one another in the order of the wire."""
    out: Tree = {}
    for part in parts:
        _add(out, part)
    return _ordered(out)


def _add(out: Tree, part: Tree) -> None:
    for key, value in part.items():
        if isinstance(value, dict) and key in ("arenden", "inkomst", "ovrigt"):
            _add(out.setdefault(key, {}), value)
        elif isinstance(value, list) and value:
            out.setdefault(key, []).extend(value)
        elif value != []:
            out[key] = value


_RANKS = {
    "utlamnare": ("FK", "PM"),
    "status": ("preliminar", "effektuerad"),
    "roll": ("krav", "mottagande", "egen", "efterlevande"),
    "lage": ("nulage", "historik"),
}
_PARTS = ("levnadsintyg", "pensionsbehallning", "intjanandear")


def _rank(item: Tree) -> tuple[int, ...]:
    """Where a record stands among its like: a version delivers them from several lists, one after the other."""
    marks = [ranks.index(item[fact]) if item.get(fact) in ranks else 0 for fact, ranks in _RANKS.items()]
    part = next((index for index, fact in enumerate(_PARTS) if fact in item), 0) if item.get("utlamnare") == "FK" else 0
    return (*marks, part)


def _ordered(tree: Tree) -> Tree:
    for key, value in tree.items():
        if key in ("arenden", "inkomst", "ovrigt"):
            _ordered(value)
        elif isinstance(value, list):
            value.sort(key=_rank)
    return tree
