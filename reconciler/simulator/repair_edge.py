"""Repairs of moto's CloudFront: members it drops, versions it never checks, deletions AWS would not allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulator.repair import declared_in, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

Members = dict[str, Any]


# --- versions -------------------------------------------------------------------------------------------------------


@repair(
    "cloudfront:UpdateDistribution",
    "cloudfront:DeleteDistribution",
    "cloudfront:UpdateOriginAccessControl",
    "cloudfront:DeleteOriginAccessControl",
    because="moto takes any If-Match, and gives what was changed the ETag it had",
)
def edge_versions(request: Request, below: Handler) -> Answer:
    from moto.cloudfront.models import random_id

    found, old = _found(request), request.params.get("IfMatch")
    if old is None:
        raise Refusal("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if old != found.etag:
        text = "The request failed because it didn't meet the preconditions in one or more request-header fields."
        raise Refusal("PreconditionFailed", text, 412)
    answer = below(request)
    if answer.ok:
        found.etag = random_id()
    return answer.replacing(old, found.etag)


def _found(request: Request) -> Any:
    backend, id = request.backend(), request.params["Id"]
    if request.operation.endswith("Distribution"):
        shelf, code = backend.distributions, "NoSuchDistribution"
    else:
        shelf, code = backend.origin_access_controls, "NoSuchOriginAccessControl"
    if id not in shelf:
        raise Refusal(code, f"{id} does not exist.", 404)
    return shelf[id]


# --- distributions --------------------------------------------------------------------------------------------------

_NONE: Members = {"Quantity": 0}
_METHODS: Members = {"Quantity": 2, "Items": ["HEAD", "GET"]}
_CONFIGURATION: Members = {
    "Aliases": _NONE,
    "DefaultRootObject": "",
    "OriginGroups": _NONE,
    "CacheBehaviors": _NONE,
    "CustomErrorResponses": _NONE,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "PriceClass": "PriceClass_All",
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "ContinuousDeploymentPolicyId": "",
    "Staging": False,
}
_ORIGIN: Members = {
    "OriginPath": "",
    "CustomHeaders": _NONE,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_BEHAVIOR: Members = {
    "TrustedSigners": {"Enabled": False, "Quantity": 0},
    "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
    "AllowedMethods": {**_METHODS, "CachedMethods": _METHODS},
    "SmoothStreaming": False,
    "Compress": False,
    "LambdaFunctionAssociations": _NONE,
    "FunctionAssociations": _NONE,
    "FieldLevelEncryptionId": "",
    "GrpcConfig": {"Enabled": False},
}
_OWN_CERTIFICATE: Members = {
    "CloudFrontDefaultCertificate": True,
    "SSLSupportMethod": "vip",
    "MinimumProtocolVersion": "TLSv1",
    "CertificateSource": "cloudfront",
}


@repair(
    "cloudfront:CreateDistribution*",
    "cloudfront:UpdateDistribution",
    because="moto drops access controls and other members, and a change never has to reach the edges",
)
def edge_configuration(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    sent = request.params.get("DistributionConfigWithTags", request.params)["DistributionConfig"]
    distribution = request.backend()._distribution_with_caller_reference(sent["CallerReference"])
    vars(distribution.distribution_config).update(_as_aws_fills_it_in(sent))
    # moto counts the reads that show a distribution; the first after a change still finds it under way.
    distribution.status, distribution._tick = "InProgress", -1
    result = {"Distribution": distribution, "ETag": distribution.etag, "Location": distribution.location}
    return written(request, result)


def _as_aws_fills_it_in(sent: Members) -> Members:
    return {
        **_CONFIGURATION,
        **sent,
        "Origins": _filled(sent["Origins"], _ORIGIN),
        "DefaultCacheBehavior": {**_BEHAVIOR, **sent["DefaultCacheBehavior"]},
        "CacheBehaviors": _filled(sent.get("CacheBehaviors", _NONE), _BEHAVIOR),
        "ViewerCertificate": _certificate(sent.get("ViewerCertificate", {})),
    }


def _filled(listed: Members, defaults: Members) -> Members:
    return {**listed, "Items": [{**defaults, **item} for item in listed.get("Items", ())]}


def _certificate(sent: Mapping[str, Any]) -> Members:
    arn = sent.get("ACMCertificateArn")
    if not arn:
        return {**_OWN_CERTIFICATE, **sent}
    echoed = {"CloudFrontDefaultCertificate": False, "Certificate": arn, "CertificateSource": "acm"}
    return {"SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1", **sent, **echoed}


@repair("cloudfront:DeleteDistribution", because="moto deletes a distribution that still answers requests")
def delete_distribution(request: Request, below: Handler) -> Answer:
    distribution = _found(request)
    if distribution.Enabled or distribution.status != "Deployed":
        text = "The distribution you are trying to delete has not been disabled."
        raise Refusal("DistributionNotDisabled", text, 409)
    return below(request)


# --- origin access controls -----------------------------------------------------------------------------------------


@repair("cloudfront:CreateOriginAccessControl", because="moto makes a second origin access control of the same name")
def create_access_control(request: Request, below: Handler) -> Answer:
    name = request.params["OriginAccessControlConfig"]["Name"]
    if any(control.name == name for control in request.backend().origin_access_controls.values()):
        text = "An origin access control with the specified parameters already exists."
        raise Refusal("OriginAccessControlAlreadyExists", text, 409)
    return below(request)


@repair("cloudfront:DeleteOriginAccessControl", because="moto deletes an origin access control that is in use")
def delete_access_control(request: Request, below: Handler) -> Answer:
    origins = (
        origin for distribution in request.backend().distributions.values() for origin in distribution.Origins["Items"]
    )
    if any(origin["OriginAccessControlId"] == request.params["Id"] for origin in origins):
        text = "Cannot delete the origin access control because it's in use by one or more distributions."
        raise Refusal("OriginAccessControlInUse", text, 409)
    return below(request)


REPAIRS = declared_in(globals())
