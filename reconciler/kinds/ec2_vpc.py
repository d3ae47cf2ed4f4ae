"""`ec2.vpc`: the network everything else lives in.

The default security group, main route table and default ACL that AWS makes with it are never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import identifier, pick, read_all, tag_map
from reconciler.model import READY, Address, Call, Change, Kind, Listed, Observed, Reads, Resource, Rules, waiting

LISTING = _ec2.Listing("DescribeVpcs", items="vpcs", id="vpc_id", ids="vpc_ids")

# AWS: DescribeVpcs leaves the DNS attributes out; each takes a call of its own, to read and to write.
ATTRIBUTES = {"enable_dns_support": "enableDnsSupport", "enable_dns_hostnames": "enableDnsHostnames"}


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    asked = [(address, name) for address in items for name in ATTRIBUTES]
    responses = yield from read_all(
        [
            Call("ec2", "DescribeVpcAttribute", {"vpc_id": items[address]["vpc_id"], "attribute": ATTRIBUTES[name]})
            for address, name in asked
        ]
    )
    attributes: dict[Address, dict[str, Any]] = {address: {} for address in items}
    for (address, name), response in zip(asked, responses, strict=True):
        attributes[address][name] = (response or {}).get(name, {}).get("value")
    return {address: _observed(address, item, attributes[address]) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any], attributes: Mapping[str, Any] | None = None) -> Observed:
    return Observed(
        address,
        item["vpc_id"],
        pick(item, "cidr_block", "instance_tenancy") | dict(attributes or {}),
        outputs={"vpc_id": item["vpc_id"], "cidr_block": item["cidr_block"]},
        tags=tag_map(item.get("tags")),
        status=READY if item.get("state", "available") == "available" else waiting(f"state {item['state']}"),
    )


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "cidr_block", "instance_tenancy")
    yield Call("ec2", "CreateVpc", params | {"tag_specifications": _ec2.tag_specifications("vpc", change)}, once=True)


def update(change: Change) -> Iterator[Call]:
    for name in ATTRIBUTES:
        if change.touches(name):
            yield Call(
                "ec2", "ModifyVpcAttribute", {"vpc_id": identifier(change), name: {"value": change.desired[name]}}
            )


def delete(change: Change) -> Iterator[Call]:
    yield Call("ec2", "DeleteVpc", {"vpc_id": identifier(change)})


KIND = Kind(
    name="ec2.vpc",
    title="VPC",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.vpc", _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:vpc/*"),
    retag=_ec2.retag,
    outputs=("vpc_id", "cidr_block"),
    rules=Rules(create_only=("cidr_block", "instance_tenancy")),
)
