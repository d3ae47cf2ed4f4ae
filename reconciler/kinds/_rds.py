"""What the RDS kinds share when reading: finding instances, their properties once all is applied, their states.

It never writes, and never decides whether something differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import address_of, read_all, short_hash, tag_map
from reconciler.model import (
    READY,
    Address,
    Call,
    Observed,
    Properties,
    Readiness,
    Reads,
    Resource,
    Response,
    Status,
    Value,
    stalled,
    waiting,
)

DESCRIBE = Call("rds", "DescribeDBInstances")
"""All instances of the region with their tags: one call for both kinds of instances and for their leftovers."""

SAME_NAME = (
    "db_instance_identifier", "db_instance_class", "engine", "engine_version", "storage_type", "iops",
    "storage_throughput", "storage_encrypted", "kms_key_id", "multi_az", "db_name", "master_username",
    "backup_retention_period", "preferred_backup_window", "preferred_maintenance_window",
    "auto_minor_version_upgrade", "publicly_accessible", "deletion_protection", "copy_tags_to_snapshot",
    "performance_insights_kms_key_id", "performance_insights_retention_period", "database_insights_mode",
    "monitoring_interval", "monitoring_role_arn", "ca_certificate_identifier", "license_model", "network_type",
    "engine_lifecycle_support", "dedicated_log_volume",
)  # fmt: skip

OTHER_NAME = {
    "performance_insights_enabled": "enable_performance_insights",
    "iam_database_authentication_enabled": "enable_iam_database_authentication",
}
"""AWS reads these back under another name than it takes them."""

CASE_INSENSITIVE = (
    "db_instance_identifier",
    "db_subnet_group_name",
    "db_parameter_group_name",
    "option_group_name",
    "storage_type",
    "preferred_maintenance_window",
)
"""AWS: keeps these in lower case."""

SETTLED = ("available", "storage-optimization")
"""AWS: storage-optimization lasts for hours, and the instance takes other changes meanwhile."""

TERMINAL = (
    "failed", "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable",
    "incompatible-create", "incompatible-credentials", "incompatible-network", "incompatible-option-group",
    "incompatible-parameters", "incompatible-restore", "insufficient-capacity", "modify-failed", "restore-error",
    "stopped", "upgrade-failed",
)  # fmt: skip

NOT_A_CHANGE = ("automation_mode", "resume_full_automation_mode_time", "db_instance_identifier")
"""Pending values that say nothing about a property."""

Item = Mapping[str, Any]


def items(response: Response) -> Sequence[Item]:
    found: Sequence[Item] = (response or {}).get("db_instances", ())
    return found


def by_identifier(response: Response) -> dict[str, Item]:
    return {item["db_instance_identifier"]: item for item in items(response)}


def named(resource: Resource, name: str) -> str:
    """AWS: stores RDS names in lower case."""
    return str(resource.properties[name]).lower()


def tag_call(arn: str) -> Call:
    return Call("rds", "ListTagsForResource", {"resource_name": arn})


def tags_in(response: Response) -> dict[str, str]:
    return tag_map((response or {}).get("tag_list"))


def tags_of(arns: Sequence[str]) -> Reads[dict[str, dict[str, str]]]:
    """The tags of groups: AWS gives them only for one ARN at a time."""
    responses = yield from read_all([tag_call(arn) for arn in arns])
    return {arn: tags_in(response) for arn, response in zip(arns, responses, strict=True)}


def owned_items(response: Response, stack: str, kind: str) -> Iterator[tuple[Address, Item]]:
    for item in items(response):
        address = address_of(tag_map(item.get("tag_list")), stack, kind)
        if address is not None:
            yield address, item


# --- reading ----------------------------------------------------------------------------------------------------------


def live_properties(item: Item, desired: Properties) -> dict[str, Value]:
    """The properties of an instance as they will be when everything pending has landed."""
    coming = {**item, **_pending(item)}
    found = {name: coming[name] for name in SAME_NAME if coming.get(name) is not None}
    found |= {ours: coming[theirs] for theirs, ours in OTHER_NAME.items() if coming.get(theirs) is not None}
    if "performance_insights_retention_period" in found:
        found.setdefault("enable_performance_insights", True)  # What is kept for days is recorded.
    found["enable_cloudwatch_logs_exports"] = _log_types(item)
    found["vpc_security_group_ids"] = [
        group["vpc_security_group_id"]
        for group in item.get("vpc_security_groups", ())
        if group.get("status") != "removing"
    ]
    found |= _storage(coming, desired) | _memberships(coming) | _port(coming, desired)
    if "engine_version" in found:
        found["engine_version"] = _version_in_force(coming, desired)
    return found


def _pending(item: Item) -> dict[str, Any]:
    pending = item.get("pending_modified_values") or {}
    return {name: value for name, value in pending.items() if value is not None and name not in NOT_A_CHANGE}


def _log_types(item: Item) -> list[str]:
    coming = _pending(item).get("pending_cloudwatch_logs_exports", {})
    types = {*(item.get("enabled_cloudwatch_logs_exports") or ()), *coming.get("log_types_to_enable", ())}
    return sorted(types - set(coming.get("log_types_to_disable", ())))


def _storage(coming: Item, desired: Properties) -> dict[str, Value]:
    live = coming.get("allocated_storage")
    if live is None:
        return {}
    low, high = desired.get("allocated_storage"), desired.get("max_allocated_storage")
    # AWS: storage autoscaling raises the size by itself; anything up to the declared ceiling is what was asked for.
    grown = isinstance(low, int) and isinstance(high, int) and low < live <= high
    # AWS: leaves the ceiling out when autoscaling is off, which is asked for by a ceiling equal to the size.
    return {
        "allocated_storage": low if grown else live,
        "max_allocated_storage": coming.get("max_allocated_storage") or live,
    }


def _memberships(coming: Item) -> dict[str, Value]:
    """Names that AWS reads back inside lists and structures."""
    found: dict[str, Value] = {}
    subnet_group = coming.get("db_subnet_group_name") or coming.get("db_subnet_group", {}).get("db_subnet_group_name")
    if subnet_group:
        found["db_subnet_group_name"] = subnet_group
    for group in coming.get("db_parameter_groups", ())[:1]:
        found["db_parameter_group_name"] = group["db_parameter_group_name"]
        found["parameter_apply_status"] = group.get("parameter_apply_status", "in-sync")
    for group in coming.get("option_group_memberships", ())[:1]:
        found["option_group_name"] = group["option_group_name"]
    return found


def _port(coming: Item, desired: Properties) -> dict[str, Value]:
    # AWS: says the port only once the endpoint exists; until then there is nothing to compare.
    port = coming.get("port") or coming.get("endpoint", {}).get("port") or desired.get("port")
    return {} if port is None else {"port": port}


def _version_in_force(coming: Item, desired: Properties) -> Value:
    live, wanted = coming["engine_version"], desired.get("engine_version")
    upgraded = isinstance(wanted, str) and is_older(wanted, live) and same_major(coming["engine"], wanted, live)
    # AWS: minor upgrades happen by themselves where they are allowed to; going back is impossible.
    return wanted if upgraded and coming.get("auto_minor_version_upgrade") else live


def version(text: str) -> tuple[int, ...]:
    """`16.3` -> (16, 3); the numbers a version begins with."""
    numbers: list[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def is_older(one: str, other: str) -> bool:
    """Is `one` older as far as both say? `16` is not older than `16.4`."""
    left, right = version(one), version(other)
    length = min(len(left), len(right))
    return left[:length] < right[:length]


def same_major(engine: str, one: str, other: str) -> bool:
    length = 1 if engine == "postgres" else 2
    return version(one)[:length] == version(other)[:length]


def live_details(item: Item) -> dict[str, Value]:
    """What the steps need to know: sizes as they are, the state, and the id of a final snapshot nobody else has."""
    name = item["db_instance_identifier"]
    made = short_hash(name, item.get("dbi_resource_id"), item.get("instance_create_time"))
    return {
        "arn": item["db_instance_arn"],
        "state": item["db_instance_status"],
        "deletion_protection": bool(item.get("deletion_protection")),
        "replica": item.get("read_replica_source_db_instance_identifier") is not None,
        "engine": item["engine"],
        "engine_version": item.get("engine_version", ""),
        "storage": {
            name: item[name] for name in ("allocated_storage", "iops", "storage_type") if item.get(name) is not None
        },
        "final_snapshot": f"{name}-final-{made}",
    }


def observed(address: Address, item: Item, properties: Properties, status: Status) -> Observed:
    """`properties` are complete already; the outputs are what both kinds of instances have."""
    endpoint = item.get("endpoint") or {}
    return Observed(
        address,
        item["db_instance_identifier"],
        properties,
        outputs={
            "db_instance_identifier": item["db_instance_identifier"],
            "db_instance_arn": item["db_instance_arn"],
            "endpoint_address": endpoint.get("address"),
            "endpoint_port": endpoint.get("port"),
            "db_name": item.get("db_name"),
            "master_username": item.get("master_username"),
        },
        tags=tag_map(item.get("tag_list")),
        status=status,
        details=live_details(item),
    )


# --- what the states mean ---------------------------------------------------------------------------------------------


def status(item: Item, desired: Properties) -> Status:
    """Whether the instance is settled: `available` alone is premature.

    Source: the stabilisation of AWS's own CloudFormation handlers for RDS.
    """
    state = item["db_instance_status"]
    if state in TERMINAL:
        return stalled(f"its status is {state}")
    if state == "storage-full":
        return _full(item, desired)
    if state not in SETTLED:
        return waiting(f"status {state}")
    return _replication(item) or _memberships_status(item) or _pending_status(item, desired) or _parameters(item)


def _full(item: Item, desired: Properties) -> Status:
    wanted = desired.get("allocated_storage")
    growing = isinstance(wanted, int) and wanted > item["allocated_storage"]
    return READY if growing else stalled("its storage is full: raise allocated_storage")


def _replication(item: Item) -> Status | None:
    for info in item.get("status_infos", ()):
        state = info.get("status", "")
        if info.get("status_type") == "read replication" and state != "replicating":
            text = f"replication is {state}: {info.get('message', '')}".rstrip(": ")
            return stalled(text) if state in ("error", "terminated") else waiting(text)
    return None


def _memberships_status(item: Item) -> Status | None:
    for group in item.get("vpc_security_groups", ()):
        if group.get("status") in ("adding", "removing"):
            return waiting(f"security group {group['vpc_security_group_id']}: {group['status']}")
    for group in item.get("db_parameter_groups", ()):
        if group.get("parameter_apply_status") == "applying":
            return waiting(f"parameter group {group['db_parameter_group_name']} is being applied")
    secret = (item.get("master_user_secret") or {}).get("secret_status")
    return waiting(f"the secret of the master user is {secret}") if secret in ("creating", "rotating") else None


def _pending_status(item: Item, desired: Properties) -> Status | None:
    pending = _pending(item)
    if not pending:
        return None
    wanted = {name: desired.get(OTHER_NAME.get(name, name)) for name in pending}
    if any(not _agrees(name, wanted[name], value) for name, value in pending.items()):
        return READY  # Something else is wanted by now: an available instance takes the new value at once.
    if desired.get("apply_immediately", True) and desired:
        return waiting(f"{', '.join(sorted(pending))}: about to be applied")
    window = item.get("preferred_maintenance_window", "")
    text = f"{', '.join(sorted(pending))}: lands in the maintenance window {window}".rstrip()
    return waiting(text, deferred=True)


def _agrees(name: str, wanted: Value, pending: Value) -> bool:
    if not isinstance(wanted, str | int | float):
        return True
    if name == "engine_version":
        return pending == wanted or str(pending).startswith(f"{wanted}.")
    return bool(wanted == pending)


def _parameters(item: Item) -> Status:
    for group in item.get("db_parameter_groups", ()):
        if group.get("parameter_apply_status") == "pending-reboot":
            # Not waiting: nothing but a reboot ends it, and nobody may have asked for one.
            return Status(
                Readiness.READY,
                f"parameter group {group['db_parameter_group_name']} takes full effect at the next reboot;"
                " `parameter_apply_status: in-sync` reboots",
            )
    return READY
