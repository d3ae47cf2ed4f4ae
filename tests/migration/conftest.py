"""One real PostgreSQL per test process; each test that asks gets a database of its own, owned by an ordinary role."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reconciler.simulator.postgres import EmbeddedPostgres, start_postgres
from tests.migration.databases import Bench

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = start_postgres(tmp_path_factory.mktemp("postgres"))
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE ROLE app LOGIN PASSWORD 'app-secret'")
    yield server
    server.discard()


@pytest.fixture
def postgres_bench(postgres: EmbeddedPostgres, tmp_path: Path) -> Callable[[], Bench]:
    """Makes a SQLite file name that does not exist yet and an empty database whose owner is no superuser."""

    def made() -> Bench:
        name = f"test{next(_numbers)}"
        with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER app".encode())
        dsn = f"postgresql://app:app-secret@127.0.0.1:{postgres.port}/{name}"
        return Bench(tmp_path / f"{name}.db", dsn, postgres.dsn(name))

    return made


@pytest.fixture
def bench(postgres_bench: Callable[[], Bench]) -> Bench:
    return postgres_bench()


@pytest.fixture
def one_table(bench: Bench) -> Callable[[str, list[tuple[object, ...]]], Bench]:
    """Makes the source a table `t` of these columns with these rows."""

    def made(columns: str, rows: list[tuple[object, ...]]) -> Bench:
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        bench.write(f"CREATE TABLE t ({columns})", *((f"INSERT INTO t VALUES ({marks})", row) for row in rows))
        return bench

    return made
