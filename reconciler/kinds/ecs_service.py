"""`ecs.service`: keeps a number of tasks of one task definition running behind a load balancer.

It is ready only when the wanted task definition is the one that serves; it never touches a task count that belongs to
autoscaling, and never forces a deletion on running tasks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ecs
from reconciler.kinds.base import address_of, details, pick, read_all, tag_list, tag_map
from reconciler.model import (
    READY,
    Address,
    Band,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    Value,
    stalled,
    waiting,
)

READ_BACK = (
    "service_name", "task_definition", "desired_count", "launch_type", "capacity_provider_strategy",
    "platform_version", "deployment_configuration", "placement_constraints", "placement_strategy",
    "network_configuration", "load_balancers", "service_registries", "health_check_grace_period_seconds",
    "scheduling_strategy", "deployment_controller", "enable_ecs_managed_tags", "propagate_tags",
    "enable_execute_command", "availability_zone_rebalancing",
)  # fmt: skip
OF_DEPLOYMENT = ("service_connect_configuration",)
"""AWS: reads this back with the deployment, not with the service."""

CREATED = ("cluster", *READ_BACK, *OF_DEPLOYMENT)
MODIFIABLE = tuple(
    name for name in (*READ_BACK, *OF_DEPLOYMENT) if name not in ("service_name", "launch_type", "scheduling_strategy")
)

EVENTS = 3
"""How many of the service's last events a failure quotes."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    by_cluster: dict[str, dict[str, Resource]] = defaultdict(dict)
    for resource in resources:
        by_cluster[resource.properties["cluster"]][resource.properties["service_name"]] = resource
    calls = [(c, call) for c in sorted(by_cluster) for call in _ecs.service_calls(c, sorted(by_cluster[c]))]
    responses = yield from read_all([call for _, call in calls])
    found = {}
    for (cluster, _), response in zip(calls, responses, strict=True):
        for service in (response or {}).get("services", ()):
            resource = by_cluster[cluster][service["service_name"]]
            if _is_there(service):
                found[resource.address] = _observed(resource.address, service, resource.properties)
    return found


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    clusters = yield from _ecs.all_clusters()
    listed = yield from read_all([Call("ecs", "ListServices", {"cluster": cluster}) for cluster in clusters])
    calls = [
        call
        for cluster, response in zip(clusters, listed, strict=True)
        for call in _ecs.service_calls(cluster, sorted((response or {}).get("service_arns", ())))
    ]
    services = yield from _ecs.collected(calls, "services")
    pairs = [(address_of(tag_map(s.get("tags")), scope.stack, KIND.name), s) for s in services if _is_there(s)]
    return [_observed(address, service, {}) for address, service in pairs if address]


def _is_there(service: _ecs.Item) -> bool:
    """AWS: a deleted service stays visible as INACTIVE; while it is DRAINING its name is still taken."""
    return bool(service.get("status") != "INACTIVE")


def _observed(address: Address, service: _ecs.Item, desired: Properties) -> Observed:
    cluster_arn, cluster = service["cluster_arn"], _ecs.name_in(service["cluster_arn"])
    primary = _primary(service)
    properties = pick(service, *READ_BACK) | pick(primary, *OF_DEPLOYMENT)
    if service.get("capacity_provider_strategy"):
        strategy = service["capacity_provider_strategy"]
        properties["capacity_provider_strategy"] = [{"weight": 0, "base": 0} | item for item in strategy]
    properties["cluster"] = cluster_arn if desired.get("cluster") == cluster_arn else cluster
    if _gave_up(primary):
        properties["task_definition"] = GAVE_UP
    return Observed(
        address,
        f"{cluster}/{service['service_name']}",
        properties,
        outputs={
            "service_name": service["service_name"],
            "service_arn": service["service_arn"],
            "cluster_name": cluster,
            "scalable_resource_id": f"service/{cluster}/{service['service_name']}",
        },
        tags=tag_map(service.get("tags")),
        status=_status(service, primary, desired),
        details={"arn": service["service_arn"], "cluster": cluster_arn, "state": service.get("status", "ACTIVE")},
    )


GAVE_UP = "(its rollout failed)"
"""Instead of a task definition that ECS has stopped trying to start: it differs, so an apply tries again."""


# --- whether it serves ------------------------------------------------------------------------------------------------


def _primary(service: _ecs.Item) -> Mapping[str, Any]:
    deployments = service.get("deployments") or ()
    return next((deployment for deployment in deployments if deployment.get("status") == "PRIMARY"), {})


def _gave_up(primary: Mapping[str, Any]) -> bool:
    """AWS: with nothing to go back to, the circuit breaker leaves the failed deployment in place, without tasks."""
    return primary.get("rollout_state") == "FAILED"


def _status(service: _ecs.Item, primary: Mapping[str, Any], desired: Properties) -> Status:
    if service.get("status") == "DRAINING":
        return waiting("it is being deleted: its tasks are draining")
    wanted = desired.get("task_definition")
    wanted = wanted if isinstance(wanted, str) else service.get("task_definition")
    failed = _failed(service, wanted)
    if failed:
        return stalled(failed)
    state = primary.get("rollout_state", "COMPLETED")  # AWS: only rolling updates have one.
    serving = primary.get("task_definition", wanted) == wanted
    running, count = service.get("running_count", 0), service.get("desired_count", 0)
    if state == "COMPLETED" and serving and running == count:
        return READY
    trouble = primary.get("failed_tasks")
    return waiting(
        f"{_ecs.name_in(str(wanted))}: {running} of {count} tasks run"
        + (f", {trouble} failed" if trouble else "")
        + (f"; {primary['rollout_state_reason']}" if primary.get("rollout_state_reason") else "")
    )


def _failed(service: _ecs.Item, wanted: Value) -> str | None:
    """Why the rollout of the wanted task definition failed, rolled back or not; None if it is under way or did not."""
    primary = _primary(service)
    if primary.get("task_definition") == wanted and primary.get("rollout_state") == "IN_PROGRESS":
        return None
    for deployment in service.get("deployments") or ():
        if deployment.get("rollout_state") == "FAILED" and deployment.get("task_definition") == wanted:
            events = [event.get("message", "") for event in service.get("events") or ()][:EVENTS]
            reason = deployment.get("rollout_state_reason", "")
            return "; ".join([f"the rollout of {_ecs.name_in(str(wanted))} failed: {reason}", *events])
    return None


# --- writing ----------------------------------------------------------------------------------------------------------


def _count(value: Value) -> Value:
    """A count that belongs to autoscaling starts at the low end of its band."""
    return int(value.low or 0) if isinstance(value, Band) else value


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, *CREATED) | {"tags": tag_list(change.tags)}
    if params.get("scheduling_strategy") != "DAEMON":
        params["desired_count"] = _count(params.get("desired_count", 1))
    # No client token: the name is unique already, and AWS may repeat the answer about a deleted service.
    yield Call("ecs", "CreateService", params)


def update(change: Change) -> Iterator[Call]:
    where = {"cluster": details(change)["cluster"], "service": details(change)["arn"]}
    params = {name: _count(change.desired[name]) for name in MODIFIABLE if change.touches(name)}
    again = (
        change.touches("task_definition")
        and change.observed
        and change.observed.properties["task_definition"] == GAVE_UP
    )
    if again or "capacity_provider_strategy" in params:
        # AWS: refuses a new strategy without one; the same task definition again would change nothing.
        params["force_new_deployment"] = True
    if params:
        yield Call("ecs", "UpdateService", where | params)


def delete(change: Change) -> Iterator[Call]:
    """First no tasks, then no service; nothing while it drains."""
    where = {"cluster": details(change)["cluster"], "service": details(change)["arn"]}
    live = change.observed.properties if change.observed else {}
    if details(change)["state"] == "DRAINING":
        return
    if live.get("desired_count") and live.get("scheduling_strategy") != "DAEMON":
        yield Call("ecs", "UpdateService", where | {"desired_count": 0})
    else:
        yield Call("ecs", "DeleteService", where)


KIND = Kind(
    name="ecs.service",
    title="ECS service",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ecs:service/*"),
    retag=_ecs.retag,
    outputs=("service_name", "service_arn", "cluster_name", "scalable_resource_id"),
    rules=Rules(
        create_only=("service_name", "cluster", "launch_type", "scheduling_strategy"),
        unordered=(
            "placement_constraints",
            "network_configuration.awsvpc_configuration.subnets",
            "network_configuration.awsvpc_configuration.security_groups",
            "deployment_configuration.alarms.alarm_names",
        ),
        keyed={
            "capacity_provider_strategy": "capacity_provider",
            "load_balancers": "target_group_arn+container_name+container_port",
            "service_registries": "registry_arn",
            "service_connect_configuration.services": "port_name",
        },
        case_insensitive=("placement_strategy[].field",),
    ),
    identity=("cluster",),
    physical_name=PhysicalName("service_name", limit=255),
    uses=(
        "ecs.cluster",
        "ecs.capacity_provider",
        "ecs.task_definition",
        "elbv2.target_group",
        "elbv2.listener",
        "elbv2.listener_rule",
        "ec2.subnet",
        "ec2.security_group",
    ),
    patience=Patience("2-5 minutes", minutes=30),
    changes_while_waiting=True,
)
