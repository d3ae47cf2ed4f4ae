"""Whose objects are touched: ours, those we were told to adopt, and nobody else's."""

from __future__ import annotations

import boto3
import pytest

from reconciler.model import Action, Outcome
from reconciler.simulator.aws import EmbeddedAws
from tests.engine.stacks import REGION, Workbench

TOPIC = """
stack: shop
region: eu-central-1
resources:
  news:
    kind: sns.topic
    display_name: News
"""


def changes(bench: Workbench, text: str) -> dict[str, Action]:
    return {change.address: change.action for change in bench.plan(text).effects}


def test_every_object_carries_our_tags_from_the_call_that_made_it(bench: Workbench, aws: EmbeddedAws) -> None:
    bench.apply(TOPIC)
    (topic,) = boto3.client("sns").list_topics()["Topics"]
    tags = boto3.client("sns").list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "reconciler:stack": "shop",
        "reconciler:resource": "sns.topic/news",
    }
    assert ("sns", "TagResource") not in aws.calls


def test_somebody_elses_object_of_the_same_name_is_refused_before_anything_is_written(
    bench: Workbench, aws: EmbeddedAws
) -> None:
    boto3.client("sns").create_topic(Name="shop-news")
    plan = bench.plan(TOPIC)
    (finding,) = plan.blocked
    assert finding.code == "RC2001"
    assert "adopt: true" in finding.help
    assert finding.place is not None
    assert finding.place.line == 5
    assert not plan.effects


def test_adopting_writes_the_tags_first_and_then_what_differs(bench: Workbench, aws: EmbeddedAws) -> None:
    boto3.client("sns").create_topic(Name="shop-news")
    text = TOPIC + "    adopt: true\n"
    assert changes(bench, text) == {"sns.topic/news": Action.ADOPT}
    result = bench.apply(text)
    assert [each.outcome for each in result.results] == [Outcome.DONE]
    writes = [call for call in aws.calls if call[1] in ("TagResource", "SetTopicAttributes")]
    assert writes == [("sns", "TagResource"), ("sns", "SetTopicAttributes")]
    assert changes(bench, text) == {}


def test_an_object_without_a_name_is_adopted_by_its_id(bench: Workbench) -> None:
    made = boto3.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    text = f"""
stack: shop
region: {REGION}
resources:
  net:
    kind: ec2.vpc
    cidr_block: 10.9.0.0/16
    adopt: {made}
"""
    assert changes(bench, text) == {"ec2.vpc/net": Action.ADOPT}
    bench.apply(text)
    assert changes(bench, text) == {}
    assert changes(bench, text.replace(f"    adopt: {made}\n", "")) == {}
    tagged = boto3.client("ec2").describe_vpcs(Filters=[{"Name": "tag:reconciler:stack", "Values": ["shop"]}])["Vpcs"]
    assert [vpc["VpcId"] for vpc in tagged] == [made]


def test_an_object_of_another_stack_is_refused_even_with_adopt(bench: Workbench) -> None:
    tags = [{"Key": "reconciler:stack", "Value": "other"}, {"Key": "reconciler:resource", "Value": "sns.topic/news"}]
    boto3.client("sns").create_topic(Name="shop-news", Tags=tags)
    (finding,) = bench.plan(TOPIC + "    adopt: true\n").blocked
    assert finding.code == "RC2002"
    assert "another stack" in finding.message


def test_a_rename_without_the_word_is_refused_and_with_it_only_moves_the_tag(
    bench: Workbench, aws: EmbeddedAws
) -> None:
    bench.apply(TOPIC)
    renamed = TOPIC.replace("  news:", "  letters:")
    named = renamed + "    name: shop-news\n"
    (finding,) = bench.plan(named).blocked
    assert "renamed_from: news" in finding.help
    moved = renamed + "    renamed_from: news\n"
    (change,) = bench.plan(moved).effects
    assert change.action is Action.UPDATE
    assert [field.path for field in change.fields] == [("tags", "reconciler:resource")]
    bench.apply(moved)
    assert changes(bench, moved) == {}
    assert len(boto3.client("sns").list_topics()["Topics"]) == 1


def test_what_leaves_the_spec_is_deleted_and_what_was_never_ours_stays(bench: Workbench) -> None:
    boto3.client("sns").create_topic(Name="theirs")
    bench.apply(TOPIC + "  more:\n    kind: sns.topic\n")
    assert changes(bench, TOPIC) == {"sns.topic/more": Action.DELETE}
    bench.apply(TOPIC)
    names = {topic["TopicArn"].rsplit(":", 1)[1] for topic in boto3.client("sns").list_topics()["Topics"]}
    assert names == {"shop-news", "theirs"}


BUCKET = """
stack: shop
region: eu-central-1
resources:
  news:
    kind: sns.topic
  files:
    kind: s3.bucket
"""
WITHOUT_BUCKET = BUCKET.replace("  files:\n    kind: s3.bucket\n", "")


def test_what_holds_data_outlives_its_line_of_the_spec(bench: Workbench) -> None:
    bench.apply(BUCKET)
    plan = bench.plan(WITHOUT_BUCKET)
    assert not plan.effects
    (finding,) = plan.findings
    assert finding.code == "RC2201"
    assert "removed:" in finding.help


def test_a_removed_entry_with_a_reason_lets_it_go(bench: Workbench) -> None:
    bench.apply(BUCKET)
    text = WITHOUT_BUCKET + "removed:\n  - name: files\n    reason: moved to another account\n"
    (change,) = bench.plan(text).effects
    assert (change.action, change.reason) == (Action.DELETE, "moved to another account")
    bench.apply(text)
    assert boto3.client("s3").list_buckets()["Buckets"] == []


def test_a_bucket_that_still_holds_objects_is_not_deleted(bench: Workbench) -> None:
    bench.apply(BUCKET)
    boto3.client("s3").put_object(Bucket="shop-files-123456789012", Key="precious", Body=b"1")
    result = bench.apply(WITHOUT_BUCKET + "removed:\n  - name: files\n    reason: mistaken\n")
    assert [each.outcome for each in result.results] == [Outcome.FAILED]
    assert boto3.client("s3").get_object(Bucket="shop-files-123456789012", Key="precious")["Body"].read() == b"1"


def test_letting_go_keeps_the_object_and_takes_our_name_off(bench: Workbench) -> None:
    bench.apply(BUCKET)
    text = WITHOUT_BUCKET + "removed:\n  - name: files\n    reason: the data team owns it now\n    keep: true\n"
    (change,) = bench.plan(text).effects
    assert change.action is Action.FORGET
    bench.apply(text)
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["shop-files-123456789012"]
    assert not bench.plan(WITHOUT_BUCKET).effects
    assert not bench.plan(WITHOUT_BUCKET).findings


def test_destroy_keeps_what_is_protected_and_says_so(bench: Workbench) -> None:
    bench.apply(BUCKET)
    plan = bench.plan(BUCKET, destroy=True)
    assert [(change.action, change.address) for change in plan.effects] == [(Action.DELETE, "sns.topic/news")]
    assert ["shop-files-123456789012" in finding.message for finding in plan.findings] == [True]
    bench.apply(BUCKET, destroy=True)
    assert len(boto3.client("s3").list_buckets()["Buckets"]) == 1
    assert boto3.client("sns").list_topics()["Topics"] == []


def test_an_emptied_spec_is_refused_as_a_mistake(bench: Workbench) -> None:
    bench.apply(TOPIC)
    empty = "stack: shop\nregion: eu-central-1\nresources: {}\n"
    assert [finding.code for finding in bench.plan(empty).blocked] == ["RC2302"]


def test_replacing_what_holds_data_is_refused_with_the_line_that_asks_for_it(bench: Workbench) -> None:
    text = """
stack: shop
region: eu-central-1
resources:
  db:
    kind: rds.db_instance
    db_instance_class: db.t4g.micro
    engine: postgres
    allocated_storage: 20
    master_username: app
    storage_encrypted: true
"""
    bench.apply(text)
    (finding,) = bench.plan(text.replace("storage_encrypted: true", "storage_encrypted: false")).blocked
    assert finding.code == "RC2301"
    assert finding.place is not None
    assert finding.place.line == 11


@pytest.mark.parametrize("word", ["protect: true", "protect: false"])
def test_protection_is_a_tag_on_the_live_object(bench: Workbench, word: str) -> None:
    bench.apply(TOPIC + "    protect: true\n")
    text = TOPIC + f"    {word}\n  other:\n    kind: sns.topic\n"
    bench.apply(text)
    without = text.replace(TOPIC.split("resources:")[1] + f"    {word}\n", "\n")
    assert bool(bench.plan(without).effects) is (word == "protect: false")
