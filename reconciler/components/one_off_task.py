"""`one_off_task`: a container that must have run to its end, with success, once for each version of it. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components import _fargate, _job
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

TASK = "ecs.one_off_task"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    job = _job.job(own, properties, context)
    run: dict[str, Any] = {
        "cluster": job.cluster,
        "task_definition": job.task["task_definition_arn"],
        "network_configuration": job.network,
        **_fargate.capacity(properties),
        "attempt": properties["attempt"],
    }
    if job.command:
        run["overrides"] = {"container_overrides": [{"name": job.task["container_name"], "command": job.command}]}
    outputs = {**job.outputs, "task_definition_arn": own.ref(TASK, "", "task_definition_arn")}
    return Expansion((*job.parts, Part("", TASK, run)), outputs)


COMPONENT = Component(
    name="one_off_task",
    title="One-off task",
    outputs=(*_job.OWN_OUTPUTS, "task_definition_arn"),
    expand=expand,
    computed=("cpu", "memory", "capacity", "sidecars"),
)
