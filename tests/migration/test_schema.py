"""Keys, indexes, constraints, defaults and identities live on in PostgreSQL; whatever does not is in the report."""

from __future__ import annotations

import psycopg
import pytest

from tests.migration.databases import Bench


def refuses(bench: Bench, sql: str) -> str:
    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        bench.query(sql)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "rows", "following"),
    [
        ("id INTEGER PRIMARY KEY, v", [(41,)], 42),
        ("id INTEGER PRIMARY KEY AUTOINCREMENT, v", [(41,), (99,)], 100),
        ("id INTEGER PRIMARY KEY, v", [], 1),
        ("id INTEGER PRIMARY KEY, v", [(-3,)], 1),
    ],
)
def test_ids_go_on_where_sqlite_would(bench: Bench, declared: str, rows: list[tuple[int]], following: int) -> None:
    bench.write(f"CREATE TABLE t ({declared})", *(("INSERT INTO t (id) VALUES (?)", row) for row in rows))
    bench.write("DELETE FROM t WHERE id = 99")
    bench.migrate()
    assert bench.value("INSERT INTO t (v) VALUES (NULL) RETURNING id") == following


def test_primary_keys_unique_constraints_and_not_null_are_enforced(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (a TEXT, b INTEGER, c TEXT NOT NULL UNIQUE, d TEXT, PRIMARY KEY (a, b), UNIQUE (d, c))",
        "INSERT INTO t VALUES ('x', 1, 'c', NULL)",
    )
    bench.migrate()
    assert "t_pkey" in refuses(bench, "INSERT INTO t VALUES ('x', 1, 'other', 'd')")
    assert "t_c_key" in refuses(bench, "INSERT INTO t VALUES ('y', 1, 'c', 'd')")
    assert "null value" in refuses(bench, "INSERT INTO t VALUES ('y', 1, NULL, 'd')")
    bench.query("INSERT INTO t VALUES ('y', 1, 'e', NULL)")


def test_a_primary_key_with_nulls_becomes_unique_and_is_reported(bench: Bench) -> None:
    bench.write("CREATE TABLE t (k TEXT PRIMARY KEY)", "INSERT INTO t VALUES (NULL), (NULL), ('a')")
    report = bench.migrate()
    assert report.status.state == "verified"
    assert "made UNIQUE instead" in bench.notes(report, "key")[0]
    refuses(bench, "INSERT INTO t VALUES ('a')")


def test_a_partial_unique_index_stays_partial(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT, deleted BOOLEAN)",
        "CREATE UNIQUE INDEX live ON t (email) WHERE deleted = 0",
        "INSERT INTO t VALUES (1, 'a', 0), (2, 'a', 1)",
    )
    bench.migrate()
    bench.query("INSERT INTO t (email, deleted) VALUES ('a', true)")
    assert "live" in refuses(bench, "INSERT INTO t (email, deleted) VALUES ('a', false)")


def test_an_expression_index_is_carried_over(bench: Bench) -> None:
    bench.write("CREATE TABLE t (e TEXT)", "CREATE UNIQUE INDEX low ON t (lower(e) DESC)", "INSERT INTO t VALUES ('a')")
    bench.migrate()
    refuses(bench, "INSERT INTO t VALUES ('A')")


def test_an_index_without_an_equal_is_reported(bench: Bench) -> None:
    bench.write("CREATE TABLE t (e TEXT)", "CREATE UNIQUE INDEX j ON t (json_extract(e, '$.a'))")
    report = bench.migrate()
    assert "uniqueness is not enforced" in bench.notes(report, "index")[0]


def test_nocase_uniqueness_minds_no_case_but_only_of_ascii(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, e TEXT COLLATE NOCASE UNIQUE)",
        "INSERT INTO t VALUES (1, 'Abc'), (2, 'Žluť'), (3, 'žluť')",
    )
    report = bench.migrate()
    assert report.status.state == "verified"
    refuses(bench, "INSERT INTO t (e) VALUES ('aBC')")
    assert bench.notes(report, "collation")


def test_a_foreign_key_to_a_nocase_key_works(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE p (name TEXT COLLATE NOCASE PRIMARY KEY)",
        "CREATE TABLE c (p TEXT REFERENCES p)",
        "INSERT INTO p VALUES ('Abc')",
        "INSERT INTO c VALUES ('Abc')",
    )
    bench.migrate()
    refuses(bench, "INSERT INTO c VALUES ('nobody')")
    refuses(bench, "INSERT INTO p VALUES ('ABC')")


def test_foreign_keys_with_their_actions_cycles_and_self_references(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b(id) ON DELETE SET NULL)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE)",
        "CREATE TABLE n (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES n(id))",
        "INSERT INTO a VALUES (1, 1), (2, 9)",
        "INSERT INTO b VALUES (1, 1), (9, NULL)",
        "INSERT INTO n VALUES (1, 2), (2, NULL)",
    )
    bench.migrate()
    bench.query("DELETE FROM b WHERE id = 9")
    assert bench.query("SELECT * FROM a WHERE id = 2") == [(2, None)]
    refuses(bench, "INSERT INTO n VALUES (3, 77)")
    bench.query("DELETE FROM a WHERE id = 1")
    assert bench.value("SELECT count(*) FROM b") == 0


def test_a_key_of_two_columns_and_a_check_at_commit_are_kept(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE p (a TEXT, b INTEGER, PRIMARY KEY (b, a))",
        "CREATE TABLE c (x INTEGER, y TEXT, FOREIGN KEY (x, y) REFERENCES p (b, a) DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO p VALUES ('k', 1)",
        "INSERT INTO c VALUES (1, 'k')",
    )
    assert bench.migrate().notices == ()
    assert bench.query("SELECT condeferred, convalidated FROM pg_constraint WHERE conname LIKE 'c_x%'") == [
        (True, True)
    ]
    refuses(bench, "INSERT INTO c VALUES (2, 'k')")


def test_orphans_are_carried_and_listed_and_new_ones_refused(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id))",
        "INSERT INTO c VALUES (1, 77), (2, NULL)",
    )
    report = bench.migrate()
    assert report.status.state == "verified"
    assert "rows without a parent (row 1)" in bench.notes(report, "foreign key")[0]
    refuses(bench, "INSERT INTO c VALUES (3, 78)")


@pytest.mark.parametrize(
    ("child", "reason"),
    [("p TEXT REFERENCES p(id)", "different types"), ("p INTEGER REFERENCES nope(id)", "parent table is not there"),
     ("p INTEGER REFERENCES p(v)", "not unique"), ("p INTEGER REFERENCES p(x)", "no such key")],
)  # fmt: skip
def test_a_foreign_key_that_cannot_be_is_reported(bench: Bench, child: str, reason: str) -> None:
    bench.write("CREATE TABLE p (id INTEGER PRIMARY KEY, v INTEGER)", f"CREATE TABLE c ({child})")
    report = bench.migrate()
    assert report.status.state == "verified"
    assert reason in bench.notes(report, "foreign key")[0]


def test_checks_are_enforced_or_reported(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER CHECK (id > 0), on_ BOOLEAN CHECK (on_ IN (0, 1)), s TEXT CHECK (s GLOB 'a*'))",
        "INSERT INTO t VALUES (1, 1, 'abc')",
    )
    report = bench.migrate()
    refuses(bench, "INSERT INTO t VALUES (0, true, 'abc')")
    assert ["GLOB" in note for note in bench.notes(report, "check")] == [True]


def test_a_check_postgres_refuses_is_reported_and_does_not_stop_the_rest(bench: Bench) -> None:
    bench.write("CREATE TABLE t (n INTEGER CHECK (length(n) < 9))", "INSERT INTO t VALUES (5)")
    report = bench.migrate()
    assert report.status.state == "verified"
    assert "length(bigint) does not exist" in bench.notes(report, "step")[0]


def test_defaults_work_for_new_rows(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME DEFAULT current_timestamp, up DATETIME DEFAULT"
        " (datetime('now')), key TEXT DEFAULT (lower(hex(randomblob(16)))), on_ BOOLEAN NOT NULL DEFAULT true,"
        " off BOOLEAN DEFAULT 0, w REAL DEFAULT 1.0, s TEXT DEFAULT \"abc\", j JSON DEFAULT '[]',"
        " odd TEXT DEFAULT (upper('x')))"
    )
    report = bench.migrate()
    bench.query("INSERT INTO t DEFAULT VALUES")
    (row,) = bench.query(
        "SELECT id, at > now() - interval '1 hour', at = up, length(key), on_, off, w, s, j, odd FROM t"
    )
    assert row == (1, True, True, 32, True, False, 1.0, "abc", [], None)
    assert [note.split(":")[0] for note in bench.notes(report, "default")] == ["t.odd"]


def test_generated_columns_views_triggers_and_virtual_tables_are_reported(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (a INTEGER, b INTEGER AS (a * 2) STORED, c TEXT AS (a || 'x'))",
        "INSERT INTO t (a) VALUES (5)",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE f USING fts5(body)",
        "INSERT INTO f VALUES ('hello')",
        "ANALYZE",
    )
    report = bench.migrate()
    assert bench.query("SELECT * FROM t") == [(5, 10, "5x")]
    kinds = {(notice.kind, notice.object) for notice in report.notices}
    assert {("generated", "t.b"), ("generated", "t.c"), ("view", "v"), ("trigger", "tr"), ("virtual", "f")} <= kinds
    assert ("shadow", "f_content") in kinds
    assert bench.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("t",)]


@pytest.mark.parametrize(
    "name",
    [
        "order",
        "Order Details",
        "UserRole",
        "a.b",
        'say "hi"',
        "back`tick",
        "x; DROP TABLE y;--",
        "%s",
        "имя",
        "c" * 70,
        "'",
    ],
)
def test_names_are_kept_as_they_are_or_shortened_and_said(bench: Bench, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    bench.write(
        f"CREATE TABLE {quoted} ({quoted} INTEGER PRIMARY KEY, v TEXT)",
        f'CREATE INDEX {quoted[:-1]} index" ON {quoted} (v)',
        f"INSERT INTO {quoted} VALUES (1, 'x')",
    )
    report = bench.migrate()
    (table,) = bench.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")[0]
    assert table == name or (len(name) > 63 and bench.notes(report, "name")[0].startswith(name))
    assert report.status.state == "verified"


def test_long_names_that_are_alike_do_not_collide(bench: Bench) -> None:
    bench.write(
        f"CREATE TABLE t (a INTEGER, {'c' * 70}1 INTEGER, {'c' * 70}2 INTEGER)",
        f"CREATE INDEX {'i' * 70}1 ON t (a)",
        f"CREATE INDEX {'i' * 70}2 ON t (a)",
        "INSERT INTO t VALUES (1, 2, 3)",
    )
    bench.migrate()
    assert bench.query("SELECT * FROM t") == [(1, 2, 3)]
    assert bench.value("SELECT count(*) FROM pg_indexes WHERE tablename = 't'") == 2


def test_an_index_on_text_too_long_for_it_is_made_another_way(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE t (a TEXT UNIQUE, b TEXT)",
        "CREATE INDEX by_b ON t (b)",
        # incompressible, or PostgreSQL would fit it in
        "INSERT INTO t SELECT hex(randomblob(20000)), hex(randomblob(20000))",
    )
    report = bench.migrate()
    assert report.status.state == "verified"
    assert len(bench.notes(report, "step")) == 2
    assert {"hash" in index for (index,) in bench.query("SELECT indexdef FROM pg_indexes WHERE tablename = 't'")} == {
        True,
        False,
    }
    refuses(bench, "INSERT INTO t SELECT a FROM t")


def test_two_values_that_become_one_stop_the_unique_constraint_with_its_name(bench: Bench) -> None:
    from reconciler.migration import MigrationFailed, status

    bench.write("CREATE TABLE t (v UNIQUE)", "INSERT INTO t VALUES (1), ('1')")
    with pytest.raises(MigrationFailed, match=r"unique t_v_key.*\(v\)=\(1\) is duplicated"):
        bench.migrate()
    assert status(bench.source, bench.dsn).state == "copied"
