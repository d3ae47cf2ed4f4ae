"""`elbv2.load_balancer`: an Application or Network Load Balancer.

Its listeners are kinds of their own, though AWS deletes them with it. Attributes the spec does not name are never
reset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _elbv2
from reconciler.kinds.base import identifier, pick, read_all, tag_list
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    stalled,
    waiting,
)

ATTRIBUTES = "load_balancer_attributes"
PROTECTION = "deletion_protection.enabled"


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = yield from _elbv2.find(_elbv2.LOAD_BALANCERS, resources)
    found = yield from _with_attributes([(address, item, tags) for address, (item, tags) in live.items()])
    return {observed.address: observed for observed in found}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    live = yield from _elbv2.owned(_elbv2.LOAD_BALANCERS, KIND.name, scope)
    return (yield from _with_attributes(live))


def _with_attributes(live: Sequence[tuple[Address, _elbv2.Item, _elbv2.Tags]]) -> Reads[list[Observed]]:
    calls = [
        Call("elbv2", "DescribeLoadBalancerAttributes", {"load_balancer_arn": item["load_balancer_arn"]})
        for _, item, _ in live
    ]
    responses = yield from read_all(calls)
    return [
        _observed(address, item, tags, _elbv2.attributes(response))
        for (address, item, tags), response in zip(live, responses, strict=True)
    ]


def _observed(address: Address, item: _elbv2.Item, tags: _elbv2.Tags, attributes: Mapping[str, Any]) -> Observed:
    zones = item.get("availability_zones", ())
    arn = item["load_balancer_arn"]
    return Observed(
        address,
        arn,
        {
            "name": item["load_balancer_name"],
            **pick(item, "type", "scheme", "security_groups", "ip_address_type"),
            "subnets": sorted(zone["subnet_id"] for zone in zones),
            "subnet_mappings": [_mapping(zone) for zone in zones],
            ATTRIBUTES: dict(attributes),
        },
        outputs={
            **pick(item, "load_balancer_arn", "load_balancer_name", "dns_name", "canonical_hosted_zone_id", "vpc_id"),
            "load_balancer_full_name": arn.split(":loadbalancer/", 1)[1],
        },
        tags=tags,
        status=_status(item.get("state", {})),
    )


def _mapping(zone: Mapping[str, Any]) -> dict[str, Any]:
    """Where a Network Load Balancer stands in one subnet, with its fixed address if it has one."""
    addresses = zone.get("load_balancer_addresses") or [{}]
    return pick(zone, "subnet_id") | pick(addresses[0], "allocation_id", "private_i_pv4_address")


def _status(state: Mapping[str, str]) -> Status:
    code = state.get("code", "active")
    if code == "active":
        return READY
    if code == "provisioning":
        return waiting("it is being provisioned")
    return stalled(f"{code}: {state.get('reason', 'AWS gives no reason')}")


def create(change: Change) -> Iterator[Call]:
    params = pick(
        change.desired, "name", "type", "scheme", "subnets", "subnet_mappings", "security_groups", "ip_address_type"
    )
    # AWS: the same name and settings again answer the same load balancer, so it may be sent twice.
    yield Call("elbv2", "CreateLoadBalancer", params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    arn = {"load_balancer_arn": identifier(change)}
    if change.touches("ip_address_type"):
        yield Call("elbv2", "SetIpAddressType", arn | pick(change.desired, "ip_address_type"))
    if change.touches("subnets", "subnet_mappings"):
        yield Call("elbv2", "SetSubnets", arn | pick(change.desired, "subnets", "subnet_mappings"))
    if change.touches("security_groups"):
        yield Call("elbv2", "SetSecurityGroups", arn | pick(change.desired, "security_groups"))
    if change.touches(ATTRIBUTES):
        yield _set(arn, _elbv2.changed_attributes(change, ATTRIBUTES))


def _set(arn: Mapping[str, str], attributes: Sequence[Mapping[str, str]]) -> Call:
    return Call("elbv2", "ModifyLoadBalancerAttributes", {**arn, "attributes": list(attributes)})


def delete(change: Change) -> Iterator[Call]:
    arn = {"load_balancer_arn": identifier(change)}
    attributes = change.observed.properties[ATTRIBUTES] if change.observed else {}
    if attributes.get(PROTECTION):
        yield _set(arn, [{"key": PROTECTION, "value": "false"}])
    yield Call("elbv2", "DeleteLoadBalancer", arn)


KIND = Kind(
    name="elbv2.load_balancer",
    title="Load balancer",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("elasticloadbalancing:loadbalancer/*"),
    retag=_elbv2.retag,
    outputs=(
        "load_balancer_arn",
        "load_balancer_name",
        "load_balancer_full_name",
        "dns_name",
        "canonical_hosted_zone_id",
        "vpc_id",
    ),
    rules=Rules(
        create_only=("name", "type", "scheme"),
        unordered=("subnets", "security_groups"),
        keyed={"subnet_mappings": "subnet_id"},
    ),
    physical_name=PhysicalName("name", limit=32),
    uses=("ec2.subnet", "ec2.security_group", "ec2.elastic_ip", "s3.bucket"),
    patience=Patience("2 to 5 minutes", 15),
)
