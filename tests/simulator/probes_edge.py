"""What AWS does and moto without our repairs does not: CloudFront. One function per repair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulator.account import Account, refused

DOMAIN = "shop-files.s3.eu-central-1.amazonaws.com"


def access_control(account: Account) -> Mapping[str, Any]:
    signed = {"SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}
    made: Mapping[str, Any] = account("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={"Name": "shop_files", **signed}
    )
    return made


def distribution(account: Account, access: str = "") -> Mapping[str, Any]:
    origin = {"Id": "bucket", "DomainName": DOMAIN, "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behavior = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "658327ea"}
    config = {
        "CallerReference": "shop-files",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{**origin, "OriginAccessControlId": access}]},
        "DefaultCacheBehavior": behavior,
    }
    tagged = {"DistributionConfig": config, "Tags": {"Items": []}}
    made: Mapping[str, Any] = account("cloudfront").create_distribution_with_tags(DistributionConfigWithTags=tagged)
    return made


def update(account: Account, id: str, **members: Any) -> Mapping[str, Any]:
    live = account("cloudfront").get_distribution_config(Id=id)
    config = {**live["DistributionConfig"], **members}
    changed: Mapping[str, Any] = account("cloudfront").update_distribution(
        Id=id, IfMatch=live["ETag"], DistributionConfig=config
    )
    return changed


def edge_versions(account: Account) -> None:
    cloudfront, made = account("cloudfront"), distribution(account)
    id = made["Distribution"]["Id"]
    changed = update(account, id, Comment="changed")
    assert changed["ETag"] != made["ETag"]
    assert cloudfront.get_distribution(Id=id)["ETag"] == changed["ETag"]
    with refused("PreconditionFailed"):
        cloudfront.update_distribution(
            Id=id, IfMatch=made["ETag"], DistributionConfig=changed["Distribution"]["DistributionConfig"]
        )
    with refused("NoSuchOriginAccessControl"):
        cloudfront.delete_origin_access_control(Id="ENOTHING", IfMatch="E1")
    access = access_control(account)
    with refused("PreconditionFailed"):
        cloudfront.delete_origin_access_control(Id=access["OriginAccessControl"]["Id"], IfMatch=made["ETag"])


def edge_configuration(account: Account) -> None:
    cloudfront, access = account("cloudfront"), access_control(account)["OriginAccessControl"]["Id"]
    made = distribution(account, access)["Distribution"]
    config = cloudfront.get_distribution_config(Id=made["Id"])["DistributionConfig"]
    (origin,) = config["Origins"]["Items"]
    assert (origin.get("OriginAccessControlId"), origin.get("S3OriginConfig")) == (access, {"OriginAccessIdentity": ""})
    assert "ForwardedValues" not in config["DefaultCacheBehavior"]
    assert config["DefaultCacheBehavior"]["AllowedMethods"]["CachedMethods"]["Quantity"] == 2
    certificate = {"ACMCertificateArn": "arn:aws:acm:us-east-1:1:certificate/1", "SSLSupportMethod": "sni-only"}
    changed = update(account, made["Id"], ViewerCertificate=certificate)["Distribution"]
    assert changed["Status"] == "InProgress"
    assert changed["DistributionConfig"]["ViewerCertificate"]["CloudFrontDefaultCertificate"] is False
    (listed,) = cloudfront.list_distributions()["DistributionList"]["Items"]
    assert listed["Origins"]["Items"][0]["OriginAccessControlId"] == access


def delete_distribution(account: Account) -> None:
    cloudfront, made = account("cloudfront"), distribution(account)
    id = made["Distribution"]["Id"]
    with refused("DistributionNotDisabled"):
        cloudfront.delete_distribution(Id=id, IfMatch=made["ETag"])
    off = update(account, id, Enabled=False)
    with refused("DistributionNotDisabled"):
        cloudfront.delete_distribution(Id=id, IfMatch=off["ETag"])
    seen = [cloudfront.get_distribution(Id=id)["Distribution"]["Status"] for _ in range(2)]
    assert seen == ["InProgress", "Deployed"]
    cloudfront.delete_distribution(Id=id, IfMatch=off["ETag"])
    with refused("NoSuchDistribution"):
        cloudfront.get_distribution(Id=id)


def create_access_control(account: Account) -> None:
    access_control(account)
    with refused("OriginAccessControlAlreadyExists"):
        access_control(account)


def delete_access_control(account: Account) -> None:
    cloudfront, access = account("cloudfront"), access_control(account)
    id = access["OriginAccessControl"]["Id"]
    made = distribution(account, id)["Distribution"]["Id"]
    with refused("OriginAccessControlInUse"):
        cloudfront.delete_origin_access_control(Id=id, IfMatch=access["ETag"])
    version = update(account, made, Enabled=False)["ETag"]
    while cloudfront.get_distribution(Id=made)["Distribution"]["Status"] != "Deployed":
        """Each look brings it nearer."""
    cloudfront.delete_distribution(Id=made, IfMatch=version)
    cloudfront.delete_origin_access_control(Id=id, IfMatch=access["ETag"])
