"""`iam.instance_profile`: what hands a role to EC2 instances. It never touches the role itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds._iam import Item
from reconciler.kinds.base import address_of, details, identifier, missing_tags, pick, read, read_all, tag_list, tag_map
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Rules,
    Scope,
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    answers = yield from read_all([_get(resource.properties["instance_profile_name"]) for resource in resources])
    return {
        resource.address: _observed(resource.address, answer["instance_profile"])
        for resource, answer in zip(resources, answers, strict=True)
        if answer is not None
    }


def _get(name: str) -> Call:
    return Call("iam", "GetInstanceProfile", {"instance_profile_name": name})


def _observed(address: Address, profile: Item) -> Observed:
    # AWS: holds one role at most, and yet answers a list.
    held = [role["role_name"] for role in profile.get("roles") or ()]
    return Observed(
        address,
        profile["instance_profile_name"],
        pick(profile, "instance_profile_name", "path") | {"role_name": held[0] if held else None},
        outputs=pick(profile, "instance_profile_name", "arn"),
        tags=tag_map(profile.get("tags")),
        details={"held": held},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    # AWS: the list leaves the tags out.
    listed = yield from read(Call("iam", "ListInstanceProfiles"))
    names = [profile["instance_profile_name"] for profile in (listed or {}).get("instance_profiles", ())]
    found = []
    for answer in (yield from read_all([_get(name) for name in names])):
        profile = (answer or {}).get("instance_profile") or {}
        address = address_of(tag_map(profile.get("tags")), scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, profile))
    return found


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "instance_profile_name", "path")
    yield Call("iam", "CreateInstanceProfile", params | {"tags": tag_list(change.tags)})
    yield _add(change.desired["instance_profile_name"], change)


def _add(profile: str, change: Change) -> Call:
    params = {"instance_profile_name": profile, "role_name": change.desired["role_name"]}
    return Call("iam", "AddRoleToInstanceProfile", params)


def update(change: Change) -> Iterator[Call]:
    if change.touches("role_name"):
        yield from _remove(change)
        yield _add(identifier(change), change)


def _remove(change: Change) -> Iterator[Call]:
    for role in details(change)["held"]:
        params = {"instance_profile_name": identifier(change), "role_name": role}
        yield Call("iam", "RemoveRoleFromInstanceProfile", params)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        params = {"instance_profile_name": identifier(change), "tags": tag_list(tags)}
        yield Call("iam", "TagInstanceProfile", params)


def delete(change: Change) -> Iterator[Call]:
    """AWS: a profile that holds a role is not deleted."""
    yield from _remove(change)
    yield Call("iam", "DeleteInstanceProfile", {"instance_profile_name": identifier(change)})


KIND = Kind(
    name="iam.instance_profile",
    title="Instance profile",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("iam:instance-profile/*"),
    retag=retag,
    outputs=("instance_profile_name", "arn"),
    rules=Rules(create_only=("instance_profile_name", "path")),
    identity=("instance_profile_name",),
    physical_name=PhysicalName("instance_profile_name", limit=128),
    uses=("iam.role",),
)
