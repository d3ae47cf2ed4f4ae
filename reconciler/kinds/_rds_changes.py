"""What the RDS kinds share when writing: which changed members go into one call, and the changes AWS can never make.

It never handles a password other than a generated one.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Refused
from reconciler.kinds import _rds
from reconciler.kinds.base import details, identifier, missing_tags, pick, tag_list
from reconciler.model import Call, Change, FromSecret, Generated, Properties, Value

MODIFIABLE = (
    "db_instance_class", "engine_version", "max_allocated_storage", "multi_az", "vpc_security_group_ids",
    "db_parameter_group_name", "option_group_name", "backup_retention_period", "preferred_backup_window",
    "preferred_maintenance_window", "auto_minor_version_upgrade", "publicly_accessible", "deletion_protection",
    "copy_tags_to_snapshot", "enable_iam_database_authentication", "ca_certificate_identifier", "license_model",
    "network_type", "dedicated_log_volume", "engine_lifecycle_support",
)  # fmt: skip

STORAGE = ("allocated_storage", "iops", "storage_throughput", "storage_type")

TOGETHER = (
    ("monitoring_interval", "monitoring_role_arn"),
    (
        "enable_performance_insights",
        "performance_insights_kms_key_id",
        "performance_insights_retention_period",
        "database_insights_mode",
    ),
)
"""AWS: refuses one of these without the others."""

NO_SNAPSHOT = ("failed", "incompatible-network", "incompatible-restore")
"""AWS: an instance in these states can be deleted only without a final snapshot."""

UNKNOWN_PASSWORD = Generated(32)
"""A master password nobody knows: what is set where RDS does not manage one."""


def password(desired: Properties) -> FromSecret | Generated:
    """The master password where RDS does not manage it: from the secret the spec names, or one nobody knows."""
    secret = desired.get("master_user_password")
    if not secret:
        return UNKNOWN_PASSWORD
    return FromSecret(secret["secret_arn"], secret.get("key"), version=secret.get("version_id"))


def modify(change: Change, more: Properties) -> Iterator[Call]:
    """One ModifyDBInstance with the changed members and what AWS wants beside them; else the reboot that was asked for.

    Raises Refused for a change AWS can never make.
    """
    refuse_impossible(change)
    params = {**_changed_members(change), **more}
    if params:
        common = {"db_instance_identifier": identifier(change), "apply_immediately": _at_once(change)}
        yield Call("rds", "ModifyDBInstance", common | params)
    elif change.touches("parameter_apply_status"):
        yield Call("rds", "RebootDBInstance", {"db_instance_identifier": identifier(change)})


def _at_once(change: Change) -> bool:
    return bool(change.desired.get("apply_immediately", True))


def _changed_members(change: Change) -> dict[str, Value]:
    desired = change.desired
    params = {name: desired[name] for name in MODIFIABLE if change.touches(name)}
    for names in TOGETHER:
        if change.touches(*names):
            params |= {name: desired[name] for name in names if desired.get(name) is not None}
    if params.get("enable_performance_insights") and params.get("database_insights_mode") != "advanced":
        params.setdefault("performance_insights_retention_period", 7)
    if change.touches("port"):
        params["db_port_number"] = desired["port"]
    if "engine_version" in params and desired.get("allow_major_version_upgrade"):
        params["allow_major_version_upgrade"] = True
    return params | _changed_storage(change) | _changed_logs(change)


def _changed_storage(change: Change) -> dict[str, Value]:
    params = {name: change.desired[name] for name in STORAGE if change.touches(name)}
    if not params:
        return {}
    live = details(change)["storage"]
    size, target = live["allocated_storage"], change.desired.get("storage_type") or live.get("storage_type")
    if "storage_type" in params:
        params |= pick(change.desired, "iops", "storage_throughput")
    # AWS: wants the size beside the iops and the iops beside the size, but no iops on a gp3 volume under 400 GiB.
    if params.keys() != {"storage_type"} or target in ("io1", "io2"):
        params.setdefault("allocated_storage", size)
    if live.get("iops") and (target in ("io1", "io2") or (target == "gp3" and size >= 400)):
        params.setdefault("iops", live["iops"])
    return params


def _changed_logs(change: Change) -> dict[str, Value]:
    if not change.touches("enable_cloudwatch_logs_exports"):
        return {}
    live = change.observed.properties["enable_cloudwatch_logs_exports"] if change.observed else []
    wanted = change.desired["enable_cloudwatch_logs_exports"]
    lists = {
        "enable_log_types": [name for name in wanted if name not in live],
        "disable_log_types": [name for name in live if name not in wanted],
    }
    return {"cloudwatch_logs_export_configuration": {name: types for name, types in lists.items() if types}}


def refuse_impossible(change: Change) -> None:
    """Raises Refused where storage would shrink, a version go back, or a major upgrade was not allowed."""
    live, desired = details(change), change.desired
    size, wanted = live["storage"].get("allocated_storage"), desired.get("allocated_storage")
    if change.touches("allocated_storage") and isinstance(wanted, int) and isinstance(size, int) and wanted < size:
        raise Refused(
            f"{change.address}: allocated_storage cannot shrink from {size} to {wanted} GiB",
            help=f"write `allocated_storage: {size}`, or set max_allocated_storage if RDS grew it by itself;"
            " a smaller database has to be a new one the data is copied to",
        )
    if change.touches("engine_version") and isinstance(desired.get("engine_version"), str):
        _refuse_version(change, live["engine"], live["engine_version"], desired["engine_version"])


def _refuse_version(change: Change, engine: str, live: str, wanted: str) -> None:
    if _rds.is_older(wanted, live):
        raise Refused(
            f"{change.address}: engine_version cannot go back from {live} to {wanted}",
            help=f'write `engine_version: "{live}"`',
        )
    if not _rds.same_major(engine, wanted, live) and not change.desired.get("allow_major_version_upgrade"):
        raise Refused(
            f"{change.address}: {live} to {wanted} is a major upgrade, which has an outage and no way back",
            help="set `allow_major_version_upgrade: true`, and a parameter group of the new family",
        )


def delete(change: Change) -> Iterator[Call]:
    """First protection off, then the deletion behind a final snapshot; nothing while it is under way."""
    live, name = details(change), identifier(change)
    if live["state"] == "deleting":
        return
    if live["deletion_protection"]:
        off = {"db_instance_identifier": name, "deletion_protection": False, "apply_immediately": True}
        yield Call("rds", "ModifyDBInstance", off)
    elif live["replica"]:  # AWS: refuses a final snapshot of a replica; its source has the data.
        yield Call("rds", "DeleteDBInstance", {"db_instance_identifier": name, "skip_final_snapshot": True})
    else:
        snapshot = {"skip_final_snapshot": False, "final_db_snapshot_identifier": live["final_snapshot"]}
        kept = {"skip_final_snapshot": True} if live["state"] in NO_SNAPSHOT else snapshot
        yield Call(
            "rds", "DeleteDBInstance", {"db_instance_identifier": name, **kept, "delete_automated_backups": False}
        )


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("rds", "AddTagsToResource", {"resource_name": details(change)["arn"], "tags": tag_list(tags)})
