"""`application_autoscaling.scheduled_action`: other bounds for the number of tasks of an ECS service, at set times.

It never sets a count: what is within the bounds stays as it is. AWS cannot tag it; its name says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _service_scaling
from reconciler.kinds.base import details, pick, utc_text
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Through,
)

NAME = "scheduled_action_name"
IDENTITY = (NAME, *_service_scaling.TARGET)
TIMES = ("start_time", "end_time")
SETTINGS = ("schedule", "timezone", *TIMES, "scalable_target_action")
DESCRIBE = Call("application-autoscaling", "DescribeScheduledActions", {"service_namespace": "ecs"})


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    live = {_service_scaling.named(NAME, item): item for item in _items(response)}
    found = [(resource, live.get(_service_scaling.named(NAME, resource.properties))) for resource in resources]
    return {r.address: _observed(r.address, item, r.stack) for r, item in found if item is not None}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    found = yield from _service_scaling.leftovers(KIND.name, NAME, _items(response), scope)
    return [_observed(address, item, scope.stack) for address, item in found]


def _items(response: Response) -> Sequence[_service_scaling.Item]:
    found: Sequence[_service_scaling.Item] = (response or {}).get("scheduled_actions", ())
    return found


def _observed(address: Address, item: _service_scaling.Item, stack: str) -> Observed:
    return Observed(
        address,
        "/".join(_service_scaling.named(NAME, item)),
        # AWS: leaves the time zone out where it is UTC.
        {"timezone": "UTC"} | pick(item, *IDENTITY, *SETTINGS) | {name: utc_text(item.get(name)) for name in TIMES},
        outputs={"scheduled_action_name": item[NAME], "scheduled_action_arn": item["scheduled_action_arn"]},
        tags=_service_scaling.inferred_tags(item[NAME], stack, address),
        details=pick(item, *IDENTITY),
    )


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the action or changes what is sent of it; without times it starts at once and never ends."""
    live = change.observed.properties if change.observed else {}
    params = pick(live, *TIMES) | pick(change.desired, *IDENTITY, *SETTINGS)
    yield Call("application-autoscaling", "PutScheduledAction", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("application-autoscaling", "DeleteScheduledAction", pick(details(change), *IDENTITY))


KIND = Kind(
    name="application_autoscaling.scheduled_action",
    title="Scheduled scaling",
    observe=observe,
    owned=owned,
    create=put,
    update=put,
    delete=delete,
    leftovers=Through(("ecs.service",)),
    outputs=("scheduled_action_name", "scheduled_action_arn"),
    rules=Rules(create_only=IDENTITY),
    identity=_service_scaling.TARGET,
    physical_name=PhysicalName(NAME, limit=256),
    uses=("application_autoscaling.scalable_target",),
)
