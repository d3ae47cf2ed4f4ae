"""What the target may be: an ordinary role, tables an ORM made, no row that is not ours; and secrets stay secret."""

from __future__ import annotations

import threading

import psycopg
import pytest

from reconciler.errors import Exit, Locked, ReconcileError, Refused
from reconciler.migration import (
    CannotCarry,
    Options,
    SourceChanged,
    TargetUnavailable,
    UnusableTarget,
    migrate,
    plan,
    status,
)
from tests.migration.databases import Bench, wide_source

MS = 1764003600123


def users(bench: Bench) -> None:
    bench.write(
        'CREATE TABLE User (id TEXT PRIMARY KEY, role TEXT, "createdAt" DATETIME, boss TEXT REFERENCES User(id))',
        ("INSERT INTO User VALUES ('b', 'USER', ?, 'a')", (MS,)),
        "INSERT INTO User VALUES ('a', 'ADMIN', '2025-11-24T17:00:00.123+02:00', NULL)",
    )


def test_an_ordinary_role_is_enough(bench: Bench) -> None:
    users(bench)
    assert (
        bench.value("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        is False
    )
    assert bench.migrate().status.state == "verified"


def test_a_role_that_may_create_nothing_is_told_what_it_lacks(bench: Bench) -> None:
    users(bench)
    with psycopg.connect(bench.admin_dsn, autocommit=True) as admin:
        admin.execute("ALTER SCHEMA public OWNER TO postgres")
        admin.execute(f"ALTER DATABASE {admin.info.dbname} OWNER TO postgres".encode())
    with pytest.raises(UnusableTarget) as caught:
        bench.migrate()
    assert "permission denied" in caught.value.message
    assert "CREATE" in caught.value.help


def test_another_schema_can_be_the_target(bench: Bench) -> None:
    users(bench)
    bench.query('CREATE SCHEMA "My App"')
    assert bench.migrate(schema="My App").status.state == "verified"
    assert bench.value('SELECT count(*) FROM "My App"."User"') == 2


def test_a_schema_that_is_not_there_is_refused(bench: Bench) -> None:
    users(bench)
    with pytest.raises(UnusableTarget, match="no schema nope"):
        bench.migrate(schema="nope")


def test_a_table_with_rows_that_are_not_ours_is_refused_and_untouched(bench: Bench) -> None:
    users(bench)
    bench.query('CREATE TABLE "User" (id text)')
    bench.query("INSERT INTO \"User\" VALUES ('precious')")
    with pytest.raises(UnusableTarget, match="User") as caught:
        bench.migrate()
    assert caught.value.exit_code == Exit.REFUSED
    assert bench.query('SELECT * FROM "User"') == [("precious",)]
    assert bench.value("SELECT to_regnamespace('reconciler_migration')") is None


def test_empty_tables_an_orm_made_are_filled_by_name(bench: Bench) -> None:
    users(bench)
    bench.query("CREATE TYPE role AS ENUM ('USER', 'ADMIN')")
    bench.query(
        'CREATE TABLE "User" ("createdAt" timestamp(3) NOT NULL, extra text DEFAULT \'x\', boss varchar(10) REFERENCES'
        ' "User", role role, id varchar(10) PRIMARY KEY)'.replace('REFERENCES "User"', "")
    )
    bench.query('ALTER TABLE "User" ADD FOREIGN KEY (boss) REFERENCES "User"(id)')
    assert bench.migrate(chunk_rows=1).status.state == "verified"
    assert bench.query('SELECT id, role::text, boss, extra, "createdAt"::text FROM "User" ORDER BY id') == [
        ("a", "ADMIN", None, "x", "2025-11-24 15:00:00.123"),
        ("b", "USER", "a", "x", "2025-11-24 17:00:00.123"),
    ]


def test_the_sequence_of_a_table_an_orm_made_goes_on_after_the_last_id(bench: Bench) -> None:
    bench.write("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (41, 'x')")
    bench.query("CREATE TABLE t (id serial PRIMARY KEY, v text)")
    bench.migrate()
    assert bench.value("INSERT INTO t (v) VALUES ('y') RETURNING id") == 42


def test_parents_are_filled_before_children_whose_foreign_key_exists_already(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE child (p INTEGER)", "CREATE TABLE parent (id INTEGER)",
        "INSERT INTO child VALUES (1)", "INSERT INTO parent VALUES (1)",
    )  # fmt: skip
    bench.query("CREATE TABLE parent (id integer PRIMARY KEY)")
    bench.query("CREATE TABLE child (p integer REFERENCES parent)")
    assert bench.migrate().status.state == "verified"


@pytest.mark.parametrize(
    ("existing", "problem"),
    [
        ("id text, role text, boss text", "has no column createdAt"),
        ('id text, role text, boss text, "createdAt" timestamp, tenant text NOT NULL', "needs a value for tenant"),
        ('id text, role inet, boss text, "createdAt" timestamp', "role of type inet"),
    ],
)
def test_an_existing_table_that_does_not_fit_is_refused(bench: Bench, existing: str, problem: str) -> None:
    users(bench)
    bench.query(f'CREATE TABLE "User" ({existing})')
    with pytest.raises(UnusableTarget, match=problem):
        bench.migrate()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("integer", 2**31), ("smallint", 40000), ("varchar(3)", "four"), ("boolean", 2), ("date", "2024-02-30"),
        ("timestamp(3)", "2024-01-01 00:00:00.1234"), ("timestamptz", "0000-00-00"), ("timestamptz", "10000-01-01"),
        ("numeric(4,2)", 1.005), ("numeric(4,2)", 100), ("uuid", "nope"), ("jsonb", "{"), ("time", "25:00"),
        ("mood", "angry"),
    ],
)  # fmt: skip
def test_a_value_an_existing_column_cannot_hold_is_refused_with_its_row(
    bench: Bench, column: str, value: object
) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
        "INSERT INTO t (id) VALUES (1)",
        ("INSERT INTO t VALUES (7, ?)", (value,)),
    )
    bench.query("CREATE TYPE mood AS ENUM ('calm', 'happy')")
    bench.query(f"CREATE TABLE t (id bigint PRIMARY KEY, v {column})")
    with pytest.raises(CannotCarry) as caught:
        bench.migrate()
    (refusal,) = caught.value.refusals
    assert (refusal.table, refusal.column, refusal.count, refusal.rows) == ("t", "v", 1, ("7",))
    assert bench.value("SELECT count(*) FROM t") == 0


def test_orm_bookkeeping_is_not_copied_and_said(bench: Bench) -> None:
    users(bench)
    bench.write("CREATE TABLE _prisma_migrations (id TEXT)", "INSERT INTO _prisma_migrations VALUES ('x')")
    report = bench.migrate()
    assert bench.value("SELECT to_regclass('_prisma_migrations')") is None
    assert "_prisma_migrations" in bench.notes(report, "bookkeeping")[0]


def test_only_the_tables_asked_for_are_copied(bench: Bench) -> None:
    bench.write(*(f"CREATE TABLE {name} (a INTEGER)" for name in ("log_1", "log_2", "main", "other")))
    report = bench.migrate(include=("log_*", "main"), exclude=("log_2",))
    assert [table.table for table in report.status.tables] == ["log_1", "main"]
    assert len(bench.notes(report, "excluded")) == 2
    with pytest.raises(Refused, match="log_2"):
        bench.migrate(include=("log_*", "main"))


def test_two_files_can_go_to_one_schema_under_two_names(bench: Bench) -> None:
    users(bench)
    bench.migrate(name="first")
    other = bench.source.with_name("other.db")
    wide_source(other, 5)
    assert migrate(other, bench.dsn, Options(name="second")).status.state == "verified"
    assert status(bench.source, bench.dsn, Options(name="first")).state == "verified"


def test_a_changed_file_is_refused_after_the_migration_and_restart_drops_nothing(bench: Bench) -> None:
    users(bench)
    bench.migrate()
    bench.write("UPDATE User SET role = 'USER'")
    assert status(bench.source, bench.dsn).state == "source_changed"
    for options in (Options(), Options(restart=True)):
        with pytest.raises(SourceChanged) as caught:
            migrate(bench.source, bench.dsn, options)
        assert caught.value.help
    assert bench.value("SELECT count(*) FROM \"User\" WHERE role = 'ADMIN'") == 1


def test_a_second_run_at_the_same_time_is_refused(bench: Bench) -> None:
    wide_source(bench.source, 50)
    inside, done = threading.Event(), threading.Event()

    def waits(_: object) -> None:
        inside.set()
        done.wait(60)

    first = threading.Thread(target=lambda: migrate(bench.source, bench.dsn, progress=waits))
    first.start()
    try:
        assert inside.wait(60)
        with pytest.raises(Locked) as caught:
            bench.migrate()
        assert caught.value.exit_code == Exit.LOCKED
    finally:
        done.set()
        first.join()
    assert status(bench.source, bench.dsn).state == "verified"


def test_a_connection_cut_in_the_middle_is_said_and_the_next_run_goes_on(bench: Bench) -> None:
    wide_source(bench.source, 500)

    def cut() -> bool:
        with psycopg.connect(bench.admin_dsn, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'reconcile migration' AND datname = current_database()"
            )
        return False

    with pytest.raises(TargetUnavailable) as caught:
        migrate(bench.source, bench.dsn, Options(chunk_rows=50), should_stop=cut)
    assert "run again" in caught.value.help
    assert bench.migrate().status.state == "verified"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://app:hunter2@127.0.0.1:1/nowhere",
        "postgresql://app:hunter2@127.0.0.1:port/nowhere",
        "postgresql://app:hun%ter2@[::1/x",
        "password=hunter2 host",
        "host=127.0.0.1 port=1 user=app password='hunter2'",
    ],
)
def test_no_error_holds_the_password(bench: Bench, dsn: str) -> None:
    users(bench)
    with pytest.raises(ReconcileError) as caught:
        migrate(bench.source, dsn)
    shown = [caught.value, caught.value.__cause__, caught.value.__context__]
    told = " ".join(
        f"{error} {getattr(error, 'help', '')}" for error in shown if error and not caught.value.__suppress_context__
    )
    assert "hunter2" not in f"{caught.value.message} {caught.value.help} {told}"
    assert "ter2" not in f"{caught.value.message} {caught.value.help} {told}"


def test_a_wrong_password_is_not_repeated(bench: Bench) -> None:
    users(bench)
    with pytest.raises(TargetUnavailable) as caught:
        migrate(bench.source, bench.dsn.replace("app-secret", "wrong-secret"))
    assert "secret" not in caught.value.message


def test_a_database_that_is_not_utf_8_is_refused(bench: Bench) -> None:
    users(bench)
    with psycopg.connect(bench.admin_dsn, autocommit=True) as admin:
        name = f"{admin.info.dbname}_latin"
        admin.execute(f"CREATE DATABASE {name} OWNER app ENCODING 'LATIN1' TEMPLATE template0".encode())
    with pytest.raises(UnusableTarget, match="LATIN1"):
        migrate(bench.source, bench.dsn + "_latin")


def test_a_plan_says_what_would_be_done_and_writes_nothing(bench: Bench) -> None:
    users(bench)
    bench.write("CREATE VIEW v AS SELECT 1")
    found = plan(bench.source, bench.dsn)
    assert [(column.source, column.type) for column in found.tables[0].columns] == [
        ("id", "text"), ("role", "text"), ("createdAt", "timestamptz"), ("boss", "text"),
    ]  # fmt: skip
    assert found.create[0].startswith('CREATE TABLE "public"."User"')
    assert [notice.kind for notice in found.notices] == ["view"]
    assert bench.query("SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'reconciler_migration')") == []
