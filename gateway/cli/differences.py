"""A comparison for people: the verdict first, then the differences side by side by class, what counts before the rest.

Rule 1: what is unexplained is shown one by one; what is explained is counted by place.
Rule 2: values are shown only where the command was told to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli import words
from gateway.cli.console import clean, plain
from gateway.comparison.difference import CLASSES, Class, Comparison, Difference, Side

_TITLES: dict[Class, str] = {
    "unexplained": "Unexplained: nothing says why",
    "entitlement": "Entitlement: one side was not told, or may not have been told all",
    "source": "Source: an agency, or the way there, failed on one side",
    "timing": "Timing: the data changed between the questions",
    "accepted": "Accepted by a rule",
    "explained": "Explained by what the versions are",
}
_STYLES: dict[Class, str] = {"unexplained": "bold red", "explained": "green", "accepted": "green"}
_KINDS = {
    "changed": "changed",
    "only_left": "only left",
    "only_right": "only right",
    "wrong_shape": "wrong shape",
    "reordered": "reordered",
}
_COUNTED = frozenset({"explained", "accepted"})
_LONGEST = 60


def show(out: Console, made: Comparison, new: Sequence[Difference] | None, *, values: bool) -> None:
    """The whole comparison; `new` is what a baseline does not have, where there is one."""
    _verdict(out, made, new)
    for class_ in sorted(CLASSES, key=list(_TITLES).index):
        found = sorted((one for one in made.differences if one.class_ == class_), key=lambda one: one.types)
        if not found:
            continue
        out.print()
        out.print(plain(f"{_TITLES[class_]} ({len(found)})", _STYLES.get(class_, "bold yellow")))
        (_counted if class_ in _COUNTED and not values else _one_by_one)(out, found, made, values=values)
    _types(out, made)
    _rules(out, made)


def _verdict(out: Console, made: Comparison, new: Sequence[Difference] | None) -> None:
    counts = ", ".join(f"{count} {class_}" for class_, count in made.counts.items() if count)
    sides = f"{made.left_version or 'left'} and {made.right_version or 'right'}"
    if not made.differences:
        out.print(plain(f"{sides}: equal", "bold green"))
        return
    out.print(plain(f"{sides}: {counts}", "bold red" if made.unexplained else "bold"))
    if new is not None:
        out.print(plain(f"of these, {len(new)} that the baseline does not have"))


def _one_by_one(out: Console, found: list[Difference], made: Comparison, *, values: bool) -> None:
    table = _table("type", "kind", made.left_version or "left", made.right_version or "right", "because")
    for one in found:
        sides = (_side(one.left, values=values), _side(one.right, values=values))
        table.add_row(plain(" ".join(one.types)), plain(_KINDS[one.kind]), *sides, plain(one.reason))
    out.print(table)


def _side(side: Side, *, values: bool) -> Text:
    """The canonical place, the place in the source's own message, and the value, one below the other."""
    if not side.present:
        return plain("-")
    lines = [side.path or "/", *([side.source] if side.source and side.source != side.path else [])]
    return Text("\n").join(map(plain, [*lines, *([_short(side.value)] if values else [])]))


def _counted(out: Console, found: list[Difference], _made: Comparison, *, values: bool) -> None:  # noqa: ARG001
    table = _table("type", "kind", "place", "times", "because")
    rows = Counter((" ".join(one.types), one.kind, one.pattern, one.code, one.reason) for one in found)
    for (types, kind, pattern, code, reason), count in rows.items():
        table.add_row(*map(plain, (types, _KINDS[kind], pattern, count, f"{code}: {reason}")))
    out.print(table)


def _types(out: Console, made: Comparison) -> None:
    """The asked types of which one side's answer is not known: agreement says nothing of them."""
    unknown: dict[tuple[str, str, str], list[str]] = {}
    for one in made.agreements:
        if not one.comparable:
            unknown.setdefault((one.klass, one.left, one.right), []).append(one.informationstyp)
    if unknown:
        out.print()
        out.print(plain("Not comparable: what one side said of these types is not known", "bold yellow"))
        table = _table("class", made.left_version or "left", made.right_version or "right", "types")
        for (klass, left, right), types in unknown.items():
            table.add_row(*map(plain, (klass, _outcome(left), _outcome(right), " ".join(types))))
        out.print(table)


def _outcome(said: str) -> str:
    return words.outcome(said) if said else "-"


def _rules(out: Console, made: Comparison) -> None:
    if made.rules:
        out.print()
        out.print(plain("Rules", "bold"))
        table = _table("rule", "accepted", "")
        for one in made.rules:
            said = "expired" if one.expired else "" if one.hits else "hits nothing"
            table.add_row(*map(plain, (one.name, one.hits, said)))
        out.print(table)


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _short(value: Any) -> str:
    text = clean(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
