"""The routing file on disk: taken up while the gateway runs however it is written, and the last good one kept."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import structlog
from structlog.testing import CapturingLogger

from gateway import logs
from gateway import watched as watched_file
from gateway.routing.rules import Rules
from gateway.settings import ConfigurationError
from gateway.shared import kinds
from gateway.watched import Watched, last_good
from tests.routing.network import VERSIONS, rule

pytestmark = pytest.mark.anyio
IN_TIME = 3.0
LAST_GOOD = last_good("routing")
V5, V7, V9 = (rule(name, f'pin = "{name}"') for name in ("v5", "v7", "v9"))
BAD = rule("v5", 'pin = "v8"')
EXPECTED = "rules.0.pin: expected a configured connection: v5, ett, tva, v7, v9"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    """What is logged, after the allow-list."""
    found = CapturingLogger()
    monkeypatch.setattr(logs.log, "_logger", structlog.wrap_logger(found, processors=[logs._allowed, lambda *a: a[2]]))
    return found


def said(log: CapturingLogger) -> list[tuple[str, list[str]]]:
    """Events with their places, of the warnings."""
    return [(call.kwargs["event"], call.kwargs["where"]) for call in log.calls if call.method_name == "warning"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    found = folder / "routing.toml"
    found.write_text(V5)
    return found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def followed(path: Path | None, state: Path, versions: Mapping[str, str]) -> Watched[Rules]:
    """The file as a gateway with these connections has it."""
    kind = kinds.routing(versions)
    return Watched(kind.logged, path, state, kind.read, kind.without)


@contextlib.asynccontextmanager
async def watched(path: Path, state: Path) -> AsyncIterator[Watched[Rules]]:
    routing = followed(path, state, VERSIONS)
    task = asyncio.create_task(routing.watch())
    await asyncio.sleep(0.2)  # until it watches: what happens before is seen at the next look
    try:
        yield routing
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def holds(routing: Watched[Rules]) -> str:
    return " ".join(each.name for each in routing.current.rules)


async def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + IN_TIME
    while not true():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def taken_up(routing: Watched[Rules], name: str) -> None:
    await until(lambda: holds(routing) == name, f"{name} does not hold in time, but {holds(routing)}")


def inside(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def kept(state: Path) -> str:
    return (state / LAST_GOOD).read_text()


# ------------------------------------------------------------------------------------------------------- at the start


def test_without_a_file_there_are_no_rules_and_nothing_is_kept(state: Path) -> None:
    routing = followed(None, state, VERSIONS)
    assert (holds(routing), routing.faults) == ("", ())
    assert not state.exists()
    asyncio.run(routing.watch())  # has nothing to do


def test_a_good_file_is_kept_for_its_owner_only(path: Path, state: Path) -> None:
    assert holds(followed(path, state, VERSIONS)) == "v5"
    assert kept(state) == V5
    assert (state / LAST_GOOD).stat().st_mode & 0o777 == 0o600
    assert inside(state) == [LAST_GOOD]


@pytest.mark.parametrize("content", [BAD, "", "[[", None])
def test_a_bad_file_at_the_start_is_replaced_by_the_last_good_one(
    path: Path, state: Path, log: CapturingLogger, content: str | None
) -> None:
    followed(path, state, VERSIONS)
    path.unlink() if content is None else path.write_text(content)
    routing = followed(path, state, VERSIONS)
    assert holds(routing) == "v5"
    assert routing.faults
    assert kept(state) == V5
    ((event, where),) = said(log)
    assert event == "routing_last_good_used"
    assert where == [f"{fault.path}: expected {fault.expected}" for fault in routing.faults]
    assert all(each.startswith(str(path)) for each in where)


@pytest.mark.parametrize("last", [None, BAD, ""])
def test_a_bad_file_without_a_good_one_before_it_is_refused(path: Path, state: Path, last: str | None) -> None:
    path.write_text(BAD)
    if last is not None:
        state.mkdir()
        (state / LAST_GOOD).write_text(last)
    with pytest.raises(ConfigurationError) as raised:
        followed(path, state, VERSIONS)
    (fault,) = raised.value.faults
    assert f"{fault.path}: expected {fault.expected}" == f"{path}: {EXPECTED}"


def test_a_last_good_file_that_names_connections_that_are_gone_is_refused(path: Path, state: Path) -> None:
    followed(path, state, VERSIONS)
    with pytest.raises(ConfigurationError):
        followed(path, state, {"v9": "v9"})


def test_rules_hold_though_they_cannot_be_kept(path: Path, tmp_path: Path, log: CapturingLogger) -> None:
    (tmp_path / "state").write_text("in the way")
    assert holds(followed(path, tmp_path / "state", VERSIONS)) == "v5"
    assert [event for event, _ in said(log)] == ["routing_not_kept"]


# ------------------------------------------------------------------------------------------------- while it is running


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def in_pieces(path: Path, text: str) -> None:
    with path.open("w") as file:
        for sign in text:
            file.write(sign)
            file.flush()


def by_rename(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def by_backup(path: Path, text: str) -> None:
    """As vim does: the old one is moved away, the new one written in its place."""
    path.rename(path.with_name(path.name + "~"))
    path.write_text(text)


def by_delete(path: Path, text: str) -> None:
    path.unlink()
    time.sleep(0.4)
    path.write_text(text)


def by_folder(path: Path, text: str) -> None:
    """The whole folder is exchanged, and with it what watches it."""
    new = path.parent.with_name("new")
    new.mkdir()
    (new / path.name).write_text(text)
    if path.parent.exists():
        path.parent.rename(path.parent.with_name(f"old-{time.monotonic_ns()}"))
    new.rename(path.parent)


def without_its_folder(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()


def by_link(path: Path, text: str) -> None:
    """The file becomes a link to one that lies elsewhere."""
    target = path.parent.with_name(f"elsewhere-{time.monotonic_ns()}")
    target.mkdir()
    (target / "rules").write_text(text)
    new = path.with_suffix(".link")
    new.symlink_to(target / "rules")
    new.replace(path)


def by_target(path: Path, text: str) -> None:
    """What the link points to changes, in a folder of its own."""
    if not path.is_symlink():
        by_link(path, path.read_text())
    path.resolve().write_text(text)


def by_config_map(path: Path, text: str) -> None:
    """As Kubernetes does: routing.toml -> ..data/routing.toml, ..data -> ..<time>, and ..data is swapped."""
    version = path.parent / f"..{time.monotonic_ns()}"
    version.mkdir()
    (version / path.name).write_text(text)
    data = path.parent / "..data"
    old = data.readlink() if data.is_symlink() else None
    swap = path.parent / "..data_tmp"
    swap.symlink_to(version.name)
    swap.replace(data)
    if not path.is_symlink():
        link = path.with_suffix(".link")
        link.symlink_to(Path("..data") / path.name)
        link.replace(path)
    if old:
        (path.parent / old / path.name).unlink()
        (path.parent / old).rmdir()


WAYS = (in_place, in_pieces, by_rename, by_backup, by_delete, by_folder, by_link, by_target, by_config_map)


@pytest.mark.parametrize("write", [pytest.param(way, id=way.__name__) for way in WAYS])
async def test_a_change_is_taken_up_however_it_is_written(
    path: Path, state: Path, write: Callable[[Path, str], None]
) -> None:
    async with watched(path, state) as routing:
        for text, name in ((V7, "v7"), (V9, "v9"), (V5, "v5")):  # three times: what is watched may have moved with it
            await asyncio.to_thread(write, path, text)
            await taken_up(routing, name)
            await until(lambda text=text: kept(state) == text, "it is not kept in time")  # type: ignore[misc]
            assert routing.faults == ()


async def test_a_bad_change_leaves_the_old_rules_and_is_said_once(
    path: Path, state: Path, log: CapturingLogger
) -> None:
    async with watched(path, state) as routing:
        before = routing.current
        by_rename(path, BAD)
        await until(lambda: bool(routing.faults), "nothing was seen")
        await asyncio.sleep(1.5)  # further looks say nothing more
        assert routing.current is before
        assert said(log) == [("routing_refused", [f"{path}: {EXPECTED}"])]
        assert kept(state) == V5
        by_rename(path, V7)
        await taken_up(routing, "v7")
        assert routing.faults == ()
        await until(lambda: kept(state) == V7, "it is kept as soon as it holds")
    in_place(path, BAD)
    assert holds(followed(path, state, VERSIONS)) == "v7", "the last good one is the one that held last"


async def test_a_file_that_goes_away_leaves_the_old_rules(path: Path, state: Path, log: CapturingLogger) -> None:
    async with watched(path, state) as routing:
        without_its_folder(path)
        await until(lambda: bool(routing.faults), "nothing was seen")
        assert holds(routing) == "v5"
        assert said(log) == [("routing_refused", [f"{path}: expected a file that can be read"])]
        by_folder(path, V9)
        await taken_up(routing, "v9")


async def test_an_emptied_file_is_not_taken_for_no_rules(path: Path, state: Path) -> None:
    async with watched(path, state) as routing:
        in_place(path, "")
        await until(lambda: bool(routing.faults), "nothing was seen")
        assert holds(routing) == "v5"


async def test_a_file_that_is_mended_back_to_what_holds_has_no_faults(path: Path, state: Path) -> None:
    async with watched(path, state) as routing:
        in_place(path, BAD)
        await until(lambda: bool(routing.faults), "nothing was seen")
        in_place(path, V5)
        await until(lambda: not routing.faults, "it was not seen to be mended")
        assert holds(routing) == "v5"


async def test_it_is_looked_at_though_nothing_can_be_watched(
    path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_file, "_places", lambda _path: [Path("/nowhere")])
    async with watched(path, state) as routing:
        in_place(path, V7)
        await taken_up(routing, "v7")


async def test_a_question_in_work_keeps_the_rules_that_it_began_with(path: Path, state: Path) -> None:
    async with watched(path, state) as routing:
        begun = routing.current
        by_rename(path, V7)
        await taken_up(routing, "v7")
        assert [each.name for each in begun.rules] == ["v5"]


async def test_the_watch_ends_when_it_is_cancelled(path: Path, state: Path) -> None:
    started = time.monotonic()
    async with watched(path, state):
        pass
    assert time.monotonic() - started < 2
    assert inside(state) == [LAST_GOOD]
