"""How much of a contract the tables carry: its leaves counted as mapped, ignored with a reason, or neither.

A leaf is a value by its path on the wire, lists marked: `beslut[].period.fran`. Tables and contract are counted
apart, each by its own reading, so that neither can hide what it lacks behind the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.forms import Form
from gateway.schema import leaves
from gateway.table import BareTable, SplitCell, Table
from gateway.vocabulary import facts

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class GoneFact:
    """A fact of the vocabulary that a record of a version does not have."""

    record: str
    fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What the table of one noun carries: the leaves, the fields left out on purpose, the facts it lacks."""

    noun: str
    mapped: frozenset[str]
    ignored: Mapping[str, str]
    gone: tuple[GoneFact, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """The table of one noun held against the contract's own schema of it; all are leaves by path."""

    noun: str
    contract: frozenset[str]
    mapped: frozenset[str]
    ignored: Mapping[str, str]
    unmapped: tuple[str, ...]
    surplus: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every leaf of the contract is mapped or ignored, and no leaf of ours is not the contract's."""
        return not self.unmapped and not self.surplus


def carried(tables: Mapping[str, Table]) -> list[Carried]:
    """What each noun's table carries."""
    found = []
    for noun, table in tables.items():
        records = list(_records(table, ""))
        ignored = {
            prefix + ".".join(wire): reason
            for prefix, one in records
            if isinstance(one, Table)
            for wire, reason in one.ignored.items()
        }
        gone = {fact for _, one in records for fact in _gone(one)}
        found.append(Carried(noun, frozenset(leaves(table)), ignored, tuple(sorted(gone))))
    return found


def held(tables: Mapping[str, Table], document: Schema) -> list[Held]:
    """The tables held against an OpenAPI document; raises ValueError when it is no contract of that kind."""
    contract = contract_leaves(document)
    found = []
    for ours in carried(tables):
        theirs = contract.get(ours.noun, frozenset())
        ignored = {leaf: reason for leaf in theirs if (reason := _reason(leaf, ours.ignored)) is not None}
        mapped = (ours.mapped & theirs) - ignored.keys()
        found.append(
            Held(
                noun=ours.noun,
                contract=theirs,
                mapped=mapped,
                ignored=ignored,
                unmapped=tuple(sorted(theirs - mapped - ignored.keys())),
                surplus=tuple(sorted(ours.mapped - theirs)),
            )
        )
    return found


def contract_leaves(document: Schema) -> dict[str, frozenset[str]]:
    """The leaves of the schemas of a contract's operations, by noun; raises ValueError as `contract_roots` does."""
    return {noun: frozenset(_leaves(document, root, "", ())) for noun, root in contract_roots(document).items()}


def contract_roots(document: Schema) -> dict[str, Schema]:
    """The four schemas of a contract's two operations, by noun.

    The question is what is posted, the answer what that gives, the error its 400; the entitlement list is what the
    other operation gives. Raises ValueError for a document that does not have them.
    """
    roots: dict[str, Any] = {}
    try:
        for operations in document["paths"].values():
            if "post" in operations:
                roots["fraga"] = _body(operations["post"]["requestBody"])
                roots["svar"] = _body(operations["post"]["responses"]["200"])
                roots["fel"] = _body(operations["post"]["responses"]["400"])
            if "get" in operations:
                roots["tillgangligaInformationstyper"] = _body(operations["get"]["responses"]["200"])
    except (KeyError, TypeError, AttributeError):
        msg = "expected an OpenAPI document with an operation that asks and one that lists what may be asked for"
        raise ValueError(msg) from None
    return roots


def _body(message: Schema) -> Any:
    return message["content"]["application/json"]["schema"]


def _leaves(document: Schema, schema: Schema, path: str, within: tuple[str, ...]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"]
        if name in within:
            msg = "expected schemas that do not hold themselves"
            raise ValueError(msg)
        place: Any = document
        for step in name.removeprefix("#/").split("/"):
            place = place[step]
        yield from _leaves(document, place, path, (*within, name))
        return
    parts = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())]
    for part in parts:
        yield from _leaves(document, part, path, within)
    if "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _leaves(document, inner, f"{path}.{name}" if path else str(name), within)
    elif "items" in schema:
        yield from _leaves(document, schema["items"], path + "[]", within)
    elif not parts:
        yield path


def _reason(leaf: str, ignored: Mapping[str, str]) -> str | None:
    """Why a leaf is left out: it or something that it stands in is ignored."""
    for place, reason in ignored.items():
        if leaf == place or leaf.startswith((place + ".", place + "[]")):
            return reason
    return None


def _records(table: Table, prefix: str) -> Iterator[tuple[str, Table | BareTable]]:
    """Every record below a table with the path that stands before its fields, the table itself among them."""
    yield prefix, table
    for cell in table.cells:
        yield from _within(cell.value, _path(prefix, cell.wire, many=cell.wire_many))
    for gathered in table.gathered:
        yield from _within(gathered.value, _path(prefix, gathered.wire, many=True))
    for grouped in table.grouped:
        for _, inner in grouped.tables():
            yield from _records(inner, _path(prefix, grouped.wire, many=True))
    if table.inlined:
        yield from _records(table.inlined[1], prefix)


def _within(value: Form | Table | BareTable, prefix: str) -> Iterator[tuple[str, Table | BareTable]]:
    if isinstance(value, Table):
        yield from _records(value, prefix)
    elif isinstance(value, BareTable):
        yield prefix, value


def _gone(record: Table | BareTable) -> Iterator[GoneFact]:
    if isinstance(record, Table):
        yield from (GoneFact(record.name, fact, reason) for fact, reason in record.gone.items())
        return
    cell = record.cell
    written = cell.split.form.facts if isinstance(cell, SplitCell) else (cell.fact,)
    name, reason = record.model.__name__, f"written as {' and '.join(written)} alone"
    yield from (GoneFact(name, fact, reason) for fact in facts(record.model) if fact not in written)


def _path(prefix: str, wire: tuple[str, ...], *, many: bool) -> str:
    return prefix + ".".join(wire) + ("[]." if many else ".")
