"""How CloudWatch's alarms, of whatever type, are read and tagged; and what makes two alarm rules the same.

It never sets an alarm's state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import address_of, arn, chunks, details, missing_tags, read, read_all, tag_list, tag_map
from reconciler.model import Address, Call, Change, Observed, Reads, Resource, Response, Scope, Value

Item = Mapping[str, Any]
Seen = Callable[[Address, Item, Mapping[str, str]], Observed]
"""(address, alarm, tags) -> what was observed."""

NAMES_PER_CALL = 100
MADE_BY_SCALING = "TargetTracking-"
"""AWS: Application Auto Scaling makes alarms of its own, and deletes them with its policy."""

_LISTED = {"MetricAlarm": "metric_alarms", "CompositeAlarm": "composite_alarms"}


def read_alarms(kind: str, resources: Sequence[Resource]) -> Reads[Sequence[tuple[Resource, Item, Mapping[str, str]]]]:
    """(resource, alarm, tags) for each resource whose alarm exists; `kind` is AWS's alarm type."""
    names = sorted({resource.properties["alarm_name"] for resource in resources})
    listings = [_describe(kind, {"alarm_names": list(some)}) for some in chunks(names, NAMES_PER_CALL)]
    tagged = [read_tags(arn("cloudwatch", each, f"alarm:{each.properties['alarm_name']}")) for each in resources]
    answers = yield from read_all([*listings, *tagged])
    alarms = {alarm["alarm_name"]: alarm for answer in answers[: len(listings)] for alarm in _alarms(kind, answer)}
    paired = zip(resources, answers[len(listings) :], strict=True)
    there = [(each, alarms.get(each.properties["alarm_name"]), tags_of(tags)) for each, tags in paired]
    return [(each, alarm, tags) for each, alarm, tags in there if alarm is not None]


def owned_alarms(kind: str, kind_name: str, scope: Scope, seen: Seen) -> Reads[Sequence[Observed]]:
    """The alarms of one type that carry the stack's tag."""
    listed = _alarms(kind, (yield from read(_describe(kind, {}))))
    alarms = [alarm for alarm in listed if not alarm["alarm_name"].startswith(MADE_BY_SCALING)]
    answers = yield from read_all([read_tags(alarm["alarm_arn"]) for alarm in alarms])
    found = []
    for alarm, answer in zip(alarms, answers, strict=True):
        tags = tags_of(answer)
        address = address_of(tags, scope.stack, kind_name)
        if address is not None:
            found.append(seen(address, alarm, tags))
    return found


def _describe(kind: str, params: Item) -> Call:
    # AWS: alarms of all types share the operation; without the type, what it lists is not promised.
    return Call("cloudwatch", "DescribeAlarms", {"alarm_types": [kind], **params})


def _alarms(kind: str, response: Response) -> Sequence[Item]:
    alarms: Sequence[Item] = (response or {}).get(_LISTED[kind], ())
    return alarms


def read_tags(resource_arn: str) -> Call:
    return Call("cloudwatch", "ListTagsForResource", {"resource_arn": resource_arn})


def tags_of(response: Response) -> dict[str, str]:
    return tag_map((response or {}).get("tags"))


def retag(change: Change) -> Iterator[Call]:
    """`details["arn"]` is what is tagged."""
    tags = missing_tags(change)
    if tags:
        yield Call("cloudwatch", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})


# --- alarm rules ------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'"[^"]*"|[()]|[^\s()"]+')


def same_rule(one: Value, other: Value) -> bool:
    """Do two alarm rules say the same: spaces, quotes, and a name in place of its ARN aside?"""
    return isinstance(one, str) and isinstance(other, str) and _tokens(one) == _tokens(other)


def _tokens(rule: str) -> list[str]:
    return [re.sub(r"^arn:[^:]+:cloudwatch:[^:]*:\d*:alarm:", "", token.strip('"')) for token in _TOKEN.findall(rule)]
