"""Law 1 on the SOAP versions: what a schema can say comes back unchanged, and so does what the vocabulary can.

Everything goes through bytes, envelope included. Documents are made from the committed schema files alone, and every
message that we write is held against those files by a validator that is not ours.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import takewhile
from typing import Any

import pytest

from gateway.completeness import carried
from gateway.envelope import XML_TYPE
from gateway.notes import Note, Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.schema import leaves as table_leaves
from gateway.shape import shape
from gateway.table import Table
from gateway.versions import Adapter, Face, Upstream, discover
from gateway.vocabulary import facts
from gateway.wire import WireResponse
from gateway.xmlform import reader, writer
from schemas.svar import Fraga, Svar
from tests.contracts.canonical import XML, canonical
from tests.contracts.compare import differences, normal, where
from tests.contracts.documents import leaves
from tests.contracts.generate import DENSITIES, impossible_number
from tests.contracts.schemas import ROOTS, Wild, from_envelope, in_envelope, infoset, xsd

TODAY = date(2025, 6, 1)
VERSIONS = [version for version, one in discover().items() if one.upstream and one.upstream.protocol == "SOAP"]
PARTS, EACH = 4, {"sparse": 150, "half": 80, "full": 30}  # a version: 4 x (150 + 80 + 30) = 1,040 of each kind
SIZES = [(part, density) for part in range(PARTS) for density in DENSITIES]


@dataclass(frozen=True)
class Both:
    """A version in both roles."""

    adapter: Adapter
    upstream: Upstream
    face: Face


@cache
def both(version: str) -> Both:
    adapter = discover()[version]
    assert adapter.upstream is not None
    assert adapter.face is not None
    return Both(adapter, adapter.upstream, adapter.face)


def seeds(part: int, density: str) -> range:
    return range(part * EACH[density], (part + 1) * EACH[density])


def paths(notes: Any) -> list[str]:
    """What a failure may show of notes."""
    return [note.path for note in notes]


def answered(body: bytes) -> WireResponse:
    return WireResponse(200, {"content-type": XML_TYPE}, body)


# ----- canonical → wire → canonical


@pytest.mark.parametrize(("part", "density"), SIZES)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_canonical_answer_comes_back(version: str, part: int, density: str) -> None:
    one, schema = both(version), xsd(version)
    for seed in seeds(part, density):
        name = f"{version} svar {density} {seed}"
        tree = canonical(one.adapter.tables["svar"], name, DENSITIES[density], TODAY, XML)
        if seed % 10 == 0:
            Svar.model_validate(tree)
        response, lost = one.face.render_answer({**tree, "tackning": []})
        assert paths(lost) == [], name
        assert schema.is_valid(from_envelope(response.body)), name
        parsed = one.upstream.parse_answer(response, TODAY)
        assert paths(parsed.notes) == [], name
        assert where(tree, parsed.tree) == [], name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_canonical_question_comes_back(version: str) -> None:
    one, schema = both(version), xsd(version)
    tried = 0
    for seed in range(1_000):
        tree = canonical(one.adapter.tables["fraga"], f"{version} fraga {seed}", 0.6, TODAY, XML)
        if not tree.get("informationstyper"):
            continue
        tried += 1
        Fraga.model_validate(tree)
        request = one.upstream.render_question(tree, "aktor")
        assert schema.is_valid(from_envelope(request.body)), seed
        asked = one.face.parse_question(request, "", TODAY).fraga
        types = asked["informationstyper"]
        count = len(tree["informationstyper"])
        assert where(tree, {**asked, "informationstyper": types[:count]}) == [], seed
        # What follows is asked for besides, where a newer version is asked: never what this version itself has.
        assert not {(each["klass"], each["informationstyp"]) for each in types[count:]} & one.upstream.types
    assert tried > 900


# ----- wire → canonical → wire


@cache
def ways(version: str, noun: str) -> tuple[Any, Any, Any, Any]:
    table: Table = both(version).adapter.tables[noun]
    namespace = xsd(version).namespace
    record = shape(table)
    return reader(record, namespace), parser(table), renderer(table), writer(record, namespace)


def there_and_back(version: str, noun: str, element: Any) -> tuple[str, list[Note], list[Note]]:
    """An element read and written again, with what its own version could not place put back."""
    read, parse, render, write = ways(version, noun)
    reading, writing = Reading(TODAY), Writing(restore=True)
    tree = parse(read(element), None, reading)
    out = [f'<{ROOTS[noun]} xmlns="{xsd(version).namespace}">']
    write(render(tree, None, writing), None, out, writing)
    return "".join([*out, f"</{ROOTS[noun]}>"]), reading.notes, writing.notes


def check_document(version: str, noun: str, text: str, name: str) -> None:
    schema = xsd(version)
    element = from_envelope(in_envelope(text))
    assert schema.is_valid(element), f"the generator is wrong at {name}"
    back, noted, lost = there_and_back(version, noun, element)
    assert paths(lost) == [], name
    assert noun == "svar" or paths(noted) == [], name
    again = from_envelope(in_envelope(back))
    assert schema.is_valid(again), name
    node = schema.node(noun)
    sent, returned = infoset(element, node, schema.namespace), infoset(again, node, schema.namespace)
    assert sorted(differences(normal(sent), normal(returned))) == [], name


@pytest.mark.parametrize(("part", "density"), SIZES)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_valid_answer_comes_back(version: str, part: int, density: str) -> None:
    for seed in seeds(part, density):
        name = f"{version} {density} {seed}"
        wild = Wild(random.Random(name), DENSITIES[density])  # noqa: S311  no secret
        check_document(version, "svar", wild.document(xsd(version), "svar"), name)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_valid_answer_is_read_through_its_own_door(version: str) -> None:
    """The same by way of the upstream: nothing that the schema allows is a departure, and what is read is the same."""
    read, parse, _, _ = ways(version, "svar")
    for seed in range(60):
        wild = Wild(random.Random(f"door {seed}"), 0.6)  # noqa: S311  no secret
        body = in_envelope(wild.document(xsd(version), "svar"))
        parsed = both(version).upstream.parse_answer(answered(body), TODAY)
        assert [note.path for note in parsed.notes if note.path.count("*") or ":" in note.path] == []
        assert where(parsed.tree, parse(read(from_envelope(body)), None, Reading(TODAY))) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_valid_question_and_fault_comes_back(version: str) -> None:
    for seed in range(1_000):
        rng = random.Random(f"{version} {seed}")  # noqa: S311  no secret
        check_document(version, "fel", Wild(rng, 0.7).document(xsd(version), "fel"), f"{version} fel {seed}")
        question = Wild(rng, 0.4).document(xsd(version), "fraga")
        check_document(version, "fraga", question, f"{version} fraga {seed}")


# ----- single values


def answer_with(version: str, inner: str) -> Any:
    return both(version).upstream.parse_answer(
        answered(in_envelope(f'<{ROOTS["svar"]} xmlns="{xsd(version).namespace}">{inner}</{ROOTS["svar"]}>')), TODAY
    )


def debt(inner: str) -> str:
    return f"<formansinformation><underhallsskuld><belopp>{inner}</belopp></underhallsskuld></formansinformation>"


@pytest.mark.parametrize("number", ["100.50", "0.10", "-0.00", "5", "0.0000001", "12345678901234567890.123456789"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_number_keeps_its_digits(version: str, number: str) -> None:
    parsed = answer_with(version, debt(f"<summa>{number}</summa>"))
    assert parsed.notes == ()
    response, lost = both(version).face.render_answer({**parsed.tree, "tackning": []})
    assert lost == ()
    assert f"<summa>{number}</summa>".encode() in response.body


@pytest.mark.parametrize(
    ("written", "meant"), [("+1.50", "1.50"), (".5", "0.5"), ("007", "7"), ("1.", "1"), (" 2\n", "2")]
)
def test_a_number_that_is_written_oddly_is_read(written: str, meant: str) -> None:
    parsed = answer_with("v7", debt(f"<summa>{written}</summa>"))
    assert parsed.notes == ()
    response, _ = both("v7").face.render_answer({**parsed.tree, "tackning": []})
    assert f"<summa>{meant}</summa>".encode() in response.body


@pytest.mark.parametrize("text", ["&<>", "]]>", "a\rb\r\nc\td", "å ä ö ﷽", "👩‍👧", "<![CDATA[x]]>", "&#13;", "\ufffd"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_text_comes_back_whatever_is_in_it(version: str, text: str) -> None:
    tree = {"ovrigt": {"underhallsskulder": [{"belopp": {"valuta": text}}]}}
    response, lost = both(version).face.render_answer({**tree, "tackning": []})
    assert lost == ()
    assert where(tree, both(version).upstream.parse_answer(response, TODAY).tree) == []


@pytest.mark.parametrize("text", ["\x00", "a\x0bb", "\x1f", "\ufffe", "\uffff", "\ud800"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_text_that_xml_cannot_write_is_lost_and_noted_where_it_stood(version: str, text: str) -> None:
    tree: Any = {
        "ovrigt": {"underhallsskulder": [{"belopp": {"valuta": "SEK"}}, {"belopp": {"valuta": text, "summa": 5}}]}
    }
    response, lost = both(version).face.render_answer({**tree, "tackning": []})
    assert paths(lost) == ["/formansinformation/underhallsskuld/1/belopp/valuta"]
    del tree["ovrigt"]["underhallsskulder"][1]["belopp"]["valuta"]
    assert where(tree, both(version).upstream.parse_answer(response, TODAY).tree) == []


def test_a_fact_that_the_schema_does_not_declare_is_not_dropped_in_silence() -> None:
    """Version 9's example carries it, its contract does not: it is read there, and has no element here."""
    tree = {"arenden": {"sjukpenning": [{"utlamnare": "FK", "avslaget": True, "formansgrupp": {"kod": "FK:SJP"}}]}}
    _, lost = both("v7").face.render_answer({**tree, "tackning": []})
    assert paths(lost) == ["/formansinformation/sjukpenningarende/0/avslaget"]


# ----- completeness


@pytest.mark.parametrize("version", VERSIONS)
def test_every_leaf_of_the_schema_has_a_row_and_every_row_a_leaf(version: str) -> None:
    """The schema file is read by the test, the rows by the gateway: neither can hide what it lacks."""
    for noun, table in both(version).adapter.tables.items():
        declared = {path.replace("[]", "") for path, _ in leaves(xsd(version).node(noun))}
        assert declared == {path.replace("[]", "") for path in table_leaves(table)}, noun


def homeless(table: Table) -> list[str]:
    """Facts of a record that no declaration of the version is about."""
    found: list[str] = []
    seen: set[int] = set()

    def look(one: Table, silent: frozenset[str]) -> None:
        if id(one) in seen:
            return
        seen.add(id(one))
        here = {cell.fact for cell in one.cells} | one.placed | one.gone.keys() | silent
        here |= {fact for split in one.splits for fact in split.split.form.facts}
        here |= {gathered.to[0] for gathered in one.gathered} | {each.to.split(".")[0] for each in one.withheld}
        here |= {one.inlined[0]} if one.inlined else set()
        here |= getattr(one.model, "EGNA", frozenset())
        found.extend(f"{one.name}.{fact}" for fact in facts(one.model) if fact not in here)
        inner = [cell.value for cell in one.cells] + ([one.inlined[1]] if one.inlined else [])
        for each in inner:
            if isinstance(each, Table):
                look(each, frozenset())
        for gathered in one.gathered:
            if isinstance(gathered.value, Table):
                look(gathered.value, frozenset((*gathered.source.marks, *gathered.source.given)))

    look(table, frozenset())
    return found


def unlisted(table: Table) -> list[str]:
    """Lists of the answer's sections that nothing takes and nothing withholds."""
    there = {".".join(cell.to) for cell in table.gathered} | {each.to for each in table.withheld}
    missing: list[str] = []
    for name, fact in facts(Svar).items():
        if name in table.gone or name in Svar.EGNA:
            continue
        section = fact.model if not fact.many and fact.model and name in {"arenden", "inkomst", "ovrigt"} else None
        wanted = [f"{name}.{inner}" for inner in facts(section)] if section else [name]
        missing += [one for one in wanted if one not in there]
    return missing


@pytest.mark.parametrize("version", VERSIONS)
def test_every_fact_has_a_row_or_a_reason(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    tables = both(version).adapter.tables
    assert {noun: homeless(table) for noun, table in tables.items()} == {noun: [] for noun in tables}
    assert unlisted(tables["svar"]) == []
    counted = {one.noun: one for one in carried(tables)}
    reasons = [*counted["svar"].gone, *counted["fel"].gone]
    assert all(one.reason for one in reasons)
    assert all(each.reason for each in tables["svar"].withheld)
    with capsys.disabled():
        mapped = ", ".join(f"{noun} {len(one.mapped)}" for noun, one in counted.items())
        withheld = len(tables["svar"].withheld)
        print(f"\n{version}: leaves mapped: {mapped}; {len(reasons)} facts gone, {withheld} lists withheld")  # noqa: T201


def test_the_generator_makes_everything_that_the_schema_has() -> None:
    """What the law is tried on: a document with everything in it has every leaf of the schema."""
    text = Wild(random.Random(1), 1.0).document(xsd("v7"), "svar")  # noqa: S311  no secret
    found = set()
    root = from_envelope(in_envelope(text))
    for element in root.iter():
        if not len(element):
            steps = list(takewhile(lambda each: each is not root, [element, *element.iterancestors()]))
            found.add(".".join(each.tag.rpartition("}")[2] for each in reversed(steps)))
    assert {path.replace("[]", "") for path, _ in leaves(xsd("v7").node("svar"))} == found


def test_the_numbers_are_nobodys() -> None:
    """The month is over twelve in every one, so that none can be a person's."""
    rng = random.Random(1)  # noqa: S311  no secret
    assert all(int(impossible_number(rng)[4:6]) > 12 for _ in range(200))
