"""Repairs of what moto does with tasks, schedules, listener rules and scheduled scaling.

What a simulated task does stands in its own words: `exit 3` in its command ends it with 3, `false` with 1, `sleep
infinity` never; an image with `missing` in its name cannot be pulled, and for one with `no-capacity` there is no room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any

from reconciler.simulator.repair import declared_in, documents, held, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

# --- ECS tasks ------------------------------------------------------------------------------------------------------


@repair("ecs:RunTask", because="moto dies of tasks without memory or DNS names, and forgets tokens and sidecars")
def run_task(request: Request, below: Handler) -> Answer:
    sent, tokens = json.loads(request.body), documents(request, "tokens")
    key = f"{_cluster(request)}/{sent.get('clientToken')}"
    if key in tokens:
        if tokens[key][0] != sent:
            raise Refusal("ConflictException", "The provided clientToken is already in use with different parameters.")
        return written(request, {"tasks": [tokens[key][1]], "failures": []})
    definition = request.backend().describe_task_definition(sent["taskDefinition"])
    if any("no-capacity" in each["image"] for each in definition.container_definitions):
        failure = {"arn": definition.arn, "reason": "Capacity is unavailable at this time."}
        return written(request, {"tasks": [], "failures": [failure]})
    if definition.network_mode == "awsvpc" and not sent.get("networkConfiguration"):
        text = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        raise Refusal("InvalidParameterException", text)
    with _simpler(request, definition):
        answer = below(request)
    if not answer.ok:
        return answer
    task = list(request.backend().tasks[_cluster(request)].values())[-1]
    _started(task, definition, sent)
    tokens[key] = sent, task
    return written(request, {"tasks": [task], "failures": []})


def _cluster(request: Request) -> str:
    name: str = request.params.get("cluster", "default").split("/")[-1]
    return name


@contextmanager
def _simpler(request: Request, definition: Any) -> Iterator[None]:
    """In place of the definition one that moto can start: no network interface, and memory for every container."""
    simple = copy(definition)
    simple.network_mode = "bridge"
    simple.container_definitions = [{"memory": 128, **each} for each in definition.container_definitions]
    revisions = request.backend().task_definitions[definition.family]
    number = next(number for number, each in revisions.items() if each is definition)
    revisions[number] = simple
    try:
        yield
    finally:
        revisions[number] = definition


def _started(task: Any, definition: Any, sent: Mapping[str, Any]) -> None:
    from moto.core.utils import utcnow
    from moto.ecs.models import Container

    task.client_token, task.created_at = sent.get("clientToken", ""), utcnow()
    task.network_configuration = sent.get("networkConfiguration", {})
    task.last_status = "PENDING"
    make: Any = Container  # abstract to mypy only
    task.containers = []
    for each in definition.container_definitions:
        alone = copy(definition)
        alone.container_definitions = [each]
        container = make(alone)
        container.task_arn, container.exitCode = task.task_arn, None
        task.containers.append(container)


@repair("ecs:DescribeTasks", because="moto tells of the first container only, and that it always ends with 0")
def describe_tasks(request: Request, below: Handler) -> Answer:
    live = request.backend().tasks.get(_cluster(request), {})
    wanted = [arn.split("/")[-1] for arn in request.params["tasks"]]
    tasks = {arn.split("/")[-1]: task for arn, task in live.items()}
    for name in wanted:
        if name in tasks and tasks[name].last_status != "STOPPED":
            _go_on(request, tasks[name])
    failures = [{"arn": name, "reason": "MISSING"} for name in wanted if name not in tasks]
    found = [copy(tasks[name]) for name in wanted if name in tasks]
    for task in found:
        task.tags = task.tags if "TAGS" in request.params.get("include", ()) else None
    return written(request, {"tasks": found, "failures": failures})


def _go_on(request: Request, task: Any) -> None:
    """The next state of a task: to its end, unless `timing` still holds it or it is one that never ends."""
    commands = [_command(task, container) for container in task.containers]
    if held(request, f"task/{getattr(task, 'client_token', '')}"):
        return
    if any("sleep infinity" in command for command in commands):
        task.last_status = "RUNNING"
        return
    pulled = not any("missing" in container.image for container in task.containers)
    _stop(task, "EssentialContainerExited" if pulled else "TaskFailedToStart")
    for container, command in zip(task.containers, commands, strict=True):
        said = re.search(r"\bexit (\d+)", command)
        container.exitCode = (int(said[1]) if said else int(command == "false")) if pulled else None
        if "missing" in container.image:
            container.reason = task.stopped_reason = f"CannotPullContainerError: {container.image}: not found"


def _command(task: Any, container: Any) -> str:
    overrides = {each.get("name"): each for each in task.overrides.get("containerOverrides", ())}
    return " ".join(overrides.get(container.name, {}).get("command") or container.command or ())


def _stop(task: Any, code: str, reason: str = "Essential container in task exited") -> None:
    task.last_status = task.desired_status = "STOPPED"
    task.stop_code, task.stopped_reason = code, reason
    for container in task.containers:
        container.last_status = "STOPPED"


@repair("ecs:StopTask", because="moto does not say who stopped a task, nor how its containers ended")
def stop_task(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    name = request.params["task"].split("/")[-1]
    task = next(task for arn, task in request.backend().tasks[_cluster(request)].items() if arn.endswith(name))
    _stop(task, "UserInitiated", request.params.get("reason", "Task stopped by user"))
    for container in task.containers:
        container.exitCode = 137
    return written(request, {"task": task})


@repair("ecs:ListTasks", because="moto lists stopped tasks with running ones, and those of clusters named alike")
def list_tasks(request: Request, below: Handler) -> Answer:
    answer, sent = below(request), request.params
    if not answer.ok:
        return answer
    tasks = request.backend().tasks.get(_cluster(request), {}).values()
    family, status = sent.get("family"), sent.get("desiredStatus", "RUNNING")
    found = [
        task.task_arn
        for task in tasks
        if task.desired_status == status
        and family in (None, task.task_definition_arn.split("/")[-1].split(":")[0])
        and sent.get("startedBy") in (None, task.started_by)
        and "serviceName" not in sent
    ]
    return written(request, {"taskArns": found})


# --- EventBridge Scheduler ------------------------------------------------------------------------------------------

_SCHEDULE = {"schedule_expression_timezone": "UTC", "state": "ENABLED", "action_after_completion": "NONE"}
_RETRY = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}


@repair("scheduler:CreateSchedule", "scheduler:UpdateSchedule", because="moto forgets defaults and what comes after")
def schedules(request: Request, below: Handler) -> Answer:
    sent = request.params
    group = _groups(request).get(sent.get("GroupName", "default"))
    if group is None:
        raise Refusal("ResourceNotFoundException", f"Schedule group {sent.get('GroupName')} does not exist.", 404)
    answer = below(request)
    if answer.ok:
        schedule = group.schedules[sent["Name"]]
        schedule.action_after_completion = sent.get("ActionAfterCompletion")
        for name, default in _SCHEDULE.items():
            setattr(schedule, name, getattr(schedule, name) or default)
        schedule.target["RetryPolicy"] = {**_RETRY, **schedule.target.get("RetryPolicy", {})}
        if "EcsParameters" in schedule.target:
            schedule.target["EcsParameters"] = {"TaskCount": 1, **schedule.target["EcsParameters"]}
    return answer


def _groups(request: Request) -> dict[str, Any]:
    """The groups; those whose deletion `timing` no longer holds are gone."""
    groups: dict[str, Any] = request.backend().schedule_groups
    for name, group in list(groups.items()):
        if getattr(group, "leaving", False) and not held(request, f"group/{name}"):
            del groups[name]
    return groups


@repair("scheduler:CreateScheduleGroup", because="moto makes a group again, and throws its schedules away")
def create_schedule_group(request: Request, below: Handler) -> Answer:
    name = request.params["Name"]
    if name in _groups(request):
        raise Refusal("ConflictException", f"Schedule group {name} already exists.", 409)
    return below(request)


@repair("scheduler:DeleteScheduleGroup", because="moto dies of a group that is not there, and deletes others at once")
def delete_schedule_group(request: Request, below: Handler) -> Answer:
    group = _group(request)
    group.leaving = True
    return written(request, {})


def _group(request: Request) -> Any:
    name = request.params["Name"]
    if name not in _groups(request):
        raise Refusal("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)
    return _groups(request)[name]


@repair(
    "scheduler:GetSchedule*",
    "scheduler:ListSchedule*",
    because="moto knows no group that is being deleted, nor takes its schedules along",
)
def deleting_groups(request: Request, below: Handler) -> Answer:
    groups = _groups(request)
    answer = below(request)
    if answer.ok and "Group" in request.operation:
        for group in groups.values():
            answer = _deleting(answer, group.name) if getattr(group, "leaving", False) else answer
    return answer


def _deleting(answer: Answer, name: str) -> Answer:
    told = json.loads(answer.body)
    for group in (*told.get("ScheduleGroups", ()), told):
        if group.get("Name") == name:
            group["State"] = "DELETING"
    headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
    return Answer(answer.status, headers, json.dumps(told).encode())


@repair("scheduler:*TagsForResource", "scheduler:TagResource", because="moto keeps tags of groups that do not exist")
def group_tags(request: Request, below: Handler) -> Answer:
    arn = request.params["ResourceArn"]
    if arn not in {group.arn for group in _groups(request).values()}:
        raise Refusal("ResourceNotFoundException", f"{arn} does not exist.", 404)
    return below(request)


# --- listener rules -------------------------------------------------------------------------------------------------

_CONFIGS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}


@repair("elbv2:CreateRule", "elbv2:ModifyRule", because="moto echoes conditions in one form, and drops transforms")
def rules(request: Request, below: Handler) -> Answer:
    from reconciler.simulator.repair_services import echo_fully

    sent = request.params
    if "Transforms" in sent and "ResetTransforms" in sent:
        raise Refusal("ValidationError", "Transforms cannot be given and reset at once.")
    if {"Conditions", "Actions"} & sent.keys():
        answer = below(request)
        if not answer.ok:
            return answer
    rule = _rules(request)[sent["RuleArn"]] if "RuleArn" in sent else list(_rules(request).values())[-1]
    for condition in rule.conditions:
        _echo_condition(condition)
    echo_fully(rule.actions)
    if "Transforms" in sent or sent.get("ResetTransforms"):
        rule.transforms = sent.get("Transforms", [])
    return written(request, {"Rules": [rule]})


def _rules(request: Request) -> dict[str, Any]:
    """All rules but the default ones, the newest of a listener last."""
    listeners = (
        each for balancer in request.backend("elbv2").load_balancers.values() for each in balancer.listeners.values()
    )
    if "ListenerArn" in request.params:
        listeners = (each for each in listeners if each.arn == request.params["ListenerArn"])
    return {arn: rule for listener in listeners for arn, rule in listener.rules.items() if not rule.is_default}


def _echo_condition(condition: dict[str, Any]) -> None:
    config = _CONFIGS.get(condition["Field"])
    if config and condition.get(config):
        condition.update(condition[config])
    elif config:
        condition[config] = {name: condition[name] for name in ("Values", "RegexValues") if name in condition}


@repair("elbv2:SetRulePriorities", because="moto refuses rules that change places in one call")
def set_rule_priorities(request: Request, below: Handler) -> Answer:
    moves = {each["RuleArn"]: each["Priority"] for each in request.params["RulePriorities"]}
    live = _rules(request)
    for arn in moves:
        if arn not in live:
            raise Refusal("RuleNotFound", f"The specified rule {arn} does not exist.")
    stays = {(rule.listener_arn, int(rule.priority)) for arn, rule in live.items() if arn not in moves}
    if stays & {(live[arn].listener_arn, priority) for arn, priority in moves.items()}:
        raise Refusal("PriorityInUse", "The specified priority is in use.")
    for arn, priority in moves.items():
        live[arn].priority = priority
    return written(request, {"Rules": [live[arn] for arn in moves]})


# --- scheduled scaling ----------------------------------------------------------------------------------------------


@repair("application-autoscaling:DeregisterScalableTarget", because="moto keeps the target's scheduled actions")
def deregister_actions(request: Request, below: Handler) -> Answer:
    answer, backend = below(request), request.backend()
    if answer.ok:
        target = request.params["ResourceId"]
        backend.scheduled_actions = [each for each in backend.scheduled_actions if each.resource_id != target]
    return answer


REPAIRS = declared_in(globals())
