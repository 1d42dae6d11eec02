"""`lefi doctor` against a real twin: one thing is broken, and exactly that is named."""

from __future__ import annotations

import ssl

import pytest

from tests.doctor.faults import FAULTS, WARNINGS, Fault
from tests.doctor.planting import (
    Plot,
    speaks,
)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_exactly_the_planted_fault_is_named(plot: Plot, fault: Fault) -> None:
    with fault.plant(plot):
        status, found = plot.findings()
    bad = [one for one in found if one["verdict"] in ("failed", "warning")]
    assert [(one["check"], one["verdict"]) for one in bad] == [(fault.check, "failed")]
    assert fault.says in bad[0]["found"]
    assert fault.remedy in bad[0]["remedy"]
    assert status == 1


VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
OWN = ["no client certificate", "a key of another certificate", "a client certificate that has expired",
       "a client certificate of another authority"]  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS.keys())
@pytest.mark.parametrize("fault", [FAULTS[each] for each in OWN], ids=OWN)
def test_a_client_certificate_of_no_use_is_named_under_both_versions(
    plot: Plot, fault: Fault, version: ssl.TLSVersion
) -> None:
    with speaks(version, asks=True) as plot.upstream["url"], fault.plant(plot):
        status, found = plot.findings()
    assert status == 1
    assert [one["check"] for one in found if one["verdict"] == "failed"] == [fault.check]


@pytest.mark.parametrize("fault", WARNINGS.values(), ids=WARNINGS.keys())
def test_what_will_go_wrong_is_a_warning(plot: Plot, fault: Fault) -> None:
    with fault.plant(plot):
        if plot.upstream["client_certificate"] is None:
            del plot.upstream["client_certificate"]
        status, found = plot.findings()
    bad = [one for one in found if one["verdict"] in ("failed", "warning")]
    assert [(one["check"], one["verdict"]) for one in bad] == [(fault.check, "warning")]
    assert fault.says in bad[0]["found"]
    assert fault.remedy in bad[0]["remedy"]
    assert status == 0
