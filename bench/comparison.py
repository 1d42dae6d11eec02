"""What comparing two canonical answers of size M costs, in units of orjson.loads of one; deepdiff beside it.

`python -m bench --comparison` prints it, and so does `python -m bench`; the status says whether each kind of pair is
within its limit. The yardstick runs right before every comparison, so that both meet the same machine, and twice, of
which the second counts: what it reads and makes is then at hand.
"""

from __future__ import annotations

import importlib
import random
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import orjson

from bench.documents import document
from gateway.comparison.compare import compare
from gateway.comparison.observation import Observation
from gateway.jsonio import decode, encode
from gateway.memory import settle
from gateway.notes import Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.versions import discover
from schemas.koder import KLASSENS_TYPER

LIMIT, SHUFFLED_LIMIT = 3.0, 7.0
"""Of any two answers; of two that have no list in the same order, which no version gives: it only should not grow."""
EDITS = 5
SECONDS = 3.0
TODAY = date(2025, 6, 1)
OWN = {"utlamnare", "tackning"}
OLD, NEW = "v7", "v9"

Tree = dict[str, Any]


def leaves(tree: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(tree, dict):
        return [each for name, inner in tree.items() for each in leaves(inner, (*place, name))]
    if isinstance(tree, list):
        return [each for index, inner in enumerate(tree) for each in leaves(inner, (*place, index))]
    return [place]


def edited(body: bytes, rng: random.Random) -> Tree:
    """A copy with a few values changed."""
    tree: Tree = decode(body)
    for *way, last in rng.sample([place for place in leaves(tree) if not OWN & set(place)], EDITS):
        here: Any = tree
        for step in way:
            here = here[step]
        old = here[last]
        here[last] = (not old) if isinstance(old, bool) else f"{old}x" if isinstance(old, str) else old + 1
    return tree


def shuffled(tree: Any, rng: random.Random) -> Any:
    """A copy with every list in another order."""
    if isinstance(tree, dict):
        return {name: shuffled(inner, rng) for name, inner in tree.items()}
    if isinstance(tree, list):
        return rng.sample([shuffled(inner, rng) for inner in tree], len(tree))
    return tree


def measured(work: Callable[[], Any], body: bytes, seconds: float = SECONDS) -> tuple[float, float]:
    """Seconds of the least run, and of the yardstick's: what others do on the machine only ever adds."""
    best = yard = float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        orjson.loads(body)
        start = time.perf_counter()
        orjson.loads(body)
        between = time.perf_counter()
        work()
        best, yard = min(best, time.perf_counter() - between), min(yard, between - start)
    return best, yard


def table() -> bool:
    """Prints the costs; whether any comparison costs more than it may."""
    rng = random.Random(9)  # noqa: S311  no secret
    tree = parser(discover()[NEW].tables["svar"])(decode(document("M")), None, Reading(TODAY))
    tree.pop("utlamnare", None)  # an old version has none
    pairs = [(klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types]
    tree["tackning"] = [
        {"klass": klass, "informationstyp": typ, "utlamnare": typ[:2], "utfall": "levererad"} for klass, typ in pairs
    ]
    body = encode(tree)
    old, new = Observation(tree, version=OLD), Observation(tree, version=NEW)
    settle()
    cases = {
        "equal": (new, decode(body), 0, LIMIT),
        f"{EDITS} edits, one version": (new, edited(body, rng), EDITS, LIMIT),
        f"{EDITS} edits, {OLD} and {NEW}": (old, edited(body, rng), EDITS, LIMIT),
        f"{OLD}'s own answer and {NEW}'s": (Observation(_through(OLD, tree), version=OLD), decode(body), None, LIMIT),
        "every list in another order": (new, shuffled(tree, rng), None, SHUFFLED_LIMIT),
    }
    costs: dict[str, float] = {}
    yard = float("inf")
    for name, (left, right, count, _) in cases.items():
        other = Observation(right, version=NEW)
        found = compare(left, other, today=TODAY).differences
        assert len(found) == count if count is not None else found, name
        costs[name], here = measured(partial(compare, left, other, today=TODAY), body)
        yard = min(yard, here)
    print(f"\nmultiples of orjson.loads of one canonical answer ({len(body):,} bytes, {yard * 1000:.3f} ms)")
    deepdiff = _deepdiff()
    over = False
    for name, (left, right, _, limit) in cases.items():
        cost = costs[name] / yard
        theirs = f"{deepdiff(left.tree, right) / yard:>8,.0f}" if deepdiff else "not installed"
        print(f"{name:32}{cost:>8.1f}   at most {limit:.0f}   deepdiff {theirs}")
        over |= cost > limit
    print(f"a comparison {'costs more than it may' if over else 'is within its limit'}")
    return over


def _through(version: str, tree: Tree) -> Tree:
    """What a version says of the same: Pensionsmyndigheten's data in Försäkringskassan's structure."""
    table = discover()[version].tables["svar"]
    wire = renderer(table)(tree, None, Writing())
    return {**parser(table)(wire, None, Reading(TODAY)), "tackning": tree["tackning"]}


def _deepdiff() -> Callable[[Tree, Tree], float] | None:
    """One run of what most would write: it takes seconds."""
    try:
        made = importlib.import_module("deepdiff").DeepDiff
    except ImportError:
        return None

    def run(left: Tree, right: Tree) -> float:
        start = time.perf_counter()
        made(left, right, ignore_order=True)
        return time.perf_counter() - start

    return run
