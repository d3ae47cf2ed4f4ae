"""The door to PostgreSQL: the only module that imports psycopg.

Must never put a password or a DSN into an error, nor leave a transaction open between calls, nor DROP or TRUNCATE (the
one exception is `restart`, which drops what this migration itself created: see checkpoint).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from reconciler.errors import Locked, ReconcileError

try:
    import psycopg
    from psycopg import conninfo, errors
except ImportError as missing:
    raise ReconcileError("the data migration needs psycopg", help="pip install 'reconcile-aws[migrate]'") from missing

from reconciler.migration.names import quoted
from reconciler.migration.values import (
    MigrationFailed,
    TargetColumn,
    TargetTable,
    TargetUnavailable,
    UnusableTarget,
)

OLDEST = 130000
"""server_version_num: trim_scale() and gen_random_uuid() came with 13."""
LOCK_SECONDS = 5
"""A killed run's backend notices within a second or so that its client is gone."""
TOO_LONG_FOR_AN_INDEX = "54000"
_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "search_path": "pg_catalog",
}


class Target:
    """One connection, in autocommit between `transaction` blocks."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def query(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        with _errors():
            cursor = self._connection.execute(sql.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _errors(), self._connection.transaction():
            yield

    @contextmanager
    def copy(self, sql: str) -> Iterator[Callable[[bytes], None]]:
        with _errors(), self._connection.cursor() as cursor, cursor.copy(sql.encode()) as copy:
            yield copy.write

    def attempt(self, sql: str) -> str:
        """Executes within a savepoint; the SQLSTATE and message of its failure, or nothing."""
        try:
            with _errors(), self._connection.transaction():
                self._connection.execute(sql.encode())
        except MigrationFailed as failure:
            return f"{failure.state} {failure.message}"
        return ""

    def lock(self, name: str) -> None:
        """Takes the advisory lock of that migration until the connection ends. Raises Locked: another run has it."""
        key = int.from_bytes(hashlib.sha256(f"reconciler migration {name}".encode()).digest()[:8], "big", signed=True)
        deadline = time.monotonic() + LOCK_SECONDS
        while not self.query("SELECT pg_try_advisory_lock(%s)", (key,))[0][0]:
            if time.monotonic() > deadline:
                raise Locked("another run of this migration is under way", help="wait until it ends, then run again")
            time.sleep(0.2)

    # --- the catalogue -----------------------------------------------------------------------------------------------

    def relations(self, schema: str) -> set[str]:
        """The names that are taken in the schema."""
        sql = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(%s))"
        return {name for (name,) in self.query(sql, (schema,))}

    def tables(self, schema: str) -> dict[str, TargetTable]:
        columns: dict[str, list[TargetColumn]] = {}
        for table, name, type_, not_null, has_default, generated, labels in self.query(_COLUMNS, (schema,)):
            column = TargetColumn(name, type_, not_null, has_default, generated, tuple(labels or ()))
            columns.setdefault(table, []).append(column)
        parents: dict[str, list[str]] = {}
        for child, parent in self.query(_PARENTS, (schema,)):
            parents.setdefault(child, []).append(parent)
        return {
            name: TargetTable(name, tuple(found), self._empty(schema, name), tuple(parents.get(name, ())))
            for name, found in columns.items()
        }

    def _empty(self, schema: str, table: str) -> bool:
        return bool(self.query(f"SELECT NOT EXISTS (SELECT FROM {quoted(schema, table)})")[0][0])


_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.atthasdef OR a.attidentity <> '', a.attgenerated <> '',
        (SELECT array_agg(e.enumlabel::text) FROM pg_enum e WHERE e.enumtypid = a.atttypid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(quote_ident(%s))
    ORDER BY c.relname, a.attnum"""

_PARENTS = """
    SELECT c.relname, p.relname
    FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    WHERE f.contype = 'f' AND c.relnamespace = to_regnamespace(quote_ident(%s))"""


@contextmanager
def connected(dsn: str, *, read_only: bool = False) -> Iterator[Target]:
    """A connection with the session settings a migration needs. Raises TargetUnavailable, UnusableTarget."""
    connection = _connection(dsn)
    with connection:
        for name, value in _SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        if connection.info.server_version >= 140000:
            # A killed run must not hold its lock until the index it was building is done.
            connection.execute("SELECT set_config('client_connection_check_interval', '1s', false)")
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
        _check_server(connection)
        yield Target(connection)


def _connection(dsn: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise UnusableTarget(
            "the target is not a PostgreSQL address",  # libpq would quote the whole of it, password included
            help="write it as postgresql://USER@HOST:5432/DATABASE (special characters percent-encoded)",
        ) from None
    try:
        return psycopg.connect(
            dsn, autocommit=True, client_encoding="UTF8", application_name="reconcile migration", connect_timeout=15
        )
    except psycopg.Error as error:
        raise TargetUnavailable(
            f"cannot connect to PostgreSQL: {_safe(error, dsn)}",
            help="check address, user, password and security group",
        ) from None


def _safe(error: psycopg.Error, dsn: str) -> str:
    """The message without the password, should it ever be in there."""
    password = conninfo.conninfo_to_dict(dsn).get("password")
    text = " ".join(str(error).split())
    return text.replace(str(password), "***") if password else text


def _check_server(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    version, encoding = connection.info.server_version, connection.info.parameter_status("server_encoding")
    if version < OLDEST:
        raise UnusableTarget(f"PostgreSQL {version // 10000} is too old", help="use PostgreSQL 13 or newer")
    if encoding != "UTF8":
        raise UnusableTarget(
            f"the target database has the encoding {encoding}, which cannot hold every text",
            help="create the database with ENCODING 'UTF8' (TEMPLATE template0)",
        )


@contextmanager
def _errors() -> Iterator[None]:
    """psycopg's errors as ours. A message of the server may quote data of the failing row, never credentials."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise UnusableTarget(
            f"PostgreSQL: {_told(error)}",
            help="the role needs CREATE on the database and on the schema (GRANT CREATE ON ...), no superuser rights",
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if error.sqlstate and not error.sqlstate.startswith(("08", "57", "53")):
            raise _failed(error) from error
        raise TargetUnavailable(
            f"the connection to PostgreSQL broke: {_told(error)}", help="run again: it continues after the last chunk"
        ) from error
    except psycopg.Error as error:
        raise _failed(error) from error


def _told(error: psycopg.Error) -> str:
    parts = (error.diag.message_primary, error.diag.message_detail, error.diag.context)
    return "; ".join(part for part in parts if part) or " ".join(str(error).split())


def _failed(error: psycopg.Error) -> MigrationFailed:
    return MigrationFailed(f"PostgreSQL refused: {_told(error)}", state=error.sqlstate or "")
