"""What the components share that run a task to its end: a task of their own, or another component's. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.components import _fargate
from reconciler.components.base import Context, Naming, Part
from reconciler.model import Properties, Value


@dataclass(frozen=True, slots=True)
class Job:
    """The parts a task needs, and how it is run. `command` is None where the task definition says what runs."""

    parts: tuple[Part, ...]
    cluster: Value
    task: Properties
    """As `_fargate.RUNS`."""
    network: Properties
    command: list[Value] | None
    outputs: Properties


OWN_OUTPUTS = ("cluster_name", "task_role_name", "log_group_name", "security_group_id")


def job(own: Naming, properties: Properties, context: Context) -> Job:
    return _borrowed(own, properties) if properties.get("task") else _own(own, properties, context)


def _borrowed(own: Naming, properties: Properties) -> Job:
    """The task of another component with another command, in its cluster and security group."""
    task = properties["task"]
    cluster = properties.get("cluster") or task["cluster_name"]
    groups = [task["security_group_id"], *properties["security_group_ids"]]
    outputs = {name: task[name] for name in OWN_OUTPUTS if name in task} | {"cluster_name": cluster}
    return Job((), cluster, task, _fargate.in_subnets(properties, groups), properties["command"], outputs)


def _own(own: Naming, properties: Properties, context: Context) -> Job:
    cluster_parts, cluster = _fargate.cluster(own, properties)
    vpc = properties["network"]["vpc_id"]
    parts = (
        *cluster_parts,
        _fargate.logs(properties),
        *_fargate.roles(own, properties, context),
        _fargate.task(own, properties, context, []),
        Part("tasks", "ec2.security_group", {"vpc_id": vpc, "description": "Tasks of the job", "ingress": []}),
    )
    outputs = {
        "cluster_name": cluster,
        "task_role_name": own.ref("iam.role", "task-role", "role_name"),
        "log_group_name": own.ref("logs.log_group", "logs", "log_group_name"),
        "security_group_id": own.ref("ec2.security_group", "tasks", "group_id"),
    }
    return Job(parts, cluster, _fargate.runs(own), _fargate.network(own, properties), None, outputs)
