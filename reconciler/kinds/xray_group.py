"""`xray.group`: the traces an expression picks out, with metrics of their own. It reads no trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _xray
from reconciler.kinds.base import address_of, identifier, pick, read, tag_list
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Unlisted,
)

LIST = Call("xray", "GetGroups")
MEMBERS = ("group_name", "filter_expression", "insights_configuration")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    if not resources:
        return {}
    names = {resource.properties["group_name"] for resource in resources}
    groups = _groups((yield from read(LIST)))
    found = yield from _xray.with_tags([each for each in groups if each["group_name"] in names], "group_arn")
    live = {group["group_name"]: (group, tags) for group, tags in found}
    return {
        resource.address: _observed(resource.address, *live[resource.properties["group_name"]])
        for resource in resources
        if resource.properties["group_name"] in live
    }


def _groups(response: Response) -> Sequence[_xray.Item]:
    groups: Sequence[_xray.Item] = (response or {}).get("groups", ())
    return groups


def _observed(address: Address, group: _xray.Item, tags: Mapping[str, str]) -> Observed:
    return Observed(
        address,
        group["group_name"],
        pick(group, *MEMBERS),
        outputs={"group_name": group["group_name"], "arn": group["group_arn"]},
        tags=tags,
        details={"arn": group["group_arn"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    groups = _groups((yield from _xray.read_leftovers(LIST)))
    tagged = yield from _xray.with_tags([each for each in groups if each["group_name"] != _xray.DEFAULT], "group_arn")
    addressed = [(address_of(tags, scope.stack, KIND.name), group, tags) for group, tags in tagged]
    return [_observed(address, group, tags) for address, group, tags in addressed if address is not None]


def create(change: Change) -> Iterator[Call]:
    yield Call("xray", "CreateGroup", pick(change.desired, *MEMBERS) | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    changed = [name for name in MEMBERS if change.touches(name)]
    yield Call("xray", "UpdateGroup", {"group_name": identifier(change), **pick(change.desired, *changed)})


def delete(change: Change) -> Iterator[Call]:
    yield Call("xray", "DeleteGroup", {"group_name": identifier(change)})


KIND = Kind(
    name="xray.group",
    title="Trace group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS: the tagging API does not list X-Ray's objects"),
    retag=_xray.retag,
    outputs=("group_name", "arn"),
    rules=Rules(create_only=("group_name",)),
    identity=("group_name",),
    physical_name=PhysicalName("group_name", limit=32),
)
