"""`application_autoscaling.scaling_policy`: when an ECS service gets more tasks and when fewer.

AWS cannot tag a policy; its name says whose it is. The CloudWatch alarms AWS makes for a policy are AWS's own and are
never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _service_scaling
from reconciler.kinds.base import details, pick
from reconciler.model import (
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
    Through,
)

NAME = "policy_name"
IDENTITY = (NAME, *_service_scaling.TARGET)
CONFIGURATIONS = ("target_tracking_scaling_policy_configuration", "step_scaling_policy_configuration")
DESCRIBE = Call("application-autoscaling", "DescribeScalingPolicies", {"service_namespace": "ecs"})


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    live = {_service_scaling.named(NAME, item): item for item in _items(response)}
    found = [(resource, live.get(_service_scaling.named(NAME, resource.properties))) for resource in resources]
    return {r.address: _observed(r.address, item, r.stack) for r, item in found if item is not None}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    found = yield from _service_scaling.leftovers(KIND.name, NAME, _items(response), scope)
    return [_observed(address, item, scope.stack) for address, item in found]


def _items(response: Response) -> Sequence[_service_scaling.Item]:
    found: Sequence[_service_scaling.Item] = (response or {}).get("scaling_policies", ())
    return found


def _observed(address: Address, item: _service_scaling.Item, stack: str) -> Observed:
    return Observed(
        address,
        "/".join(_service_scaling.named(NAME, item)),
        pick(item, *IDENTITY, "policy_type", *CONFIGURATIONS),
        outputs=pick(item, "policy_name", "policy_arn"),
        tags=_service_scaling.inferred_tags(item[NAME], stack, address),
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
    leftovers=Through(("ecs.service",)),
    outputs=("policy_name", "policy_arn"),
    rules=Rules(
        create_only=(*IDENTITY, "policy_type"),
        unordered=("step_scaling_policy_configuration.step_adjustments",),
        keyed={
            "target_tracking_scaling_policy_configuration.customized_metric_specification.dimensions": "name",
            "target_tracking_scaling_policy_configuration.customized_metric_specification.metrics": "id",
        },
    ),
    identity=_service_scaling.TARGET,
    physical_name=PhysicalName(NAME, limit=256),
    uses=("application_autoscaling.scalable_target", "elbv2.load_balancer", "elbv2.target_group"),
)
