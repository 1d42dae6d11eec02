"""The `lefi` command, run as a person runs it, against a real twin and a real gateway."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from gateway.cli import words
from gateway.cli.show import answer
from gateway.demo import DemoError, started
from schemas.koder import KLASSENS_TYPER
from tests.cli.running import (
    BIN,
    FK_DOWN,
    PENSIONER,
    PERIOD,
    PROTECTED,
    SICK,
    UNKNOWN,
    Running,
    here,
    lefi,
    twin_and_gateway,
)
from tests.leaks import find_leaks
from tests.service.running import request

running = twin_and_gateway
prints = pytest.mark.prints_values("it is the answer that was asked for")


def test_version() -> None:
    done = lefi("--version")
    assert done.status == 0
    assert done.out.startswith("lefi-gateway ")


def test_every_command_has_help() -> None:
    single = ("serve", "twin", "ask", "ping", "versions", "openapi", "config")
    for command in ((), *((name,) for name in single), ("config", "check")):
        done = here(*command, "--help")
        assert done.status == 0, command
        assert "Usage" in done.out


@prints
def test_an_answer_for_people_begins_with_its_coverage(running: Running) -> None:
    types = ("--typ", "FK:SJP", "--typ", "utbetalningar/FK:SJP", "--typ", "FK:GEPI", "--typ", "FK:SGI")
    done = lefi("ask", SICK, *types, *PERIOD, "--url", running.gateway)
    assert done.status == 0, done.err
    assert done.err == ""
    order = ["Coverage", "Person", "Sjukpenning (FK:SJP)", "Payments", "Income", "Source"]
    places = [done.out.index(heading) for heading in order]
    assert places == sorted(places)
    assert done.out.count("delivered") == 4
    assert "official contract" in done.out


@prints
def test_the_agency_that_is_down_is_not_taken_for_nothing(running: Running) -> None:
    done = here("ask", FK_DOWN, "--typ", "FK:SJP", "--typ", "PM:AP", *PERIOD, "--url", running.gateway)
    assert done.status == 3
    assert "the source is down" in done.out
    assert "NOT KNOWN: formansinformation/FK:SJP" in done.out
    assert "Allmän pension" in done.out


@prints
def test_json_is_what_the_gateway_answered(running: Running) -> None:
    done = lefi("ask", PENSIONER, "--typ", "utbetalningar/PM:AP", "--json", "--url", running.gateway)
    svar = json.loads(done.out)
    assert done.status == 0
    assert svar["tackning"][0]["utfall"] == "levererad"
    assert svar["kalla"]["version"] == "v9"


@prints
def test_the_number_is_read_from_standard_input(running: Running) -> None:
    done = here("ask", "-", "--typ", "FK:SGI", *PERIOD, "--url", running.gateway, given=f"{SICK}\n")
    assert done.status == 0
    assert "Income" in done.out


@prints
def test_a_protected_person_is_shown_as_such(running: Running) -> None:
    done = here("ask", PROTECTED, "--typ", "FK:GEPI", "--url", running.gateway)
    assert "PROTECTED IDENTITY" in done.out


@prints
def test_protection_that_is_not_stated_is_protection(capsys: pytest.CaptureFixture[str]) -> None:
    from gateway.cli.console import console  # noqa: PLC0415  the stream is the test's own only from here on

    tree = {"tackning": [], "person": {"namn": "Låtsa", "barn": [{"personnummer": UNKNOWN, "skyddad": False}]}}
    answer(console(), tree)
    out = capsys.readouterr().out
    assert "PROTECTED IDENTITY (not stated, so read as protected)" in out
    assert "PROTECTED" not in out.partition("barn")[2]
    answer(console(), {"tackning": [], "person": {"skyddad": False, "barn": [{"personnummer": UNKNOWN}]}})
    out = capsys.readouterr().out
    assert "PROTECTED IDENTITY" not in out
    assert "PROTECTED" in out.partition("barn")[2]


@prints
def test_nothing_in_an_answer_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from gateway.cli.console import console  # noqa: PLC0415  as above

    answer(console(), {"tackning": [], "person": {"namn": "\x1b[2J\x07[bold]x[/bold]\r\u202e"}, "ny\x1b": {"f": "v\n"}})
    out = capsys.readouterr().out
    assert not {sign for sign in out if not sign.isprintable()} - {"\n"}
    assert "[bold]x[/bold]" in out


def test_everything_in_an_answer_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    from gateway.cli.console import console  # noqa: PLC0415  as above

    tree = {
        "tackning": [],
        "person": {"okant": {"ny": "okantvarde"}},
        "arenden": {
            "nyfamilj": [{"utlamnare": "FK", "beslut": [{"ersattningar": [{"djup": {"a": {"b": "djupvarde"}}}]}]}]
        },
        "utbetalningar": [
            {"utlamnare": "PM", "status": "preliminar", "extra": "extravarde", "rader": [{"x": ["radvarde"]}]}
        ],
        "pension": [{"lista": [["listvarde"]]}],
        "okant": {"topp": "toppvarde"},
        "anmarkningar": [{"vag": "/okant/topp", "slag": "okant_falt", "text": "notvarde"}],
    }
    answer(console(), tree)
    out = capsys.readouterr().out
    for value in ("okantvarde", "djupvarde", "extravarde", "radvarde", "listvarde", "toppvarde", "notvarde"):
        assert value in out


@pytest.mark.parametrize(
    ("number", "expected"),
    [("199001019801", "422"), ("hej", "400"), ("", "400"), (f"{UNKNOWN}0", "400")],
    ids=["check digit", "letters", "empty", "too long"],
)
def test_a_problem_is_readable_and_holds_no_value(running: Running, number: str, expected: str) -> None:
    done = here("ask", "-", "--typ", "FK:SGI", "--url", running.gateway, given=number)
    assert done.status == 1
    assert f"({expected})" in done.err
    assert "/personnummer: expected" in done.err
    assert done.out == ""
    assert not find_leaks(done.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--typ", "FK:NEJ"),
        ("--typ", "nej/FK:SJP"),
        ("--typ", "beslut/FK:SJP"),
        ("--typ", "FK:SJP", "--from", "igår"),
        ("--typ", "FK:SJP", "--url", "nej"),
        ("--typ", "FK:SJP", "--key-file", "/finns/inte"),
        ("--typ", "FK:SJP", "--ca", "/finns/inte"),
        ("--typ", "FK:SJP", "--version", "v9\n"),
        ("--typ", "FK:SJP", "--purpose", "a\r\nx: y"),
        ("--typ", "FK:SJP", "--ground", "Å"),
        (),
    ],
)
def test_a_wrong_command_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert here("ask", "-", *arguments, given=UNKNOWN).status == 2


def test_no_gateway_there() -> None:
    done = here("ask", "-", "--typ", "FK:SJP", "--url", "http://127.0.0.1:1", given=UNKNOWN)
    assert done.status == 1
    assert "is `lefi serve` running there?" in done.err


def test_what_answers_is_no_gateway(running: Running) -> None:
    done = here("ask", "-", "--typ", "FK:SJP", "--url", running.twin, given=UNKNOWN)
    assert done.status == 1
    assert "the answer is not one of a LEFI gateway (HTTP 404)" in done.err


@pytest.mark.parametrize(("day", "expected"), [("199001139907", "503"), ("199001079905", "502")])
def test_an_upstreams_failure_is_told_as_the_gateway_told_it(running: Running, day: str, expected: str) -> None:
    done = here("ask", "-", "--typ", "FK:SGI", "--url", running.gateway, given=day)
    assert done.status == 1
    assert f"({expected})" in done.err


def test_every_type_has_a_class_by_default_and_every_class_can_be_named() -> None:
    for klass, types in KLASSENS_TYPER.items():
        for typ in types:
            assert words.asked(f"{klass}/{typ}") == (klass, typ)
            assert typ in KLASSENS_TYPER[words.asked(typ)[0]]  # type: ignore[index]
    assert words.asked("FK:AP")[0] == "formansinformation"
    assert words.asked("PM:AP")[0] == "beslut"
    assert words.asked("PM:PBH")[0] == "ovrig_information"


def test_serve_says_loudly_that_it_asks_for_no_key() -> None:
    with subprocess.Popen(
        [BIN / "lefi", "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(4)]
        process.terminate()
        err = process.communicate(timeout=60)[1]
    assert "listening on   http://127.0.0.1:" in lines[1]
    assert "/docs" in lines[2]
    assert "NO CONSUMER IS CONFIGURED" in err
    assert "NO UPSTREAM IS CONFIGURED" in err


def test_serve_without_consumers_keeps_to_loopback() -> None:
    done = lefi("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104  it is refused
    assert done.status == 2
    assert "server.host: expected a loopback address" in done.err


def test_a_port_that_is_taken(running: Running) -> None:
    done = lefi("serve", "--port", running.gateway.rpartition(":")[2])
    assert done.status == 1
    assert "cannot listen at 127.0.0.1" in done.err


def test_the_server_does_not_say_what_it_is(running: Running) -> None:
    assert "server" not in request(running.gateway, "GET", "/health").headers


def test_a_key_is_sent_from_a_file_or_the_environment(running: Running, tmp_path: Path) -> None:
    hashed = hashlib.sha256(b"nyckeln").hexdigest()
    (tmp_path / "gateway.toml").write_text(
        f'[[consumers]]\nname = "a"\nkey_sha256 = "{hashed}"\npurposes = ["a"]\ngrounds = ["a"]\n', encoding="utf-8"
    )
    (tmp_path / "key").write_text("nyckeln\n", encoding="utf-8")
    arguments = ("--config", str(tmp_path / "gateway.toml"), "--upstream", f"v9={running.twin}/rest", "--port", "0")
    with started("serve", *arguments) as url:
        ask = ("ask", "-", "--typ", "FK:PANV", "--url", url)
        assert "(401)" in here(*ask, given=UNKNOWN).err
        assert "nothing to report" in here(*ask, "--key-file", tmp_path / "key", given=UNKNOWN).out
        assert here(*ask, given=UNKNOWN, env={"LEFI_KEY": "nyckeln"}).status == 0
        assert "(401)" in here(*ask, given=UNKNOWN, env={"LEFI_KEY": "fel"}).err


@prints
def test_the_twin_over_tls_is_asked_with_its_client_certificate(tmp_path: Path) -> None:
    with started("twin", "--port", "0", "--tls", "--certificates", str(tmp_path / "c")) as twin:
        for certificate in ('{ pkcs12 = "c/client.p12" }', '{ certificate = "c/client.pem", key = "c/client.key" }'):
            (tmp_path / "gateway.toml").write_text(
                f'[upstreams.prod]\nversion = "v9"\nurl = "https://127.0.0.1:1"\nca = "{tmp_path}/c/ca.pem"\n'
                f"client_certificate = {certificate.replace('c/', f'{tmp_path}/c/')}\n",
                encoding="utf-8",
            )
            arguments = ("--config", str(tmp_path / "gateway.toml"), "--upstream", f"prod={twin}/rest", "--port", "0")
            with started("serve", *arguments) as url:
                done = here("ask", "-", "--typ", "FK:SGI", *PERIOD, "--url", url, given=SICK)
                assert done.status == 0, done.err
                assert "upstream prod" in done.out


def test_a_command_that_does_not_start_says_why() -> None:
    with pytest.raises(DemoError, match="expected a loopback address"), started("serve", "--host", "192.0.2.1"):
        pytest.fail("it started")


def test_the_wanted_version_is_asked(running: Running) -> None:
    ask = ("ask", "-", "--typ", "FK:PANV", "--url", running.gateway)
    assert here(*ask, "--version", "v9", given=UNKNOWN).status == 0
    assert "(404)" in here(*ask, "--version", "v1", given=UNKNOWN).err


def test_nothing_of_a_person_is_written_by_the_servers() -> None:
    """The real transcript: what twin and gateway write while they are asked, refused and failing."""
    processes = []
    try:
        twin = subprocess.Popen([BIN / "lefi", "twin", "--port", "0"], stdout=-1, stderr=-2, text=True)
        processes.append(twin)
        assert twin.stdout
        address = [twin.stdout.readline() for _ in range(3)][1].split()[-1]
        command = ["serve", "--port", "0", "--upstream", f"v9={address}/rest"]
        gateway = subprocess.Popen([BIN / "lefi", *command], stdout=-1, stderr=-2, text=True)
        processes.append(gateway)
        assert gateway.stdout
        line = ""
        while "listening on" not in line:
            line = gateway.stdout.readline()
        url = line.split()[-1]
        for number in (SICK, PENSIONER, FK_DOWN, "199001239905", "199001019801", "198504129803x"):
            here("ask", "-", "--typ", "FK:SJP", "--typ", "PM:AP", "--typ", "FK:GEPI", "--url", url, given=number)
        request(url, "GET", f"/v1/{SICK}?personnummer={SICK}")
        request(url, "POST", f"/rest/{SICK}", body=SICK.encode())
    finally:
        for process in processes:
            process.terminate()
    written = [process.communicate(timeout=60)[0] for process in processes]
    assert '"event": "answered"' in written[1]
    assert [leak for text in written for leak in find_leaks(text, {"Låtsasgren"})] == []
