"""`bucket_with_cdn`: a bucket as `bucket` makes it, whose objects one CloudFront distribution may read. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components import bucket
from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Properties

ACCESS = "cloudfront.origin_access_control"
DISTRIBUTION = "cloudfront.distribution"
POLICY = "s3.bucket_policy"

ORIGIN = "bucket"
# AWS: the managed policy CachingOptimized has this id in every account; it keeps compressed copies too.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
OUTPUTS = {
    "domain_name": "domain_name",
    "distribution_id": "id",
    "distribution_arn": "arn",
    "hosted_zone_id": "hosted_zone_id",
}
"""Ours -> the distribution's."""


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    plain = bucket.expand(name, properties, context)
    parts = (
        *plain.parts,
        Part("access", ACCESS, {"description": f"Reads the bucket {name}"}),
        Part("cdn", DISTRIBUTION, _distribution(own, properties, context)),
        Part("policy", POLICY, _policy(own)),
    )
    outputs = {ours: own.ref(DISTRIBUTION, "cdn", output) for ours, output in OUTPUTS.items()}
    return Expansion(parts, {**plain.outputs, **outputs})


def _distribution(own: Naming, properties: Properties, context: Context) -> dict[str, Any]:
    return {
        "comment": f"{context.stack}: {own.entry}"[:128],
        "origins": [
            {
                "id": ORIGIN,
                "domain_name": own.ref(bucket.BUCKET, "", "bucket_regional_domain_name"),
                "origin_access_control_id": own.ref(ACCESS, "access", "id"),
                "s3_origin_config": {"origin_access_identity": ""},
            }
        ],
        "default_cache_behavior": {
            "target_origin_id": ORIGIN,
            "viewer_protocol_policy": "redirect-to-https",
            "compress": True,
            "cache_policy_id": CACHING_OPTIMIZED,
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
        },
        "default_root_object": properties.get("default_root_object", ""),
        "custom_error_responses": _fallback(properties),
        "aliases": properties["aliases"],
        "viewer_certificate": _certificate(properties),
        "price_class": properties["price_class"],
        "http_version": "http2and3",
        "is_ipv6_enabled": True,
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


def _certificate(properties: Properties) -> dict[str, Any]:
    if properties.get("certificate_arn") is None:
        return {"cloud_front_default_certificate": True}
    return {
        "acm_certificate_arn": properties["certificate_arn"],
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    }


def _policy(own: Naming) -> dict[str, Any]:
    statement = {
        "Sid": "ReadByDistribution",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": join(own.ref(bucket.BUCKET, "", "arn"), "/*"),
        # AWS: without it the distributions of every account could read the bucket.
        "Condition": {"StringEquals": {"aws:SourceArn": own.ref(DISTRIBUTION, "cdn", "arn")}},
    }
    return {
        "bucket": own.ref(bucket.BUCKET, "", "bucket"),
        "policy": {"Version": "2012-10-17", "Statement": [statement]},
    }


COMPONENT = Component(
    name="bucket_with_cdn",
    title="Bucket with a CDN",
    outputs=(*bucket.COMPONENT.outputs, *OUTPUTS),
    expand=expand,
)
