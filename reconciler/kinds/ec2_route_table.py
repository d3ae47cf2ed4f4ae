"""`ec2.route_table`: where the traffic of its subnets goes.

The local route, propagated routes and those of gateway endpoints belong to AWS and are never touched; neither is the
VPC's main table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import details, identifier, pick, read_all, tag_map
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
    waiting,
)

LISTING = _ec2.Listing("DescribeRouteTables", items="route_tables", id="route_table_id", ids="route_table_ids")

DESTINATIONS = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
TARGETS = (
    "gateway_id",
    "nat_gateway_id",
    "egress_only_internet_gateway_id",
    "transit_gateway_id",
    "vpc_peering_connection_id",
    "network_interface_id",
)

Route = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    # The same calls as those of `find`, so they cost nothing: this time for the tables nobody asked for as well.
    responses = yield from read_all([LISTING.of_stack(stack) for stack in sorted({r.stack for r in resources})])
    tables = [table for response in responses for table in (response or {}).get(LISTING.items, ())]
    return {address: _observed(address, item, tables) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any], tables: Sequence[Mapping[str, Any]] = ()) -> Observed:
    own = _associations(item)
    elsewhere = [_associations(table) for table in tables if table["route_table_id"] != item["route_table_id"]]
    return Observed(
        address,
        item["route_table_id"],
        {
            "vpc_id": item["vpc_id"],
            "routes": [_route(route) for route in item.get("routes", ()) if _is_declared(route)],
            "associations": sorted(own),
        },
        outputs={"route_table_id": item["route_table_id"]},
        tags=tag_map(item.get("tags")),
        status=_status(item),
        details={
            "associations": own,
            "elsewhere": {subnet: id for table in elsewhere for subnet, id in table.items()},
        },
    )


def _associations(item: Mapping[str, Any]) -> dict[str, str]:
    """Association ids by subnet; the association that makes a table the main one has no subnet."""
    return {
        each["subnet_id"]: each["route_table_association_id"]
        for each in item.get("associations", ())
        if each.get("subnet_id") and _state(each) not in ("disassociating", "disassociated")
    }


def _state(association: Mapping[str, Any]) -> str:
    state: str = association.get("association_state", {}).get("state", "associated")
    return state


def _status(item: Mapping[str, Any]) -> Status:
    moving = [each for each in item.get("associations", ()) if _state(each) == "associating"]
    return waiting(f"{moving[0].get('subnet_id', 'a subnet')} is being associated") if moving else READY


def _is_declared(route: Route) -> bool:
    """Could the spec have asked for it? AWS makes the others itself."""
    if route.get("gateway_id") == "local" or route.get("origin") in ("EnableVgwRoutePropagation", "Advertisement"):
        return False
    # AWS: a gateway endpoint adds and removes its prefix list routes itself.
    return not (route.get("destination_prefix_list_id") and str(route.get("gateway_id", "")).startswith("vpce-"))


def _route(route: Route) -> dict[str, Any]:
    """In the schema's shape; a route whose target is gone (a blackhole) has no target, which is a difference."""
    destination = pick(route, *DESTINATIONS)
    if route.get("state") == "blackhole":
        return destination
    if str(route.get("gateway_id", "")).startswith("vpce-"):
        return destination | {"vpc_endpoint_id": route["gateway_id"]}
    return destination | pick(route, *TARGETS)


def create(change: Change) -> Iterator[Call]:
    # AWS: there is a client token, but one of ours would repeat the first answer for a day after the table was deleted.
    tags = {"tag_specifications": _ec2.tag_specifications("route-table", change)}
    yield Call("ec2", "CreateRouteTable", pick(change.desired, "vpc_id") | tags, once=True)


def update(change: Change) -> Iterator[Call]:
    live = change.observed.properties if change.observed else {}
    table = {"route_table_id": identifier(change)}
    if change.touches("routes"):
        yield from _route_calls(table, change.desired["routes"], live["routes"])
    if change.touches("associations"):
        yield from _association_calls(change, table)


def _route_calls(table: Mapping[str, str], desired: Sequence[Route], observed: Sequence[Route]) -> Iterator[Call]:
    wanted = {_destination(route): route for route in desired}
    live = {_destination(route): route for route in observed}
    for destination, route in wanted.items():
        if destination not in live:
            yield Call("ec2", "CreateRoute", {**table, **route})
        elif route != live[destination]:
            yield Call("ec2", "ReplaceRoute", {**table, **route})
    for destination, route in live.items():
        if destination not in wanted:
            yield Call("ec2", "DeleteRoute", {**table, **pick(route, *DESTINATIONS)})


def _destination(route: Route) -> tuple[Any, ...]:
    return tuple(route.get(name) for name in DESTINATIONS)


def _association_calls(change: Change, table: Mapping[str, str]) -> Iterator[Call]:
    own, elsewhere = details(change)["associations"], details(change)["elsewhere"]
    desired = change.desired["associations"]
    for subnet in desired:
        if subnet in elsewhere:
            # Moved over in one call: between two calls the subnet would fall back to the VPC's main table.
            yield Call("ec2", "ReplaceRouteTableAssociation", {"association_id": elsewhere[subnet], **table})
        elif subnet not in own:
            yield Call("ec2", "AssociateRouteTable", {"subnet_id": subnet, **table})
    for subnet, association in own.items():
        if subnet not in desired:
            yield Call("ec2", "DisassociateRouteTable", {"association_id": association})


def delete(change: Change) -> Iterator[Call]:
    for association in details(change)["associations"].values():
        yield Call("ec2", "DisassociateRouteTable", {"association_id": association})
    yield Call("ec2", "DeleteRouteTable", {"route_table_id": identifier(change)})


KIND = Kind(
    name="ec2.route_table",
    title="Route table",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.route_table", _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:route-table/*"),
    retag=_ec2.retag,
    outputs=("route_table_id",),
    rules=Rules(
        create_only=("vpc_id",),
        unordered=("associations",),
        keyed={"routes": "+".join(DESTINATIONS)},
    ),
    uses=("ec2.vpc", "ec2.subnet", "ec2.internet_gateway", "ec2.nat_gateway"),
)
