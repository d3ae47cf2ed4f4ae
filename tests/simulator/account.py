"""A simulated account as a test sees it: clients without retries, a network to build in, and words for refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TAGS = [{"Key": "reconciler:stack", "Value": "shop"}, {"Key": "reconciler:resource", "Value": "x/y"}]
LOWER_TAGS = [{"key": "reconciler:stack", "value": "shop"}]
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}'
)
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'


@cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="simulated", aws_secret_access_key="simulated", region_name="us-east-1")


class Account:
    """The account behind an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """A client that never retries."""
        if service not in self._clients:
            once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
            make: Any = _session().client
            self._clients[service] = make(service, endpoint_url=self.endpoint, config=once)
        return self._clients[service]

    def vpc(self) -> str:
        made: str = self("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        return made

    def subnets(self, vpc: str, count: int = 2) -> list[str]:
        """One in each of the first `count` zones."""
        made = (
            self("ec2").create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{'abc'[index]}"
            )
            for index in range(count)
        )
        return [answer["Subnet"]["SubnetId"] for answer in made]

    def group(self, vpc: str, name: str = "web") -> str:
        made: str = self("ec2").create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"]
        return made

    def balancer(self, subnets: list[str], **more: Any) -> str:
        made = self("elbv2").create_load_balancer(Name="web", Subnets=subnets, **more)
        arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
        return arn

    def target_group(self, vpc: str, **more: Any) -> str:
        sent = {"Name": "web", "Protocol": "HTTP", "Port": 3000, "VpcId": vpc, "TargetType": "ip", **more}
        arn: str = self("elbv2").create_target_group(**sent)["TargetGroups"][0]["TargetGroupArn"]
        return arn

    def database(self, **more: Any) -> Mapping[str, Any]:
        sent = {
            "DBInstanceIdentifier": "shop",
            "DBInstanceClass": "db.t3.micro",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "MasterUsername": "app",
            "MasterUserPassword": "not-a-secret",
            **more,
        }
        made: Mapping[str, Any] = self("rds").create_db_instance(**sent)["DBInstance"]
        return made

    def seen_database(self, name: str = "shop") -> Mapping[str, Any]:
        found: Mapping[str, Any] = self("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return found

    def service(self, **more: Any) -> Mapping[str, Any]:
        """A Fargate service `web` in cluster `shop`, both made, with task definition `web:1`."""
        ecs = self("ecs")
        ecs.create_cluster(clusterName="shop")
        ecs.register_task_definition(
            family="web", containerDefinitions=[{"name": "web", "image": "web:1", "memory": 512}]
        )
        sent = {"cluster": "shop", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2, **more}
        made: Mapping[str, Any] = ecs.create_service(launchType="FARGATE", **sent)["service"]
        return made

    def seen_service(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self("ecs").describe_services(cluster="shop", services=["web"])["services"][0]
        return found


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The body must end with this AWS error."""
    found = "nothing"
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]["Code"]
    if found != code:
        raise AssertionError(f"refused with {found}, not {code}")
