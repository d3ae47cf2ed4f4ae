"""`scheduler.schedule`: starts something at set times, an ECS task mostly.

AWS cannot tag a schedule: it is this stack's because its group is, so a group of somebody else's is refused. It never
runs anything itself, and never leaves out of an update what AWS would then take away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Refused
from reconciler.kinds import _scheduler
from reconciler.kinds.base import arn, details, pick, read_all, tag_map, utc_text
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Through,
    Value,
)

IDENTITY = ("name", "group_name")
SETTINGS = (
    "schedule_expression", "schedule_expression_timezone", "start_date", "end_date", "description", "state",
    "flexible_time_window", "target", "kms_key_arn", "action_after_completion",
)  # fmt: skip

# AWS: fills these in, or leaves them out of what it reads back, as it likes.
DEFAULTS: Properties = {"schedule_expression_timezone": "UTC", "state": "ENABLED", "action_after_completion": "NONE"}
RETRY: Properties = {"maximum_event_age_in_seconds": 86400, "maximum_retry_attempts": 185}
ECS: Properties = {"task_count": 1}


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    calls = [
        call
        for r in resources
        for call in (
            Call("scheduler", "GetSchedule", pick(r.properties, *IDENTITY)),
            _scheduler.group_call(r.properties["group_name"]),
            _scheduler.tags_call(_group_arn(r)),
        )
    ]
    answers = yield from read_all(calls)
    found = {}
    for resource, item, group, tags in zip(resources, answers[::3], answers[1::3], answers[2::3], strict=True):
        ours = _scheduler.is_of(tag_map((tags or {}).get("tags")), resource.stack)
        if group is not None and not ours and item is None:
            raise Refused(
                f"{resource.address}: the schedule group {group['name']} is not this stack's",
                help="declare a scheduler.schedule_group: AWS cannot tag schedules, so their group says whose they are",
            )
        if item is not None:
            found[resource.address] = _observed(resource.address, item, resource.stack if ours else None)
    return found


def _group_arn(resource: Resource) -> str:
    return arn("scheduler", resource, f"schedule-group/{resource.properties['group_name']}")


def _observed(address: Address, item: Mapping[str, Any], stack: str | None) -> Observed:
    properties = {**DEFAULTS, **pick(item, *IDENTITY, *SETTINGS), "target": _target(item.get("target") or {})}
    return Observed(
        address,
        f"{item['group_name']}/{item['name']}",
        properties | {name: utc_text(item.get(name)) for name in ("start_date", "end_date")},
        outputs=pick(item, "name", "arn"),
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if stack else {},
        details=pick(item, *IDENTITY),
    )


def _target(item: Mapping[str, Any]) -> dict[str, Value]:
    found = {**item, "retry_policy": {**RETRY, **(item.get("retry_policy") or {})}}
    if item.get("ecs_parameters"):
        found["ecs_parameters"] = {**ECS, **item["ecs_parameters"]}
    return found


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """All schedules in the stack's groups."""
    groups = yield from _scheduler.all_groups()
    ours = [group["name"] for group, tags in groups if _scheduler.is_of(tags, scope.stack)]
    lists = yield from read_all([Call("scheduler", "ListSchedules", {"group_name": name}) for name in ours])
    items = [item for listed in lists for item in (listed or {}).get("schedules", ())]
    prefix = f"{scope.stack}-"
    return [_observed(f"{KIND.name}/{item['name'].removeprefix(prefix)}", item, scope.stack) for item in items]


def create(change: Change) -> Iterator[Call]:
    # No client token: the name is unique in its group already.
    yield Call("scheduler", "CreateSchedule", pick(change.desired, *IDENTITY, *SETTINGS))


def update(change: Change) -> Iterator[Call]:
    # AWS: replaces everything, so what nobody declared is sent as it is.
    live = change.observed.properties if change.observed else {}
    yield Call("scheduler", "UpdateSchedule", pick(live, *SETTINGS) | pick(change.desired, *IDENTITY, *SETTINGS))


def delete(change: Change) -> Iterator[Call]:
    yield Call("scheduler", "DeleteSchedule", pick(details(change), *IDENTITY))


KIND = Kind(
    name="scheduler.schedule",
    title="Schedule",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Through(("scheduler.schedule_group",)),
    outputs=("name", "arn"),
    rules=Rules(
        create_only=IDENTITY,
        unordered=(
            "target.ecs_parameters.network_configuration.awsvpc_configuration.subnets",
            "target.ecs_parameters.network_configuration.awsvpc_configuration.security_groups",
            "target.ecs_parameters.placement_constraints",
        ),
        keyed={"target.ecs_parameters.capacity_provider_strategy": "capacity_provider"},
    ),
    identity=("group_name",),
    physical_name=PhysicalName("name", limit=64),
    uses=(
        "scheduler.schedule_group",
        "ecs.cluster",
        "ecs.task_definition",
        "iam.role",
        "ec2.subnet",
        "ec2.security_group",
        "kms.key",
        "sns.topic",
    ),
)
