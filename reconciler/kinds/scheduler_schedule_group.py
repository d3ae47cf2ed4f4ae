"""`scheduler.schedule_group`: what schedules are kept in, and whose they are: AWS can tag groups only.

Deleting one deletes every schedule in it, whoever made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _scheduler
from reconciler.kinds.base import address_of, arn, details, identifier, missing_tags, read_all, tag_list, tag_map
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Rules,
    Scope,
    waiting,
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    calls = [
        call for r in resources for call in (_scheduler.group_call(r.properties["name"]), _scheduler.tags_call(_arn(r)))
    ]
    answers = yield from read_all(calls)
    found = zip(resources, answers[::2], answers[1::2], strict=True)
    return {
        r.address: _observed(r.address, group, tag_map((tags or {}).get("tags"))) for r, group, tags in found if group
    }


def _arn(resource: Resource) -> str:
    return arn("scheduler", resource, f"schedule-group/{resource.properties['name']}")


def _observed(address: Address, group: Mapping[str, str], tags: Mapping[str, str]) -> Observed:
    return Observed(
        address,
        group["name"],
        {"name": group["name"]},
        outputs={"name": group["name"], "arn": group["arn"]},
        tags=tags,
        status=waiting("being deleted, with its schedules") if group.get("state") == "DELETING" else READY,
        details={"arn": group["arn"], "state": group.get("state", "ACTIVE")},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    groups = yield from _scheduler.all_groups()
    addressed = [(address_of(tags, scope.stack, KIND.name), group, tags) for group, tags in groups]
    return [_observed(address, group, tags) for address, group, tags in addressed if address is not None]


def create(change: Change) -> Iterator[Call]:
    # No client token: the name is unique already.
    yield Call("scheduler", "CreateScheduleGroup", {"name": change.desired["name"], "tags": tag_list(change.tags)})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("scheduler", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    """Nothing more while it goes, which takes AWS a while."""
    if details(change)["state"] != "DELETING":
        yield Call("scheduler", "DeleteScheduleGroup", {"name": identifier(change)})


KIND = Kind(
    name="scheduler.schedule_group",
    title="Schedule group",
    observe=observe,
    owned=owned,
    create=create,
    delete=delete,
    leftovers=Listed("scheduler:schedule-group/*"),
    retag=retag,
    outputs=("name", "arn"),
    rules=Rules(create_only=("name",)),
    physical_name=PhysicalName("name", limit=64),
)
