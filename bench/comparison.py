"""What comparing two canonical answers of size M costs, in units of orjson.loads of one; deepdiff beside it.

`python -m bench --comparison` prints it; the status says whether a comparison with a few edits is within its limit.
"""

from __future__ import annotations

import importlib
import random
import time
from collections.abc import Callable
from datetime import date
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

LIMIT = 3.0
EDITS = 5
SECONDS = 2.0
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


def least(work: Callable[[], Any], seconds: float = SECONDS) -> float:
    """The least run: what others do on the machine only ever adds."""
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def table() -> bool:
    """Prints the costs; whether a comparison with a few edits costs more than it may."""
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
    yard = least(lambda: orjson.loads(body))
    print(f"\nmultiples of orjson.loads of one canonical answer ({len(body):,} bytes, {yard * 1000:.3f} ms)")
    cases = {
        "equal": (new, decode(body), 0),
        f"{EDITS} edits, one version": (new, edited(body, rng), EDITS),
        f"{EDITS} edits, {OLD} and {NEW}": (old, edited(body, rng), EDITS),
        "every list in another order": (new, shuffled(tree, rng), None),
        f"{OLD}'s own answer and {NEW}'s": (Observation(_through(OLD, tree), version=OLD), decode(body), None),
    }
    deepdiff = _deepdiff()
    over = False
    for name, (left, right, count) in cases.items():
        other = Observation(right, version=NEW)
        found = compare(left, other, today=TODAY).differences
        assert count is None or len(found) == count, name
        cost = least(lambda left=left, other=other: compare(left, other, today=TODAY)) / yard  # type: ignore[misc]
        theirs = f"{deepdiff(left.tree, right) / yard:>10,.0f}" if deepdiff else "not installed"
        print(f"{name:32}{cost:>8.1f}   deepdiff {theirs}")
        over |= count is not None and cost > LIMIT
    print(f"a comparison with {EDITS} edits {'costs more than it may' if over else 'is within its limit'}: {LIMIT:.0f}")
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
