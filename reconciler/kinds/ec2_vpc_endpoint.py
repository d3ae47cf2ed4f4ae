"""`ec2.vpc_endpoint`: a way to an AWS service that never leaves Amazon's network.

The routes of a gateway endpoint and the interfaces of an interface endpoint are AWS's own, made and removed by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds._policy import from_json, to_json
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

LISTING = _ec2.Listing("DescribeVpcEndpoints", items="vpc_endpoints", id="vpc_endpoint_id", ids="vpc_endpoint_ids")

FIXED = ("vpc_id", "service_name", "vpc_endpoint_type")
LISTS = ("route_table_ids", "subnet_ids", "security_group_ids")
SETTINGS = ("private_dns_enabled", "ip_address_type", "dns_options")
PLACED = ("pending", "deleting")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    return {address: _observed(address, item) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any]) -> Observed:
    names = [each["dns_name"] for each in item.get("dns_entries", ()) if each.get("dns_name")]
    return Observed(
        address,
        item["vpc_endpoint_id"],
        _properties(item),
        outputs={
            "vpc_endpoint_id": item["vpc_endpoint_id"],
            "dns_names": names,
            "network_interface_ids": item.get("network_interface_ids", []),
            # AWS: the first name is the one for all zones.
            **({"dns_name": names[0]} if names else {}),
        },
        tags=tag_map(item.get("tags")),
        status=_status(item),
        details={"state": _ec2.state(item)},
    )


def _properties(item: Mapping[str, Any]) -> dict[str, Any]:
    policy = from_json(item.get("policy_document"))
    return {
        **pick(item, *FIXED, *SETTINGS),
        **({"policy_document": policy} if policy else {}),
        "route_table_ids": sorted(item.get("route_table_ids", ())),
        "subnet_ids": sorted(item.get("subnet_ids", ())),
        "security_group_ids": sorted(group["group_id"] for group in item.get("groups", ())),
    }


def _status(item: Mapping[str, Any]) -> Status:
    state = _ec2.state(item) or "available"
    if state == "available":
        return READY
    if state in PLACED:
        return waiting(f"state {state}")
    if state == "pendingacceptance":
        return stalled("the owner of the service has not accepted it yet")
    error = item.get("last_error", {}).get("message") or item.get("failure_reason") or "AWS does not say why"
    return stalled(f"state {state}: {error}")


def create(change: Change) -> Iterator[Call]:
    # AWS: there is a client token, but one of ours would repeat the first answer for a day after the endpoint was
    # deleted. A second one is refused all the same: by the route of the first, or by its private name.
    params = pick(change.desired, *FIXED, *LISTS, *SETTINGS)
    params = {name: value for name, value in params.items() if value != []}
    tags = {"tag_specifications": _ec2.tag_specifications("vpc-endpoint", change)}
    yield Call("ec2", "CreateVpcEndpoint", params | _policy(change) | tags, once=True)


def _policy(change: Change) -> dict[str, Any]:
    policy = change.desired.get("policy_document")
    return {"policy_document": to_json(policy)} if policy else {}


def update(change: Change) -> Iterator[Call]:
    """AWS: takes what joins and what leaves, in one call; a call that changes nothing is refused."""
    params: dict[str, Any] = {}
    for name in LISTS:
        if change.touches(name):
            params |= _joining_and_leaving(change, name)
    for name in SETTINGS:
        if change.touches(name):
            params[name] = change.desired[name]
    if change.touches("policy_document"):
        params |= _policy(change)
    if params:
        yield Call("ec2", "ModifyVpcEndpoint", {"vpc_endpoint_id": identifier(change), **params})


def _joining_and_leaving(change: Change, name: str) -> dict[str, list[str]]:
    live = change.observed.properties[name] if change.observed else []
    desired = change.desired[name]
    lists = {
        f"add_{name}": [each for each in desired if each not in live],
        f"remove_{name}": [each for each in live if each not in desired],
    }
    return {member: ids for member, ids in lists.items() if ids}


def delete(change: Change) -> Iterator[Call]:
    if details(change)["state"] != _ec2.LEAVING:
        yield Call("ec2", "DeleteVpcEndpoints", {"vpc_endpoint_ids": [identifier(change)]})


KIND = Kind(
    name="ec2.vpc_endpoint",
    title="VPC endpoint",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.vpc_endpoint", _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:vpc-endpoint/*"),
    retag=_ec2.retag,
    outputs=("vpc_endpoint_id", "dns_name", "dns_names", "network_interface_ids"),
    rules=Rules(create_only=FIXED, unordered=LISTS, documents=("policy_document",)),
    uses=("ec2.vpc", "ec2.subnet", "ec2.security_group", "ec2.route_table"),
    patience=Patience("a few minutes", 20),
)
