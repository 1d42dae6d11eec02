"""The consumers' own file: merged with the settings, taken up while the gateway runs, and never half."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from gateway.consumers import edit, file, registry
from gateway.consumers.file import FileRefused
from gateway.settings import ConfigurationError, load
from tests.consumers.proofs import consumer, hashed, issued, key, key_of, names, send, write
from tests.leaks import text_of
from tests.service.running import House, house


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "consumers.toml"


@pytest.fixture
def running(path: Path) -> Iterator[House]:
    write(path, consumer("beta"))
    with house(consumers=[consumer("alfa")], consumers_file=path) as found:
        yield found


def soon(holds: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        threading.Event().wait(0.05)
    return False


def status(found: House, name: str) -> int:
    return send(found.url, [key(name)]).status


def test_a_running_gateway_takes_up_what_changes(running: House, path: Path) -> None:
    assert [status(running, name) for name in ("alfa", "beta", "gamma")] == [200, 200, 401]
    with edit.edited(path, ()) as listed:
        listed.append(write_table(consumer("gamma")))
    assert soon(lambda: status(running, "gamma") == 200)
    with edit.edited(path, ()) as listed:
        edit.revoke(listed, "beta", None)
    assert soon(lambda: status(running, "beta") == 401)
    assert [status(running, name) for name in ("alfa", "gamma")] == [200, 200]


def write_table(given: dict[str, Any]) -> Any:
    table = tomlkit.table()
    table.update(given)
    return table


AGREED = 'purposes = ["a"]\ngrounds = ["a"]\n'
BAD = {
    "no TOML": b"[[consumers",
    "no UTF-8": b"\xff\xfe",
    "an unknown setting": b"[[consumer]]\n",
    "nobody's way": f'[[consumers]]\nname = "beta"\n{AGREED}'.encode(),
    "the settings' own": f'[[consumers]]\nname = "alfa"\nkey_sha256 = "{hashed("x")}"\n{AGREED}'.encode(),
    "the settings' key": f'[[consumers]]\nname = "x"\nkey_sha256 = "{hashed(key_of("alfa"))}"\n{AGREED}'.encode(),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_and_the_old_one_stays(
    running: House, path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(BAD[name])
    assert soon(lambda: "consumers refused" in capfd.readouterr().out)
    assert [status(running, one) for one in ("alfa", "beta", "gamma")] == [200, 200, 401]
    write(path, consumer("gamma"))
    assert soon(lambda: status(running, "gamma") == 200)
    assert status(running, "beta") == 401


def test_a_file_that_is_gone_locks_nobody_out(running: House, path: Path) -> None:
    path.unlink()
    assert not soon(lambda: status(running, "beta") != 200, 1)
    write(path, consumer("gamma"))
    assert soon(lambda: status(running, "gamma") == 200)


def test_a_folder_that_is_not_there_for_a_while_does_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "_LOOK_MILLISECONDS", 100)
    folder = tmp_path / "etc"
    with house(consumers_file=folder / "consumers.toml") as found:
        assert soon(lambda: "consumers not watched" in capfd.readouterr().out)
        assert status(found, "beta") == 401
        folder.mkdir()
        write(folder / "consumers.toml", consumer("beta"))
        assert soon(lambda: status(found, "beta") == 200)


def test_what_nobody_tells_is_seen_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system does not say what changes: the file is looked at now and then."""
    monkeypatch.setattr(registry, "_LOOK_MILLISECONDS", 100)
    monkeypatch.setattr(registry, "Path", lambda _: Path("/another"))  # what is told is not about our file
    write(path, consumer("beta"))
    with house(consumers_file=path) as found:
        write(path, consumer("gamma"))
        assert soon(lambda: status(found, "gamma") == 200)


def test_a_door_to_which_nobody_has_a_key_is_closed(path: Path) -> None:
    """Neither a file that is not there yet nor one that is empty means that everybody may."""
    for content in (None, "", "# nobody\n"):
        if content is not None:
            path.write_text(content, encoding="utf-8")
        with house(consumers_file=path) as found:
            assert send(found.url).status == 401
            assert status(found, "alfa") == 401
            write(path, consumer("alfa"))
            assert soon(lambda found=found: status(found, "alfa") == 200)  # type: ignore[misc]
            path.write_text("", encoding="utf-8")
            assert soon(lambda found=found: status(found, "alfa") == 401)  # type: ignore[misc]
            assert send(found.url).status == 401
        path.unlink()


def test_no_reload_writes_anything_of_a_consumer(
    running: House, path: Path, secrets: set[str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    shown = {hashed(key_of("alfa")), hashed(key_of("beta")), *names(issued("beta")).values()}
    secrets |= shown
    held = consumer("gamma", key_sha256=hashed(key_of("beta"))[:-1], certificate=names(issued("beta")))
    write(path, held)
    written = ""

    def refused() -> bool:
        nonlocal written
        written += "".join(capfd.readouterr())
        return "consumers refused" in written

    assert soon(refused)
    assert "consumers.0.key_sha256" in written
    assert not {each for each in shown if each in written + "".join(map(text_of, caplog.records))}
    assert status(running, "beta") == 200


# ----- at the start


def test_a_bad_file_is_a_bad_configuration(path: Path) -> None:
    path.write_bytes(BAD["nobody's way"])
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers_file": path})
    assert [(fault.path, fault.expected) for fault in raised.value.faults] == [
        (f"{path}: consumers.0", "a way to know it: key_sha256, keys, oauth_client or certificate")
    ]


def test_the_folder_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers_file": tmp_path / "none" / "c.toml"})
    assert [fault.path for fault in raised.value.faults] == ["consumers_file"]
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers_file": tmp_path})
    assert [fault.expected for fault in raised.value.faults] == ["a file that can be read"]


def test_with_a_file_the_gateway_may_listen_anywhere(path: Path) -> None:
    assert load(None, {"consumers_file": path, "server": {"host": "0.0.0.0"}}).consumers == ()  # noqa: S104


SHARED: dict[str, tuple[str, dict[str, Any]]] = {
    "key_sha256": ("keys.0.sha256", {"keys": [{"sha256": hashed("same")}]}),
    "oauth_client": ("oauth_client", {"oauth_client": "same"}),
    "fingerprint": ("certificate.fingerprints.0", {"certificate": {"fingerprints": ["AB" * 32]}}),
    "names": ("certificate.subject", {"certificate": {"subject": "CN=a,O=b", "issuer": "CN=c"}}),
    "sender": (
        "ssek_sender.id",
        {"certificate": {"fingerprints": ["CD" * 32]}, "ssek_sender": {"type": "CN", "id": "same"}},
    ),
}
OTHERS: dict[str, dict[str, Any]] = {
    "key_sha256": {"key_sha256": hashed("same")},
    "oauth_client": {"oauth_client": "same"},
    "fingerprint": {"certificate": {"fingerprints": [":".join(["ab"] * 32)]}},
    "names": {"certificate": {"subject": "CN=a,O=b", "issuer": "CN=c"}},
    "sender": {"certificate": {"fingerprints": ["EF" * 32]}, "ssek_sender": {"id": "same"}},
}


@pytest.mark.parametrize("thing", SHARED)
def test_what_only_one_may_have_two_cannot_have_wherever_they_stand(path: Path, thing: str) -> None:
    place, given = SHARED[thing]
    one, other = consumer("one", **OTHERS[thing]), consumer("other", **given)
    server = {
        "oauth": {"issuer": "a", "audience": "b", "jwks": {"url": "http://127.0.0.1:1"}},
        "proxy": {"trusted": ["127.0.0.1"]},
    }
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers": [one, other], "server": server})
    assert [fault.path for fault in raised.value.faults] == [f"consumers.1.{place}"]
    write(path, other)
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers": [one], "consumers_file": path, "server": server})
    assert [fault.path for fault in raised.value.faults] == [f"{path}: consumers.0.{place}"]
    write(path, one, other)
    with pytest.raises(FileRefused) as refused:
        file.consumers(path, path.read_bytes(), ())
    assert [fault.path for fault in refused.value.faults] == [f"{path}: consumers.1.{place}"]
