"""The refusals of WAF and CloudFront: what is guarded, named or taken, and what is in the wrong place.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reconciler.simulator.repair_waf import GLOBAL, acls
from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend

# --- who uses what --------------------------------------------------------------------------------------------------


def _acls_in_front(region: str) -> Iterator[str]:
    """The ids of ACLs that guard a load balancer or a distribution."""
    balancers = backend("elbv2", region).load_balancers
    for acl in backend("wafv2", region).wacls.values():
        if any(arn in balancers for arn in acl.associated_resources):
            yield acl.id
    for distribution in backend("cloudfront", region).distributions.values():
        yield str(vars(distribution.distribution_config).get("WebACLId", "")).rsplit("/", 1)[-1]


def _sets_in_rules(region: str) -> Iterator[str]:
    """The ids of IP sets that a rule names."""
    sets = {**backend("wafv2", region).ip_sets, **backend("wafv2", GLOBAL).ip_sets}
    rules = json.dumps([[rule.to_dict() for rule in acl.rules] for acl in acls(region).values()], default=str)
    yield from (arn.rsplit("/", 1)[-1] for arn in sets if arn in rules)


_IN_USE = "AWS WAF couldn't perform the operation because your resource is being used by another resource: {}"

EDGES = (
    Edge("wafv2:DeleteWebACL", "Id", (_acls_in_front,), "WAFAssociatedItemException", _IN_USE),
    Edge("wafv2:DeleteIPSet", "Id", (_sets_in_rules,), "WAFAssociatedItemException", _IN_USE),
)


# --- duplicates and impossible parameters ---------------------------------------------------------------------------


def _own(request: Request) -> Any:
    return backend("wafv2", GLOBAL if request.params["Scope"] == "CLOUDFRONT" else request.region)


def _acl_exists(request: Request) -> bool:
    return any(acl.name == request.params["Name"] for acl in _own(request).wacls.values())


def _set_exists(request: Request) -> bool:
    return any(each.name == request.params["Name"] for each in _own(request).ip_sets.values())


def _elsewhere(request: Request) -> bool:
    return request.params["Scope"] == "CLOUDFRONT" and request.region != "us-east-1"


def _priority_twice(request: Request) -> bool:
    priorities = [rule["Priority"] for rule in request.params.get("Rules", ())]
    return len(set(priorities)) < len(priorities)


def _names_no_set(request: Request) -> bool:
    rules = json.dumps(request.params.get("Rules", ()), default=str)
    live = {**backend("wafv2", request.region).ip_sets, **backend("wafv2", GLOBAL).ip_sets}
    return not set(re.findall(r'"(arn:[^"]+/ipset/[^"]+)"', rules)) <= live.keys()


def _no_such_balancer(request: Request) -> bool:
    arn = request.params["ResourceArn"]
    return ":loadbalancer/app/" in arn and arn not in backend("elbv2", request.region).load_balancers


def _no_such_acl(request: Request) -> bool:
    return request.params["LoggingConfiguration"]["ResourceArn"] not in acls(request.region)


def _misnamed_log(request: Request) -> bool:
    destinations = request.params["LoggingConfiguration"]["LogDestinationConfigs"]
    return any(not arn.replace("/", ":").rsplit(":", 1)[-1].startswith("aws-waf-logs-") for arn in destinations)


def _alias_taken(request: Request) -> bool:
    sent = request.params.get("DistributionConfigWithTags", request.params)["DistributionConfig"]
    wanted = set(sent.get("Aliases", {}).get("Items", ()))
    return any(
        wanted & set(vars(live.distribution_config).get("Aliases", {}).get("Items", ()))
        for live in request.backend().distributions.values()
        if live.distribution_config.caller_reference != sent["CallerReference"]
    )


_DUPLICATE = "AWS WAF couldn't perform the operation because some resource in your request is a duplicate."
_MISSING = "AWS WAF couldn't perform the operation because your resource doesn't exist."
_INVALID = "Error reason: "

RULES = (
    Rule("wafv2:CreateWebACL", _acl_exists, "WAFDuplicateItemException", _DUPLICATE),
    Rule("wafv2:CreateIPSet", _set_exists, "WAFDuplicateItemException", _DUPLICATE),
    *(
        Rule(f"wafv2:{operation}", _elsewhere, "WAFInvalidParameterException", f"{_INVALID}The scope is not valid.")
        for operation in ("CreateWebACL", "CreateIPSet", "ListWebACLs", "ListIPSets", "GetWebACL", "GetIPSet")
    ),
    *(
        Rule(f"wafv2:{operation}", applies, code, text)
        for operation in ("CreateWebACL", "UpdateWebACL")
        for applies, code, text in (
            (_priority_twice, "WAFInvalidParameterException", f"{_INVALID}Two rules have one priority."),
            (_names_no_set, "WAFNonexistentItemException", _MISSING),
        )
    ),
    Rule("wafv2:AssociateWebACL", _no_such_balancer, "WAFNonexistentItemException", _MISSING),
    Rule("wafv2:PutLoggingConfiguration", _no_such_acl, "WAFNonexistentItemException", _MISSING),
    Rule(
        "wafv2:PutLoggingConfiguration", _misnamed_log, "WAFInvalidParameterException",
        f"{_INVALID}The ARN isn't valid: the name of a destination begins with aws-waf-logs-.",
    ),
    *(
        Rule(
            f"cloudfront:{operation}", _alias_taken, "CNAMEAlreadyExists",
            "One or more of the CNAMEs you provided are already associated with a different resource.",
        )
        for operation in ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution")
    ),
)  # fmt: skip
