"""What takes time in AWS takes reads here: states pass in order, new objects appear late, reads lag behind writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from tests.simulator.account import TRUST, Account, refused


def _account(strict: Strictness) -> Iterator[tuple[EmbeddedAws, Account]]:
    server = start_aws(strict=strict)
    server.reset()
    yield server, Account(server.endpoint)
    server.stop()


@pytest.fixture
def slow() -> Iterator[Account]:
    for server, account in _account(Strictness(slow_reads=2)):
        yield account
        assert server.crashes == []


@pytest.fixture
def forgetful() -> Iterator[Account]:
    for server, account in _account(Strictness(invisible_reads=2)):
        yield account
        assert server.crashes == []


@pytest.fixture
def stale() -> Iterator[Account]:
    for server, account in _account(Strictness(stale_reads=2)):
        yield account
        assert server.crashes == []


def _database_states(account: Account, reads: int) -> list[str]:
    return [account.seen_database()["DBInstanceStatus"] for _ in range(reads)]


def test_a_database_is_created_in_its_own_time_and_without_an_address(slow: Account) -> None:
    slow.database()
    first = slow.seen_database()
    assert first["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in first
    assert _database_states(slow, 2) == ["creating", "available"]
    assert slow.seen_database()["Endpoint"]["Port"] == 5432


def test_a_database_under_change_refuses_another_change(slow: Account) -> None:
    rds = slow("rds")
    slow.database()
    with refused("InvalidDBInstanceState"):
        rds.modify_db_instance(DBInstanceIdentifier="shop", MultiAZ=True, ApplyImmediately=True)
    with refused("InvalidDBInstanceState"):
        rds.create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier="shop")
    assert _database_states(slow, 3)[-1] == "available"
    rds.modify_db_instance(DBInstanceIdentifier="shop", MultiAZ=True, ApplyImmediately=True)
    assert _database_states(slow, 3) == ["modifying", "modifying", "available"]


def test_a_deleted_database_lingers_and_then_is_gone(slow: Account) -> None:
    slow.database()
    assert _database_states(slow, 3)[-1] == "available"
    slow("rds").delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    assert _database_states(slow, 2) == ["deleting", "deleting"]
    with refused("DBInstanceNotFound"):
        slow.seen_database()


def test_a_load_balancer_is_provisioned_in_its_own_time(slow: Account) -> None:
    slow.balancer(slow.subnets(slow.vpc()))
    states = [slow("elbv2").describe_load_balancers()["LoadBalancers"][0]["State"]["Code"] for _ in range(3)]
    assert states == ["provisioning", "provisioning", "active"]


def test_a_rollout_is_in_progress_for_a_while_and_again_after_an_update(slow: Account) -> None:
    slow.service()

    def rollouts() -> list[str]:
        return [slow.seen_service()["deployments"][0]["rolloutState"] for _ in range(3)]

    assert rollouts() == ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]
    slow("ecs").update_service(cluster="shop", service="web", forceNewDeployment=True)
    assert len(slow.seen_service()["deployments"]) == 2
    assert rollouts()[-1] == "COMPLETED"
    assert len(slow.seen_service()["deployments"]) == 1


def test_an_identity_is_verified_in_its_own_time(slow: Account) -> None:
    slow("sesv2").create_email_identity(EmailIdentity="example.com")
    found = [slow("sesv2").get_email_identity(EmailIdentity="example.com") for _ in range(3)]
    assert [identity["VerifiedForSendingStatus"] for identity in found] == [False, False, True]
    assert [identity["DkimAttributes"]["Status"] for identity in found] == ["PENDING", "PENDING", "SUCCESS"]


def test_a_new_vpc_is_neither_listed_nor_found_nor_usable_at_first(forgetful: Account) -> None:
    vpc = forgetful.vpc()
    with refused("InvalidVpcID.NotFound"):
        forgetful("ec2").describe_vpcs(VpcIds=[vpc])
    with refused("InvalidVpcID.NotFound"):
        forgetful("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    assert vpc in {found["VpcId"] for found in forgetful("ec2").describe_vpcs()["Vpcs"]}
    forgetful("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")


def test_a_new_security_group_is_hidden_from_a_search_by_name(forgetful: Account) -> None:
    default = forgetful("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    group = forgetful.group(default)
    names = [{"Name": "group-name", "Values": ["web"]}]
    found = [forgetful("ec2").describe_security_groups(Filters=names)["SecurityGroups"] for _ in range(3)]
    assert [len(groups) for groups in found] == [0, 0, 1]
    assert found[2][0]["GroupId"] == group


def test_a_new_role_is_unknown_at_first(forgetful: Account) -> None:
    forgetful("iam").create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    for _ in range(2):
        with refused("NoSuchEntity"):
            forgetful("iam").get_role(RoleName="web")
    assert forgetful("iam").get_role(RoleName="web")["Role"]["RoleName"] == "web"


def test_other_reads_do_not_make_a_new_object_visible_sooner(forgetful: Account) -> None:
    forgetful("logs").create_log_group(logGroupName="/shop")
    for _ in range(5):
        forgetful("logs").describe_metric_filters()
    assert forgetful("logs").describe_log_groups()["logGroups"] == []


def test_a_repeated_read_gives_the_old_answer_for_a_while_after_a_write(stale: Account) -> None:
    logs = stale("logs")
    assert logs.describe_log_groups()["logGroups"] == []
    logs.create_log_group(logGroupName="/shop")
    assert [len(logs.describe_log_groups()["logGroups"]) for _ in range(3)] == [0, 0, 1]


def test_a_read_never_made_before_is_not_stale(stale: Account) -> None:
    stale("logs").create_log_group(logGroupName="/shop")
    assert len(stale("logs").describe_log_groups()["logGroups"]) == 1


@pytest.mark.parametrize("strict", [STRICT, HOSTILE], ids=["a good day", "a bad day"])
def test_a_patient_client_builds_a_network_and_a_database(strict: Strictness) -> None:
    for server, account in _account(strict):
        states = _build(account)
        assert (states[0], states[-1]) == ("creating", "available")
        assert server.crashes == []


def _build(account: Account) -> list[str]:
    """Makes a database with all it needs; returns the states it was then seen in."""
    vpc = _patiently(account.vpc)
    sent = [
        {"VpcId": vpc, "CidrBlock": f"10.0.{index}.0/24", "AvailabilityZone": f"us-east-1{zone}"}
        for index, zone in enumerate("ab")
    ]
    subnets = [_patiently(account("ec2").create_subnet, **wanted)["Subnet"]["SubnetId"] for wanted in sent]
    group = _patiently(account.group, vpc)
    names = {"DBSubnetGroupName": "shop", "DBSubnetGroupDescription": "d"}
    _patiently(account("rds").create_db_subnet_group, **names, SubnetIds=subnets)
    _patiently(account.database, DBSubnetGroupName="shop", VpcSecurityGroupIds=[group])
    return [_patiently(account.seen_database)["DBInstanceStatus"] for _ in range(4)]


def _patiently(call: Callable[..., Any], *values: Any, **members: Any) -> Any:
    for _ in range(9):
        with suppress(ClientError):
            return call(*values, **members)
    return call(*values, **members)
