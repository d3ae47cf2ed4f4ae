"""The embedded AWS as a server: what it records, what it says when it cannot, where it listens."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.repair import repair
from reconciler.simulator.wire import Answer, Handler, Request
from tests.simulator.account import TRUST, Account, refused

Call = Callable[[Account], object]

UNKNOWN: dict[str, tuple[Call, str]] = {
    "query": (lambda account: account("rds").describe_certificates(), "rds:DescribeCertificates"),
    "ec2": (lambda account: account("ec2").describe_coip_pools(), "ec2:DescribeCoipPools"),
    "json": (
        lambda account: account("ecs").put_account_setting_default(name="containerInsights", value="enabled"),
        "ecs:PutAccountSettingDefault",
    ),
    "rest-json": (lambda account: account("sesv2").list_export_jobs(), "sesv2:ListExportJobs"),
    "rest-xml": (
        lambda account: account("cloudfront").list_realtime_log_configs(),
        "cloudfront:ListRealtimeLogConfigs",
    ),
    "no such service": (lambda account: account("pricing").describe_services(), "pricing:DescribeServices"),
}


@pytest.mark.parametrize("protocol", UNKNOWN)
def test_an_unimplemented_operation_is_answered_once_by_name_and_recorded(
    protocol: str, aws: EmbeddedAws, account: Account
) -> None:
    call, named = UNKNOWN[protocol]
    with pytest.raises(ClientError) as caught:
        call(account)
    assert caught.value.response["Error"]["Code"] == "UnimplementedByEmulator"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert [":".join(unknown) for unknown in aws.unimplemented] == [named]
    assert len(aws.calls) == 1


def test_every_request_is_recorded_by_service_and_operation(aws: EmbeddedAws, account: Account) -> None:
    account("sts").get_caller_identity()
    account("iam").create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    account("s3").create_bucket(Bucket="shop-files")
    account("s3").get_bucket_location(Bucket="shop-files")
    account("sesv2").get_account()
    account("cloudwatch").describe_alarms()
    account("elbv2").describe_target_groups()
    assert aws.calls == [
        ("sts", "GetCallerIdentity"),
        ("iam", "CreateRole"),
        ("s3", "CreateBucket"),
        ("s3", "GetBucketLocation"),
        ("sesv2", "GetAccount"),
        ("cloudwatch", "DescribeAlarms"),
        ("elbv2", "DescribeTargetGroups"),
    ]


def test_a_reset_gives_an_empty_account_again(aws: EmbeddedAws, account: Account) -> None:
    account.vpc()
    account("s3").create_bucket(Bucket="shop-files")
    account("s3").put_object(Bucket="shop-files", Key="a", Body=b"x")
    account("sesv2").create_email_identity(EmailIdentity="example.com")
    aws.faults.throttle("*", times=100)
    aws.reset()
    assert aws.calls == []
    assert [vpc["IsDefault"] for vpc in account("ec2").describe_vpcs()["Vpcs"]] == [True]
    assert account("s3").list_buckets()["Buckets"] == []
    assert account("sesv2").list_email_identities()["EmailIdentities"] == []


def test_regions_are_kept_apart_and_the_account_is_the_same(account: Account) -> None:
    account("logs").create_log_group(logGroupName="/here")
    make: Any = Account(account.endpoint)("logs").meta.config
    assert make.region_name == "us-east-1"
    assert account("sts").get_caller_identity()["Account"] == "123456789012"
    assert account("logs").describe_log_groups()["logGroups"][0]["arn"].split(":")[3:5] == ["us-east-1", "123456789012"]


def test_a_crash_is_an_internal_failure_that_names_its_cause(aws: EmbeddedAws) -> None:
    @repair("sts:GetCallerIdentity", because="it stands for a bug")
    def broken(request: Request, below: Handler) -> Answer:
        raise KeyError("lost")

    server = start_aws(repairs=[broken])
    try:
        with refused("InternalFailure"):
            Account(server.endpoint)("sts").get_caller_identity()
        assert len(server.crashes) == 1
        assert "KeyError: 'lost'" in server.crashes[0]
    finally:
        server.stop()


def test_it_listens_on_loopback_only(aws: EmbeddedAws) -> None:
    port = int(aws.endpoint.rpartition(":")[2])
    assert aws.endpoint.startswith("http://127.0.0.1:")
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", port))


def test_it_says_nothing_on_stdout_or_stderr(account: Account, capfd: pytest.CaptureFixture[str]) -> None:
    with refused("UnimplementedByEmulator"):
        account("pricing").describe_services()
    with refused("InvalidSubnetID.NotFound"):
        account("ec2").describe_subnets(SubnetIds=["subnet-0123456789abcdef0"])
    account("sts").get_caller_identity()
    assert capfd.readouterr() == ("", "")


def test_a_stopped_server_frees_its_port() -> None:
    server = start_aws()
    port = int(server.endpoint.rpartition(":")[2])
    server.stop()
    again = start_aws(port)
    again.stop()
    assert again.endpoint == server.endpoint


def test_one_of_many_simultaneous_conditional_puts_wins(account: Account) -> None:
    s3 = account("s3")
    s3.create_bucket(Bucket="shop-locks")

    def take(index: int) -> bool:
        try:
            s3.put_object(Bucket="shop-locks", Key="lock", Body=b"%d" % index, IfNoneMatch="*")
        except ClientError:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(8))) == 1
        s3.delete_object(Bucket="shop-locks", Key="lock")


def test_s3_objects_keep_their_bytes_names_and_metadata(account: Account) -> None:
    s3 = account("s3")
    s3.create_bucket(Bucket="shop-files")
    body = bytes(range(256)) * 2000
    s3.put_object(Bucket="shop-files", Key="отчёт/a b+c.bin", Body=body, Metadata={"my_key": "1"})
    found = s3.get_object(Bucket="shop-files", Key="отчёт/a b+c.bin")
    assert found["Body"].read() == body
    assert found["Metadata"] == {"my_key": "1"}


def test_the_environment_points_boto3_to_it(aws: EmbeddedAws) -> None:
    given = aws.environment("eu-central-1")
    assert given["AWS_ENDPOINT_URL"] == aws.endpoint
    assert given["AWS_REGION"] == given["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert json.dumps(given)
