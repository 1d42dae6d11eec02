"""Persons whose identity is protected: what would show where they are is removed for consumers without a grant.

Rule 1: the person counts as protected unless the answer says that it is not: a mark that is missing, that could not be
        read, or that was not asked for (FK:GEPI) protects.
Rule 2: a child or other person who belongs to this one may live at the same address. Where one of those that FK marks
        is not said to be unprotected, or anybody in the answer is said to be protected, the same is removed.
Rule 3: removed is what leads to a place: addresses, the municipality of registration, places of work with all that
        they say (an employer or the number of a place of work is an address in a public register), and the institution
        where a child is placed.
Rule 4: what the source said that nobody knows the meaning of (`okant`) may be an address: it is removed everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from gateway.notes import BORTVALD, Note
from gateway.vocabulary import OKANT

Tree = dict[str, Any]
Status = Literal["no", "unknown", "stated"]
"""Whether the person, or somebody who belongs to it, is protected: not, not known (so yes), or said to be."""

_INSTITUTION = "arenden.mottagareAvBarnbidrag.*.beslut.*.ersattningar.*.underlag.institutionsplacering"
LOCATING = (
    *("person.adresser", "person.folkbokford", "person.arbetsstallen"),
    *(f"{_INSTITUTION}.namn", f"{_INSTITUTION}.adress"),
)
"""The facts that lead to a place; a test holds them against every address and telephone number of the vocabulary."""
_MARK = "skyddad"
_RELATED = ("barn", "samhoriga")
_REMOVED = "removed, since the identity is protected or not known not to be"


def status(svar: Tree) -> Status:
    """Whether the answer is about somebody who is protected."""
    if any(record.get(_MARK) is True for record in _records(svar)):
        return "stated"
    person = svar.get("person", {})
    related = [one for name in _RELATED for one in person.get(name, ())]
    return "no" if all(one.get(_MARK) is False for one in (person, *related)) else "unknown"


def remove(svar: Tree) -> tuple[Tree, tuple[Note, ...]]:
    """The answer without what leads to a place, and a note for each path that was removed."""
    gone: dict[str, None] = {}
    for path in LOCATING:
        svar = _without(svar, path.split("."), "", gone)
    svar = _known(svar, "", gone)
    return svar, tuple(Note(path, BORTVALD, _REMOVED) for path in gone)


def _without(record: Tree, steps: list[str], path: str, gone: dict[str, None]) -> Tree:
    """The record without the fact at the steps; itself where it has no such fact."""
    name, *rest = steps
    if name not in record:
        return record
    here = f"{path}/{name}"
    if not rest:
        gone[here] = None
        return {key: value for key, value in record.items() if key != name}
    if rest[0] == "*":
        return {**record, name: [_without(one, rest[1:], f"{here}/*", gone) for one in record[name]]}
    return {**record, name: _without(record[name], rest, here, gone)}


def _known(value: Any, path: str, gone: dict[str, None]) -> Any:
    """The value without what has no meaning here; itself where all of it has."""
    if type(value) is list:
        kept = [_known(one, f"{path}/*", gone) for one in value]
        return kept if any(one is not old for one, old in zip(kept, value, strict=True)) else value
    if type(value) is not dict:
        return value
    if OKANT in value:
        gone[f"{path}/{OKANT}"] = None
    inner = {name: _known(one, f"{path}/{name}", gone) for name, one in value.items() if name != OKANT}
    same = len(inner) == len(value) and all(inner[name] is one for name, one in value.items())
    return value if same else inner


def _records(value: Any) -> Iterator[Tree]:
    """Every record of a tree, but for what has no meaning here."""
    if type(value) is list:
        for one in value:
            yield from _records(one)
    elif type(value) is dict:
        yield value
        for name, one in value.items():
            if name != OKANT:
                yield from _records(one)
