"""`ec2.nat_gateway`: the way out of private subnets, to the internet or (private) to other networks.

It never routes anything by itself, and never releases the addresses it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import ReconcileError
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
    Patience,
    Reads,
    Resource,
    Rules,
    Status,
    stalled,
    waiting,
)

LISTING = _ec2.Listing(
    "DescribeNatGateways", items="nat_gateways", id="nat_gateway_id", ids="nat_gateway_ids", filters="filter"
)

FIXED = ("subnet_id", "connectivity_type", "allocation_id", "private_ip_address")
ALLOCATIONS, PRIVATE = "secondary_allocation_ids", "secondary_private_ip_addresses"
MOVING = ("assigning", "unassigning", "associating", "disassociating")
NOT_THERE = ("unassigning", "disassociating", "failed")
"""States of an address that is, or soon will be, no longer of the gateway."""

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    return {address: _observed(address, item) for address, item in items.items()}


def _observed(address: Address, item: Item) -> Observed:
    first, others = _addresses(item)
    return Observed(
        address,
        item["nat_gateway_id"],
        # A failed gateway has nothing of what was asked for, and can never get it: it has to be replaced.
        {} if item.get("state") == "failed" else _properties(item, first, others),
        outputs={"nat_gateway_id": item["nat_gateway_id"], **pick({**first}, "public_ip", "private_ip")},
        tags=tag_map(item.get("tags")),
        status=_status(item),
        details={"state": item.get("state"), "secondary": others},
    )


def _addresses(item: Item) -> tuple[Item, list[Item]]:
    """The primary address, and the secondary ones that are there."""
    listed: Sequence[Item] = item.get("nat_gateway_addresses", ())
    first = next((each for each in listed if each.get("is_primary")), listed[0] if listed else {})
    return first, [each for each in listed if each is not first and each.get("status") not in NOT_THERE]


def _properties(item: Item, first: Item, others: Sequence[Item]) -> dict[str, Any]:
    names = {"allocation_id": first.get("allocation_id"), "private_ip_address": first.get("private_ip")}
    return {
        **pick({**item, **names}, *FIXED),
        ALLOCATIONS: sorted(each["allocation_id"] for each in others if each.get("allocation_id")),
        PRIVATE: sorted(each["private_ip"] for each in others if each.get("private_ip")),
    }


def _status(item: Item) -> Status:
    state = item.get("state", "available")
    if state == "failed":
        return stalled(f"{item.get('failure_code', 'failed')}: {item.get('failure_message', 'AWS does not say why')}")
    moving = [each for each in item.get("nat_gateway_addresses", ()) if each.get("status") in MOVING]
    if state == "available" and moving:
        return waiting(f"address {moving[0].get('private_ip', '')} is {moving[0]['status']}")
    return READY if state == "available" else waiting(f"state {state}")


def create(change: Change) -> Iterator[Call]:
    # AWS: there is a client token, but one of ours would repeat the first answer for a day after that gateway failed
    # or was deleted. A second public gateway is refused all the same: an address serves one.
    params = pick(change.desired, *FIXED, ALLOCATIONS, PRIVATE)
    params = {name: value for name, value in params.items() if value != []}
    tags = {"tag_specifications": _ec2.tag_specifications("natgateway", change)}
    yield Call("ec2", "CreateNatGateway", params | tags, once=True)


def update(change: Change) -> Iterator[Call]:
    if not change.touches(ALLOCATIONS, PRIVATE):
        return
    if change.desired.get("connectivity_type") == "private":
        yield from _private(change)
    else:
        yield from _public(change)


def _private(change: Change) -> Iterator[Call]:
    gateway = {"nat_gateway_id": identifier(change)}
    live = [each["private_ip"] for each in details(change)["secondary"]]
    added, removed = _both_ways(change.desired.get(PRIVATE, []), live)
    if added:
        yield Call("ec2", "AssignPrivateNatGatewayAddress", {**gateway, "private_ip_addresses": added})
    if removed:
        yield Call("ec2", "UnassignPrivateNatGatewayAddress", {**gateway, "private_ip_addresses": removed})


def _public(change: Change) -> Iterator[Call]:
    """A secondary address is a pair; one whose private half should be another leaves, and joins after it left."""
    gateway = {"nat_gateway_id": identifier(change)}
    wanted = _pairs(change)
    live = {each["allocation_id"]: each for each in details(change)["secondary"] if each.get("allocation_id")}
    moved = {id for id, ip in wanted.items() if id in live and ip not in (None, live[id].get("private_ip"))}
    added, removed = _both_ways(list(wanted), list(live))
    if added:
        private = [wanted[id] for id in added if wanted[id]]
        pair = {"private_ip_addresses": private} if private else {}
        yield Call("ec2", "AssociateNatGatewayAddress", {**gateway, "allocation_ids": added, **pair})
    leaving = [live[id]["association_id"] for id in sorted({*removed, *moved})]
    if leaving:
        yield Call("ec2", "DisassociateNatGatewayAddress", {**gateway, "association_ids": leaving})


def _pairs(change: Change) -> dict[str, str | None]:
    """The private address for each secondary allocation; None where AWS picks one."""
    allocations, private = change.desired.get(ALLOCATIONS, []), change.desired.get(PRIVATE)
    if private is not None and len(private) != len(allocations):
        raise ReconcileError(
            f"{change.address}: {len(allocations)} {ALLOCATIONS} and {len(private)} {PRIVATE}",
            help="give one private address for each allocation, or leave the private ones to AWS",
        )
    return dict(zip(allocations, private or [None] * len(allocations), strict=True))


def _both_ways(desired: Sequence[str], live: Sequence[str]) -> tuple[list[str], list[str]]:
    """What to add, and what to take away."""
    return [each for each in desired if each not in live], [each for each in live if each not in desired]


def delete(change: Change) -> Iterator[Call]:
    if details(change)["state"] != _ec2.LEAVING:
        yield Call("ec2", "DeleteNatGateway", {"nat_gateway_id": identifier(change)})


KIND = Kind(
    name="ec2.nat_gateway",
    title="NAT gateway",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.nat_gateway", _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:natgateway/*"),
    retag=_ec2.retag,
    outputs=("nat_gateway_id", "public_ip", "private_ip"),
    rules=Rules(create_only=FIXED, unordered=(ALLOCATIONS, PRIVATE)),
    uses=("ec2.vpc", "ec2.subnet", "ec2.internet_gateway", "ec2.elastic_ip"),
    patience=Patience("a few minutes", 20),
)
