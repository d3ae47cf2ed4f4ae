"""The tag index answers tag reads in the shape the services would, and leaves to them what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.aws.tag_index import TAG_READS, Entry, TagIndex, read_index
from reconciler.errors import Denied, NotFound, ReconcileError
from reconciler.model import STACK_TAG, Call, Reads, Response
from tests.kinds.wire import assert_valid_call, assert_valid_response

HOME = "eu-central-1"
TAGS = {STACK_TAG: "shop", "team": "sales"}
PLAIN = [{"key": STACK_TAG, "value": "shop"}, {"key": "team", "value": "sales"}]
FILTERS = [{"key": STACK_TAG, "values": ["shop"]}]


def arn(rest: str, region: str = HOME, account: str = "123456789012") -> str:
    service, _, resource = rest.partition(":")
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def index(*arns: str) -> TagIndex:
    return TagIndex("shop", HOME, (HOME, "us-east-1"), tuple(Entry(each, TAGS, HOME) for each in arns))


ALARM, GROUP = arn("cloudwatch:alarm:cpu"), arn("logs:log-group:/shop/api")
BALANCER, OTHER = arn("elasticloadbalancing:loadbalancer/app/a/1"), arn("elasticloadbalancing:loadbalancer/app/b/2")
CASES: list[tuple[str, str, Mapping[str, Any], Any]] = [
    (arn("acm:certificate/1"), "acm:ListTagsForCertificate", {"certificate_arn": arn("acm:certificate/1")}, PLAIN),
    (
        arn("cloudfront:distribution/E1", ""),
        "cloudfront:ListTagsForResource",
        {"resource": arn("cloudfront:distribution/E1", "")},
        {"items": PLAIN},
    ),
    (ALARM, "cloudwatch:ListTagsForResource", {"resource_arn": ALARM}, PLAIN),
    (arn("ecr:repository/a"), "ecr:ListTagsForResource", {"resource_arn": arn("ecr:repository/a")}, PLAIN),
    (arn("events:rule/a"), "events:ListTagsForResource", {"resource_arn": arn("events:rule/a")}, PLAIN),
    (
        arn("kms:key/1234"),
        "kms:ListResourceTags",
        {"key_id": "1234"},
        [{"tag_key": each["key"], "tag_value": each["value"]} for each in PLAIN],
    ),
    (f"{GROUP}:*", "logs:ListTagsForResource", {"resource_arn": GROUP}, TAGS),
    (arn("rds:pg:a"), "rds:ListTagsForResource", {"resource_name": arn("rds:pg:a")}, PLAIN),
    (
        arn("route53:hostedzone/Z1", "", ""),
        "route53:ListTagsForResources",
        {"resource_type": "hostedzone", "resource_ids": ["Z1"]},
        [{"resource_type": "hostedzone", "resource_id": "Z1", "tags": PLAIN}],
    ),
    (arn("s3:shop-uploads", "", ""), "s3:GetBucketTagging", {"bucket": "shop-uploads"}, PLAIN),
    (
        arn("scheduler:schedule-group/a"),
        "scheduler:ListTagsForResource",
        {"resource_arn": arn("scheduler:schedule-group/a")},
        PLAIN,
    ),
    (arn("sns:shop-news"), "sns:ListTagsForResource", {"resource_arn": arn("sns:shop-news")}, PLAIN),
    (
        arn("ssm:parameter/shop/level"),
        "ssm:ListTagsForResource",
        {"resource_type": "Parameter", "resource_id": "/shop/level"},
        PLAIN,
    ),
    (BALANCER, "elbv2:DescribeTags", {"resource_arns": [BALANCER]}, [{"resource_arn": BALANCER, "tags": PLAIN}]),
    (
        arn("wafv2:regional/webacl/a/1"),
        "wafv2:ListTagsForResource",
        {"resource_arn": arn("wafv2:regional/webacl/a/1")},
        {"resource_arn": arn("wafv2:regional/webacl/a/1"), "tag_list": PLAIN},
    ),
]


def call(name: str, params: Mapping[str, Any], region: str | None = None) -> Call:
    service, _, operation = name.partition(":")
    return Call(service, operation, params, region)


@pytest.mark.parametrize(("known", "name", "params", "expected"), CASES, ids=[case[1] for case in CASES])
def test_a_tag_read_of_a_known_object_is_answered_as_the_service_would(
    known: str, name: str, params: Mapping[str, Any], expected: Any
) -> None:
    asked = call(name, params)
    assert_valid_call(asked)
    answer = index(known).answer(asked)
    assert answer is not None
    (response,) = answer
    assert response is not None
    assert_valid_response(asked, response)
    assert list(response.values()) == [expected]


@pytest.mark.parametrize(("known", "name", "params", "expected"), CASES, ids=[case[1] for case in CASES])
def test_what_the_index_does_not_know_is_left_to_the_service(
    known: str, name: str, params: Mapping[str, Any], expected: Any
) -> None:
    assert index().answer(call(name, params)) is None
    closed = index().answer(call(name, params), closed=True)
    assert closed is not None
    assert not any((closed[0] or {}).values())


def test_every_tag_read_has_a_case() -> None:
    assert {case[1] for case in CASES} == set(TAG_READS)


def test_a_key_of_that_id_in_another_region_is_another_key() -> None:
    known = index(arn("kms:key/mrk-1"))
    assert known.answer(call("kms:ListResourceTags", {"key_id": "mrk-1"})) is not None
    assert known.answer(call("kms:ListResourceTags", {"key_id": "mrk-1"}, "us-east-1")) is None


def test_a_read_about_several_objects_is_answered_where_all_of_them_are_known() -> None:
    both = call("elbv2:DescribeTags", {"resource_arns": [BALANCER, OTHER]})
    assert index(BALANCER).answer(both) is None
    answer = index(BALANCER, OTHER).answer(both)
    assert answer is not None
    assert [each["resource_arn"] for each in (answer[0] or {})["tag_descriptions"]] == [BALANCER, OTHER]
    closed = index(BALANCER).answer(both, closed=True)
    assert closed is not None
    assert [each["resource_arn"] for each in (closed[0] or {})["tag_descriptions"]] == [BALANCER]


def test_other_reads_are_the_services() -> None:
    assert index(ALARM).answer(call("cloudwatch:DescribeAlarms", {})) is None


def test_what_a_kind_asks_the_tagging_api_about_the_stack_is_known() -> None:
    known = index(GROUP, arn("kms:key/1"), arn("kms:alias/1"))
    asked = {"resource_type_filters": ["kms:key"], "tag_filters": FILTERS}
    answer = known.answer(call("resourcegroupstaggingapi:GetResources", asked))
    assert answer is not None
    listed = (answer[0] or {})["resource_tag_mapping_list"]
    assert listed == [{"resource_arn": arn("kms:key/1"), "tags": PLAIN}]


@pytest.mark.parametrize(
    ("filters", "region"), [([{"key": STACK_TAG, "values": ["other"]}], None), (FILTERS, "eu-west-1"), ([], None)]
)
def test_other_questions_to_the_tagging_api_are_asked(filters: list[Any], region: str | None) -> None:
    assert index(GROUP).answer(call("resourcegroupstaggingapi:GetResources", {"tag_filters": filters}, region)) is None


def test_a_reader_gets_its_answers_in_order_whoever_gave_them() -> None:
    def reader() -> Reads[list[Response]]:
        names = ("cpu", "disk")
        tags = [call("cloudwatch:ListTagsForResource", {"resource_arn": arn(f"cloudwatch:alarm:{n}")}) for n in names]
        return list((yield [call("cloudwatch:DescribeAlarms", {}), *tags]))

    asking = index(ALARM).answering(reader())
    asked = next(asking)
    assert [each.operation for each in asked] == ["DescribeAlarms", "ListTagsForResource"]
    with pytest.raises(StopIteration) as stop:
        asking.send([{"metric_alarms": []}, {"tags": []}])
    assert stop.value.value == [{"metric_alarms": []}, {"tags": PLAIN}, {"tags": []}]


def test_a_reader_of_known_tags_makes_no_call_at_all() -> None:
    def reader() -> Reads[Response]:
        (answer,) = yield [call("cloudwatch:ListTagsForResource", {"resource_arn": ALARM})]
        return answer

    with pytest.raises(StopIteration) as stop:
        next(index(ALARM).answering(reader()))
    assert stop.value.value == {"tags": PLAIN}


def test_a_reader_hears_of_the_error_of_its_calls() -> None:
    def reader() -> Reads[str]:
        try:
            yield [call("cloudwatch:DescribeAlarms", {})]
        except ReconcileError as error:
            return type(error).__name__
        return ""

    asking = index().answering(reader())
    next(asking)
    with pytest.raises(StopIteration) as stop:
        asking.throw(NotFound(call("cloudwatch:DescribeAlarms", {}), "X", "x"))
    assert stop.value.value == "NotFound"


def test_the_index_is_read_in_each_region_by_the_stacks_tag() -> None:
    reading = read_index("shop", HOME, [HOME, "us-east-1"])
    asked = next(reading)
    assert [(each.region, each.params["tag_filters"]) for each in asked] == [(HOME, FILTERS), ("us-east-1", FILTERS)]
    for each in asked:
        assert_valid_call(each)
    item = {"resource_arn": ALARM, "tags": PLAIN}
    with pytest.raises(StopIteration) as stop:
        reading.send([{"resource_tag_mapping_list": [item]}, {"resource_tag_mapping_list": []}])
    assert stop.value.value == TagIndex("shop", HOME, (HOME, "us-east-1"), (Entry(ALARM, TAGS, HOME),))


def test_who_may_not_read_the_index_has_none() -> None:
    reading = read_index("shop", HOME, [HOME])
    (asked,) = next(reading)
    with pytest.raises(StopIteration) as stop:
        reading.throw(Denied(asked, "AccessDeniedException", "no"))
    assert stop.value.value is None
