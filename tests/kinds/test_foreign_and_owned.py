"""What the case files cannot show: refusals, and what the stack owns beyond the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from reconciler.errors import Denied
from reconciler.kinds.registry import kind
from reconciler.model import Call, Place, Reads, Resource, Response, Scope

SCOPE = Scope("demo", "123456789012", "eu-central-1")
Answer = Callable[[Call], Response]


def drive(reader: Reads[Any], answer: Answer) -> Any:
    """Like the executor: the first error of a batch is thrown into the reader."""
    try:
        calls: Sequence[Call] = next(reader)
        while True:
            try:
                responses = [answer(call) for call in calls]
            except Denied as error:
                calls = reader.throw(error)
            else:
                calls = reader.send(responses)
    except StopIteration as stop:
        return stop.value


def tags(address: str, stack: str = "demo") -> list[dict[str, str]]:
    return [{"key": "reconciler:stack", "value": stack}, {"key": "reconciler:resource", "value": address}]


def bucket(name: str) -> Resource:
    properties = {"bucket": f"demo-{name}"}
    return Resource(
        "s3.bucket", name, "demo", properties, Place("f", 1, 1), region="eu-central-1", account="123456789012"
    )


def s3(listed: Sequence[str], closed: Sequence[str]) -> Answer:
    """An account with the buckets `listed`, in which `closed` answer "access denied"."""

    def answer(call: Call) -> Response:
        if call.operation == "ListBuckets":
            return {"buckets": [{"name": name} for name in listed if name.startswith(call.params.get("prefix", ""))]}
        name = call.params["bucket"]
        if name in closed:
            raise Denied(call, "AccessDenied", "Access Denied")
        if name not in listed:
            return None
        if call.operation == "GetBucketLocation":
            return {"location_constraint": "eu-central-1"}
        return {"tag_set": tags(f"s3.bucket/{name.removeprefix('demo-')}")}

    return answer


def test_a_bucket_of_another_account_is_foreign_and_the_others_are_still_read() -> None:
    observe = kind("s3.bucket").observe([bucket("main"), bucket("theirs"), bucket("absent")])
    found = drive(observe, s3(["demo-main"], ["demo-theirs"]))
    assert {address: observed.tags for address, observed in found.items()} == {
        "s3.bucket/main": {"reconciler:stack": "demo", "reconciler:resource": "s3.bucket/main"},
        "s3.bucket/theirs": {},
    }


def test_a_bucket_of_our_own_that_we_may_not_read_is_an_error() -> None:
    with pytest.raises(Denied):
        drive(kind("s3.bucket").observe([bucket("main")]), s3(["demo-main"], ["demo-main"]))


def test_a_bucket_that_hides_its_tags_does_not_hide_the_others() -> None:
    owned = drive(kind("s3.bucket").owned(SCOPE), s3(["demo-closed", "demo-main"], ["demo-closed"]))
    assert [item.address for item in owned] == ["s3.bucket/main"]


def test_a_template_of_a_stack_whose_name_begins_alike_is_not_owned() -> None:
    names = [{"name": "demo_welcome"}, {"name": "demo-staging_welcome"}, {"name": "welcome"}]
    owned = drive(kind("ses.template").owned(SCOPE), lambda call: {"templates_metadata": names})
    assert [(item.address, item.identifier) for item in owned] == [("ses.template/welcome", "demo_welcome")]


def test_a_secret_about_to_be_deleted_is_not_deleted_again() -> None:
    secret = {"name": "demo/db", "arn": "arn", "tags": tags("secretsmanager.secret/db"), "deleted_date": "2026-01-01"}

    def answer(call: Call) -> Response:
        return {"secret_list": [{"name": "demo/db"}]} if call.operation == "ListSecrets" else secret

    assert drive(kind("secretsmanager.secret").owned(SCOPE), answer) == []


def test_alarms_are_described_a_hundred_names_a_call() -> None:
    alarms = [
        Resource("cloudwatch.metric_alarm", f"a{i}", "demo", {"alarm_name": f"demo-a{i}"}, Place("f", 1, 1))
        for i in range(101)
    ]
    asked: list[Mapping[str, Any]] = []

    def answer(call: Call) -> Response:
        if call.operation == "DescribeAlarms":
            asked.append(call.params)
        return {}

    drive(kind("cloudwatch.metric_alarm").observe(alarms), answer)
    assert [len(params["alarm_names"]) for params in asked] == [100, 1]


def test_both_policies_of_one_address_are_owned() -> None:
    arns = ["arn:aws:iam::123456789012:policy/old", "arn:aws:iam::123456789012:policy/new"]

    def answer(call: Call) -> Response:
        arn = call.params.get("policy_arn")
        answers: dict[str, Response] = {
            "ListPolicies": {"policies": [{"arn": each} for each in arns]},
            "GetPolicy": {
                "policy": {"arn": arn, "policy_name": "x", "default_version_id": "v1", "tags": tags("iam.policy/main")}
            },
        }
        return answers.get(call.operation, {})

    owned = drive(kind("iam.policy").owned(SCOPE), answer)
    assert [item.identifier for item in owned] == arns


def test_alarms_that_scaling_made_for_itself_are_nobody_s() -> None:
    names = ["TargetTracking-service/demo/api-AlarmHigh-1", "demo-cpu"]
    asked: list[str] = []

    def answer(call: Call) -> Response:
        if call.operation == "DescribeAlarms":
            return {"metric_alarms": [{"alarm_name": name, "alarm_arn": name} for name in names]}
        asked.append(call.params["resource_arn"])
        return {"tags": tags("cloudwatch.metric_alarm/cpu")}

    owned = drive(kind("cloudwatch.metric_alarm").owned(SCOPE), answer)
    assert ([item.identifier for item in owned], asked) == (["demo-cpu"], ["demo-cpu"])


def test_a_metric_filter_of_a_stack_whose_name_begins_alike_is_not_owned() -> None:
    made = [{"metric_name": "Errors", "metric_namespace": "Demo", "metric_value": "1"}]
    filters = [
        {"log_group_name": "/ecs/x", "filter_name": name, "metric_transformations": made}
        for name in ("demo_errors", "demo-staging_errors", "errors")
    ]
    owned = drive(kind("logs.metric_filter").owned(SCOPE), lambda call: {"metric_filters": filters})
    assert [(item.address, item.identifier) for item in owned] == [("logs.metric_filter/errors", "/ecs/x:demo_errors")]


@pytest.mark.parametrize(
    ("kind_name", "listed"),
    [
        ("xray.group", {"groups": [{"group_name": "Default", "group_arn": "arn"}]}),
        ("xray.sampling_rule", {"sampling_rule_records": [{"sampling_rule": {"rule_name": "Default"}}]}),
    ],
)
def test_what_x_ray_made_itself_is_not_even_asked_for_tags(kind_name: str, listed: Response) -> None:
    assert drive(kind(kind_name).owned(SCOPE), lambda call: listed) == []


def test_rules_of_aws_services_are_nobody_s_and_leftovers_on_every_bus_are_found() -> None:
    rules = {
        "default": [{"name": "managed", "arn": "arn:managed", "managed_by": "ecs.amazonaws.com"}],
        "orders": [{"name": "demo-old", "arn": "arn:old", "event_bus_name": "orders"}],
    }

    def answer(call: Call) -> Response:
        answers: dict[str, Response] = {
            "ListEventBuses": {"event_buses": [{"name": bus} for bus in rules]},
            "ListRules": {"rules": rules.get(call.params.get("event_bus_name", ""), [])},
            "ListTagsForResource": {"tags": tags("events.rule/old")},
            "ListTargetsByRule": {"targets": [{"id": "a", "arn": "arn"}]},
        }
        return answers[call.operation]

    (leftover,) = drive(kind("events.rule").owned(SCOPE), answer)
    assert (leftover.address, leftover.properties["targets"]) == ("events.rule/old", [{"id": "a", "arn": "arn"}])
