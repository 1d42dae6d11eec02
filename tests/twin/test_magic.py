from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.twin import actors, faults
from gateway.twin.app import create_twin
from gateway.twin.magic import MAGIC, PLANS
from gateway.twin.population import Inhabitant
from gateway.twin.source import ANTAGANDEN, State, answer
from gateway.wire import WireResponse
from tests.twin.running import ADAPTERS, TODAY, Running, fraga, plain

Tree = dict[str, Any]
V9 = next(adapter for adapter in ADAPTERS if adapter.version == "v9")
NUMBERS = {plan.fault: plan.personnummer for plan in PLANS}
DOCS = Path(__file__).resolve().parents[2] / "docs" / "twin.md"


def ask(twin: Running, fault: str) -> WireResponse:
    return twin.ask(V9, fraga(NUMBERS[fault]))


def read(twin: Running, fault: str) -> tuple[Tree, list[tuple[str, str]]]:
    assert V9.upstream
    parsed = V9.upstream.parse_answer(ask(twin, fault), TODAY)
    return parsed.tree, [(note.path, note.kind) for note in parsed.notes]


def truth_of(people: Mapping[str, Inhabitant], fault: str, state: State | None = None) -> Tree:
    return answer(people[NUMBERS[fault]], fraga(NUMBERS[fault]), state or State())


def test_every_magic_is_made_somewhere_and_tried_here() -> None:
    names = [magic.name for magic in MAGIC]
    assert len(set(names)) == len(names) == 24
    assert {magic.name for magic in MAGIC if magic.kind == "wire"} == faults.WIRE_FAULTS
    assert {magic.name for magic in MAGIC if magic.kind == "tree"} == faults.TREE_FAULTS
    source = Path(__file__).read_text("utf-8")
    assert [name for name in names if f'"{name}"' not in source] == []


def test_the_page_about_the_twin_says_what_the_code_does(people: Mapping[str, Inhabitant]) -> None:
    page = DOCS.read_text("utf-8")
    rows = [f"| `{NUMBERS[magic.name]}` | {magic.name} | {magic.effect} |" for magic in MAGIC]
    rows += [f"| `{name}` | {effect} |" for name, effect in actors.ACTORS.items()]
    rows += [
        f"| {code} | {', '.join(f'`{place}`' for place in places) or 'nothing'} |"
        for code, places in ANTAGANDEN.items()
    ]
    assert [row for row in rows if row not in page] == []
    assert f"There are {len(people)}, of whom {len(MAGIC)} are magic." in page


def test_nobody_is_ever_answered(twin: Running) -> None:
    with pytest.raises(httpx.ReadTimeout):
        twin.ask(V9, fraga(NUMBERS["timeout"]), seconds=0.5)


def test_an_answer_drips(twin: Running) -> None:
    started = time.monotonic()
    count = 0
    with twin.stream(V9, fraga(NUMBERS["droppar"])) as chunks:
        for chunk in chunks:
            count += len(chunk)
            if count >= 4:
                break
    assert 2 * faults.DRIP_SECONDS < time.monotonic() - started < 30


def test_a_connection_is_reset(twin: Running) -> None:
    with pytest.raises(httpx.ReadError, match="reset"):
        ask(twin, "aterstalls")


def test_a_connection_breaks_off_in_the_middle(twin: Running) -> None:
    count = 0
    with pytest.raises(httpx.ReadError), twin.stream(V9, fraga(NUMBERS["avbryts"])) as chunks:  # noqa: PT012  it breaks while it is read
        for chunk in chunks:
            count += len(chunk)
    assert count > 100


def test_a_server_without_a_reachable_connection_ends_it_in_its_own_way() -> None:
    assert V9.upstream
    request = V9.upstream.render_question(fraga(NUMBERS["aterstalls"]), "test")

    async def call() -> None:
        transport = httpx.ASGITransport(create_twin())
        async with httpx.AsyncClient(transport=transport, base_url="http://twin.test") as client:
            await client.post("/rest" + request.path, headers=dict(request.headers), content=request.body)

    with pytest.raises(ConnectionResetError):
        asyncio.run(call())


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "holds"),
    [
        ("html", 502, "text/html; charset=utf-8", lambda body: body.startswith(b"<!DOCTYPE html>")),
        ("felsvar500", 500, "application/json", lambda body: set(json.loads(body)) == {"meddelande", "timestamp"}),
        ("nekas", 403, "application/json", lambda body: set(json.loads(body)) == {"meddelande", "timestamp"}),
        ("felsvar200", 200, "application/json", lambda body: set(json.loads(body)) == {"meddelande", "timestamp"}),
        ("tomt", 200, "application/json", lambda body: body == b""),
        ("feltyp", 200, "text/plain", lambda body: "utlamnare" in json.loads(body)),
        ("for_ofta", 429, "application/json", lambda body: set(json.loads(body)) == {"meddelande", "timestamp"}),
    ],
)
def test_a_message_is_wrong(
    twin: Running, fault: str, status: int, content_type: str, holds: Callable[[bytes], bool]
) -> None:
    response = ask(twin, fault)
    assert (response.status, response.headers["content-type"]) == (status, content_type)
    assert holds(response.body)


def test_too_often_says_when_to_come_back(twin: Running) -> None:
    assert ask(twin, "for_ofta").headers["retry-after"] == "7"


def test_a_redirect_leads_elsewhere(twin: Running) -> None:
    response = ask(twin, "omdirigeras")
    assert (response.status, response.headers["location"], response.body) == (307, "/annan-adress", b"")


def test_an_answer_is_compressed_though_nobody_asked(twin: Running, people: Mapping[str, Inhabitant]) -> None:
    assert V9.upstream
    raw = twin.ask(V9, fraga(NUMBERS["gzip"]), decoded=False)
    assert raw.headers["content-encoding"] == "gzip"
    whole = WireResponse(200, raw.headers, gzip.decompress(raw.body))
    assert plain(V9.upstream.parse_answer(whole, TODAY).tree) == plain(truth_of(people, "gzip"))


def test_an_agency_is_down_without_any_deviation(twin: Running, people: Mapping[str, Inhabitant]) -> None:
    for fault, agency, code in (("fk_nere", "FK", "OTILLGANGLIG"), ("pm_felande", "PM", "FELANDE")):
        svar, notes = read(twin, fault)
        assert notes == []
        assert "avvikelser" not in svar
        states = {each["utlamnare"]["kod"]: each["tillstand"]["kod"] for each in svar["utlamnare"]}
        assert states == {"FK": "OK", "PM": "OK"} | {agency: code}
        assert all(each["utlamnare"] != agency for each in svar["utbetalningar"])
        assert ("person" in svar) == (agency == "PM")
        assert plain(svar) == plain(truth_of(people, fault, faults.STATES[fault]))


def test_one_type_fails_and_the_rest_comes(twin: Running) -> None:
    svar, notes = read(twin, "internt_fel")
    assert notes == []
    assert "sjukpenning" not in svar["arenden"]
    assert {"person", "inkomst", "utbetalningar"} <= set(svar)
    assert {(each["informationstyp"]["kod"], each["avvikelse"]["kod"]) for each in svar["avvikelser"]} == {
        ("FK:SJP", "INTERNT_FEL")
    }


def test_types_without_right_are_said(twin: Running) -> None:
    svar, notes = read(twin, "obehorig")
    assert notes == []
    assert "inkomst" not in svar
    assert "allmanPension" not in svar["arenden"]
    assert {(each["informationstyp"]["kod"], each["avvikelse"]["kod"]) for each in svar["avvikelser"]} == {
        ("FK:SGI", "OBEHORIG"),
        ("PM:AP", "OBEHORIG"),
    }


def test_agencies_say_nothing_or_one_alone_does(twin: Running) -> None:
    assert "utlamnare" not in read(twin, "utan_utlamnare")[0]
    assert [each["utlamnare"]["kod"] for each in read(twin, "bara_fk")[0]["utlamnare"]] == ["FK"]


def test_a_date_is_no_date(twin: Running) -> None:
    svar, notes = read(twin, "felaktigt_datum")
    assert notes == [("/formansinformation/sjukpenningarende/0/beslut/0/fattades", "fel_form")]
    assert svar["arenden"]["sjukpenning"][0]["beslut"][0]["okant"] == {"fattades": "31/12-2025"}


def test_codes_are_in_no_list(twin: Running) -> None:
    svar, notes = read(twin, "okand_kod")
    assert {kind for _path, kind in notes} == {"okand_kod"}
    assert {path.rsplit("/", 2)[-2] for path, _kind in notes} == {"beslutsstatus", "formansgrupp"}
    assert [case["formansgrupp"]["kod"] for case in svar["arenden"]["ovriga"]] == ["PM:NY"]


def test_fields_are_in_no_contract(twin: Running) -> None:
    svar, notes = read(twin, "okant_falt")
    assert {kind for _path, kind in notes} == {"okant_falt"}
    assert len(notes) == 3
    assert svar["okant"] == {"nyttFalt": "en ny uppgift"}


def test_an_answer_is_huge(twin: Running) -> None:
    response = ask(twin, "jattesvar")
    assert 1_500_000 < len(response.body) < 1_700_000
    assert read(twin, "jattesvar")[1] == []


def test_an_answer_is_about_somebody_else(twin: Running) -> None:
    svar, notes = read(twin, "fel_person")
    assert notes == []
    assert svar["person"]["personnummer"] != NUMBERS["fel_person"]


def test_a_magic_person_misbehaves_only_once_it_may_be_asked_about(twin: Running) -> None:
    assert twin.ask(V9, fraga(NUMBERS["timeout"]), actors.OKAND).status == 403
