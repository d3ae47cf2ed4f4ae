"""`rds.db_instance`: a database server with its storage, backups and windows.

It never shrinks storage, never takes a version back, never holds a password, and deletes only behind a final snapshot
with the automated backups kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

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
    Value,
)

CREATED = (
    "db_instance_identifier", "db_instance_class", "engine", "engine_version", "allocated_storage",
    "max_allocated_storage", "storage_type", "iops", "storage_throughput", "storage_encrypted", "kms_key_id",
    "multi_az", "db_name", "master_username", "manage_master_user_password", "master_user_secret_kms_key_id", "port",
    "vpc_security_group_ids", "db_subnet_group_name", "db_parameter_group_name", "option_group_name",
    "backup_retention_period", "preferred_backup_window", "preferred_maintenance_window",
    "auto_minor_version_upgrade", "publicly_accessible", "deletion_protection", "copy_tags_to_snapshot",
    "enable_cloudwatch_logs_exports", "enable_performance_insights", "performance_insights_kms_key_id",
    "performance_insights_retention_period", "database_insights_mode", "monitoring_interval", "monitoring_role_arn",
    "ca_certificate_identifier", "enable_iam_database_authentication", "license_model", "network_type",
    "dedicated_log_volume", "engine_lifecycle_support",
)  # fmt: skip


RESTORED = (
    "db_instance_identifier", "db_instance_class", "engine", "allocated_storage", "storage_type", "iops",
    "storage_throughput", "multi_az", "port", "vpc_security_group_ids", "db_subnet_group_name",
    "db_parameter_group_name", "option_group_name", "backup_retention_period", "preferred_backup_window",
    "auto_minor_version_upgrade", "publicly_accessible", "deletion_protection", "copy_tags_to_snapshot",
    "enable_cloudwatch_logs_exports", "ca_certificate_identifier", "enable_iam_database_authentication",
    "license_model", "network_type", "dedicated_log_volume", "engine_lifecycle_support",
)  # fmt: skip
"""AWS: what an instance made of a snapshot takes at once; the rest comes from the snapshot, and changes afterwards."""

PASSWORD_TAG = "reconciler:password-version"  # noqa: S105 - the name of a tag
"""Which version of the secret the password is; nothing else tells."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [_rds.DESCRIBE]
    live = _rds.by_identifier(response)
    found = [(resource, live.get(_rds.named(resource, "db_instance_identifier"))) for resource in resources]
    return {r.address: _observed(r.address, item, r.properties) for r, item in found if item is not None}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [_rds.DESCRIBE]
    return [_observed(address, item, {}) for address, item in _rds.owned_items(response, scope.stack, KIND.name)]


def _observed(address: Address, item: _rds.Item, desired: Properties) -> Observed:
    secret = item.get("master_user_secret") or {}
    properties = _rds.live_properties(item, desired) | {"manage_master_user_password": bool(secret)}
    properties |= {"master_user_secret_kms_key_id": secret["kms_key_id"]} if secret.get("kms_key_id") else {}
    found = _rds.observed(address, item, properties, _rds.status(item, desired))
    wanted = desired.get("master_user_password")
    if wanted:
        properties["master_user_password"] = {**wanted, "version_id": found.tags.get(PASSWORD_TAG)}
    return replace(found, outputs={**found.outputs, "master_user_secret_arn": secret.get("secret_arn")})


def create(change: Change) -> Iterator[Call]:
    if change.desired.get("db_snapshot_identifier"):
        restored = pick(change.desired, "db_snapshot_identifier", *RESTORED)
        yield Call("rds", "RestoreDBInstanceFromDBSnapshot", restored | {"tags": tag_list(change.tags)})
        return
    params = pick(change.desired, *CREATED) | {"tags": tag_list({**change.tags, **_password_tag(change.desired)})}
    if not params.get("manage_master_user_password"):
        params["master_user_password"] = _rds_changes.password(change.desired)
    yield Call("rds", "CreateDBInstance", params)


def _password_tag(desired: Properties) -> dict[str, Value]:
    version = (desired.get("master_user_password") or {}).get("version_id")
    return {} if version is None else {PASSWORD_TAG: version}


def update(change: Change) -> Iterator[Call]:
    password = _password(change)
    yield from _rds_changes.modify(change, password)
    tag = _password_tag(change.desired)
    if tag and "master_user_password" in password:
        arn = change.observed.details["arn"] if change.observed else ""
        yield Call("rds", "AddTagsToResource", {"resource_name": arn, "tags": tag_list(tag)})


def _password(change: Change) -> dict[str, Value]:
    """AWS: giving up the managed password takes a new one in the same call."""
    if change.touches("manage_master_user_password") and change.desired["manage_master_user_password"]:
        return pick(change.desired, "manage_master_user_password", "master_user_secret_kms_key_id")
    if not change.touches("manage_master_user_password", "master_user_password"):
        return {}
    given_up = {"manage_master_user_password": False} if change.touches("manage_master_user_password") else {}
    return {**given_up, "master_user_password": _rds_changes.password(change.desired)}


KIND = Kind(
    name="rds.db_instance",
    title="Database",
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
        "master_user_secret_arn",
    ),
    rules=Rules(
        create_only=(
            "db_instance_identifier",
            "engine",
            "storage_encrypted",
            "kms_key_id",
            "db_name",
            "master_username",
            "db_subnet_group_name",
        ),
        unordered=("vpc_security_group_ids", "enable_cloudwatch_logs_exports"),
        case_insensitive=("engine", *_rds.CASE_INSENSITIVE),
        version_prefix=("engine_version",),
        write_only=(
            "apply_immediately",
            "allow_major_version_upgrade",
            "db_snapshot_identifier",
            "master_user_password.secret_arn",
            "master_user_password.key",
            "master_user_secret_kms_key_id",
        ),
    ),
    physical_name=PhysicalName("db_instance_identifier", limit=63, lower=True),
    uses=(
        "rds.db_subnet_group",
        "rds.db_parameter_group",
        "ec2.security_group",
        "iam.role",
        "kms.key",
        "secretsmanager.secret",
    ),
    holds_data=True,
    patience=Patience("5-30 minutes", minutes=120),
)
