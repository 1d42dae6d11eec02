"""One answer of several: the parts of a question that different versions answered, put together again.

Each part was asked for types of its own, so what the parts hold stands beside each other; what every answer says of
itself (who the person is, how an agency is) is said once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Tree = dict[str, Any]

_PART = ("version", "protokoll", "kontrakt", "uppstroms", "fragades", "besvarades")


def merged(fraga: Tree, parts: Sequence[Tree]) -> Tree:
    """The whole answer to a question, in the form of one: coverage in the question's order, every source named."""
    if len(parts) == 1:
        return parts[0]
    whole: Tree = {}
    for part in parts:
        content = {fact: value for fact, value in part.items() if fact not in ("fraga", "tackning", "kalla")}
        _lay(whole, content)
    if "utlamnare" in whole:
        whole["utlamnare"] = _worst(whole["utlamnare"])
    covered = {(one["klass"], one["informationstyp"]): one for part in parts for one in part["tackning"]}
    order = [(one["klass"], one["informationstyp"]) for one in fraga["informationstyper"]]
    sources = [
        {
            **{fact: part["kalla"][fact] for fact in _PART},
            "informationstyper": [
                {"klass": one["klass"], "informationstyp": one["informationstyp"]} for one in part["tackning"]
            ],
        }
        for part in parts
    ]
    newest = max(parts, key=lambda part: int(part["kalla"]["version"].removeprefix("v")))
    return {
        "fraga": fraga,
        "tackning": [covered[pair] for pair in order],
        **whole,
        "kalla": {**newest["kalla"], "delar": sources},
    }


def _lay(onto: Tree, other: Tree) -> None:
    """Lays one tree onto another: records are joined, lists continued, and what is there already stays."""
    for fact, value in other.items():
        here = onto.get(fact)
        if isinstance(value, list):
            # What two versions both say of the person is one thing; two payments that are alike are in one part.
            onto[fact] = [*(here or ()), *(one for one in value if one not in (here or ()))]
        elif isinstance(value, dict):
            onto[fact] = dict(here or {})
            _lay(onto[fact], value)
        elif here is None:
            onto[fact] = value


def _worst(states: list[Tree]) -> list[Tree]:
    """Each agency once: as it said that it was where it did not say OK."""
    found: dict[Any, Tree] = {}
    for one in states:
        agency = one.get("utlamnare", {}).get("kod")
        if agency not in found or found[agency].get("tillstand", {}).get("kod") == "OK":
            found[agency] = one
    return list(found.values())
