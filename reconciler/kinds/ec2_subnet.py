"""`ec2.subnet`: a range of the VPC in one availability zone.

It never touches routes or ACLs: those belong to `ec2.route_table` and `ec2.network_acl`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import details, identifier, pick, tag_map
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Reads,
    Resource,
    Rules,
    Status,
    stalled,
    waiting,
)

LISTING = _ec2.Listing("DescribeSubnets", items="subnets", id="subnet_id", ids="subnet_ids")

FLAGS = ("map_public_ip_on_launch", "assign_ipv6_address_on_creation", "enable_dns64")

# AWS: these are read in a structure, and written under longer names.
DNS_NAMES = {
    "hostname_type": "private_dns_hostname_type_on_launch",
    "enable_resource_name_dns_a_record": "enable_resource_name_dns_a_record_on_launch",
    "enable_resource_name_dns_aaaa_record": "enable_resource_name_dns_aaaa_record_on_launch",
}


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    return {address: _observed(address, item) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any]) -> Observed:
    ipv6 = _ipv6(item)
    own = pick(item, "vpc_id", "cidr_block", "availability_zone", "availability_zone_id", *FLAGS)
    names = pick(item.get("private_dns_name_options_on_launch", {}), *DNS_NAMES)
    return Observed(
        address,
        item["subnet_id"],
        own | pick(ipv6, "ipv6_cidr_block") | {DNS_NAMES[name]: value for name, value in names.items()},
        outputs=pick(item, "subnet_id", "vpc_id", "cidr_block", "availability_zone", "subnet_arn"),
        tags=tag_map(item.get("tags")),
        status=_status(item.get("state", "available")),
        details={"ipv6_association": ipv6.get("association_id")},
    )


def _ipv6(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The IPv6 range of a subnet (AWS allows one); ranges once taken away are still listed."""
    for each in item.get("ipv6_cidr_block_association_set", ()):
        if each.get("ipv6_cidr_block_state", {}).get("state") in ("associating", "associated"):
            found: Mapping[str, Any] = each
            return found
    return {}


def _status(state: str) -> Status:
    if state in ("available", "pending"):
        return READY if state == "available" else waiting("state pending")
    return stalled(f"state {state}")


def create(change: Change) -> Iterator[Call]:
    params = pick(
        change.desired, "vpc_id", "cidr_block", "ipv6_cidr_block", "availability_zone", "availability_zone_id"
    )
    tags = {"tag_specifications": _ec2.tag_specifications("subnet", change)}
    yield Call("ec2", "CreateSubnet", params | tags, once=True)


def update(change: Change) -> Iterator[Call]:
    subnet = {"subnet_id": identifier(change)}
    if change.touches("ipv6_cidr_block"):
        association = details(change).get("ipv6_association")
        if association:
            yield Call("ec2", "DisassociateSubnetCidrBlock", {"association_id": association})
        yield Call("ec2", "AssociateSubnetCidrBlock", subnet | pick(change.desired, "ipv6_cidr_block"))
    for name in (*FLAGS, *DNS_NAMES.values()):
        # AWS: ModifySubnetAttribute changes one attribute per call.
        if change.touches(name):
            value = change.desired[name]
            value = {"value": value} if isinstance(value, bool) else value
            yield Call("ec2", "ModifySubnetAttribute", subnet | {name: value})


def delete(change: Change) -> Iterator[Call]:
    yield Call("ec2", "DeleteSubnet", {"subnet_id": identifier(change)})


KIND = Kind(
    name="ec2.subnet",
    title="Subnet",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.subnet", _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:subnet/*"),
    retag=_ec2.retag,
    outputs=("subnet_id", "vpc_id", "cidr_block", "availability_zone", "subnet_arn"),
    rules=Rules(create_only=("vpc_id", "cidr_block", "availability_zone", "availability_zone_id")),
    uses=("ec2.vpc",),
)
