"""Law 3 on version 9: whatever is wrong with a message, it is read, the note says where, and nothing goes silently.

A full example has every leaf of the contract. Each of its parts is a message of its own, so that the tens of
thousands of wrong messages stay small; a sample of whole messages, with many elements in each list, is tried as well.
"""

from __future__ import annotations

import random
from datetime import date
from functools import cache
from typing import Any

import pytest

from gateway.jsonio import decode
from gateway.notes import FEL_FORM, Reading, Writing
from gateway.parse import Parser, parser
from gateway.render import renderer
from gateway.versions import discover
from gateway.writers import Renderer
from schemas.svar import Svar
from tests.contracts.compare import UNORDERED, as_text, normal
from tests.contracts.documents import Node, best, leaves
from tests.contracts.generate import Generator, Plain, wild
from tests.contracts.mutate import Mutation, mutations, nodes, pointer

TODAY = date(2025, 6, 1)
SPLIT = ("formansinformation", "avvikelser")
NOUNS = ("fraga", "svar", "tillgangligaInformationstyper", "fel")


@cache
def both_ways(noun: str) -> tuple[Parser, Renderer]:
    table = discover()["v9"].tables[noun]
    return parser(table), renderer(table)


@cache
def example(noun: str) -> Any:
    """Every leaf of the contract once, with values that the vocabulary can hold."""
    return decode(Generator(best()).document(noun, Plain()))


def parts(noun: str) -> dict[str, Any]:
    """The example cut into messages of one part each."""
    whole = example(noun)
    if noun != "svar":
        return {noun: whole}
    cut: dict[str, Any] = {}
    for name, value in whole.items():
        inner = {f"{name}.{key}": {name: {key: part}} for key, part in value.items()} if name in SPLIT else {}
        cut |= inner or {name: {name: value}}
    return cut


def schema(noun: str) -> Node:
    return best().node(noun)


PARTS = [(noun, part) for noun in NOUNS for part in parts(noun)]


def holds(tree: Any, value: Any) -> bool:
    """Whether a value stands somewhere in a tree, as it was or as the text of a code."""
    wanted = {as_text(normal(value)), as_text(normal(str(value)))}

    def search(inner: Any) -> bool:
        if as_text(normal(inner)) in wanted:
            return True
        if isinstance(inner, dict):
            return any(map(search, inner.values()))
        return isinstance(inner, list) and any(map(search, inner))

    return search(tree)


def losses(sent: Any, back: Any, noted: set[str], path: tuple[Any, ...] = ()) -> list[str]:
    """Where something of what was sent is neither in what came back nor under a path that a note names."""
    here = pointer(path)
    if here in noted or normal(sent, path) == normal(back, path) or (sent in ({}, []) and back is None):
        return []
    if isinstance(sent, dict) and isinstance(back, dict):
        keys = [*sent, *(key for key in back if key not in sent)]
        return [loss for key in keys for loss in losses(sent.get(key), back.get(key), noted, (*path, key))]
    if isinstance(sent, dict) and back is None:
        return [loss for key, inner in sent.items() for loss in losses(inner, None, noted, (*path, key))]
    if isinstance(sent, list) and (isinstance(back, list) or back is None):
        return _list_losses(sent, back or [], noted, path)
    return [here]


def _list_losses(sent: list[Any], back: list[Any], noted: set[str], path: tuple[Any, ...]) -> list[str]:
    kept = list(enumerate(sent))
    if len(back) != len(sent):  # an element that cannot be read leaves no gap behind
        kept = [(index, element) for index, element in kept if pointer((*path, index)) not in noted]
    back = _aligned([element for _, element in kept], back) if path in UNORDERED else back
    if len(back) != len(kept):
        return [pointer(path)]
    pairs = zip(kept, back, strict=True)
    return [loss for (index, one), other in pairs for loss in losses(one, other, noted, (*path, index))]


def _aligned(sent: list[Any], back: list[Any]) -> list[Any]:
    """What came back, in the order in which it was sent as far as there are equals; the rest fills the gaps."""
    rest = [(as_text(normal(element)), element) for element in back]
    found: list[Any] = []
    for element in sent:
        text = as_text(normal(element))
        equal = next((pair for pair in rest if pair[0] == text), None)
        if equal is not None:
            rest.remove(equal)
        found.append(equal)
    return [rest.pop(0)[1] if pair is None and rest else pair and pair[1] for pair in found] + [
        each for _, each in rest
    ]


def faults(noun: str, case: Mutation) -> list[str]:
    """What is wrong with how a wrong message is treated."""
    parse, render = both_ways(noun)
    reading, writing = Reading(TODAY), Writing(restore=True)
    tree = parse(case.document, None, reading)
    back = render(tree, None, writing)
    notes = [(note.path, note.kind) for note in reading.notes]
    here = pointer(case.place)
    unholdable = case.free and notes == [(here, FEL_FORM)]
    found = []
    if sorted(notes) != sorted(case.expected) and not unholdable:
        found.append(f"expected the notes {sorted(case.expected)} and not {notes}")
    noted = set() if case.free else {path for path, _ in case.expected}
    found += [f"lost without a note: {path}" for path in losses(case.document, back, noted)]
    if case.put is not None and not holds(tree, case.put) and not holds(back, case.put):
        found.append("the value is neither in the tree nor in what came back")
    return [f"{here}, {case.what}: {fault}" for fault in found]


def test_the_example_has_every_leaf_and_gives_no_note() -> None:
    for noun in NOUNS:
        reading = Reading(TODAY)
        both_ways(noun)[0](example(noun), None, reading)
        assert [note.path for note in reading.notes] == []
        there = {
            "".join("[]" if isinstance(step, int) else f".{step}" for step in place)[1:]
            for place, node, _ in nodes(schema(noun), example(noun))
            if node.kind not in {"object", "array"}
        }
        assert there == {path for path, _ in leaves(schema(noun))}


@pytest.mark.parametrize(("noun", "part"), PARTS, ids=[part for _, part in PARTS])
def test_every_mutation_gives_its_note_and_loses_nothing(noun: str, part: str) -> None:
    found: list[str] = []
    for case in mutations(schema(noun), parts(noun)[part]):
        found += faults(noun, case)
    assert found == []


@pytest.mark.parametrize("seed", range(12))
def test_whole_answers_with_long_lists_are_treated_the_same(seed: int) -> None:
    """Any valid answer as a start: what was odd about it before the mutation is allowed to be noted."""
    body = wild(best(), "svar", seed, "half")
    document = decode(body)
    before = Reading(TODAY)
    both_ways("svar")[0](document, None, before)
    cases = list(mutations(schema("svar"), document))
    for case in random.Random(seed).sample(cases, 25):  # noqa: S311  no secret
        reading, writing = Reading(TODAY), Writing(restore=True)
        tree = both_ways("svar")[0](case.document, None, reading)
        assert {(note.path, note.kind) for note in reading.notes} >= case.expected
        noted = {note.path for note in reading.notes} - {note.path for note in before.notes}
        noted |= {path for path, _ in case.expected}
        back = both_ways("svar")[1](tree, None, writing)
        assert losses(case.document, back, noted) == [], f"{pointer(case.place)}, {case.what}"


@pytest.mark.parametrize("part", parts("svar"))
def test_the_tree_of_a_wrong_answer_is_what_the_vocabulary_says(part: str) -> None:
    for case in list(mutations(schema("svar"), parts("svar")[part]))[::7]:
        Svar.model_validate(both_ways("svar")[0](case.document, None, Reading(TODAY)))


def test_there_are_more_than_ten_thousand_mutations(capsys: pytest.CaptureFixture[str]) -> None:
    tried = sum(1 for noun, part in PARTS for _ in mutations(schema(noun), parts(noun)[part]))
    with capsys.disabled():
        print(f"\nmutations tried on a full example: {tried:,}")  # noqa: T201  this is asked for
    assert tried > 10_000


@pytest.mark.parametrize(
    ("sent", "back", "noted", "lost"),
    [
        ({"a": 1}, {"a": 1}, set(), []),
        ({"a": 1}, {}, set(), ["/a"]),
        ({"a": 1}, {}, {"/a"}, []),
        ({"a": [1, 2]}, {"a": [2]}, {"/a/0"}, []),
        ({"a": [1, 2]}, {"a": [2]}, set(), ["/a"]),
        ({"a": {"b": "x"}}, {}, set(), ["/a/b"]),
        ({"a": {"b": []}}, {}, set(), []),
        ({"a": 1}, {"a": 1, "b": 2}, set(), ["/b"]),
        ({"a": "1"}, {"a": 1}, set(), ["/a"]),
        ({"beslut": [{"a": 1}, {"b": 2}]}, {"beslut": [{"b": 2}, {"a": 1}]}, set(), []),
        ({"beslut": [{"a": 1}, {"b": 2}]}, {"beslut": [{"b": 2}, {"a": 3}]}, set(), ["/beslut/0/a"]),
    ],
)
def test_a_loss_is_seen(sent: Any, back: Any, noted: set[str], lost: list[str]) -> None:
    assert losses(sent, back, noted) == lost
