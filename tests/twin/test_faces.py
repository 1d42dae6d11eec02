from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.twin import actors
from gateway.twin.population import Inhabitant
from gateway.twin.source import State, answer
from gateway.versions import Adapter
from gateway.wire import WireRequest
from tests.twin.running import ADAPTERS, EVERYTHING, NOBODY, TODAY, Running, fraga, plain

Tree = dict[str, Any]
People = Mapping[str, Inhabitant]

V9 = next(adapter for adapter in ADAPTERS if adapter.version == "v9")
SOMEBODY = "198504129803"


def question(adapter: Adapter, tree: Tree, aktor: str = "test") -> WireRequest:
    assert adapter.upstream
    return adapter.upstream.render_question(tree, aktor)


def with_body(body: bytes, content_type: str = "application/json") -> WireRequest:
    sample = question(V9, fraga(SOMEBODY))
    return WireRequest("POST", sample.path, {**sample.headers, "content-type": content_type}, body)


def errors(body: bytes) -> str:
    felsvar = json.loads(body)
    assert set(felsvar) == {"meddelande", "timestamp"}
    return str(felsvar["meddelande"])


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.version)
def test_everybody_is_answered_with_the_truth(adapter: Adapter, twin: Running, people: People) -> None:
    for one in people.values():
        if one.fault:
            continue
        asked = fraga(one.personnummer)
        parsed = twin.answer(adapter, asked)
        assert plain(parsed.tree) == plain(answer(one, asked, State())), one.about
        assert parsed.notes == (), one.about


def test_ten_digits_are_enough_for_somebody_under_a_hundred(twin: Running, people: People) -> None:
    one = people[SOMEBODY]
    short = fraga(SOMEBODY) | {"kortform": True}
    assert plain(twin.answer(V9, short).tree) == plain(answer(one, fraga(SOMEBODY), State()))


def test_somebody_unknown_gets_an_answer_without_data(twin: Running) -> None:
    parsed = twin.answer(V9, fraga(NOBODY))
    assert set(parsed.tree) == {"utlamnare"}


@pytest.mark.parametrize(
    "change",
    [
        {"period": {"from": "2024-01-01", "tom": "2026-01-02"}},
        {"period": {"from": "2026-01-02", "tom": "2026-01-01"}},
        {"personnummer": "198504129804"},
        {"informationstyper": []},
    ],
    ids=["over two years", "backwards", "wrong check digit", "no type"],
)
def test_what_cannot_be_asked_is_400_with_the_contracts_error(twin: Running, change: Tree) -> None:
    response = twin.ask(V9, fraga(SOMEBODY) | change)
    assert response.status == 400
    assert "198504" not in errors(response.body)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"personnummer": 1}', "application/json", 400),
        (b'{"personnummer": "\xff"}', "application/json", 400),
        (b'{"nytt": 1}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * 1_000_000, "application/json", 413),
    ],
    ids=["broken", "no object", "wrong type", "no UTF-8", "unknown field", "wrong content type", "too large"],
)
def test_a_bad_message_is_refused_in_the_contracts_words(
    twin: Running, body: bytes, content_type: str, status: int
) -> None:
    response = twin.send(with_body(body, content_type))
    assert response.status == status
    assert errors(response.body)


def test_a_wrong_method_is_refused_with_the_right_one(twin: Running) -> None:
    sample = question(V9, fraga(SOMEBODY))
    response = twin.send(WireRequest("PUT", sample.path, sample.headers, sample.body))
    assert (response.status, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("aktor", ["..", "a%2Fb", "a/b", ".dold"])
def test_an_actor_that_changes_the_path_is_refused(twin: Running, aktor: str) -> None:
    sample = question(V9, fraga(SOMEBODY))
    response = twin.send(WireRequest("POST", sample.path.replace("test", aktor), sample.headers, sample.body))
    assert response.status in {400, 404}


def test_an_unknown_actor_gets_neither_answer_nor_list(twin: Running) -> None:
    assert V9.upstream
    listing = V9.upstream.render_entitlement_question(actors.OKAND)
    assert listing
    assert twin.ask(V9, fraga(SOMEBODY), actors.OKAND).status == 403
    assert twin.send(listing).status == 403


def test_the_list_says_what_may_be_asked_for(twin: Running) -> None:
    assert V9.upstream
    counts = {}
    for aktor in ("vem-som-helst", actors.BEGRANSAD, actors.FILTRERAD):
        listing = V9.upstream.render_entitlement_question(aktor)
        assert listing
        parsed = V9.upstream.parse_entitlements(twin.send(listing), TODAY)
        assert parsed.notes == ()
        counts[aktor] = len(parsed.tree["informationstyper"])
    assert counts == {"vem-som-helst": len(EVERYTHING), actors.BEGRANSAD: 4, actors.FILTRERAD: len(EVERYTHING)}


def test_an_actor_whose_list_fails_may_ask_all_the_same(twin: Running) -> None:
    assert V9.upstream
    listing = V9.upstream.render_entitlement_question(actors.UTAN_LISTA)
    assert listing
    assert twin.send(listing).status == 500
    assert twin.ask(V9, fraga(SOMEBODY), actors.UTAN_LISTA).status == 200


def test_a_limited_actor_gets_its_few_types_and_deviations_for_the_rest(twin: Running) -> None:
    svar = twin.answer(V9, fraga(SOMEBODY), actors.BEGRANSAD).tree
    assert set(svar) == {"person", "arenden", "utbetalningar", "utlamnare", "avvikelser"}
    assert len(svar["avvikelser"]) == len(EVERYTHING) - 4
    assert {each["avvikelse"]["kod"] for each in svar["avvikelser"]} == {"OBEHORIG"}


def test_a_filtered_actor_gets_less_and_is_not_told(twin: Running) -> None:
    svar = twin.answer(V9, fraga(SOMEBODY), actors.FILTRERAD).tree
    decisions = [one for case in svar["arenden"]["sjukpenning"] for one in case["beslut"]]
    assert decisions
    assert all("ersattningar" not in one for one in decisions)
    assert "avvikelser" not in svar


@pytest.mark.prints_values("the list of persons is what a developer asks the twin for")
def test_the_front_page_lists_everybody(twin: Running, people: People) -> None:
    lines = twin.get("/").text.splitlines()
    assert [line.split()[1] for line in lines] == list(people)
    assert all(one.about in line for one, line in zip(people.values(), lines, strict=True))


def test_the_twin_is_healthy(twin: Running) -> None:
    assert twin.get("/health").json() == {"status": "ok"}


def test_the_counters_say_what_came_and_never_about_whom(twin: Running, people: People) -> None:
    twin.post("/raknare/nollstall")
    twin.ask(V9, fraga(SOMEBODY))
    twin.ask(V9, fraga(SOMEBODY))
    twin.ask(V9, fraga(NOBODY))
    twin.ask(V9, fraga(SOMEBODY) | {"informationstyper": []})
    text = twin.get("/raknare").text
    assert json.loads(text) == {
        "fragor": {"v9 fraga": 4},
        "personer": {str([*people].index(SOMEBODY) + 1): 2, "okand": 1},
    }
    twin.post("/raknare/nollstall")
    assert twin.get("/raknare").json() == {"fragor": {}, "personer": {}}
