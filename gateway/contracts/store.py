"""The folder of installed contracts: for each version the files as they came, the overlay, and when they came.

The folder is the one that LEFI_CONTRACT_STORE names, else `lefi-contracts` where the program runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gateway.contracts.files import ContractRefused, Files, collect, digest
from gateway.contracts.overlay import Overlay, read_overlay

_ENVIRONMENT = "LEFI_CONTRACT_STORE"
_VERSION = re.compile(r"v[1-9][0-9]?")
_FILES, _OVERLAY, _ABOUT = "files", "overlay.toml", "contract.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """One installed contract; `sha256` is of its files, `added` the day they came."""

    version: str
    sha256: str
    added: date
    overlay: Overlay
    files: Files = field(repr=False)


def store() -> Path:
    """The folder of installed contracts, whether it is there or not."""
    return Path(os.environ.get(_ENVIRONMENT) or "lefi-contracts")


def given(version: str, source: Path, overlay: Path | None, today: date) -> Installed:
    """A contract that is to be installed; raises ContractRefused."""
    if not _VERSION.fullmatch(version):
        raise ContractRefused("expected a version such as v6")
    files = collect(source)
    try:
        text = overlay.read_text(encoding="utf-8") if overlay else ""
    except (OSError, UnicodeDecodeError):
        raise ContractRefused("expected an overlay that can be read, in UTF-8") from None
    return Installed(version, digest(files), today, read_overlay(text), files)


def install(one: Installed, overlay: Path | None) -> Path:
    """Puts a contract in the folder, in place of the one of the same version; all of it or nothing."""
    folder = store()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{one.version}-", dir=folder))
    except OSError:
        raise ContractRefused(f"expected a folder that can be written at {folder}") from None
    try:
        _write(one, overlay, made)
    except OSError:
        shutil.rmtree(made)
        raise ContractRefused(f"expected files that can lie together in a folder at {folder}") from None
    final = folder / one.version
    if final.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{one.version}-", dir=folder))
        final.rename(old / "old")
        made.rename(final)
        shutil.rmtree(old)
    else:
        made.rename(final)
    return final


def _write(one: Installed, overlay: Path | None, made: Path) -> None:
    for name, content in one.files.items():
        path = made / _FILES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if overlay:
        shutil.copyfile(overlay, made / _OVERLAY)
    about = {"version": one.version, "sha256": one.sha256, "added": one.added.isoformat()}
    (made / _ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    made.chmod(0o755)


def installed() -> Iterator[Installed]:
    """Every installed contract, oldest first; raises ContractRefused for one that is not as it was installed."""
    folder = store()
    found = [each for each in folder.iterdir() if _VERSION.fullmatch(each.name)] if folder.is_dir() else []
    for path in sorted(found, key=lambda each: int(each.name[1:])):
        try:
            about = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
            files = collect(path / _FILES)
            overlay = path / _OVERLAY
            text = overlay.read_text(encoding="utf-8") if overlay.is_file() else ""
            one = Installed(path.name, about["sha256"], date.fromisoformat(about["added"]), read_overlay(text), files)
        except (OSError, ValueError, KeyError, TypeError):
            raise ContractRefused(f"expected an installed contract in {path}") from None
        if digest(files) != one.sha256:
            raise ContractRefused(f"expected the files in {path} to be those that were installed")
        yield one
