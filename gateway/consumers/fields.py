"""Which facts of an answer a consumer is shown: a list of canonical paths, compiled once into what cuts the rest.

Rule 1: a path names a fact and with it all that is below; `*` stands for every position of a list, and only for that.
Rule 2: what the gateway and the agencies say about the answer itself (`ALWAYS`) is no matter of choice.
Rule 3: a record of which anything is shown keeps the facts that say what it is (`_essential`): without them no version
        could place it, and coverage could not say whose it is.
Rule 4: what is cut is named once for each path, never its value; what is kept is handed on as it is, not copied.
Rule 5: what the source said beside a record (`okant`) is on no list: it is shown where the whole record is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gateway.coverage import places
from gateway.notes import BORTVALD, Note
from gateway.vocabulary import OKANT, Fact, facts
from schemas.bas import Modell
from schemas.koder import KLASSENS_TYPER
from schemas.svar import Svar

Tree = dict[str, Any]
Pair = tuple[str, str]

ALWAYS = frozenset({"fraga", "tackning", "anmarkningar", "kalla", "utlamnare", "avvikelser"})
"""What is shown to everybody who is answered."""
_ATTRIBUTING = frozenset({"formansgrupp", "informationstyp", "formansfamilj"})
_STEP = "*"
_CUT = "cut by the rule on fields for this consumer"


@dataclass(slots=True)
class _Record:
    """What of one record is shown; a fact that is neither in `whole` nor in `parts` is cut."""

    model: type[Modell]
    path: str
    whole: set[str] = field(default_factory=set)
    parts: dict[str, _Record] = field(default_factory=dict)

    def cut(self, record: Tree, gone: dict[str, None]) -> Tree:
        """The record with what is shown; the paths of the rest go into `gone`."""
        kept: Tree = {}
        for name, value in record.items():
            if name in self.whole:
                kept[name] = value
            elif (part := self.parts.get(name)) is None:
                gone[f"{self.path}/{name}"] = None
            elif type(value) is list:
                kept[name] = [part.cut(one, gone) for one in value]
            elif inner := part.cut(value, gone):
                kept[name] = inner
        return kept


@dataclass(frozen=True, slots=True)
class Fields:
    """A compiled list of paths."""

    _root: _Record

    def cut(self, svar: Tree) -> tuple[Tree, tuple[Note, ...]]:
        """The answer with what is shown of it, and a note for each path that was cut."""
        gone: dict[str, None] = {}
        return self._root.cut(svar, gone), tuple(Note(path, BORTVALD, _CUT) for path in gone)

    def shows(self, place: str) -> bool:
        """Whether anything at a place of the answer, or below it, is shown: `arenden.sjukpenning`."""
        here = self._root
        for step in place.split("."):
            if step in here.whole:
                return True
            if step not in here.parts:
                return False
            here = here.parts[step]
        return True

    def hidden(self) -> frozenset[Pair]:
        """The (class, information type) pairs of whose data nothing would be shown: they need not be asked for."""
        return frozenset(
            (klass, typ)
            for klass, types in KLASSENS_TYPER.items()
            for typ in types
            if not any(map(self.shows, places(klass, typ)))
        )


@lru_cache(maxsize=256)
def compiled(paths: tuple[str, ...]) -> Fields:
    """The paths as what cuts an answer; raises ValueError that says which path is wrong and what was expected."""
    root = _Record(Svar, "", whole=set(ALWAYS))
    for index, path in enumerate(paths):
        try:
            _allow(root, path.split("."))
        except ValueError as error:
            raise ValueError(f"expected in path {index + 1}: {error}") from None
    return Fields(root)


def _allow(root: _Record, steps: list[str]) -> None:
    if steps[0] in ALWAYS:
        raise ValueError("a fact that is not shown anyhow")
    here, rest = root, steps
    while True:
        name, *rest = rest
        fact = facts(here.model).get(name)
        if fact is None:
            raise ValueError(f"a fact of {_shown(here)}, in the names of the JSON API")
        if not rest:
            here.whole.add(name)
            here.parts.pop(name, None)
            return
        here, rest = _enter(here, fact, rest)


def _enter(here: _Record, fact: Fact, rest: list[str]) -> tuple[_Record, list[str]]:
    """The record that a fact holds, and the steps below it."""
    place = f"{here.path}/{fact.name}"[1:].replace("/", ".")
    if fact.model is None:
        raise ValueError(f"nothing below {place}, which is a single value")
    if fact.many and (rest[0] != _STEP or rest == [_STEP]):
        raise ValueError(f"{_STEP} and a fact after {place}, which is a list; or nothing after it")
    if fact.many:
        rest = rest[1:]
    elif rest[0] == _STEP:
        raise ValueError(f"a fact after {place}, which is no list")
    path = f"{here.path}/{fact.name}" + ("/*" if fact.many else "")
    below = here.parts.get(fact.name) or _Record(fact.model, path, set(_essential(fact.model)))
    if fact.name not in here.whole:
        here.parts[fact.name] = below
    return below, rest


def _essential(model: type[Modell]) -> Iterable[str]:
    """The facts that say what a record is: those that every one has, and those that say which type it belongs to."""
    required = {info.alias or name for name, info in model.model_fields.items() if info.is_required()}
    return (required | _ATTRIBUTING) & facts(model).keys() - {OKANT}


def _shown(record: _Record) -> str:
    return record.path.removeprefix("/").replace("/", ".") or "the answer"
