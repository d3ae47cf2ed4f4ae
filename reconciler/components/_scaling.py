"""How many tasks of a service run: the bounds, what decides within them, and when the bounds change. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.components.base import Naming, Part, join
from reconciler.model import Band, Properties, Reference, Template, Value

TARGET = "application_autoscaling.scalable_target"
POLICY = "application_autoscaling.scaling_policy"
ACTION = "application_autoscaling.scheduled_action"

METRICS = {
    "cpu": ("target_cpu_percent", "ECSServiceAverageCPUUtilization"),
    "memory": ("target_memory_percent", "ECSServiceAverageMemoryUtilization"),
    "requests": ("target_requests_per_task", "ALBRequestCountPerTarget"),
}
"""Part -> the property that holds its target, and AWS's metric. With several, the one that wants most tasks wins."""


def count(bounds: Properties) -> Band:
    """The number of tasks, which is scaling's: anywhere the bounds ever are."""
    return Band("autoscaling", min(_all(bounds, "min")), max(_all(bounds, "max")))


def _all(bounds: Properties, name: str) -> list[int]:
    return [bounds[name], *(each[name] for each in bounds["schedule"])]


def _bound(bounds: Properties, name: str) -> Value:
    """Fixed, unless scheduled actions set it."""
    values = _all(bounds, name)
    return Band("schedule", min(values), max(values)) if bounds["schedule"] else bounds[name]


def parts(own: Naming, bounds: Properties, cluster_name: Value, requests_of: Template | None = None) -> list[Part]:
    """The scalable target, its policies and its scheduled actions.

    `requests_of` labels the load balancer and target group whose requests are counted.
    """
    same = {
        "service_namespace": "ecs",
        "resource_id": join("service/", cluster_name, "/", own.ref("ecs.service", "", "service_name")),
        "scalable_dimension": "ecs:service:DesiredCount",
    }
    limits = {"min_capacity": _bound(bounds, "min"), "max_capacity": _bound(bounds, "max")}
    found = [Part("scaling", TARGET, {**same, **limits})]
    for name, metric in _tracked(bounds, requests_of):
        properties = {**same, "policy_type": "TargetTrackingScaling", **metric}
        found.append(Part(f"scaling-{name}", POLICY, properties, depends_on=(own.address(TARGET, "scaling"),)))
    for number, entry in enumerate(bounds["schedule"], start=1):
        action = {"min_capacity": entry["min"], "max_capacity": entry["max"]}
        when = {"schedule": entry["schedule"], "timezone": entry["timezone"], "scalable_target_action": action}
        needs = (own.address(TARGET, "scaling"),)
        found.append(Part(f"scaling-schedule-{number}", ACTION, {**same, **when}, depends_on=needs))
    return found


def _tracked(bounds: Properties, requests_of: Template | None) -> Iterator[tuple[str, Properties]]:
    for name, (target, metric) in METRICS.items():
        if bounds.get(target) is not None:
            label: dict[str, Template | Reference] = (
                {"resource_label": requests_of} if requests_of and name == "requests" else {}
            )
            tracking = {
                "target_value": bounds[target],
                "predefined_metric_specification": {"predefined_metric_type": metric, **label},
            }
            yield name, {"target_tracking_scaling_policy_configuration": tracking}
