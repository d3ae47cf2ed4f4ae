"""`worker`: a container that runs on Fargate and that nothing connects to. Pure."""

from __future__ import annotations

from reconciler.components import _database, _fargate, _scaling
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    linked = _database.linked(own, properties)
    properties = linked.properties
    cluster_parts, cluster_name = _fargate.cluster(own, properties)
    vpc, bounds = properties["network"]["vpc_id"], properties.get("scaling")
    count = _scaling.count(bounds) if bounds else properties["desired_count"]
    capacity = _fargate.capacity(properties, bounds["min"] if bounds else properties["desired_count"])
    parts = (
        *cluster_parts,
        _fargate.logs(properties),
        *_fargate.roles(own, linked.granted, context),
        *linked.parts,
        linked.pooled(_fargate.task(own, properties, context, [])),
        Part("tasks", "ec2.security_group", {"vpc_id": vpc, "description": "Tasks of the worker", "ingress": []}),
        _fargate.service(own, properties, cluster_name, {"desired_count": count, **capacity}),
        *(_scaling.parts(own, bounds, cluster_name) if bounds else ()),
    )
    outputs = {
        "cluster_name": cluster_name,
        "service_name": own.ref("ecs.service", "", "service_name"),
        "task_role_name": own.ref("iam.role", "task-role", "role_name"),
        "log_group_name": own.ref("logs.log_group", "logs", "log_group_name"),
        "security_group_id": own.ref("ec2.security_group", "tasks", "group_id"),
    }
    return Expansion(parts, outputs | _fargate.runs(own))


COMPONENT = Component(
    name="worker",
    title="Worker",
    outputs=(
        "cluster_name",
        "service_name",
        "task_role_name",
        "log_group_name",
        "security_group_id",
        *_fargate.RUNS,
    ),
    expand=expand,
    computed=("cpu", "memory", "capacity", "scaling", "sidecars", "subnets"),
)
