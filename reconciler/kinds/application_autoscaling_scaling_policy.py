"""`application_autoscaling.scaling_policy`: when an ECS service gets more tasks and when fewer.

AWS cannot tag a policy; its name says whose it is. The CloudWatch alarms AWS makes for a policy are AWS's own and are
never touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds import _service_scaling
from reconciler.kinds.base import details, pick
from reconciler.model import Call, Change, Kind, PhysicalName, Rules, Through

NAME = "policy_name"
IDENTITY = (NAME, *_service_scaling.TARGET)
SETTINGS = ("policy_type", "target_tracking_scaling_policy_configuration", "step_scaling_policy_configuration")
LISTING = _service_scaling.Listing(
    "application_autoscaling.scaling_policy",
    "DescribeScalingPolicies",
    "scaling_policies",
    NAME,
    lambda item: pick(item, *SETTINGS),
    (NAME, "policy_arn"),
)


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the policy or replaces all of it."""
    params = pick(change.desired, *IDENTITY, *SETTINGS)
    yield Call("application-autoscaling", "PutScalingPolicy", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("application-autoscaling", "DeleteScalingPolicy", pick(details(change), *IDENTITY))


KIND = Kind(
    name=LISTING.kind,
    title="Scaling policy",
    observe=LISTING.observe,
    owned=LISTING.owned,
    create=put,
    update=put,
    delete=delete,
    leftovers=Through(("ecs.service",)),
    outputs=LISTING.outputs,
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
