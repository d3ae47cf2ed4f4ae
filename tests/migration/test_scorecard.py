"""The Sales Scorecard application: a SQLite file as Prisma leaves it, in PostgreSQL exactly, every date in its year."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from reconciler.simulator.scorecard import TABLES, write_scorecard
from tests.migration.databases import Bench

DATES = {"createdAt", "updatedAt", "visitDate", "expiresAt", "usedAt"}


def as_postgres(column: str, value: Any) -> Any:
    """What the value means, decided here anew: whole numbers are milliseconds, text is UTC."""
    if value is None:
        return None
    if column in DATES:
        if isinstance(value, int):
            return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return bool(value) if column == "isActive" else value


def in_source(bench: Bench, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(bench.source)) as database:
        rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
    return [tuple(map(as_postgres, TABLES[table], row)) for row in rows]


def in_target(bench: Bench, table: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(f'"{column}"' for column in TABLES[table])
    return bench.query(f'SELECT {columns} FROM "{table}"')


def ordered(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=repr)


def test_every_row_of_every_table_is_the_same_and_in_the_right_year(bench: Bench) -> None:
    write_scorecard(bench.source, 3000)
    report = bench.migrate()
    assert report.status.state == "verified"
    assert (report.status.rows_copied, len(report.status.tables)) == (3000, 13)
    for table in TABLES:
        assert ordered(
            [tuple(v.astimezone(UTC) if isinstance(v, datetime) else v for v in row) for row in in_target(bench, table)]
        ) == ordered(in_source(bench, table))
    ((first, last),) = bench.query('SELECT min("visitDate"), max("visitDate") FROM evaluations')
    assert 2024 <= first.year <= last.year <= 2027


def test_its_types_are_what_prisma_needs(bench: Bench) -> None:
    write_scorecard(bench.source, 300)
    bench.migrate()
    kinds = {column: bench.type_of(column, "evaluations") for column in TABLES["evaluations"]}
    assert kinds == {
        "id": "text", "salespersonId": "text", "managerId": "text", "visitDate": "timestamp with time zone",
        "customerName": "text", "location": "text", "overallComment": "text", "overallScore": "double precision",
        "version": "bigint", "createdAt": "timestamp with time zone", "updatedAt": "timestamp with time zone",
    }  # fmt: skip
    assert bench.type_of("isActive", "users") == "boolean"


def test_its_keys_foreign_keys_and_indexes_are_all_there(bench: Bench) -> None:
    write_scorecard(bench.source, 300)
    report = bench.migrate()
    counts = dict(bench.query("SELECT contype::text, count(*) FROM pg_constraint"
                              " WHERE connamespace = 'public'::regnamespace"
                              " AND convalidated GROUP BY 1"))  # fmt: skip
    with closing(sqlite3.connect(bench.source)) as database:
        keys = sum(len(database.execute(f"PRAGMA foreign_key_list('{table}')").fetchall()) for table in TABLES)
        (indexes,) = database.execute(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql <> ''"
        ).fetchone()
    assert counts["f"] == keys
    assert counts["p"] == 12
    assert bench.value("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'") == indexes + 12
    assert report.notices == ()


def test_the_application_can_go_on_writing(bench: Bench) -> None:
    write_scorecard(bench.source, 300)
    bench.migrate()
    bench.query("INSERT INTO regions (id, name, \"updatedAt\") VALUES ('new', 'Нов регион', now())")
    (row,) = bench.query("SELECT \"createdAt\" > now() - interval '1 hour' FROM regions WHERE id = 'new'")
    assert row == (True,)
