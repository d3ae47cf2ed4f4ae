"""What the words of `network` change: the way out, the endpoints, the tiers and their ACLs, and what is logged."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Reference, Resource
from tests.engine.specs import dangling, expanded, problems


def network(folder: Path, *lines: str, more: str = "") -> dict[str, Resource]:
    words = "".join(f"    {line}\n" for line in lines)
    found = expanded(folder, f"  net:\n    kind: network\n{words}{more}").resources
    assert list(dangling(found)) == []
    return dict(found)


def of_kind(found: dict[str, Resource], kind: str) -> dict[str, Resource]:
    return {resource.name: resource for resource in found.values() if resource.kind == kind}


def nat_routes(found: dict[str, Resource]) -> dict[str, list[str]]:
    """The NAT gateways the tables of private subnets lead to."""
    tables = of_kind(found, "ec2.route_table").items()
    return {
        name: [route["nat_gateway_id"].target for route in table.properties["routes"]]
        for name, table in tables
        if "public" not in name
    }


# --- NAT --------------------------------------------------------------------------------------------------------------


def test_without_a_word_there_is_nothing_that_costs(tmp_path: Path) -> None:
    kinds = {resource.kind for resource in network(tmp_path).values()}
    assert kinds == {
        "ec2.vpc",
        "ec2.internet_gateway",
        "ec2.subnet",
        "ec2.route_table",
        "ec2.network_acl",
    }


def test_a_single_nat_gateway_serves_all_private_subnets(tmp_path: Path) -> None:
    found = network(tmp_path, "nat: single")
    assert nat_routes(found) == {"net-private-routes": ["ec2.nat_gateway/net-nat-a"]}
    gateway = found["ec2.nat_gateway/net-nat-a"]
    assert gateway.properties["subnet_id"] == Reference("ec2.subnet/net-public-a", "subnet_id")
    assert gateway.properties["allocation_id"] == Reference("ec2.elastic_ip/net-nat-address-a", "allocation_id")


def test_a_nat_gateway_a_zone_gives_each_private_subnet_a_table_of_its_own(tmp_path: Path) -> None:
    found = network(tmp_path, "nat: per_zone")
    assert nat_routes(found) == {f"net-private-routes-{zone}": [f"ec2.nat_gateway/net-nat-{zone}"] for zone in "ab"}
    for zone in "ab":
        (subnet,) = found[f"ec2.route_table/net-private-routes-{zone}"].properties["associations"]
        assert subnet.target == f"ec2.subnet/net-private-{zone}"


def test_the_first_gateway_and_its_address_stay_when_other_zones_get_their_own(tmp_path: Path) -> None:
    single, several = network(tmp_path, "nat: single"), network(tmp_path, "nat: per_zone")
    for address in ("ec2.nat_gateway/net-nat-a", "ec2.elastic_ip/net-nat-address-a"):
        assert several[address].properties == single[address].properties


def test_a_nat_gateway_waits_for_the_internet_gateway(tmp_path: Path) -> None:
    needed = expanded(tmp_path, "  net: {kind: network, nat: single}\n").dependencies
    assert "ec2.internet_gateway/net-gateway" in needed["ec2.nat_gateway/net-nat-a"]


# --- ACLs -------------------------------------------------------------------------------------------------------------


def admits(found: dict[str, Resource], tier: str, packet: tuple[bool, str, str, int]) -> bool:
    """Does the ACL of a tier let a packet through: out or in, from or to an address, to a port?"""
    egress, protocol, address, port = packet
    for entry in found[f"ec2.network_acl/net-{tier}-acl"].properties["entries"]:
        ports = entry.get("port_range", {"from": 0, "to": 65535})
        if (
            entry["egress"] == egress
            and entry["protocol"] in ("-1", protocol)
            and ip_address(address) in ip_network(entry["cidr_block"])
            and ports["from"] <= port <= ports["to"]
        ):
            return bool(entry["rule_action"] == "allow")
    return False


INSIDE, OUTSIDE = "10.0.7.7", "198.51.100.7"
ANSWER = (False, "tcp", OUTSIDE, 40000)
REQUEST_OUT = (True, "tcp", OUTSIDE, 443)
REQUEST_IN = (False, "tcp", OUTSIDE, 443)


@pytest.mark.parametrize("words", [(), ("nat: single",), ("endpoints: [s3]",)])
def test_private_subnets_talk_to_the_network_and_let_no_request_in(tmp_path: Path, words: tuple[str, ...]) -> None:
    found = network(tmp_path, *words)
    assert all(admits(found, "private", (egress, "udp", INSIDE, 53)) for egress in (True, False))
    assert not admits(found, "private", REQUEST_IN)


def test_private_subnets_let_answers_in_where_there_is_a_way_out(tmp_path: Path) -> None:
    assert not admits(network(tmp_path), "private", ANSWER)
    assert not admits(network(tmp_path), "private", REQUEST_OUT)
    for words in ("nat: single", "endpoints: [s3]"):
        assert admits(network(tmp_path, words), "private", ANSWER)
        assert admits(network(tmp_path, words), "private", REQUEST_OUT)
    assert not admits(network(tmp_path, "endpoints: [s3]"), "private", (True, "tcp", OUTSIDE, 25))
    assert admits(network(tmp_path, "nat: single"), "private", (True, "tcp", OUTSIDE, 25))
    assert not admits(network(tmp_path, "endpoints: [ecr.api]"), "private", ANSWER)


def test_the_acl_of_public_subnets_lets_in_the_web_and_answers(tmp_path: Path) -> None:
    found = network(tmp_path, "network_acls: [public, private]")
    assert admits(found, "public", REQUEST_IN)
    assert admits(found, "public", (False, "tcp", OUTSIDE, 80))
    assert admits(found, "public", ANSWER)
    assert admits(found, "public", REQUEST_OUT)
    assert not admits(found, "public", (False, "tcp", OUTSIDE, 22))
    assert not admits(found, "public", (False, "icmp", OUTSIDE, 443))


def test_entries_of_one_acl_have_numbers_of_their_own(tmp_path: Path) -> None:
    words = ("nat: single", "database_subnets: true", "network_acls: [public, private]")
    for acl in of_kind(network(tmp_path, *words), "ec2.network_acl").values():
        numbers = [(entry["rule_number"], entry["egress"]) for entry in acl.properties["entries"]]
        assert len(numbers) == len(set(numbers))


def test_a_network_may_have_no_acls_of_its_own(tmp_path: Path) -> None:
    assert of_kind(network(tmp_path, "network_acls: []"), "ec2.network_acl") == {}


# --- subnets of databases ---------------------------------------------------------------------------------------------


def test_databases_get_subnets_that_lead_nowhere(tmp_path: Path) -> None:
    found = network(tmp_path, "database_subnets: true", "nat: per_zone", "endpoints: [s3]")
    table = found["ec2.route_table/net-database-routes"].properties
    assert table["routes"] == []
    assert {each.target for each in table["associations"]} == {f"ec2.subnet/net-database-{zone}" for zone in "ab"}
    endpoint = found["ec2.vpc_endpoint/net-endpoint-s3"].properties
    assert "ec2.route_table/net-database-routes" not in {each.target for each in endpoint["route_table_ids"]}
    assert not admits(found, "database", ANSWER)
    assert not admits(found, "database", REQUEST_OUT)
    assert admits(found, "database", (False, "tcp", INSIDE, 5432))


def test_subnets_of_all_tiers_do_not_overlap(tmp_path: Path) -> None:
    zones = "availability_zones: [eu-central-1a, eu-central-1b, eu-central-1c, eu-central-1d]"
    subnets = of_kind(network(tmp_path, "database_subnets: true", zones), "ec2.subnet")
    blocks = [ip_network(subnet.properties["cidr_block"]) for subnet in subnets.values()]
    assert len(blocks) == 12
    assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)


def test_database_subnets_in_five_zones_are_refused(tmp_path: Path) -> None:
    zones = ", ".join(f"eu-central-1{letter}" for letter in "abcde")
    assert network(tmp_path, f"availability_zones: [{zones}]")
    text = f"  net: {{kind: network, availability_zones: [{zones}], database_subnets: true}}\n"
    (problem,) = problems(tmp_path, text)
    assert "availability_zones" in problem.message


def test_a_database_stands_in_the_subnets_of_databases(tmp_path: Path) -> None:
    database = "  db: {kind: postgres, network: '${net}'}\n"
    for words, tier in ((("database_subnets: true",), "database"), ((), "private")):
        found = network(tmp_path, *words, more=database)
        ids = found["rds.db_subnet_group/db-subnets"].properties["subnet_ids"]
        assert {each.target for each in ids} == {f"ec2.subnet/net-{tier}-{zone}" for zone in "ab"}


# --- endpoints --------------------------------------------------------------------------------------------------------


def test_s3_and_dynamodb_are_routes_from_public_and_private_subnets(tmp_path: Path) -> None:
    found = network(tmp_path, "endpoints: [s3, dynamodb]", "nat: per_zone")
    tables = {f"ec2.route_table/net-{name}" for name in ("public-routes", "private-routes-a", "private-routes-b")}
    for service in ("s3", "dynamodb"):
        endpoint = found[f"ec2.vpc_endpoint/net-endpoint-{service}"].properties
        assert (endpoint["vpc_endpoint_type"], endpoint["service_name"]) == (
            "Gateway",
            f"com.amazonaws.eu-central-1.{service}",
        )
        assert {each.target for each in endpoint["route_table_ids"]} == tables
    assert of_kind(found, "ec2.security_group") == {}


def test_other_services_are_interfaces_the_whole_network_may_ask(tmp_path: Path) -> None:
    found = network(tmp_path, "endpoints: [ecr.api, secretsmanager]", "cidr_block: 10.20.0.0/16")
    endpoint = found["ec2.vpc_endpoint/net-endpoint-ecr-api"].properties
    assert (endpoint["vpc_endpoint_type"], endpoint["private_dns_enabled"]) == ("Interface", True)
    assert {each.target for each in endpoint["subnet_ids"]} == {f"ec2.subnet/net-private-{zone}" for zone in "ab"}
    (group,) = of_kind(found, "ec2.security_group").values()
    (rule,) = group.properties["ingress"]
    assert (rule["cidr_ipv4"], rule["from_port"], rule["to_port"]) == ("10.20.0.0/16", 443, 443)
    assert endpoint["security_group_ids"] == [Reference(group.address, "group_id")]


# --- flow logs --------------------------------------------------------------------------------------------------------


def test_flow_logs_come_with_their_group_and_a_role_that_writes_only_there(tmp_path: Path) -> None:
    found = network(tmp_path, "flow_logs: {retention_in_days: 90, traffic_type: REJECT}")
    log = found["ec2.flow_log/net-flow-log"].properties
    assert (log["traffic_type"], log["resource_id"]) == ("REJECT", Reference("ec2.vpc/net-vpc", "vpc_id"))
    assert found["logs.log_group/net-flow-logs"].properties["retention_in_days"] == 90
    role = found["iam.role/net-flow-logs-role"].properties
    (trust,) = role["assume_role_policy_document"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    (allowed,) = role["policies"]["write-flow-logs"]["Statement"]
    assert all("logs.log_group/net-flow-logs" in str(resource) for resource in allowed["Resource"])


def test_an_empty_word_logs_everything_for_a_month(tmp_path: Path) -> None:
    found = network(tmp_path, "flow_logs: {}")
    assert found["ec2.flow_log/net-flow-log"].properties["traffic_type"] == "ALL"
    assert found["logs.log_group/net-flow-logs"].properties["retention_in_days"] == 30


# --- outputs, and services in private subnets -------------------------------------------------------------------------


def test_what_a_network_does_not_have_cannot_be_referred_to(tmp_path: Path) -> None:
    for output in ("nat_gateway_public_ips", "database_subnet_ids", "vpc_endpoint_ids", "flow_log_group_name"):
        reader = f"  t: {{kind: sns.topic, delivery_policy: {{a: '${{net.{output}}}'}}}}\n"
        (problem,) = problems(tmp_path, f"  net: {{kind: network}}\n{reader}")
        assert problem.code == "RC1403"


def service_network(found: dict[str, Resource]) -> dict[str, Any]:
    configuration: dict[str, Any] = found["ecs.service/api"].properties["network_configuration"]["awsvpc_configuration"]
    return configuration


@pytest.mark.parametrize("kind", ["web_service", "worker"])
def test_a_service_runs_in_public_subnets_until_it_is_told_otherwise(tmp_path: Path, kind: str) -> None:
    for words, tier, public in (("", "public", "ENABLED"), (", subnets: private", "private", "DISABLED")):
        service = f"  api: {{kind: {kind}, network: '${{net}}', image: a{words}}}\n"
        found = service_network(network(tmp_path, "nat: single", more=service))
        assert {each.target for each in found["subnets"]} == {f"ec2.subnet/net-{tier}-{zone}" for zone in "ab"}
        assert found["assign_public_ip"] == public
