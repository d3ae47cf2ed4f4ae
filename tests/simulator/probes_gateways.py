"""What AWS does and moto without our repairs does not: gateways, endpoints, flow logs. One function per repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account, refused


def addresses(account: Account) -> None:
    account("ec2").allocate_address(Domain="vpc")
    account("ec2").allocate_address(Domain="vpc", PublicIpv4Pool="ipv4pool-ec2-1", NetworkBorderGroup="us-east-1-chi-1")
    found = account("ec2").describe_addresses()["Addresses"]
    assert [(each["PublicIpv4Pool"], each["NetworkBorderGroup"]) for each in found] == [
        ("amazon", "us-east-1"),
        ("ipv4pool-ec2-1", "us-east-1-chi-1"),
    ]


def allocation(account: Account) -> str:
    made: str = account("ec2").allocate_address(Domain="vpc")["AllocationId"]
    return made


def public_subnet(account: Account) -> str:
    """A subnet of a VPC with an internet gateway."""
    ec2, vpc = account("ec2"), account.vpc()
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return account.subnets(vpc, 1)[0]


def seen(account: Account, gateway: str) -> dict[str, Any]:
    found: dict[str, Any] = account("ec2").describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]
    return found


def parts(account: Account, gateway: str) -> list[tuple[Any, ...]]:
    return [
        (each["IsPrimary"], each.get("AllocationId"), each["PrivateIp"])
        for each in seen(account, gateway)["NatGatewayAddresses"]
    ]


def nat_gateways(account: Account) -> None:
    ec2, subnet = account("ec2"), public_subnet(account)
    first, second = allocation(account), allocation(account)
    sent = {"PrivateIpAddress": "10.0.0.10", "SecondaryPrivateIpAddresses": ["10.0.0.11"]}
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=first, SecondaryAllocationIds=[second], **sent)
    gateway = made["NatGateway"]["NatGatewayId"]
    assert parts(account, gateway) == [(True, first, "10.0.0.10"), (False, second, "10.0.0.11")]
    assert seen(account, gateway)["ConnectivityType"] == "public"
    lost = account.subnets(account.vpc(), 1)[0]
    failed = ec2.create_nat_gateway(SubnetId=lost, AllocationId=allocation(account))["NatGateway"]
    assert (failed["State"], failed["FailureCode"]) == ("failed", "Gateway.NotAttached")


def nat_gateway_addresses(account: Account) -> None:
    ec2, subnet = account("ec2"), public_subnet(account)
    first, second = allocation(account), allocation(account)
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=first)["NatGateway"]["NatGatewayId"]
    sent = {"AllocationIds": [second], "PrivateIpAddresses": ["10.0.0.77"]}
    made = ec2.associate_nat_gateway_address(NatGatewayId=gateway, **sent)
    assert parts(account, gateway)[1:] == [(False, second, "10.0.0.77")]
    ids = [each["AssociationId"] for each in made["NatGatewayAddresses"] if not each["IsPrimary"]]
    ec2.disassociate_nat_gateway_address(NatGatewayId=gateway, AssociationIds=ids)
    ec2.release_address(AllocationId=second)
    made = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    private = made["NatGateway"]["NatGatewayId"]
    ec2.assign_private_nat_gateway_address(NatGatewayId=private, PrivateIpAddresses=["10.0.0.78", "10.0.0.79"])
    ec2.unassign_private_nat_gateway_address(NatGatewayId=private, PrivateIpAddresses=["10.0.0.78"])
    assert parts(account, private)[1:] == [(False, None, "10.0.0.79")]


def delete_nat_gateway(account: Account) -> None:
    ec2, subnet, address = account("ec2"), public_subnet(account), allocation(account)
    for _ in range(2):
        made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        ec2.delete_nat_gateway(NatGatewayId=made)
        assert seen(account, made)["State"] == "deleted"
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-0123456789abcdef0")


def blackholes(account: Account) -> None:
    ec2, subnet = account("ec2"), public_subnet(account)
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation(account))["NatGateway"]
    table = ec2.create_route_table(VpcId=gateway["VpcId"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway["NatGatewayId"])

    def states() -> list[str]:
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return sorted(route["State"] for route in routes)

    assert states() == ["active", "active"]
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    assert states() == ["active", "blackhole"]


def endpoint(account: Account, service: str, **more: Any) -> str:
    sent = {"ServiceName": f"com.amazonaws.us-east-1.{service}", **more}
    made: str = account("ec2").create_vpc_endpoint(**sent)["VpcEndpoint"]["VpcEndpointId"]
    return made


def seen_endpoint(account: Account, id: str) -> dict[str, Any]:
    found: dict[str, Any] = account("ec2").describe_vpc_endpoints(VpcEndpointIds=[id])["VpcEndpoints"][0]
    return found


def endpoint_settings(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    subnets = account.subnets(vpc)
    id = endpoint(account, "ecr.api", VpcId=vpc, VpcEndpointType="Interface", SubnetIds=subnets)
    found = seen_endpoint(account, id)
    assert (found["PrivateDnsEnabled"], found["IpAddressType"]) == (True, "ipv4")
    assert [group["GroupName"] for group in found["Groups"]] == ["default"]
    options = {"DnsRecordIpType": "dualstack"}
    ec2.modify_vpc_endpoint(
        VpcEndpointId=id, PrivateDnsEnabled=False, IpAddressType="dualstack", DnsOptions=options, AddSubnetIds=[]
    )
    found = seen_endpoint(account, id)
    assert (found["PrivateDnsEnabled"], found["IpAddressType"], found["DnsOptions"]) == (False, "dualstack", options)
    assert seen_endpoint(account, endpoint(account, "s3", VpcId=vpc))["VpcEndpointType"] == "Gateway"


def endpoint_routes(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    id = endpoint(account, "s3", VpcId=vpc, VpcEndpointType="Gateway", RouteTableIds=tables[:1])
    ec2.modify_vpc_endpoint(VpcEndpointId=id, AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1])
    found = ec2.describe_route_tables(RouteTableIds=tables)["RouteTables"]
    routed = {each["RouteTableId"] for each in found for route in each["Routes"] if route.get("GatewayId") == id}
    assert routed == {tables[1]}


def delete_vpc_endpoints(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    id, absent = endpoint(account, "s3", VpcId=vpc, VpcEndpointType="Gateway"), "vpce-0123456789abcdef0"
    (failed,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[id, absent])["Unsuccessful"]
    assert (failed["ResourceId"], failed["Error"]["Code"]) == (absent, "InvalidVpcEndpoint.NotFound")
    assert seen_endpoint(account, id)["State"] == "deleted"


def flow_logs(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    account("s3").create_bucket(Bucket="flows")
    options = {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": False}
    sent = {
        "ResourceIds": [vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogDestinationType": "s3",
        "LogDestination": "arn:aws:s3:::flows/net/",
        "DestinationOptions": options,
    }
    assert ec2.create_flow_logs(**sent)["Unsuccessful"] == []
    (found,) = ec2.describe_flow_logs()["FlowLogs"]
    assert (found["LogDestination"], found["DestinationOptions"]) == (sent["LogDestination"], options)
    (failed,) = ec2.create_flow_logs(**sent)["Unsuccessful"]
    assert (failed["ResourceId"], failed["Error"]["Code"]) == (vpc, "FlowLogAlreadyExists")
