"""Faults on demand happen as often as asked, where asked, and leave behind what AWS would leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ConnectionClosedError

from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import Account, refused

THROTTLED: dict[str, tuple[Callable[[Account], object], str]] = {
    "ec2": (lambda account: account("ec2").describe_vpcs(), "RequestLimitExceeded"),
    "rds": (lambda account: account("rds").describe_db_instances(), "Throttling"),
    "ecs": (lambda account: account("ecs").list_clusters(), "ThrottlingException"),
    "s3": (lambda account: account("s3").list_buckets(), "SlowDown"),
    "sesv2": (lambda account: account("sesv2").list_email_identities(), "TooManyRequestsException"),
}


@pytest.mark.parametrize("service", THROTTLED)
def test_throttling_uses_the_words_of_the_service_and_then_stops(
    service: str, aws: EmbeddedAws, account: Account
) -> None:
    call, code = THROTTLED[service]
    aws.faults.throttle(service, times=2)
    for _ in range(2):
        with refused(code):
            call(account)
    assert aws.faults.unused == 0
    call(account)


def test_a_failure_hits_only_the_named_operation_and_does_nothing(aws: EmbeddedAws, account: Account) -> None:
    aws.faults.fail("ec2", "CreateVpc", "UnauthorizedOperation", 403)
    before = len(account("ec2").describe_vpcs()["Vpcs"])
    with refused("UnauthorizedOperation"):
        account.vpc()
    assert len(account("ec2").describe_vpcs()["Vpcs"]) == before
    account.vpc()


def test_a_pattern_covers_many_operations(aws: EmbeddedAws, account: Account) -> None:
    aws.faults.fail("*", "Describe*", "ServiceUnavailable", 503, times=2)
    account("sts").get_caller_identity()
    with refused("ServiceUnavailable"):
        account("ec2").describe_vpcs()
    with refused("ServiceUnavailable"):
        account("ecs").describe_clusters()


def test_a_lost_reply_leaves_the_effect_and_closes_the_connection(aws: EmbeddedAws, account: Account) -> None:
    aws.faults.lose_reply("ec2", "CreateVpc")
    before = len(account("ec2").describe_vpcs()["Vpcs"])
    with pytest.raises(ConnectionClosedError):
        account.vpc()
    assert len(account("ec2").describe_vpcs()["Vpcs"]) == before + 1


def test_a_lost_reply_may_be_an_error_answer_instead(aws: EmbeddedAws, account: Account) -> None:
    aws.faults.lose_reply("sns", "CreateTopic", code="InternalError")
    with refused("InternalError"):
        account("sns").create_topic(Name="alerts")
    assert len(account("sns").list_topics()["Topics"]) == 1


def test_clearing_takes_back_what_has_not_happened(aws: EmbeddedAws, account: Account) -> None:
    aws.faults.throttle("sts", times=5)
    assert aws.faults.unused == 5
    aws.faults.clear()
    account("sts").get_caller_identity()
    assert aws.faults.unused == 0


def test_every_nth_call_is_throttled_where_the_strictness_says_so(aws: EmbeddedAws) -> None:
    server = start_aws(strict=Strictness(throttle_every=3))
    try:
        sts = Account(server.endpoint)("sts")
        for _ in range(2):
            sts.get_caller_identity()
            sts.get_caller_identity()
            with refused("Throttling"):
                sts.get_caller_identity()
    finally:
        server.stop()
