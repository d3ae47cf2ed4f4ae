"""`scheduled_task`: a container that runs at set times, and a scheduler that may start it and do nothing else. Pure."""

from __future__ import annotations

import json
from typing import Any

from reconciler.components import _fargate, _job
from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Properties, Value

GROUP = "scheduler.schedule_group"
ROLE = "iam.role"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    job = _job.job(own, properties, context)
    parts = (
        *job.parts,
        Part("group", GROUP, {}),
        Part("schedule-role", ROLE, _role(own, job, context)),
        Part("", "scheduler.schedule", _schedule(own, properties, job, context)),
    )
    outputs = {**job.outputs, "schedule_name": own.ref("scheduler.schedule", "", "name")}
    return Expansion(parts, outputs)


def _cluster_arn(job: _job.Job, context: Context) -> Value:
    if isinstance(job.cluster, str) and job.cluster.startswith("arn:"):
        return job.cluster
    return join(f"arn:{context.partition}:ecs:{context.region}:{context.account}:cluster/", job.cluster)


def _role(own: Naming, job: _job.Job, context: Context) -> Properties:
    """AWS: the source in a trust policy is the group of the schedule, not the schedule."""
    source = {"aws:SourceAccount": context.account, "aws:SourceArn": own.ref(GROUP, "group", "arn")}
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": source},
    }
    family = f"arn:{context.partition}:ecs:{context.region}:{context.account}:task-definition/"
    run = {
        "Effect": "Allow",
        "Action": "ecs:RunTask",
        "Resource": join(family, job.task["task_family"], ":*"),
        "Condition": {"ArnEquals": {"ecs:cluster": _cluster_arn(job, context)}},
    }
    hand_over = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": [job.task["execution_role_arn"], job.task["task_role_arn"]],
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    }
    version = {"Version": "2012-10-17"}
    return {
        "assume_role_policy_document": {**version, "Statement": [trust]},
        "policies": {"start-the-task": {**version, "Statement": [run, hand_over]}},
    }


def _schedule(own: Naming, properties: Properties, job: _job.Job, context: Context) -> Properties:
    ecs = {
        "task_definition_arn": job.task["task_definition_arn"],
        "network_configuration": job.network,
        **_fargate.capacity(properties),
    }
    retry = {"maximum_retry_attempts": properties["retries"], "maximum_event_age_in_seconds": 3600}
    target: dict[str, Any] = {
        "arn": _cluster_arn(job, context),
        "role_arn": own.ref(ROLE, "schedule-role", "role_arn"),
        "ecs_parameters": ecs,
        "retry_policy": retry,
    }
    if job.command:
        override = {"name": job.task["container_name"], "command": job.command}
        target["input"] = json.dumps({"containerOverrides": [override]})
    if properties.get("dead_letter_arn"):
        target["dead_letter_config"] = {"arn": properties["dead_letter_arn"]}
    minutes = properties.get("flexible_minutes")
    window = {"mode": "FLEXIBLE", "maximum_window_in_minutes": minutes} if minutes else {"mode": "OFF"}
    return {
        "group_name": own.ref(GROUP, "group", "name"),
        "schedule_expression": properties["schedule"],
        "schedule_expression_timezone": properties["timezone"],
        "state": "ENABLED" if properties["enabled"] else "DISABLED",
        "flexible_time_window": window,
        "target": target,
    }


COMPONENT = Component(
    name="scheduled_task",
    title="Scheduled task",
    outputs=(*_job.OWN_OUTPUTS, "schedule_name"),
    expand=expand,
    computed=("cpu", "memory", "capacity", "sidecars", "command", "enabled", "flexible_minutes"),
)
