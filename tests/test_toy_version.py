"""Adding a version is one new folder: a gateway that nobody changed finds version 99 and speaks it both ways."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.leaks import find_leaks
from tests.service.running import (
    ASK_V9,
    PERIOD,
    PERSON,
    Reply,
    Stub,
    question,
    question_v9,
    request,
    says,
    serve,
    states,
)

ROOT = Path(__file__).resolve().parent.parent
TOY = Path(__file__).parent / "service" / "toy_v99.py"
NAME = "Testan Testdotter"
SJP = ("formansinformation", "FK:SJP")
BOB = ("formansinformation", "FK:BOB")
GEPI = ("ovrig_information", "FK:GEPI")

# The service as it is: the two lines that know of a folder stand for an installation into it.
SERVICE = """
import os, sys
import adapters
adapters.__path__.extend(sys.argv[2:])
import uvicorn
from gateway import logs
from gateway.app import create_app
from gateway.settings import Settings
logs.configure()
upstreams = dict(part.split("=") for part in sys.argv[1].split(","))
app = create_app(Settings(upstreams={name: {"url": url} for name, url in upstreams.items()}))
server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
class Told(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
Told(server.config).run()
"""


@dataclass
class World:
    """A gateway in a process of its own, and an agency of each of two versions."""

    url: str
    v9: Stub
    v99: Stub

    def ask(self, tree: Any, path: str = "/v1/fragor", version: str | None = None) -> Reply:
        headers = {"content-type": "application/json"} | ({"lefi-version": version} if version else {})
        return request(self.url, "POST", path, body=json.dumps(tree).encode(), headers=headers)


def folder(where: Path) -> tuple[list[str], dict[str, str]]:
    """The version as a sub-package of `adapters`: arguments and environment that make it known."""
    (where / "v99").mkdir()
    (where / "v99" / "__init__.py").write_bytes(TOY.read_bytes())
    return [str(where)], {}


def entry_point(where: Path) -> tuple[list[str], dict[str, str]]:
    """The version as another distribution, known by its entry point."""
    (where / "elsewhere_v99.py").write_bytes(TOY.read_bytes())
    (where / "elsewhere-1.dist-info").mkdir()
    (where / "elsewhere-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (where / "elsewhere-1.dist-info" / "entry_points.txt").write_text("[lefi_gateway.adapters]\nv99 = elsewhere_v99\n")
    return [], {"PYTHONPATH": str(where)}


@pytest.fixture(scope="module", params=[folder, entry_point])
def everything(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    where = tmp_path_factory.mktemp("toy")
    arguments, environment = request.param(where)
    v9, v99 = Stub(), Stub()
    with contextlib.ExitStack() as stack:
        v9.url, v99.url = stack.enter_context(serve(v9)), stack.enter_context(serve(v99))
        command = [sys.executable, "-c", SERVICE, f"v9={v9.url}/rest,v99={v99.url}", *arguments]
        written = stack.enter_context((where / "stderr").open("w"))
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=written, text=True
        )
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, (where / "stderr").read_text()
            yield World(f"http://127.0.0.1:{port}", v9, v99)
        finally:
            process.terminate()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()
    log = (where / "stderr").read_text()
    assert '"event": "answered"' in log
    assert not find_leaks(log, (NAME, PERSON, PERSON[2:]))


@pytest.fixture
def world(everything: World, secrets: set[str]) -> World:
    secrets.add(NAME)
    everything.v9.reset()
    everything.v99.reset()
    person = {"pnr": PERSON, "fullName": NAME, "barn": [{"namn": "Lill-Testan"}]}
    everything.v99.answer = says(
        {
            "answer": {
                "formansinformation": {"generellPersoninformation": [person], "sjukpenningarende": [{"aktivt": True}]},
                "utlamnare": states(),
                "newer": {"than": ["everything"]},
            }
        }
    )
    married = {"personnummer": PERSON, "namn": NAME, "civilstand": {"id": 1, "beskrivning": "Gift"}}
    everything.v9.answer = says(
        {
            "formansinformation": {"generellPersoninformation": [married], "sjukpenningarende": [{"aktivt": True}]},
            "utlamnare": states(),
        }
    )
    return everything


def test_the_gateway_knows_it(world: World) -> None:
    versions = {one["version"]: one for one in request(world.url, "GET", "/v1/versioner").tree["versioner"]}
    assert versions.keys() >= {"v9", "v99"}
    assert versions["v99"]["kontrakt"] == "rekonstruerat"
    assert versions["v99"]["uppstroms"] == ["v99"]
    assert versions["v99"]["falt"] == versions["v9"]["falt"] - 2, "a marital status is a code and a text"


def test_a_question_of_the_stable_api_is_answered_from_it(world: World) -> None:
    reply = world.ask(question(SJP, GEPI))
    assert reply.status == 200, reply.text
    (asked,) = world.v99.questions
    assert asked.path == "/v99/questions"
    assert asked.tree == {
        "asker": "lefi-gateway",
        "question": {
            "pnr": PERSON,
            "period": {"first": PERIOD["from"], "last": PERIOD["tom"]},
            "formansinformation": ["FK:SJP"],
            "ovrigInformation": ["FK:GEPI"],
        },
    }
    assert reply.tree["kalla"]["version"] == "v99"
    assert reply.tree["person"] == {"personnummer": PERSON, "namn": NAME, "barn": [{"namn": "Lill-Testan"}]}
    assert [one["utfall"] for one in reply.tree["tackning"]] == ["levererad", "levererad"]
    assert [note["vag"] for note in reply.tree["anmarkningar"]] == ["/newer"]
    assert not world.v99.look_ups
    assert not world.v9.received


def test_a_question_of_its_own_is_answered_from_version_9(world: World) -> None:
    tree = {"pnr": PERSON, "period": {"first": PERIOD["from"], "last": PERIOD["tom"]}, "formansinformation": ["FK:SJP"]}
    reply = world.ask(tree | {"ovrigInformation": ["FK:GEPI"]}, "/v99/en-aktor/questions", "v9")
    assert reply.status == 200, reply.text
    (asked,) = world.v9.questions
    assert asked.tree == question_v9(SJP, GEPI)
    assert asked.path.endswith("/aktorer/en-aktor/formansinformation/fraga")
    assert reply.tree["answer"]["formansinformation"] == {
        "generellPersoninformation": [{"pnr": PERSON, "fullName": NAME}],
        "sjukpenningarende": [{"aktivt": True}],
    }


def test_a_question_of_version_9_is_answered_from_it(world: World) -> None:
    v9 = world.ask(question_v9(SJP, GEPI), ASK_V9)
    assert v9.status == 200, v9.text
    assert len(world.v99.questions) == 1
    (person,) = v9.tree["formansinformation"]["generellPersoninformation"]
    assert person == {"personnummer": PERSON, "namn": NAME, "barn": [{"namn": "Lill-Testan"}]}
    assert "newer" not in v9.tree, "what one version could not place is not put into another"


def test_its_own_question_gets_back_what_nobody_knows(world: World) -> None:
    tree = {"pnr": PERSON, "period": {"first": PERIOD["from"], "last": PERIOD["tom"]}, "formansinformation": ["FK:SJP"]}
    reply = world.ask(tree, "/v99/en-aktor/questions")
    assert reply.tree["answer"]["newer"] == {"than": ["everything"]}


def test_what_it_does_not_have_is_not_asked_and_said(world: World) -> None:
    own = world.ask(question(SJP, BOB)).tree
    assert [(one["informationstyp"], one["utfall"]) for one in own["tackning"]] == [
        ("FK:SJP", "levererad"),
        ("FK:BOB", "finns_ej_i_versionen"),
    ]
    assert own["tackning"][1]["bevis"] == [{"slag": "versionens_formaga"}]
    v9 = world.ask(question_v9(SJP, BOB), ASK_V9).tree
    (deviation,) = v9["avvikelser"]["formansinformation"]
    assert deviation["formansgrupp"]["kod"] == "FK:BOB"
    assert deviation["avvikelse"]["kod"] == "INTERNT_FEL"
    assert [one.tree["question"]["formansinformation"] for one in world.v99.questions] == [["FK:SJP"]] * 2


def test_a_question_of_which_it_has_nothing_is_refused(world: World) -> None:
    own = world.ask(question(BOB))
    assert own.status == 422
    assert own.tree["errors"] == [{"path": "/informationstyper", "expected": "at least one type that v99 has"}]
    v9 = world.ask(question_v9(BOB), ASK_V9)
    assert v9.status == 400
    assert "at least one type that v99 has" in v9.tree["meddelande"]
    assert not world.v99.received
    assert world.ask(question(BOB), version="v9").status == 200


def test_an_error_is_said_in_its_words(world: World) -> None:
    assert world.ask({"pnr": PERSON}, "/v99/en-aktor/questions").tree["no"] == "invalid-request"
    assert world.ask({}, "/v99/../questions").tree["no"] == "invalid-request"
    assert world.ask({}, "/v99/a/b/c").tree["no"] == "not-found"
