"""What AWS refuses, the strict emulator refuses too, with AWS's own codes."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.simulator.refusals import EDGES, RULES
from tests.simulator.account import ALLOW, TAGS, TRUST, Account, refused
from tests.simulator.probes_dns import issued
from tests.simulator.probes_services import TARGET, TRACKING


def test_a_security_group_named_by_another_groups_rule_stays(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    web, database = strict_account.group(vpc), strict_account.group(vpc, "db")
    rule: Any = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": web}]}
    ec2.authorize_security_group_ingress(GroupId=database, IpPermissions=[rule])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=web)
    ec2.revoke_security_group_ingress(GroupId=database, IpPermissions=[rule])
    ec2.delete_security_group(GroupId=web)


def test_a_security_group_that_names_itself_may_go(strict_account: Account) -> None:
    group = strict_account.group(strict_account.vpc())
    rule: Any = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    strict_account("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    strict_account("ec2").delete_security_group(GroupId=group)


def test_subnets_and_groups_of_a_load_balancer_stay(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    subnets, group = strict_account.subnets(vpc), strict_account.group(vpc)
    balancer = strict_account.balancer(subnets, SecurityGroups=[group])
    with refused("DependencyViolation"):
        strict_account("ec2").delete_subnet(SubnetId=subnets[0])
    with refused("DependencyViolation"):
        strict_account("ec2").delete_security_group(GroupId=group)
    strict_account("elbv2").delete_load_balancer(LoadBalancerArn=balancer)
    strict_account("ec2").delete_subnet(SubnetId=subnets[0])
    strict_account("ec2").delete_security_group(GroupId=group)


def test_what_a_database_uses_stays(strict_account: Account) -> None:
    rds, vpc = strict_account("rds"), strict_account.vpc()
    subnets, group = strict_account.subnets(vpc), strict_account.group(vpc)
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="d", SubnetIds=subnets)
    rds.create_db_parameter_group(DBParameterGroupName="shop", DBParameterGroupFamily="postgres17", Description="d")
    strict_account.database(DBSubnetGroupName="shop", DBParameterGroupName="shop", VpcSecurityGroupIds=[group])
    with refused("InvalidDBSubnetGroupStateFault"):
        rds.delete_db_subnet_group(DBSubnetGroupName="shop")
    with refused("InvalidDBParameterGroupState"):
        rds.delete_db_parameter_group(DBParameterGroupName="shop")
    with refused("DependencyViolation"):
        strict_account("ec2").delete_subnet(SubnetId=subnets[0])
    with refused("DependencyViolation"):
        strict_account("ec2").delete_security_group(GroupId=group)
    rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(DBSubnetGroupName="shop")
    rds.delete_db_parameter_group(DBParameterGroupName="shop")


def test_what_a_running_service_uses_stays_until_it_is_scaled_to_none(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    subnets, group = strict_account.subnets(vpc), strict_account.group(vpc)
    strict_account.service(
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group]}}
    )
    with refused("DependencyViolation"):
        strict_account("ec2").delete_security_group(GroupId=group)
    with refused("ClusterContainsServicesException"):
        strict_account("ecs").delete_cluster(cluster="shop")
    strict_account("ecs").update_service(cluster="shop", service="web", desiredCount=0)
    strict_account("ecs").delete_service(cluster="shop", service="web")
    strict_account("ec2").delete_security_group(GroupId=group)
    strict_account("ecs").delete_cluster(cluster="shop")


def test_a_vpc_goes_last(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    group = strict_account.group(vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for take_away, sent in (
        (ec2.detach_internet_gateway, {"InternetGatewayId": gateway, "VpcId": vpc}),
        (ec2.delete_network_acl, {"NetworkAclId": acl}),
        (ec2.delete_security_group, {"GroupId": group}),
        (ec2.delete_route_table, {"RouteTableId": table}),
    ):
        with refused("DependencyViolation"):
            ec2.delete_vpc(VpcId=vpc)
        take_away(**sent)
    ec2.delete_vpc(VpcId=vpc)


def test_a_gateway_stays_attached_while_something_is_public(strict_account: Account) -> None:
    ec2, vpc = strict_account("ec2"), strict_account.vpc()
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    balancer = strict_account.balancer(strict_account.subnets(vpc))
    with refused("DependencyViolation"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    strict_account("elbv2").delete_load_balancer(LoadBalancerArn=balancer)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def test_the_address_and_subnet_of_a_nat_gateway_stay_while_it_lives(strict_account: Account) -> None:
    ec2 = strict_account("ec2")
    subnet = strict_account.subnets(strict_account.vpc(), 1)[0]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_protected_load_balancer_is_not_deleted(strict_account: Account) -> None:
    elb, balancer = strict_account("elbv2"), strict_account.balancer(strict_account.subnets(strict_account.vpc()))

    def protect(value: str) -> None:
        attribute = [{"Key": "deletion_protection.enabled", "Value": value}]
        elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attribute)

    protect("true")
    with refused("OperationNotPermitted"):
        elb.delete_load_balancer(LoadBalancerArn=balancer)
    protect("false")
    elb.delete_load_balancer(LoadBalancerArn=balancer)


def test_a_protected_database_is_not_deleted_and_a_snapshot_must_be_decided(strict_account: Account) -> None:
    rds = strict_account("rds")
    strict_account.database(DeletionProtection=True)
    with refused("InvalidParameterCombination"):
        rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    rds.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=False, ApplyImmediately=True)
    with refused("InvalidParameterCombination"):
        rds.delete_db_instance(DBInstanceIdentifier="shop")
    with refused("InvalidParameterCombination"):
        rds.modify_db_instance(DBInstanceIdentifier="shop", AllocatedStorage=10, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier="shop", FinalDBSnapshotIdentifier="last")
    assert rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"]


def test_an_attached_policy_is_not_deleted(strict_account: Account) -> None:
    iam = strict_account("iam")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    policy = iam.create_policy(PolicyName="web", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="web", PolicyArn=policy)
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=policy)
    iam.detach_role_policy(RoleName="web", PolicyArn=policy)
    iam.delete_policy(PolicyArn=policy)


def test_a_certificate_of_a_listener_is_not_deleted(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    balancer, group = strict_account.balancer(strict_account.subnets(vpc)), strict_account.target_group(vpc)
    certificate = issued(strict_account, "shop.example.com")
    sent: Any = {"LoadBalancerArn": balancer, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}
    https = {**sent, "Protocol": "HTTPS", "Port": 443}
    with refused("ValidationError"):
        strict_account("elbv2").create_listener(**https)
    strict_account("elbv2").create_listener(**https, Certificates=[{"CertificateArn": certificate}])
    with refused("ResourceInUseException"):
        strict_account("acm").delete_certificate(CertificateArn=certificate)
    with refused("DuplicateListener"):
        strict_account("elbv2").create_listener(**{**sent, "Protocol": "HTTP", "Port": 443})


def test_a_service_is_not_created_twice(strict_account: Account) -> None:
    strict_account.service()
    with refused("InvalidParameterException"):
        strict_account.service()


def test_a_policy_needs_its_scalable_target(strict_account: Account) -> None:
    with refused("ObjectNotFoundException"):
        strict_account("application-autoscaling").put_scaling_policy(**TARGET, **TRACKING)


def test_one_zone_is_too_few(strict_account: Account) -> None:
    subnets = strict_account.subnets(strict_account.vpc(), 1)
    with refused("ValidationError"):
        strict_account.balancer(subnets)
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        strict_account("rds").create_db_subnet_group(
            DBSubnetGroupName="shop", DBSubnetGroupDescription="d", SubnetIds=subnets
        )


def test_a_topic_is_not_created_again_with_other_tags(strict_account: Account) -> None:
    sns = strict_account("sns")
    first = sns.create_topic(Name="alerts", Tags=TAGS)["TopicArn"]
    assert sns.create_topic(Name="alerts", Tags=TAGS)["TopicArn"] == first
    assert sns.create_topic(Name="alerts")["TopicArn"] == first
    with refused("InvalidParameter"):
        sns.create_topic(Name="alerts", Tags=TAGS[:1])


def test_a_retention_that_does_not_exist_is_refused(strict_account: Account) -> None:
    logs = strict_account("logs")
    logs.create_log_group(logGroupName="/shop")
    logs.put_retention_policy(logGroupName="/shop", retentionInDays=30)
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName="/shop", retentionInDays=31)


@pytest.mark.parametrize("call", sorted({edge.call for edge in EDGES} | {rule.call for rule in RULES}))
def test_every_refusal_names_a_call_that_aws_has(call: str) -> None:
    service, operation = call.split(":")
    assert operation in Account("http://127.0.0.1:1")(service).meta.service_model.operation_names
