"""`cloudwatch.composite_alarm`: an alarm on the states of other alarms. It never sets an alarm's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _cloudwatch
from reconciler.kinds.base import identifier, pick, tag_list
from reconciler.model import (
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
)

TYPE = "CompositeAlarm"

MEMBERS = (
    "alarm_name",
    "alarm_description",
    "alarm_rule",
    "actions_enabled",
    "ok_actions",
    "alarm_actions",
    "insufficient_data_actions",
    "actions_suppressor",
    "actions_suppressor_wait_period",
    "actions_suppressor_extension_period",
    "action_configuration",
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    found = yield from _cloudwatch.read_alarms(TYPE, resources)
    return {each.address: _observed(each.address, _as_written(alarm, each), tags) for each, alarm, tags in found}


def _as_written(alarm: Mapping[str, Any], resource: Resource) -> Mapping[str, Any]:
    """AWS: names may be quoted or ARNs, spaces do not count; a rule that says the same is the declared one."""
    declared = resource.properties.get("alarm_rule")
    return {**alarm, "alarm_rule": declared} if _cloudwatch.same_rule(declared, alarm["alarm_rule"]) else alarm


def _observed(address: Address, alarm: Mapping[str, Any], tags: Mapping[str, str]) -> Observed:
    return Observed(
        address,
        alarm["alarm_name"],
        pick(alarm, *MEMBERS),
        outputs={"alarm_name": alarm["alarm_name"], "arn": alarm["alarm_arn"]},
        tags=tags,
        details={"arn": alarm["alarm_arn"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    return (yield from _cloudwatch.owned_alarms(TYPE, KIND.name, scope, _observed))


def create(change: Change) -> Iterator[Call]:
    yield Call("cloudwatch", "PutCompositeAlarm", pick(change.desired, *MEMBERS) | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    # AWS: the Put replaces the whole alarm, and takes no tags for one that exists.
    yield Call("cloudwatch", "PutCompositeAlarm", pick(change.desired, *MEMBERS))


def delete(change: Change) -> Iterator[Call]:
    # AWS: one composite alarm a call; refused (ResourceConflict) while another one's rule names it.
    yield Call("cloudwatch", "DeleteAlarms", {"alarm_names": [identifier(change)]})


KIND = Kind(
    name="cloudwatch.composite_alarm",
    title="Composite alarm",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("cloudwatch:alarm:*"),
    retag=_cloudwatch.retag,
    outputs=("alarm_name", "arn"),
    rules=Rules(
        create_only=("alarm_name",),
        unordered=(
            "alarm_actions",
            "ok_actions",
            "insufficient_data_actions",
            "action_configuration.alarm_tags_propagation.included_tag_keys",
            "action_configuration.alarm_tags_propagation.excluded_tag_keys",
        ),
    ),
    identity=("alarm_name",),
    physical_name=PhysicalName("alarm_name", limit=255),
    uses=("cloudwatch.metric_alarm", "sns.topic"),
)
