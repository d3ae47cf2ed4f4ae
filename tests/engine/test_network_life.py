"""The life of a network in an AWS that refuses and takes its time: made, changed, healed, and taken down in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from reconciler.aws.clients import Clients
from reconciler.converge import Pace
from reconciler.model import Action, ApplyResult, Outcome
from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from tests.engine.stacks import REGION, Workbench

pytestmark = pytest.mark.xdist_group("strict-aws")

PATIENT = Pace(first_pause=0.01, longest_pause=0.05, limit=60.0, visibility=20.0)

NETWORK = """
stack: shop
region: eu-central-1
resources:
  net:
    kind: network
    nat: {nat}
    database_subnets: true
    endpoints: [s3, ecr.api]
    network_acls: [public, private]
    flow_logs: {{retention_in_days: 7}}
"""


@pytest.fixture(params=[STRICT, HOSTILE], ids=["strict", "hostile"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Plans and applies against an AWS as on a good day and on a bad one: it refuses, delays, hides and throttles."""
    strictness: Strictness = request.param
    server = start_aws(strict=strictness)
    server.reset()
    for name, value in server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    yield Workbench(tmp_path, Clients(REGION), {})
    assert server.unimplemented == []
    assert server.crashes == []
    server.reset()
    server.stop()


def wrong(result: ApplyResult) -> list[tuple[str, str]]:
    return [(each.change.address, each.detail) for each in result.results if each.outcome is not Outcome.DONE]


def what_is_left() -> dict[str, list[str]]:
    """Everything in the account that is not AWS's own."""
    ec2 = boto3.client("ec2")
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    endpoints = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    return {
        "vpcs": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "addresses": [each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]],
        "gateways": [each["NatGatewayId"] for each in gateways if each["State"] != "deleted"],
        "endpoints": [each["VpcEndpointId"] for each in endpoints if each["State"] != "deleted"],
        "flow logs": [each["FlowLogId"] for each in ec2.describe_flow_logs()["FlowLogs"]],
        "interfaces": [each["NetworkInterfaceId"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]],
    }


def test_a_network_is_made_and_taken_down_in_the_order_aws_wants(bench: Workbench) -> None:
    text = NETWORK.format(nat="per_zone")
    assert wrong(bench.apply(text, pace=PATIENT)) == []
    assert {change.action for change in bench.plan(text).changes} == {Action.NOOP}
    assert wrong(bench.apply(text, destroy=True, pace=PATIENT)) == []
    assert {name: ids for name, ids in what_is_left().items() if ids} == {}


def test_zones_get_nat_gateways_of_their_own_and_lose_them_again(bench: Workbench) -> None:
    assert wrong(bench.apply(NETWORK.format(nat="single"), pace=PATIENT)) == []
    (first,) = boto3.client("ec2").describe_addresses()["Addresses"]
    assert wrong(bench.apply(NETWORK.format(nat="per_zone"), pace=PATIENT)) == []
    addresses = {each["PublicIp"] for each in boto3.client("ec2").describe_addresses()["Addresses"]}
    assert first["PublicIp"] in addresses
    assert len(addresses) == 2
    assert wrong(bench.apply(NETWORK.format(nat="none"), pace=PATIENT)) == []
    assert boto3.client("ec2").describe_addresses()["Addresses"] == []
    assert {change.action for change in bench.plan(NETWORK.format(nat="none")).changes} == {Action.NOOP}


def test_a_nat_gateway_somebody_deletes_is_waited_for_and_made_again_with_its_address(bench: Workbench) -> None:
    text = NETWORK.format(nat="single")
    assert wrong(bench.apply(text, pace=PATIENT)) == []
    ec2 = boto3.client("ec2")
    (gateway,) = ec2.describe_nat_gateways()["NatGateways"]
    (address,) = ec2.describe_addresses()["Addresses"]
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    actions = {change.address: change.action for change in bench.plan(text).changes}
    assert actions["ec2.nat_gateway/net-nat-a"] is Action.WAIT
    assert wrong(bench.apply(text, pace=PATIENT)) == []
    living = [each for each in ec2.describe_nat_gateways()["NatGateways"] if each["State"] == "available"]
    assert [each["NatGatewayAddresses"][0]["PublicIp"] for each in living] == [address["PublicIp"]]
    assert {change.action for change in bench.plan(text).changes} == {Action.NOOP}


@pytest.mark.parametrize("bench", [STRICT], indirect=True)
def test_a_nat_gateway_that_failed_is_told_and_replaced_by_the_next_apply(bench: Workbench) -> None:
    lonely = """
stack: shop
region: eu-central-1
resources:
  vpc: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}
  subnet: {kind: ec2.subnet, vpc_id: "${vpc.vpc_id}", cidr_block: 10.0.0.0/24}
  address: {kind: ec2.elastic_ip}
  nat: {kind: ec2.nat_gateway, subnet_id: "${subnet.subnet_id}", allocation_id: "${address.allocation_id}"}
"""
    ((address, detail),) = wrong(bench.apply(lonely, pace=PATIENT))
    assert address == "ec2.nat_gateway/nat"
    assert "Gateway.NotAttached" in detail
    cured = lonely + '  gateway: {kind: ec2.internet_gateway, vpc_id: "${vpc.vpc_id}"}\n'
    cured = cured.replace("allocation_id}", "allocation_id}").replace(
        "nat_gateway,", "nat_gateway, depends_on: [gateway],"
    )
    assert wrong(bench.apply(cured, pace=PATIENT)) == []
    states = sorted(each["State"] for each in boto3.client("ec2").describe_nat_gateways()["NatGateways"])
    assert states == ["available", "deleted"]


@pytest.mark.parametrize("bench", [STRICT], indirect=True)
def test_what_aws_makes_with_a_vpc_is_never_ours(bench: Workbench) -> None:
    text = "stack: shop\nregion: eu-central-1\nresources:\n  vpc: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}\n"
    made = bench.apply(text, pace=PATIENT)
    assert wrong(made) == []
    (vpc,) = (vpc for vpc in boto3.client("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"])
    of_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    implied = [
        *boto3.client("ec2").describe_security_groups(Filters=of_vpc)["SecurityGroups"],
        *boto3.client("ec2").describe_route_tables(Filters=of_vpc)["RouteTables"],
        *boto3.client("ec2").describe_network_acls(Filters=of_vpc)["NetworkAcls"],
    ]
    assert [each.get("Tags", []) for each in implied] == [[], [], []]
    destroyed = bench.apply(text, destroy=True, pace=PATIENT)
    assert wrong(destroyed) == []
    assert set(destroyed.api_calls) == {"ec2:DeleteVpc"}
