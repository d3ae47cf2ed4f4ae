"""The two ends of a migration under test."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from reconciler.migration import Options, Report, migrate

Statement = str | tuple[str, tuple[object, ...]]


def write_sqlite(path: Path, *statements: Statement) -> None:
    """Executes the statements, each alone or with its parameters."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN")
        for statement in statements:
            sql, parameters = (statement, ()) if isinstance(statement, str) else statement
            database.execute(sql, parameters)
        database.execute("COMMIT")


@dataclass(frozen=True)
class Bench:
    """A source file and a target database, with both addresses: the application role's and the administrator's."""

    source: Path
    dsn: str
    admin_dsn: str

    def write(self, *statements: Statement) -> None:
        write_sqlite(self.source, *statements)

    def migrate(self, **options: Any) -> Report:
        return migrate(self.source, self.dsn, Options(**options))

    def query(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """In the target, as the application role."""
        with psycopg.connect(self.dsn, autocommit=True, options="-c TimeZone=UTC") as connection:
            cursor = connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql: str) -> Any:
        return self.query(sql)[0][0]

    def type_of(self, column: str, table: str = "t") -> str:
        sql = (
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = quote_ident(%s)::regclass AND attname = %s"
        )
        return str(self.query(sql, (table, column))[0][0])

    def notes(self, report: Report, kind: str) -> list[str]:
        return [f"{notice.object}: {notice.detail}" for notice in report.notices if notice.kind == kind]


def wide_source(path: Path, rows: int) -> None:
    """A table `t` of that many rows with text that needs escaping."""
    write_sqlite(
        path,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT, score REAL, seen DATETIME)",
        f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO t SELECT i, 'row ' || i || char(9) || '\\' || char(10), i / 7.0, 1700000000000 + i FROM n""",
    )
