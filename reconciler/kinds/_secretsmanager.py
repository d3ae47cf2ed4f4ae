"""What a secret has besides a value: its rotation and its replicas in other regions. It never sees a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler.kinds.base import details, identifier, pick
from reconciler.model import READY, Call, Change, Observed, Properties, Status, Value, stalled, waiting

ROTATION = (
    "rotation_rules",
    "rotation_lambda_arn",
    "external_secret_rotation_role_arn",
    "external_secret_rotation_metadata",
)


def told(observed: Observed, secret: Properties, declared: Properties | None = None) -> Observed:
    """What was observed, with what the answer tells of the settings `declared` speaks of, and of the replicas."""
    settings = {name: value for name, value in _settings(secret).items() if name in (declared or {})}
    return replace(
        observed,
        properties={**observed.properties, **settings},
        status=_status(secret),
        details={**observed.details, "replicas": [each["region"] for each in _replicas(secret)]},
    )


def _settings(secret: Properties) -> dict[str, Any]:
    enabled = bool(secret.get("rotation_enabled"))
    found: dict[str, Any] = {**pick(secret, "type"), "rotation_enabled": enabled}
    found |= pick(secret, *ROTATION) if enabled else {}
    rules = found.get("rotation_rules") or {}
    if "schedule_expression" in rules:  # AWS: says in days what the expression means, and takes only one of them.
        found["rotation_rules"] = {name: rules[name] for name in rules if name != "automatically_after_days"}
    found["add_replica_regions"] = [pick(each, "region", "kms_key_id") for each in _replicas(secret)]
    return found


def _replicas(secret: Properties) -> list[Properties]:
    return list(secret.get("replication_status") or ())


def _status(secret: Properties) -> Status:
    for replica in _replicas(secret):
        if replica.get("status") == "Failed":
            return stalled(f"the replica in {replica['region']}: {replica.get('status_message', 'failed')}")
    if any(replica.get("status") in ("InProgress", "Pending") for replica in _replicas(secret)):
        return waiting("it is being replicated")
    return READY


def is_replica(secret: Properties, region: str) -> bool:
    """AWS: a replica carries the tags of its primary, and is no secret of its own."""
    return secret.get("primary_region") not in (None, region)


def rotate(secret: Value, desired: Properties) -> Iterator[Call]:
    """Switches rotation on, or changes it; nothing where the spec does not speak of it."""
    if desired.get("rotation_rules"):
        yield Call(
            "secretsmanager", "RotateSecret", {"secret_id": secret} | pick(desired, *ROTATION, "rotate_immediately")
        )


def updates(change: Change) -> Iterator[Call]:
    secret = identifier(change)
    if change.touches(*ROTATION):
        yield from rotate(secret, change.desired)
    elif change.touches("rotation_enabled"):
        yield Call("secretsmanager", "CancelRotateSecret", {"secret_id": secret})
    if change.touches("add_replica_regions"):
        yield from _replication(secret, change)


def _replication(secret: str, change: Change) -> Iterator[Call]:
    """AWS: the key of a replica cannot change: the replica goes, and the next look finds it missing."""
    wanted = {each["region"]: each for each in change.desired["add_replica_regions"]}
    live = details(change)["replicas"]
    touched = {str(field.path[1])[1:-1] for field in change.fields if field.path[0] == "add_replica_regions"}
    missing = [replica for region, replica in wanted.items() if region not in live]
    leaving = [region for region in live if region in touched]
    if leaving:
        yield remove(secret, leaving)
    if missing:
        params = {"secret_id": secret, "add_replica_regions": missing}
        yield Call("secretsmanager", "ReplicateSecretToRegions", params)


def remove(secret: str, regions: list[str]) -> Call:
    return Call(
        "secretsmanager", "RemoveRegionsFromReplication", {"secret_id": secret, "remove_replica_regions": regions}
    )
