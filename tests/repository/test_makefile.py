"""The Makefile: `help` lists what there is, and a machine that cannot run reconcile is told why and what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.workflows import ROOT, put_program

TARGETS = ["help", "install", "demo", "test", "check", "bench", "bench-plan", "docs", "schema", "lock", "clean"]
OLD_PYTHON = f"""#!/bin/sh
exec "{sys.executable}" -c 'import sys; sys.version_info = (3, 9, 18, "final", 0); exec(sys.argv[1])' "$2"
"""
NO_VENV = f"""#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; esac
exec "{sys.executable}" "$@"
"""


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` in that folder, as if the tests did not themselves run under make."""
    outside = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *arguments], cwd=folder, env=outside, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a fresh clone as `make install` looks at before it installs."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def test_help_lists_every_target_with_what_it_does() -> None:
    shown = dict(re.findall(r"^  make ([\w-]+) +(\S.*)$", make(ROOT, "help").stdout, re.MULTILINE))
    assert list(shown) == TARGETS
    assert all(len(words) > 10 for words in shown.values())


def test_make_alone_shows_the_help() -> None:
    assert make(ROOT).stdout == make(ROOT, "help").stdout


def test_help_forgets_no_target_that_people_use() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == {*TARGETS, "actionlint"}


def test_an_old_python_is_refused_with_its_version_and_the_way_out(checkout: Path) -> None:
    put_program(checkout, "old-python", OLD_PYTHON)
    done = make(checkout, "install", f"PYTHON={checkout}/bin/old-python")
    assert done.returncode != 0
    assert "reconcile needs Python 3.11 or newer" in done.stderr
    assert "is 3.9. Name a newer one: make install PYTHON=python3.12" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_missing_python_is_said_with_how_to_install_one(checkout: Path) -> None:
    done = make(checkout, "install", "PYTHON=")
    assert done.returncode != 0
    assert "found none" in done.stdout
    assert "apt install python3 python3-venv" in done.stdout
    assert "brew install python" in done.stdout


def test_a_python_without_venv_is_said_with_the_package_to_install(checkout: Path) -> None:
    put_program(checkout, "bare-python", NO_VENV)
    done = make(checkout, "install", f"PYTHON={checkout}/bin/bare-python")
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stdout
    assert not (checkout / ".venv").exists()


def test_a_second_install_does_nothing(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".installed").touch()
    assert make(checkout, "install", "PYTHON=false").stdout == "Ready: .venv/bin/reconcile\n"


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "bench-plan", "docs", "schema", "lock"])
def test_a_target_installs_first_what_it_needs(checkout: Path, target: str) -> None:
    planned = make(checkout, "--dry-run", target).stdout
    assert "pip install" in planned
    assert "--require-hashes -r requirements/dev.txt" in planned


def test_ci_runs_the_documented_commands_in_a_shell_that_stops_at_the_first_failure() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "set -euo pipefail" in text
    assert re.findall(r"^make (\w+)$", text, re.MULTILINE) == ["install", "check", "test"]
