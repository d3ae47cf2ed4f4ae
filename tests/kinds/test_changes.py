"""What holds for the calls of every kind: reads only read, creates carry our tags, any change can be carried out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from reconciler.aws.executor import READ_PREFIXES
from reconciler.errors import Refused
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import STACK_TAG, Action, Call, Change, Resource, Scope
from reconciler.plan import plan_one, steps
from reconciler.spec import shipped
from tests.kinds.accounts import account_of, drive, nothing, observed, unchanged
from tests.kinds.fragments import ACCOUNT, REGION, fits, others, resource, with_property
from tests.kinds.members import ALWAYS_THERE, CASES, NOT_AWS
from tests.kinds.test_cases import Answers, case_id, resource_of
from tests.kinds.wire import assert_valid_call

KINDS = [name for name in kind_names() if name not in NOT_AWS]
SCOPE = Scope("demo", ACCOUNT, REGION)

ONCE = (
    "ec2:AllocateAddress",
    "ec2:CreateFlowLogs",
    "acm:RequestCertificate",
    "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway",
    "ec2:CreateNetworkAcl",
    "ec2:CreateRouteTable",
    "ec2:CreateSubnet",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
    "ecs:RegisterTaskDefinition",
    "kms:CreateKey",
    "route53:CreateHealthCheck",
    "route53:CreateHostedZone",
)
"""Creates that AWS carries out twice when they are sent twice: the object has no name, or a name that may repeat."""

TAGGED_AFTERWARDS = ("route53.health_check", "route53.hosted_zone")
"""Kinds AWS takes no tags of on creation: the look after it finds an object without tags, and writes all of them."""

REFUSED = (
    ("rds.db_instance", "allocated_storage"),
    ("rds.db_instance", "engine_version"),
    ("secretsmanager.secret", "compose_secret_string"),
    ("ssm.parameter", "tier"),
)
"""Changes a kind refuses to carry out in some direction: storage and tiers never shrink, major versions need a word,
and a secret with no value is no source.
"""

NOT_COMPARED = (
    ("rds.db_parameter_group", "description"),
    ("rds.db_instance", "allow_major_version_upgrade"),
    ("rds.db_instance", "apply_immediately"),
    ("rds.db_read_replica", "apply_immediately"),
    ("secretsmanager.secret", "generate_secret_string"),
)
"""Properties of an unchanged resource that AWS does not give back."""

NOT_ALONE = (
    ("autoscaling.auto_scaling_group", "instance_refresh"),
    ("autoscaling.auto_scaling_group", "mixed_instances_policy"),
    ("autoscaling.scaling_policy", "policy_type"),
    ("cloudwatch.metric_alarm", "evaluation_interval"),
    ("cloudwatch.metric_alarm", "threshold_metric_id"),
    ("ecs.one_off_task", "outcome"),
    ("ec2.flow_log", "destination_options"),
    ("ec2.flow_log", "log_destination"),
    ("ec2.flow_log", "log_destination_type"),
    ("ec2.nat_gateway", "connectivity_type"),
    ("ec2.vpc_endpoint", "security_group_ids"),
    ("ec2.vpc_endpoint", "subnet_ids"),
    ("ec2.vpc_endpoint", "vpc_endpoint_type"),
    ("elbv2.load_balancer", "subnet_mappings"),
    ("kms.key", "rotation_period_in_days"),
    ("rds.db_instance", "parameter_apply_status"),
    ("rds.db_read_replica", "monitoring_role_arn"),
    ("rds.db_read_replica", "parameter_apply_status"),
    ("scheduler.schedule", "action_after_completion"),
    ("secretsmanager.secret", "external_secret_rotation_metadata"),
    ("secretsmanager.secret", "rotation_enabled"),
    ("sesv2.configuration_set_event_destination", "cloud_watch_destination"),
    ("sesv2.configuration_set_event_destination", "event_bridge_destination"),
    ("sesv2.configuration_set_event_destination", "kinesis_firehose_destination"),
    ("route53.hosted_zone", "vpcs"),
    ("route53.record_set", "alias_target"),
    ("route53.record_set", "failover"),
    ("route53.record_set", "geo_location"),
    ("route53.record_set", "latency_region"),
    ("route53.record_set", "multi_value_answer"),
    ("route53.record_set", "ownership"),
    ("route53.record_set", "set_identifier"),
    ("route53.record_set", "weight"),
)
"""Properties that cannot change while the others stay as in the `unchanged` case.

The schema wants another one with them, or they have one value only.
"""

NOTHING_TO_DELETE = ("ecs.one_off_task",)
"""Kinds whose unchanged object is a fact that has happened."""


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_in_an_empty_account_nothing_is_observed_and_nothing_owned(name: str) -> None:
    for example in shipped().fragment(name)["examples"]:
        assert observed(resource(name, example), nothing) is None
    assert list(drive(kind(name).owned(SCOPE), nothing)) == []


@pytest.mark.parametrize("name", KINDS)
def test_no_resources_and_many_resources_are_observed_alike(name: str) -> None:
    assert drive(kind(name).observe([]), nothing) == {}
    wanted = resource_of(unchanged(name), name)
    twin = Resource(name, "twin", "demo", wanted.properties, wanted.place, region=REGION, account=ACCOUNT)
    found = drive(kind(name).observe([twin, wanted]), account_of(name))
    assert found[wanted.address] == observed(wanted, account_of(name))


def without_our_tags(value: Any) -> Any:
    """A response in which no tag of ours is left, however a service writes tags."""
    if isinstance(value, list):
        return [without_our_tags(item) for item in value if not _is_our_tag(item)]
    if isinstance(value, dict):
        return {name: without_our_tags(item) for name, item in value.items() if not name.startswith("reconciler:")}
    return value


def _is_our_tag(item: Any) -> bool:
    return isinstance(item, dict) and str(item.get("key", item.get("tag_key", ""))).startswith("reconciler:")


@pytest.mark.parametrize("name", [name for name in KINDS if kind(name).retag is not None])
def test_an_object_without_our_tags_is_refused_or_not_even_seen(name: str) -> None:
    wanted = resource_of(unchanged(name), name)
    found = observed(wanted, account_of(name, without_our_tags))
    if found is None:
        return
    assert STACK_TAG not in found.tags
    change, findings = plan_one(wanted, found)
    assert (change.action, [finding.code for finding in findings]) == (Action.NOOP, ["RC2001"])


# --- creating ---------------------------------------------------------------------------------------------------------


def valid_steps(change: Change) -> Sequence[Call]:
    """The calls of a change: real ones, writes only, and the same ones when asked again."""
    calls = list(steps(change))
    for call in calls:
        assert_valid_call(call)
        assert not call.operation.startswith(READ_PREFIXES), f"{call} is a read"
    assert calls == list(steps(change)), "steps are not pure"
    return calls


def creation(wanted: Resource) -> Sequence[Call]:
    change, findings = plan_one(wanted, None)
    assert (change.action, findings) == (Action.CREATE, [])
    return valid_steps(change)


def first_example(name: str) -> Resource:
    return resource(name, shipped().fragment(name)["examples"][0])


@pytest.mark.parametrize("name", KINDS)
def test_every_example_can_be_created(name: str) -> None:
    for example in shipped().fragment(name)["examples"]:
        assert creation(resource(name, example))


@pytest.mark.parametrize("name", KINDS)
def test_every_property_can_be_created_with_each_of_its_examples(name: str) -> None:
    for property_name, schema in shipped().fragment(name)["properties"].items():
        for example in schema["examples"]:
            assert creation(with_property(first_example(name), property_name, example))


def tagging_of(wanted: Resource) -> Change:
    """The change after a creation that took no tags: the case `not-tagged-yet`, for this resource."""
    case = json.loads((CASES / wanted.kind / "not-tagged-yet.json").read_text(encoding="utf-8"))
    found = Answers(case["live"]).drive(kind(wanted.kind).observe([wanted]))[wanted.address]
    return plan_one(wanted, found)[0]


@pytest.mark.parametrize("name", [name for name in KINDS if kind(name).retag is not None])
def test_the_call_that_creates_carries_all_our_tags(name: str) -> None:
    wanted = first_example(name)
    first = json.dumps(creation(wanted)[0].params, default=str)
    if name in TAGGED_AFTERWARDS:
        first = json.dumps([call.params for call in valid_steps(tagging_of(wanted))])
    assert all(tag in first and value in first for tag, value in wanted.tags.items())


def test_creates_that_could_make_a_second_object_are_sent_once() -> None:
    first_calls = {str(call): call.once for name in KINDS for call in creation(first_example(name))[:1]}
    assert {name for name, once in first_calls.items() if once} == set(ONCE)


# --- changing ---------------------------------------------------------------------------------------------------------


def is_judged(name: str, property_name: str) -> bool:
    """Is a change of it a change of this object? Another name is another object."""
    rule = kind(name).physical_name
    named = property_name in kind(name).identity or (rule is not None and rule.property == property_name)
    return not named and (name, property_name) not in NOT_COMPARED


def variants(base: Resource) -> Iterator[tuple[str, Resource]]:
    """The resource with one property set to an example of it, or changed in one place; each fits the schema."""
    for property_name, schema in shipped().fragment(base.kind)["properties"].items():
        values = [with_property(base, property_name, example) for example in schema["examples"]]
        starts = [base, values[0]] if property_name in base.properties else values[:1]
        for start in starts:
            changed = others(base.kind, property_name, start.properties[property_name])
            values += [base.with_properties({**base.properties, property_name: value}) for value in changed]
        yield from ((property_name, value) for value in values if fits(value.properties, base.kind))


def assert_can_be_carried_out(change: Change, property_name: str) -> None:
    if change.action is Action.REPLACE:
        roots = {path.split(".")[0].split("[")[0] for path in kind(change.kind).rules.create_only}
        assert property_name in roots, f"a change of {property_name} replaces, and no rule says so"
    else:
        assert change.action is Action.UPDATE
    try:
        assert valid_steps(change), f"nothing carries out {change.fields}"
    except Refused:
        assert (change.kind, property_name) in REFUSED


@pytest.mark.parametrize("name", KINDS)
def test_any_change_of_any_property_is_seen_and_can_be_carried_out(name: str) -> None:
    """Live is what the `unchanged` case shows; each property in turn gets its examples, and other values."""
    base = resource_of(unchanged(name), name)
    seen: set[str] = set()
    for property_name, wanted in variants(base):
        found = observed(wanted, account_of(name))
        if found is None or not is_judged(name, property_name):
            continue
        change, _ = plan_one(wanted, found)
        if change.fields:
            seen.add(property_name)
            assert_can_be_carried_out(change, property_name)
    properties = set(shipped().fragment(name)["properties"]) - set(kind(name).rules.write_only)
    expected = {each for each in properties if is_judged(name, each) and (name, each) not in NOT_ALONE}
    assert seen == expected


def test_what_is_not_compared_says_so_in_its_rules() -> None:
    assert all(property_name in kind(name).rules.write_only for name, property_name in NOT_COMPARED)


# --- deleting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(ALWAYS_THERE)))
def test_what_is_there_can_be_deleted_knowing_nothing_but_what_was_read(name: str) -> None:
    found = observed(resource_of(unchanged(name), name), account_of(name))
    assert found is not None
    assert bool(valid_steps(Change(Action.DELETE, found.address, None, found))) is (name not in NOTHING_TO_DELETE)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_owned_can_be_deleted_knowing_nothing_but_what_was_read(name: str) -> None:
    for found in drive(kind(name).owned(SCOPE), account_of(name)):
        assert found.address.startswith(f"{name}/")
        assert found.tags[STACK_TAG] == "demo"
        assert valid_steps(Change(Action.DELETE, found.address, None, found))


@pytest.mark.parametrize("path", sorted(CASES.glob("*/*.json")), ids=case_id)
def test_a_case_is_written_like_the_others(path: Any) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    allowed = {"about", "resource", "live", "observed", "action", "fields", "calls"}
    assert set(case) <= allowed
    assert {"about", "resource", "observed", "action"} <= set(case)
