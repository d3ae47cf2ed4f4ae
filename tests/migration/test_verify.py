"""The comparison finds every difference, and names the table and the key."""

from __future__ import annotations

import random

import pytest

from reconciler.errors import Exit, Refused
from reconciler.migration import NotEqual, SourceChanged, status, verify
from tests.migration.databases import Bench, wide_source

COLUMNS = (
    "id INTEGER PRIMARY KEY, i INTEGER, r REAL, d DECIMAL(10,2), s TEXT, b BOOLEAN, at DATETIME, day DATE, clock TIME,"
    " u UUID, j JSON, raw BLOB"
)
ROW = (
    5, 0.1, 1.25, "text", 1, 1700000000123, "2024-02-29", "10:11:12", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "[1]",
    b"\0",
)  # fmt: skip


def typed(bench: Bench) -> Bench:
    """Ten rows with a column of every family, migrated."""
    bench.write(
        f"CREATE TABLE t ({COLUMNS})",
        *((f"INSERT INTO t VALUES (?, {', '.join('?' * len(ROW))})", (n, *ROW)) for n in range(1, 11)),
        "INSERT INTO t (id) VALUES (11)",
    )
    assert bench.migrate().status.state == "verified"
    return bench


def differences(bench: Bench) -> set[tuple[str, str, str]]:
    with pytest.raises(NotEqual) as caught:
        verify(bench.source, bench.dsn)
    assert caught.value.exit_code == Exit.VERIFICATION_FAILED
    found = {
        (check.table, difference.kind, difference.key)
        for check in caught.value.verification.tables
        for difference in check.differences
    }
    assert all(key in caught.value.message and table in caught.value.message for table, _, key in found)
    return found


@pytest.mark.parametrize(
    "change",
    [
        "i = 6", "r = 0.10000000000000002", "d = 1.251", "s = 'tex'", "s = ''", "s = NULL", "b = false",
        "at = at + interval '1 microsecond'", "at = at + interval '56000 years'", "day = '2024-03-01'",
        "clock = '10:11:12.000001'", "u = '6ba7b810-9dad-11d1-80b4-00c04fd430c9'", "j = '[2]'", "raw = '\\x01'",
        "raw = ''", "i = NULL", "j = 'null'",
    ],
)  # fmt: skip
def test_one_changed_value_is_found(bench: Bench, change: str) -> None:
    typed(bench).query(f"UPDATE t SET {change} WHERE id = 4")
    assert differences(bench) == {("t", "changed", "4")}


def test_a_null_that_became_something_is_found(bench: Bench) -> None:
    typed(bench).query("UPDATE t SET s = '' WHERE id = 11")
    assert differences(bench) == {("t", "changed", "11")}


def test_a_lost_row_is_found(bench: Bench) -> None:
    typed(bench).query("DELETE FROM t WHERE id = 7")
    assert differences(bench) == {("t", "missing", "7")}


def test_an_added_row_is_found(bench: Bench) -> None:
    typed(bench).query("INSERT INTO t (id, s) VALUES (99, 'extra')")
    assert differences(bench) == {("t", "extra", "99")}


def test_two_swapped_values_are_found(bench: Bench) -> None:
    wide_source(bench.source, 500)
    bench.migrate()
    bench.query("UPDATE t SET score = CASE id WHEN 3 THEN 4 / 7.0 ELSE 3 / 7.0 END WHERE id IN (3, 4)")
    assert differences(bench) == {("t", "changed", "3"), ("t", "changed", "4")}


def test_values_swapped_between_columns_are_found(bench: Bench) -> None:
    bench.write("CREATE TABLE t (k TEXT PRIMARY KEY, a TEXT, b TEXT)", "INSERT INTO t VALUES ('x', 'one', 'two')")
    bench.migrate()
    bench.query("UPDATE t SET a = b, b = a")
    assert differences(bench) == {("t", "changed", "x")}


def test_a_separator_moved_from_one_column_to_the_next_is_found(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (k TEXT PRIMARY KEY, a TEXT, b TEXT)", "INSERT INTO t VALUES ('x', 'p' || char(31), 'q')"
    )
    bench.migrate()
    bench.query("UPDATE t SET a = 'p', b = E'\\x1fq'")
    assert differences(bench) == {("t", "changed", "x")}


def test_random_mutations_are_all_found(bench: Bench) -> None:
    wide_source(bench.source, 300)
    bench.migrate()
    chance = random.Random(11)
    for _ in range(25):
        key = chance.randint(1, 300)
        mutation, kind = chance.choice(
            [
                (
                    f"UPDATE t SET word = overlay(word PLACING '\u00e9' FROM {chance.randint(1, 5)}) WHERE id = {key}",
                    "changed",
                ),
                (f"UPDATE t SET score = float8 '{chance.random()}' WHERE id = {key}", "changed"),
                (f"DELETE FROM t WHERE id = {key}", "missing"),
            ]
        )
        bench.query("CREATE TABLE before AS TABLE t")
        bench.query(mutation)
        assert differences(bench) == {("t", kind, str(key))}
        bench.query("TRUNCATE t")
        bench.query("INSERT INTO t OVERRIDING SYSTEM VALUE TABLE before")
        bench.query("DROP TABLE before")
    assert all(check.equal for check in verify(bench.source, bench.dsn).tables)


def test_a_key_of_two_columns_is_named_whole(bench: Bench) -> None:
    bench.write("CREATE TABLE t (a TEXT, b INTEGER, v, PRIMARY KEY (a, b))", "INSERT INTO t VALUES ('x', 2, 'v')")
    bench.migrate()
    bench.query("UPDATE t SET v = 'w'")
    assert differences(bench) == {("t", "changed", "x,2")}


def test_without_a_key_the_rows_are_named_by_place(bench: Bench) -> None:
    bench.write(
        'CREATE TABLE "_AToB" (A TEXT, B TEXT)', "INSERT INTO \"_AToB\" VALUES ('a', 'b'), ('a', 'b'), ('c', 'd')"
    )
    bench.migrate()
    bench.query('UPDATE "_AToB" SET "B" = \'x\' WHERE "A" = \'c\'')
    kinds = {(table, kind, key.split()[0]) for table, kind, key in differences(bench)}
    assert kinds == {("_AToB", "missing", "rowid"), ("_AToB", "extra", "ctid")}


def test_a_duplicate_lost_from_a_table_without_a_key_is_found(bench: Bench) -> None:
    bench.write("CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES ('a'), ('a'), ('b')")
    bench.migrate()
    bench.query("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE a = 'a')")
    assert {(table, kind) for table, kind, _ in differences(bench)} == {("t", "missing")}


def test_the_order_of_rows_does_not_matter(bench: Bench) -> None:
    wide_source(bench.source, 200)
    bench.migrate()
    bench.query("CREATE TABLE again AS TABLE t")
    bench.query("TRUNCATE t")
    bench.query("INSERT INTO t OVERRIDING SYSTEM VALUE SELECT * FROM again ORDER BY id DESC")
    assert verify(bench.source, bench.dsn).rows == 200


def test_a_difference_found_by_the_migration_itself_makes_it_failed_until_repaired(bench: Bench) -> None:
    wide_source(bench.source, 50)
    bench.migrate()
    bench.query("UPDATE reconciler_migration.run SET state = 'constrained'")
    bench.query("UPDATE t SET word = 'changed' WHERE id = 9")
    with pytest.raises(NotEqual, match="changed: 9"):
        bench.migrate()
    assert status(bench.source, bench.dsn).state == "failed"
    bench.query("UPDATE t SET word = E'row 9\\t\\\\\\n' WHERE id = 9")
    assert bench.migrate().status.state == "verified"


def test_there_is_nothing_to_compare_before_the_migration(bench: Bench) -> None:
    wide_source(bench.source, 5)
    with pytest.raises(Refused, match="nothing was migrated"):
        verify(bench.source, bench.dsn)


def test_another_file_is_not_compared(bench: Bench) -> None:
    wide_source(bench.source, 5)
    bench.migrate()
    bench.write("DELETE FROM t WHERE id = 1")
    with pytest.raises(SourceChanged):
        verify(bench.source, bench.dsn)


def test_a_comparison_writes_nothing(bench: Bench) -> None:
    wide_source(bench.source, 5)
    bench.migrate()
    before = bench.query("SELECT txid_snapshot_xmax(txid_current_snapshot())")
    verify(bench.source, bench.dsn)
    assert bench.query("SELECT txid_snapshot_xmax(txid_current_snapshot())") == before
