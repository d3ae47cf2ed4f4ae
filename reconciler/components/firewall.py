"""`firewall`: a web ACL with the rules most sites want, its lists of addresses and countries, and its log.

It stands in front of the load balancers it names; a distribution names it itself. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

ACL = "wafv2.web_acl"
ADDRESSES = "wafv2.ip_set"
GROUP = "logs.log_group"

MANAGED = {
    "ip-reputation": "AWSManagedRulesAmazonIpReputationList",
    "anonymous-ip": "AWSManagedRulesAnonymousIpList",
    "known-bad-inputs": "AWSManagedRulesKnownBadInputsRuleSet",
    "common": "AWSManagedRulesCommonRuleSet",
    "admin-protection": "AWSManagedRulesAdminProtectionRuleSet",
    "sql-injection": "AWSManagedRulesSQLiRuleSet",
    "linux": "AWSManagedRulesLinuxRuleSet",
    "unix": "AWSManagedRulesUnixRuleSet",
    "windows": "AWSManagedRulesWindowsRuleSet",
    "php": "AWSManagedRulesPHPRuleSet",
    "wordpress": "AWSManagedRulesWordPressRuleSet",
}
"""The groups of AWS that cost nothing extra, in the order they are asked."""
KINDS_OF_LIST = (("allow_addresses", "allowed"), ("block_addresses", "blocked"))


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own, scope = Naming(name), properties["scope"].upper()
    acl = {
        "scope": scope,
        "description": f"Firewall {name} of {context.stack}",
        "default_action": {"allow": {}},
        "rules": _rules(own, properties, context),
        "visibility_config": _seen(own, context, "all"),
    }
    parts = (
        *_address_sets(properties, scope),
        Part("", ACL, acl),
        *_log(own, properties, context),
        *_associations(own, properties),
    )
    return Expansion(parts, {"web_acl_arn": own.ref(ACL, "", "arn")})


# --- rules ------------------------------------------------------------------------------------------------------------


def _rules(own: Naming, properties: Properties, context: Context) -> list[dict[str, Any]]:
    """What lets in comes first, then what is cheap to decide, then the groups of AWS."""
    refuse: dict[str, Any] = {"count": {}} if properties["count_only"] else {"block": {}}
    rules: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    for listed, part in KINDS_OF_LIST:
        sets = [own.ref(ADDRESSES, name, "arn") for name, _, _ in _split(properties[listed], part)]
        if sets:
            rules.append((part, _from_any(sets), {"action": {"allow": {}} if part == "allowed" else refuse}))
    countries = properties["only_countries"] or properties["block_countries"]
    if countries:
        there: dict[str, Any] = {"geo_match_statement": {"country_codes": countries}}
        elsewhere = {"not_statement": {"statement": there}}
        rules.append(("countries", elsewhere if properties["only_countries"] else there, {"action": refuse}))
    if properties["rate_limit"]:
        counted = {"limit": properties["rate_limit"], "aggregate_key_type": "IP"}
        rules.append(("rate", {"rate_based_statement": counted}, {"action": refuse}))
    for word in (word for word in MANAGED if word in properties["managed_rules"]):
        decided: dict[str, Any] = {"count": {}} if properties["count_only"] else {"none": {}}
        rules.append((word, _managed(word, properties), {"override_action": decided}))
    return [
        {
            "name": name,
            "priority": 10 * (index + 1),
            "statement": statement,
            **action,
            "visibility_config": _seen(own, context, name),
        }
        for index, (name, statement, action) in enumerate(rules)
    ]


def _from_any(sets: Sequence[Value]) -> dict[str, Any]:
    named = [{"ip_set_reference_statement": {"arn": arn}} for arn in sets]
    return named[0] if len(named) == 1 else {"or_statement": {"statements": named}}


def _managed(word: str, properties: Properties) -> dict[str, Any]:
    group: dict[str, Any] = {"vendor_name": "AWS", "name": MANAGED[word]}
    exceptions = properties["exceptions"].get(word)
    if exceptions:
        group["rule_action_overrides"] = [{"name": rule, "action_to_use": {"count": {}}} for rule in exceptions]
    return {"managed_rule_group_statement": group}


def _seen(own: Naming, context: Context, rule: str) -> dict[str, Any]:
    return {"metric_name": f"{context.stack}-{own.entry}-{rule}"}


# --- addresses --------------------------------------------------------------------------------------------------------


def _split(addresses: Sequence[str], part: str) -> list[tuple[str, str, list[str]]]:
    """The sets a list becomes: AWS has one for each version of addresses. (part, version, addresses)."""
    old = [each for each in addresses if ":" not in each]
    new = [each for each in addresses if ":" in each]
    return [each for each in ((part, "IPV4", old), (f"{part}-v6", "IPV6", new)) if each[2]]


def _address_sets(properties: Properties, scope: str) -> list[Part]:
    return [
        Part(name, ADDRESSES, {"scope": scope, "ip_address_version": version, "addresses": addresses})
        for listed, part in KINDS_OF_LIST
        for name, version, addresses in _split(properties[listed], part)
    ]


# --- around the ACL ---------------------------------------------------------------------------------------------------


def _log(own: Naming, properties: Properties, context: Context) -> tuple[Part, ...]:
    if properties["log"] == "none":
        return ()
    logging: dict[str, Any] = {
        "resource_arn": own.ref(ACL, "", "arn"),
        "log_destination_configs": [own.ref(GROUP, "logs", "arn")],
        "redacted_fields": [{"single_header": {"name": name}} for name in properties["redact_headers"]],
    }
    if properties["log"] == "blocked":
        blocked = {"action_condition": {"action": "BLOCK"}}
        kept = {"behavior": "KEEP", "requirement": "MEETS_ANY", "conditions": [blocked]}
        logging["logging_filter"] = {"default_behavior": "DROP", "filters": [kept]}
    # AWS: WAF writes only to groups of that name, and for CloudFront only in us-east-1.
    group = {
        "log_group_name": f"aws-waf-logs-{context.stack}-{own.entry}",
        "retention_in_days": properties["log_retention_days"],
    }
    region = "us-east-1" if properties["scope"] == "cloudfront" else ""
    return Part("logs", GROUP, group, region=region), Part("logging", "wafv2.logging_configuration", logging)


def _associations(own: Naming, properties: Properties) -> list[Part]:
    return [
        Part(
            f"protection-{index + 1}",
            "wafv2.web_acl_association",
            {"web_acl_arn": own.ref(ACL, "", "arn"), "resource_arn": balancer},
        )
        for index, balancer in enumerate(properties.get("protects", ()))
    ]


COMPONENT = Component(
    name="firewall",
    title="Firewall",
    outputs=("web_acl_arn",),
    expand=expand,
    computed=(
        "scope",
        "allow_addresses",
        "block_addresses",
        "only_countries",
        "block_countries",
        "managed_rules",
        "exceptions",
        "count_only",
        "rate_limit",
        "log",
        "redact_headers",
    ),
)
