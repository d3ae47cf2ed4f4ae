"""The embedded PostgreSQL: a real server, reachable from loopback with a password only, that keeps its data."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconciler.errors import ReconcileError
from reconciler.simulator.postgres import EmbeddedPostgres, start_postgres


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(scope="module")
def postgres(directory: Path) -> Iterator[EmbeddedPostgres]:
    running = start_postgres(directory)
    yield running
    start_postgres(directory).discard()


def test_it_answers_as_a_postgresql_that_rds_offers(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn()) as connection:
        assert connection.info.server_version >= 150000
        assert connection.execute("SELECT 'Пловдив'").fetchone() == ("Пловдив",)


def test_it_lets_nobody_in_without_the_password(postgres: EmbeddedPostgres, directory: Path) -> None:
    wrong = postgres.dsn().replace(postgres.password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert stat.S_IMODE((directory / "password").stat().st_mode) == 0o600


def test_it_listens_on_loopback_only(postgres: EmbeddedPostgres) -> None:
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", postgres.port))


def test_a_second_start_finds_the_running_server(postgres: EmbeddedPostgres, directory: Path) -> None:
    again = start_postgres(directory)
    assert (again.port, again.password) == (postgres.port, postgres.password)


@pytest.mark.parametrize("name", ["shop", "Shop 2", "o'neil\"; DROP ROLE postgres; --", "магазин", "a/b@c:d?e"])
def test_a_database_of_any_name_belongs_to_a_role_that_is_no_superuser(name: str, postgres: EmbeddedPostgres) -> None:
    dsn = postgres.ensure_database(name, "p@ss:w/o'rd")
    assert postgres.ensure_database(name, "p@ss:w/o'rd") == dsn
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT current_database(), current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert found == (name, name, False)
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("DROP TABLE kept")


def test_a_changed_password_takes_effect(postgres: EmbeddedPostgres) -> None:
    old = postgres.ensure_database("rotated", "old-password")
    psycopg.connect(postgres.ensure_database("rotated", "new-password")).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(old)


def test_open_sessions_are_counted(postgres: EmbeddedPostgres) -> None:
    dsn = postgres.ensure_database("counted")
    before = postgres.clients()
    with psycopg.connect(dsn):
        assert postgres.clients() == before + 1


def test_data_outlive_the_server(postgres: EmbeddedPostgres, directory: Path) -> None:
    with psycopg.connect(postgres.ensure_database("lasting")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.dsn())
    again = start_postgres(directory)
    with psycopg.connect(again.ensure_database("lasting")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_it_says_so_when_it_cannot_start(tmp_path: Path) -> None:
    broken = start_postgres(tmp_path)
    try:
        broken.stop()
        (broken.data / "global" / "pg_control").unlink()
        with pytest.raises(ReconcileError, match="did not start"):
            start_postgres(tmp_path)
    finally:
        broken.discard()
