"""`application_autoscaling.scaling_policy`: when an ECS service gets more tasks and when fewer.

AWS cannot tag a policy, so its name says whose it is: it begins with the stack's name. A leftover must also belong to
a service of this stack, because stack `shop` would otherwise delete what `shop-staging` made. The CloudWatch alarms AWS
makes for a policy are AWS's own and are never touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from reconciler.kinds import _ecs
from reconciler.kinds.base import details, pick, tag_map
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
    Response,
    Rules,
    Scope,
)

IDENTITY = ("policy_name", "service_namespace", "resource_id", "scalable_dimension")
CONFIGURATIONS = ("target_tracking_scaling_policy_configuration", "step_scaling_policy_configuration")
DESCRIBE = Call("application-autoscaling", "DescribeScalingPolicies", {"service_namespace": "ecs"})

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    live = {_identity(item): item for item in _items(response)}
    found = [(resource, live.get(_identity(resource.properties))) for resource in resources]
    return {r.address: _observed(r.address, item, r.stack) for r, item in found if item is not None}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    prefix = f"{scope.stack}-"
    candidates = [item for item in _items(response) if item["policy_name"].startswith(prefix)]
    services = yield from _services_of(scope.stack, {item["resource_id"] for item in candidates})
    return [
        _observed(f"{KIND.name}/{item['policy_name'].removeprefix(prefix)}", item, scope.stack)
        for item in candidates
        if item["resource_id"] in services
    ]


def _services_of(stack: str, resource_ids: Set[str]) -> Reads[Set[str]]:
    """Those of `service/<cluster>/<service>` that carry the stack's tag."""
    by_cluster: dict[str, list[str]] = defaultdict(list)
    for resource_id in sorted(resource_ids):
        _, cluster, service = resource_id.split("/", 2)
        by_cluster[cluster].append(service)
    calls = [call for cluster, names in by_cluster.items() for call in _ecs.service_calls(cluster, names)]
    services = yield from _ecs.collected(calls, "services")
    ours = [service for service in services if tag_map(service.get("tags")).get(STACK_TAG) == stack]
    return {f"service/{_ecs.name_in(each['cluster_arn'])}/{each['service_name']}" for each in ours}


def _items(response: Response) -> Sequence[Item]:
    found: Sequence[Item] = (response or {}).get("scaling_policies", ())
    return found


def _identity(properties: Item) -> tuple[str, ...]:
    return tuple(str(properties[name]) for name in IDENTITY)


def _observed(address: Address, item: Item, stack: str) -> Observed:
    ours = item["policy_name"].startswith(f"{stack}-")
    return Observed(
        address,
        "/".join(_identity(item)),
        pick(item, *IDENTITY, "policy_type", *CONFIGURATIONS),
        outputs=pick(item, "policy_name", "policy_arn"),
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if ours else {},
        details=pick(item, *IDENTITY),
    )


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the policy or replaces all of it."""
    params = pick(change.desired, *IDENTITY, "policy_type", *CONFIGURATIONS)
    yield Call("application-autoscaling", "PutScalingPolicy", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("application-autoscaling", "DeleteScalingPolicy", pick(details(change), *IDENTITY))


KIND = Kind(
    name="application_autoscaling.scaling_policy",
    title="Scaling policy",
    observe=observe,
    owned=owned,
    create=put,
    update=put,
    delete=delete,
    outputs=("policy_name", "policy_arn"),
    rules=Rules(
        create_only=(*IDENTITY, "policy_type"),
        unordered=("step_scaling_policy_configuration.step_adjustments",),
        keyed={
            "target_tracking_scaling_policy_configuration.customized_metric_specification.dimensions": "name",
            "target_tracking_scaling_policy_configuration.customized_metric_specification.metrics": "id",
        },
    ),
    identity=("service_namespace", "resource_id", "scalable_dimension"),
    physical_name=PhysicalName("policy_name", limit=256),
    uses=("application_autoscaling.scalable_target", "elbv2.load_balancer", "elbv2.target_group"),
)
