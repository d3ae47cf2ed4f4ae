"""`ecs.one_off_task`: a task that must have run to its end, with success, before others go on: a migration, mostly.

What is to run (revision, command, network) hashes to the name of a run. A run is started once, under that name and
under a client token of the same, and never beside another one of this resource. AWS forgets stopped tasks after about
an hour, so success is remembered as a tag of the task definition's revision: a new revision runs again. A failed run
is not repeated until AWS has forgotten it or `attempt` is raised.

What AWS gives no means to guarantee: a success that nobody looked at for an hour is forgotten, and its command runs
again. So the command has to bear that, as those of migration tools do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds import _ecs
from reconciler.kinds._policy import unknown_in
from reconciler.kinds.base import address_of, chunks, details, pick, read_all, tag_list, tag_map, token
from reconciler.model import (
    READY,
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Response,
    Scope,
    Status,
    Unknown,
    Value,
    stalled,
    waiting,
)

RUN = (
    "cluster", "task_definition", "launch_type", "capacity_provider_strategy", "platform_version",
    "network_configuration", "overrides", "group", "enable_execute_command", "enable_ecs_managed_tags",
    "propagate_tags",
)  # fmt: skip
"""What `RunTask` is told."""
IDENTITY = (*RUN, "attempt")
"""What makes a run this one and no other."""
UNORDERED = ("subnets", "security_groups")

OUTCOME = "outcome"
SUCCEEDED = "succeeded"
UNRECORDED = "succeeded, not recorded"

STOPPED = "STOPPED"
BY_ITSELF = "EssentialContainerExited"
TASKS = 100
"""AWS: tasks in one DescribeTasks."""


# --- names of runs ----------------------------------------------------------------------------------------------------


def _run(properties: Properties) -> Value:
    """The name of the run these properties describe; unknown while one of them is."""
    told = {name: properties[name] for name in IDENTITY if properties.get(name) is not None}
    return unknown_in(told) or token(json.dumps(_in_order(told), sort_keys=True))


def _in_order(value: Value) -> Value:
    """`value` with lists whose order means nothing sorted: writing them otherwise is no reason to run again."""
    if isinstance(value, Mapping):
        return {name: sorted(v) if name in UNORDERED else _in_order(v) for name, v in value.items()}
    return [_in_order(item) for item in value] if isinstance(value, list | tuple) else value


def _series(stack: str, address: Address) -> str:
    """What `startedBy` of all runs of a resource begins with. AWS: letters, digits, `-`, `/` and `_` only."""
    return f"reconciler/{token(stack, address)[:16]}/"


def _mark(stack: str, address: Address) -> str:
    """The tag of a revision that remembers the run of it that succeeded."""
    return f"reconciler:ran/{stack}/{address.split('/', 1)[1]}"


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A resource, the run it asks for, and the revision that is to run."""

    resource: Resource
    run: str
    revision: Response

    @property
    def definition(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = (self.revision or {}).get("task_definition", {})
        return found

    def is_recorded(self, address: Address | None) -> bool:
        """Does the revision remember the run as that of `address`?"""
        tags = tag_map((self.revision or {}).get("tags"))
        return address is not None and tags.get(_mark(self.resource.stack, address)) == self.run

    @property
    def series(self) -> str:
        return _series(self.resource.stack, self.resource.address)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    revisions = yield from read_all([_describe(resource) for resource in resources])
    pairs = zip(resources, revisions, strict=True)
    wanted = [_Wanted(resource, _run(resource.properties), found) for resource, found in pairs]
    done = [each for each in wanted if each.is_recorded(each.resource.address)]
    open_ones = [each for each in wanted if each not in done]
    tasks = yield from _tasks([call for each in open_ones for call in _lists(each)])
    found = {each.resource.address: _observed(each, READY, SUCCEEDED) for each in done}
    judged = [(each.resource.address, _judged(each, tasks)) for each in open_ones]
    return found | {address: observed for address, observed in judged if observed is not None}


def _describe(resource: Resource) -> Call:
    params = {"task_definition": resource.properties["task_definition"], "include": ["TAGS"]}
    return Call("ecs", "DescribeTaskDefinition", params)


def _lists(wanted: _Wanted) -> list[Call]:
    """What runs in the cluster, whatever it is, and what of the family has stopped.

    AWS: `startedBy` cannot be combined with a status, and without one only running tasks are listed.
    """
    cluster = wanted.resource.properties["cluster"]
    family = wanted.definition.get("family", "")
    stopped = {"cluster": cluster, "family": family, "desired_status": STOPPED}
    return [Call("ecs", "ListTasks", {"cluster": cluster}), *([Call("ecs", "ListTasks", stopped)] if family else [])]


def _tasks(lists: Sequence[Call]) -> Reads[list[_ecs.Item]]:
    """The tasks of some listings, each once."""
    responses = yield from read_all(lists)
    arns: dict[str, set[str]] = {}
    for call, response in zip(lists, responses, strict=True):
        arns.setdefault(call.params["cluster"], set()).update((response or {}).get("task_arns", ()))
    tasks = yield from _ecs.collected([call for cluster in sorted(arns) for call in _describes(cluster, arns)], "tasks")
    return tasks


def _describes(cluster: str, arns: Mapping[str, set[str]]) -> list[Call]:
    parts = chunks(sorted(arns[cluster]), TASKS)
    return [
        Call("ecs", "DescribeTasks", {"cluster": cluster, "tasks": list(part), "include": ["TAGS"]}) for part in parts
    ]


def _judged(wanted: _Wanted, tasks: Sequence[_ecs.Item]) -> Observed | None:
    """What became of the run; None where it was never started, or so long ago that AWS forgot it."""
    if wanted.is_recorded(wanted.resource.renamed_from):
        return _observed(wanted, READY, UNRECORDED)
    ours = [task for task in tasks if task.get("started_by", "").startswith(wanted.series)]
    for task in ours:
        if task.get("last_status") != STOPPED:
            return _observed(wanted, waiting(_under_way(task, wanted)), Unknown(), task)
    mine = [task for task in ours if task["started_by"] == wanted.series + wanted.run]
    for task in mine:
        if _failure(task, wanted.definition) is None:
            return _observed(wanted, READY, UNRECORDED, task)
    for task in sorted(mine, key=lambda each: str(each.get("created_at")))[-1:]:
        return _observed(wanted, stalled(_told(task, wanted.definition)), Unknown(), task)
    return None


def _observed(wanted: _Wanted, status: Status, outcome: Value, task: _ecs.Item | None = None) -> Observed:
    """A run is found by the name its properties make, so what was found has them."""
    resource, definition = wanted.resource, wanted.definition
    arn = definition.get("task_definition_arn", "")
    active = task is not None and task.get("last_status") != STOPPED
    return Observed(
        resource.address,
        task["task_arn"] if task else f"{_ecs.name_in(arn)}/{resource.name}",
        {**pick(resource.properties, *IDENTITY), OUTCOME: outcome},
        outputs={"task_definition_arn": arn, "cluster": resource.properties["cluster"]},
        tags={STACK_TAG: resource.stack, RESOURCE_TAG: resource.address},
        status=status,
        details={"revision": arn, "running": task["task_arn"] if task and active else None}
        | {"cluster": resource.properties["cluster"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """Runs under way: of those that ended, there is nothing to delete."""
    clusters = yield from _ecs.all_clusters()
    tasks = yield from _tasks([Call("ecs", "ListTasks", {"cluster": cluster}) for cluster in clusters])
    active = [task for task in tasks if task.get("last_status") != STOPPED]
    addressed = [(address_of(tag_map(task.get("tags")), scope.stack, KIND.name), task) for task in active]
    return [_running(address, task) for address, task in addressed if address is not None]


def _running(address: Address, task: _ecs.Item) -> Observed:
    return Observed(
        address,
        task["task_arn"],
        {},
        tags=tag_map(task.get("tags")),
        status=waiting(f"task {_ecs.name_in(task['task_arn'])} is {task.get('last_status', '')}"),
        details={"running": task["task_arn"], "cluster": task["cluster_arn"]},
    )


# --- what happened ----------------------------------------------------------------------------------------------------


def _under_way(task: _ecs.Item, wanted: _Wanted) -> str:
    state = f"task {_ecs.name_in(task['task_arn'])} is {task.get('last_status', 'starting')}"
    if task["started_by"] == wanted.series + wanted.run:
        return state
    return f"an earlier run has to end first: {state}, of {_ecs.name_in(task.get('task_definition_arn', ''))}"


def _failure(task: _ecs.Item, definition: Mapping[str, Any]) -> tuple[str, str] | None:
    """The container that failed, and how; None where every essential one ended with 0.

    Others are stopped when the essential ones end, and their exit codes say nothing.
    """
    declared = {each["name"]: each for each in definition.get("container_definitions", ())}
    containers: Sequence[_ecs.Item] = task.get("containers") or ({},)
    for container in containers:
        name, code = container.get("name", ""), container.get("exit_code")
        if code != 0 and declared.get(name, {}).get("essential", True):
            how = f"ended with exit code {code}" if code is not None else "did not start"
            return name, f"{how} ({container['reason']})" if container.get("reason") else how
    # AWS: a program told to stop may end with 0, and has not done its work.
    code = task.get("stop_code", BY_ITSELF)
    return None if code == BY_ITSELF else (_main_container(definition), f"was stopped: {code}")


def _main_container(definition: Mapping[str, Any]) -> str:
    """The container the task is about."""
    return next((c["name"] for c in definition.get("container_definitions", ()) if c.get("essential", True)), "")


def _told(task: _ecs.Item, definition: Mapping[str, Any]) -> str:
    name, how = _failure(task, definition) or ("", "")
    parts = [f"task {_ecs.name_in(task['task_arn'])}: container {name} {how}"]
    reason, log = task.get("stopped_reason"), _log(task, name, definition)
    parts += [f"stopped because: {reason}"] if reason else []
    parts += [f"its log: {log}"] if log else []
    return "; ".join([*parts, "raise `attempt` to run it once more"])


def _log(task: _ecs.Item, name: str, definition: Mapping[str, Any]) -> str:
    """`group/stream` of a container that logs to CloudWatch."""
    containers: Sequence[_ecs.Item] = definition.get("container_definitions", ())
    for container in containers:
        options = (container.get("log_configuration") or {}).get("options", {})
        if container["name"] == name and "awslogs-group" in options:
            prefix = options.get("awslogs-stream-prefix", "")
            return f"{options['awslogs-group']}/{prefix}/{name}/{_ecs.name_in(task['task_arn'])}"
    return ""


# --- writing ----------------------------------------------------------------------------------------------------------


def create(change: Change) -> Iterator[Call]:
    run = _run(change.desired)
    started_by = run if isinstance(run, Unknown) else _series(change.tags[STACK_TAG], change.address) + run
    params = {
        **pick(change.desired, *RUN),
        "count": 1,
        "started_by": started_by,
        "tags": tag_list(change.tags),
        # AWS: the same token answers with the task it started, so it may be sent twice.
        "client_token": run if isinstance(run, Unknown) else token(started_by),
    }
    yield Call("ecs", "RunTask", params)


def update(change: Change) -> Iterator[Call]:
    """Remembers a success. Anything else that differs is another run, which the next look finds not to exist."""
    if [field.path for field in change.fields] != [(OUTCOME,)]:
        yield from create(change)
        return
    mark = {_mark(change.tags[STACK_TAG], change.address): str(_run(change.desired))}
    yield Call("ecs", "TagResource", {"resource_arn": details(change)["revision"], "tags": tag_list(mark)})


def delete(change: Change) -> Iterator[Call]:
    running = details(change)["running"]
    if running:
        reason = f"{change.address} is no longer wanted"
        yield Call("ecs", "StopTask", {"cluster": details(change)["cluster"], "task": running, "reason": reason})


KIND = Kind(
    name="ecs.one_off_task",
    title="One-off task",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ecs:task/*"),
    outputs=("task_definition_arn", "cluster"),
    identity=IDENTITY,
    uses=("ecs.cluster", "ecs.task_definition", "ec2.subnet", "ec2.security_group", "iam.role", "logs.log_group"),
    versioned=True,
    patience=Patience("as long as its command takes", minutes=60),
)
