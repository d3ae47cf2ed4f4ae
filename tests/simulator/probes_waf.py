"""What AWS does and moto without our repairs does not: WAF, and the policies of CloudFront. One function per repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account, refused

SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shop"}
RULE: dict[str, Any] = {
    "Name": "rate",
    "Priority": 1,
    "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
    "Action": {"Block": {}},
    "VisibilityConfig": SEEN,
}
WHO = {"Name": "shop", "Scope": "REGIONAL"}
PROTECTION = {"DataProtections": [{"Field": {"FieldType": "QUERY_STRING"}, "Action": "HASH"}]}
NAMES = {
    "HeadersConfig": {"HeaderBehavior": "none"},
    "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "none"},
}


def acl(account: Account, name: str = "shop", **more: Any) -> dict[str, Any]:
    """A web ACL: the summary with its id, ARN and token."""
    sent = {"Name": name, "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": SEEN, **more}
    made: dict[str, Any] = account("wafv2").create_web_acl(**sent)["Summary"]
    return made


def ip_set(account: Account, name: str = "office") -> dict[str, Any]:
    made: dict[str, Any] = account("wafv2").create_ip_set(
        Name=name, Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"]
    )["Summary"]
    return made


def balancer(account: Account) -> str:
    return account.balancer(account.subnets(account.vpc()))


def update_web_acl(account: Account) -> None:
    waf, made = account("wafv2"), acl(account, Rules=[RULE], Description="The door", TokenDomains=["example.com"])
    sent: Any = {**WHO, "Id": made["Id"], "LockToken": made["LockToken"], "VisibilityConfig": SEEN}
    waf.update_web_acl(**sent, DefaultAction={"Block": {}}, Rules=[])
    live = waf.get_web_acl(**WHO, Id=made["Id"])["WebACL"]
    assert (live["Rules"], live.get("Description", ""), live.get("TokenDomains")) == ([], "", None)
    with refused("WAFOptimisticLockException"):
        waf.update_web_acl(**sent, DefaultAction={"Allow": {}}, Rules=[])


def protect_data(account: Account) -> None:
    made = acl(account, DataProtectionConfig=PROTECTION)
    assert account("wafv2").get_web_acl(**WHO, Id=made["Id"])["WebACL"]["DataProtectionConfig"] == PROTECTION


def associate_web_acl(account: Account) -> None:
    waf, arn = account("wafv2"), balancer(account)
    for name in ("first", "second"):
        waf.associate_web_acl(WebACLArn=acl(account, name)["ARN"], ResourceArn=arn)
    assert waf.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Name"] == "second"
    waf.disassociate_web_acl(ResourceArn=arn)
    assert not waf.get_web_acl_for_resource(ResourceArn=arn).get("WebACL")


def list_resources(account: Account) -> None:
    waf, made, arn = account("wafv2"), acl(account), balancer(account)
    assert waf.list_resources_for_web_acl(WebACLArn=made["ARN"])["ResourceArns"] == []
    waf.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=arn)
    assert waf.list_resources_for_web_acl(WebACLArn=made["ARN"])["ResourceArns"] == [arn]
    account("elbv2").delete_load_balancer(LoadBalancerArn=arn)
    assert waf.list_resources_for_web_acl(WebACLArn=made["ARN"])["ResourceArns"] == []


def list_tags(account: Account) -> None:
    waf = account("wafv2")
    for made in (acl(account), ip_set(account)):
        assert waf.list_tags_for_resource(ResourceARN=made["ARN"])["TagInfoForResource"]["TagList"] == []
        with refused("WAFNonexistentItemException"):
            waf.list_tags_for_resource(ResourceARN=made["ARN"][:-1] + "x")


def cdn_policies(account: Account) -> None:
    cdn: Any = account("cloudfront")
    everything: dict[str, dict[str, Any]] = {
        "cache_policy": {"MinTTL": 0},
        "origin_request_policy": NAMES,
        "response_headers_policy": {"SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}}},
    }
    for name, settings in everything.items():
        words = "".join(word.capitalize() for word in name.split("_"))
        made = getattr(cdn, f"create_{name}")(**{f"{words}Config": {"Name": "shop_main", **settings}})
        with refused(f"{words}AlreadyExists"):
            getattr(cdn, f"create_{name}")(**{f"{words}Config": {"Name": "shop_main", **settings}})
        id, config = made[words]["Id"], made[words][f"{words}Config"]
        changed = {"Id": id, "IfMatch": made["ETag"], f"{words}Config": {**config, "Comment": "changed"}}
        version = getattr(cdn, f"update_{name}")(**changed)["ETag"]
        for change in (f"update_{name}", f"delete_{name}"):
            with refused("PreconditionFailed"):
                getattr(cdn, change)(
                    **(changed if change.startswith("update") else {"Id": id, "IfMatch": made["ETag"]})
                )
        live = getattr(cdn, f"get_{name}")(Id=id)
        assert (live["ETag"], live[words][f"{words}Config"]["Comment"]) == (version, "changed")
        assert getattr(cdn, f"get_{name}_config")(Id=id)[f"{words}Config"] == live[words][f"{words}Config"]
        listed = getattr(cdn, f"list_{name[:-6]}policies")(Type="custom")[f"{words}List"]["Items"]
        assert [item[words]["Id"] for item in listed] == [id]
        getattr(cdn, f"delete_{name}")(Id=id, IfMatch=version)
        with refused(f"NoSuch{words}"):
            getattr(cdn, f"get_{name}")(Id=id)
