"""`bucket`: a private, encrypted, versioned S3 bucket whose name is unique in the world. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

BUCKET = "s3.bucket"
LONGEST = 63 - len("-123456789012")


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    bucket = properties.get("bucket") or _bucket_name(f"{context.stack}-{name}", context.account)
    encryption = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    content: dict[str, Any] = {
        "bucket": bucket,
        "server_side_encryption_configuration": {"rules": [encryption]},
        "versioning_configuration": {"status": "Enabled" if properties["versioned"] else "Suspended"},
        "lifecycle_configuration": {"rules": _lifecycle(properties)},
    }
    if properties.get("cors_origins"):
        content["cors_configuration"] = {"cors_rules": [_cors(properties["cors_origins"])]}
    outputs = {output: own.ref(BUCKET, "", output) for output in ("bucket", "arn", "bucket_regional_domain_name")}
    return Expansion((Part("", BUCKET, content),), outputs)


def _bucket_name(name: str, account: str) -> str:
    """AWS: bucket names are shared by all accounts of the world, and have 63 characters at most."""
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 7].rstrip('-')}-{sha256(name.encode()).hexdigest()[:6]}"
    return f"{name}-{account}"


def _lifecycle(properties: Properties) -> list[dict[str, Any]]:
    everything: dict[str, Any] = {"prefix": ""}
    rules: list[dict[str, Any]] = [
        {
            "id": "abort-incomplete-uploads",
            "status": "Enabled",
            "filter": everything,
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
    ]
    if properties["versioned"]:
        rules.append(
            {
                "id": "expire-old-versions",
                "status": "Enabled",
                "filter": everything,
                "noncurrent_version_expiration": {"noncurrent_days": properties["keep_old_versions_days"]},
            }
        )
    if properties.get("expire_after_days"):
        expiration = {"days": properties["expire_after_days"]}
        rules.append({"id": "expire", "status": "Enabled", "filter": everything, "expiration": expiration})
    return rules


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
