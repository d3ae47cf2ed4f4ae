"""The refusals of databases: versions, parameters, replicas and proxies that cannot be so, and what still uses them.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.simulator.repair_data import STATIC_PARAMETERS
from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend

# --- who uses what --------------------------------------------------------------------------------------------------


def _groups_of_proxies(region: str) -> Iterator[str]:
    for proxy in backend("rds", region).db_proxies.values():
        yield from proxy.vpc_security_group_ids


def _subnets_of_proxies(region: str) -> Iterator[str]:
    for proxy in backend("rds", region).db_proxies.values():
        yield from proxy.vpc_subnet_ids


EDGES = (
    Edge(
        "ec2:DeleteSecurityGroup", "GroupId", (_groups_of_proxies,), "DependencyViolation",
        "resource {} has a dependent object",
    ),
    Edge(
        "ec2:DeleteSubnet", "SubnetId", (_subnets_of_proxies,), "DependencyViolation",
        "The subnet '{}' has dependencies and cannot be deleted.",
    ),
)  # fmt: skip

# --- impossible -----------------------------------------------------------------------------------------------------


def _database(request: Request, member: str = "DBInstanceIdentifier") -> Any:
    return request.backend().databases.get(request.params.get(member, "").rpartition(":")[2].lower())


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _goes_back(request: Request) -> bool:
    database, wanted = _database(request), _version(request.params.get("EngineVersion", ""))
    return database is not None and bool(wanted) and wanted < _version(database.engine_version)[: len(wanted)]


def _unasked_major(request: Request) -> bool:
    database, wanted = _database(request), _version(request.params.get("EngineVersion", ""))
    if database is None or request.params.get("AllowMajorVersionUpgrade"):
        return False
    return wanted[:1] > _version(database.engine_version)[:1]


def _other_family(request: Request) -> bool:
    group = request.backend().db_parameter_groups.get(request.params.get("DBParameterGroupName", "").lower())
    database = _database(request)
    engine = request.params.get("Engine") or getattr(database, "engine", "")
    version = request.params.get("EngineVersion") or getattr(database, "engine_version", "")
    if group is None or engine != "postgres" or not version:
        return False
    return bool(group.family != f"postgres{_version(version)[0]}")


def _immediate_but_static(request: Request) -> bool:
    return any(
        parameter.get("ApplyMethod") == "immediate" and parameter.get("ParameterName") in STATIC_PARAMETERS
        for parameter in request.params.get("Parameters", ())
    )


def _too_many_parameters(request: Request) -> bool:
    return len(request.params.get("Parameters", ())) > 20


def _default_group(request: Request) -> bool:
    return str(request.params["DBParameterGroupName"]).startswith("default.")


def _no_such_role(request: Request) -> bool:
    arn = request.params.get("MonitoringRoleArn")
    return bool(arn) and arn not in {role.arn for role in backend("iam", request.region).roles.values()}


def _source_without_backups(request: Request) -> bool:
    source = _database(request, "SourceDBInstanceIdentifier")
    return source is not None and not source.backup_retention_period


def _source_with_managed_password(request: Request) -> bool:
    source = _database(request, "SourceDBInstanceIdentifier")
    return source is not None and bool(source.manage_master_user_password)


def _begins_managing_with_replicas(request: Request) -> bool:
    database = _database(request)
    return bool(request.params.get("ManageMasterUserPassword")) and bool(getattr(database, "replicas", None))


def _snapshot_of_replica(request: Request) -> bool:
    database = _database(request)
    return database is not None and bool(database.is_replica and request.params.get("FinalDBSnapshotIdentifier"))


def _zones(request: Request, subnets: Any) -> dict[str, str]:
    live = (subnet for found in backend("ec2", request.region).subnets.values() for subnet in found.values())
    return {subnet.id: subnet.availability_zone for subnet in live if subnet.id in subnets}


def _one_zone(request: Request) -> bool:
    return len(set(_zones(request, request.params.get("SubnetIds", ())).values())) == 1


def _one_zone_proxy(request: Request) -> bool:
    return len(set(_zones(request, request.params.get("VpcSubnetIds", ())).values())) == 1


def _subnet_in_use(request: Request) -> bool:
    """A subnet is taken away in whose zone a database of the group lives."""
    name = request.params["DBSubnetGroupName"].lower()
    group = request.backend().subnet_groups.get(name)
    gone = {subnet.id for subnet in group._subnets} - set(request.params["SubnetIds"]) if group else set()
    zones = set(_zones(request, gone).values())
    users = request.backend().databases.values()
    return any((user._db_subnet_group_name or "").lower() == name and user.availability_zone in zones for user in users)


def _target_not_available(request: Request) -> bool:
    databases = request.backend().databases
    names = request.params.get("DBInstanceIdentifiers", ())
    return any(name in databases and databases[name].status != "available" for name in names)


_COMBINATION = "InvalidParameterCombination"

RULES = (
    Rule("rds:ModifyDBInstance", _goes_back, _COMBINATION, "Cannot upgrade to a lower version"),
    Rule(
        "rds:ModifyDBInstance", _unasked_major, _COMBINATION,
        "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
    ),
    Rule(
        "rds:ModifyDBInstance", _begins_managing_with_replicas, _COMBINATION,
        "A DB instance with read replicas can't manage its master user password in Secrets Manager.",
    ),
    Rule("rds:CreateDBInstance", _other_family, _COMBINATION, "The parameter group is of another family"),
    Rule("rds:ModifyDBInstance", _other_family, _COMBINATION, "The parameter group is of another family"),
    Rule(
        "rds:CreateDBInstance", _no_such_role, "InvalidParameterValue",
        "The IAM role ARN value is invalid or does not include the required permissions",
    ),
    Rule(
        "rds:ModifyDBInstance", _no_such_role, "InvalidParameterValue",
        "The IAM role ARN value is invalid or does not include the required permissions",
    ),
    Rule(
        "rds:CreateDBInstanceReadReplica", _source_without_backups, "InvalidDBInstanceState",
        "Automated backups are not enabled for this database instance.",
    ),
    Rule(
        "rds:CreateDBInstanceReadReplica", _source_with_managed_password, _COMBINATION,
        "The source manages its master user password in Secrets Manager.",
    ),
    Rule(
        "rds:DeleteDBInstance", _snapshot_of_replica, _COMBINATION,
        "FinalDBSnapshotIdentifier can not be specified when deleting a replica",
    ),
    Rule(
        "rds:ModifyDBParameterGroup", _immediate_but_static, _COMBINATION,
        "cannot use immediate apply method for static parameter",
    ),
    Rule("rds:ModifyDBParameterGroup", _too_many_parameters, "InvalidParameterValue", "at most 20 parameters"),
    Rule(
        "rds:ModifyDBParameterGroup", _default_group, "InvalidParameterValue",
        "Modifications to default parameter groups are not allowed",
    ),
    Rule("rds:ModifyDBSubnetGroup", _one_zone, "DBSubnetGroupDoesNotCoverEnoughAZs", "at least 2 AZs are required"),
    Rule("rds:ModifyDBSubnetGroup", _subnet_in_use, "SubnetAlreadyInUse", "A database uses the subnet"),
    Rule("rds:CreateDBProxy", _one_zone_proxy, "InvalidSubnet", "Subnets in at least two AZs are required"),
    Rule(
        "rds:RegisterDBProxyTargets", _target_not_available, "InvalidDBInstanceState",
        "The database is not in available state.",
    ),
)  # fmt: skip
