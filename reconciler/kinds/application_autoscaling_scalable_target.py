"""`application_autoscaling.scalable_target`: lets autoscaling decide how many tasks an ECS service runs, within bounds.

It never sets the count itself, and knows ECS services only: nothing else of a stack scales this way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Unimplemented
from reconciler.kinds.base import address_of, details, missing_tags, pick, read_all
from reconciler.model import (
    Address,
    Band,
    Call,
    Change,
    Kind,
    Observed,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Unlisted,
)

IDENTITY = ("service_namespace", "resource_id", "scalable_dimension")
BOUNDS = ("min_capacity", "max_capacity")
DESCRIBE = Call("application-autoscaling", "DescribeScalableTargets", {"service_namespace": "ecs"})
SUSPENDED = {
    "dynamic_scaling_in_suspended": False,
    "dynamic_scaling_out_suspended": False,
    "scheduled_scaling_suspended": False,
}
"""What is suspended unless somebody says so."""

Item = Mapping[str, Any]
Tags = Mapping[str, str]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    by_identity = {_identity(item): item for item in _items(response)}
    live = [(r, by_identity[_identity(r.properties)]) for r in resources if _identity(r.properties) in by_identity]
    tags = yield from _tags([item for _, item in live])
    found = {}
    for resource, item in live:
        own = _named_after_the_stack(resource) if tags is None else tags[item["scalable_target_arn"]]
        found[resource.address] = _observed(resource.address, item, own)
    return found


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    items = _items(response)
    tags = (yield from _tags(items)) or {}
    pairs = [(item, tags.get(item["scalable_target_arn"], {})) for item in items]
    addressed = [(address_of(own, scope.stack, KIND.name), item, own) for item, own in pairs]
    return [_observed(address, item, own) for address, item, own in addressed if address]


def _items(response: Response) -> Sequence[Item]:
    found: Sequence[Item] = (response or {}).get("scalable_targets", ())
    return found


def _identity(properties: Item) -> tuple[str, ...]:
    return tuple(str(properties[name]) for name in IDENTITY)


def _tags(items: Sequence[Item]) -> Reads[Mapping[str, Tags] | None]:
    """The tags by ARN; None from an endpoint that keeps none for scalable targets (some emulators)."""
    arns = [item["scalable_target_arn"] for item in items]
    calls = [Call("application-autoscaling", "ListTagsForResource", {"resource_arn": arn}) for arn in arns]
    try:
        responses = yield from read_all(calls)
    except Unimplemented:
        return None
    return {arn: (response or {}).get("tags", {}) for arn, response in zip(arns, responses, strict=True)}


def _named_after_the_stack(resource: Resource) -> Tags:
    """Without tags the name of the service decides: those of this stack begin with the stack's name."""
    service = str(resource.properties["resource_id"]).rsplit("/", 1)[-1]
    return resource.tags if service.startswith(f"{resource.stack}-") else {}


def _observed(address: Address, item: Item, tags: Tags) -> Observed:
    properties = pick(item, *IDENTITY, *BOUNDS)
    return Observed(
        address,
        "/".join(_identity(item)),
        properties | {"suspended_state": SUSPENDED | dict(item.get("suspended_state") or {})},
        outputs=pick(item, "scalable_target_arn", "resource_id"),
        tags=tags,
        details={"arn": item["scalable_target_arn"]} | pick(item, *IDENTITY),
    )


def _registration(change: Change) -> dict[str, Any]:
    bounds = {name: _decided(change, name) for name in BOUNDS}
    return pick(change.desired, *IDENTITY, "suspended_state") | bounds


def _decided(change: Change, name: str) -> Any:
    """A bound that scheduled actions set stays where they set it; it starts at the high end of its band."""
    bound = change.desired[name]
    if not isinstance(bound, Band):
        return bound
    live = change.observed.properties[name] if change.observed else None
    return live if bound.admits(live) else int(bound.high or 0)


def create(change: Change) -> Iterator[Call]:
    params = _registration(change) | {"tags": dict(change.tags)}
    yield Call("application-autoscaling", "RegisterScalableTarget", params)


def update(change: Change) -> Iterator[Call]:
    # AWS: the same call changes a target that exists, and then takes no tags.
    yield Call("application-autoscaling", "RegisterScalableTarget", _registration(change))


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        params = {"resource_arn": details(change)["arn"], "tags": tags}
        yield Call("application-autoscaling", "TagResource", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("application-autoscaling", "DeregisterScalableTarget", pick(details(change), *IDENTITY))


KIND = Kind(
    name="application_autoscaling.scalable_target",
    title="Scalable target",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS does not say that its tagging API lists scalable targets"),
    retag=retag,
    outputs=("scalable_target_arn", "resource_id"),
    rules=Rules(create_only=IDENTITY),
    identity=IDENTITY,
    uses=("ecs.service",),
)
