"""`ecs.capacity_provider`: lets ECS start and stop the instances of an Auto Scaling group as tasks need them.

A cluster says itself which providers its services may use. It never touches the group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.errors import Unimplemented
from reconciler.kinds import _ecs
from reconciler.kinds.base import address_of, chunks, details, identifier, pick, read, tag_list, tag_map
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    Value,
    stalled,
    waiting,
)

PROVIDERS = 100
"""AWS: names in one DescribeCapacityProviders."""
GONE = "INACTIVE"
"""AWS: a deleted provider can still be described for a while."""
CHANGEABLE = ("managed_scaling", "managed_termination_protection", "managed_draining")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    wanted = {str(resource.properties["name"]): resource for resource in resources}
    live = yield from _ecs.collected(_calls(sorted(wanted)), "capacity_providers")
    found = [(wanted[provider["name"]], provider) for provider in live if provider.get("status") != GONE]
    return {r.address: _observed(r.address, provider, r.properties) for r, provider in found}


def _calls(names: Sequence[str]) -> list[Call]:
    return [
        Call("ecs", "DescribeCapacityProviders", {"capacity_providers": list(some), "include": ["TAGS"]})
        for some in chunks(names, PROVIDERS)
    ]


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    live = [each for each in (yield from _every_provider()) if each.get("status") != GONE]
    addresses = [(address_of(tag_map(each.get("tags")), scope.stack, KIND.name), each) for each in live]
    return [_observed(address, provider, {}) for address, provider in addresses if address]


def _every_provider() -> Reads[Sequence[_ecs.Item]]:
    try:
        response = yield from read(Call("ecs", "DescribeCapacityProviders", {"include": ["TAGS"]}))
    except Unimplemented:
        # Some emulators want names: those that clusters use are known.
        clusters = yield from _ecs.all_clusters()
        used = yield from _ecs.collected(_ecs.cluster_calls(clusters), "clusters")
        names = sorted({name for cluster in used for name in cluster.get("capacity_providers") or ()})
        return (yield from _ecs.collected(_calls(names), "capacity_providers"))
    found: Sequence[_ecs.Item] = (response or {}).get("capacity_providers", ())
    return found


def _observed(address: Address, provider: _ecs.Item, desired: Properties) -> Observed:
    group = provider.get("auto_scaling_group_provider") or {}
    # AWS: takes the name of the group as well, and answers its ARN.
    arn, said = str(group.get("auto_scaling_group_arn", "")), desired.get("auto_scaling_group_arn")
    same = isinstance(said, str) and _ecs.name_in(said) == _ecs.name_in(arn) and not said.startswith("arn:")
    return Observed(
        address,
        provider["name"],
        {"name": provider["name"], "auto_scaling_group_arn": said if same else arn} | pick(group, *CHANGEABLE),
        outputs=pick(provider, "name", "capacity_provider_arn"),
        tags=tag_map(provider.get("tags")),
        status=_status(provider),
        details={"arn": provider["capacity_provider_arn"], "state": provider.get("update_status", "")},
    )


def _status(provider: _ecs.Item) -> Status:
    state = provider.get("update_status") or ""
    if state.endswith("_IN_PROGRESS"):
        return waiting(f"update status {state}")
    if state.endswith("_FAILED"):
        return stalled(f"{state}: {provider.get('update_status_reason', '')}")
    return READY


def create(change: Change) -> Iterator[Call]:
    group = pick(change.desired, "auto_scaling_group_arn", *CHANGEABLE)
    params = pick(change.desired, "name") | {"auto_scaling_group_provider": group}
    yield Call("ecs", "CreateCapacityProvider", params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    changed: dict[str, Value] = {name: change.desired[name] for name in CHANGEABLE if change.touches(name)}
    if "managed_scaling" in changed:
        # What the spec does not state of it is sent as it is, whatever AWS makes of half a structure.
        live = change.observed.properties if change.observed else {}
        changed["managed_scaling"] = {**live.get("managed_scaling", {}), **changed["managed_scaling"]}
    yield Call("ecs", "UpdateCapacityProvider", {"name": identifier(change), "auto_scaling_group_provider": changed})


def delete(change: Change) -> Iterator[Call]:
    """Nothing while it goes."""
    if details(change)["state"] != "DELETE_IN_PROGRESS":
        yield Call("ecs", "DeleteCapacityProvider", {"capacity_provider": identifier(change)})


KIND = Kind(
    name="ecs.capacity_provider",
    title="ECS capacity provider",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ecs:capacity-provider/*"),
    retag=_ecs.retag,
    outputs=("name", "capacity_provider_arn"),
    rules=Rules(create_only=("name", "auto_scaling_group_arn")),
    identity=("name",),
    wanted_first=("auto_scaling_group_arn",),
    physical_name=PhysicalName("name", limit=255),
    uses=("autoscaling.auto_scaling_group",),
)
