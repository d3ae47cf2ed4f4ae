"""What the kinds share that scale an ECS service: whose a policy or a scheduled action is, which AWS cannot tag.

Its name says whose it is: it begins with the stack's name. A leftover must also belong to a service of this stack,
because stack `shop` would otherwise delete what `shop-staging` made. It never writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any

from reconciler.kinds import _ecs
from reconciler.kinds.base import tag_map
from reconciler.model import RESOURCE_TAG, STACK_TAG, Address, Reads, Scope

Item = Mapping[str, Any]

TARGET = ("service_namespace", "resource_id", "scalable_dimension")
"""What is scaled."""


def named(name: str, item: Item) -> tuple[str, ...]:
    """What tells one from all others: the member `name`, and the target."""
    return tuple(str(item[member]) for member in (name, *TARGET))


def inferred_tags(name: str, stack: str, address: Address) -> dict[str, str]:
    """The tags that its name stands for."""
    return {STACK_TAG: stack, RESOURCE_TAG: address} if name.startswith(f"{stack}-") else {}


def leftovers(kind: str, name: str, items: Sequence[Item], scope: Scope) -> Reads[list[tuple[Address, Item]]]:
    """Those of `items` that are this stack's, with their addresses."""
    prefix = f"{scope.stack}-"
    candidates = [item for item in items if item[name].startswith(prefix)]
    services = yield from _services_of(scope.stack, {item["resource_id"] for item in candidates})
    return [
        (f"{kind}/{item[name].removeprefix(prefix)}", item) for item in candidates if item["resource_id"] in services
    ]


def _services_of(stack: str, resource_ids: Set[str]) -> Reads[Set[str]]:
    """Those of `service/<cluster>/<service>` that carry the stack's tag."""
    by_cluster: dict[str, list[str]] = defaultdict(list)
    for resource_id in sorted(resource_ids):
        _, cluster, service = resource_id.split("/", 2)
        by_cluster[cluster].append(service)
    calls = [call for cluster, names in by_cluster.items() for call in _ecs.service_calls(cluster, names)]
    services = yield from _ecs.collected(calls, "services")
    ours = [service for service in services if tag_map(service.get("tags")).get(STACK_TAG) == stack]
    return {f"service/{_ecs.name_in(each['cluster_arn'])}/{each['service_name']}" for each in ours}
