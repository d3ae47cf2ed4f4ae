"""`ec2.network_acl`: the stateless filter at the edge of subnets.

The default ACL of a VPC is never changed: subnets that leave an ACL of ours go back to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import address_of, details, identifier, pick, read, tag_map
from reconciler.model import Address, Call, Change, Kind, Listed, Observed, Reads, Resource, Rules, Scope

LISTING = _ec2.Listing("DescribeNetworkAcls", items="network_acls", id="network_acl_id", ids="network_acl_ids")

LAST_RULE = 32767
"""AWS: from here on stand the denials every ACL ends with; nobody can change them."""

PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
"""AWS: takes and answers numbers, where security groups have names."""
NUMBERS = {name: number for number, name in PROTOCOLS.items()}

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    neighbours = yield from _neighbours(list(items.values()))
    return {address: _observed(address, item, neighbours) for address, item in items.items()}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    response = yield from read(LISTING.of_stack(scope.stack))
    found: list[tuple[Address, Item]] = []
    for item in (response or {}).get(LISTING.items, ()):
        address = address_of(tag_map(item.get("tags")), scope.stack, KIND.name)
        if address is not None:
            found.append((address, item))
    neighbours = yield from _neighbours([item for _, item in found])
    return [_observed(address, item, neighbours) for address, item in found]


def _neighbours(items: Sequence[Item]) -> Reads[Sequence[Item]]:
    """All ACLs of the VPCs these stand in: a subnet always has exactly one, so it must be taken from another."""
    if not items:
        return []
    vpcs = sorted({item["vpc_id"] for item in items})
    response = yield from read(Call("ec2", "DescribeNetworkAcls", {"filters": [{"name": "vpc-id", "values": vpcs}]}))
    found: Sequence[Item] = (response or {}).get(LISTING.items, ())
    return found


def _observed(address: Address, item: Item, neighbours: Sequence[Item]) -> Observed:
    nearby = [acl for acl in neighbours if acl["vpc_id"] == item["vpc_id"]]
    return Observed(
        address,
        item["network_acl_id"],
        {
            "vpc_id": item["vpc_id"],
            "entries": [_entry(entry) for entry in item.get("entries", ()) if entry["rule_number"] < LAST_RULE],
            "associations": sorted(each["subnet_id"] for each in item.get("associations", ())),
        },
        outputs={"network_acl_id": item["network_acl_id"]},
        tags=tag_map(item.get("tags")),
        details={
            "default": next((acl["network_acl_id"] for acl in nearby if acl.get("is_default")), None),
            "associations": {
                each["subnet_id"]: each["network_acl_association_id"]
                for acl in (*nearby, item)
                for each in acl.get("associations", ())
            },
        },
    )


def _entry(entry: Item) -> dict[str, Any]:
    protocol = str(entry["protocol"])
    return {
        **pick(entry, "rule_number", "egress", "cidr_block", "ipv6_cidr_block", "port_range", "icmp_type_code"),
        "protocol": PROTOCOLS.get(protocol, protocol),
        "rule_action": entry["rule_action"].lower(),
    }


def create(change: Change) -> Iterator[Call]:
    # AWS: there is a client token, but one of ours would repeat the first answer for a day after the ACL was deleted.
    tags = {"tag_specifications": _ec2.tag_specifications("network-acl", change)}
    yield Call("ec2", "CreateNetworkAcl", pick(change.desired, "vpc_id") | tags, once=True)


def update(change: Change) -> Iterator[Call]:
    acl = {"network_acl_id": identifier(change)}
    live = change.observed.properties if change.observed else {}
    if change.touches("entries"):
        yield from _entry_calls(acl, change.desired["entries"], live["entries"])
    if change.touches("associations"):
        yield from _move(change, [s for s in change.desired["associations"] if s not in live["associations"]], acl)
        yield from _move(change, [s for s in live["associations"] if s not in change.desired["associations"]])


def _entry_calls(acl: Mapping[str, str], desired: Sequence[Item], observed: Sequence[Item]) -> Iterator[Call]:
    wanted = {_key(entry): entry for entry in desired}
    live = {_key(entry): entry for entry in observed}
    for key, entry in wanted.items():
        if entry != live.get(key):
            operation = "ReplaceNetworkAclEntry" if key in live else "CreateNetworkAclEntry"
            number = NUMBERS.get(entry["protocol"], entry["protocol"])
            yield Call("ec2", operation, {**acl, **entry, "protocol": number})
    for key, entry in live.items():
        if key not in wanted:
            yield Call("ec2", "DeleteNetworkAclEntry", {**acl, **pick(entry, "rule_number", "egress")})


def _key(entry: Item) -> tuple[int, bool]:
    return entry["rule_number"], entry["egress"]


def _move(change: Change, subnets: Sequence[str], acl: Mapping[str, str] | None = None) -> Iterator[Call]:
    """Put subnets into an ACL; without one, back into the default of their VPC."""
    found = details(change)
    target = acl or {"network_acl_id": found["default"]}
    for subnet in subnets:
        # A subnet made moments ago may not be listed yet: the next observation finds it.
        if subnet in found["associations"]:
            params = {"association_id": found["associations"][subnet], **target}
            yield Call("ec2", "ReplaceNetworkAclAssociation", params)


def delete(change: Change) -> Iterator[Call]:
    if change.observed is not None:
        yield from _move(change, change.observed.properties["associations"])
    yield Call("ec2", "DeleteNetworkAcl", {"network_acl_id": identifier(change)})


KIND = Kind(
    name="ec2.network_acl",
    title="Network ACL",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:network-acl/*"),
    retag=_ec2.retag,
    outputs=("network_acl_id",),
    rules=Rules(
        create_only=("vpc_id",),
        unordered=("associations",),
        keyed={"entries": "rule_number+egress"},
    ),
    uses=("ec2.vpc", "ec2.subnet"),
)
