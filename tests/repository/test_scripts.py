"""The scripts people call by hand: they say how, and hand on what they are given."""

from __future__ import annotations

import subprocess

import pytest

from reconciler.errors import Exit
from tests.repository.workflows import ROOT

MIGRATE = ROOT / "scripts" / "migrate-data.sh"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(MIGRATE), *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [(), ("app.db",)])
def test_a_migration_without_both_ends_is_told_how_to_say_them(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == Exit.USAGE
    assert "scripts/migrate-data.sh prod.db postgresql://" in done.stderr


def test_it_hands_the_file_the_target_and_the_options_to_reconcile_migrate() -> None:
    done = run("no-such.db", "postgresql://nobody@127.0.0.1:1/none", "--status")
    assert done.returncode == Exit.ERROR
    assert "127.0.0.1" in done.stderr
