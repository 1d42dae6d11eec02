"""A version as evidence names it: whose contract it is held by, and the hash of that contract's files."""

from __future__ import annotations

import hashlib

from gateway.contracts.store import installed
from gateway.documents import CONTRACTS
from gateway.evidence.document import Side
from gateway.versions import discover


def side(version: str) -> Side:
    """The version; raises KeyError for one that this program does not speak, ContractRefused as `installed` does."""
    upstream = discover()[version].upstream
    contract = CONTRACTS[upstream.contract if upstream else "rekonstruerat"]
    return Side.model_validate({"version": version, "contract": contract, "sha256": contract_hash(version)})


def contract_hash(version: str) -> str:
    """The SHA-256 of the installed contract's files, or of those that come with the program."""
    for one in installed():
        if one.version == version:
            return one.sha256
    files = discover()[version].contract_files()
    return hashlib.sha256("".join(f"{name}\n{text}" for name, text in sorted(files.items())).encode()).hexdigest()
