"""`application_autoscaling.scheduled_action`: other bounds for the number of tasks of an ECS service, at set times.

It never sets a count: what is within the bounds stays as it is. AWS cannot tag it; its name says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds import _service_scaling
from reconciler.kinds.base import details, pick, utc_text
from reconciler.model import Call, Change, Kind, PhysicalName, Rules, Through, Value

NAME = "scheduled_action_name"
IDENTITY = (NAME, *_service_scaling.TARGET)
TIMES = ("start_time", "end_time")
SETTINGS = ("schedule", "timezone", *TIMES, "scalable_target_action")


def _properties(item: _service_scaling.Item) -> dict[str, Value]:
    # AWS: leaves the time zone out where it is UTC.
    return {"timezone": "UTC"} | pick(item, *SETTINGS) | {name: utc_text(item.get(name)) for name in TIMES}


LISTING = _service_scaling.Listing(
    "application_autoscaling.scheduled_action",
    "DescribeScheduledActions",
    "scheduled_actions",
    NAME,
    _properties,
    (NAME, "scheduled_action_arn"),
)


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the action or changes what is sent of it; without times it starts at once and never ends."""
    live = change.observed.properties if change.observed else {}
    params = pick(live, *TIMES) | pick(change.desired, *IDENTITY, *SETTINGS)
    yield Call("application-autoscaling", "PutScheduledAction", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("application-autoscaling", "DeleteScheduledAction", pick(details(change), *IDENTITY))


KIND = Kind(
    name=LISTING.kind,
    title="Scheduled scaling",
    observe=LISTING.observe,
    owned=LISTING.owned,
    create=put,
    update=put,
    delete=delete,
    leftovers=Through(("ecs.service",)),
    outputs=LISTING.outputs,
    rules=Rules(create_only=IDENTITY),
    identity=_service_scaling.TARGET,
    physical_name=PhysicalName(NAME, limit=256),
    uses=("application_autoscaling.scalable_target",),
)
