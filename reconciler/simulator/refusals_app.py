"""The refusals of tasks, schedules and scheduled scaling: what is in use, missing or impossible.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend


def _running_tasks(region: str) -> Iterator[Any]:
    for tasks in backend("ecs", region).tasks.values():
        yield from (task for task in tasks.values() if task.last_status != "STOPPED")


def _networks(region: str) -> Iterator[dict[str, list[str]]]:
    for task in _running_tasks(region):
        yield getattr(task, "network_configuration", {}).get("awsvpcConfiguration", {})


def _subnets_of_tasks(region: str) -> Iterator[str]:
    for network in _networks(region):
        yield from network.get("subnets", ())


def _groups_of_tasks(region: str) -> Iterator[str]:
    for network in _networks(region):
        yield from network.get("securityGroups", ())


def _clusters_with_tasks(region: str) -> Iterator[str]:
    for task in _running_tasks(region):
        yield from (task.cluster_name, task.cluster_arn)


EDGES = (
    Edge(
        "ec2:DeleteSubnet", "SubnetId", (_subnets_of_tasks,), "DependencyViolation",
        "The subnet '{}' has dependencies and cannot be deleted.",
    ),
    Edge(
        "ec2:DeleteSecurityGroup", "GroupId", (_groups_of_tasks,), "DependencyViolation",
        "resource {} has a dependent object",
    ),
    Edge(
        "ecs:DeleteCluster", "cluster", (_clusters_with_tasks,), "ClusterContainsTasksException",
        "The Cluster {} cannot be deleted while Tasks are active.",
    ),
)  # fmt: skip


def _filters_that_do_not_go_together(request: Request) -> bool:
    return "startedBy" in request.params and bool({"family", "desiredStatus", "serviceName"} & request.params.keys())


def _inactive_revision(request: Request) -> bool:
    found = request.backend().describe_task_definition(request.params["taskDefinition"])
    return bool(found.status == "INACTIVE")


def _role_not_for_the_scheduler(request: Request) -> bool:
    arn = request.params["Target"]["RoleArn"]
    roles = (role for role in backend("iam", request.region).roles.values() if role.arn == arn)
    policy = next((role.assume_role_policy_document for role in roles), "{}")
    return "scheduler.amazonaws.com" not in (policy if isinstance(policy, str) else json.dumps(policy))


def _no_target(request: Request) -> bool:
    targets = request.backend().targets.get(request.params["ScalableDimension"], {})
    return request.params["ResourceId"] not in targets


def _default_rule(request: Request) -> bool:
    balancers = request.backend().load_balancers.values()
    listeners = (listener for balancer in balancers for listener in balancer.listeners.values())
    rules = (rule for listener in listeners for rule in listener.rules.values())
    return any(rule.is_default and rule.arn == request.params["RuleArn"] for rule in rules)


_NO_ROLE = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."

RULES = (
    Rule(
        "ecs:ListTasks", _filters_that_do_not_go_together, "InvalidParameterException",
        "startedBy must be the only filter.",
    ),
    Rule("ecs:RunTask", _inactive_revision, "ClientException", "TaskDefinition is inactive"),
    Rule("scheduler:CreateSchedule", _role_not_for_the_scheduler, "ValidationException", _NO_ROLE),
    Rule("scheduler:UpdateSchedule", _role_not_for_the_scheduler, "ValidationException", _NO_ROLE),
    Rule(
        "application-autoscaling:PutScheduledAction", _no_target, "ObjectNotFoundException",
        "No scalable target found for service namespace: ecs",
    ),
    Rule("elbv2:DeleteRule", _default_rule, "OperationNotPermitted", "Default rule cannot be deleted"),
)  # fmt: skip
