"""Repairs of moto's WAF: updates that replace, load balancers behind one ACL, and who is behind which."""

from __future__ import annotations

import json
from typing import Any

from reconciler.simulator.repair import declared_in, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, backend, written

GLOBAL = "global"
"""What moto calls the region of scope CLOUDFRONT."""

_REPLACED = {
    "Description": ("description", ""),
    "Rules": ("rules", []),
    "CustomResponseBodies": ("custom_response_bodies", None),
    "CaptchaConfig": ("captcha_config", None),
    "ChallengeConfig": ("challenge_config", None),
    "TokenDomains": ("token_domains", None),
    "AssociationConfig": ("association_config", None),
}
"""Members of UpdateWebACL, and what they are once an update leaves them out."""
_KEPT = ("DataProtectionConfig", "OnSourceDDoSProtectionConfig")
_MISSING = "AWS WAF couldn't perform the operation because your resource doesn't exist."


def acls(region: str) -> dict[str, Any]:
    """moto's web ACLs by ARN, those of a region and those of CloudFront."""
    return {**backend("wafv2", region).wacls, **backend("wafv2", GLOBAL).wacls}


def _named(request: Request) -> Any:
    region = GLOBAL if request.params["Scope"] == "CLOUDFRONT" else request.region
    live = backend("wafv2", region).wacls.values()
    return next((acl for acl in live if acl.name == request.params["Name"]), None)


@repair("wafv2:UpdateWebACL", because="moto keeps what an update leaves out, and the rules where there are none")
def update_web_acl(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        acl = _named(request)
        for member, (name, absent) in _REPLACED.items():
            if not request.params.get(member):
                setattr(acl, name, absent)
    return answer


@repair("wafv2:CreateWebACL", "wafv2:UpdateWebACL", "wafv2:GetWebACL", because="moto drops the protection of data")
def protect_data(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    acl = _named(request)
    if request.operation != "GetWebACL":
        acl.simulated = {name: request.params[name] for name in _KEPT if name in request.params}
        return answer
    told = json.loads(answer.body)
    told["WebACL"] |= getattr(acl, "simulated", {})
    headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
    return Answer(answer.status, headers, json.dumps(told).encode())


@repair("wafv2:AssociateWebACL", because="moto leaves a load balancer behind the ACL it had before, too")
def associate_web_acl(request: Request, below: Handler) -> Answer:
    if request.params["WebACLArn"] not in backend("wafv2", request.region).wacls:
        raise Refusal("WAFNonexistentItemException", _MISSING)
    for acl in backend("wafv2", request.region).wacls.values():
        others = [arn for arn in acl.associated_resources if arn != request.params["ResourceArn"]]
        acl.associated_resources = others
    return below(request)


@repair("wafv2:ListResourcesForWebACL", because="moto cannot tell what is behind an ACL")
def list_resources(request: Request, below: Handler) -> Answer:
    acl = backend("wafv2", request.region).wacls.get(request.params["WebACLArn"])
    if acl is None:
        raise Refusal("WAFNonexistentItemException", _MISSING)
    balancers = backend("elbv2", request.region).load_balancers
    acl.associated_resources = [arn for arn in acl.associated_resources if arn in balancers]
    return written(request, {"ResourceArns": acl.associated_resources})


@repair("wafv2:ListTagsForResource", because="moto answers for ACLs and IP sets that do not exist")
def list_tags(request: Request, below: Handler) -> Answer:
    arn = request.params["ResourceARN"]
    sets = {**backend("wafv2", request.region).ip_sets, **backend("wafv2", GLOBAL).ip_sets}
    if ("/webacl/" in arn and arn not in acls(request.region)) or ("/ipset/" in arn and arn not in sets):
        raise Refusal("WAFNonexistentItemException", _MISSING)
    return below(request)


REPAIRS = declared_in(globals())
