"""Where the SQLite file of a migration comes from: what is run, when, what is kept, and what is said when it fails."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.acquisition import Acquisition, is_fetched
from reconciler.aws.clients import Clients
from reconciler.data_route import DataRoute
from reconciler.errors import ReconcileError
from reconciler.kinds.data_migration import Origin
from reconciler.model import Call
from reconciler.simulator.postgres import EmbeddedPostgres

ROWS = 50


def database(path: Path, mode: str = "delete") -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA journal_mode={mode}")
        made.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        made.executemany("INSERT INTO people VALUES (?, ?)", [(n, f"name {n}") for n in range(ROWS)])
        made.commit()
    return path


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as made:
        return int(made.execute("SELECT count(*) FROM people").fetchone()[0])


@pytest.fixture
def acquisition(tmp_path: Path) -> Acquisition:
    return Acquisition(Clients("eu-central-1"), tmp_path, tmp_path / "work")


def printing(path: Path, log: Path) -> Origin:
    """A command that prints the file, and leaves a line in the log each time it runs."""
    program = f"import sys, pathlib; open({str(log)!r}, 'a').write('ran\\n')"
    program += f"; sys.stdout.buffer.write(pathlib.Path({str(path)!r}).read_bytes())"
    return {"command": [sys.executable, "-c", program]}


# --- commands ---------------------------------------------------------------------------------------------------------


def test_what_a_command_prints_is_the_file_and_is_kept_until_it_is_forgotten(
    acquisition: Acquisition, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    origin = printing(database(tmp_path / "app.db"), log)
    assert not acquisition.here(origin).exists()
    assert count(acquisition.fetched(origin)) == ROWS
    assert acquisition.fetched(origin) == acquisition.here(origin)
    assert log.read_text() == "ran\n"
    acquisition.forget(origin)
    acquisition.fetched(origin)
    assert log.read_text() == "ran\nran\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["no-such-program-anywhere"], "cannot run `no-such-program-anywhere`"),
        ([sys.executable, "-c", "import sys; sys.exit('no such volume')"], "exit code 1: no such volume"),
        ([sys.executable, "-c", "print('x'); raise SystemExit(3)"], "exit code 3"),
        ([sys.executable, "-c", ""], "gave no file"),
    ],
)
def test_a_command_that_fails_leaves_nothing_and_says_why(
    acquisition: Acquisition, command: list[str], said: str
) -> None:
    origin: Origin = {"command": command}
    with pytest.raises(ReconcileError, match=said):
        acquisition.fetched(origin)
    assert not acquisition.here(origin).exists()


@pytest.mark.parametrize("command", [["sleep", "600"], ["sh", "-c", "sleep 600 | cat"]], ids=["one", "a shell's"])
def test_a_fetch_and_all_it_started_end_when_somebody_wants_to_stop(tmp_path: Path, command: list[str]) -> None:
    stopping = threading.Event()
    acquisition = Acquisition(Clients("eu-central-1"), tmp_path, tmp_path / "work", stopping)
    threading.Timer(0.3, stopping.set).start()
    with pytest.raises(ReconcileError, match="interrupted"):
        acquisition.fetched({"command": command})


def test_nobody_else_may_read_what_was_fetched(acquisition: Acquisition, tmp_path: Path) -> None:
    kept = acquisition.fetched(printing(database(tmp_path / "app.db"), tmp_path / "log"))
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


# --- Litestream -------------------------------------------------------------------------------------------------------


@pytest.fixture
def litestream(monkeypatch: pytest.MonkeyPatch) -> str:
    """The real program, which comes with the tools of the tests."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return "litestream"


def test_a_litestream_replica_is_restored(acquisition: Acquisition, litestream: str, tmp_path: Path) -> None:
    live = database(tmp_path / "live.db", "wal")
    replica = f"file://{tmp_path}/replica"
    subprocess.run([litestream, "replicate", "-exec", "sleep 2", str(live), replica], check=True, capture_output=True)
    assert count(acquisition.fetched(f"litestream+{replica}")) == ROWS


def test_a_replica_that_is_not_there_is_said(acquisition: Acquisition, litestream: str, tmp_path: Path) -> None:
    with pytest.raises(ReconcileError, match="`litestream restore"):
        acquisition.fetched(f"litestream+file://{tmp_path}/nothing")


@pytest.mark.parametrize(
    ("origin", "fetched"),
    [
        ("app.db", False),
        ("/data/app.db", False),
        ("s3://bucket/app.db", False),
        ("litestream://bucket/app", True),
        ("litestream+sftp://host/app", True),
        ({"command": ["cat", "app.db"]}, True),
    ],
)
def test_a_program_runs_for_commands_and_replicas_only(origin: Origin, fetched: bool) -> None:
    assert is_fetched(origin) is fetched


# --- as the source of a migration -------------------------------------------------------------------------------------


@pytest.fixture
def route(postgres: EmbeddedPostgres, tmp_path: Path) -> Callable[[str, Origin], object]:
    dsn = postgres.ensure_database(f"fetched_{tmp_path.name.replace('-', '_')[:40]}")
    carry_out = DataRoute(Clients("eu-central-1"), tmp_path, tmp_path / "work", lambda *_: dsn)

    def call(operation: str, origin: Origin) -> object:
        target = {"endpoint_address": "db.internal", "db_name": "app"}
        return carry_out(Call("migration", operation, {"source": origin, "target": target}))

    return call


def test_a_plan_runs_no_command_and_an_apply_fetches_migrates_and_forgets(
    route: Callable[[str, Origin], object], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    origin = printing(database(tmp_path / "app.db"), log)
    assert route("GetStatus", origin) == {
        "state": "pending",
        "summary": "its source is fetched when it is applied",
        "rows": 0,
    }
    assert not log.exists()
    route("Migrate", origin)
    assert log.read_text() == "ran\n"
    assert list((tmp_path / "work" / "sources").iterdir()) == []
    assert route("GetStatus", origin) == {"state": "verified", "summary": "verified", "rows": ROWS}
    assert log.read_text() == "ran\n"
