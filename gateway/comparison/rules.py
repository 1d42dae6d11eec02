"""Rules that accept differences: data in a TOML file, each with a reason, an owner and a day on which it ends.

Rule 1: a rule accepts what nothing explains; what is explained is never counted as accepted.
Rule 2: from its last day on a rule accepts nothing, and stays visible.
Rule 3: every rule's hits are counted, those of a rule that hits nothing too.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.errors import Fault
from gateway.parts import Informationstypskod, Name
from gateway.settings import ConfigurationError

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Pattern = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_*?]+)+$", max_length=500)]
KindName = Literal["changed", "only_left", "only_right", "wrong_shape", "reordered"]
VersionName = Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]{0,2}$")]


class Rule(BaseModel):
    """Differences that are accepted."""

    model_config = _PART

    name: Name = Field(description="Name of the rule, in results and certificates.")
    path: Pattern = Field(
        description="Canonical place: * is any one step, ** any number of them.",
        examples=["/arenden/sjukpenning/*/beslut/**"],
    )
    kinds: frozenset[KindName] = Field(
        default=frozenset(), description="Kinds of difference, as seen from the first of `versions`; any if empty."
    )
    versions: tuple[VersionName, ...] = Field(
        default=(), max_length=2, description="The two versions, whichever is on the left; any two when left out."
    )
    types: frozenset[Informationstypskod] = Field(
        default=frozenset(), description="Information types that the difference belongs to; any when left out."
    )
    consumers: frozenset[Name] = Field(default=frozenset(), description="Whose migration it holds for; any if empty.")
    reason: Words = Field(description="Why the difference does no harm.")
    owner: Words = Field(description="Who answers for the rule.")
    expires: date = Field(description="The first day on which the rule accepts nothing any more.")

    @cached_property
    def _matcher(self) -> re.Pattern[str]:
        return matcher(self.path)

    def accepts(self, pattern: str, kind: str, versions: tuple[str, str], types: frozenset[str], consumer: str) -> bool:
        """Whether the rule is about a difference; its last day is looked at by `active`."""
        if self.versions and set(self.versions) != set(versions):
            return False
        if self.kinds and self._seen(kind, versions) not in self.kinds:
            return False
        if self.types and not self.types & types:
            return False
        if self.consumers and consumer not in self.consumers:
            return False
        return self._matcher.fullmatch(pattern) is not None

    def active(self, today: date) -> bool:
        """Whether the rule still accepts anything."""
        return today < self.expires

    def _seen(self, kind: str, versions: tuple[str, str]) -> str:
        swapped = len(self.versions) == len(versions) and self.versions[0] != versions[0]
        return {"only_left": "only_right", "only_right": "only_left"}.get(kind, kind) if swapped else kind


class Rules(BaseModel):
    """A file of rules."""

    model_config = _PART

    rules: tuple[Rule, ...] = Field(default=(), description="The rules; the first that accepts a difference counts.")


NONE = Rules()


def matcher(path: str) -> re.Pattern[str]:
    """What matches the places that a path with `*` and `**` means."""
    steps = {"**": "(?:/[^/]+)*", "*": "/[^/]+"}
    return re.compile("".join(steps.get(step, "/" + re.escape(step)) for step in path[1:].split("/")))


def load(path: Path) -> Rules:
    """The rules of a file; raises ConfigurationError with everything that is wrong."""
    try:
        content = path.read_bytes()
    except OSError:
        raise ConfigurationError((Fault(str(path), "a file that can be read"),)) from None
    return read(content, str(path))


def read(content: bytes, place: str = "") -> Rules:
    """The rules that the content of a file holds; raises ConfigurationError with everything that is wrong."""
    try:
        given = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ConfigurationError((Fault(place, "TOML in UTF-8"),)) from None
    return of_tree(given)


def of_tree(given: dict[str, Any]) -> Rules:
    """The rules that a tree holds; raises ConfigurationError with everything that is wrong."""
    faults = [
        Fault(f"rules.{index}.name", "a name that no other rule has") for index in _doubles(given.get("rules", ()))
    ]
    try:
        rules = Rules.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        wrong = (
            Fault(".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, expected ")) for one in found
        )
        raise ConfigurationError((*wrong, *faults)) from None
    if faults:
        raise ConfigurationError(tuple(faults))
    return rules


def _doubles(rules: Any) -> list[int]:
    names = [one.get("name") for one in rules if isinstance(one, dict)] if isinstance(rules, list | tuple) else []
    return [index for index, name in enumerate(names) if name is not None and names.index(name) != index]
