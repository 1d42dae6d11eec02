"""Law 3 on a SOAP version: whatever is wrong with an answer, it is read, a note says where, and nothing goes silently.

A full example has every leaf of the schema file. Each of its lists is a message of its own, so that the thousands of
wrong messages stay small. What is expected is decided by the schema file and lxml, never by the adapter's tables.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import pytest
from lxml import etree

from gateway.envelope import XML_TYPE
from gateway.notes import FEL_FORM, Note
from gateway.versions import Face, Upstream, discover
from gateway.wire import WireResponse
from schemas.svar import Svar
from tests.contracts.documents import Node, leaves
from tests.contracts.mutate import Place, pointer
from tests.contracts.schemas import ROOTS, SOAP, plain, xsd
from tests.test_v9_mutation import holds, losses

VERSION = "v7"
TODAY = date(2025, 6, 1)
PUT = "XX:NY"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@cache
def roles() -> tuple[Upstream, Face]:
    adapter = discover()[VERSION]
    assert adapter.upstream is not None
    assert adapter.face is not None
    return adapter.upstream, adapter.face


@cache
def example() -> dict[str, Any]:
    """Every leaf of the schema once."""
    return plain(xsd(VERSION).node("svar"))


PARTS = list(example()["formansinformation"])


def tag(name: str) -> str:
    return f"{{{xsd(VERSION).namespace}}}{name}"


def build(parent: Any, tree: dict[str, Any]) -> None:
    """A wire tree as elements, by lxml and not by the gateway."""
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, tag(name))
            if isinstance(one, dict):
                build(child, one)
            else:
                child.text = str(one).lower() if isinstance(one, bool) else str(one)


def part(name: str) -> Any:
    root = etree.Element(tag(ROOTS["svar"]), nsmap={None: xsd(VERSION).namespace})
    build(root, {"formansinformation": {name: example()["formansinformation"][name]}})
    return root


@dataclass(frozen=True)
class Case:
    """One wrong message: what was done to which node; `put` is what was put in, `moved` that only order is wrong."""

    what: str
    place: Place
    element: Any = field(repr=False)
    put: str = ""
    unplaced: bool = False
    """The schema alone sees it: the note names an element by XPath, and nothing of the answer is touched."""


def walk(element: Any, node: Node, place: Place = ()) -> Iterator[tuple[Any, Node, Place, bool]]:
    """Every element with its schema, its place on the wire, and whether it may repeat."""
    counts: dict[str, int] = {}
    for child in element:
        name = etree.QName(child).localname
        inner, many = node.fields[name], node.fields[name].kind == "array"
        index = counts[name] = counts.get(name, -1) + 1
        here = (*place, name, index) if many else (*place, name)
        yield child, inner.item if many else inner, here, many
        if (inner.item if many else inner).kind == "object":
            yield from walk(child, inner.item if many else inner, here)


def mutations(root: Any) -> Iterator[Case]:
    """All of them; each on a copy of its own."""
    tree = root.getroottree()
    for element, node, place, many in walk(root, xsd(VERSION).node("svar")):
        path = tree.getpath(element)

        def fresh(path: str = path) -> tuple[Any, Any]:
            made = copy.deepcopy(root)
            return made, made.getroottree().xpath(path)[0]

        made, found = fresh()
        found.getparent().remove(found)
        yield Case("removed", place, made)

        made, found = fresh()
        found[:], found.text = [], None
        yield Case("emptied", place, made)

        made, found = fresh()
        found[:], found.text = [], None
        found.set(f"{{{XSI}}}nil", "true")
        yield Case("nil", place, made)

        made, found = fresh()
        found[:], found.text = [], PUT
        yield Case("another text", place, made, PUT)

        made, found = fresh()
        found.addnext(copy.deepcopy(found))
        yield Case("twice", place[:-1] if many else place, made)

        made, found = fresh()
        found.set("nytt", PUT)
        yield Case("an attribute", place, made, unplaced=True)

        made, found = fresh()
        etree.SubElement(etree.SubElement(found, tag("nyttFalt")), tag("inuti")).text = PUT
        yield Case("an extra element", (*place, "nyttFalt") if node.kind == "object" else place, made, PUT)

        if node.kind == "object":
            made, found = fresh()
            etree.SubElement(found, "{urn:other}frammande").text = PUT
            yield Case("an element of another namespace", (*place, "frammande"), made, PUT)
            made, found = fresh()
            found.text = PUT
            yield Case("text between elements", place, made, unplaced=True)
            if len({child.tag for child in found}) > 1:
                made, found = fresh()
                found[:] = sorted(found, key=lambda child: str(child.tag))
                yield Case("in another order", place, made, unplaced=True)


def loose(element: Any, node: Node | None) -> Any:
    """What a message holds, however wrong it is: texts, records and lists, without attributes."""
    if node is None or node.kind != "object":
        return {etree.QName(child).localname: loose(child, None) for child in element} or element.text or ""
    if not len(element) and (element.text or "").strip():
        return element.text
    out: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child).localname
        inner = node.fields.get(name) if child.tag == tag(name) else None
        if inner is not None and inner.kind == "array":
            out.setdefault(name, []).append(loose(child, inner.item))
        elif name in out:
            out[name] = [*(out[name] if isinstance(out[name], list) else [out[name]]), loose(child, inner)]
        else:
            out[name] = loose(child, inner)
    return {name: value for name, value in out.items() if value != {}}


def through(element: Any) -> tuple[Any, tuple[Note, ...], Any]:
    """What the version reads of a message, its notes, and what it writes of that again."""
    upstream, face = roles()
    envelope = etree.Element(f"{{{SOAP}}}Envelope")
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(element)
    parsed = upstream.parse_answer(WireResponse(200, {"content-type": XML_TYPE}, etree.tostring(envelope)), TODAY)
    response, _ = face.render_answer({**parsed.tree, "tackning": []})
    return parsed.tree, parsed.notes, etree.fromstring(response.body)[0][0]


def by_schema(note: Note) -> bool:
    return note.kind == FEL_FORM and "schema" in note.text


def in_schema(path: str, node: Node | None) -> str:
    """A note's path without the places in lists that the schema file knows as single elements."""
    kept: list[str] = []
    for step in path.split("/")[1:]:
        if step.isdigit() and (node is None or node.kind != "array"):
            continue
        if node is not None:
            node = node.item if step.isdigit() else node.fields.get(step)
        kept.append(step)
    return pointer(tuple(kept))


def faults(case: Case) -> list[str]:
    """What is wrong with how a wrong message is treated."""
    schema = xsd(VERSION)
    node = schema.node("svar")
    valid = schema.is_valid(case.element)
    sent = loose(case.element, node)
    tree, notes, back = through(case.element)
    here = pointer(case.place)
    placed = {in_schema(note.path, node) for note in notes if not by_schema(note)}
    found = []
    if valid == any(map(by_schema, notes)):
        found.append(f"the schema says {'valid' if valid else 'invalid'}, the notes do not")
    if placed - {here} and not any(path.startswith(here + "/") for path in placed):
        found.append(f"notes elsewhere: {sorted(placed)}")
    if (
        not valid
        and not case.unplaced
        and here not in placed
        and case.what not in {"removed", "emptied", "nil", "twice"}
    ):
        found.append("no note at the place")
    if case.what == "twice" and not valid and not any(path.startswith(here) for path in placed):
        found.append("no note at the place")
    if case.put and not holds(tree, case.put):
        found.append("the value is not in the answer")
    if case.what in {"emptied", "nil"} and not valid and not placed and loose(case.element, node) != loose(back, node):
        found.append("emptied without a note")
    found += [f"lost without a note: {path}" for path in losses(sent, loose(back, node), placed)]
    return [f"{here}, {case.what}: {fault}" for fault in found]


def test_the_example_has_every_leaf_and_gives_no_note() -> None:
    there = set()
    for name in PARTS:
        element = part(name)
        assert xsd(VERSION).is_valid(element)
        there |= {
            ".".join(str(step) for step in place if isinstance(step, str))
            for _, node, place, _ in walk(element, xsd(VERSION).node("svar"))
            if node.kind != "object"
        }
        node = xsd(VERSION).node("svar")
        sent = loose(element, node)
        _, notes, back = through(element)
        assert [note.path for note in notes] == []
        assert losses(sent, loose(back, node), set()) == []
    assert there == {path.replace("[]", "") for path, _ in leaves(xsd(VERSION).node("svar"))}


@pytest.mark.parametrize("name", PARTS)
def test_every_mutation_gives_its_note_and_loses_nothing(name: str) -> None:
    found: list[str] = []
    for case in mutations(part(name)):
        found += faults(case)
    assert found == []


@pytest.mark.parametrize("name", PARTS)
def test_the_tree_of_a_wrong_answer_is_what_the_vocabulary_says(name: str) -> None:
    for case in list(mutations(part(name)))[::23]:
        Svar.model_validate(through(case.element)[0])


def test_there_are_more_than_five_thousand_mutations(capsys: pytest.CaptureFixture[str]) -> None:
    tried = sum(1 for name in PARTS for _ in mutations(part(name)))
    with capsys.disabled():
        print(f"\nmutations tried on a full answer of {VERSION}: {tried:,}")  # noqa: T201  this is asked for
    assert tried > 5_000
