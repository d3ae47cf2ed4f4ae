"""The sub-resources of a bucket: each has its own read and its own write, and is a property of `s3.bucket`.

A property is named after the member its Put request takes, and looks like that member. It never performs I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds._s3_lists import LISTS, Listed
from reconciler.model import Call, Properties, Response, Value

Item = Mapping[str, Any]

FILTER_MEMBERS = ("prefix", "tag", "object_size_greater_than", "object_size_less_than", "and")
NOTIFICATIONS = ("topic_configurations", "queue_configurations", "lambda_function_configurations")


def _same(value: Value) -> Value:
    return value


@dataclass(frozen=True, slots=True)
class Part:
    """One sub-resource. `observed` turns the answer of `read` into the property's value (None: not set)."""

    property: str
    read: str
    write: str
    observed: Callable[[Response], Value]
    written: Callable[[Value], Value] = _same
    clear: str = ""
    """The call that takes it away again; made where the spec gives an empty value."""

    def read_call(self, bucket: str) -> Call:
        return Call("s3", self.read, {"bucket": bucket})

    def write_call(self, bucket: str, value: Value) -> Call:
        if self.clears(value):
            return Call("s3", self.clear, {"bucket": bucket})
        known = isinstance(value, Mapping)
        return Call("s3", self.write, {"bucket": bucket, self.property: self.written(value) if known else value})

    def write_calls(self, bucket: str, value: Value, _: Value) -> Iterator[Call]:
        """A Put replaces the whole, whatever is live."""
        yield self.write_call(bucket, value)

    def clears(self, value: Value) -> bool:
        """Does this value mean that there is none?"""
        return bool(self.clear) and isinstance(value, Mapping) and not any(value.values())


def _whole(response: Response) -> Value:
    return _without_empty(response or {})


def _member(name: str, absent: Value = None) -> Callable[[Response], Value]:
    return lambda response: absent if response is None else response.get(name)


def _or_default(name: str, default: str) -> Callable[[Response], Value]:
    """A single member AWS leaves out while it has never been set."""
    return lambda response: {name: (response or {}).get(name) or default}


def _without_empty(value: Item) -> dict[str, Any]:
    return {name: item for name, item in value.items() if item not in (None, [], {}, "")}


def _policy(response: Response) -> Value:
    return {} if response is None else from_json(response["policy"])


def _lifecycle(response: Response) -> Value:
    return {"rules": [_lifecycle_rule(rule) for rule in (response or {}).get("rules", ())]}


def _lifecycle_rule(rule: Item) -> dict[str, Any]:
    """AWS: old rules carry a bare `Prefix`, and an empty filter reads back as nothing; both become a filter."""
    rest = _without_empty({name: value for name, value in rule.items() if name not in ("filter", "prefix")})
    given = _without_empty(rule.get("filter") or {}) or {"prefix": rule.get("prefix") or ""}
    return rest | {"filter": given}


def _cors(response: Response) -> Value:
    return {"cors_rules": [_without_empty(rule) for rule in (response or {}).get("cors_rules", ())]}


def _notification(response: Response) -> Value:
    live = response or {}
    found: dict[str, Any] = {name: [_target(each) for each in live[name]] for name in NOTIFICATIONS if live.get(name)}
    if live.get("event_bridge_configuration") is not None:
        found["event_bridge_configuration"] = True
    return found


def _target(configuration: Item) -> dict[str, Any]:
    """AWS: the names of filter rules go in as `prefix` and come back as `Prefix`."""
    rules = (configuration.get("filter") or {}).get("key", {}).get("filter_rules") or []
    lowered = [rule | {"name": rule["name"].lower()} for rule in rules]
    rest = _without_empty({name: value for name, value in configuration.items() if name != "filter"})
    return rest | ({"filter": {"key": {"filter_rules": lowered}}} if lowered else {})


def _notification_written(value: Value) -> Value:
    """EventBridge is a switch in the spec and an empty structure on the wire."""
    switch: Item = {"event_bridge_configuration": {}} if value.get("event_bridge_configuration") else {}
    return {**{name: item for name, item in value.items() if name != "event_bridge_configuration"}, **switch}


def _replication(response: Response) -> Value:
    live = (response or {}).get("replication_configuration")
    return {} if live is None else live | {"rules": [_replication_rule(rule) for rule in live["rules"]]}


def _replication_rule(rule: Item) -> dict[str, Any]:
    return _without_empty(rule) | {"filter": _without_empty(rule.get("filter") or {}) or {"prefix": ""}}


ALL_BLOCKED = {
    "block_public_acls": True,
    "ignore_public_acls": True,
    "block_public_policy": True,
    "restrict_public_buckets": True,
}
# AWS: buckets are made with everything blocked, and with S3-managed encryption that cannot be turned off. A block that
# someone took away reads as "not found" and means that nothing is blocked.
NOTHING_BLOCKED = dict.fromkeys(ALL_BLOCKED, False)
MANAGED_KEYS = {"rules": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}]}

PARTS: tuple[Part, ...] = (
    # AWS: the order matters: the block before a policy it may refuse, versioning before replication and object lock.
    Part(
        "public_access_block_configuration",
        "GetPublicAccessBlock",
        "PutPublicAccessBlock",
        _member("public_access_block_configuration", NOTHING_BLOCKED),
        written=lambda value: ALL_BLOCKED | value,
    ),
    Part(
        "ownership_controls",
        "GetBucketOwnershipControls",
        "PutBucketOwnershipControls",
        _member("ownership_controls"),
    ),
    Part(
        "server_side_encryption_configuration",
        "GetBucketEncryption",
        "PutBucketEncryption",
        _member("server_side_encryption_configuration", MANAGED_KEYS),
    ),
    Part(
        "versioning_configuration",
        "GetBucketVersioning",
        "PutBucketVersioning",
        _or_default("status", "Suspended"),
    ),
    Part("policy", "GetBucketPolicy", "PutBucketPolicy", _policy, written=to_json, clear="DeleteBucketPolicy"),
    Part(
        "lifecycle_configuration",
        "GetBucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        _lifecycle,
        clear="DeleteBucketLifecycle",
    ),
    Part("cors_configuration", "GetBucketCors", "PutBucketCors", _cors, clear="DeleteBucketCors"),
    Part("website_configuration", "GetBucketWebsite", "PutBucketWebsite", _whole, clear="DeleteBucketWebsite"),
    Part("bucket_logging_status", "GetBucketLogging", "PutBucketLogging", _whole),
    Part(
        "accelerate_configuration",
        "GetBucketAccelerateConfiguration",
        "PutBucketAccelerateConfiguration",
        _or_default("status", "Suspended"),
    ),
    Part(
        "request_payment_configuration",
        "GetBucketRequestPayment",
        "PutBucketRequestPayment",
        _or_default("payer", "BucketOwner"),
    ),
    Part(
        "notification_configuration",
        "GetBucketNotificationConfiguration",
        "PutBucketNotificationConfiguration",
        _notification,
        written=_notification_written,
    ),
    Part(
        "replication_configuration",
        "GetBucketReplication",
        "PutBucketReplication",
        _replication,
        clear="DeleteBucketReplication",
    ),
    Part(
        "object_lock_configuration",
        "GetObjectLockConfiguration",
        "PutObjectLockConfiguration",
        _member("object_lock_configuration"),
    ),
)


def declared(properties: Properties) -> list[Part | Listed]:
    """The parts the spec speaks of; the others are not ours to read or write."""
    every: tuple[Part | Listed, ...] = (*PARTS, *LISTS)
    return [part for part in every if properties.get(part.property) is not None]
