"""How X-Ray's groups and sampling rules are read and tagged: in lists only, by ARNs nobody can foretell.

It reads no trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Unimplemented
from reconciler.kinds.base import details, missing_tags, read, read_all, tag_list, tag_map
from reconciler.model import Call, Change, Reads, Response

Item = Mapping[str, Any]

DEFAULT = "Default"
"""AWS: every account has a group and a rule of this name, and keeps them."""


def with_tags(items: Sequence[Item], arn: str) -> Reads[Sequence[tuple[Item, dict[str, str]]]]:
    """Each item with its tags; `arn` is the member that holds its ARN."""
    answers = yield from read_all([Call("xray", "ListTagsForResource", {"resource_arn": each[arn]}) for each in items])
    return [(each, tag_map((answer or {}).get("tags"))) for each, answer in zip(items, answers, strict=True)]


def read_leftovers(call: Call) -> Reads[Response]:
    """What `owned` lists. Emulators that do not know the call have nothing of ours, nor of anybody's."""
    try:
        return (yield from read(call))
    except Unimplemented:
        return None


def retag(change: Change) -> Iterator[Call]:
    """`details["arn"]` is what is tagged."""
    tags = missing_tags(change)
    if tags:
        yield Call("xray", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})
