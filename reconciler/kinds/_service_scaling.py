"""What the kinds share that scale an ECS service: whose a policy or a scheduled action is, which AWS cannot tag.

Its name says whose it is: it begins with the stack's name. A leftover must also belong to a service of this stack,
because stack `shop` would otherwise delete what `shop-staging` made. It never writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from reconciler.kinds import _ecs
from reconciler.kinds.base import pick, read, tag_map
from reconciler.model import RESOURCE_TAG, STACK_TAG, Address, Call, Observed, Reads, Resource, Scope, Value

Item = Mapping[str, Any]

TARGET = ("service_namespace", "resource_id", "scalable_dimension")
"""What is scaled."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is on the services of an account, read by one call: `operation` answers `member`, each named by `name`."""

    kind: str
    operation: str
    member: str
    name: str
    properties: Callable[[Item], dict[str, Value]]
    outputs: tuple[str, ...]

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.name, *TARGET)

    def observe(self, resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
        live = {self._named(item): item for item in (yield from self._items())}
        found = [(resource, live.get(self._named(resource.properties))) for resource in resources]
        return {r.address: self._observed(r.address, item, r.stack) for r, item in found if item is not None}

    def owned(self, scope: Scope) -> Reads[Sequence[Observed]]:
        prefix = f"{scope.stack}-"
        candidates = [item for item in (yield from self._items()) if item[self.name].startswith(prefix)]
        services = yield from _services_of(scope.stack, {item["resource_id"] for item in candidates})
        return [
            self._observed(f"{self.kind}/{item[self.name].removeprefix(prefix)}", item, scope.stack)
            for item in candidates
            if item["resource_id"] in services
        ]

    def _items(self) -> Reads[Sequence[Item]]:
        response = yield from read(Call("application-autoscaling", self.operation, {"service_namespace": "ecs"}))
        found: Sequence[Item] = (response or {}).get(self.member, ())
        return found

    def _named(self, item: Item) -> tuple[str, ...]:
        """What tells one from all others: its name, and the target."""
        return tuple(str(item[member]) for member in self.identity)

    def _observed(self, address: Address, item: Item, stack: str) -> Observed:
        ours = item[self.name].startswith(f"{stack}-")
        return Observed(
            address,
            "/".join(self._named(item)),
            pick(item, *self.identity) | self.properties(item),
            outputs=pick(item, *self.outputs),
            tags={STACK_TAG: stack, RESOURCE_TAG: address} if ours else {},
            details=pick(item, *self.identity),
        )


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
