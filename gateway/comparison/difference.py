"""What a comparison says: differences by place, kind and class, and per information type whether the sides agree.

Rule 1: a value stands in a difference only where whoever compares asked for values; what finds places in the sources'
        own messages holds on to the two answers, and shows nothing else of them.
Rule 2: paths are safe to show: the name of a step that a stranger may have chosen is shown only when it is plain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from gateway.comparison.walk import Kind

Class = Literal["explained", "accepted", "entitlement", "source", "timing", "unexplained"]
CLASSES: tuple[Class, ...] = get_args(Class)
"""Declared by a version's table or known of it; accepted by a rule; one side may not be told; an agency failed on one
side; the data changed between the questions; and what nothing explains, the one that counts against a cutover."""

Verdict = tuple[Class, str, str]
"""A class, with a code and a reason for it."""

Tree = dict[str, Any]
Pair = tuple[str, str]


@dataclass(slots=True)
class Side:
    """One side of a difference: its canonical place, the place in the source's own message, and what stands there."""

    path: str
    present: bool = False
    hash: str = ""
    """A keyed hash of the value, when a key was given."""
    value: Any = field(default=None, repr=False)
    """The value itself, when values were asked for."""
    place: str | Callable[[], str] = field(default="", repr=False, compare=False)
    """The source, or what finds it: few who compare ask for it."""

    @property
    def source(self) -> str:
        """JSON pointer or XPath from the answer's element on; empty where the version is unknown or lacks the thing."""
        return self.place if isinstance(self.place, str) else self.place()

    def tree(self, *, values: bool) -> Tree:
        """As JSON."""
        found: Tree = {"path": self.path, "present": self.present}
        if source := self.source:
            found["source"] = source
        if self.hash:
            found["hash"] = self.hash
        return found | ({} if self.value is None or not values else {"value": self.value})


@dataclass(slots=True)
class Difference:
    """One difference; there may be many: it is not frozen since that would double what it costs to make one."""

    kind: Kind
    class_: Class
    path: str
    """The canonical place: on the left, or on the right where the left has nothing."""
    pattern: str
    """The same without places in lists: what two persons' differences have in common."""
    left: Side
    right: Side
    pairs: frozenset[Pair] = frozenset()
    """The (class, information type) pairs that it belongs to, as far as they can be told."""
    code: str = ""
    """What explains it, as a code: gone, moved, code, rounded, date, order, a rule's name, an outcome of coverage…"""
    reason: str = ""

    @property
    def types(self) -> tuple[str, ...]:
        """The information types that it belongs to."""
        return tuple(sorted({typ for _, typ in self.pairs}))

    @property
    def signature(self) -> str:
        """What makes it the same as another person's difference: class, kind and pattern."""
        return f"{self.class_} {self.kind} {self.pattern}"

    def tree(self, *, values: bool) -> Tree:
        """As JSON."""
        found: Tree = {
            "kind": self.kind,
            "class": self.class_,
            "path": self.path,
            "pattern": self.pattern,
            "types": list(self.types),
            "left": self.left.tree(values=values),
            "right": self.right.tree(values=values),
        }
        return found | ({"code": self.code, "reason": self.reason} if self.code else {})


@dataclass(frozen=True, slots=True)
class Agreement:
    """One asked information type: what either side said of it, and how many differences of each class belong to it."""

    klass: str
    informationstyp: str
    left: str
    right: str
    """The outcomes of coverage; empty where a side says nothing of the type."""
    counts: Mapping[Class, int]

    @property
    def comparable(self) -> bool:
        """Whether both sides' answers are known: only then does agreement say anything."""
        return {self.left, self.right} <= {"levererad", "inga_uppgifter"}

    def tree(self) -> Tree:
        """As JSON."""
        return {
            "klass": self.klass,
            "informationstyp": self.informationstyp,
            "left": self.left,
            "right": self.right,
            "comparable": self.comparable,
            "counts": {class_: count for class_, count in self.counts.items() if count},
        }


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often a rule accepted something; an expired one accepts nothing."""

    name: str
    hits: int
    expired: bool


_SIDES = ("left", "right")


def _difference(tree: Tree) -> Difference:
    left, right = (
        Side(one["path"], one["present"], one.get("hash", ""), one.get("value"), one.get("source", ""))
        for one in (tree[side] for side in _SIDES)
    )
    if tree["class"] not in CLASSES:
        raise ValueError("expected a class of differences")
    pairs = frozenset(("", typ) for typ in tree["types"])
    code, reason = tree.get("code", ""), tree.get("reason", "")
    return Difference(tree["kind"], tree["class"], tree["path"], tree["pattern"], left, right, pairs, code, reason)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two observations held against each other."""

    left_version: str
    right_version: str
    differences: tuple[Difference, ...]
    said: tuple[Mapping[Pair, str], Mapping[Pair, str]]
    """What either side's coverage says of the asked types."""
    rules: tuple[RuleHits, ...]

    @classmethod
    def of(cls, tree: Tree) -> Comparison:
        """What `tree` made; raises KeyError, TypeError and ValueError for anything else."""
        said = tuple({(one["klass"], one["informationstyp"]): one[side] for one in tree["types"]} for side in _SIDES)
        return cls(
            tree["left"]["version"],
            tree["right"]["version"],
            tuple(map(_difference, tree["differences"])),
            (said[0], said[1]),
            tuple(RuleHits(one["name"], one["hits"], one["expired"]) for one in tree["rules"]),
        )

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """For every asked type what the sides said of it, and its differences."""
        counts: dict[Pair, Counter[Class]] = {}
        for one in self.differences:
            for pair in one.pairs:
                counts.setdefault(pair, Counter())[one.class_] += 1
        left, right = self.said
        asked = dict.fromkeys((*left, *right))
        return tuple(
            Agreement(*pair, left.get(pair, ""), right.get(pair, ""), counts.get(pair, Counter())) for pair in asked
        )

    @property
    def counts(self) -> dict[Class, int]:
        """How many differences there are of each class."""
        found = Counter(one.class_ for one in self.differences)
        return {each: found[each] for each in CLASSES}

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """What counts against a cutover."""
        return tuple(one for one in self.differences if one.class_ == "unexplained")

    def tree(self, *, values: bool = False) -> Tree:
        """As JSON; values only where the comparison was made with them and they are asked for here."""
        return {
            "left": {"version": self.left_version},
            "right": {"version": self.right_version},
            "counts": dict(self.counts),
            "differences": [one.tree(values=values) for one in self.differences],
            "types": [one.tree() for one in self.agreements],
            "rules": [{"name": one.name, "hits": one.hits, "expired": one.expired} for one in self.rules],
        }
