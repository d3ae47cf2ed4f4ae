"""`cdn`: CloudFront in front of a web service, with paths that are cached and a bucket beside it where asked. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components import _cdn
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

SERVICE = "service"
FILES = "files"
# AWS: the managed policy AllViewer passes on what the viewer sent, the name it asked for included.
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
READING = ["GET", "HEAD"]


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own, files = Naming(name), properties.get("files")
    reading = _cdn.reading(own, files["bucket"], files["arn"]) if files else ()
    parts = (
        *reading[:1],
        *_cdn.headers_parts(properties),
        Part("cdn", _cdn.DISTRIBUTION, _distribution(own, properties, context)),
        *reading[1:],
        *_cdn.names(own, properties),
    )
    return Expansion(parts, _cdn.outputs(own))


def _distribution(own: Naming, properties: Properties, context: Context) -> dict[str, Any]:
    return {
        "comment": f"{context.stack}: {own.entry}"[:128],
        "origins": _origins(own, properties),
        "default_cache_behavior": _passed_on(own, properties),
        "cache_behaviors": _behaviors(own, properties),
        "aliases": properties["aliases"],
        "viewer_certificate": _cdn.certificate(properties),
        "price_class": properties["price_class"],
        "restrictions": {"geo_restriction": _countries(properties)},
        "http_version": "http2and3",
        "is_ipv6_enabled": True,
        **_cdn.guarded(properties),
    }


def _origins(own: Naming, properties: Properties) -> list[dict[str, Any]]:
    service: dict[str, Any] = {
        "id": SERVICE,
        "domain_name": properties["origin_domain_name"],
        "custom_origin_config": {
            "origin_protocol_policy": properties["origin_protocol_policy"],
            "http_port": 80,
            "https_port": 443,
            "origin_ssl_protocols": ["TLSv1.2"],
        },
        "custom_headers": [
            {"header_name": header, "header_value": value} for header, value in properties["origin_headers"].items()
        ],
    }
    if properties.get("origin_shield_region"):
        region = properties["origin_shield_region"]
        service["origin_shield"] = {"enabled": True, "origin_shield_region": region}
    files = properties.get("files")
    return [service, *([_cdn.bucket_origin(own, FILES, files["bucket_regional_domain_name"])] if files else [])]


def _passed_on(own: Naming, properties: Properties) -> dict[str, Any]:
    """Every request reaches the service, as the viewer sent it."""
    return {
        "target_origin_id": SERVICE,
        "viewer_protocol_policy": "redirect-to-https",
        "compress": True,
        "cache_policy_id": _cdn.CACHING_DISABLED,
        "origin_request_policy_id": ALL_VIEWER,
        "response_headers_policy_id": _cdn.headers(own, properties),
        "allowed_methods": EVERY_METHOD,
        "cached_methods": READING,
    }


def _behaviors(own: Naming, properties: Properties) -> list[dict[str, Any]]:
    paths = [(path, FILES) for path in properties["files_paths"] if properties.get("files")]
    paths += [(path, SERVICE) for path in properties["cached_paths"]]
    return [
        {
            "path_pattern": path,
            "target_origin_id": origin,
            "viewer_protocol_policy": "redirect-to-https",
            "compress": True,
            "cache_policy_id": _cdn.CACHING_OPTIMIZED,
            "response_headers_policy_id": _cdn.headers(own, properties),
            "allowed_methods": READING,
            "cached_methods": READING,
        }
        for path, origin in paths
    ]


def _countries(properties: Properties) -> dict[str, Any]:
    if properties["only_countries"]:
        return {"restriction_type": "whitelist", "items": properties["only_countries"]}
    if properties["block_countries"]:
        return {"restriction_type": "blacklist", "items": properties["block_countries"]}
    return {"restriction_type": "none", "items": []}


COMPONENT = Component(
    name="cdn",
    title="CDN",
    outputs=tuple(_cdn.OUTPUTS),
    expand=expand,
    computed=("only_countries", "block_countries", "cached_paths", "files_paths"),
)
