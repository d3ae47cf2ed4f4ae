"""What AWS does and moto without our repairs does not: EC2. One function per repair, of the same name."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account, refused

HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}


def dry_run(account: Account) -> None:
    before = len(account("ec2").describe_vpcs()["Vpcs"])
    with refused("DryRunOperation"):
        account("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
    assert len(account("ec2").describe_vpcs()["Vpcs"]) == before


def client_tokens(account: Account) -> None:
    subnet = account.subnets(account.vpc(), 1)[0]
    address = account("ec2").allocate_address(Domain="vpc")["AllocationId"]
    sent = {"SubnetId": subnet, "AllocationId": address, "ClientToken": "same"}
    made = [account("ec2").create_nat_gateway(**sent)["NatGateway"]["NatGatewayId"] for _ in range(2)]
    assert made[0] == made[1]


def canonical_cidrs(account: Account) -> None:
    assert account("ec2").create_vpc(CidrBlock="10.9.3.4/16")["Vpc"]["CidrBlock"] == "10.9.0.0/16"
    group = account.group(account.vpc())
    permission = {**HTTP, "IpRanges": [{"CidrIp": "10.1.2.3/16"}], "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::1/32"}]}
    account("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    found = _permissions(account, group)[0]
    assert [*found["IpRanges"], *found["Ipv6Ranges"]] == [{"CidrIp": "10.1.0.0/16"}, {"CidrIpv6": "2001:db8::/32"}]


def authorize(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    group, other = account.group(vpc), account.group(vpc, "db")
    from_anywhere = {**HTTP, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    from_group = {**HTTP, "UserIdGroupPairs": [{"GroupId": other, "Description": "db"}]}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[from_anywhere, from_group])
    assert [rule.get("Description") for rule in made["SecurityGroupRules"]] == ["all", "db"]
    listed = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    assert {rule.get("Description") for rule in listed if not rule["IsEgress"]} == {"all", "db"}
    with refused("InvalidPermission.Duplicate"):
        other_words = {**from_group, "UserIdGroupPairs": [{"GroupId": other, "Description": "other words"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[other_words])


def revoke(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    group, other = account.group(vpc), account.group(vpc, "db")
    described = {**HTTP, "UserIdGroupPairs": [{"GroupId": other, "Description": "db"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[described])
    bare = {**HTTP, "UserIdGroupPairs": [{"GroupId": other}]}
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[bare])
    assert _permissions(account, group) == []
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[bare])


def update_descriptions(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    group, other = account.group(vpc), account.group(vpc, "db")
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{**HTTP, "UserIdGroupPairs": [{"GroupId": other, "Description": "old"}]}]
    )
    new = {**HTTP, "UserIdGroupPairs": [{"GroupId": other, "Description": "new"}]}
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=[new])
    assert _permissions(account, group)[0]["UserIdGroupPairs"][0]["Description"] == "new"


def default_entries(account: Account) -> None:
    made = account("ec2").create_network_acl(VpcId=account.vpc())["NetworkAcl"]
    denied = [(entry["RuleNumber"], entry["Egress"], entry["RuleAction"]) for entry in made["Entries"]]
    assert sorted(denied) == [(32767, False, "deny"), (32767, True, "deny")]


def acl_entries(account: Account) -> None:
    ec2 = account("ec2")
    acl = ec2.create_network_acl(VpcId=account.vpc())["NetworkAcl"]["NetworkAclId"]
    rule = {"NetworkAclId": acl, "RuleNumber": 7, "Egress": False}
    icmp = {"Protocol": "1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": {"Type": 8, "Code": -1}}
    ec2.create_network_acl_entry(**rule, **icmp)
    entries = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    assert [entry["IcmpTypeCode"] for entry in entries if entry["RuleNumber"] == 7] == [{"Type": 8, "Code": -1}]
    with refused("InvalidNetworkAclEntry.NotFound"):
        ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=999, Egress=False)


def delete_subnet(account: Account) -> None:
    ec2, vpc = account("ec2"), account.vpc()
    subnet = account.subnets(vpc, 1)[0]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.delete_subnet(SubnetId=subnet)
    assert ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"] == []
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    assert [acl["Associations"] for acl in acls] == [[]]


def delete_vpc(account: Account) -> None:
    vpc = account.vpc()
    account("ec2").delete_vpc(VpcId=vpc)
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    assert account("ec2").describe_network_acls(Filters=filters)["NetworkAcls"] == []


def _permissions(account: Account, group: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0][
        "IpPermissions"
    ]
    return found
