"""The refusals of the network, database, container and account services: what is in use, taken or impossible.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend

# --- who uses what --------------------------------------------------------------------------------------------------


def _groups_in_rules(region: str) -> Iterator[str]:
    for groups in backend("ec2", region).groups.values():
        for group in groups.values():
            for rule in (*group.ingress_rules, *group.egress_rules):
                if rule.source_group.get("GroupId") != group.id:
                    yield rule.source_group.get("GroupId", "")


def _groups_in_use(region: str) -> Iterator[str]:
    for balancer in backend("elbv2", region).load_balancers.values():
        yield from balancer.security_groups or ()
    for database in backend("rds", region).databases.values():
        yield from database.vpc_security_group_ids
    for awsvpc in _running_services(region):
        yield from awsvpc.get("securityGroups", ())
    for interface in _interfaces(region):
        yield from (group.id for group in interface.group_set)
    for endpoint in _endpoints(region):
        yield from endpoint.security_group_ids or ()


def _subnets_in_use(region: str) -> Iterator[str]:
    for balancer in backend("elbv2", region).load_balancers.values():
        yield from (subnet.id for subnet in balancer.subnets)
    for database in backend("rds", region).databases.values():
        if getattr(database, "db_subnet_group", None):
            yield from (subnet.id for subnet in database.db_subnet_group._subnets)
    for awsvpc in _running_services(region):
        yield from awsvpc.get("subnets", ())
    for endpoint in _endpoints(region):
        yield from endpoint.subnet_ids or ()
    yield from (interface.subnet.id for interface in _interfaces(region))


def _running_services(region: str) -> Iterator[dict[str, list[str]]]:
    for service in backend("ecs", region).services.values():
        if service.status == "ACTIVE" and service.desired_count > 0:
            yield (service.network_configuration or {}).get("awsvpcConfiguration", {})


def _nat_gateways(region: str) -> list[Any]:
    return [found for found in backend("ec2", region).nat_gateways.values() if found.state != "deleted"]


def _interfaces(region: str) -> list[Any]:
    """All but those moto leaves behind when a NAT gateway is deleted."""
    ec2 = backend("ec2", region)
    left_behind = {gateway._eni.id for gateway in ec2.nat_gateways.values() if gateway.state == "deleted"}
    return [interface for interface in ec2.enis.values() if interface.id not in left_behind]


def _endpoints(region: str) -> list[Any]:
    return [found for found in backend("ec2", region).vpc_end_points.values() if found.state != "deleted"]


def _vpcs_in_use(region: str) -> Iterator[str]:
    ec2 = backend("ec2", region)
    yield from (subnet.vpc_id for subnets in ec2.subnets.values() for subnet in subnets.values())
    yield from (group.vpc_id for groups in ec2.groups.values() for group in groups.values() if group.name != "default")
    yield from (gateway.vpc.id for gateway in ec2.internet_gateways.values() if gateway.vpc)
    yield from (table.vpc_id for table in ec2.route_tables.values() if table.main_association_id is None)
    yield from (acl.vpc_id for acl in ec2.network_acls.values() if not acl.default)
    yield from (endpoint.vpc_id for endpoint in _endpoints(region))


def _vpcs_with_public_addresses(region: str) -> Iterator[str]:
    for balancer in backend("elbv2", region).load_balancers.values():
        if balancer.scheme == "internet-facing":
            yield balancer.vpc_id
    yield from (gateway.vpc_id for gateway in _nat_gateways(region))


def _subnet_groups_in_use(region: str) -> Iterator[str]:
    for database in backend("rds", region).databases.values():
        yield (getattr(database, "_db_subnet_group_name", None) or "").lower()


def _parameter_groups_in_use(region: str) -> Iterator[str]:
    for database in backend("rds", region).databases.values():
        yield (database.db_parameter_group_name or "").lower()


def _clusters_with_services(region: str) -> Iterator[str]:
    for service in backend("ecs", region).services.values():
        if service.status == "ACTIVE":
            yield from (service.cluster_name, service.cluster_arn)


def _attached_policies(region: str) -> Iterator[str]:
    iam = backend("iam", region)
    for holder in (*iam.roles.values(), *iam.users.values(), *iam.groups.values()):
        yield from holder.managed_policies


def _addresses_in_use(region: str) -> Iterator[str]:
    for gateway in _nat_gateways(region):
        yield from (address["allocationId"] for address in gateway.address_set if "allocationId" in address)


def _certificates_in_use(region: str) -> Iterator[str]:
    for balancer in backend("elbv2", region).load_balancers.values():
        for listener in balancer.listeners.values():
            yield from listener.certificates


def _protected_balancers(region: str) -> Iterator[str]:
    for arn, balancer in backend("elbv2", region).load_balancers.items():
        if str(balancer.attrs.get("deletion_protection.enabled")).lower() == "true":
            yield arn


EDGES = (
    Edge(
        "ec2:DeleteSecurityGroup", "GroupId", (_groups_in_rules, _groups_in_use), "DependencyViolation",
        "resource {} has a dependent object",
    ),
    Edge(
        "ec2:DeleteSubnet", "SubnetId", (_subnets_in_use,), "DependencyViolation",
        "The subnet '{}' has dependencies and cannot be deleted.",
    ),
    Edge(
        "ec2:DeleteVpc", "VpcId", (_vpcs_in_use,), "DependencyViolation",
        "The vpc '{}' has dependencies and cannot be deleted.",
    ),
    Edge(
        "ec2:DetachInternetGateway", "VpcId", (_vpcs_with_public_addresses,), "DependencyViolation",
        "Network {} has some mapped public address(es). Please unmap those before detaching the gateway.",
    ),
    Edge(
        "ec2:ReleaseAddress", "AllocationId", (_addresses_in_use,), "InvalidIPAddress.InUse",
        "Address {} is in use.",
    ),
    Edge(
        "ec2:CreateNatGateway", "AllocationId", (_addresses_in_use,), "Resource.AlreadyAssociated",
        "Elastic IP address [{}] is already associated",
    ),
    Edge(
        "rds:DeleteDBSubnetGroup", "DBSubnetGroupName", (_subnet_groups_in_use,), "InvalidDBSubnetGroupStateFault",
        "Cannot delete the subnet group '{}' because at least one database instance is still using it.",
    ),
    Edge(
        "rds:DeleteDBParameterGroup", "DBParameterGroupName", (_parameter_groups_in_use,),
        "InvalidDBParameterGroupState", "One or more database instances are still members of this parameter group {}.",
    ),
    Edge(
        "ecs:DeleteCluster", "cluster", (_clusters_with_services,), "ClusterContainsServicesException",
        "The Cluster {} cannot be deleted while Services are active.",
    ),
    Edge(
        "iam:DeletePolicy", "PolicyArn", (_attached_policies,), "DeleteConflict",
        "Cannot delete a policy attached to entities: {}", 409,
    ),
    Edge(
        "acm:DeleteCertificate", "CertificateArn", (_certificates_in_use,), "ResourceInUseException",
        "Certificate {} is in use.",
    ),
    Edge(
        "elbv2:DeleteLoadBalancer", "LoadBalancerArn", (_protected_balancers,), "OperationNotPermitted",
        "Load balancer '{}' cannot be deleted because deletion protection is enabled",
    ),
)  # fmt: skip


# --- duplicates and impossible parameters ---------------------------------------------------------------------------


def _service_exists(request: Request) -> bool:
    name = f"{request.params.get('cluster', 'default').split('/')[-1]}:{request.params['serviceName']}"
    service = request.backend().services.get(name)
    return service is not None and service.status == "ACTIVE"


def _port_taken(request: Request) -> bool:
    balancer = request.backend().load_balancers.get(request.params["LoadBalancerArn"])
    ports = {str(listener.port) for listener in balancer.listeners.values()} if balancer else set()
    return str(request.params.get("Port")) in ports


def _no_certificate(request: Request) -> bool:
    return request.params.get("Protocol") in ("HTTPS", "TLS") and not request.params.get("Certificates")


def _no_target(request: Request) -> bool:
    targets = request.backend().targets.get(request.params["ScalableDimension"], {})
    return request.params["ResourceId"] not in targets


def _no_snapshot_choice(request: Request) -> bool:
    return not request.params.get("SkipFinalSnapshot") and not request.params.get("FinalDBSnapshotIdentifier")


def _one_zone(request: Request) -> bool:
    names = request.params.get("SubnetIds") or request.params.get("Subnets") or ()
    live = (subnet for subnets in backend("ec2", request.region).subnets.values() for subnet in subnets.values())
    zones = {subnet.availability_zone for subnet in live if subnet.id in names}
    return request.params.get("Type") != "network" and len(zones) == 1


def _shrinks(request: Request) -> bool:
    database = request.backend().databases.get(request.params["DBInstanceIdentifier"])
    return database is not None and request.params.get("AllocatedStorage", 1 << 20) < database.allocated_storage


def _other_tags(request: Request) -> bool:
    topics = request.backend().topics.values()
    topic = next((found for found in topics if found.name == request.params["Name"]), None)
    sent = {tag["Key"]: tag["Value"] for tag in request.params.get("Tags", ())}
    return topic is not None and bool(sent) and topic._tags != sent


_RETENTION = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)


def _no_such_retention(request: Request) -> bool:
    return request.params["retentionInDays"] not in _RETENTION


RULES = (
    Rule("ecs:CreateService", _service_exists, "InvalidParameterException", "Creation of service was not idempotent."),
    Rule("elbv2:CreateListener", _port_taken, "DuplicateListener", "A listener already exists on this port"),
    Rule("elbv2:CreateListener", _no_certificate, "ValidationError", "A certificate must be specified"),
    Rule("elbv2:CreateLoadBalancer", _one_zone, "ValidationError", "At least two subnets in two zones are required"),
    Rule("rds:CreateDBSubnetGroup", _one_zone, "DBSubnetGroupDoesNotCoverEnoughAZs", "at least 2 AZs are required"),
    Rule(
        "rds:DeleteDBInstance", _no_snapshot_choice, "InvalidParameterCombination",
        "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    ),
    Rule("rds:ModifyDBInstance", _shrinks, "InvalidParameterCombination", "Storage size can't be reduced"),
    Rule(
        "application-autoscaling:PutScalingPolicy", _no_target, "ObjectNotFoundException",
        "No scalable target registered for this resource",
    ),
    Rule("sns:CreateTopic", _other_tags, "InvalidParameter", "Topic already exists with different tags"),
    Rule("logs:PutRetentionPolicy", _no_such_retention, "InvalidParameterException", "no such retention"),
)  # fmt: skip
