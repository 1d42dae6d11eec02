"""The place that a difference names in a source's own message is where the value stands, in every version."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.comparison import paths
from gateway.comparison.carry import version as spoken
from gateway.comparison.compare import compare
from gateway.comparison.located import Locator
from gateway.twin.source import State, answer
from schemas.svar import Svar
from tests.comparison import trees
from tests.comparison.views import DAY, VERSIONS, heard, observed, ordinary, parsed, roles
from tests.twin.running import EVERYTHING, fraga

Tree = dict[str, Any]
ANSWER = "HamtaFormansinformationResponse"


def message(name: str, truth: Tree) -> bytes:
    response, _ = roles(name).face.render_answer({**truth, "tackning": [], "kalla": {"version": name}})
    return response.body


def at_xpath(body: bytes, path: str) -> list[str]:
    """The texts at an XPath by local names, from the answer's element on."""
    root = etree.fromstring(body)
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    (found,) = root.iter(ANSWER)
    places = found.xpath(path)
    assert isinstance(places, list)
    return ["".join(str(text) for text in place.itertext()) for place in places if isinstance(place, etree._Element)]


def at_pointer(body: bytes, path: str) -> list[str]:
    here = json.loads(body, parse_float=str, parse_int=str)
    for step in path.split("/")[1:]:
        here = here[int(step)] if isinstance(here, list) else here[step]
    return [str(here).lower() if isinstance(here, bool) else str(here)]


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize("name", VERSIONS)
def test_every_value_stands_where_its_source_path_says(name: str) -> None:
    """What the wire spells in another way (the place says it, a code without its prefix) is counted apart."""
    there = otherwise = 0
    known = spoken(name)
    assert known is not None
    for one in ordinary(1):
        question = fraga(one.personnummer, EVERYTHING)
        body = message(name, answer(one, heard(name, question), State()))
        tree = parsed(name, answer(one, heard(name, question), State()))
        orders = {} if known.xml else known.places.orders(json.loads(body))
        locator = Locator(known.places, tree, orders)
        for place, value in trees.leaves(tree):
            path = paths.source(known, locator, place)
            (found,) = at_xpath(body, path) if known.xml else at_pointer(body, path)
            said_by_place = (
                place[-1] in {"utlamnare", "status", "roll", "lage", "kortform", "klass"} or "formansgrupp" in place
            )
            if found == written(value):
                there += 1
            else:
                otherwise += 1
                assert said_by_place or found in written(value) or "myndighetsutbetalning" in place or place[-1] in {
                    "ar", "avledDatumSaknas", "personnummer",
                }, (place, path)  # fmt: skip
    assert there > 15 * otherwise
    assert there > 2_000


def test_both_sides_of_a_difference_name_their_own_message() -> None:
    """The v7 side by XPath, the v9 side by JSON pointer; what stands there are the two values."""
    checked = 0
    for one in ordinary(2):
        question = fraga(one.personnummer, EVERYTHING)
        truth = {name: answer(one, heard(name, question), State()) for name in ("v7", "v9")}
        if not truth["v7"].get("arenden", {}).get("sjukpenning", [{}])[0].get("beslut"):
            continue
        place = ("arenden", "sjukpenning", 0, "beslut", 0, "fattades")
        changed = trees.put(truth["v7"], place, "1999-12-31")
        left = observed("v7", parsed("v7", changed), question)
        right = observed("v9", parsed("v9", truth["v9"]), question)
        (found,) = (each for each in compare(left, right, today=DAY).differences if each.class_ == "unexplained")
        assert at_xpath(message("v7", changed), found.left.source) == ["1999-12-31"]
        assert at_pointer(message("v9", truth["v9"]), found.right.source) == [trees.at(truth["v9"], place)]
        assert found.left.source == "./formansinformation/sjukpenningarende[1]/beslut[1]/fattades"
        assert found.right.source == "/formansinformation/sjukpenningarende/0/beslut/0/fattades"
        checked += 1
    assert checked > 3


def test_decisions_that_were_mixed_are_found_by_the_order_of_the_message() -> None:
    """Spread over cases they lose their places, unless the observation has kept the types as they stood."""
    decision = {"id": "A", "status": {"kod": "SLUTLIGT", "text": "S"}}
    case = {"utlamnare": "PM", "beslut": [decision, {**decision, "id": "B"}]}
    tree = {"arenden": {
        "allmanPension": [{**case, "formansgrupp": {"kod": "PM:AP"}}],
        "bostadstillagg": [{**case, "formansgrupp": {"kod": "PM:BTI"}}],
    }}  # fmt: skip
    known = spoken("v9")
    assert known is not None
    orders = {("beslut",): ("PM:AP", "PM:BTI", "PM:AP", "PM:BTI")}

    def found(seen: Locator, family: str, place: int) -> str:
        return paths.source(known, seen, ("arenden", family, 0, "beslut", place, "id"))

    together, mixed = Locator(known.places, tree, {}), Locator(known.places, tree, orders)
    assert [found(together, "allmanPension", place) for place in (0, 1)] == [
        "/beslut/0/beslutsid",
        "/beslut/1/beslutsid",
    ]
    assert [found(mixed, "allmanPension", place) for place in (0, 1)] == ["/beslut/0/beslutsid", "/beslut/2/beslutsid"]
    assert [found(mixed, "bostadstillagg", place) for place in (0, 1)] == ["/beslut/1/beslutsid", "/beslut/3/beslutsid"]
    assert (
        paths.source(known, mixed, ("arenden", "bostadstillagg", 0, "formansgrupp", "kod"))
        == "/beslut/1/formansgrupp/kod"
    )


def test_the_gateways_own_facts_and_the_envelope_have_no_place() -> None:
    assert {"fraga", "tackning", "anmarkningar", "kalla"} == Svar.EGNA
