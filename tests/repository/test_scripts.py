"""The scripts people call by hand: they say how, and hand on what they are given."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import Exit
from tests.repository.workflows import ROOT, put_program

MIGRATE = ROOT / "scripts" / "migrate-data.sh"
ECHO = "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 9\n"
"""Says what it was given, one word on each line."""


def run(script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(script), *words], capture_output=True, text=True, check=False)


@pytest.fixture
def beside_a_program(tmp_path: Path) -> Path:
    """The script in a checkout whose `reconcile` only says what it was given."""
    put_program(tmp_path / ".venv", "reconcile", ECHO)
    (tmp_path / "scripts").mkdir()
    return Path(shutil.copy(MIGRATE, tmp_path / "scripts"))


@pytest.mark.parametrize("words", [(), ("app.db",)])
def test_a_migration_without_both_ends_is_told_how_to_say_them(words: tuple[str, ...]) -> None:
    done = run(MIGRATE, *words)
    assert done.returncode == Exit.USAGE
    assert "scripts/migrate-data.sh prod.db postgresql://" in done.stderr


def test_it_hands_on_file_target_and_options_and_the_exit_code(beside_a_program: Path) -> None:
    done = run(beside_a_program, "my app.db", "postgresql://me@host/app", "--include", "a b")
    said = ["migrate", "my app.db", "--target", "postgresql://me@host/app", "--include", "a b"]
    assert done.stdout.splitlines() == said
    assert done.returncode == Exit.VERIFICATION_FAILED


def test_it_speaks_to_the_real_program() -> None:
    done = run(MIGRATE, "no-such.db", "postgresql://nobody@127.0.0.1:1/none", "--status")
    assert done.returncode == Exit.ERROR
    assert "cannot connect to PostgreSQL" in done.stderr
