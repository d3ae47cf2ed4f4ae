"""A quick plan asks what the tag index hints at, says what a thorough one says, and believes the index nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.loaders import Loader

from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.aws.send import send
from reconciler.errors import Denied
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import RESOURCE_TAG, STACK_TAG, Action, Call, Outcome, Plan, Response, Scope, Unlisted
from reconciler.pipeline import make_plan
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import Strictness
from tests.engine.stacks import ACCOUNT, REGION, Workbench
from tests.kinds.accounts import nothing

NOTHING = """
stack: shop
region: eu-central-1
resources:
  unrelated:
    kind: xray.group
    filter_expression: service("api")
"""
NEWS = """
  news:
    kind: sns.topic
    display_name: News
"""
SCOPE = Scope("shop", ACCOUNT, REGION)
CERTIFICATE = """
  site:
    kind: acm.certificate
    region: us-east-1
    domain_name: shop.example.com
"""


def quick(bench: Workbench, text: str, executor: Executor | None = None) -> Plan:
    return make_plan(bench.desired(text), executor or bench.executor(), quick=True)[0]


def effects(plan: Plan) -> dict[str, Action]:
    return {change.address: change.action for change in plan.effects}


def first_reads(name: str) -> set[str]:
    """What a kind asks first when it looks for leftovers."""
    return {str(call) for call in next(kind(name).owned(SCOPE), ())}


def test_kinds_the_spec_does_not_use_cost_nothing_where_the_index_lists_none_of_theirs(bench: Workbench) -> None:
    bench.apply(NOTHING + NEWS)
    plan = quick(bench, NOTHING + NEWS)
    assert plan.effects == ()
    hinted = {name for name in kind_names() if not isinstance(kind(name).leftovers, Unlisted)}
    always = {call for name in set(kind_names()) - hinted for call in first_reads(name)}
    for name in hinted - {"sns.topic"}:
        assert not (first_reads(name) - always - {"resourcegroupstaggingapi:GetResources"}) & plan.api_calls.keys()


def test_a_no_change_plan_neither_lists_what_it_found_nor_reads_tags_one_by_one(bench: Workbench) -> None:
    bench.apply(NOTHING + NEWS)
    calls = quick(bench, NOTHING + NEWS).api_calls
    assert calls["sns:GetTopicAttributes"] == 1
    assert "sns:ListTopics" not in calls
    assert "sns:ListTagsForResource" not in calls
    assert calls["resourcegroupstaggingapi:GetResources"] == 2


def test_a_thorough_plan_asks_every_kind(bench: Workbench) -> None:
    bench.apply(NOTHING + NEWS)
    calls = bench.plan(NOTHING + NEWS).api_calls
    missing = {name for name in kind_names() if not first_reads(name) <= calls.keys() | {"sts:GetCallerIdentity"}}
    assert missing == set()
    assert "sns:ListTagsForResource" in calls


def test_a_leftover_is_found_by_way_of_the_index(bench: Workbench) -> None:
    bench.apply(NOTHING + NEWS)
    plan = quick(bench, NOTHING)
    assert effects(plan) == {"sns.topic/news": Action.DELETE}
    assert plan.api_calls["sns:ListTagsForResource"] == 1


def test_tags_that_only_the_index_still_shows_delete_nothing(bench: Workbench) -> None:
    bench.apply(NOTHING + NEWS)
    topic = boto3.client("sns").list_topics()["Topics"][0]["TopicArn"]

    def listed(call: Call) -> Response:
        """What the index says is a moment old: somebody has just taken the tags away."""
        answer = send(bench.clients, call, lambda: None)
        boto3.client("sns").untag_resource(ResourceArn=topic, TagKeys=[STACK_TAG, RESOURCE_TAG])
        return answer

    executor = Executor(bench.clients, routes={"resourcegroupstaggingapi": listed})
    assert effects(quick(bench, NOTHING, executor)) == {}


def test_who_may_not_read_the_index_gets_the_same_plan_by_asking_everywhere(bench: Workbench) -> None:
    bench.apply(NOTHING + NEWS)

    def refuse(call: Call) -> Response:
        raise Denied(call, "AccessDeniedException", "not authorized to perform tag:GetResources")

    executor = Executor(bench.clients, routes={"resourcegroupstaggingapi": refuse})
    assert effects(quick(bench, NOTHING, executor)) == {"sns.topic/news": Action.DELETE}
    assert executor.counts["cloudwatch:DescribeAlarms"] == 2


@pytest.mark.parametrize("is_quick", [True, False], ids=["quick", "thorough"])
def test_what_was_made_for_cloudfront_is_found_though_no_entry_names_its_region(
    bench: Workbench, is_quick: bool
) -> None:
    bench.apply(NOTHING + CERTIFICATE)
    plan = make_plan(bench.desired(NOTHING), bench.executor(), quick=is_quick)[0]
    assert effects(plan) == {"acm.certificate/site": Action.DELETE}
    (leftover,) = plan.effects
    assert {call.region for call in leftover.calls} == {"us-east-1"}
    result = bench.apply(NOTHING)
    assert [each.outcome for each in result.results] == [Outcome.DONE]
    assert boto3.client("acm", region_name="us-east-1").list_certificates()["CertificateSummaryList"] == []


def test_destroy_takes_what_was_made_for_cloudfront_with_it(bench: Workbench) -> None:
    bench.apply(NOTHING + CERTIFICATE)
    bench.apply(NOTHING, destroy=True)
    assert boto3.client("acm", region_name="us-east-1").list_certificates()["CertificateSummaryList"] == []


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_other_partitions_have_no_us_east_1(bench: Workbench, region: str) -> None:
    asked: list[Call] = []

    def answer(call: Call) -> Response:
        asked.append(call)
        return nothing(call)

    routes = dict.fromkeys(Loader().list_available_services("service-2"), answer)
    make_plan(bench.desired(NOTHING.replace(REGION, region)), Executor(bench.clients, routes=routes), quick=True)
    assert {call.region for call in asked if call.operation == "GetResources"} == {region}


# --- an index that is behind ------------------------------------------------------------------------------------------


@pytest.fixture
def late(tmp_path: Path, aws_server: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """An account whose index is six looks behind."""
    server = start_aws(strict=Strictness(late_tags=6))
    aws_server.reset()
    for name, value in server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    yield Workbench(tmp_path, Clients(REGION), {})
    server.stop()
    aws_server.reset()


def test_an_index_that_is_behind_finds_a_leftover_a_plan_later(late: Workbench) -> None:
    late.apply(NOTHING + NEWS)
    found = [effects(quick(late, NOTHING)) for _ in range(9)]
    assert found[0] == {}
    assert found[-1] == {"sns.topic/news": Action.DELETE}
    assert effects(late.plan(NOTHING)) == {"sns.topic/news": Action.DELETE}


def test_an_index_that_is_behind_makes_a_no_change_plan_ask_more_and_say_the_same(late: Workbench) -> None:
    late.apply(NOTHING + NEWS)
    plans = [quick(late, NOTHING + NEWS) for _ in range(9)]
    assert [plan.effects for plan in plans] == [()] * 9
    assert plans[0].api_calls["sns:ListTopics"] == 1
    assert "sns:ListTopics" not in plans[-1].api_calls


def test_a_ghost_of_the_index_is_asked_for_and_not_found(late: Workbench) -> None:
    late.apply(NOTHING + NEWS)
    for _ in range(9):
        quick(late, NOTHING)
    late.apply(NOTHING)
    ghost = quick(late, NOTHING)
    assert ghost.effects == ()
    assert ghost.api_calls["sns:ListTopics"] == 1


def test_a_tag_changed_by_hand_is_found_a_plan_later_and_by_a_thorough_plan_at_once(late: Workbench) -> None:
    text = NOTHING + NEWS + "    tags: {team: sales}\n"
    late.apply(text)
    for _ in range(9):
        quick(late, text)
    topic = boto3.client("sns").list_topics()["Topics"][0]["TopicArn"]
    boto3.client("sns").tag_resource(ResourceArn=topic, Tags=[{"Key": "team", "Value": "ops"}])
    assert effects(quick(late, text)) == {}
    assert effects(late.plan(text)) == {"sns.topic/news": Action.UPDATE}
    assert effects([quick(late, text) for _ in range(9)][-1]) == {"sns.topic/news": Action.UPDATE}


def test_destroy_finds_what_the_index_does_not_know_yet(late: Workbench) -> None:
    text = NOTHING + "  logs: {kind: logs.log_group}\n  seal: {kind: encryption_key, protect: false}\n"
    late.apply(text)
    late.apply(text, destroy=True)
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []
    states = [boto3.client("kms").describe_key(KeyId=each["KeyId"]) for each in boto3.client("kms").list_keys()["Keys"]]
    assert {state["KeyMetadata"]["KeyState"] for state in states} == {"PendingDeletion"}
