"""What the ECS kinds share: tags, names inside ARNs, and telling what AWS filled in from what somebody set.

It never writes anything but tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import chunks, details, missing_tags, read, read_all, tag_list
from reconciler.model import Call, Change, Properties, Reads, Value

CLUSTERS = 100
"""AWS: clusters in one DescribeClusters."""
SERVICES = 10
"""AWS: services in one DescribeServices."""
INCLUDED = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
"""AWS: leaves these parts of a cluster empty unless asked for them."""

Item = Mapping[str, Any]


def name_in(arn: str) -> str:
    """`arn:aws:ecs:...:service/demo/api` -> `api`; a bare name is itself."""
    return arn.rsplit("/", 1)[-1]


def cluster_calls(clusters: Sequence[str]) -> list[Call]:
    return [
        Call("ecs", "DescribeClusters", {"clusters": list(some), "include": INCLUDED})
        for some in chunks(clusters, CLUSTERS)
    ]


def service_calls(cluster: str, services: Sequence[str]) -> list[Call]:
    return [
        Call("ecs", "DescribeServices", {"cluster": cluster, "services": list(some), "include": ["TAGS"]})
        for some in chunks(services, SERVICES)
    ]


def all_clusters() -> Reads[Sequence[str]]:
    """The ARNs of the region's clusters; those deleted before are not among them."""
    response = yield from read(Call("ecs", "ListClusters"))
    found: Sequence[str] = (response or {}).get("cluster_arns", ())
    return sorted(found)


def collected(calls: Sequence[Call], member: str) -> Reads[list[Item]]:
    """The items of all responses. What does not exist is simply not among them: AWS lists it under `failures`."""
    responses = yield from read_all(calls)
    return [item for response in responses for item in (response or {}).get(member, ())]


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("ecs", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})


def settled(live: Item, desired: Value, defaults: Properties) -> dict[str, Value]:
    """`live` as somebody wrote it: without defaults AWS filled in, with declared ones it leaves out.

    An empty list, map or text that nobody declared is a default as well.
    """
    wanted = desired if isinstance(desired, Mapping) else {}
    kept = {
        name: value
        for name, value in live.items()
        if name in wanted or not (value in (None, [], {}, "") or value == defaults.get(name))
    }
    return {name: defaults[name] for name in wanted if name in defaults and live.get(name) is None} | kept


def settled_list(live: Sequence[Item], desired: Value, names: Sequence[str], defaults: Properties) -> list[Value]:
    """`settled` for each element; elements are matched by the members `names`, defaults included."""

    def label(item: Item) -> tuple[Value, ...]:
        return tuple(item.get(name, defaults.get(name)) for name in names)

    elements = desired if isinstance(desired, list | tuple) else ()
    wanted = {label(item): item for item in elements if isinstance(item, Mapping)}
    return [settled(item, wanted.get(label(item)), defaults) for item in live]
