"""What AWS refuses about databases, replicas and proxies, the strict emulator refuses with AWS's own codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import TRUST, Account, refused
from tests.simulator.probes_database import proxy, seen_proxy

ONE = {"DBInstanceIdentifier": "shop"}


def parameter_group(account: Account, family: str = "postgres17", name: str = "shop") -> None:
    sent = {"DBParameterGroupName": name, "DBParameterGroupFamily": family, "Description": "d"}
    account("rds").create_db_parameter_group(**sent)


def parameters(account: Account, *named: tuple[str, str], group: str = "shop") -> None:
    sent = [{"ParameterName": name, "ParameterValue": "1", "ApplyMethod": method} for name, method in named]
    account("rds").modify_db_parameter_group(DBParameterGroupName=group, Parameters=sent)


# --- versions and sizes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [True, False])
def test_a_version_never_goes_back(strict_account: Account, at_once: bool) -> None:
    strict_account.database(EngineVersion="16.4")
    for version in ("16.3", "15"):
        with refused("InvalidParameterCombination"):
            strict_account("rds").modify_db_instance(**ONE, EngineVersion=version, ApplyImmediately=at_once)
    strict_account("rds").modify_db_instance(**ONE, EngineVersion="16.6", ApplyImmediately=at_once)


def test_a_major_upgrade_must_be_asked_for(strict_account: Account) -> None:
    strict_account.database(EngineVersion="16.4")
    upgrade = {**ONE, "EngineVersion": "17.2", "ApplyImmediately": True}
    with refused("InvalidParameterCombination"):
        strict_account("rds").modify_db_instance(**upgrade)
    strict_account("rds").modify_db_instance(**upgrade, AllowMajorVersionUpgrade=True)
    assert strict_account.seen_database()["EngineVersion"] == "17.2"


@pytest.mark.parametrize("at_once", [True, False])
def test_storage_never_shrinks_not_even_in_the_maintenance_window(strict_account: Account, at_once: bool) -> None:
    strict_account.database(AllocatedStorage=50)
    with refused("InvalidParameterCombination"):
        strict_account("rds").modify_db_instance(**ONE, AllocatedStorage=20, ApplyImmediately=at_once)


# --- parameters -------------------------------------------------------------------------------------------------------


def test_a_parameter_group_fits_its_version(strict_account: Account) -> None:
    parameter_group(strict_account, "postgres15")
    with refused("InvalidParameterCombination"):
        strict_account.database(EngineVersion="16", DBParameterGroupName="shop")
    strict_account.database(EngineVersion="16")
    with refused("InvalidParameterCombination"):
        strict_account("rds").modify_db_instance(**ONE, DBParameterGroupName="shop", ApplyImmediately=True)


def test_a_static_parameter_is_not_applied_immediately(strict_account: Account) -> None:
    parameter_group(strict_account)
    with refused("InvalidParameterCombination"):
        parameters(strict_account, ("max_connections", "immediate"))
    parameters(strict_account, ("max_connections", "pending-reboot"), ("work_mem", "immediate"))


def test_at_most_twenty_parameters_a_call(strict_account: Account) -> None:
    parameter_group(strict_account)
    many = [(f"p{index}", "pending-reboot") for index in range(21)]
    with refused("InvalidParameterValue"):
        parameters(strict_account, *many)


def test_the_default_parameter_group_does_not_change(strict_account: Account) -> None:
    with refused("InvalidParameterValue"):
        parameters(strict_account, ("work_mem", "immediate"), group="default.postgres17")


# --- roles, replicas, snapshots ---------------------------------------------------------------------------------------


def test_a_monitoring_role_must_be_there(strict_account: Account) -> None:
    watched = {"MonitoringInterval": 60, "MonitoringRoleArn": "arn:aws:iam::123456789012:role/watcher"}
    with refused("InvalidParameterValue"):
        strict_account.database(**watched)
    strict_account.database()
    with refused("InvalidParameterValue"):
        strict_account("rds").modify_db_instance(**ONE, **watched, ApplyImmediately=True)
    strict_account("iam").create_role(RoleName="watcher", AssumeRolePolicyDocument=TRUST)
    strict_account("rds").modify_db_instance(**ONE, **watched, ApplyImmediately=True)


def replica(account: Account) -> Any:
    return account("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="reader", SourceDBInstanceIdentifier="shop"
    )


def test_a_replica_needs_backups_of_its_source(strict_account: Account) -> None:
    strict_account.database(BackupRetentionPeriod=0)
    with refused("InvalidDBInstanceState"):
        replica(strict_account)


def test_a_managed_password_and_replicas_exclude_each_other(strict_account: Account) -> None:
    managed: dict[str, Any] = {"ManageMasterUserPassword": True, "MasterUserPassword": None}
    sent = {name: value for name, value in managed.items() if value is not None}
    strict_account.database(BackupRetentionPeriod=7)
    strict_account("rds").modify_db_instance(**ONE, **sent, ApplyImmediately=True)
    with refused("InvalidParameterCombination"):
        replica(strict_account)
    plain = {"ManageMasterUserPassword": False, "MasterUserPassword": "not-a-secret"}
    strict_account("rds").modify_db_instance(**ONE, **plain, ApplyImmediately=True)
    replica(strict_account)
    with refused("InvalidParameterCombination"):
        strict_account("rds").modify_db_instance(**ONE, **sent, ApplyImmediately=True)


def test_a_replica_has_no_final_snapshot(strict_account: Account) -> None:
    strict_account.database(BackupRetentionPeriod=7)
    replica(strict_account)
    with refused("InvalidParameterCombination"):
        strict_account("rds").delete_db_instance(DBInstanceIdentifier="reader", FinalDBSnapshotIdentifier="last")
    strict_account("rds").delete_db_instance(DBInstanceIdentifier="reader", SkipFinalSnapshot=True)


def test_the_name_of_a_final_snapshot_is_taken_once(strict_account: Account) -> None:
    rds = strict_account("rds")
    strict_account.database()
    rds.delete_db_instance(**ONE, FinalDBSnapshotIdentifier="last")
    strict_account.database()
    with refused("DBSnapshotAlreadyExists"):
        rds.delete_db_instance(**ONE, FinalDBSnapshotIdentifier="last")
    assert strict_account.seen_database()["DBInstanceStatus"] == "available"


# --- subnets ----------------------------------------------------------------------------------------------------------


def test_a_subnet_group_keeps_two_zones_and_what_a_database_lives_in(strict_account: Account) -> None:
    subnets = strict_account.subnets(strict_account.vpc(), 3)
    rds, name = strict_account("rds"), {"DBSubnetGroupName": "shop"}
    rds.create_db_subnet_group(**name, DBSubnetGroupDescription="d", SubnetIds=subnets)
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        rds.modify_db_subnet_group(**name, SubnetIds=subnets[:1])
    strict_account.database(DBSubnetGroupName="shop", AvailabilityZone="us-east-1a")
    with refused("SubnetAlreadyInUse"):
        rds.modify_db_subnet_group(**name, SubnetIds=subnets[1:])
    rds.modify_db_subnet_group(**name, SubnetIds=subnets[:2])


# --- proxies ----------------------------------------------------------------------------------------------------------


def test_what_a_proxy_uses_stays(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    subnets, group = strict_account.subnets(vpc), strict_account.group(vpc)
    rds = proxy(strict_account, VpcSubnetIds=subnets, VpcSecurityGroupIds=[group])
    with refused("DependencyViolation"):
        strict_account("ec2").delete_security_group(GroupId=group)
    with refused("DependencyViolation"):
        strict_account("ec2").delete_subnet(SubnetId=subnets[0])
    rds.delete_db_proxy(DBProxyName="shop")
    strict_account("ec2").delete_security_group(GroupId=group)
    strict_account("ec2").delete_subnet(SubnetId=subnets[0])


def test_a_proxy_needs_two_zones_and_a_name_nobody_has(strict_account: Account) -> None:
    subnets = strict_account.subnets(strict_account.vpc())
    with refused("InvalidSubnet"):
        proxy(strict_account, VpcSubnetIds=subnets[:1])
    proxy(strict_account, VpcSubnetIds=subnets)
    with refused("DBProxyAlreadyExistsFault"):
        proxy(strict_account, VpcSubnetIds=subnets)


@pytest.fixture
def slow_account() -> Iterator[Account]:
    server = start_aws(strict=Strictness(refusals=True, slow_reads=2))
    server.reset()
    yield Account(server.endpoint)
    assert server.crashes == []
    server.stop()


def _proxy_states(account: Account, reads: int) -> list[str]:
    return [seen_proxy(account)["Status"] for _ in range(reads)]


def test_a_proxy_changes_only_when_it_is_available_and_goes_in_its_own_time(slow_account: Account) -> None:
    rds = proxy(slow_account)
    with refused("InvalidDBProxyStateFault"):
        rds.modify_db_proxy(DBProxyName="shop", RequireTLS=True)
    with refused("InvalidDBProxyStateFault"):
        rds.describe_db_proxy_targets(DBProxyName="shop")
    assert _proxy_states(slow_account, 3) == ["creating", "creating", "available"]
    rds.modify_db_proxy(DBProxyName="shop", RequireTLS=True)
    assert _proxy_states(slow_account, 3) == ["modifying", "modifying", "available"]
    rds.delete_db_proxy(DBProxyName="shop")
    assert _proxy_states(slow_account, 2) == ["deleting", "deleting"]
    with refused("DBProxyNotFoundFault"):
        seen_proxy(slow_account)


def test_a_database_is_registered_only_when_it_is_available(slow_account: Account) -> None:
    rds = proxy(slow_account)
    assert _proxy_states(slow_account, 3)[-1] == "available"
    slow_account.database()
    with refused("InvalidDBInstanceState"):
        rds.register_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["shop"])
    assert [slow_account.seen_database()["DBInstanceStatus"] for _ in range(3)][-1] == "available"
    rds.register_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["shop"])
