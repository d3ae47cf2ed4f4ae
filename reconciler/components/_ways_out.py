"""What leads out of a network, and what watches it: NAT gateways, endpoints of AWS services, flow logs. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Context, Naming, Part, join
from reconciler.model import Properties, Value

GATEWAY_SERVICES = ("s3", "dynamodb")
"""AWS: these two have gateway endpoints, which are free; all others have interfaces, by the hour."""


def nat(own: Naming, zone: str, subnet: Value) -> tuple[Part, Part]:
    """A NAT gateway in the public subnet of a zone, and its address."""
    allocation = own.ref("ec2.elastic_ip", f"nat-address-{zone[-1]}", "allocation_id")
    return (
        Part(f"nat-address-{zone[-1]}", "ec2.elastic_ip", {}),
        Part(
            f"nat-{zone[-1]}",
            "ec2.nat_gateway",
            {"subnet_id": subnet, "allocation_id": allocation},
            # AWS: a public gateway fails for good where the VPC has no way to the internet yet.
            depends_on=(own.address("ec2.internet_gateway", "gateway"),),
        ),
    )


def is_gateway(service: str) -> bool:
    return service in GATEWAY_SERVICES


def endpoint_name(service: str) -> str:
    return f"endpoint-{service.replace('.', '-')}"


def endpoint(own: Naming, context: Context, service: str, subnets: list[Value], tables: list[Value]) -> Part:
    """The endpoint of a service, by its short name."""
    properties: dict[str, Any] = {
        "vpc_id": own.ref("ec2.vpc", "vpc", "vpc_id"),
        "service_name": f"com.amazonaws.{context.region}.{service}",
    }
    if is_gateway(service):
        properties |= {"vpc_endpoint_type": "Gateway", "route_table_ids": tables}
    else:
        properties |= {
            "vpc_endpoint_type": "Interface",
            "subnet_ids": subnets,
            "security_group_ids": [own.ref("ec2.security_group", "endpoints", "group_id")],
            "private_dns_enabled": True,
        }
    return Part(endpoint_name(service), "ec2.vpc_endpoint", properties)


def endpoint_access(own: Naming, cidr: str) -> Part:
    """The security group of the interface endpoints: the whole network may ask them."""
    rule = {
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "cidr_ipv4": cidr,
        "description": "The network",
    }
    vpc = own.ref("ec2.vpc", "vpc", "vpc_id")
    described = {"vpc_id": vpc, "description": "Requests to AWS services", "ingress": [rule]}
    return Part("endpoints", "ec2.security_group", described)


def flow_logs(own: Naming, context: Context, wanted: Properties) -> tuple[Part, Part, Part]:
    """The log group, the role AWS writes to it with, and the flow log of the VPC."""
    group = own.ref("logs.log_group", "flow-logs", "arn")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": context.account}},
    }
    write = {
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
        ],
        "Resource": [group, join(group, ":*")],
    }
    role = {"assume_role_policy_document": _policy(trust), "policies": {"write-flow-logs": _policy(write)}}
    log = {
        "resource_id": own.ref("ec2.vpc", "vpc", "vpc_id"),
        "traffic_type": wanted["traffic_type"],
        "max_aggregation_interval": wanted["max_aggregation_interval"],
        "log_group_name": own.ref("logs.log_group", "flow-logs", "log_group_name"),
        "deliver_logs_permission_arn": own.ref("iam.role", "flow-logs-role", "role_arn"),
    }
    return (
        Part("flow-logs", "logs.log_group", {"retention_in_days": wanted["retention_in_days"]}),
        Part("flow-logs-role", "iam.role", role),
        Part("flow-log", "ec2.flow_log", log),
    )


def _policy(statement: Properties) -> Properties:
    return {"Version": "2012-10-17", "Statement": [statement]}
