"""Every command in the documents is run, and what they say is printed is printed.

What is run in another way than a reader would is listed in this file: `make …` would set the project up once more, so
its recipe is looked at instead (the demonstration itself is run by test_demo.py, the tests by whoever runs this one);
what serves is started by a fixture, with free ports for the documented ones.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import errors, problems
from gateway.cli import words
from gateway.demo import started
from gateway.settings import load, schema
from gateway.twin import certificates
from schemas.koder import KLASSER
from tests.cli.documents import Block, Step, blocks, matches, steps
from tests.cli.running import Running, clean_environment
from tests.conftest import ROOT

DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
COMMANDS = [
    pytest.param(path, step, id=f"{path.name}:{step.line}:{step.command.split()[0]}-{index}")
    for path in DOCUMENTS
    for block in blocks(path)
    if block.language in {"sh", "console"}
    for index, step in enumerate(steps(block))
]
TOML = [
    pytest.param(block, id=f"{path.name}:{block.line}")
    for path in DOCUMENTS
    for block in blocks(path)
    if block.language == "toml"
]
# What `make -n` has to say that the target would run.
RECIPES = {"make demo": "-m gateway.demo", "make test": "-m pytest"}
TWIN_PORT, GATEWAY_PORT = "8081", "8080"
prints = pytest.mark.prints_values("the documents show the answer that they ask for")


def serving(step: Step) -> bool:
    return step.command.startswith(("lefi serve", "lefi twin"))


def documented(kind: str) -> list[list[str]]:
    """The documented commands that start a server of that kind, as arguments."""
    found: list[list[str]] = []
    for param in COMMANDS:
        step = param.values[1]
        assert isinstance(step, Step)
        if step.command.startswith(f"lefi {kind}"):
            found.append(step.command.split()[1:])
    return found


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    """Twin and gateway by the README's own commands, on free ports."""
    (twin_command,) = documented("twin")
    serve_command = next(each for each in documented("serve") if "--upstream" in each)
    with started(*(part.replace(TWIN_PORT, "0") for part in twin_command)) as twin:
        own_port = twin.rpartition(":")[2]
        arguments = (part.replace(GATEWAY_PORT, "0").replace(TWIN_PORT, own_port) for part in serve_command)
        with started(*arguments) as gateway:
            yield Running(twin, gateway)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a reader has who followed the README: its gateway.toml, and certificates."""
    certificates.make(tmp_path / "certificates", "127.0.0.1")
    (config,) = (block for block in blocks(ROOT / "README.md") if block.language == "toml")
    (tmp_path / "gateway.toml").write_text(config.text, encoding="utf-8")
    return tmp_path


def test_the_documents_have_commands() -> None:
    assert len(COMMANDS) >= 10


@prints
@pytest.mark.parametrize(("path", "step"), COMMANDS)
def test_a_documented_command_does_what_the_document_says(
    path: Path, step: Step, house: Running, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if step.command in RECIPES:
        assert path.name == "README.md"
        recipe = subprocess.check_output(
            ["make", "-n", "--old-file=.venv/.installed", *step.command.split()[1:]], cwd=ROOT, text=True
        )
        assert RECIPES[step.command] in recipe
        return
    if serving(step):
        if "--config" in step.command:
            monkeypatch.chdir(folder)
            with started(*step.command.split()[1:], "--port", "0") as url:
                assert url.startswith("http://127.0.0.1:")
        return  # the others are what `house` started
    command = step.command.replace(f"127.0.0.1:{GATEWAY_PORT}", house.gateway.removeprefix("http://"))
    command = re.sub(r"\blefi ask ", f"lefi ask --url {house.gateway} ", command)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    assert matches(step.output or "", done.stdout), done.stdout


@pytest.mark.parametrize("block", TOML)
def test_a_documented_configuration_can_be_used(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "it.toml").write_text(block.text, encoding="utf-8")
    assert load(folder / "it.toml").upstreams.keys() == tomllib.loads(block.text)["upstreams"].keys()


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    parts = schema()["$defs"]
    names = {name for part in ("Server", "UpstreamSettings", "Consumer") for name in parts[part]["properties"]}
    assert {name for name in names if f"| `{name}` |" not in text} == set()


def test_every_outcome_class_and_problem_is_documented() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert {outcome for outcome in words.OUTCOMES if f"| `{outcome}` |" not in text} == set()
    assert {klass for klass in KLASSER if f"`{klass}`" not in text} == set()
    assert {error.type for error in problems.classes(errors.GatewayError) if f"`{error.type}`" not in text} == set()


def test_links_between_documents_lead_somewhere() -> None:
    for path in (*DOCUMENTS, ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\n", "a   \n", True),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\n", "a\n", True),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b d\n", False),
        ("a\n", "a\nb\n", False),
        ("", "b\n", False),
    ],
)
def test_outputs_are_compared(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same


def test_commands_are_found() -> None:
    block = Block("console", "$ one 'a\n b' c\nout\n$ two\n$ three\nmore\nlines\n", 1)
    assert [(step.command, step.output) for step in steps(block)] == [
        ("one 'a\n b' c", "out\n"),
        ("two", ""),
        ("three", "more\nlines\n"),
    ]
