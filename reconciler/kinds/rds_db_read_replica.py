"""`rds.db_read_replica`: a copy of a database that follows it and answers reads.

It never promotes a replica: one that was promoted by hand is reported and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _rds, _rds_changes
from reconciler.kinds.base import pick, tag_list
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    stalled,
)

# AWS: takes the parameter group, the windows and the backups of a replica only by a modification after it was made.
CREATED = (
    "db_instance_identifier", "source_db_instance_identifier", "source_region", "db_instance_class",
    "max_allocated_storage", "storage_type", "iops", "storage_throughput", "kms_key_id", "multi_az", "port",
    "vpc_security_group_ids", "db_subnet_group_name", "option_group_name", "auto_minor_version_upgrade",
    "publicly_accessible", "deletion_protection", "copy_tags_to_snapshot", "enable_cloudwatch_logs_exports",
    "enable_performance_insights", "performance_insights_kms_key_id", "performance_insights_retention_period",
    "database_insights_mode", "monitoring_interval", "monitoring_role_arn", "ca_certificate_identifier",
    "enable_iam_database_authentication", "network_type", "dedicated_log_volume",
)  # fmt: skip


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [_rds.DESCRIBE]
    live = _rds.by_identifier(response)
    found = [(resource, live.get(_rds.named(resource, "db_instance_identifier"))) for resource in resources]
    return {r.address: _observed(r.address, item, r.properties) for r, item in found if item is not None}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [_rds.DESCRIBE]
    return [_observed(address, item, {}) for address, item in _rds.owned_items(response, scope.stack, KIND.name)]


def _observed(address: Address, item: _rds.Item, desired: Properties) -> Observed:
    live, wanted = item.get("read_replica_source_db_instance_identifier"), desired.get("source_db_instance_identifier")
    status = _rds.status(item, desired)
    if live is None and item["db_instance_status"] in _rds.SETTLED:
        status = stalled("it was promoted: it follows no database any more and has data of its own")
    # AWS: reads a source of the same region back by name, whether it was given by name or by ARN. A promoted replica
    # shows no difference here, because replacing it would delete a database.
    same = live is None or (isinstance(wanted, str) and wanted.rsplit(":", 1)[-1] == live)
    properties = _rds.live_properties(item, desired) | {"source_db_instance_identifier": wanted if same else live}
    return _rds.observed(address, item, properties, status)


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, *CREATED) | {"tags": tag_list(change.tags)}
    yield Call("rds", "CreateDBInstanceReadReplica", params)


def update(change: Change) -> Iterator[Call]:
    yield from _rds_changes.modify(change, {})


KIND = Kind(
    name="rds.db_read_replica",
    title="Database read replica",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=_rds_changes.delete,
    leftovers=Listed("rds:db:*"),
    retag=_rds_changes.retag,
    outputs=(
        "db_instance_identifier",
        "db_instance_arn",
        "endpoint_address",
        "endpoint_port",
        "db_name",
        "master_username",
    ),
    rules=Rules(
        create_only=("db_instance_identifier", "source_db_instance_identifier", "kms_key_id", "db_subnet_group_name"),
        unordered=("vpc_security_group_ids", "enable_cloudwatch_logs_exports"),
        case_insensitive=_rds.CASE_INSENSITIVE,
        write_only=("apply_immediately", "source_region"),
    ),
    physical_name=PhysicalName("db_instance_identifier", limit=63, lower=True),
    uses=(
        "rds.db_instance",
        "rds.db_subnet_group",
        "rds.db_parameter_group",
        "ec2.security_group",
        "iam.role",
        "kms.key",
    ),
    patience=Patience("5-30 minutes", minutes=120),
)
