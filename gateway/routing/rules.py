"""The routing file: who is answered by which connection, as rules of which the first that matches decides.

A file is read against the connections that are configured: every name in it is one of theirs afterwards. Everything
that is wrong with a file is reported at once, with the place and what was expected. No I/O.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from gateway import validation
from gateway.errors import Fault
from gateway.lifecycle.settings import VersionName
from gateway.parts import Name
from gateway.routing.plan import FallBack, Pair
from gateway.settings import ConfigurationError
from schemas.koder import KLASSENS_TYPER

Tree = dict[str, Any]

EVERY = "*"
PAIRS: tuple[Pair, ...] = tuple((klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types)
_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _several(given: Any) -> Any:
    """A list; a single text is a list of one."""
    return (given,) if isinstance(given, str) else given


def _alone(names: tuple[str, ...]) -> tuple[str, ...]:
    if EVERY in names and len(names) > 1:
        raise ValueError('expected names, or "*" alone')
    return names


def _type(text: str) -> str:
    if text != EVERY and not _expanded(text):
        raise ValueError('expected a type as "FK:SJP", one of a class as "utbetalningar/FK:SJP", or "*"')
    return text


def _expanded(text: str) -> frozenset[Pair]:
    """The pairs that a name of types stands for; a type without a class is that type in every class."""
    klass, slash, typ = text.rpartition("/")
    return frozenset(
        pair for pair in PAIRS if text == EVERY or (pair[1] == typ and (pair[0] == klass if slash else not klass))
    )


def _connection(name: str, info: ValidationInfo) -> str:
    """The connection of that name, or the only one that speaks the version of that name."""
    versions = _versions(info)
    speaking = [name] if name in versions else [each for each, version in versions.items() if version == name]
    if len(speaking) > 1:
        raise ValueError(f"expected one of the connections that speak this version: {', '.join(speaking)}")
    if not speaking:
        raise ValueError(f"expected a configured connection: {', '.join(versions) or 'there is none'}")
    return speaking[0]


def _spoken(version: str, info: ValidationInfo) -> str:
    spoken = {*_versions(info).values()}
    if version not in spoken:
        raise ValueError(f"expected a version that a connection speaks: {', '.join(sorted(spoken)) or 'there is none'}")
    return version


def _versions(info: ValidationInfo) -> Mapping[str, str]:
    return info.context or {}


Connection = Annotated[Name, AfterValidator(_connection)]
_Consumer = Annotated[str, Field(pattern=r"^(\*|[a-z0-9][a-z0-9_-]{0,62})$")]
_Type = Annotated[str, AfterValidator(_type)]
_Names = (BeforeValidator(_several), Field(min_length=1), AfterValidator(_alone))


class Canary(BaseModel):
    """A share of the persons that is asked about elsewhere, always the same persons."""

    model_config = _PART

    to: Connection = Field(description="The connection that is asked for these persons.")
    percent: float = Field(ge=0, le=100, strict=True, description="How many of a hundred persons.")


class Shadow(BaseModel):
    """A connection that is asked the same in the background, for comparison."""

    model_config = _PART

    to: Connection = Field(
        description="The connection that is asked too; for persons whom the canary leads there, the rule's first."
    )
    percent: float = Field(default=100, ge=0, le=100, strict=True, description="For how many of a hundred persons.")


class Rule(BaseModel):
    """Who is meant, and how the connection is chosen for them: pinned, or preferred."""

    model_config = _PART

    name: Name = Field(description="Name of the rule, in the ledger and in explanations.")
    consumers: Annotated[tuple[_Consumer, ...], *_Names] = Field(
        default=(EVERY,), description='Names of consumers, or "*".'
    )
    types: Annotated[tuple[_Type, ...], *_Names] = Field(
        default=(EVERY,),
        description='Information types (FK:SJP: in every class), some with their class (utbetalningar/FK:SJP), or "*".',
    )
    pin: Connection | None = Field(default=None, description="The one connection that is asked, whatever happens.")
    prefer: Connection | None = Field(default=None, description="The connection that is asked first.")
    fallback: tuple[Connection, ...] = Field(
        default=(), description="Connections that are asked next, in this order, beside `prefer`."
    )
    fall_back_when: frozenset[FallBack] = Field(
        default=frozenset({"not_sent"}),
        description="When the next is asked: the question cannot have reached the one before (not_sent), or the "
        "agency answered that it is down (source_down, which makes a second disclosure).",
    )
    canary: Canary | None = Field(default=None, description="A share of the persons that is asked about elsewhere.")
    shadow: Shadow | None = Field(default=None, description="A connection that is asked too, for comparison.")

    @cached_property
    def pairs(self) -> frozenset[Pair]:
        """The (class, type) pairs that the rule is for."""
        return frozenset().union(*(_expanded(text) for text in self.types))

    @property
    def is_for_every_type(self) -> bool:
        """Whether the rule is for every type that there is."""
        return self.types == (EVERY,)

    @property
    def first(self) -> str:
        """The connection that the rule names first."""
        return self.pin or self.prefer or ""

    def is_for(self, consumer: str) -> bool:
        """Whether a consumer is meant."""
        return self.consumers == (EVERY,) or consumer in self.consumers


class Off(BaseModel):
    """Kill switches: what is not used now, whatever the rules say."""

    model_config = _PART

    connections: tuple[Connection, ...] = Field(default=(), description="Connections that nothing is sent over.")
    versions: tuple[Annotated[VersionName, AfterValidator(_spoken)], ...] = Field(
        default=(), description="Versions that nobody is asked in."
    )
    canaries: bool = Field(default=False, strict=True, description="Whether all canaries are off.")
    shadows: bool = Field(default=False, strict=True, description="Whether nothing is asked for comparison.")
    consumers: tuple[Name, ...] = Field(default=(), description="Consumers that are answered with 403.")


class Rules(BaseModel):
    """A whole file: its rules in their order, and what is switched off."""

    model_config = _PART

    rules: tuple[Rule, ...] = Field(default=(), description="The first rule that matches decides.")
    off: Off = Field(default_factory=Off, description="What is not used now, whatever the rules say.")


def read(data: bytes, versions: Mapping[str, str]) -> Rules:
    """The rules of a file; `versions` says of every configured connection which version it speaks.

    Raises ConfigurationError with everything that is wrong. A file without any rule or switch is refused: that is
    what a full disk or an interrupted editor leaves.
    """
    tree = _tree(data)
    faults = [Fault(name, "no such setting") for name in tree if name not in Rules.model_fields]
    given = tree.get("rules", [])
    if not isinstance(given, list):
        faults.append(Fault("rules", "tables, each under [[rules]]"))
        given = []
    rules: dict[int, Rule] = {}
    for index, each in enumerate(given):
        try:
            rules[index] = Rule.model_validate(each, context=versions)
        except ValidationError as error:
            faults += validation.faults(error, f"rules.{index}.")
    off = Off()
    try:
        off = Off.model_validate(tree.get("off", {}), context=versions)
    except ValidationError as error:
        faults += validation.faults(error, "off.")
    faults += [*_across(rules), *_out_of_reach(rules)]
    if not faults and not tree:
        faults.append(Fault("", "at least one rule, or the section off"))
    if faults:
        raise ConfigurationError(tuple(faults))
    return Rules(rules=tuple(rules.values()), off=off)


def _tree(data: bytes) -> Tree:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except tomllib.TOMLDecodeError as error:  # of its text only the place is passed on
        where = re.search(r"at line ([0-9]+), column ([0-9]+)", str(error))
        place = f"line {where[1]}, column {where[2]}" if where else ""
        raise ConfigurationError((Fault(place, "TOML"),)) from None
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, brackets in brackets
        raise ConfigurationError((Fault("", "TOML in UTF-8"),)) from None


def _across(rules: Mapping[int, Rule]) -> Iterator[Fault]:
    """What no field of a rule can know alone."""
    names = [rule.name for rule in rules.values()]
    for position, (index, rule) in enumerate(rules.items()):
        place = f"rules.{index}"
        if rule.name in names[:position]:
            yield Fault(f"{place}.name", "a name that no other rule has")
        if (rule.pin is None) is (rule.prefer is None):
            yield Fault(place, "either pin or prefer")
        if rule.pin is not None:
            for field in sorted({"fallback", "fall_back_when", "canary"} & rule.model_fields_set):
                yield Fault(f"{place}.{field}", "no such setting beside pin, which asks one connection only")
        chain = (rule.first, *rule.fallback)
        for step, connection in enumerate(rule.fallback):
            if connection in chain[: step + 1]:
                yield Fault(f"{place}.fallback.{step}", "a connection that the rule does not name before")
        for field, side in (("canary", rule.canary), ("shadow", rule.shadow)):
            if side is not None and side.to == rule.first:
                yield Fault(f"{place}.{field}.to", "another connection than the one that the rule names first")


def _out_of_reach(rules: Mapping[int, Rule]) -> Iterator[Fault]:
    """Rules that can never decide, since the rules before them match whatever they do.

    Counted out over every consumer that is named anywhere, one that is named nowhere, and every type.
    """
    named = {name for rule in rules.values() for name in rule.consumers}  # EVERY stands for the one named nowhere
    taken: set[tuple[str, Pair]] = set()
    for index, rule in rules.items():
        meant = {(name, pair) for name in named if rule.is_for(name) for pair in rule.pairs}
        if meant <= taken:
            yield Fault(f"rules.{index}", "a consumer and a type that no rule before it takes")
        taken |= meant
