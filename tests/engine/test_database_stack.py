"""A database with its proxy, its pools and services that use them, in an AWS that refuses and delays as AWS does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.apply import apply
from reconciler.aws.clients import Clients
from reconciler.converge import Pace, World
from reconciler.model import Action, ApplyResult, Outcome, Plan, Scope, render_path
from reconciler.pipeline import make_plan
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from tests.engine.stacks import Workbench

pytestmark = pytest.mark.xdist_group("strict-aws")

PATIENT = Pace(first_pause=0.01, longest_pause=0.05, limit=60.0, visibility=20.0)

DATABASE = """
stack: shop
region: eu-central-1
resources:
  network:
    kind: network
  database:
    kind: postgres
    network: ${network}
    monitoring_interval: 60
    replicas: 1
    proxy: true
    protect: false
"""
REPORTS = """
  reports:
    kind: worker
    network: ${network}
    image: reports:1
    database: ${database}
"""
STACK = (
    DATABASE
    + """
  pool:
    kind: pgbouncer
    network: ${network}
    database: ${database}
  api:
    kind: web_service
    network: ${network}
    image: api:1
    database: ${database}
    pgbouncer: true
  reports:
    kind: worker
    network: ${network}
    image: reports:1
    database: ${pool}
"""
)


@pytest.fixture
def strictness() -> Strictness:
    return STRICT


@pytest.fixture
def strict(strictness: Strictness, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    server = start_aws(strict=strictness)
    server.reset()
    for name, value in server.environment("eu-central-1").items():
        monkeypatch.setenv(name, value)
    yield server
    server.reset()
    server.stop()


@pytest.fixture
def bench(strict: EmbeddedAws, tmp_path: Path) -> Workbench:
    return Workbench(tmp_path, Clients("eu-central-1"), {})


def done(bench: Workbench, text: str, destroy: bool = False) -> ApplyResult:
    result = bench.apply(text, destroy, PATIENT)
    assert [(r.change.address, r.detail) for r in result.results if r.outcome is not Outcome.DONE] == []
    return result


def changed(plan: Plan) -> dict[str, list[str]]:
    return {change.address: [render_path(field.path) for field in change.fields] for change in plan.effects}


def secret_text(name: str) -> str:
    return str(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def task(family: str) -> Any:
    found = boto3.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    return found["containerDefinitions"][0]


# --- a life -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strictness", [STRICT, HOSTILE], ids=["strict", "hostile"])
def test_it_converges_settles_and_goes_in_order(strict: EmbeddedAws, bench: Workbench) -> None:
    done(bench, STACK)
    again = bench.plan(STACK)
    assert (changed(again), again.waits) == ({}, ())

    unprotected = STACK.replace("kind: postgres", "kind: postgres\n    deletion_protection: false")
    done(bench, unprotected, destroy=True)
    assert bench.plan(STACK, destroy=True).effects == ()
    assert boto3.client("rds").describe_db_proxies()["DBProxies"] == []
    assert (strict.unimplemented, strict.crashes) == ([], [])


def test_urls_hold_the_password_and_lead_where_they_should(bench: Workbench) -> None:
    done(bench, STACK)
    password = json.loads(secret_text("shop-database-password"))["password"]
    assert secret_text("shop-api-database-url") == f"postgresql://app:{password}@127.0.0.1:6432/app"
    assert secret_text("shop-api-database-replica-url") == f"postgresql://app:{password}@127.0.0.1:6432/replica"
    pool = boto3.client("elbv2").describe_load_balancers(Names=["shop-pool-balancer"])["LoadBalancers"][0]["DNSName"]
    assert secret_text("shop-reports-database-url") == f"postgresql://app:{password}@{pool}:6432/app?sslmode=prefer"
    assert secret_text("shop-pool-password") == password


def test_another_password_is_a_change_of_everything_that_holds_it(bench: Workbench) -> None:
    done(bench, STACK)
    before = task("shop-api-task")["secrets"]
    rotated = json.dumps({"username": "app", "password": "n&w one"})
    boto3.client("secretsmanager").put_secret_value(SecretId="shop-database-password", SecretString=rotated)

    plan = bench.plan(STACK)
    composed = ["compose_secret_string"]
    assert {address: fields for address, fields in changed(plan).items() if "secret" in address} == {
        "secretsmanager.secret/api-database-url": composed,
        "secretsmanager.secret/api-database-replica-url": composed,
        "secretsmanager.secret/reports-database-url": composed,
        "secretsmanager.secret/reports-database-replica-url": composed,
        "secretsmanager.secret/pool-password": composed,
    }
    assert changed(plan)["rds.db_instance/database"] == ["master_user_password.version_id"]
    updated = {change.address for change in plan.effects if change.action is Action.UPDATE}
    assert {f"ecs.service/{name}" for name in ("api", "pool", "reports")} <= updated
    assert "n&w one" not in repr(plan)

    done(bench, STACK)
    assert secret_text("shop-api-database-url") == "postgresql://app:n%26w%20one@127.0.0.1:6432/app"
    assert secret_text("shop-pool-password") == "n&w one"
    assert task("shop-api-task")["secrets"] != before
    assert changed(bench.plan(STACK)) == {}


# --- killed in between ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        "CreateDBInstance",
        "CreateDBInstanceReadReplica",
        "CreateDBProxy",
        "ModifyDBProxyTargetGroup",
        "RegisterDBProxyTargets",
        "AddTagsToResource",
    ],
)
def test_a_reply_that_is_lost_makes_nothing_twice(strict: EmbeddedAws, bench: Workbench, operation: str) -> None:
    strict.faults.lose_reply("rds", operation)
    done(bench, DATABASE)
    assert strict.faults.unused == 0
    assert changed(bench.plan(DATABASE)) == {}
    rds = boto3.client("rds")
    assert [proxy["DBProxyName"] for proxy in rds.describe_db_proxies()["DBProxies"]] == ["shop-database-proxy"]
    targets = rds.describe_db_proxy_targets(DBProxyName="shop-database-proxy")["Targets"]
    assert [target["RdsResourceId"] for target in targets] == ["shop-database"]


@pytest.mark.parametrize("operation", ["CreateSecret", "PutSecretValue"])
def test_a_secret_whose_reply_is_lost_has_one_value(strict: EmbeddedAws, bench: Workbench, operation: str) -> None:
    strict.faults.lose_reply("secretsmanager", operation)
    done(bench, DATABASE + REPORTS)
    assert strict.faults.unused == 0
    assert changed(bench.plan(DATABASE + REPORTS)) == {}


# --- what takes until the maintenance window --------------------------------------------------------------------------

LATER = DATABASE.replace("kind: postgres", "kind: postgres\n    apply_immediately: false")


def test_nobody_stays_for_the_maintenance_window(bench: Workbench) -> None:
    done(bench, LATER)
    larger = LATER.replace("kind: postgres", "kind: postgres\n    db_instance_class: db.t4g.large")
    desired = bench.desired(larger)
    plan, view = make_plan(desired, bench.executor())
    patience = replace(PATIENT, limit=None)
    world = World(bench.executor(writes=True), Scope("shop", desired.account, desired.region), dict(view.observed))
    world.pace = patience
    outcomes = {r.change.address: (r.outcome, r.detail) for r in apply(plan, desired, world).results}
    outcome, detail = outcomes["rds.db_instance/database"]
    assert outcome is Outcome.WAITING
    assert "lands in the maintenance window" in detail

    again = bench.plan(larger)
    assert "rds.db_instance/database" not in changed(again)
    assert "rds.db_instance/database" in {change.address for change in again.waits}
    now = larger.replace("apply_immediately: false", "apply_immediately: true").replace("large", "medium")
    done(bench, now)
    found = boto3.client("rds").describe_db_instances(DBInstanceIdentifier="shop-database")["DBInstances"][0]
    assert (found["DBInstanceClass"], found["PendingModifiedValues"]) == ("db.t4g.medium", {})


# --- made of a snapshot -----------------------------------------------------------------------------------------------


def test_a_database_made_of_a_snapshot_takes_our_password_and_settings(bench: Workbench) -> None:
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="old",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        EngineVersion="16.4",
        AllocatedStorage=20,
        StorageEncrypted=True,
        StorageType="gp3",
        DBName="app",
        MasterUsername="app",
        MasterUserPassword="somebody-elses",
    )
    for _ in range(4):
        boto3.client("rds").describe_db_instances()
    boto3.client("rds").create_db_snapshot(DBInstanceIdentifier="old", DBSnapshotIdentifier="old-final")
    text = DATABASE.replace("kind: postgres", "kind: postgres\n    db_snapshot_identifier: old-final")
    done(bench, text)
    assert changed(bench.plan(text)) == {}
    backend = boto3.client("rds").describe_db_instances(DBInstanceIdentifier="shop-database")["DBInstances"][0]
    version = boto3.client("secretsmanager").describe_secret(SecretId="shop-database-password")["VersionIdsToStages"]
    tags = {tag["Key"]: tag["Value"] for tag in backend["TagList"]}
    assert [tags["reconciler:password-version"]] == list(version)
    assert backend["BackupRetentionPeriod"] == 7
    assert changed(bench.plan(DATABASE)) == {}, "the snapshot matters only as the database is made"
