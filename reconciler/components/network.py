"""`network`: a VPC with public and private subnets in several zones, their routes, and an ACL before the private ones.

Public subnets reach the internet; private ones reach nothing outside the VPC. Pure.
"""

from __future__ import annotations

from ipaddress import ip_network

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

SUBNET_BITS = 4
"""A /16 becomes up to sixteen /20: public ones from the start, private ones from the middle."""


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    zones = properties.get("availability_zones") or [f"{context.region}{letter}" for letter in "ab"]
    vpc = own.ref("ec2.vpc", "vpc", "vpc_id")
    vpc_properties = {"cidr_block": properties["cidr_block"], "enable_dns_hostnames": True}
    public, private = _subnets("public", zones, properties, vpc), _subnets("private", zones, properties, vpc)
    parts = (
        Part("vpc", "ec2.vpc", vpc_properties),
        Part("gateway", "ec2.internet_gateway", {"vpc_id": vpc}),
        *public,
        *private,
        Part("public-routes", "ec2.route_table", _public_routes(own, vpc, public)),
        Part("private-routes", "ec2.route_table", {"vpc_id": vpc, "routes": [], "associations": _ids(own, private)}),
        Part("private-acl", "ec2.network_acl", _private_acl(own, vpc, private, properties["cidr_block"])),
    )
    outputs = {
        "vpc_id": vpc,
        "cidr_block": properties["cidr_block"],
        "public_subnet_ids": _ids(own, public),
        "private_subnet_ids": _ids(own, private),
    }
    return Expansion(parts, outputs)


def _subnets(tier: str, zones: list[str], properties: Properties, vpc: Value) -> tuple[Part, ...]:
    blocks = list(ip_network(properties["cidr_block"]).subnets(SUBNET_BITS))
    first = 0 if tier == "public" else len(blocks) // 2
    return tuple(
        Part(
            f"{tier}-{zone[-1]}",
            "ec2.subnet",
            {
                "vpc_id": vpc,
                "availability_zone": zone,
                "cidr_block": str(blocks[first + index]),
                "map_public_ip_on_launch": tier == "public",
            },
        )
        for index, zone in enumerate(zones)
    )


def _ids(own: Naming, subnets: tuple[Part, ...]) -> list[Value]:
    return [own.ref("ec2.subnet", part.name, "subnet_id") for part in subnets]


def _public_routes(own: Naming, vpc: Value, public: tuple[Part, ...]) -> Properties:
    gateway = own.ref("ec2.internet_gateway", "gateway", "internet_gateway_id")
    routes = [{"destination_cidr_block": "0.0.0.0/0", "gateway_id": gateway}]
    return {"vpc_id": vpc, "routes": routes, "associations": _ids(own, public)}


def _private_acl(own: Naming, vpc: Value, private: tuple[Part, ...], cidr: str) -> Properties:
    """Traffic of the VPC only: stateless, so answers are let out and in by the same block."""
    inside = {"rule_number": 100, "protocol": "-1", "rule_action": "allow", "cidr_block": cidr}
    entries = [{**inside, "egress": egress} for egress in (False, True)]
    return {"vpc_id": vpc, "entries": entries, "associations": _ids(own, private)}


COMPONENT = Component(
    name="network",
    title="Network",
    outputs=("vpc_id", "cidr_block", "public_subnet_ids", "private_subnet_ids"),
    expand=expand,
    computed=("cidr_block", "availability_zones"),
)
