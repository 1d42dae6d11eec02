"""The day the agency's contract comes: version 6's with other names, places, namespace and files is installed, and
everything that held of version 6 holds of it: the matrix's row and column, and every message to the letter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from gateway.twin.source import State, answer
from gateway.versions import built_in, discover
from tests import test_matrix
from tests.cli.running import here
from tests.contracts import drill
from tests.test_matrix import FACES, UPSTREAMS, gateways, heard, ordinary, speakable
from tests.test_matrix import test_every_person_is_answered_with_the_truth_less_what_is_declared as check_pair
from tests.twin.running import EVERYTHING, TODAY, fraga

__all__ = ["gateways"]
VERSION = "v6"


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The changed contract, installed by the command; what it printed."""
    folder = tmp_path_factory.mktemp("contracts")
    drill.write_zip(folder / "from-the-agency.zip")
    (folder / "overlay.toml").write_text(drill.OVERLAY, encoding="utf-8")
    assert len(drill.OVERLAY.splitlines()) <= 20
    store = {"LEFI_CONTRACT_STORE": str(folder / "store")}
    arguments = [str(folder / "from-the-agency.zip"), "--version", "6", "--overlay", str(folder / "overlay.toml")]
    done = here("contracts", "add", *arguments, env=store)
    assert done.status == 0, done.err
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEFI_CONTRACT_STORE", store["LEFI_CONTRACT_STORE"])
        discover.cache_clear()
        yield done.out
    discover.cache_clear()


ROW = [(face, VERSION) for face in FACES] + [(VERSION, upstream) for upstream in UPSTREAMS if upstream != VERSION]


@pytest.mark.parametrize(("face", "upstream"), ROW)
def test_the_row_and_the_column_of_the_matrix_are_green_again(
    gateways: dict[str, str],
    face: str,
    upstream: str,
) -> None:
    check_pair(gateways, face, upstream)


def test_every_message_is_the_old_one_turned_by_hand() -> None:
    """What the installed contract makes of a message is what a person makes of the reconstruction's."""
    old, new = built_in()[VERSION], discover()[VERSION]
    assert old.face and new.face and old.upstream and new.upstream  # noqa: PT018
    door = test_matrix.Door(VERSION)
    for one in ordinary():
        question = speakable(door, fraga(one.personnummer, EVERYTHING))
        asked = [upstream.render_question(question, "prov").body for upstream in (old.upstream, new.upstream)]
        assert same(*asked), "question"
        svar = {**answer(one, heard(door, question), State()), "tackning": [], "kalla": {"version": VERSION}}
        rendered = [face.render_answer(svar) for face in (old.face, new.face)]
        assert same(*(response.body for response, _ in rendered)), one.about
        assert [note.text for note in rendered[0][1]] == [note.text for note in rendered[1][1]]
        parsed = [
            upstream.parse_answer(response, TODAY)
            for upstream, (response, _) in zip((old.upstream, new.upstream), rendered, strict=True)
        ]
        assert parsed[0] == parsed[1]


def same(old: bytes, new: bytes) -> bool:
    """Whether the new message is the old one in the form of the changed contract."""
    envelopes = [etree.fromstring(message) for message in (old, new)]
    payloads = [next(envelope.iterfind("{http://schemas.xmlsoap.org/soap/envelope/}Body/*")) for envelope in envelopes]
    return in_order(drill.turned(payloads[0])) == in_order(payloads[1])


def in_order(element: etree._Element) -> tuple[Any, ...]:
    """An element as its name, its text and what is in it, whatever the order of what is named differently."""
    children = [in_order(child) for child in element]
    return element.tag, element.text, sorted(children, key=lambda child: child[0])


def test_everything_of_it_is_mapped_and_nothing_is_gone(installed: str) -> None:
    lines = [line.split() for line in installed.splitlines()]
    counts = {
        line[0]: [int(cell) for cell in line[1:]] for line in lines if line and line[0] in ("fraga", "svar", "fel")
    }
    assert {noun: row[1:4] for noun, row in counts.items()} == {noun: [0, 0, 0] for noun in ("fraga", "svar", "fel")}
    assert counts["svar"][0] > 900
    assert counts["svar"][4] >= len(drill.NAMES)


def test_the_lists_say_that_it_is_official(installed: str) -> None:
    assert "sha256" in installed
    store = {"LEFI_CONTRACT_STORE": os.environ["LEFI_CONTRACT_STORE"]}
    lines = here("contracts", "list", env=store).out.splitlines()
    assert next(line for line in lines if line.startswith("v6")).split()[1] == "official"
    assert next(line for line in lines if line.startswith("v7")).split()[1] == "reconstructed"
    assert here("contracts", "check", env=store).status == 0
