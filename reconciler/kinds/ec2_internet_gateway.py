"""`ec2.internet_gateway`: the way between a VPC and the internet.

It never routes anything by itself: a route table must point at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import identifier, tag_map
from reconciler.model import READY, Address, Call, Change, Kind, Listed, Observed, Reads, Resource, waiting

LISTING = _ec2.Listing(
    "DescribeInternetGateways", items="internet_gateways", id="internet_gateway_id", ids="internet_gateway_ids"
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    return {address: _observed(address, item) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any]) -> Observed:
    attachments = [each for each in item.get("attachments", ()) if each.get("state") != "detached"]
    # AWS: a healthy attachment reads `available`, a state its own enumeration does not have.
    moving = [each["state"] for each in attachments if each.get("state") in ("attaching", "detaching")]
    return Observed(
        address,
        item["internet_gateway_id"],
        {"vpc_id": attachments[0]["vpc_id"]} if attachments else {},
        outputs={"internet_gateway_id": item["internet_gateway_id"]},
        tags=tag_map(item.get("tags")),
        status=waiting(f"the attachment is {moving[0]}") if moving else READY,
    )


def create(change: Change) -> Iterator[Call]:
    tags = {"tag_specifications": _ec2.tag_specifications("internet-gateway", change)}
    yield Call("ec2", "CreateInternetGateway", tags, once=True)


def update(change: Change) -> Iterator[Call]:
    if change.touches("vpc_id"):
        yield from _detach(change)
        yield Call("ec2", "AttachInternetGateway", _gateway(change) | {"vpc_id": change.desired["vpc_id"]})


def delete(change: Change) -> Iterator[Call]:
    yield from _detach(change)
    yield Call("ec2", "DeleteInternetGateway", _gateway(change))


def _gateway(change: Change) -> dict[str, str]:
    return {"internet_gateway_id": identifier(change)}


def _detach(change: Change) -> Iterator[Call]:
    """AWS: refused while anything in the VPC still has a public address."""
    attached = change.observed.properties.get("vpc_id") if change.observed else None
    if attached:
        yield Call("ec2", "DetachInternetGateway", _gateway(change) | {"vpc_id": attached})


KIND = Kind(
    name="ec2.internet_gateway",
    title="Internet gateway",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.internet_gateway", _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:internet-gateway/*"),
    retag=_ec2.retag,
    outputs=("internet_gateway_id",),
    uses=("ec2.vpc",),
)
