"""`bucket_with_cdn`: a bucket as `bucket` makes it, whose objects one CloudFront distribution may read. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components import _cdn, bucket
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

ORIGIN = "bucket"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    plain = bucket.expand(name, properties, context)
    access, policy = _cdn.reading(own, own.ref(bucket.BUCKET, "", "bucket"), own.ref(bucket.BUCKET, "", "arn"))
    parts = (
        *plain.parts,
        access,
        *_cdn.headers_parts(properties),
        Part("cdn", _cdn.DISTRIBUTION, _distribution(own, properties, context)),
        policy,
        *_cdn.names(own, properties),
    )
    return Expansion(parts, {**plain.outputs, **_cdn.outputs(own)})


def _distribution(own: Naming, properties: Properties, context: Context) -> dict[str, Any]:
    return {
        "comment": f"{context.stack}: {own.entry}"[:128],
        "origins": [_cdn.bucket_origin(own, ORIGIN, own.ref(bucket.BUCKET, "", "bucket_regional_domain_name"))],
        "default_cache_behavior": {
            "target_origin_id": ORIGIN,
            "viewer_protocol_policy": "redirect-to-https",
            "compress": True,
            "cache_policy_id": _cdn.CACHING_OPTIMIZED,
            "response_headers_policy_id": _cdn.headers(own, properties),
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
        },
        "default_root_object": properties.get("default_root_object", ""),
        "custom_error_responses": _fallback(properties),
        "aliases": properties["aliases"],
        "viewer_certificate": _cdn.certificate(properties),
        "price_class": properties["price_class"],
        "http_version": "http2and3",
        "is_ipv6_enabled": True,
        **_cdn.guarded(properties),
    }


def _fallback(properties: Properties) -> list[dict[str, Any]]:
    if not properties["single_page_app"]:
        return []
    page = "/" + properties.get("default_root_object", "index.html")
    # AWS: who may not list a bucket is told 403 where an object is missing, not 404.
    return [
        {"error_code": code, "response_page_path": page, "response_code": "200", "error_caching_min_ttl": 10}
        for code in (403, 404)
    ]


COMPONENT = Component(
    name="bucket_with_cdn",
    title="Bucket with a CDN",
    outputs=(*bucket.COMPONENT.outputs, *_cdn.OUTPUTS),
    expand=expand,
)
