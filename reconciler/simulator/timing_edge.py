"""What WAF and CloudFront do not know yet: a load balancer, ACL or IP set is refused in the first calls that name it.

Counted in calls, never in seconds, and remembered in moto's backends, so a reset forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.simulator.repair import documents
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, backend

_MADE_BY: Mapping[tuple[str, str], tuple[str, str]] = {
    ("elbv2", "CreateLoadBalancer"): ("elbv2", "load_balancers"),
    ("wafv2", "CreateWebACL"): ("wafv2", "wacls"),
    ("wafv2", "CreateIPSet"): ("wafv2", "ip_sets"),
}
_UNAVAILABLE = "WAFUnavailableEntityException", "AWS WAF couldn't retrieve a resource that you requested. Retry."
_UNKNOWN_ACL = "InvalidWebACLId", "Web ACL is not accessible by the requester."
_NAMED_BY: Mapping[tuple[str, str], tuple[str, str]] = {
    ("wafv2", "AssociateWebACL"): _UNAVAILABLE,
    ("wafv2", "CreateWebACL"): _UNAVAILABLE,
    ("wafv2", "UpdateWebACL"): _UNAVAILABLE,
    ("wafv2", "PutLoggingConfiguration"): _UNAVAILABLE,
    ("cloudfront", "CreateDistributionWithTags"): _UNKNOWN_ACL,
    ("cloudfront", "UpdateDistribution"): _UNKNOWN_ACL,
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """Refuses the first `calls` calls that name something new."""

    calls: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if request.key in _NAMED_BY:
            _refuse_new(request)
        if request.key not in _MADE_BY:
            return below(request)
        before = _live(request)
        answer = below(request)
        if answer.ok:
            documents(_anywhere(request), "unknown").update(dict.fromkeys(_live(request) - before, self.calls))
        return answer


def _anywhere(request: Request) -> Request:
    """One memory for all regions: what guards CloudFront is kept in another one than what it is named by."""
    return Request("wafv2", "us-east-1", request.environ, request.body)


def _live(request: Request) -> set[str]:
    service, store = _MADE_BY[request.key]
    regions = (request.region, "global") if service == "wafv2" else (request.region,)
    return {arn for region in regions for arn in getattr(backend(service, region), store)}


def _refuse_new(request: Request) -> None:
    unknown: dict[str, int] = documents(_anywhere(request), "unknown")
    body = request.body.decode(errors="replace")
    for arn in [arn for arn, left in unknown.items() if left and arn in body]:
        unknown[arn] -= 1
        raise Refusal(*_NAMED_BY[request.key])
