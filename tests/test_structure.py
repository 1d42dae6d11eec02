"""The shape of the source that ARCHITECTURE section 3 asks for, held by reading the syntax trees."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("gateway", "adapters", "schemas")
# What an adapter may use of the gateway, and what that is made of. None of it may reach further into the gateway.
KIT = tuple(
    f"gateway.{name}"
    for name in (
        *("errors", "contract", "forms", "people", "table", "parse", "render", "notes"),
        *(
            "wire",
            "jsonio",
            "rest",
            "versions",
            "envelope",
            "xmlio",
            "xmlform",
            "xsd",
            "shape",
            "contracts",
            "completeness",
        ),
        *("envelopes", "ssek", "ssbtek", "asynkron.roles"),
    )
)
# What signs messages is below the kit: it has files of keys and the clock, which no adapter has.
SEALING = tuple(f"gateway.{name}" for name in ("seal", "signing", "verifying", "keys", "connection", "clock"))
ENGINE = (
    *(*KIT, *SEALING),
    *("gateway.restore", "gateway.vocabulary", "gateway.readers", "gateway.writers", "gateway.sorts", "gateway.schema"),
)
EDGE = ("gateway.app", "gateway.web", "gateway.cli")  # the outermost layer, which only the outermost may import
BELOW_EDGE = (
    *ENGINE,
    *(
        f"gateway.{name}"
        for name in ("exchange", "routing", "comparison", "evidence", "campaign", "cutover", "twin", "store", "orders")
    ),
)
DATABASE = ("sqlalchemy", "alembic", "aiosqlite", "psycopg", "sqlite3")
NETWORK = ("httpx", "httpx_aiohttp", "aiohttp", "requests", "urllib3", "urllib.request", "http.client")
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
         ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime")}  # fmt: skip
LINES = 400


def files(*folders: str) -> list[Path]:
    """What git tracks or would track, of these folders or of the whole project."""
    command = [
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *(f"{each}/*.py" for each in folders or ["*"]),
    ]
    return [
        ROOT / name
        for name in subprocess.check_output(command, cwd=ROOT, text=True).split("\n")
        if (ROOT / name).is_file()
    ]


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(each + ".") for each in modules)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every imported name in full: `from a import b` gives a.b. Relative imports do not occur (ruff TID252)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(name: str, tree: ast.AST) -> list[str]:
    """The imports of this module that go against the direction schemas ← kit ← adapters ← gateway ← its edge."""

    def wrong(imported: str) -> bool:
        if within(name, ("schemas",)):
            return within(imported, ("gateway", "adapters"))
        if within(name, ("adapters",)):
            return within(imported, ("gateway",)) and not within(imported, KIT)
        if within(imported, ("adapters",)):  # gateway.versions finds them through importlib
            return True
        if within(name, ENGINE):
            return within(imported, ("gateway",)) and not within(imported, ENGINE)
        return within(name, BELOW_EDGE) and within(imported, EDGE)

    return [imported for imported in imports(tree) if wrong(imported)]


def clock_readings(tree: ast.AST) -> list[int]:
    """The lines that read the wall clock, or hand on the function that does. Monotonic time is free to all."""

    def last(node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    used = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and (last(node.value), node.attr) in CLOCK
    ]
    return used + [1 for name in imports(tree) if tuple(name.rsplit(".", 1)) in CLOCK]


def version_comparisons(tree: ast.AST) -> list[int]:
    """The lines that compare with "v9", or a thing called version with 9 or "9": only a version's own folder may."""

    def literals(node: ast.expr) -> list[str]:
        parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
        return [str(part.value) for part in parts if isinstance(part, ast.Constant)]

    def names_version(node: ast.expr) -> bool:
        return ast.unparse(node).split("[")[0].lower().endswith("version")

    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            form = "v?[0-9]+" if any(map(names_version, sides)) else "v[0-9]+"
        elif isinstance(node, ast.Match):
            sides = [each.pattern.value for each in node.cases if isinstance(each.pattern, ast.MatchValue)]
            form = "v?[0-9]+" if names_version(node.subject) else "v[0-9]+"
        else:
            continue
        lines += [node.lineno for side in sides for literal in literals(side) if re.fullmatch(form, literal)]
    return lines


TREES = {path: ast.parse(path.read_text("utf-8")) for path in files(*OURS)}


def test_imports_go_one_way() -> None:
    assert {module(path): found for path, tree in TREES.items() if (found := wrong_imports(module(path), tree))} == {}


def test_one_module_speaks_with_the_network() -> None:
    assert (
        len({module(path) for path, tree in TREES.items() if any(within(name, NETWORK) for name in imports(tree))}) == 1
    )


def test_one_package_speaks_with_databases() -> None:
    found = {module(path) for path, tree in TREES.items() if any(within(name, DATABASE) for name in imports(tree))}
    assert {name for name in found if not within(name, ("gateway.store",))} == set()
    assert found


def test_one_module_imports_zeep_and_only_when_it_needs_it() -> None:
    found = {module(path) for path, tree in TREES.items() if any(within(name, ("zeep",)) for name in imports(tree))}
    assert found == {"gateway.contracts.soap"}
    at_once = TREES[ROOT / "gateway/contracts/soap.py"]
    assert not [node for node in at_once.body if isinstance(node, ast.ImportFrom) and "zeep" in str(node.module)]


def test_one_module_reads_the_clock() -> None:
    assert {module(path) for path, tree in TREES.items() if clock_readings(tree)} == {"gateway.clock"}


def test_only_a_version_knows_its_number() -> None:
    shared = {path: tree for path, tree in TREES.items() if not re.match(r"adapters\.v[0-9]+(\.|$)", module(path))}
    assert {module(path): found for path, tree in shared.items() if (found := version_comparisons(tree))} == {}


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files()}
    assert {name: lines for name, lines in lengths.items() if lines > LINES} == {}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("schemas.bas", "from gateway.errors import InvalidRequest"),
        ("schemas.bas", "import adapters.v9"),
        ("adapters.v9.face", "from gateway import transport"),
        ("adapters.v9.face", "import gateway.clock"),
        ("gateway.versions", "from adapters import v9"),
        ("gateway.table", "def f():\n    import gateway.exchange"),
        ("gateway.twin.server", "from gateway.cli import main"),
    ],
)
def test_a_wrong_import_is_seen(name: str, source: str) -> None:
    assert wrong_imports(name, ast.parse(source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("adapters.v9.face", "from gateway import table\nfrom gateway.notes import Note\nimport schemas.bas"),
        ("adapters.v7.wire", "from adapters.v9 import wire"),
        ("gateway.app", "from gateway.exchange import serve\nimport gateway.web"),
        ("gateway.notes", "from gateway.errors import Fault"),
    ],
)
def test_a_right_import_is_left_alone(name: str, source: str) -> None:
    assert wrong_imports(name, ast.parse(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "x = dt.date.today()",
        "field(default_factory=datetime.utcnow)",
        "time.time()",
        "from time import time",
    ],
)
def test_a_reading_of_the_clock_is_seen(source: str) -> None:
    assert clock_readings(ast.parse(source))
    assert not clock_readings(ast.parse("clock.now(); time.monotonic(); datetime.fromisoformat(x)"))


@pytest.mark.parametrize(
    "source",
    [
        "version == 'v9'",
        "if name in ('v5', 'v6'): pass",
        "route.version >= 9",
        "'7' != self.version",
        "match version:\n    case '9': pass",
        "match x:\n    case 'v9': pass",
    ],
)
def test_a_comparison_with_a_version_is_seen(source: str) -> None:
    assert version_comparisons(ast.parse(source))
    assert not version_comparisons(
        ast.parse("version == other; count == 9; name == 'http'; sys.version_info >= (3, 12)")
    )
