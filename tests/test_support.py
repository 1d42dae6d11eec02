"""What is kept of calls that failed, and what is given out of it: encrypted there, about nobody here."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import stat
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway import clock
from gateway.errors import (
    Fault,
    Forbidden,
    GatewayError,
    Internal,
    LedgerUnavailable,
    UpstreamError,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
    UpstreamUnavailable,
    UpstreamWrongPerson,
)
from gateway.ledger import keyring
from gateway.parts import Organisation
from gateway.support.call import Call
from gateway.support.keeping import KEY_LABEL, Support, folder
from gateway.support.record import LONGEST_BODY
from gateway.support.settings import SupportSettings
from gateway.wire import WireRequest, WireResponse
from tests.cli.running import Done, here
from tests.faults.upstream import BODY, PERSON, QUESTION, says, stalls, transport, upstream
from tests.leaks import find_leaks

pytestmark = pytest.mark.anyio

ORGANISATION = Organisation(name="Testköpings kommun", number="212000-0142")
AT = datetime(2026, 7, 1, 22, 30, 15, tzinfo=UTC)
URL = "https://fmansinfo.forsakringskassan.se:7020/rest/aktorer/kommunen/fraga"
CORRELATION = "0b9a4a7e-6d0c-4f4e-9a53-0c6a1fd0a001"
REQUEST = WireRequest("POST", "/rest/aktorer/kommunen/fraga", {"content-type": "text/xml"}, BODY)
RESPONSE = WireResponse(500, {"content-type": "text/xml", "date": "Wed, 01 Jul 2026 22:30:15 GMT"}, BODY)
CALL = Call(URL, REQUEST, RESPONSE, AT, "prod", CORRELATION)
FAILED = UpstreamInvalidAnswer("prod: expected a whole HTTP answer", sent=True)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    keyring.create(tmp_path / "state" / "ledger.keys")
    return tmp_path / "state"


def support(state: Path, **settings: int) -> Support:
    key = keyring.read(state / "ledger.keys").derive(KEY_LABEL)
    return Support(folder(state), key, ORGANISATION, SupportSettings.model_validate(settings))


def kept(state: Path) -> list[Path]:
    return sorted(folder(state).glob("*")) if folder(state).is_dir() else []


async def keep(state: Path, error: GatewayError = FAILED, call: Call = CALL, **settings: int) -> GatewayError:
    one = support(state, **settings)
    await one.keep(error, call)
    one.close()
    return error


async def test_what_is_kept_is_encrypted_and_for_its_owner_alone(state: Path) -> None:
    await keep(state)
    (file,) = kept(state)
    for spelling in (PERSON, PERSON[2:], "fraga", "kommunen", "Testk"):
        assert spelling.encode() not in file.read_bytes()
        assert base64.b64encode(spelling.encode())[:-2] not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not find_leaks(file.name)


async def test_another_key_opens_nothing(state: Path) -> None:
    error = await keep(state)
    other = Support(folder(state), bytes(32), None, SupportSettings())
    with pytest.raises(ValueError, match="the key that is there now"):
        other.find(error.instance)


TECHNICAL = [FAILED, Internal(), UpstreamTimeout("prod", sent=True), UpstreamWrongPerson(sent=True)]


@pytest.mark.parametrize("error", TECHNICAL, ids=lambda error: error.type)
async def test_a_technical_error_is_kept(state: Path, error: GatewayError) -> None:
    await keep(state, error)
    assert len(support(state).find(error.instance)) == 1


@pytest.mark.parametrize("error", [Forbidden(), LedgerUnavailable()], ids=lambda error: error.type)
async def test_what_the_agency_has_no_part_in_is_not_kept(state: Path, error: GatewayError) -> None:
    await keep(state, error)
    assert kept(state) == []


async def test_nothing_is_kept_where_no_day_is(state: Path) -> None:
    await keep(state, keep_days=0)
    assert kept(state) == []


async def test_an_answer_about_another_person_is_not_kept(state: Path) -> None:
    error = await keep(state, UpstreamWrongPerson(sent=True))
    (record,) = support(state).find(error.instance)
    assert record.response is not None
    assert (record.response.body, record.response.size) == (b"", len(BODY))
    assert "another person" in record.response.left_out


async def test_of_a_long_body_its_beginning_is_kept(state: Path) -> None:
    long = replace(CALL, response=replace(RESPONSE, body=bytes(LONGEST_BODY + 7)))
    (record,) = support(state).find((await keep(state, call=long)).instance)
    assert record.response is not None
    assert (len(record.response.body), record.response.size) == (LONGEST_BODY, LONGEST_BODY + 7)


# ---------------------------------------------------------------------------------------------------------- retention


async def test_what_is_too_old_goes_and_is_not_given_out_before(state: Path) -> None:
    old, new = await keep(state), await keep(state, Internal())
    (file,) = folder(state).glob(f"{old.instance.removeprefix('urn:uuid:')}_*")
    then = clock.now().timestamp() - timedelta(days=15).total_seconds()
    os.utime(file, (then, then))
    assert support(state).find(old.instance) == []
    assert len(support(state, keep_days=16).find(old.instance)) == 1
    support(state).remove_old()
    assert not file.exists()
    assert len(support(state).find(new.instance)) == 1


async def test_the_oldest_go_where_there_are_too_many(state: Path) -> None:
    errors: list[GatewayError] = []
    for index in range(5):
        errors.append(await keep(state, Internal(), keep_files=3))
        (file,) = folder(state).glob(f"{errors[-1].instance.removeprefix('urn:uuid:')}_*")
        then = clock.now().timestamp() - 100 + index
        os.utime(file, (then, then))
    support(state, keep_files=3).remove_old()
    there = [len(support(state).find(error.instance)) for error in errors]
    assert there == [0, 0, 1, 1, 1]


async def test_a_running_gateway_removes_what_is_too_old_by_itself(state: Path) -> None:
    await keep(state)
    (file,) = kept(state)
    os.utime(file, (0, 0))
    task = asyncio.create_task(support(state).sweep())
    async with asyncio.timeout(5):
        while file.exists():  # noqa: ASYNC110  the file is removed in a thread
            await asyncio.sleep(0.01)
    task.cancel()


# ---------------------------------------------------------------------------------------- never in the way of an answer


async def test_a_folder_that_cannot_be_written_fails_nothing(
    state: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (state / "support").touch()
    await keep(state)
    assert "support-not-kept" in capsys.readouterr().out
    (tmp_path / "support").symlink_to(tmp_path / "nowhere" / "deeper")
    one = Support(tmp_path / "support", bytes(32), None, SupportSettings())
    await one.keep(FAILED, CALL)
    one.close()


async def test_a_disk_that_hangs_holds_neither_the_loop_nor_the_answer(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Support, "_write", lambda *_: time.sleep(3))
    one = support(state)
    ticks = 0
    keeping = asyncio.create_task(one.keep(FAILED, CALL))
    began = time.monotonic()
    while not keeping.done():
        await asyncio.sleep(0.05)
        ticks += 1
    assert time.monotonic() - began < 2.9
    assert ticks > 20
    one.close()


async def test_a_flood_of_errors_is_not_waited_for(state: Path) -> None:
    one = support(state)
    await asyncio.gather(*(one.keep(Internal(), CALL) for _ in range(200)))
    one.close()
    assert 50 <= len(kept(state)) <= 200
    assert all(not file.name.startswith(".") for file in kept(state))


def test_nothing_of_a_call_shows_in_a_repr() -> None:
    error = UpstreamUnavailable("prod: not reached", sent=True)
    error.response = RESPONSE
    for text in (repr(CALL), str(CALL), repr(error), str(error), repr(RESPONSE)):
        assert not find_leaks(text)
        assert "kommunen" not in text.replace(REQUEST.path, "")


# ------------------------------------------------------------------------------------------- what the transport knows


async def test_the_call_is_as_it_arrived() -> None:
    async with upstream(says(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) as here_, transport(here_.url) as way:
        url, sent = way.as_sent(QUESTION)
        await way.send(QUESTION)
    head, _, body = here_.asked[0].partition(b"\r\n\r\n")
    start, *fields = head.decode().split("\r\n")
    assert start == f"{sent.method} {sent.path} HTTP/1.1"
    assert url == f"{here_.url}/fraga"
    arrived = {name.lower(): value for name, _, value in (each.partition(": ") for each in fields)}
    assert arrived == dict(sent.headers)
    assert body == sent.body


PARTS = {
    "nothing": (says(), None),
    "a beginning that is no answer": (says(b"HTTP/1.1"), None),
    "a head": (says(b"HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 9\r\n\r\n"), (200, b"")),
    "half a body": (says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), (200, b"half")),
    "half a body, and then nothing": (stalls(b"HTTP/1.1 500 Oh\r\ncontent-length: 9\r\n\r\nhalf"), (500, b"half")),
    "a redirect": (says(b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n"), (302, b"")),
    "busy": (says(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"), (503, b"")),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
async def test_an_error_has_the_answer_as_far_as_it_came(part: tuple[object, tuple[int, bytes] | None]) -> None:
    script, expected = part
    async with upstream(script) as there, transport(there.url) as way:  # type: ignore[arg-type]
        with pytest.raises(UpstreamError) as caught:
            await way.send(QUESTION)
    came = caught.value.response
    assert (came and (came.status, came.body)) == expected
    assert caught.value.__cause__ is caught.value.__context__ is None


# --------------------------------------------------------------------------------------------------------- the command


def bundled(state: Path, identity: str, *more: str | Path, given: str = "") -> Done:
    organisation = f'[organisation]\nname = "{ORGANISATION.name}"\nnumber = "{ORGANISATION.number}"\n'
    file = state.parent / "gateway.toml"
    file.write_text(f'state = "{state}"\n{organisation}', encoding="utf-8")
    return here("support-bundle", identity, "--config", file, *more, given=given)


FACTS = {
    "Organisation": "Testköpings kommun",
    "Organisation number": "212000-0142",
    "Time of the call (Swedish time)": "2026-07-02 00:30:15",
    "URL that was called": URL,
    "Code of the error": "upstream-invalid-answer (HTTP 502 to the caller)",
    "Message of the error": "The agency's answer cannot be read: prod: expected a whole HTTP answer; /a: expected b",
}


@pytest.mark.parametrize("spelling", ["urn:uuid:{}", "{}", "URN:UUID:{}", "correlation"])
async def test_the_bundle_has_what_the_agency_asks_for(state: Path, spelling: str, tmp_path: Path) -> None:
    error = UpstreamInvalidAnswer("prod: expected a whole HTTP answer", sent=True, faults=(Fault("/a", "b"),))
    await keep(state, error)
    bare = error.instance.removeprefix("urn:uuid:")
    identity = CORRELATION if spelling == "correlation" else spelling.format(bare)
    done = bundled(state, identity, "--output", tmp_path / "it.txt")
    assert done == Done(0, f"{tmp_path}/it.txt: values are masked; calls: 1\n", "")
    text = (tmp_path / "it.txt").read_text("utf-8")
    for title, fact in FACTS.items():
        assert re.search(rf"^{re.escape(title)} +{re.escape(fact)}$", text, re.MULTILINE), title
    assert "\nPOST /rest/aktorer/kommunen/fraga\ncontent-type: text/xml\n\n<fraga>[12 digits]</fraga>\n" in text
    assert (
        "\nHTTP 500\ncontent-type: text/xml\ndate: Wed, 01 Jul 2026 22:30:15 GMT\n\n<fraga>[12 digits]</fraga>\n"
        in text
    )
    assert not find_leaks(text)
    assert stat.S_IMODE((tmp_path / "it.txt").stat().st_mode) == 0o600


async def test_the_bundle_is_json_where_that_is_wanted(state: Path, tmp_path: Path) -> None:
    error = await keep(state)
    assert bundled(state, error.instance, "--output", tmp_path / "it.json").status == 0
    found = json.loads((tmp_path / "it.json").read_text("utf-8"))
    assert found["masked"] is True
    assert found["calls"][0]["request"]["body"] == "<fraga>[12 digits]</fraga>"


async def test_with_a_prompt_the_whole_call_is_there(state: Path, tmp_path: Path) -> None:
    secret = {"authorization": "Bearer hemlig", "x-api-key": "hemlig", "cookie": "hemlig", "client-cert": "hemlig"}
    call = replace(CALL, request=replace(REQUEST, headers={**REQUEST.headers, **secret}))
    error = await keep(state, call=call)
    output = ("--with-personal-data", "--output", tmp_path / "it.txt")
    refused = bundled(state, error.instance, *output, given="n\n")
    assert refused.status == 1
    assert not (tmp_path / "it.txt").exists()
    (tmp_path / "it.txt").touch(mode=0o644)
    done = bundled(state, error.instance, *output, given="y\n")
    assert done.status == 0
    assert done.out.endswith(f"{tmp_path}/it.txt: WITH PERSONAL DATA; calls: 1\n")
    text = (tmp_path / "it.txt").read_text("utf-8")
    assert text.count(BODY.decode()) == 2
    assert text.startswith("HOLDS PERSONAL DATA")
    assert "hemlig" not in text
    assert "authorization: [secret]" in text
    assert stat.S_IMODE((tmp_path / "it.txt").stat().st_mode) == 0o600


async def test_secrets_in_a_body_are_masked_always(state: Path, tmp_path: Path) -> None:
    bodies = (b"<a><Password>hemlig</Password><b>kvar</b></a>", b'{"password":"hemlig","b":"kvar","n":1.50}')
    call = replace(CALL, request=replace(REQUEST, body=bodies[0]), response=replace(RESPONSE, body=bodies[1]))
    error = await keep(state, call=call)
    bundled(state, error.instance, "--with-personal-data", "--output", tmp_path / "it.txt", given="y\n")
    text = (tmp_path / "it.txt").read_text("utf-8")
    assert "hemlig" not in text
    assert "<a><Password>[secret]</Password><b>kvar</b></a>" in text
    assert '{"password":"[secret]","b":"kvar","n":1.50}' in text


async def test_without_output_the_file_is_named_after_the_identity(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = await keep(state)
    monkeypatch.chdir(tmp_path)
    assert bundled(state, error.instance).status == 0
    assert (tmp_path / f"lefi-support-{error.instance.removeprefix('urn:uuid:')}.txt").is_file()


async def test_what_cannot_be_given_out_is_said(state: Path, tmp_path: Path) -> None:
    await keep(state)
    assert bundled(state, "00000000-0000-4000-8000-000000000000").status == 1
    assert bundled(state, f"../{PERSON}").status == 2
    assert bundled(state, FAILED.instance, "--output", tmp_path / "no" / "it.txt").status == 2
    (state / "ledger.keys").write_text("", encoding="ascii")
    lost = bundled(state, FAILED.instance)
    assert (lost.status, "expected at least one key" in lost.err) == (2, True)
