"""`network`: a VPC with tiers of subnets in several zones, their routes and ACLs, and the ways out of it.

Public subnets reach the internet; private ones through NAT gateways, where there are any; databases' never. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from reconciler.components import _network_acls as acls
from reconciler.components import _ways_out
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

SUBNET_BITS = 4
FIRST_BLOCK = {"public": 0, "database": 4, "private": 8}
"""A /16 becomes sixteen /20. With database subnets there are four zones at most; else public ones go on up to eight."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the parts of one network are made from."""

    own: Naming
    properties: Properties
    zones: list[str]

    @property
    def vpc(self) -> Value:
        return self.own.ref("ec2.vpc", "vpc", "vpc_id")

    @property
    def cidr(self) -> str:
        cidr: str = self.properties["cidr_block"]
        return cidr

    @property
    def nat_zones(self) -> list[str]:
        """The zones that have a NAT gateway; the first keeps its own when others get one."""
        return {"none": [], "single": self.zones[:1], "per_zone": self.zones}[self.properties["nat"]]

    @property
    def endpoints(self) -> list[str]:
        services: list[str] = self.properties["endpoints"]
        return services

    def subnet_ids(self, tier: str) -> list[Value]:
        return [self.own.ref("ec2.subnet", f"{tier}-{zone[-1]}", "subnet_id") for zone in self.zones]

    @property
    def tables(self) -> list[Part]:
        """The route tables of private subnets: one, or one a zone where each zone has a NAT gateway of its own."""
        if self.properties["nat"] != "per_zone":
            return [self._table("private-routes", self.nat_zones, self.subnet_ids("private"))]
        return [
            self._table(f"private-routes-{zone[-1]}", [zone], [subnet])
            for zone, subnet in zip(self.zones, self.subnet_ids("private"), strict=True)
        ]

    def _table(self, name: str, nat_zones: list[str], subnets: list[Value]) -> Part:
        routes = [
            {
                "destination_cidr_block": "0.0.0.0/0",
                "nat_gateway_id": self.own.ref("ec2.nat_gateway", f"nat-{zone[-1]}", "nat_gateway_id"),
            }
            for zone in nat_zones
        ]
        return Part(name, "ec2.route_table", {"vpc_id": self.vpc, "routes": routes, "associations": subnets})


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    zones = properties.get("availability_zones") or [f"{context.region}{letter}" for letter in "ab"]
    layout = _Layout(Naming(name), properties, zones)
    own = layout.own
    watched = properties.get("flow_logs")
    parts = (
        Part("vpc", "ec2.vpc", {"cidr_block": layout.cidr, "enable_dns_hostnames": True}),
        Part("gateway", "ec2.internet_gateway", {"vpc_id": layout.vpc}),
        *_subnets("public", layout),
        *_subnets("private", layout),
        Part("public-routes", "ec2.route_table", _public_routes(layout)),
        *layout.tables,
        *_acls(layout),
        *_database(layout),
        *_nat(layout),
        *_endpoints(layout, context),
        *(_ways_out.flow_logs(own, context, watched) if watched is not None else ()),
    )
    return Expansion(parts, _outputs(layout))


def _subnets(tier: str, layout: _Layout) -> tuple[Part, ...]:
    blocks = list(ip_network(layout.cidr).subnets(SUBNET_BITS))
    return tuple(
        Part(
            f"{tier}-{zone[-1]}",
            "ec2.subnet",
            {
                "vpc_id": layout.vpc,
                "availability_zone": zone,
                "cidr_block": str(blocks[FIRST_BLOCK[tier] + index]),
                "map_public_ip_on_launch": tier == "public",
            },
        )
        for index, zone in enumerate(layout.zones)
    )


def _public_routes(layout: _Layout) -> Properties:
    gateway = layout.own.ref("ec2.internet_gateway", "gateway", "internet_gateway_id")
    routes = [{"destination_cidr_block": "0.0.0.0/0", "gateway_id": gateway}]
    return {"vpc_id": layout.vpc, "routes": routes, "associations": layout.subnet_ids("public")}


def _acls(layout: _Layout) -> list[Part]:
    by_gateway = any(_ways_out.is_gateway(service) for service in layout.endpoints)
    entries = {
        "public": acls.public(layout.cidr),
        "private": acls.private(layout.cidr, nat=bool(layout.nat_zones), gateway_endpoints=by_gateway),
    }
    return [_acl(layout, tier, entries[tier]) for tier in layout.properties["network_acls"]]


def _acl(layout: _Layout, tier: str, entries: acls.Entries) -> Part:
    properties = {"vpc_id": layout.vpc, "entries": entries, "associations": layout.subnet_ids(tier)}
    return Part(f"{tier}-acl", "ec2.network_acl", properties)


def _database(layout: _Layout) -> tuple[Part, ...]:
    """Subnets that reach nothing outside the VPC, whatever else the network has."""
    if not layout.properties["database_subnets"]:
        return ()
    routes = {"vpc_id": layout.vpc, "routes": [], "associations": layout.subnet_ids("database")}
    return (
        *_subnets("database", layout),
        Part("database-routes", "ec2.route_table", routes),
        _acl(layout, "database", acls.inside(layout.cidr)),
    )


def _nat(layout: _Layout) -> list[Part]:
    subnets = dict(zip(layout.zones, layout.subnet_ids("public"), strict=True))
    return [part for zone in layout.nat_zones for part in _ways_out.nat(layout.own, zone, subnets[zone])]


def _endpoints(layout: _Layout, context: Context) -> list[Part]:
    own = layout.own
    names = ["public-routes", *(table.name for table in layout.tables)]
    tables: list[Value] = [own.ref("ec2.route_table", name, "route_table_id") for name in names]
    subnets = layout.subnet_ids("private")
    made = [_ways_out.endpoint(own, context, service, subnets, tables) for service in layout.endpoints]
    return [*([_ways_out.endpoint_access(own, layout.cidr)] if _has_interfaces(layout) else []), *made]


def _has_interfaces(layout: _Layout) -> bool:
    return any(not _ways_out.is_gateway(service) for service in layout.endpoints)


def _outputs(layout: _Layout) -> dict[str, Value]:
    """What is not there cannot be referred to: an empty list would only fail later, in AWS."""
    own, addresses = layout.own, [f"nat-address-{zone[-1]}" for zone in layout.nat_zones]
    endpoints = [_ways_out.endpoint_name(service) for service in layout.endpoints]
    outputs: dict[str, Value] = {
        "vpc_id": layout.vpc,
        "cidr_block": layout.cidr,
        "public_subnet_ids": layout.subnet_ids("public"),
        "private_subnet_ids": layout.subnet_ids("private"),
    }
    if layout.properties["database_subnets"]:
        outputs["database_subnet_ids"] = layout.subnet_ids("database")
    if addresses:
        outputs["nat_gateway_public_ips"] = [own.ref("ec2.elastic_ip", name, "public_ip") for name in addresses]
    if endpoints:
        outputs["vpc_endpoint_ids"] = [own.ref("ec2.vpc_endpoint", name, "vpc_endpoint_id") for name in endpoints]
    if _has_interfaces(layout):
        outputs["endpoint_security_group_id"] = own.ref("ec2.security_group", "endpoints", "group_id")
    if layout.properties.get("flow_logs") is not None:
        outputs["flow_log_group_name"] = own.ref("logs.log_group", "flow-logs", "log_group_name")
    return outputs


COMPONENT = Component(
    name="network",
    title="Network",
    outputs=(
        "vpc_id",
        "cidr_block",
        "public_subnet_ids",
        "private_subnet_ids",
        "database_subnet_ids",
        "nat_gateway_public_ips",
        "vpc_endpoint_ids",
        "endpoint_security_group_id",
        "flow_log_group_name",
    ),
    expand=expand,
    computed=(
        "cidr_block",
        "availability_zones",
        "nat",
        "endpoints",
        "database_subnets",
        "network_acls",
        "flow_logs",
    ),
)
