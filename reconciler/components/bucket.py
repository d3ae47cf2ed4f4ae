"""`bucket`: a private, encrypted, versioned S3 bucket whose name is unique in the world. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

BUCKET = "s3.bucket"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    encryption = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    content: dict[str, Any] = {
        "server_side_encryption_configuration": {"rules": [encryption]},
        "versioning_configuration": {"status": "Enabled" if properties["versioned"] else "Suspended"},
        "lifecycle_configuration": {"rules": _lifecycle(properties)},
    }
    if properties.get("bucket"):
        content["bucket"] = properties["bucket"]
    if properties.get("cors_origins"):
        content["cors_configuration"] = {"cors_rules": [_cors(properties["cors_origins"])]}
    outputs = {output: own.ref(BUCKET, "", output) for output in ("bucket", "arn", "bucket_regional_domain_name")}
    return Expansion((Part("", BUCKET, content),), outputs)


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
