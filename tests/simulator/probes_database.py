"""What AWS does and moto without our repairs does not: proxies, maintenance windows, reboots. One function a repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account, refused

ROLE = "arn:aws:iam::123456789012:role/shop-proxy"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf"


def proxy(account: Account, **more: Any) -> Any:
    """Proxy `shop`, and the client it was made with."""
    sent = {"DBProxyName": "shop", "EngineFamily": "POSTGRESQL", "RoleArn": ROLE, **more}
    sent.setdefault("VpcSubnetIds", account.subnets(account.vpc()))
    account("rds").create_db_proxy(**sent)
    return account("rds")


def seen_proxy(account: Account) -> Any:
    return account("rds").describe_db_proxies(DBProxyName="shop")["DBProxies"][0]


def missing_proxy(account: Account) -> None:
    rds, pool = account("rds"), {"TargetGroupName": "default", "ConnectionPoolConfig": {"MaxConnectionsPercent": 50}}
    calls: tuple[tuple[Any, dict[str, Any]], ...] = (
        (rds.describe_db_proxy_targets, {}),
        (rds.describe_db_proxy_target_groups, {}),
        (rds.modify_db_proxy_target_group, pool),
        (rds.register_db_proxy_targets, {"DBInstanceIdentifiers": ["shop"]}),
        (rds.deregister_db_proxy_targets, {"DBInstanceIdentifiers": ["shop"]}),
        (rds.modify_db_proxy, {"RequireTLS": True}),
        (rds.delete_db_proxy, {}),
    )
    for call, sent in calls:
        with refused("DBProxyNotFoundFault"):
            call(DBProxyName="missing", **sent)


def create_proxy(account: Account) -> None:
    proxy(account, DBProxyName="Shop", DefaultAuthScheme="IAM_AUTH")
    found = seen_proxy(account)
    assert (found["DBProxyName"], found["DefaultAuthScheme"], found["Auth"]) == ("shop", "IAM_AUTH", [])
    assert (found["EndpointNetworkType"], found["TargetConnectionNetworkType"]) == ("IPV4", "IPV4")


def modify_proxy(account: Account) -> None:
    rds = proxy(account, Auth=[{"SecretArn": SECRET}])
    rds.modify_db_proxy(
        DBProxyName="shop",
        Auth=[{"SecretArn": SECRET, "Description": "Reports"}],
        RequireTLS=True,
        IdleClientTimeout=60,
        SecurityGroups=["sg-1"],
    )
    found = seen_proxy(account)
    assert (found["RequireTLS"], found["IdleClientTimeout"], found["VpcSecurityGroupIds"]) == (True, 60, ["sg-1"])
    (entry,) = found["Auth"]
    assert (entry["Description"], entry["ClientPasswordAuthType"]) == ("Reports", "POSTGRES_SCRAM_SHA_256")


def target_groups(account: Account) -> None:
    rds = proxy(account, Auth=[{"SecretArn": SECRET}])
    group = {"DBProxyName": "shop", "TargetGroupName": "default"}
    rds.modify_db_proxy_target_group(**group, ConnectionPoolConfig={"MaxIdleConnectionsPercent": 10, "InitQuery": "a"})
    rds.modify_db_proxy_target_group(**group, ConnectionPoolConfig={"MaxConnectionsPercent": 80})
    found = rds.describe_db_proxy_target_groups(DBProxyName="shop")["TargetGroups"][0]
    assert found["ConnectionPoolConfig"] == {
        "MaxConnectionsPercent": 80,
        "MaxIdleConnectionsPercent": 10,
        "ConnectionBorrowTimeout": 120,
        "SessionPinningFilters": [],
        "InitQuery": "a",
    }


def register_targets(account: Account) -> None:
    rds, one = proxy(account, Auth=[{"SecretArn": SECRET}]), {"DBInstanceIdentifiers": ["shop"]}
    with refused("DBInstanceNotFound"):
        rds.register_db_proxy_targets(DBProxyName="shop", **one)
    account.database()
    rds.register_db_proxy_targets(DBProxyName="shop", **one)
    with refused("DBProxyTargetAlreadyRegisteredFault"):
        rds.register_db_proxy_targets(DBProxyName="shop", **one)


def defer_changes(account: Account) -> None:
    rds = account("rds")
    account.database(DBInstanceClass="db.t4g.micro", BackupRetentionPeriod=7)
    later = {"DBInstanceClass": "db.t4g.large", "MultiAZ": True}
    rds.modify_db_instance(DBInstanceIdentifier="shop", CopyTagsToSnapshot=True, **later)
    found = account.seen_database()
    assert (found["DBInstanceClass"], found["MultiAZ"], found["CopyTagsToSnapshot"]) == ("db.t4g.micro", False, True)
    assert found["PendingModifiedValues"] == later
    rds.modify_db_instance(DBInstanceIdentifier="shop", ApplyImmediately=True, MultiAZ=False)
    found = account.seen_database()
    assert (found["DBInstanceClass"], found["MultiAZ"]) == ("db.t4g.large", False)
    assert not found["PendingModifiedValues"]


def _group_status(account: Account) -> str:
    (group,) = account.seen_database()["DBParameterGroups"]
    status: str = group["ParameterApplyStatus"]
    return status


def _in_a_group(account: Account) -> Any:
    rds = account("rds")
    for name in ("shop", "other"):
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="postgres17", Description="d")
    account.database(DBParameterGroupName="shop")
    return rds


def _set(rds: Any, name: str, method: str) -> None:
    parameter = {"ParameterName": name, "ParameterValue": "100", "ApplyMethod": method}
    rds.modify_db_parameter_group(DBParameterGroupName="shop", Parameters=[parameter])


def await_reboot(account: Account) -> None:
    rds = _in_a_group(account)
    _set(rds, "log_min_duration_statement", "immediate")
    assert _group_status(account) == "in-sync"
    _set(rds, "max_connections", "pending-reboot")
    assert _group_status(account) == "pending-reboot"


def show_unbooted(account: Account) -> None:
    rds = _in_a_group(account)
    assert _group_status(account) == "in-sync"
    rds.modify_db_instance(DBInstanceIdentifier="shop", DBParameterGroupName="other", ApplyImmediately=True)
    assert _group_status(account) == "pending-reboot"


def reboot(account: Account) -> None:
    show_unbooted(account)
    account("rds").reboot_db_instance(DBInstanceIdentifier="shop")
    assert _group_status(account) == "in-sync"
