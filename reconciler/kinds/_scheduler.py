"""What the scheduler kinds share: the groups of schedules and their tags. It never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.kinds.base import read, read_all, tag_map
from reconciler.model import STACK_TAG, Call, Reads


def tags_call(group_arn: str) -> Call:
    return Call("scheduler", "ListTagsForResource", {"resource_arn": group_arn})


def group_call(name: str) -> Call:
    return Call("scheduler", "GetScheduleGroup", {"name": name})


def all_groups() -> Reads[list[tuple[Mapping[str, str], dict[str, str]]]]:
    """The groups of the region with their tags; AWS tags groups, and no schedules."""
    response = yield from read(Call("scheduler", "ListScheduleGroups"))
    groups: Sequence[Mapping[str, str]] = (response or {}).get("schedule_groups", ())
    tags = yield from read_all([tags_call(group["arn"]) for group in groups])
    return [(group, tag_map((found or {}).get("tags"))) for group, found in zip(groups, tags, strict=True)]


def is_of(tags: Mapping[str, str], stack: str) -> bool:
    return tags.get(STACK_TAG) == stack
