"""`ec2.elastic_ip`: a public IPv4 address of the account's own, for a NAT gateway or a network load balancer.

It never associates the address with anything: what uses it names its allocation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import identifier, pick, tag_map
from reconciler.model import Address, Call, Change, Kind, Listed, Observed, Reads, Resource, Rules

LISTING = _ec2.Listing("DescribeAddresses", items="addresses", id="allocation_id", ids="allocation_ids")

PLACES = ("public_ipv4_pool", "network_border_group")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    return {address: _observed(address, item) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any]) -> Observed:
    return Observed(
        address,
        item["allocation_id"],
        {"address": item["public_ip"], **pick(item, *PLACES)},
        outputs=pick(item, "allocation_id", "public_ip"),
        tags=tag_map(item.get("tags")),
    )


def create(change: Change) -> Iterator[Call]:
    params = {"domain": "vpc", **pick(change.desired, "address", *PLACES)}
    tags = {"tag_specifications": _ec2.tag_specifications("elastic-ip", change)}
    yield Call("ec2", "AllocateAddress", params | tags, once=True)


def delete(change: Change) -> Iterator[Call]:
    """AWS: refused while a gateway still has it, also for the minutes the gateway takes to go."""
    yield Call("ec2", "ReleaseAddress", {"allocation_id": identifier(change)})


KIND = Kind(
    name="ec2.elastic_ip",
    title="Elastic IP address",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.elastic_ip", _observed),
    create=create,
    delete=delete,
    leftovers=Listed("ec2:elastic-ip/*"),
    retag=_ec2.retag,
    outputs=("allocation_id", "public_ip"),
    rules=Rules(create_only=("address", *PLACES)),
)
