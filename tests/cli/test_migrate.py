"""`migrate` alone: what it prints, what it remembers, and the codes of a comparison that fails and of a signal."""

from __future__ import annotations

import itertools
import re
import signal
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from reconciler.errors import Exit
from reconciler.simulator.postgres import EmbeddedPostgres, start_postgres
from tests.cli.shell import Shell
from tests.migration.databases import wide_source

ROWS = 500
MANY = 150_000
_numbers = itertools.count()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = start_postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.discard()


@pytest.fixture
def target(postgres: EmbeddedPostgres) -> str:
    """An empty database."""
    name = f"cli{next(_numbers)}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    return postgres.dsn(name)


def value(target: str, sql: str) -> Any:
    with psycopg.connect(target, autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
        return row[0] if row else None


def test_a_migration_is_told_and_remembered(shell: Shell, target: str) -> None:
    wide_source(shell.folder / "app.db", ROWS)
    words = ("migrate", "app.db", "--target", target)
    before = shell(*words, "--status", "-o", "json").document
    assert (before["format_version"], before["state"], before["percent"]) == ("1.0", "pending", 0)

    ended = shell(*words)
    assert ended.code == Exit.OK
    assert ended.stdout.startswith(f"verified: {ROWS} of {ROWS} rows\n  t: {ROWS} of {ROWS}\n")
    assert "t" in ended.stderr
    assert value(target, "SELECT count(*) FROM t") == ROWS

    again = shell(*words, "-o", "json")
    assert (again.code, again.document["rows"], again.document["status"]["state"]) == (Exit.OK, 0, "verified")
    assert shell(*words, "--status").stdout == "verified\n"
    assert shell(*words, "--verify").stdout == f"equal: {ROWS} rows in 1 tables\n"


def test_data_that_is_not_equal_is_9_and_names_the_rows(shell: Shell, target: str) -> None:
    wide_source(shell.folder / "app.db", ROWS)
    words = ("migrate", "app.db", "--target", target)
    assert shell(*words).code == Exit.OK
    value(target, "UPDATE t SET word = 'another' WHERE id = 77 RETURNING id")
    ended = shell(*words, "--verify", "-o", "json")
    assert ended.code == Exit.VERIFICATION_FAILED
    assert "77" in ended.stderr
    assert ended.document["error"]["code"] == "NotEqual"
    assert ended.document["error"]["exit_code"] == 9


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_stops_between_blocks_and_running_again_copies_the_rest(
    shell: Shell, target: str, number: signal.Signals, code: Exit
) -> None:
    wide_source(shell.folder / "app.db", MANY)
    words = ("migrate", "app.db", "--target", target)
    running = shell.start(*words)
    running.wait_for("freeze")
    running.process.send_signal(number)
    ended = running.end()
    assert ended.code == code
    assert re.match(r"\d+ % copied: [\d,]+ of 150,000 rows\n", ended.stdout)
    again = shell(*words)
    assert again.code == Exit.OK
    assert again.stdout.startswith("verified: 150,000 of 150,000 rows\n")
    assert value(target, "SELECT count(DISTINCT id) FROM t") == value(target, "SELECT count(*) FROM t") == MANY


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "nope.db"), (b"no database at all, only words", "nope.db")],
    ids=["absent", "no SQLite"],
)
def test_a_file_that_is_no_database_is_refused(shell: Shell, target: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (shell.folder / "nope.db").write_bytes(content * 100)
    ended = shell("migrate", "nope.db", "--target", target)
    assert (ended.code, ended.stdout) == (Exit.REFUSED, "")
    assert words in ended.stderr
    assert value(target, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == 0
