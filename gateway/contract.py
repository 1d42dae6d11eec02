"""What an adapter declares: how one version spells the vocabulary, and where it differs from it.

A declaration holds in both directions. A fact that is not mentioned has a row of its own: the same name, and the
form that its kind has by default. The words:

    Row("belopp", "beslutatBruttobelopp")     the fact has another name on the wire; "a.b" is a field of an object
    Row("avled", single=True)                 the wire has a list of at most one where the vocabulary has a value
    Row("barn", listed=True)                  the wire has a value where the vocabulary has a list
    Row("typer", unique=True, filled=True)    a list that names nothing twice, and is not empty
    Row("forman", form=BOKSTAVSKOD)           the value is spelled in a form of its own
    Inlined("ersattningar")                   the one element's facts stand directly in the record on the wire
    Placed("utlamnare", "status")             the place of the record in the message says these facts
    Gone("id", "why")                         the version does not have the fact
    Split("utbetalningsmottagare", ...)       one wire value that holds several facts
    Gathered("arenden.sjukpenning", ...)      a list here, some list there, with what tells its elements apart
    Withheld("ovrigt.programjobdagar", "why") a list, or those of its elements, that the version does not have
    Grouped("beslut", ...)                    a list there whose elements belong to cases by information type
    Ignored("x", "why")                       the wire has a field that the vocabulary wants no place for

Declarations that cannot hold are refused by `gateway.table` when the adapter is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gateway.forms import Form


class SplitForm(Protocol):
    """A wire value that holds several facts of one record."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts, by JSON name."""

    @property
    def expected(self) -> str:
        """What a reader of an error may expect there."""

    def parse(self, value: Any, reading: Any) -> Any:
        """Wire value to a mapping of facts, or MISFIT."""

    def render(self, node: Mapping[str, Any]) -> Any:
        """The record's facts to the wire value, or MISFIT."""

    def accepts(self, value: Any) -> bool:
        """Whether the contract allows this wire value."""

    def schema(self) -> dict[str, Any]:
        """The wire's JSON Schema."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A record spelled in a way of its own: a code as `{id, beskrivning}`, say."""

    name: str
    model: type
    rows: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Bare:
    """A record of which the wire writes one fact and nothing else: an amount as a number, a person as a number."""

    model: type
    row: Row | Split


@dataclass(frozen=True, slots=True)
class Row:
    """One fact and its place on the wire."""

    fact: str
    wire: str = ""
    form: Form | Shape | Bare | None = None
    single: bool = False
    listed: bool = False
    required: bool = False
    unique: bool = False
    filled: bool = False
    most: int = 0
    """The largest number of elements, where the contract states one."""
    undeclared: str = ""
    """Why the wire may carry the fact though the contract does not declare it: read, put back, and noted."""


@dataclass(frozen=True, slots=True)
class Split:
    """One wire value that holds several facts."""

    form: SplitForm
    wire: str
    single: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Inlined:
    """A canonical list of one whose element's facts stand directly in the wire's record."""

    fact: str


@dataclass(frozen=True, slots=True, init=False)
class Placed:
    """Facts that no field carries, since the place of the record in the message says them."""

    facts: tuple[str, ...]

    def __init__(self, *facts: str) -> None:
        object.__setattr__(self, "facts", facts)


@dataclass(frozen=True, slots=True)
class Gone:
    """A fact that the version does not have."""

    fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A wire field that the vocabulary wants no place for."""

    wire: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """A wire list whose elements go to a canonical list that other wire lists go to as well.

    `marks` are the facts that tell the elements of this list apart; `given` are facts that follow from the place.
    With `under`, the element is put under that fact of the canonical element; `form` spells a list of bare values.
    With `written_only`, the place is another's when it is read: here go elements that this version never had, in the
    structure that its consumers know.
    """

    to: str
    wire: str
    dialect: Dialect
    marks: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    under: str = ""
    form: Form | Shape | Bare | None = None
    single: bool = False
    unique: bool = False
    written_only: bool = False


@dataclass(frozen=True, slots=True)
class Withheld:
    """A canonical list of which the version has nothing, or nothing that bears these marks."""

    to: str
    reason: str
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grouped:
    """A wire list of which each element names its information type: elements of one type make up one case.

    `families` maps the type's code to the family's list; `otherwise` is the list for a code that is missing or new.
    """

    section: str
    fact: str
    wire: str
    dialect: Dialect
    group: Row
    families: Mapping[str, str]
    otherwise: str
    marks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of spelling: the forms of leaf kinds, and the rows of records where they differ from the default.

    A model's rows hold for its sub-classes too, unless those say otherwise about the same fact.
    """

    name: str
    forms: Mapping[str, Form] = field(default_factory=dict)
    shapes: Mapping[type, Shape | Bare] = field(default_factory=dict)
    records: Mapping[type, tuple[Any, ...]] = field(default_factory=dict)

    def changed(self, name: str, records: Mapping[type, tuple[Any, ...]]) -> Dialect:
        """The same way of spelling but for the rows of some records, which replace the earlier ones fact by fact."""
        merged = {
            **self.records,
            **{model: _over(rows, self.records.get(model, ())) for model, rows in records.items()},
        }
        return replace(self, name=name, records=merged)


def claims(row: Any) -> tuple[str, ...]:
    """The facts that a declaration is about."""
    if isinstance(row, Split):
        return row.form.facts
    if isinstance(row, Placed):
        return row.facts
    if isinstance(row, (Row, Gone, Inlined)):
        return (row.fact,)
    return ()


def _over(rows: tuple[Any, ...], earlier: tuple[Any, ...]) -> tuple[Any, ...]:
    said = {fact for row in rows for fact in claims(row)}
    return (*rows, *(row for row in earlier if not said & set(claims(row))))


@dataclass(frozen=True, slots=True)
class Wire:
    """What one version says: for each noun its record and the dialect in which it is spelled."""

    version: str
    nouns: Mapping[str, tuple[type, Dialect]]

    def changed(
        self,
        version: str,
        withheld: Mapping[str, tuple[Withheld, ...]] | None = None,
        spelled: Mapping[str, Dialect] | None = None,
    ) -> Wire:
        """The next older version: the same but for lists that it does not have and nouns that it spells otherwise."""
        nouns = {
            noun: (model, (spelled or {}).get(noun) or _without(model, dialect, (withheld or {}).get(noun, ())))
            for noun, (model, dialect) in self.nouns.items()
        }
        return Wire(version, nouns)


def _without(model: type, dialect: Dialect, withheld: tuple[Withheld, ...]) -> Dialect:
    kept = tuple(
        row
        for row in dialect.records.get(model, ())
        if not (isinstance(row, Gathered) and any(_covers(each, row) for each in withheld))
    )
    return replace(dialect, records={**dialect.records, model: (*kept, *withheld)})


def _covers(withheld: Withheld, row: Gathered) -> bool:
    return row.to == withheld.to and withheld.marks.items() <= row.marks.items()
