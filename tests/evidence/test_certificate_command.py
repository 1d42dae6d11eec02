"""`lefi certificate`: a key, a certificate, its verification and its page, as a person makes them."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import html

from gateway import clock
from tests.cli.running import here
from tests.evidence.cases import Tree, evidence


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys, and evidence from yesterday."""
    assert here("certificate", "key", "--output", tmp_path / "own.key").status == 0
    write(tmp_path, evidence())
    return tmp_path


def write(folder: Path, tree: Tree, name: str = "evidence.json") -> None:
    yesterday = clock.today() - timedelta(days=1)
    days = {"first_day": (yesterday - timedelta(days=9)).isoformat(), "last_day": yesterday.isoformat()}
    rules = [dict(rule, expires=(yesterday + timedelta(days=90)).isoformat()) for rule in tree["rules"]]
    (folder / name).write_text(json.dumps(tree | days | {"rules": rules}), encoding="utf-8")


def issued(folder: Path) -> Path:
    arguments = ("--key", folder / "own.key", "--output", folder / "certificate.json")
    done = here("certificate", "issue", folder / "evidence.json", *arguments)
    assert done.status == 0, done.err
    return folder / "certificate.json"


def test_a_key_is_its_owners_alone_and_never_overwritten(folder: Path) -> None:
    assert stat.S_IMODE((folder / "own.key").stat().st_mode) == 0o600
    before = (folder / "own.key").read_bytes()
    done = here("certificate", "key", "--output", folder / "own.key")
    assert (done.status, "expected" in done.err) == (2, True)
    assert (folder / "own.key").read_bytes() == before
    assert here("certificate", "key", "--output", folder / "own.pub").status == 2


def test_issued_and_verified(folder: Path) -> None:
    verify = ("certificate", "verify", issued(folder), "--key", folder / "own.pub")
    done = here(*verify, "--consumer", "kommunen", "--type", "formansinformation/FK:SJP", "--from", "v7", "--to", "v9")
    assert done.status == 0, done.out
    assert done.out.startswith("holds: kommunen from v7 to v9\n")
    assert "formansinformation/FK:SJP: below 0.000849182 at 0.95, 2 fields covered, 0 not, 1 rare" in done.out
    other = here(*verify, "--consumer", "regionen", "--rate", "0.0001")
    assert other.status == 1
    assert other.out.count("does not hold: ") == 2
    assert here(*verify, "--type", "FK:SJP").status == 2


def test_evidence_that_does_not_reach_its_claim_is_not_signed(folder: Path) -> None:
    tree = evidence()
    tree["types"][0]["disagreed"] = 12
    write(folder, tree)
    done = here(
        *("certificate", "issue", folder / "evidence.json", "--key", folder / "own.key"),
        *("--output", folder / "certificate.json"),
    )
    assert done.status == 1
    assert "goal: formansinformation/FK:SJP: disagreement" in done.err
    assert not (folder / "certificate.json").exists()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"consumer": "19850412-9803"}'])
def test_a_file_that_is_no_evidence_is_refused_without_its_values(folder: Path, content: str) -> None:
    (folder / "evidence.json").write_text(content, encoding="utf-8")
    done = here(
        *("certificate", "issue", folder / "evidence.json", "--key", folder / "own.key"),
        *("--output", folder / "certificate.json"),
    )
    assert (done.status, done.out) == (2, "")
    assert "evidence.json: " in done.err
    assert "9803" not in done.err


@pytest.mark.parametrize("key", ["evidence.json", "own.key", "missing.pub"])
def test_what_is_no_public_key_is_refused(folder: Path, key: str) -> None:
    done = here("certificate", "verify", issued(folder), "--key", folder / key)
    assert (done.status, done.err) == (2, done.err)
    assert done.err.startswith("--key: expected")


def test_the_page_says_everything_and_fetches_nothing(folder: Path) -> None:
    page = ("--key", folder / "own.pub", "--output", folder / "page.html")
    assert here("certificate", "page", issued(folder), *page).status == 0
    document = html.fromstring((folder / "page.html").read_bytes())
    text = document.text_content()
    own = json.loads((folder / "certificate.json").read_text("utf-8"))
    for wanted in (
        *("kommunen", "v7", "REKONSTRUERAT", "Giltigt när det skrevs ut", "Cutover certificate", "partial dates"),
        *(own["signature"]["value"], own["signature"]["key"], own["certificate"]["valid_until"], "a" * 64, "b" * 64),
        *("Förvaltning LEFI", "no longer given out", "0,0849182\N{NO-BREAK SPACE}%", "5\N{NO-BREAK SPACE}003"),
        *("20-29: 1\N{NO-BREAK SPACE}000", "30-39: -", "75-: <5", "månad / month: 4\N{NO-BREAK SPACE}080"),
        "arenden.sjukpenning[].beslut[].utfall.kod",
    ):
        assert wanted in text, wanted
    assert document.xpath("//script | //link | //img | //@src | //@href") == []


def test_the_page_of_one_that_no_longer_holds_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, page = issued(folder), ("--key", folder / "own.pub", "--output", folder / "page.html")
    later = clock.today() + timedelta(days=40)
    monkeypatch.setattr(clock, "today", lambda: later)
    assert here("certificate", "page", certificate, *page).status == 0
    assert "GÄLLER INTE" in (folder / "page.html").read_text("utf-8")


def test_what_was_not_signed_is_not_printed(folder: Path) -> None:
    certificate, page = issued(folder), ("--key", folder / "own.pub", "--output", folder / "page.html")
    certificate.write_bytes(certificate.read_bytes().replace(b"kommunen", b"regionen"))
    done = here("certificate", "page", certificate, *page)
    assert (done.status, done.err) == (1, "not printed: signature: the content is not what was signed\n")
    assert not (folder / "page.html").exists()


def test_markup_in_a_text_is_text_on_the_page(folder: Path) -> None:
    tree = evidence()
    tree["rules"][0]["reason"] = "<script>alert(1)</script>"
    write(folder, tree)
    here("certificate", "page", issued(folder), "--key", folder / "own.pub", "--output", folder / "page.html")

    class Scripts(HTMLParser):
        found = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the library's
            self.found += tag == "script"

    scripts = Scripts()
    scripts.feed((folder / "page.html").read_text("utf-8"))
    assert scripts.found == 0
