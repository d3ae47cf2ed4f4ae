"""What AWS refuses of networks, the strict emulator refuses too: the ways out of a VPC, and the order they go in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import TRUST, Account, refused
from tests.simulator.probes_gateways import allocation, endpoint, public_subnet, seen, seen_endpoint


@pytest.fixture
def slow() -> Iterator[Account]:
    """An account that refuses what AWS refuses, and takes its time."""
    server = start_aws(strict=Strictness(refusals=True, slow_reads=2))
    server.reset()
    yield Account(server.endpoint)
    assert server.crashes == []
    server.stop()


def vpc_with_names(account: Account) -> str:
    vpc = account.vpc()
    account("ec2").modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return vpc


def nat_gateway(account: Account, subnet: str, address: str) -> str:
    made: str = account("ec2").create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    return made


# --- NAT gateways and their addresses ---------------------------------------------------------------------------------


def test_a_nat_gateway_is_made_in_its_own_time(slow: Account) -> None:
    gateway = nat_gateway(slow, public_subnet(slow), allocation(slow))
    assert [seen(slow, gateway)["State"] for _ in range(3)] == ["pending", "pending", "available"]


def test_a_nat_gateway_holds_its_address_subnet_and_vpc_until_it_is_gone(slow: Account) -> None:
    ec2, subnet, address = slow("ec2"), public_subnet(slow), allocation(slow)
    (attached,) = ec2.describe_internet_gateways()["InternetGateways"][-1]["Attachments"]
    gateway = nat_gateway(slow, subnet, address)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    with refused("Resource.AlreadyAssociated"):
        nat_gateway(slow, subnet, address)
    internet = ec2.describe_internet_gateways()["InternetGateways"][-1]["InternetGatewayId"]
    with refused("DependencyViolation"):
        ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=attached["VpcId"])
    assert [seen(slow, gateway)["State"] for _ in range(3)] == ["deleting", "deleting", "deleted"]
    ec2.release_address(AllocationId=address)
    ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=attached["VpcId"])


def test_an_address_of_one_gateway_is_not_given_to_a_second(strict_account: Account) -> None:
    subnet, address = public_subnet(strict_account), allocation(strict_account)
    nat_gateway(strict_account, subnet, address)
    with refused("Resource.AlreadyAssociated"):
        nat_gateway(strict_account, subnet, address)


def test_a_route_to_a_deleted_nat_gateway_stays(strict_account: Account) -> None:
    ec2, subnet = strict_account("ec2"), public_subnet(strict_account)
    gateway = nat_gateway(strict_account, subnet, allocation(strict_account))
    table = ec2.create_route_table(VpcId=seen(strict_account, gateway)["VpcId"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [route["State"] for route in routes if route.get("NatGatewayId") == gateway] == ["blackhole"]


def test_what_is_not_there_has_codes_of_its_own(strict_account: Account) -> None:
    ec2 = strict_account("ec2")
    with refused("InvalidAllocationID.NotFound"):
        ec2.release_address(AllocationId="eipalloc-0123456789abcdef0")
    with refused("InvalidAllocationID.NotFound"):
        ec2.describe_addresses(AllocationIds=["eipalloc-0123456789abcdef0"])
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-0123456789abcdef0")
    with refused("InvalidVpcEndpointId.NotFound"):
        ec2.describe_vpc_endpoints(VpcEndpointIds=["vpce-0123456789abcdef0"])
    with refused("InvalidFlowLogId.NotFound"):
        ec2.delete_flow_logs(FlowLogIds=["fl-0123456789abcdef0"])


# --- VPC endpoints ----------------------------------------------------------------------------------------------------


def test_an_endpoint_is_made_and_goes_in_its_own_time(slow: Account) -> None:
    ec2, vpc = slow("ec2"), vpc_with_names(slow)
    id = endpoint(slow, "ecr.api", VpcId=vpc, VpcEndpointType="Interface", SubnetIds=slow.subnets(vpc))
    assert [seen_endpoint(slow, id)["State"] for _ in range(3)] == ["pending", "pending", "available"]
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[id])["Unsuccessful"] == []
    assert [seen_endpoint(slow, id)["State"] for _ in range(3)] == ["deleting", "deleting", "deleted"]


def test_the_interfaces_of_an_endpoint_hold_subnets_groups_and_vpc_until_it_is_gone(slow: Account) -> None:
    ec2, vpc = slow("ec2"), vpc_with_names(slow)
    (subnet,), group = slow.subnets(vpc, 1), slow.group(vpc)
    sent = {"VpcId": vpc, "VpcEndpointType": "Interface", "SubnetIds": [subnet], "SecurityGroupIds": [group]}
    id = endpoint(slow, "ecr.api", **sent)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[id])
    for take_away, named in (
        (ec2.delete_subnet, {"SubnetId": subnet}),
        (ec2.delete_security_group, {"GroupId": group}),
        (ec2.delete_vpc, {"VpcId": vpc}),
    ):
        with refused("DependencyViolation"):
            take_away(**named)
    assert [seen_endpoint(slow, id)["State"] for _ in range(3)][-1] == "deleted"
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)


def test_an_unknown_service_has_no_endpoint(strict_account: Account) -> None:
    with refused("InvalidServiceName"):
        strict_account("ec2").create_vpc_endpoint(VpcId=strict_account.vpc(), ServiceName="com.amazonaws.eu-west-1.s3")


def test_a_private_name_needs_a_vpc_with_names_and_is_taken_once(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    sent = {"VpcId": vpc, "VpcEndpointType": "Interface", "SubnetIds": strict_account.subnets(vpc)}
    with refused("InvalidParameter"):
        endpoint(strict_account, "ecr.api", **sent)
    strict_account("ec2").modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    endpoint(strict_account, "ecr.api", **sent)
    with refused("InvalidParameter"):
        endpoint(strict_account, "ecr.api", **sent)
    endpoint(strict_account, "ecr.api", **sent, PrivateDnsEnabled=False)


def test_a_route_table_leads_to_one_gateway_endpoint_of_a_service(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    endpoint(strict_account, "s3", VpcId=vpc, RouteTableIds=tables[:1])
    with refused("RouteAlreadyExists"):
        endpoint(strict_account, "s3", VpcId=vpc, RouteTableIds=tables)
    endpoint(strict_account, "s3", VpcId=vpc, RouteTableIds=tables[1:])


def test_an_endpoint_has_one_interface_a_zone(strict_account: Account) -> None:
    vpc = vpc_with_names(strict_account)
    subnets = strict_account.subnets(vpc, 1)
    more = {"VpcId": vpc, "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-east-1a"}
    subnets.append(strict_account("ec2").create_subnet(**more)["Subnet"]["SubnetId"])
    with refused("DuplicateSubnetsInSameZone"):
        endpoint(strict_account, "ecr.api", VpcId=vpc, VpcEndpointType="Interface", SubnetIds=subnets)


# --- flow logs --------------------------------------------------------------------------------------------------------


def test_a_flow_log_needs_a_role_that_is_there(strict_account: Account) -> None:
    sent: dict[str, Any] = {"ResourceIds": [strict_account.vpc()], "ResourceType": "VPC", "TrafficType": "ALL"}
    sent |= {"LogGroupName": "flows", "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flows"}
    with refused("InvalidParameter"):
        strict_account("ec2").create_flow_logs(**sent)
    strict_account("iam").create_role(RoleName="flows", AssumeRolePolicyDocument=TRUST)
    assert strict_account("ec2").create_flow_logs(**sent)["Unsuccessful"] == []


# --- route tables, ACLs, groups ---------------------------------------------------------------------------------------


def test_a_route_table_goes_after_its_subnets_left_and_the_main_one_never(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=strict_account.subnets(vpc, 1)[0])
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table)
    ec2.disassociate_route_table(AssociationId=association["AssociationId"])
    ec2.delete_route_table(RouteTableId=table)
    main = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (found,) = ec2.describe_route_tables(Filters=main)["RouteTables"]
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=found["RouteTableId"])


def test_a_moved_association_gets_another_id(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    subnet = strict_account.subnets(vpc, 1)[0]
    first = ec2.associate_route_table(RouteTableId=tables[0], SubnetId=subnet)["AssociationId"]
    moved = ec2.replace_route_table_association(AssociationId=first, RouteTableId=tables[1])["NewAssociationId"]
    assert moved != first
    found = ec2.describe_route_tables(RouteTableIds=tables)["RouteTables"]
    assert [[each["SubnetId"] for each in table["Associations"]] for table in found] in ([[], [subnet]], [[subnet], []])


def test_a_route_and_an_acl_entry_are_made_once(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry: dict[str, Any] = {"NetworkAclId": acl, "RuleNumber": 100, "Egress": False, "Protocol": "-1"}
    entry |= {"RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(**entry)
    with refused("NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(**entry)
    ec2.replace_network_acl_entry(**entry)


def test_an_acl_goes_after_its_subnets_left(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    strict_account.subnets(vpc, 1)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    (default,) = ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    association = default["Associations"][0]["NetworkAclAssociationId"]
    moved = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)["NewAssociationId"]
    with refused("DependencyViolation"):
        ec2.delete_network_acl(NetworkAclId=acl)
    ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=default["NetworkAclId"])
    ec2.delete_network_acl(NetworkAclId=acl)


def test_names_of_security_groups_are_unique_whatever_their_case(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    strict_account.group(vpc, "web")
    with refused("InvalidGroup.Duplicate"):
        strict_account.group(vpc, "Web")
    with refused("InvalidParameterValue"):
        strict_account.group(vpc, "sg-web")
    strict_account.group(strict_account.vpc(), "web")
