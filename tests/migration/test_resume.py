"""Killed anywhere, run again: every row once, and nothing that was committed is copied a second time."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.migration import Options, Report, migrate, status
from tests.migration.databases import Bench, wide_source

ROWS, CHUNK = 1000, 100

DIES = """
import os, signal, sys
from pathlib import Path
from reconciler.migration import Options, migrate

moment, count = sys.argv[3], int(sys.argv[4])
seen = 0

def die_at(name):
    global seen
    seen += name == moment
    if name == moment and seen == count:
        os.kill(os.getpid(), signal.SIGKILL)

def asked():
    die_at("inside a chunk")
    return False

migrate(
    Path(sys.argv[1]), sys.argv[2], Options(chunk_rows={chunk}),
    progress=lambda progress: die_at(progress.phase if progress.phase != "copy" or progress.copied else "begin"),
    should_stop=asked,
)
""".replace("{chunk}", str(CHUNK))


def killed(bench: Bench, moment: str, count: int) -> None:
    """A migration that kills itself the `count`-th time it comes to `moment`."""
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(bench.source), bench.dsn, moment, str(count)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


def ledger(bench: Bench) -> list[tuple[int, int, int]]:
    sql = "SELECT number, rows, xmin::text::bigint FROM reconciler_migration.chunk ORDER BY table_name, number"
    return [(number, rows, transaction) for number, rows, transaction in bench.query(sql)]


def assert_exact(bench: Bench, report: Report, rows: int = ROWS) -> None:
    assert report.status.state == "verified"
    assert bench.query("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM t") == [(rows, rows, 1, rows)]
    assert sum(rows for _, rows, _ in ledger(bench)) == rows


@pytest.mark.parametrize("count", [1, 2, 5, 10])
def test_killed_after_a_chunk_it_goes_on_with_the_next(bench: Bench, count: int) -> None:
    wide_source(bench.source, ROWS)
    killed(bench, "copy", count)
    before = ledger(bench)
    assert [(number, rows) for number, rows, _ in before] == [(n, CHUNK) for n in range(1, count + 1)]
    report = bench.migrate(chunk_rows=CHUNK)
    assert_exact(bench, report)
    assert ledger(bench)[:count] == before
    assert report.rows == ROWS - count * CHUNK


@pytest.mark.parametrize("count", [1, 4, 10])
def test_killed_inside_a_chunk_it_copies_that_chunk_once(bench: Bench, count: int) -> None:
    wide_source(bench.source, ROWS)
    killed(bench, "inside a chunk", count)
    before = ledger(bench)
    assert len(before) == count - 1
    assert bench.value("SELECT count(*) FROM t") == (count - 1) * CHUNK
    assert_exact(bench, bench.migrate(chunk_rows=CHUNK))
    assert ledger(bench)[: count - 1] == before


@pytest.mark.parametrize(
    ("moment", "count"), [("freeze", 1), ("assess", 1), ("begin", 1), ("constrain", 1), ("constrain", 2), ("verify", 1)]
)
def test_killed_in_any_other_stage_it_still_ends_exact(bench: Bench, moment: str, count: int) -> None:
    wide_source(bench.source, ROWS)
    killed(bench, moment, count)
    assert_exact(bench, bench.migrate())
    bench.query("INSERT INTO t (word) VALUES ('next')")
    assert bench.value("SELECT max(id) FROM t") == ROWS + 1


def test_killed_again_and_again_it_ends_exact(bench: Bench) -> None:
    wide_source(bench.source, ROWS)
    for moment in ("inside a chunk", "copy", "inside a chunk", "copy"):
        killed(bench, moment, 2)
    report = bench.migrate(chunk_rows=CHUNK)
    assert_exact(bench, report)
    numbers = [number for number, _, _ in ledger(bench)]
    assert numbers == list(range(1, 11))


def test_a_table_without_rowid_resumes_too(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER, k TEXT, PRIMARY KEY (k, id)) WITHOUT ROWID",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        " INSERT INTO t SELECT i, hex(i * 7919 % 1000) FROM n",
        "CREATE INDEX by_id ON t (id, k)",
    )
    killed(bench, "inside a chunk", 3)
    assert_exact(bench, bench.migrate(chunk_rows=CHUNK))


def test_a_table_whose_columns_hide_the_rowid_resumes_too(bench: Bench) -> None:
    bench.write(
        'CREATE TABLE t (id TEXT, "rowid" TEXT, "oid" TEXT, "_rowid_" TEXT)',
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        " INSERT INTO t SELECT i, 'x', 'y', 'z' FROM n",
    )
    killed(bench, "copy", 3)
    report = bench.migrate(chunk_rows=CHUNK)
    assert report.status.state == "verified"
    assert bench.query("SELECT count(*), count(DISTINCT id) FROM t") == [(1000, 1000)]


def test_negative_and_extreme_rowids_are_all_copied(bench: Bench) -> None:
    keys = [-(2**63), -5, 0, 7, 2**63 - 1]
    bench.write("CREATE TABLE t (id INTEGER PRIMARY KEY)", *(("INSERT INTO t VALUES (?)", (key,)) for key in keys))
    assert bench.migrate(chunk_rows=2).status.state == "verified"
    assert [key for (key,) in bench.query("SELECT id FROM t ORDER BY id")] == keys


def test_asked_to_stop_it_commits_what_it_sent_and_says_so(bench: Bench) -> None:
    wide_source(bench.source, ROWS)
    answers = iter([False, False, True])
    report = migrate(bench.source, bench.dsn, Options(chunk_rows=CHUNK), should_stop=lambda: next(answers))
    assert (report.status.state, report.status.summary, report.rows) == ("copying", "30 % copied", 300)
    assert status(bench.source, bench.dsn) == report.status
    assert_exact(bench, bench.migrate())


def test_a_second_run_copies_nothing_and_writes_nothing(bench: Bench) -> None:
    wide_source(bench.source, ROWS)
    bench.migrate()
    counters = "SELECT pg_current_xact_id_if_assigned(), txid_snapshot_xmax(txid_current_snapshot())"
    before = bench.query(counters)
    report = bench.migrate()
    assert (report.status.state, report.chunks, report.rows) == ("verified", 0, 0)
    assert bench.query(counters) == before


def test_the_size_of_a_chunk_is_what_was_asked_for(bench: Bench) -> None:
    wide_source(bench.source, ROWS)
    bench.migrate(chunk_bytes=4096)
    sizes = [size for (size,) in bench.query("SELECT bytes FROM reconciler_migration.chunk ORDER BY number")]
    assert len(sizes) > 3
    assert min(sizes[:-1]) >= 4096


def test_a_file_that_changed_half_way_is_refused_until_told_to_restart(bench: Bench) -> None:
    from reconciler.migration import SourceChanged

    wide_source(bench.source, ROWS)
    killed(bench, "copy", 3)
    bench.write("DELETE FROM t WHERE id > 900")
    assert status(bench.source, bench.dsn).state == "source_changed"
    with pytest.raises(SourceChanged) as caught:
        bench.migrate()
    assert "restart" in caught.value.help
    assert bench.value("SELECT count(*) FROM t") == 300
    assert_exact(bench, bench.migrate(restart=True), 900)
