"""Where the vocabulary has what stands at a place on the wire: the bridge from a contract's words to canonical ones."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.contracts.overlay import Path
from gateway.forms import Form
from gateway.table import BareTable, SplitCell, Table


def canonical(table: Table) -> dict[Path, str]:
    """Every leaf of a message by its path on the wire, as the dotted path of the fact (or facts) that it carries."""
    return dict(_within(table, (), ()))


def _within(table: Table, wire: Path, facts: Path) -> Iterator[tuple[Path, str]]:
    for cell in table.cells:
        if not cell.row.undeclared:
            yield from _value(cell.value, wire + cell.wire, (*facts, cell.fact))
    for split in table.splits:
        yield wire + split.wire, _split(split, facts)
    for gathered in table.gathered:
        if not gathered.source.written_only:
            under = (gathered.source.under,) if gathered.source.under else ()
            yield from _value(gathered.value, wire + gathered.wire, (*facts, *gathered.to, *under))
    for grouped in table.grouped:
        source = grouped.source
        yield wire + grouped.wire + grouped.group.wire, ".".join((*facts, source.section, "*", source.group.fact))
        yield from _within(grouped.otherwise, wire + grouped.wire, (*facts, source.section, "*", source.fact))
    if table.inlined:
        fact, inner = table.inlined
        yield from _within(inner, wire, (*facts, fact))


def _value(value: Form | Table | BareTable, wire: Path, facts: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Table):
        yield from _within(value, wire, facts)
    elif isinstance(value, BareTable):
        cell = value.cell
        yield wire, _split(cell, facts) if isinstance(cell, SplitCell) else ".".join((*facts, cell.fact))
    else:
        yield wire, ".".join(facts)


def _split(split: SplitCell, facts: Path) -> str:
    return ".".join((*facts, "+".join(split.split.form.facts)))
