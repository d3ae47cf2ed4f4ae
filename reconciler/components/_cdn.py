"""What the components with a distribution share: names, certificates, headers, and letting it read a bucket. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components import _dns
from reconciler.components.base import Naming, Part, join
from reconciler.model import Properties, Value

ACCESS = "cloudfront.origin_access_control"
DISTRIBUTION = "cloudfront.distribution"
HEADERS = "cloudfront.response_headers_policy"
POLICY = "s3.bucket_policy"

# AWS: managed policies have the same ids in every account.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
YEAR = 31536000
OUTPUTS = {
    "domain_name": "domain_name",
    "distribution_id": "id",
    "distribution_arn": "arn",
    "hosted_zone_id": "hosted_zone_id",
}
"""Ours -> the distribution's."""


def outputs(own: Naming) -> dict[str, Value]:
    return {ours: own.ref(DISTRIBUTION, "cdn", output) for ours, output in OUTPUTS.items()}


def names(own: Naming, properties: Properties) -> list[Part]:
    """The record sets of its own domain names, where their zone is named."""
    zone = properties.get("hosted_zone_id")
    aliases = properties["aliases"] if zone else ()
    return [
        part
        for name, slug in zip(aliases, _dns.slugs(aliases), strict=True)
        for part in _dns.aliases(f"name-{slug}", {"hosted_zone_id": zone, "name": name}, outputs(own))
    ]


def certificate(properties: Properties) -> dict[str, Any]:
    if properties.get("certificate_arn") is None:
        return {"cloud_front_default_certificate": True}
    return {
        "acm_certificate_arn": properties["certificate_arn"],
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    }


def guarded(properties: Properties) -> dict[str, Value]:
    """The web ACL, where one is named; one that is attached by other means stays."""
    return {} if properties.get("web_acl_arn") is None else {"web_acl_id": properties["web_acl_arn"]}


def headers(own: Naming, properties: Properties) -> Value:
    """The id of the policy that puts careful headers on responses: AWS's own, or ours where it has to say more."""
    if properties.get("content_security_policy"):
        return own.ref(HEADERS, "headers", "id")
    return SECURITY_HEADERS if properties["security_headers"] else ""


def headers_parts(properties: Properties) -> tuple[Part, ...]:
    policy = properties.get("content_security_policy")
    if not policy:
        return ()
    careful = {
        "strict_transport_security": {"access_control_max_age_sec": YEAR, "override": False},
        "content_type_options": {"override": True},
        "frame_options": {"frame_option": "SAMEORIGIN", "override": False},
        "referrer_policy": {"referrer_policy": "strict-origin-when-cross-origin", "override": False},
        "content_security_policy": {"content_security_policy": policy, "override": True},
    }
    return (Part("headers", HEADERS, {"security_headers_config": careful}),)


def bucket_origin(own: Naming, id: str, domain_name: Value) -> dict[str, Any]:
    return {
        "id": id,
        "domain_name": domain_name,
        "origin_access_control_id": own.ref(ACCESS, "access", "id"),
        "s3_origin_config": {"origin_access_identity": ""},
    }


def reading(own: Naming, bucket: Value, arn: Any) -> tuple[Part, Part]:
    """The access control of the distribution, and the bucket's word that this distribution may read it."""
    statement = {
        "Sid": "ReadByDistribution",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": join(arn, "/*"),
        # AWS: without it the distributions of every account could read the bucket.
        "Condition": {"StringEquals": {"aws:SourceArn": own.ref(DISTRIBUTION, "cdn", "arn")}},
    }
    policy = {"bucket": bucket, "policy": {"Version": "2012-10-17", "Statement": [statement]}}
    return (
        Part("access", ACCESS, {"description": f"Reads the bucket for {own.entry}"}),
        Part("policy", POLICY, policy),
    )
