"""The checks of the gateway itself: settings, contracts, the folder for its state, the disk, and the ledger."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass

from gateway.contracts import store
from gateway.contracts.files import ContractRefused
from gateway.doctor import agency
from gateway.doctor.certificate import same_authority
from gateway.doctor.facts import UpstreamFacts
from gateway.doctor.report import Check, Said, failed, ok, warning
from gateway.documents import CONTRACTS
from gateway.errors import Fault
from gateway.settings import Settings
from gateway.versions import Adapter, adapted, built_in

_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class HouseFacts:
    """What is looked at; the contracts are read by the check itself."""

    settings: Settings
    faults: tuple[Fault, ...]
    upstreams: list[UpstreamFacts]


def contracts() -> tuple[dict[str, Adapter], Said]:
    """The adapters, those of installed contracts among them, and what is said of the contracts.

    Where an installed contract is of no use, the adapters are those that come with the program.
    """
    try:
        own = {one.version: one for one in store.installed()}
        adapters = {**built_in(), **{version: adapted(one) for version, one in own.items()}}
    except ContractRefused as error:
        remedy = (
            "install it anew from the agency's files: `lefi contracts add FILE --version N` "
            f"(the store is {store.store()}); the gateway does not start with a contract that is not what it was"
        )
        return dict(built_in()), failed(str(error), remedy)
    words = [
        f"{version} {CONTRACTS[adapter.upstream.contract]}"
        + (
            f" (installed {own[version].added}, sha256 {own[version].sha256[:12]}…, unchanged)"
            if version in own
            else ""
        )
        for version, adapter in sorted(adapters.items(), key=lambda pair: int(pair[0][1:]))
        if adapter.upstream
    ]
    return adapters, ok("; ".join(words))


def settings(facts: HouseFacts) -> Said:
    """Whether the settings as a whole can be used."""
    if facts.faults:
        wrong = "; ".join(f"{fault.path}: expected {fault.expected}" for fault in facts.faults)
        return failed(wrong, "mend the settings that are named; `lefi config check` reads them again")
    count = len(facts.settings.upstreams), len(facts.settings.consumers)
    return ok(f"{count[0]} upstreams, {count[1]} consumers")


def reconstructed(facts: HouseFacts) -> Said:
    """Whether one of the agency's own hosts is asked by a contract that is only a reconstruction."""
    found = sorted(
        f"{each.name} ({each.upstream.version})"
        for each in facts.upstreams
        if each.upstream and each.upstream.contract == "rekonstruerat" and each.probe and agency.host(each.probe.host)
    )
    if not found:
        return ok("no host of the agency's is asked by a reconstructed contract")
    return warning(
        f"asked by a reconstructed contract: {', '.join(found)}",
        "get the WSDL and the schemas from the agency and install them: `lefi contracts add FILE --version N`",
    )


def state(facts: HouseFacts) -> Said:
    """Whether the folder for the gateway's own files can be written."""
    folder = facts.settings.state
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
    except OSError:
        return failed(
            f"{folder} cannot be written",
            "give the folder to the user that the gateway runs as (and see that its disk is neither full nor mounted "
            "read-only), or set `state` to another folder",
        )
    return ok(f"{folder} can be written")


def disk(facts: HouseFacts) -> Said:
    """Whether there is room for what is written."""
    folder = next(each for each in (facts.settings.state, *facts.settings.state.absolute().parents) if each.is_dir())
    free, least = shutil.disk_usage(folder).free, facts.settings.doctor.free_bytes
    said = f"{free // _MIB} MiB free for {facts.settings.state}"
    if free >= least:
        return ok(said)
    return failed(
        f"{said}, which is less than {least // _MIB} MiB",
        "make room or take a larger disk: without room the ledger cannot be written, and then nothing is answered "
        "(doctor.free_bytes is the bound)",
    )


def authorities(facts: HouseFacts) -> Said:
    """See same_authority."""
    return same_authority(facts.upstreams)


CHECKS = (
    Check("settings", settings),
    Check("reconstructed", reconstructed),
    Check("same-authority", authorities),
    Check("state-folder", state),
    Check("disk", disk),
)
