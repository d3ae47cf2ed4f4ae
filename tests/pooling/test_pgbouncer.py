"""The pool our components describe, run for real: few connections for many clients, and nobody gets in unasked."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconciler.aws.generate import fill_secrets
from reconciler.model import FromSecret, Template
from reconciler.simulator.postgres import EmbeddedPostgres
from tests.engine.specs import expanded
from tests.pooling.conftest import PASSWORD, USER, Pool, Pools, pgbouncer_version, wait_until

pytestmark = pytest.mark.xdist_group("pooling")

CLIENTS = 500
CONNECTIONS = 20


@pytest.fixture
def admin(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        yield connection


def backends(admin: psycopg.Connection) -> int:
    """Connections of the user to the server itself."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
    (count,) = admin.execute(query, [USER]).fetchone() or (0,)
    return int(count)


# --- many clients -----------------------------------------------------------------------------------------------------


def test_five_hundred_clients_share_twenty_connections(pools: Pools, admin: psycopg.Connection) -> None:
    pool = pools.start()
    answers, most = asyncio.run(_crowd(pool, admin))
    assert answers == [number * 2 for number in range(CLIENTS)]
    assert most == CONNECTIONS


async def _crowd(pool: Pool, admin: psycopg.Connection) -> tuple[list[int], int]:
    """All clients are connected before the first asks; the answers, and the most connections there were meanwhile."""
    connected = await asyncio.gather(*(psycopg.AsyncConnection.connect(pool.dsn()) for _ in range(CLIENTS)))
    asking = asyncio.gather(*(_ask(client, number) for number, client in enumerate(connected)))
    most = 0
    while not asking.done():
        most = max(most, backends(admin))
        await asyncio.sleep(0.01)
    answers = await asking
    for client in connected:
        await client.close()
    return answers, most


async def _ask(client: psycopg.AsyncConnection, number: int) -> int:
    async with client.transaction():
        cursor = await client.execute("SELECT %s::int * 2 FROM pg_sleep(0.05)", [number])
        (answer,) = await cursor.fetchone() or (0,)
    return int(answer)


# --- prepared statements ----------------------------------------------------------------------------------------------


def _prepared(client: psycopg.Connection) -> int:
    """The server process that carries out a statement prepared by the protocol, as Prisma and JDBC prepare theirs."""
    with client.transaction():
        (process,) = client.execute("SELECT pg_backend_pid()", prepare=True).fetchone() or (0,)
    return int(process)


def test_a_prepared_statement_follows_its_client_to_another_connection(pools: Pools) -> None:
    pool = pools.start(default_pool_size=2)
    with psycopg.connect(pool.dsn()) as client, psycopg.connect(pool.dsn()) as other:
        first = _prepared(client)
        with other.transaction():
            (taken,) = other.execute("SELECT pg_backend_pid()").fetchone() or (0,)
            assert taken == first, "the connection it was prepared on is another's now"
            second = _prepared(client)
        assert second != first
        for _ in range(20):
            assert _prepared(client) in (first, second)


def test_without_it_the_statement_is_lost(pools: Pools) -> None:
    pool = pools.start(default_pool_size=2, max_prepared_statements=0)
    with psycopg.connect(pool.dsn()) as client, psycopg.connect(pool.dsn()) as other:
        _prepared(client)
        with other.transaction():
            other.execute("SELECT 1")
            with pytest.raises(psycopg.errors.InvalidSqlStatementName):
                _prepared(client)


# --- who gets in ------------------------------------------------------------------------------------------------------


def test_the_password_is_proved_by_scram(pools: Pools) -> None:
    with psycopg.connect(pools.start().dsn()) as client:
        assert client.execute("SELECT current_user").fetchone() == (USER,)


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), (USER, PASSWORD[:-1]), ("nobody", PASSWORD)])
def test_a_wrong_password_is_refused(pools: Pools, user: str, password: str) -> None:
    pool = pools.start()
    with pytest.raises(psycopg.OperationalError, match=r"authentication failed"):
        psycopg.connect(pool.dsn(user=user, password=password))


def test_what_holds_the_password_is_nobody_elses_to_read(pools: Pools) -> None:
    files = [path for path in (pools.start().directory / "run").iterdir() if path.is_file()]
    assert sorted(path.name for path in files) == ["pgbouncer.ini", "userlist.txt"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert PASSWORD not in (files[0].parent / "pgbouncer.ini").read_text()


# --- what goes where --------------------------------------------------------------------------------------------------


def test_connections_to_the_database_are_encrypted(pools: Pools, admin: psycopg.Connection) -> None:
    with psycopg.connect(pools.start().dsn()) as client:
        client.execute("SELECT 1")
        query = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = %s"
        assert admin.execute(query, [USER]).fetchone() == (True,)


def test_the_replica_is_a_database_of_the_pool(pools: Pools) -> None:
    with psycopg.connect(pools.start().dsn("replica")) as client:
        assert client.execute("SELECT current_database()").fetchone() == (USER,)


def test_what_jdbc_and_prisma_say_as_they_connect_is_taken(pools: Pools) -> None:
    dsn = pools.start().dsn() + "&options=" + "-c%20extra_float_digits%3D3%20-c%20search_path%3Dpublic"
    with psycopg.connect(dsn) as client:
        assert client.execute("SELECT 1").fetchone() == (1,)


def test_the_url_of_a_service_leads_into_the_pool(pools: Pools, tmp_path: Path) -> None:
    text = """  net: {kind: network}
  db: {kind: postgres, network: '${net}', db_name: app, master_username: app, replicas: 1}
  api: {kind: web_service, network: '${net}', image: 'api:1', database: '${db}', pgbouncer: true}
"""
    resources, pool = expanded(tmp_path, text).resources, pools.start()
    for part, name in (("database-url", "app"), ("database-replica-url", "replica")):
        template = resources[f"secretsmanager.secret/api-{part}"].properties["compose_secret_string"]["template"]
        url = _filled(template)
        assert url.endswith(f"@127.0.0.1:6432/{name}")
        with psycopg.connect(url.replace(":6432/", f":{pool.port}/")) as client:
            assert client.execute("SELECT current_user").fetchone() == (USER,)


def _filled(template: Template) -> str:
    """The URL as the executor makes it when AWS has said what the database and its user are called."""
    known = "".join(part if isinstance(part, str) else "app" for part in template.parts)
    source = json.dumps({"username": USER, "password": PASSWORD})
    url: str = fill_secrets(FromSecret("arn", template=known), lambda _: source)
    return url


# --- the end ----------------------------------------------------------------------------------------------------------


def test_told_to_stop_it_lets_its_clients_finish(pools: Pools) -> None:
    if pgbouncer_version() < (1, 23):
        pytest.skip("PgBouncer before 1.23 ends at once when it is told to stop")
    pool = pools.start()
    with psycopg.connect(pool.dsn()) as client:
        client.execute("SELECT 1")
        pool.process.send_signal(signal.SIGTERM)
        wait_until(pool.ended)
        assert client.execute("SELECT 2").fetchone() == (2,)
    wait_until(lambda: pool.process.poll() is not None)
