"""What is installed is what was built: the wheel holds the three packages whole, and runs with the sources gone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("gateway", "adapters", "schemas", "wsdl")  # the last holds contract files alone


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a program and return what it printed; what it said on failing is part of the failure."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the sources as they are now, built by the locked hatchling without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-index",
        "--no-build-isolation",
        "--no-deps",
        "--wheel-dir",
        folder,
    )
    run(*build, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed into it and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", target, wheel, cwd=target)
    return target


def alone(installed: Path, *arguments: str | Path) -> str:
    """Run Python on the installed wheel and the dependencies only.

    -S leaves the site module out, and with it the link by which the editable installation leads to the sources;
    the dependencies are named again after the wheel.
    """
    paths = [str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return run(sys.executable, "-S", *arguments, cwd=installed, PYTHONPATH=os.pathsep.join(paths))


def test_the_wheel_holds_our_packages_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    dist_info = f"lefi_gateway-{wheel.name.split('-')[1]}.dist-info"
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, dist_info}
    assert f"{dist_info}/licenses/LICENSE" in names


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    """The JSON contracts too: a file that git ignores, or a suffix that the build leaves out, is missed here."""
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert sources
    assert sources - names == set()


def test_the_sources_are_gone(installed: Path) -> None:
    where = alone(installed, "-c", "import gateway, schemas; print(gateway.__file__); print(schemas.__file__)")
    assert all(Path(line).is_relative_to(installed) for line in where.splitlines())


def test_the_command_runs_from_the_wheel(wheel: Path, installed: Path) -> None:
    assert wheel.name.split("-")[1] in alone(installed, installed / "bin" / "lefi", "--version")
