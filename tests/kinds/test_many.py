"""Kinds of which a stack may have many read lists instead of asking each, and ask each where a list may be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.kinds.registry import kind
from reconciler.model import Call, Observed, Place, Resource, Response, Scope
from tests.kinds.accounts import drive

Answer = Callable[[Call], Response]
TRUST: dict[str, Any] = {}


def resources(name: str, properties: Callable[[int], Mapping[str, Any]], count: int = 6) -> list[Resource]:
    return [
        Resource(name, f"n{n}", "shop", properties(n), Place("", 1, 1), region="eu-central-1", account="123456789012")
        for n in range(count)
    ]


def observed(declared: list[Resource], answer: Answer) -> tuple[dict[str, Observed], Counter[str]]:
    """What is found, and how many distinct calls it took."""
    asked: dict[str, str] = {}

    def hears(call: Call) -> Response:
        asked[call.key] = str(call)
        return answer(call)

    found = drive(kind(declared[0].kind).observe(declared), hears)
    return found, Counter(asked.values())


# --- roles ------------------------------------------------------------------------------------------------------------

ROLES = resources("iam.role", lambda n: {"role_name": f"shop-{n}", "assume_role_policy_document": {}})


def role(n: int, **more: Any) -> dict[str, Any]:
    return {"role_name": f"shop-{n}", "arn": f"arn:{n}", "path": "/", "assume_role_policy_document": TRUST, **more}


def iam(detailed: range, listed: range) -> Answer:
    tags = {"tags": [{"key": "reconciler:stack", "value": "shop"}]}

    def answer(call: Call) -> Response:
        if call.operation == "GetAccountAuthorizationDetails":
            return {"role_detail_list": [role(n, **tags) for n in detailed]}
        if call.operation == "ListRoles":
            return {"roles": [role(n, description="listed") for n in listed]}
        n = int(call.params["role_name"].removeprefix("shop-"))
        return {"role": role(n, description="asked", **tags)} if n in detailed or n in listed else None

    return answer


def test_many_roles_are_read_by_two_lists() -> None:
    found, asked = observed(ROLES, iam(range(6), range(6)))
    assert asked == {"iam:GetAccountAuthorizationDetails": 1, "iam:ListRoles": 1}
    assert {each.properties["description"] for each in found.values()} == {"listed"}
    assert {each.tags["reconciler:stack"] for each in found.values()} == {"shop"}


def test_a_role_that_only_one_of_the_lists_knows_is_asked_itself() -> None:
    found, asked = observed(ROLES, iam(range(1, 6), range(5)))
    assert asked["iam:GetRole"] == 2
    assert len(found) == 6
    assert found["iam.role/n0"].tags == {"reconciler:stack": "shop"}


def test_a_role_that_is_not_there_is_absent() -> None:
    found, asked = observed(ROLES, iam(range(5), range(5)))
    assert set(found) == {f"iam.role/n{n}" for n in range(5)}
    assert asked["iam:GetRole"] == 1


def test_few_roles_are_asked_one_by_one() -> None:
    _, asked = observed(ROLES[:4], iam(range(6), range(6)))
    assert asked == {"iam:GetAccountAuthorizationDetails": 1, "iam:GetRole": 4}


# --- buckets ----------------------------------------------------------------------------------------------------------

PUBLIC = {"block_public_acls": True, "ignore_public_acls": True}
BUCKETS = resources("s3.bucket", lambda n: {"bucket": f"shop-{n}", "public_access_block_configuration": PUBLIC})


def s3(listed: range, live: range) -> Answer:
    def answer(call: Call) -> Response:
        if call.operation == "ListBuckets":
            return {"buckets": [{"name": f"shop-{n}"} for n in listed]}
        if int(call.params["bucket"].removeprefix("shop-")) not in live:
            return None
        if call.operation == "GetPublicAccessBlock":
            return {"public_access_block_configuration": PUBLIC}
        return {"location_constraint": "eu-central-1"} if call.operation == "GetBucketLocation" else None

    return answer


def test_where_many_buckets_live_one_list_says() -> None:
    found, asked = observed(BUCKETS, s3(range(6), range(6)))
    assert asked["s3:ListBuckets"] == 1
    assert "s3:GetBucketLocation" not in asked
    assert len(found) == 6
    assert {each.status.reason for each in found.values()} == {""}


def test_a_bucket_the_list_does_not_show_yet_is_asked_itself() -> None:
    found, asked = observed(BUCKETS, s3(range(5), range(6)))
    assert asked["s3:GetBucketLocation"] == 1
    assert len(found) == 6


def test_a_bucket_the_list_still_shows_is_asked_itself() -> None:
    found, asked = observed(BUCKETS, s3(range(6), range(5)))
    assert asked["s3:GetBucketLocation"] == 1
    assert set(found) == {f"s3.bucket/n{n}" for n in range(5)}


# --- log groups -------------------------------------------------------------------------------------------------------


def logs(call: Call) -> Response:
    prefix = call.params.get("log_group_name_prefix", "")
    names = [f"/shop/{n}" for n in range(5)]
    groups = [{"log_group_name": n, "arn": f"arn:aws:logs:::log-group:{n}:*"} for n in names if n.startswith(prefix)]
    return {"log_groups": groups} if call.operation == "DescribeLogGroups" else {"tags": {}}


def test_many_log_groups_that_begin_with_the_stacks_name_are_one_list() -> None:
    found, asked = observed(resources("logs.log_group", lambda n: {"log_group_name": f"/shop/{n}"}), logs)
    assert asked["logs:DescribeLogGroups"] == 1
    assert set(found) == {f"logs.log_group/n{n}" for n in range(5)}


def test_many_log_groups_of_other_names_are_asked_one_by_one() -> None:
    """A list of all that begins like `/aws/lambda/` may be long."""
    declared = resources("logs.log_group", lambda n: {"log_group_name": f"/{n}/shop"})
    _, asked = observed(declared, logs)
    assert asked["logs:DescribeLogGroups"] == 6


# --- record sets ------------------------------------------------------------------------------------------------------


def test_a_zone_with_nothing_but_its_own_two_record_sets_is_not_read() -> None:
    asked: list[str] = []

    def zones(call: Call) -> Response:
        if call.operation == "ListHostedZones":
            counts = {"Z1": 2, "Z2": 3}
            listed = [{"id": f"/hostedzone/{z}", "resource_record_set_count": counts[z]} for z in counts]
            return {"hosted_zones": listed}
        asked.append(call.params["hosted_zone_id"])
        return {"resource_record_sets": []}

    drive(kind("route53.record_set").owned(Scope("shop", "123456789012", "eu-central-1")), zones)
    assert asked == ["Z2"]
