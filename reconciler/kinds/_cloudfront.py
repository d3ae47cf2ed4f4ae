"""How CloudFront writes a configuration: lists carry their own length, and some members exclude each other.

The spec has plain lists; here they are translated both ways. It makes no call and knows no resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import Call, Properties, Value

# AWS: one endpoint for the world; its requests are signed for us-east-1, whatever the stack's region.
REGION = "us-east-1"

SIGNERS = ("trusted_signers", "trusted_key_groups")
# The elements of these lists are merged with the live ones of the same name, so that what the spec leaves out stays.
ELEMENTS = {"origins": "id", "cache_behaviors": "path_pattern"}
# Parts that mean something as a whole only: a member of the live one beside the declared ones would contradict them.
WHOLES = (
    "viewer_certificate",
    "restrictions",
    "forwarded_values",
    "headers_config",
    "cookies_config",
    "query_strings_config",
    "cors_config",
    "security_headers_config",
)

ORIGIN_TYPES = ("s3_origin_config", "custom_origin_config", "vpc_origin_config")
TTLS = ("min_ttl", "default_ttl", "max_ttl")
# AWS: refuses either member beside its rivals, so the live rivals go when one is declared.
RIVALS = {
    **{name: tuple(other for other in ORIGIN_TYPES if other != name) for name in ORIGIN_TYPES},
    "cache_policy_id": ("forwarded_values", *TTLS),
    "forwarded_values": ("cache_policy_id", "origin_request_policy_id"),
}
# AWS: an update must say more than a create does; what a new element leaves out is said as AWS would fill it in.
NEW_ELEMENT: Mapping[str, Properties] = {
    "origins": {
        "origin_path": "",
        "custom_headers": [],
        "connection_attempts": 3,
        "connection_timeout": 10,
        "origin_shield": {"enabled": False},
        "origin_access_control_id": "",
    },
    "cache_behaviors": {
        "trusted_signers": [],
        "trusted_key_groups": [],
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "smooth_streaming": False,
        "compress": False,
        "lambda_function_associations": [],
        "function_associations": [],
        "field_level_encryption_id": "",
    },
}


def call(operation: str, params: Properties | None = None) -> Call:
    return Call("cloudfront", operation, params or {}, region=REGION)


def plain(value: Value) -> Value:
    """The spec's form of what CloudFront answers: `{"quantity": 1, "items": [x]}` -> `[x]`.

    The methods a behavior caches stand beside those it allows, and `enabled` follows from there being signers.
    """
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    members = {name: plain(item) for name, item in value.items() if name not in ("quantity", "items")}
    if "quantity" in value:
        items = plain(value.get("items") or [])
        members.pop("enabled", None)
        return {**members, "items": items} if members else items
    methods = members.get("allowed_methods")
    if isinstance(methods, Mapping):
        members |= {"allowed_methods": methods["items"], "cached_methods": methods["cached_methods"]}
    return members


def counted(value: Value, name: str = "") -> Value:
    """The inverse of `plain`; `name` is the member `value` belongs to."""
    if isinstance(value, list | tuple):
        items = {"items": [counted(item) for item in value]} if value else {}
        return {"quantity": len(value), **items} | ({"enabled": bool(value)} if name in SIGNERS else {})
    if not isinstance(value, Mapping):
        return value
    given = {"items": [], **value} if name == "geo_restriction" else value
    members = {key: counted(item, key) for key, item in given.items() if item is not None}
    if isinstance(members.get("allowed_methods"), Mapping) and "cached_methods" in members:
        members["allowed_methods"] = {**members["allowed_methods"], "cached_methods": members.pop("cached_methods")}
    items = members.pop("items", {})
    return {**members, **items}


def laid_over(live: Value, declared: Value, name: str = "") -> Value:
    """`declared` over `live`, both plain; what is not declared stays as it is, rivals of what is declared go."""
    if name in ELEMENTS and isinstance(declared, list | tuple):
        key = ELEMENTS[name]
        known = {item[key]: item for item in live or ()}
        return [laid_over(known.get(item.get(key), NEW_ELEMENT[name]), item) for item in declared]
    if name in WHOLES or not isinstance(live, Mapping) or not isinstance(declared, Mapping):
        return declared
    rivals = {rival for member in declared if declared[member] for rival in RIVALS.get(member, ())}
    kept: dict[str, Any] = {member: item for member, item in live.items() if member not in rivals}
    return kept | {member: laid_over(live.get(member), item, member) for member, item in declared.items()}
