"""What a version could not place when it was read, put back when the same version is written.

A field that the contract does not declare goes back as it came: contracts allow additions. A declared field goes back
only where the contract allows the value (a date declared as bare text may be any text); what the contract forbids
stays behind, since it was noted when it was read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.forms import Form
from gateway.notes import Path, Writing
from gateway.table import BareTable, SplitCell, Table, bare_value

Allows = Callable[[Any], bool]
Allowances = dict[str, Any]
"""By wire name: whether the contract allows a value there, or the same for the fields below it."""


def _never(_value: Any) -> bool:
    return False


def _allows(value: Form | Table | BareTable | SplitCell, *, wire_many: bool, single: bool) -> Allows:
    match value:
        case Table():
            return _never
        case BareTable():
            one = _allows(bare_value(value), wire_many=False, single=False)
        case SplitCell():
            one = value.split.form.accepts
        case _:
            one = value.accepts
    if not wire_many:
        return one

    def every(candidate: Any) -> bool:
        return type(candidate) is list and (len(candidate) <= 1 or not single) and all(map(one, candidate))

    return every


def allowances(table: Table) -> Allowances:
    """What a record's contract allows, by wire name."""
    rules: Allowances = {}
    places: list[tuple[tuple[str, ...], Allows]] = [
        (cell.wire, _allows(cell.value, wire_many=cell.wire_many, single=not cell.many)) for cell in table.cells
    ]
    places += [(split.wire, _allows(split, wire_many=split.wire_many, single=True)) for split in table.splits]
    places += [(gathered.wire, _never) for gathered in table.gathered if not gathered.source.written_only]
    places += [(grouped.wire, _never) for grouped in table.grouped]
    places += [(wire, _never) for wire in table.ignored]
    for (*outer, last), rule in places:
        below = rules
        for name in outer:
            below = below.setdefault(name, {})
        below[last] = rule
    return rules | (allowances(table.inlined[1]) if table.inlined else {})


def restore(okant: dict[str, Any], out: dict[str, Any], rules: Allowances, path: Path, writing: Writing) -> None:
    """Puts back what `okant` holds into the wire record `out`; without the right to, notes it as lost."""
    for key, value in okant.items():
        if not writing.restore:
            writing.lost(path, key, "the source said this outside its contract")
            continue
        rule = rules.get(key)
        if isinstance(rule, dict):
            inner = out.get(key, {})
            if isinstance(value, dict) and isinstance(inner, dict):
                restore(value, inner, rule, (path, key), writing)
                if inner:
                    out[key] = inner
        elif key not in out and "[" not in key and (rule is None or rule(value)):
            out[key] = value
