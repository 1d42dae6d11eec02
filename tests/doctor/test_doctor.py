"""`lefi doctor`: what it says where all is well, of the agency's own hosts, and of other ways of being asked."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import tomlkit
import trustme

from gateway.doctor import agency
from gateway.doctor.agency import Published
from gateway.twin import certificates
from gateway.twin.app import create_twin
from tests.cli.running import here
from tests.conftest import ROOT
from tests.doctor.faults import HTML, ledger
from tests.doctor.planting import (
    CA,
    CONSUMER,
    NOBODYS_CA,
    OTHER_CA,
    Plot,
    tls_twin,
)
from tests.service.running import Stub, request, serve
from tests.service.ssbtek import TERMS
from tests.twin.running import running


def test_where_all_is_well_every_check_says_so(plot: Plot) -> None:
    plot.whole["consumers"] = [CONSUMER]
    with ledger(plot):
        status, found = plot.findings()
    assert status == 0
    assert {one["verdict"] for one in found} == {"ok", "skipped"}
    assert {one["check"] for one in found if one["verdict"] == "skipped"} <= {"same-authority"}
    assert len(found) >= 22


def test_consumers_of_their_own_file_count(plot: Plot) -> None:
    plot.upstream["aktors_id"] = "begransad"
    file = plot.folder / "consumers.toml"
    file.write_text(tomlkit.dumps({"consumers": [{**CONSUMER, "informationstyper": ["FK:BOB"]}]}), encoding="utf-8")
    plot.whole["consumers_file"] = str(file)
    assert [*bad_ones(plot.findings()[1])] == ["entitlements"]
    file.write_text("[[consumers]]", encoding="utf-8")
    status, found = plot.findings()
    assert (status, [*bad_ones(found)]) == (2, ["settings"])


def test_a_version_that_only_a_broken_contract_speaks_is_not_asked(plot: Plot) -> None:
    overlay = plot.folder / "overlay.toml"
    overlay.write_text('like = "v6"\n', encoding="utf-8")
    environment = {"LEFI_CONTRACT_STORE": str(plot.folder / "contracts")}
    added = here("contracts", "add", ROOT / "wsdl" / "v6", "--version", "8", "--overlay", overlay, env=environment)
    assert added.status in (0, 1), added.err
    (plot.folder / "contracts" / "v8" / "files" / "ny.xsd").touch()
    plot.upstream |= {"version": "v8", "url": f"{plot.twin}/ws"}
    status, found = plot.findings()
    assert (status, [*bad_ones(found)]) == (1, ["contracts"])
    assert "as long as its contract cannot be used" in next(one["found"] for one in found if one["check"] == "service")


def test_the_twin_by_its_own_command_is_well_but_for_its_authority(tmp_path: Path) -> None:
    files = certificates.make(tmp_path / "certificates", "127.0.0.1")
    with running(files) as there:
        file = tmp_path / "gateway.toml"
        file.write_text(
            f'state = "{tmp_path}/state"\n[upstreams.v9]\nurl = "https://127.0.0.1:{there.port}/rest"\n'
            f'ca = "{files.ca}"\nclient_certificate = {{ pkcs12 = "{files.client_pkcs12}" }}\n',
            encoding="utf-8",
        )
        done = here("doctor", "--config", file)
    assert done.status == 0
    assert " 1 warning" in done.out
    assert "neither Expisoft (formerly Steria) nor SITHS" in done.out
    assert "failed" not in done.out


def test_a_ledger_that_was_never_used_is_no_fault_and_is_not_made(plot: Plot) -> None:
    status, found = plot.findings()
    said = {one["found"] for one in found if one["check"].startswith("ledger-")}
    assert (status, said) == (0, {"not asked, since the gateway has not made it yet"})
    assert not [*Path(plot.whole["state"]).iterdir()]


def test_a_row_is_tried_and_none_is_left_behind(plot: Plot) -> None:
    with ledger(plot) as folder:
        for _ in range(2):
            found = plot.findings()[1]
            assert "the chain holds: 3 rows" in [one["found"] for one in found]
        with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as db:
            assert db.execute("SELECT count(*) FROM ledger").fetchone() == (3,)


# -------------------------------------------------------------------------------------------------- the agency's hosts


@pytest.fixture
def agencys(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this machine the agency's: its production under one name, its test environment under another."""

    def make(address: str = "127.0.0.1") -> None:
        hosts = {"127.0.0.1": Published("production", address), "localhost": Published("test", "127.0.0.1")}
        monkeypatch.setattr(agency, "HOSTS", hosts)

    return make


def test_the_agencys_hosts_are_at_their_published_addresses(plot: Plot, agencys: Callable[..., None]) -> None:
    agencys()
    status, found = plot.findings()
    assert status == 0
    assert "as the agency publishes it (production)" in next(one["found"] for one in found if one["check"] == "name")


def bad_ones(found: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {one["check"]: (one["verdict"], one["found"]) for one in found if one["verdict"] in ("failed", "warning")}


def test_another_address_than_the_published_one_is_told(plot: Plot, agencys: Callable[..., None]) -> None:
    agencys("194.71.65.44")
    status, found = plot.findings()
    assert bad_ones(found) == {
        "name": ("warning", "127.0.0.1 is 127.0.0.1; the agency publishes 194.71.65.44"),
    }
    assert status == 0


def test_the_agency_is_not_asked_as_a_placeholder(plot: Plot, agencys: Callable[..., None]) -> None:
    agencys()
    del plot.upstream["aktors_id"]
    status, found = plot.findings()
    assert (status, [*bad_ones(found)]) == (1, ["aktors-id"])


def test_the_agency_takes_certificates_of_two_authorities(plot: Plot, agencys: Callable[..., None]) -> None:
    agencys()
    with tls_twin(trusts=(NOBODYS_CA,)) as url:
        plot.upstream["url"] = f"{url}/rest"
        plot.upstream["client_certificate"] = plot.certificate(NOBODYS_CA.issue_cert("client.example"))
        status, found = plot.findings()
    assert (status, [*bad_ones(found)]) == (1, ["client-issuer"])


@pytest.mark.parametrize(("other", "expected"), [(OTHER_CA, ["same-authority"]), (CA, [])])
def test_test_and_production_want_the_same_authority(
    plot: Plot, agencys: Callable[..., None], other: trustme.CA, expected: list[str]
) -> None:
    agencys()
    with tls_twin(trusts=(CA, OTHER_CA)) as url:
        plot.upstream["url"] = f"{url}/rest"
        own = plot.certificate(other.issue_cert("client.example"))
        test = {"url": f"{url.replace('127.0.0.1', 'localhost')}/rest", "client_certificate": own}
        plot.whole["upstreams"] = {"test": plot.upstream | test}
        status, found = plot.findings()
    assert (status, [*bad_ones(found)]) == (int(bool(expected)), expected)


def test_the_agency_is_better_asked_by_its_own_contract(plot: Plot, agencys: Callable[..., None]) -> None:
    agencys()
    plot.upstream |= {"version": "v7", "url": f"{plot.twin}/ws"}
    status, found = plot.findings()
    assert bad_ones(found) == {"reconstructed": ("warning", "asked by a reconstructed contract: prod (v7)")}
    assert status == 0


# -------------------------------------------------------------------------------------------- other ways of being asked


@pytest.mark.parametrize("version", ["v5", "v6", "v7"])
def test_a_version_without_a_look_up_is_only_connected_to(plot: Plot, version: str) -> None:
    plot.upstream |= {"version": version, "url": f"{plot.twin}/ws"}
    status, found = plot.findings()
    assert status == 0
    unasked = {one["check"] for one in found if one["upstream"] and one["verdict"] == "skipped"}
    assert unasked == {"service", "clock", "entitlements"}


def test_through_ssbtek_its_ping_is_sent(plot: Plot) -> None:
    plot.upstream |= {"envelope": "ssbtek", "url": f"{plot.twin}/ssbtek", "ssbtek": TERMS}
    status, found = plot.findings()
    assert status == 0
    assert "it answers SSBTEK's ping" in [one["found"] for one in found]
    assert {one["check"] for one in found if one["upstream"] and one["verdict"] == "skipped"} == {"entitlements"}


def test_a_page_in_place_of_ssbtek_is_named(plot: Plot) -> None:
    stub = Stub()
    stub.answer = HTML
    with tls_twin(stub) as url:
        plot.upstream |= {"envelope": "ssbtek", "url": url, "ssbtek": TERMS}
        status, found = plot.findings()
    said = "it answers HTTP 200 with text/html, which is no answer to SSBTEK's ping"
    assert (status, bad_ones(found)) == (1, {"service": ("failed", said)})


def test_plain_http_is_for_this_machine_alone(plot: Plot) -> None:
    with serve(create_twin()) as url:
        plot.upstream["url"] = f"{url}/rest"
        assert plot.findings()[0] == 0


def test_what_is_looked_at_tells_the_twin_of_no_question(plot: Plot) -> None:
    with serve(create_twin()) as url:
        plot.upstream["url"] = f"{url}/rest"
        plot.findings()
        counted = request(url, "GET", "/raknare").tree
    assert counted == {"fragor": {"v9 behorighet": 1}, "personer": {}}


# ------------------------------------------------------------------------------------------------------- the command


def test_an_actor_in_a_form_that_cannot_be_is_named_with_the_settings(plot: Plot) -> None:
    plot.upstream["aktors_id"] = "../nagon"
    done = plot.examined()
    assert done.status == 2
    assert "upstreams.prod.aktors_id" in done.err
    assert "nagon" not in done.err + done.out


def test_settings_of_an_upstream_that_cannot_be_used_are_named_and_the_rest_is_not_asked(plot: Plot) -> None:
    plot.upstream["ca"] = str(plot.folder / "nothing.pem")
    status, found = plot.findings()
    assert status == 2
    assert [(one["check"], one["found"]) for one in found if one["verdict"] == "failed"] == [
        ("settings", "upstreams.prod.ca: expected a file that can be read")
    ]
    assert {one["verdict"] for one in found if one["upstream"] == "prod"} <= {"failed", "skipped", "ok"}
    assert "not asked, since settings does not hold" in [one["found"] for one in found if one["check"] == "name"]


def test_one_upstream_can_be_looked_at_alone(plot: Plot) -> None:
    plot.whole["upstreams"] = {"gammal": {"version": "v7", "url": "https://lefi.invalid/ws"}}
    done = plot.examined("--upstream", "prod")
    assert done.status == 0
    assert "upstream gammal" not in done.out
    assert plot.examined("--upstream", "nej").status == 2


def test_people_are_told_verdict_finding_and_remedy(plot: Plot) -> None:
    plot.upstream["aktors_id"] = "okand"
    done = plot.examined()
    assert done.status == 1
    assert "failed" in done.out
    assert "→ check aktors_id" in done.out
    assert " 1 failed" in done.out
