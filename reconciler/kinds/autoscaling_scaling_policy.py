"""`autoscaling.scaling_policy`: keeps a metric of an Auto Scaling group near a value by changing its size.

AWS cannot tag a policy, so its name says whose it is: it begins with the stack's name. A leftover must also belong to a
group of this stack, because stack `shop` would otherwise delete what `shop-staging` made. The CloudWatch alarms AWS
makes for a policy are AWS's own and are never touched. A group of an ECS capacity provider needs no policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _auto_scaling_groups
from reconciler.kinds.base import details, pick, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Rules,
    Scope,
    Unlisted,
)

IDENTITY = ("auto_scaling_group_name", "policy_name")
SETTINGS = ("policy_type", "target_tracking_configuration", "estimated_instance_warmup", "enabled")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = yield from _policies(sorted({resource.properties["auto_scaling_group_name"] for resource in resources}))
    by_identity = {_identity(policy): policy for policy in live}
    found = [(resource, by_identity.get(_identity(resource.properties))) for resource in resources]
    return {r.address: _observed(r.address, policy, r.stack) for r, policy in found if policy is not None}


def _policies(groups: Sequence[str]) -> Reads[list[_auto_scaling_groups.Item]]:
    calls = [Call("autoscaling", "DescribePolicies", {"auto_scaling_group_name": group}) for group in groups]
    answers = yield from read_all(calls)
    return [policy for answer in answers for policy in (answer or {}).get("scaling_policies", ())]


def _identity(properties: _auto_scaling_groups.Item) -> tuple[str, ...]:
    return tuple(str(properties[name]) for name in IDENTITY)


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    groups = yield from _auto_scaling_groups.of_stack(scope.stack)
    live = yield from _policies(sorted(group["auto_scaling_group_name"] for group in groups))
    prefix = f"{scope.stack}-"
    return [
        _observed(f"{KIND.name}/{policy['policy_name'].removeprefix(prefix)}", policy, scope.stack)
        for policy in live
        if policy["policy_name"].startswith(prefix)
    ]


def _observed(address: Address, policy: _auto_scaling_groups.Item, stack: str) -> Observed:
    ours = policy["policy_name"].startswith(f"{stack}-")
    return Observed(
        address,
        "/".join(_identity(policy)),
        {"enabled": True} | pick(policy, *IDENTITY, *SETTINGS),
        outputs={"policy_name": policy["policy_name"], "policy_arn": policy["policy_arn"]},
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if ours else {},
        details=pick(policy, *IDENTITY),
    )


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the policy or replaces all of it."""
    yield Call("autoscaling", "PutScalingPolicy", pick(change.desired, *IDENTITY, *SETTINGS))


def delete(change: Change) -> Iterator[Call]:
    yield Call("autoscaling", "DeletePolicy", pick(details(change), *IDENTITY))


KIND = Kind(
    name="autoscaling.scaling_policy",
    title="Auto Scaling policy",
    observe=observe,
    owned=owned,
    create=put,
    update=put,
    delete=delete,
    leftovers=Unlisted("AWS: the tagging API answers nothing about the groups they belong to"),
    outputs=("policy_name", "policy_arn"),
    rules=Rules(
        create_only=IDENTITY,
        keyed={
            "target_tracking_configuration.customized_metric_specification.dimensions": "name",
            "target_tracking_configuration.customized_metric_specification.metrics": "id",
        },
    ),
    identity=("auto_scaling_group_name",),
    physical_name=PhysicalName("policy_name", limit=255),
    uses=("autoscaling.auto_scaling_group", "elbv2.load_balancer", "elbv2.target_group"),
)
