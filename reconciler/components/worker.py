"""`worker`: a container that runs on Fargate and that nothing connects to. Pure."""

from __future__ import annotations

from reconciler.components import _fargate
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    cluster_parts, cluster_name = _fargate.cluster(own, properties)
    vpc = properties["network"]["vpc_id"]
    parts = (
        *cluster_parts,
        _fargate.logs(properties),
        *_fargate.roles(own, properties, context),
        _fargate.task(own, properties, context, []),
        Part("tasks", "ec2.security_group", {"vpc_id": vpc, "description": "Tasks of the worker", "ingress": []}),
        _fargate.service(own, properties, cluster_name, {"desired_count": properties["desired_count"]}),
    )
    outputs = {
        "cluster_name": cluster_name,
        "service_name": own.ref("ecs.service", "", "service_name"),
        "task_role_name": own.ref("iam.role", "task-role", "role_name"),
        "log_group_name": own.ref("logs.log_group", "logs", "log_group_name"),
        "security_group_id": own.ref("ec2.security_group", "tasks", "group_id"),
    }
    return Expansion(parts, outputs)


COMPONENT = Component(
    name="worker",
    title="Worker",
    outputs=("cluster_name", "service_name", "task_role_name", "log_group_name", "security_group_id"),
    expand=expand,
    computed=("cpu", "memory"),
)
