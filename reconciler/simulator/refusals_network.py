"""The refusals of the ways out of a VPC, and of security groups: what is taken, unknown or impossible.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.simulator.strict import Rule
from reconciler.simulator.wire import Request, backend


def _no_such_service(request: Request) -> bool:
    return not request.params["ServiceName"].startswith((f"com.amazonaws.{request.region}.", "com.amazonaws.vpce."))


def _wants_a_name(request: Request) -> bool:
    wanted: bool = request.params.get("PrivateDnsEnabled", True)
    return wanted and request.params.get("VpcEndpointType") == "Interface"


def _neighbours(request: Request) -> Iterator[Any]:
    """The living endpoints to the same service in the same VPC."""
    asked = request.params["VpcId"], request.params["ServiceName"]
    for endpoint in request.backend().vpc_end_points.values():
        if (endpoint.vpc_id, endpoint.service_name) == asked and endpoint.state != "deleted":
            yield endpoint


def _name_taken(request: Request) -> bool:
    return _wants_a_name(request) and any(endpoint.private_dns_enabled for endpoint in _neighbours(request))


def _no_names_in_the_vpc(request: Request) -> bool:
    vpc = request.backend().vpcs.get(request.params["VpcId"])
    needed = "enable_dns_support", "enable_dns_hostnames"
    return _wants_a_name(request) and any(str(getattr(vpc, name, True)).lower() != "true" for name in needed)


def _route_taken(request: Request) -> bool:
    wanted = set(request.params.get("RouteTableIds", ()))
    return any(wanted & set(endpoint.route_table_ids) for endpoint in _neighbours(request))


def _one_zone_twice(request: Request) -> bool:
    subnets = {id: found for shelf in request.backend().subnets.values() for id, found in shelf.items()}
    zones = [subnets[id].availability_zone for id in request.params.get("SubnetIds", ()) if id in subnets]
    return len(zones) != len(set(zones))


def _no_such_role(request: Request) -> bool:
    arn = request.params.get("DeliverLogsPermissionArn")
    return arn is not None and arn not in {role.arn for role in backend("iam", request.region).roles.values()}


def _is_main(request: Request) -> bool:
    table = request.backend().route_tables.get(request.params["RouteTableId"])
    return table is not None and table.main_association_id is not None


def _group_named_alike(request: Request) -> bool:
    shelf = request.backend().groups.get(request.params.get("VpcId"), {})
    return request.params["GroupName"].lower() in {group.name.lower() for group in shelf.values()}


def _named_like_an_id(request: Request) -> bool:
    named: str = request.params["GroupName"]
    return named.startswith("sg-")


RULES = (
    Rule("ec2:CreateVpcEndpoint", _no_such_service, "InvalidServiceName", "The Vpc Endpoint Service does not exist"),
    Rule(
        "ec2:CreateVpcEndpoint", _no_names_in_the_vpc, "InvalidParameter",
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true",
    ),
    Rule(
        "ec2:CreateVpcEndpoint", _name_taken, "InvalidParameter",
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain in the VPC",
    ),
    Rule(
        "ec2:CreateVpcEndpoint", _route_taken, "RouteAlreadyExists",
        "the route table already has a route with the destination prefix list of the service",
    ),
    Rule(
        "ec2:CreateVpcEndpoint", _one_zone_twice, "DuplicateSubnetsInSameZone",
        "Found another VPC endpoint subnet in the availability zone",
    ),
    Rule("ec2:CreateFlowLogs", _no_such_role, "InvalidParameter", "Unable to assume given IAM role"),
    Rule("ec2:DeleteRouteTable", _is_main, "DependencyViolation", "The main route table of a VPC cannot be deleted."),
    Rule("ec2:CreateSecurityGroup", _group_named_alike, "InvalidGroup.Duplicate", "The security group already exists"),
    Rule(
        "ec2:CreateSecurityGroup", _named_like_an_id, "InvalidParameterValue",
        "invalid value for parameter groupName. Group names may not be in the format sg-*.",
    ),
)  # fmt: skip
