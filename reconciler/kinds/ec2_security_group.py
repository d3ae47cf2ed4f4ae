"""`ec2.security_group`: the stateful filter around network interfaces, its rules included.

A list of rules the spec does not declare is never touched; in a declared one, rules the spec does not mention go.
The group named `default` of a VPC is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2, _security_rules
from reconciler.kinds._security_rules import DIRECTIONS, KEY, Rule
from reconciler.kinds.base import address_of, details, identifier, pick, read_all, tag_map
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

LISTING = _ec2.Listing("DescribeSecurityGroups", items="security_groups", id="group_id", ids="group_ids")

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    items |= yield from _namesakes([resource for resource in resources if resource.address not in items])
    stacks = sorted({resource.stack for resource in resources})
    # The same calls as those of `find`, so they cost nothing: this time for the groups nobody asked for as well.
    groups = _groups((yield from read_all([LISTING.of_stack(stack) for stack in stacks])))
    return {address: _observed(address, item, groups) for address, item in items.items()}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    groups = _groups((yield from read_all([LISTING.of_stack(scope.stack)])))
    found = []
    for item in groups:
        address = address_of(tag_map(item.get("tags")), scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, item, groups))
    return found


def _groups(responses: Sequence[Mapping[str, Any] | None]) -> list[Item]:
    return [group for response in responses for group in (response or {}).get(LISTING.items, ())]


def _namesakes(resources: Sequence[Resource]) -> Reads[dict[Address, Item]]:
    """Groups of the same name in the same VPC that are not ours: creating ours beside them would fail."""
    wanted = {
        (properties["vpc_id"], properties["group_name"]): resource.address
        for resource in resources
        if isinstance((properties := resource.properties).get("vpc_id"), str) and properties.get("group_name")
    }
    if not wanted:
        return {}
    filters = [
        {"name": "vpc-id", "values": sorted({vpc for vpc, _ in wanted})},
        {"name": "group-name", "values": sorted({name for _, name in wanted})},
    ]
    groups = _groups((yield [Call("ec2", "DescribeSecurityGroups", {"filters": filters})]))
    named = {(group["vpc_id"], group["group_name"]): group for group in groups}
    return {address: named[key] for key, address in wanted.items() if key in named}


def _observed(address: Address, item: Item, groups: Sequence[Item]) -> Observed:
    return Observed(
        address,
        item["group_id"],
        {
            **pick(item, "group_name", "description", "vpc_id"),
            **{direction: _security_rules.read(item, direction) for direction in DIRECTIONS},
        },
        outputs=pick(item, "group_id", "group_name", "vpc_id"),
        tags=tag_map(item.get("tags")),
        details={"referred_to": any(_refers(group, item["group_id"]) for group in groups)},
    )


def _refers(group: Item, group_id: str) -> bool:
    rules = [rule for direction in DIRECTIONS for rule in _security_rules.read(group, direction)]
    return any(rule.get("referenced_group_id") == group_id for rule in rules)


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "group_name", "description", "vpc_id")
    tags = {"tag_specifications": _ec2.tag_specifications("security-group", change)}
    yield Call("ec2", "CreateSecurityGroup", params | tags)


def update(change: Change) -> Iterator[Call]:
    """Rules are added before others go, so that a rule that is only written differently never leaves a gap."""
    live = change.observed.properties if change.observed else {}
    group_id = identifier(change)
    gone: list[Call] = []
    for direction in DIRECTIONS:
        if change.touches(direction):
            delta = _security_rules.compare(change.desired[direction], live[direction])
            yield from _calls("AuthorizeSecurityGroup{}", direction, group_id, delta.added)
            yield from _calls("UpdateSecurityGroupRuleDescriptions{}", direction, group_id, delta.reworded)
            gone += _calls("RevokeSecurityGroup{}", direction, group_id, delta.removed)
    yield from gone


def _calls(operation: str, direction: str, group_id: str, rules: Sequence[Rule]) -> Iterator[Call]:
    """One call for all rules of a direction; none for none."""
    if rules:
        permissions = [_security_rules.permission(rule, group_id) for rule in rules]
        params = {"group_id": group_id, "ip_permissions": permissions}
        yield Call("ec2", operation.format(direction.capitalize()), params)


def delete(change: Change) -> Iterator[Call]:
    """A leftover others refer to gives up its own references first: groups that name each other never go otherwise."""
    if change.resource is None and change.observed is not None and details(change)["referred_to"]:
        for direction in DIRECTIONS:
            rules = [r for r in change.observed.properties[direction] if r.get("referenced_group_id")]
            yield from _calls("RevokeSecurityGroup{}", direction, identifier(change), rules)
    yield Call("ec2", "DeleteSecurityGroup", {"group_id": identifier(change)})


KIND = Kind(
    name="ec2.security_group",
    title="Security group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:security-group/*"),
    retag=_ec2.retag,
    outputs=("group_id", "group_name", "vpc_id"),
    rules=Rules(
        create_only=("group_name", "vpc_id"),
        # AWS: a description cannot change, and replacing a group in use over its words would take its users down.
        write_only=("description",),
        keyed={direction: "+".join(KEY) for direction in DIRECTIONS},
    ),
    physical_name=PhysicalName("group_name", limit=255),
    uses=("ec2.vpc",),
)
