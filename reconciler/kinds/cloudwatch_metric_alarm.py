"""`cloudwatch.metric_alarm`: an alarm on one metric, or on an expression over several.

It never sets an alarm's state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import (
    address_of,
    arn,
    chunks,
    details,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
)
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
)

NAMES_PER_CALL = 100

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
    names = sorted({resource.properties["alarm_name"] for resource in resources})
    listings = [_describe({"alarm_names": list(some)}) for some in chunks(names, NAMES_PER_CALL)]
    tagged = [_read_tags(arn("cloudwatch", each, f"alarm:{each.properties['alarm_name']}")) for each in resources]
    answers = yield from read_all([*listings, *tagged])
    alarms = {alarm["alarm_name"]: alarm for answer in answers[: len(listings)] for alarm in _alarms(answer)}
    found = {}
    for resource, tags in zip(resources, answers[len(listings) :], strict=True):
        alarm = alarms.get(resource.properties["alarm_name"])
        if alarm is not None:
            found[resource.address] = _observed(resource.address, alarm, tags)
    return found


def _describe(params: Mapping[str, Any]) -> Call:
    # AWS: log and composite alarms share the operation; without the type, what it lists is not promised.
    return Call("cloudwatch", "DescribeAlarms", {"alarm_types": ["MetricAlarm"], **params})


def _alarms(response: Response) -> Sequence[Mapping[str, Any]]:
    alarms: Sequence[Mapping[str, Any]] = (response or {}).get("metric_alarms", ())
    return alarms


def _read_tags(alarm_arn: str) -> Call:
    return Call("cloudwatch", "ListTagsForResource", {"resource_arn": alarm_arn})


def _observed(address: Address, alarm: Mapping[str, Any], tags: Response) -> Observed:
    return Observed(
        address,
        alarm["alarm_name"],
        ABSENT | pick(alarm, *MEMBERS),
        outputs={"alarm_name": alarm["alarm_name"], "arn": alarm["alarm_arn"]},
        tags=tag_map((tags or {}).get("tags")),
        details={"arn": alarm["alarm_arn"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    alarms = _alarms((yield from read(_describe({}))))
    answers = yield from read_all([_read_tags(alarm["alarm_arn"]) for alarm in alarms])
    found = []
    for alarm, tags in zip(alarms, answers, strict=True):
        address = address_of(tag_map((tags or {}).get("tags")), scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, alarm, tags))
    return found


def create(change: Change) -> Iterator[Call]:
    yield Call("cloudwatch", "PutMetricAlarm", pick(change.desired, *MEMBERS) | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    # AWS: the Put replaces the whole alarm, and takes no tags for one that exists.
    yield Call("cloudwatch", "PutMetricAlarm", pick(change.desired, *MEMBERS))


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("cloudwatch", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})


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
    retag=retag,
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
