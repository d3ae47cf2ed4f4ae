"""What the kinds of EC2 Auto Scaling share: finding groups by name and by tag. It never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.kinds.base import chunks, read, read_all
from reconciler.model import STACK_TAG, Call, Reads, Response

Item = Mapping[str, Any]

NAMES = 50
"""AWS: names in one DescribeAutoScalingGroups."""


def groups(response: Response) -> Sequence[Item]:
    found: Sequence[Item] = (response or {}).get("auto_scaling_groups", ())
    return found


def named(names: Sequence[str]) -> Reads[list[Item]]:
    """The groups of these names; what does not exist is not among them."""
    calls = [
        Call("autoscaling", "DescribeAutoScalingGroups", {"auto_scaling_group_names": list(some)})
        for some in chunks(names, NAMES)
    ]
    return [group for answer in (yield from read_all(calls)) for group in groups(answer)]


def of_stack(stack: str) -> Reads[Sequence[Item]]:
    """The groups that carry the stack's tag."""
    filters = [{"name": f"tag:{STACK_TAG}", "values": [stack]}]
    return groups((yield from read(Call("autoscaling", "DescribeAutoScalingGroups", {"filters": filters}))))
