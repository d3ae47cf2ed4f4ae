"""The data migration as part of a stack: planned, carried out, shown where it stands, and never believed blindly."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from reconciler.data_route import DataRoute
from reconciler.errors import Exit
from reconciler.model import Action, Call, Outcome, Readiness
from reconciler.simulator.postgres import EmbeddedPostgres
from tests.engine.stacks import Workbench

ROWS = 500


@pytest.fixture
def dsn(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> str:
    """A database of its own for each test."""
    return postgres.ensure_database(f"db_{abs(hash(request.node.name))}")


@pytest.fixture
def migrating(bench: Workbench, dsn: str) -> Workbench:
    """A workbench whose RDS instances are that database."""
    with sqlite3.connect(bench.folder / "app.db") as source:
        source.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        source.executemany("INSERT INTO people VALUES (?, ?)", [(n, f"name {n}") for n in range(1, ROWS + 1)])
    source.close()
    bench.routes["migration"] = DataRoute(bench.clients, bench.folder, bench.folder, lambda host, name: dsn)
    return bench


STACK = """
stack: shop
region: eu-central-1
resources:
  db:
    kind: rds.db_instance
    db_instance_class: db.t4g.micro
    engine: postgres
    allocated_storage: 20
    master_username: app
    db_name: app
  data:
    kind: data.migration
    source: app.db
    target: ${db}
"""


def actions(bench: Workbench) -> dict[str, Action]:
    return {change.address: change.action for change in bench.plan(STACK).effects}


def test_rows_arrive_after_the_database_exists_and_a_second_plan_is_empty(migrating: Workbench, dsn: str) -> None:
    assert actions(migrating) == {"rds.db_instance/db": Action.CREATE, "data.migration/data": Action.CREATE}
    result = migrating.apply(STACK)
    assert {each.outcome for each in result.results} == {Outcome.DONE}
    with psycopg.connect(dsn) as target:
        assert target.execute("SELECT count(*), min(name), max(id) FROM people").fetchone() == (ROWS, "name 1", ROWS)
    assert actions(migrating) == {}


def test_a_plan_says_where_the_migration_stands(migrating: Workbench, dsn: str) -> None:
    migrating.apply(STACK.split("  data:")[0])
    (pending,) = migrating.plan(STACK).effects
    assert (pending.address, pending.reason) == ("data.migration/data", "pending")
    migrating.apply(STACK)
    notes = [finding.message for finding in migrating.plan(STACK).findings if finding.code == "RC2102"]
    assert notes == ["migration of app.db: verified"]


def test_a_row_changed_under_the_migration_fails_verification_with_its_own_exit_code(
    migrating: Workbench, dsn: str
) -> None:
    """The trigger stands for somebody who writes to the target while it is filled."""
    with psycopg.connect(dsn) as target:
        target.execute("CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL)")
        target.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.id = 7 THEN NEW.name := 'spoilt'; END IF; RETURN NEW; END $$"
        )
        target.execute("CREATE TRIGGER spoil BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION spoil()")
    result = migrating.apply(STACK)
    (failed,) = (each for each in result.results if each.outcome is Outcome.FAILED)
    assert failed.exit_code == Exit.VERIFICATION_FAILED
    assert "people" in failed.detail
    assert "7" in failed.detail


def test_a_database_out_of_reach_is_said_and_nothing_is_concluded(migrating: Workbench) -> None:
    migrating.apply(STACK)
    nowhere = "postgresql://app@127.0.0.1:1/app?connect_timeout=2"
    migrating.routes["migration"] = DataRoute(migrating.clients, migrating.folder, migrating.folder, lambda *_: nowhere)
    plan = migrating.plan(STACK)
    assert not plan.effects
    (finding,) = plan.findings
    assert finding.code == "RC2101"
    assert "connect" in finding.message


def test_the_route_finds_an_s3_source_once_per_version(migrating: Workbench, tmp_path: Path, dsn: str) -> None:
    import boto3

    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="backups")
    s3.upload_file(str(migrating.folder / "app.db"), "backups", "daily/app.db")
    route = DataRoute(migrating.clients, tmp_path, tmp_path / "work", lambda *_: dsn)
    target = {"endpoint_address": "db.example.com", "db_name": "app"}
    call = Call("migration", "GetStatus", {"source": "s3://backups/daily/app.db", "target": target})
    for _ in range(2):
        status = route(call)
        assert status is not None
        assert status["state"] == "pending"
    assert len(list((tmp_path / "work" / "sources").iterdir())) == 1


def test_destroy_takes_no_data_away(migrating: Workbench, dsn: str) -> None:
    migrating.apply(STACK)
    migrating.apply(STACK, destroy=True)
    with psycopg.connect(dsn) as target:
        assert target.execute("SELECT count(*) FROM people").fetchone() == (ROWS,)


def test_a_stalled_migration_is_not_called_done(migrating: Workbench) -> None:
    migrating.apply(STACK)
    with sqlite3.connect(migrating.folder / "app.db") as source:
        source.execute("INSERT INTO people VALUES (1000, 'late')")
    source.close()
    plan = migrating.plan(STACK)
    (change,) = plan.effects
    assert change.observed is not None
    assert change.observed.status.readiness is Readiness.STALLED
    result = migrating.apply(STACK)
    assert [each.outcome for each in result.results] == [Outcome.FAILED]
