"""`bucket`: a private, encrypted, versioned S3 bucket whose name is unique in the world. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

BUCKET = "s3.bucket"
TARGETS = {
    "topic_arn": ("topic_configurations", "topic_arn"),
    "queue_arn": ("queue_configurations", "queue_arn"),
    "function_arn": ("lambda_function_configurations", "lambda_function_arn"),
}
"""Whom an entry of `notify` names -> the list AWS keeps it in, and the member there."""


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    content: dict[str, Any] = {
        "server_side_encryption_configuration": {"rules": [_encryption(properties.get("kms_key_arn"))]},
        "versioning_configuration": {"status": "Enabled" if properties["versioned"] else "Suspended"},
        "lifecycle_configuration": {"rules": _lifecycle(properties)},
    }
    if properties.get("bucket"):
        content["bucket"] = properties["bucket"]
    if properties.get("cors_origins"):
        content["cors_configuration"] = {"cors_rules": [_cors(properties["cors_origins"])]}
    if properties.get("log_bucket"):
        target = {"target_bucket": properties["log_bucket"], "target_prefix": f"{name}/"}
        content["bucket_logging_status"] = {"logging_enabled": target}
    if properties.get("notify") is not None or properties.get("event_bridge"):
        content["notification_configuration"] = _notifications(properties)
    outputs = {output: own.ref(BUCKET, "", output) for output in ("bucket", "arn", "bucket_regional_domain_name")}
    return Expansion((Part("", BUCKET, content),), outputs)


def _encryption(key: Value) -> dict[str, Any]:
    if not key:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
    return {"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": True}


def _lifecycle(properties: Properties) -> list[dict[str, Any]]:
    whole: dict[str, Any] = {"abort-incomplete-uploads": _abort(properties.get("abort_uploads_after_days", 7))}
    if properties["versioned"]:
        days = {"noncurrent_days": properties["keep_old_versions_days"]}
        whole["expire-old-versions"] = {"noncurrent_version_expiration": days}
    if properties.get("expire_after_days"):
        whole["expire"] = {"expiration": {"days": properties["expire_after_days"]}}
    rules = [_rule(id, "", actions) for id, actions in whole.items()]
    return [*rules, *(_named(each) for each in properties.get("lifecycle") or ())]


def _abort(days: int) -> dict[str, Any]:
    return {"abort_incomplete_multipart_upload": {"days_after_initiation": days}}


def _rule(id: str, prefix: str, actions: Properties) -> dict[str, Any]:
    """AWS: a rule without a filter is refused, and one with an empty prefix is for everything."""
    return {"id": id, "status": "Enabled", "filter": {"prefix": prefix}, **actions}


def _named(rule: Properties) -> dict[str, Any]:
    actions: dict[str, Any] = {}
    if rule.get("expire_after_days"):
        actions["expiration"] = {"days": rule["expire_after_days"]}
    if rule.get("move"):
        moves = [{"days": move["after_days"], "storage_class": move["to"]} for move in rule["move"]]
        actions["transitions"] = moves
    if rule.get("expire_old_versions_after_days"):
        actions["noncurrent_version_expiration"] = {"noncurrent_days": rule["expire_old_versions_after_days"]}
    return _rule(rule["name"], rule["prefix"], actions)


def _notifications(properties: Properties) -> dict[str, Any]:
    """Who hears of new, changed and deleted objects."""
    found: dict[str, Any] = {"event_bridge_configuration": True} if properties.get("event_bridge") else {}
    for name, (configurations, member) in TARGETS.items():
        told = [_notification(each, name, member) for each in properties.get("notify") or () if name in each]
        if told:
            found[configurations] = told
    return found


def _notification(told: Properties, name: str, member: str) -> dict[str, Any]:
    rules = [{"name": part, "value": told[part]} for part in ("prefix", "suffix") if told.get(part)]
    narrowed = {"filter": {"key": {"filter_rules": rules}}} if rules else {}
    return {"id": told["name"], member: told[name], "events": told["events"], **narrowed}


def _cors(origins: list[str]) -> dict[str, Any]:
    return {
        "allowed_methods": ["GET", "PUT", "POST", "HEAD"],
        "allowed_origins": origins,
        "allowed_headers": ["*"],
        "expose_headers": ["ETag"],
        "max_age_seconds": 3000,
    }


COMPONENT = Component(
    name="bucket",
    title="Bucket",
    outputs=("bucket", "arn", "bucket_regional_domain_name"),
    expand=expand,
    computed=("versioned",),
)
