"""The files of a contract as they came: out of a zip, a folder or a single file, in any layout, within limits.

Rule 1: nothing is fetched and nothing outside the contract is read: every reference must be to one of its files.
Rule 2: what a reference names is looked for where it points to, then by its last name, if only one file has that.
"""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

_MAX_FILES = 500
_MAX_BYTES = 32 * 1024 * 1024
_KINDS = (".wsdl", ".xsd", ".json", ".yaml", ".yml")

Files = Mapping[str, bytes]


class ContractRefused(ValueError):
    """A contract or an overlay that cannot be used; the text says what was expected, and where."""


def collect(source: Path) -> dict[str, bytes]:
    """The contract's files by their path within it; raises ContractRefused."""
    try:
        pairs = _zipped(source) if zipfile.is_zipfile(source) else _lying(source)
        found: dict[str, bytes] = {}
        left = _MAX_BYTES
        for name, content in pairs:
            left -= len(content)
            if left < 0 or len(found) >= _MAX_FILES:
                raise ContractRefused(f"expected at most {_MAX_FILES} files of {_MAX_BYTES} bytes together")
            found[name] = content
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError):
        raise ContractRefused(f"expected a zip, a folder or a file that can be read at {source}") from None
    if not found:
        raise ContractRefused(f"expected files that end in {', '.join(_KINDS)}")
    return found


def _zipped(source: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if not info.is_dir() and info.filename.lower().endswith(_KINDS):
                name = posixpath.normpath(info.filename.replace("\\", "/"))
                if name.startswith(("/", "..")) or ":" in name:
                    raise ContractRefused("expected a zip whose files all lie within it")
                with archive.open(info) as file:
                    yield name, file.read(_MAX_BYTES + 1)  # what an archive says of sizes may be untrue


def _lying(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and path.name.lower().endswith(_KINDS):
                yield path.relative_to(source).as_posix(), path.read_bytes()
    else:
        yield source.name, source.read_bytes()


def digest(files: Files) -> str:
    """SHA-256 over names and contents, in hexadecimal."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{len(name.encode())}:{name}{len(files[name])}:".encode() + files[name])
    return whole.hexdigest()


def referred(files: Files, base: str, location: str) -> str:
    """The file that a reference in the file `base` is to; raises ContractRefused."""
    wanted = unquote(location.partition("#")[0].partition("?")[0] or location)
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), wanted))
    if name in files:
        return name
    last = PurePosixPath(wanted.replace("\\", "/")).name
    same = [each for each in files if PurePosixPath(each).name == last]
    if len(same) != 1:
        raise ContractRefused(f"expected the file that {base} refers to as {last}, once in the contract")
    return same[0]
