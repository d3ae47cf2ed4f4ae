"""`wafv2.web_acl_association`: the web ACL in front of a load balancer.

AWS cannot tag it: it is ours where the ACL that stands there is. A load balancer has one ACL, and another call silently
takes its place, so one that is not ours is left where it is. A distribution names its ACL itself, as `web_acl_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.errors import Unimplemented
from reconciler.kinds import _wafv2, wafv2_web_acl
from reconciler.kinds.base import identifier, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Reads,
    Resource,
    Scope,
    Through,
)

NOBODY = "none"
"""What the stack tag of an object says that was let go."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    asked = [Call("wafv2", "GetWebACLForResource", {"resource_arn": r.properties["resource_arn"]}) for r in resources]
    answers = yield from read_all(asked)
    live = [
        (resource, str(answer["web_acl"]["arn"]))
        for resource, answer in zip(resources, answers, strict=True)
        if answer is not None and answer.get("web_acl")
    ]
    tags = yield from read_all([_wafv2.tags_call(acl) for _, acl in live])
    return {
        resource.address: _observed(
            resource.address, resource.properties["resource_arn"], acl, _whose(resource, acl, _wafv2.tags_in(answer))
        )
        for (resource, acl), answer in zip(live, tags, strict=True)
    }


def _whose(resource: Resource, acl: str, of_acl: Mapping[str, str]) -> str:
    """The stack of the ACL that is there. The very ACL the spec names is no stranger, whoever made it."""
    if acl == resource.properties.get("web_acl_arn"):
        return resource.stack
    stack = of_acl.get(STACK_TAG, NOBODY)
    return resource.stack if stack == NOBODY and resource.adopt else stack


def _observed(address: Address, balancer: str, acl: str, stack: str) -> Observed:
    return Observed(
        address,
        balancer,
        {"resource_arn": balancer, "web_acl_arn": acl},
        outputs={"resource_arn": balancer, "web_acl_arn": acl},
        tags={} if stack == NOBODY else {STACK_TAG: stack, RESOURCE_TAG: address},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """The load balancers behind the stack's own ACLs."""
    acls = [acl for acl in (yield from wafv2_web_acl.owned(scope)) if acl.properties["scope"] == "REGIONAL"]
    asked = {"resource_type": "APPLICATION_LOAD_BALANCER"}
    calls = [Call("wafv2", "ListResourcesForWebACL", {"web_acl_arn": acl.identifier, **asked}) for acl in acls]
    try:
        answers = yield from read_all(calls)
    except Unimplemented:
        return []  # some emulators cannot tell
    return [
        _observed(f"{KIND.name}/{_name(balancer, scope.stack)}", balancer, acl.identifier, scope.stack)
        for acl, answer in zip(acls, answers, strict=True)
        for balancer in (answer or {}).get("resource_arns") or ()
    ]


def _name(balancer: str, stack: str) -> str:
    """`arn:...:loadbalancer/app/shop-api/50dc6c495c0c9188` -> `api`."""
    return balancer.split("/")[-2].removeprefix(f"{stack}-")


def associate(change: Change) -> Iterator[Call]:
    """AWS: makes the association or puts the ACL in the place of the one that is there."""
    params = {"web_acl_arn": change.desired["web_acl_arn"], "resource_arn": change.desired["resource_arn"]}
    yield Call("wafv2", "AssociateWebACL", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("wafv2", "DisassociateWebACL", {"resource_arn": identifier(change)})


KIND = Kind(
    name="wafv2.web_acl_association",
    title="Web ACL association",
    observe=observe,
    owned=owned,
    create=associate,
    update=associate,
    delete=delete,
    leftovers=Through(("wafv2.web_acl",)),
    outputs=("resource_arn", "web_acl_arn"),
    identity=("resource_arn",),
    wanted_first=("web_acl_arn",),
    uses=("wafv2.web_acl", "elbv2.load_balancer"),
    # AWS: a new load balancer or ACL takes minutes until WAF knows it everywhere.
    patience=Patience(minutes=10),
)
