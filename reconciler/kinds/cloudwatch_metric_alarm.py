"""`cloudwatch.metric_alarm`: an alarm on one metric, or on an expression over several.

It never sets an alarm's state.
"""

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

TYPE = "MetricAlarm"
MEMBERS = (
    "alarm_name",
    "alarm_description",
    "actions_enabled",
    "ok_actions",
    "alarm_actions",
    "insufficient_data_actions",
    "metric_name",
    "namespace",
    "statistic",
    "extended_statistic",
    "dimensions",
    "period",
    "unit",
    "evaluation_periods",
    "datapoints_to_alarm",
    "threshold",
    "comparison_operator",
    "treat_missing_data",
    "evaluate_low_sample_count_percentile",
    "metrics",
    "threshold_metric_id",
    "evaluation_window",
    "warm_up_configuration",
    "evaluation_criteria",
    "evaluation_interval",
    "action_configuration",
)
# AWS: an alarm that never said otherwise leaves these out.
ABSENT = {"treat_missing_data": "missing", "evaluate_low_sample_count_percentile": "evaluate"}


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    found = yield from _cloudwatch.read_alarms(TYPE, resources)
    return {resource.address: _observed(resource.address, alarm, tags) for resource, alarm, tags in found}


def _observed(address: Address, alarm: Mapping[str, Any], tags: Mapping[str, str]) -> Observed:
    return Observed(
        address,
        alarm["alarm_name"],
        ABSENT | pick(alarm, *MEMBERS),
        outputs={"alarm_name": alarm["alarm_name"], "arn": alarm["alarm_arn"]},
        tags=tags,
        details={"arn": alarm["alarm_arn"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    return (yield from _cloudwatch.owned_alarms(TYPE, KIND.name, scope, _observed))


def create(change: Change) -> Iterator[Call]:
    yield Call("cloudwatch", "PutMetricAlarm", pick(change.desired, *MEMBERS) | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    # AWS: the Put replaces the whole alarm, and takes no tags for one that exists.
    yield Call("cloudwatch", "PutMetricAlarm", pick(change.desired, *MEMBERS))


def delete(change: Change) -> Iterator[Call]:
    yield Call("cloudwatch", "DeleteAlarms", {"alarm_names": [identifier(change)]})


KIND = Kind(
    name="cloudwatch.metric_alarm",
    title="Alarm",
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
        unordered=("alarm_actions", "ok_actions", "insufficient_data_actions"),
        keyed={
            "dimensions": "name",
            "metrics": "id",
            "metrics[].metric_stat.metric.dimensions": "name",
        },
    ),
    identity=("alarm_name",),
    physical_name=PhysicalName("alarm_name", limit=255),
    uses=("sns.topic", "application_autoscaling.scaling_policy"),
)
