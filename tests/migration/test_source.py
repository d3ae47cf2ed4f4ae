"""Freezing: which files are refused, and that a frozen copy is one moment of the source, which stays untouched."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.errors import ReconcileError
from reconciler.migration import Options, UnusableSource
from reconciler.migration.catalogue import read
from reconciler.migration.source import MAGIC, freeze
from tests.migration.databases import wide_source, write_sqlite


def fingerprint(path: Path) -> str:
    with freeze(path) as source:
        return source.fingerprint


def refused(path: Path) -> str:
    with pytest.raises(UnusableSource) as caught, freeze(path) as source:
        read(source, Options())
    assert caught.value.help
    return caught.value.message


def test_a_missing_file_is_refused_and_not_created(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert "is empty" in refused(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "not a file" in refused(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"PGDMP...", b"\x00" * 8192, b"\x8f\x12" * 2048, MAGIC[:-1]],
    ids=["dump", "zeros", "encrypted", "short"],
)
def test_what_is_no_sqlite_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    assert "not a SQLite database" in refused(path)


def test_a_database_without_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.db"
    write_sqlite(path, "CREATE TABLE gone (a)", "DROP TABLE gone")
    assert "has no tables" in refused(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.db"
    wide_source(path, 2000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = refused(path)
    assert "malformed" in message or "damaged" in message


def test_a_zeroed_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "holed.db"
    wide_source(path, 2000)
    content = bytearray(path.read_bytes())
    content[4096 * 5 : 4096 * 6] = bytes(4096)
    path.write_bytes(content)
    message = refused(path)
    assert "malformed" in message or "damaged" in message


def test_a_damaged_file_is_read_whole_or_refused_but_never_crashes(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.db", tmp_path / "bad.db"
    wide_source(good, 300)
    content, chance = good.read_bytes(), random.Random(7)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(3):
            damaged[chance.randrange(16, len(damaged))] = chance.randrange(256)
        bad.write_bytes(damaged)
        try:
            with freeze(bad) as source:
                tables = read(source, Options()).tables
                outcomes.add(sum(source.query(f'SELECT count(*) FROM "{table.name}"')[0][0] for table in tables))
        except ReconcileError as error:
            outcomes.add(type(error).__name__)
    assert outcomes <= {300, "UnusableSource"}
    assert "UnusableSource" in outcomes


def test_rows_still_in_the_wal_are_part_of_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode=wal")
        live.execute("CREATE TABLE t (a)")
        live.execute("INSERT INTO t VALUES (1)")
        with freeze(path) as source:
            assert source.query("SELECT a FROM t") == [(1,)]
            live.execute("INSERT INTO t VALUES (2)")
            assert source.query("SELECT a FROM t") == [(1,)]


def test_a_transaction_that_is_not_committed_is_no_part_of_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode=wal")
        live.execute("CREATE TABLE t (a)")
        live.execute("BEGIN")
        live.execute("INSERT INTO t VALUES (1)")
        with freeze(path) as source:
            assert source.query("SELECT count(*) FROM t") == [(0,)]


def test_a_closed_wal_file_is_read_without_leaving_anything_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "app" / "wal.db"
    path.parent.mkdir()
    write_sqlite(path, "CREATE TABLE t (a)")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=wal")
    content = path.read_bytes()
    with freeze(path) as source:
        assert "-wal" in source.warning
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == ["wal.db"]


def test_a_file_left_in_the_middle_of_a_write_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path, journal = tmp_path / "hot.db", tmp_path / "hot.db-journal"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE t (a)")
        database.execute("PRAGMA cache_size=5")
        database.execute("BEGIN")
        for _ in range(50):
            database.execute("INSERT INTO t VALUES (zeroblob(4000))")
        crashed = path.read_bytes(), journal.read_bytes()
    path.write_bytes(crashed[0])
    journal.write_bytes(crashed[1])
    with pytest.raises(UnusableSource) as caught, freeze(path):
        pass
    assert "sqlite3" in caught.value.help


def test_the_fingerprint_is_of_the_content_not_of_the_journal_mode_or_the_place(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.db", tmp_path / "b.db"
    wide_source(path, 100)
    copy.write_bytes(path.read_bytes())
    before = fingerprint(path)
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA journal_mode=wal")
    assert fingerprint(copy) == before


def test_the_fingerprint_changes_with_one_value(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    wide_source(path, 100)
    before = fingerprint(path)
    write_sqlite(path, "UPDATE t SET score = score + 1 WHERE id = 50")
    assert fingerprint(path) != before


def test_a_collation_only_the_application_has_does_not_stop_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "unicase.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.create_collation("unicase", lambda a, b: (a > b) - (a < b))
        database.execute("CREATE TABLE t (k TEXT COLLATE unicase PRIMARY KEY, v) WITHOUT ROWID")
        database.execute("CREATE TABLE u (k TEXT COLLATE unicase UNIQUE)")
        database.execute("INSERT INTO t VALUES ('a', 1)")
    with freeze(path) as source:
        assert [table.name for table in read(source, Options()).tables] == ["t", "u"]
