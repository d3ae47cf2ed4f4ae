"""The status: from nothing to verified, in words, without a write on either side."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.migration import Options, Progress, TableStatus, UnusableSource, migrate, status
from tests.migration.databases import Bench, wide_source


def test_before_anything_was_created_it_is_pending_and_creates_nothing(bench: Bench) -> None:
    wide_source(bench.source, 30)
    before = bench.source.read_bytes()
    found = status(bench.source, bench.dsn)
    assert (found.state, found.summary, found.percent) == ("pending", "pending", 0)
    assert found.tables == (TableStatus("t", 0, 30),)
    assert bench.value("SELECT to_regnamespace('reconciler_migration')") is None
    assert bench.source.read_bytes() == before
    assert [file.name for file in bench.source.parent.iterdir()] == [bench.source.name]


def test_half_way_it_says_how_many_percent(bench: Bench) -> None:
    wide_source(bench.source, 30)
    asked = iter([False, True])
    migrate(bench.source, bench.dsn, Options(chunk_rows=5), should_stop=lambda: next(asked))
    found = status(bench.source, bench.dsn)
    assert (found.state, found.summary) == ("copying", "33 % copied")
    assert found.tables == (TableStatus("t", 10, 30),)


def test_at_the_end_it_is_verified(bench: Bench) -> None:
    wide_source(bench.source, 30)
    fingerprint = status(bench.source, bench.dsn).fingerprint
    report = bench.migrate()
    found = status(bench.source, bench.dsn)
    assert (found.state, found.summary, found.percent, found.rows_copied) == ("verified", "verified", 100, 30)
    assert found == report.status
    assert found.fingerprint == fingerprint


def test_once_verified_the_file_may_be_gone(bench: Bench) -> None:
    wide_source(bench.source, 30)
    bench.migrate()
    bench.source.unlink()
    assert status(bench.source, bench.dsn).state == "verified"


def test_a_missing_file_is_an_error_before_that(bench: Bench) -> None:
    with pytest.raises(UnusableSource, match="does not exist"):
        status(bench.source, bench.dsn)


def test_an_empty_table_is_done_when_there_is_nothing_to_copy(bench: Bench) -> None:
    bench.write("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    assert bench.migrate().status.summary == "verified"


def test_progress_is_told_in_words_a_person_can_follow(bench: Bench) -> None:
    wide_source(bench.source, 2000)
    told: list[Progress] = []
    migrate(bench.source, bench.dsn, Options(chunk_rows=100), progress=told.append)
    texts = [progress.text for progress in told]
    assert texts[:2] == ["freeze", "assess t"]
    copies = [text for text in texts if text.startswith("copy")]
    assert copies == [f"copy t {copied:,} of 2,000 rows" for copied in range(0, 2001, 100)]
    assert texts[-1] == "verify t 2,000 rows"


def test_the_report_reads_well(bench: Bench) -> None:
    bench.write("CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)", "CREATE VIEW v AS SELECT 1")
    lines = bench.migrate().text().splitlines()
    assert lines[:2] == ["verified: 1 of 1 rows", "  t: 1 of 1"]
    assert lines[2].startswith("  note (view) v: not carried over")


def test_the_work_copy_goes_where_it_is_told_and_is_removed(bench: Bench, tmp_path: Path) -> None:
    wide_source(bench.source, 10)
    work = tmp_path / "work"
    work.mkdir()
    seen: list[int] = []
    migrate(
        bench.source,
        bench.dsn,
        Options(work_dir=work),
        progress=lambda _: seen.append(len(list(work.rglob("*.sqlite")))),
    )
    assert 1 in seen
    assert list(work.iterdir()) == []
