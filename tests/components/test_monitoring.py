"""What the components that watch promise: which alarms and graphs there are, whom they tell, what a trace costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Reference, Resource, Template
from tests.components.test_parts import NETWORK, of_kind, resources
from tests.engine.specs import ACCOUNT, REGION, entries, expanded, problems

ALARM = "cloudwatch.metric_alarm"
EVERYTHING: dict[str, dict[str, Any]] = {
    "net": {"kind": "network"},
    "db": {"kind": "postgres", "network": "${net}", "replicas": 1},
    "api": {"kind": "web_service", "network": "${net}", "image": "api:1"},
    "job": {"kind": "worker", "network": "${net}", "image": "job:1"},
    "mail": {"kind": "email", "domain": "example.com"},
    "assets": {"kind": "bucket_with_cdn"},
}


def with_entry(folder: Path, kind: str, **properties: Any) -> dict[str, Resource]:
    """The parts of an entry `it` of a component, beside everything it may watch."""
    text = entries({**EVERYTHING, "it": {"kind": kind, **properties}})
    found = expanded(folder, text).resources
    return {address: each for address, each in found.items() if each.name.split("-")[0] == "it"}


def alarm_names(found: dict[str, Resource]) -> set[str]:
    return {name.removeprefix("it-") for name in of_kind(found, ALARM)}


# --- alarms -----------------------------------------------------------------------------------------------------------

TASKS = {"cpu", "memory", "no-tasks"}
BALANCER = {"errors", "balancer-errors", "slow", "no-healthy-tasks"}
DATABASE = {"database-cpu", "database-storage", "database-memory", "database-connections"}


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        ({}, set()),
        ({"service": "${job}"}, TASKS),
        ({"service": "${api}"}, TASKS | BALANCER),
        ({"database": "${db}"}, DATABASE),
        ({"replica": "${db-replica-1}"}, {"replica-lag"}),
        ({"email": "${mail}"}, {"bounces", "complaints"}),
        ({"service": "${job}", "log_errors": {"pattern": "ERROR"}}, TASKS | {"log-errors"}),
    ],
    ids=["nothing", "worker", "web service", "database", "replica", "mail", "log"],
)
def test_alarms_watch_what_they_are_given(tmp_path: Path, watched: dict[str, Any], expected: set[str]) -> None:
    found = with_entry(tmp_path, "alarms", **watched)
    assert alarm_names(found) == expected
    assert set(of_kind(found, "sns.topic")) == {"it-topic"}
    topic = Reference("sns.topic/it-topic", "topic_arn")
    assert all(each.properties["alarm_actions"] == [topic] for each in of_kind(found, ALARM).values())


def test_slow_means_one_answer_in_twenty(tmp_path: Path) -> None:
    slow = with_entry(tmp_path, "alarms", service="${api}")[f"{ALARM}/it-slow"].properties
    assert slow["extended_statistic"] == "p95"
    assert "statistic" not in slow


def test_error_lines_are_counted_in_the_log_of_the_service(tmp_path: Path) -> None:
    found = with_entry(tmp_path, "alarms", service="${api}", log_errors={"pattern": "ERROR", "threshold": 5})
    counted = found["logs.metric_filter/it-log-errors"].properties
    assert counted["log_group_name"] == Reference("logs.log_group/api-logs", "log_group_name")
    (made,) = counted["metric_transformations"]
    assert (made["metric_name"], made["metric_namespace"], made["default_value"]) == ("it-log-errors", "shop", 0)
    alarm = found[f"{ALARM}/it-log-errors"].properties
    assert alarm["metric_name"] == Reference("logs.metric_filter/it-log-errors", "metric_name")
    assert (alarm["threshold"], alarm["statistic"]) == (5, "Sum")


def test_error_lines_need_a_log_group(tmp_path: Path) -> None:
    text = "  bell: {kind: alarms, log_errors: {pattern: ERROR}}\n"
    (problem,) = problems(tmp_path, text)
    assert "log_group_name" in problem.message


def test_unhealthy_is_what_users_notice_and_nothing_else(tmp_path: Path) -> None:
    found = with_entry(tmp_path, "alarms", service="${api}", database="${db}", unhealthy=True)
    rule = found["cloudwatch.composite_alarm/it-unhealthy"].properties["alarm_rule"]
    assert isinstance(rule, Template)
    named = {part.target.removeprefix(f"{ALARM}/it-") for part in rule.parts if isinstance(part, Reference)}
    assert named == BALANCER | {"no-tasks"}
    assert str(rule).count("ALARM(") == len(named) == str(rule).count(" OR ") + 1


def test_without_anything_users_notice_there_is_no_alarm_about_it(tmp_path: Path) -> None:
    assert of_kind(with_entry(tmp_path, "alarms", unhealthy=True), "cloudwatch.composite_alarm") == {}


def test_events_of_the_service_and_the_database_reach_the_topic(tmp_path: Path) -> None:
    found = with_entry(tmp_path, "alarms", service="${api}", database="${db}", events=True)
    rules = of_kind(found, "events.rule")
    assert set(rules) == {"it-deployment-failed", "it-database-events"}
    topic = Reference("sns.topic/it-topic", "topic_arn")
    assert all(rule.properties["targets"] == [{"id": "topic", "arn": topic}] for rule in rules.values())
    assert of_kind(with_entry(tmp_path, "alarms", service="${api}"), "events.rule") == {}


def test_alarms_rules_and_budgets_of_this_account_may_publish_and_nobody_else(tmp_path: Path) -> None:
    topic = with_entry(tmp_path, "alarms", notify=["ops@example.com"])["sns.topic/it-topic"].properties
    assert topic["name"] == "shop-it-topic"
    for statement in topic["policy"]["Statement"]:
        assert statement["Resource"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-it-topic"
        assert f":{ACCOUNT}:" in statement["Condition"]["ArnLike"]["aws:SourceArn"]
    publishers = [statement["Principal"]["Service"] for statement in topic["policy"]["Statement"]]
    assert publishers == ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"]


def test_the_name_in_the_policy_of_a_topic_is_that_of_the_topic_in_every_environment(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "stack": "shop",
            "region": REGION,
            "resources": {"it": {"kind": "alarms"}, "other": {"kind": "sns.topic"}},
            "environments": {"staging": {}},
        }
    )
    found = expanded(tmp_path, text, "staging").resources
    given = found["sns.topic/it-topic"].properties["name"]
    assert given == found["sns.topic/other"].properties["name"].removesuffix("other") + "it-topic"


# --- budget -----------------------------------------------------------------------------------------------------------


def test_a_budget_tells_before_and_when_the_money_is_spent(tmp_path: Path) -> None:
    text = {"monthly_usd": 55, "notify": ["ops@example.com"]}
    budget = with_entry(tmp_path, "budget", **text)["budgets.budget/it"].properties
    assert budget["budget_limit"] == {"amount": "55", "unit": "USD"}
    told = [(each["notification_type"], each["threshold"]) for each in budget["notifications"]]
    assert told == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert "cost_filters" not in budget


def test_a_budget_may_tell_a_topic_too_and_count_this_stack_only(tmp_path: Path) -> None:
    more: dict[str, Any] = {"topic_arn": "${mail-topic.topic_arn}", "only_this_stack": True, "thresholds": [50]}
    values = {"mail-topic": {"kind": "sns.topic"}, "it": {"kind": "budget", "monthly_usd": 12.5, **more}}
    budget = expanded(tmp_path, entries(values)).resources["budgets.budget/it"].properties
    assert budget["budget_limit"]["amount"] == "12.5"
    assert budget["cost_filters"] == {"TagKeyValue": ["user:reconciler:stack$shop"]}
    subscribers = budget["notifications"][0]["subscribers"]
    assert subscribers == [
        {"subscription_type": "SNS", "address": Reference("sns.topic/mail-topic", "topic_arn")},
    ]


def test_a_budget_that_tells_nobody_has_no_notifications(tmp_path: Path) -> None:
    assert with_entry(tmp_path, "budget", monthly_usd=55)["budgets.budget/it"].properties["notifications"] == []


# --- dashboard --------------------------------------------------------------------------------------------------------


def widgets(found: dict[str, Resource]) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = found["cloudwatch.dashboard/it"].properties["dashboard_body"]["widgets"]
    return shown


def test_a_dashboard_shows_what_it_is_given(tmp_path: Path) -> None:
    watched = {"service": "${api}", "database": "${db}", "replica": "${db-replica-1}", "email": "${mail}"}
    shown = widgets(with_entry(tmp_path, "dashboard", **watched, cdn="${assets}", queue_name="jobs"))
    graphs = [each for each in shown if each["type"] == "metric"]
    namespaces = {metric[0] for each in graphs for metric in each["properties"]["metrics"]}
    assert namespaces == {
        "AWS/ECS",
        "ECS/ContainerInsights",
        "AWS/ApplicationELB",
        "AWS/RDS",
        "AWS/SES",
        "AWS/SQS",
        "AWS/CloudFront",
    }
    (log,) = [each for each in shown if each["type"] == "log"]
    assert Reference("logs.log_group/api-logs", "log_group_name") in log["properties"]["query"].parts
    assert widgets(with_entry(tmp_path, "dashboard")) == []


def test_what_the_cdn_counts_is_read_in_virginia(tmp_path: Path) -> None:
    shown = widgets(with_entry(tmp_path, "dashboard", cdn="${assets}"))
    assert {each["properties"]["region"] for each in shown} == {"us-east-1"}
    assert all(metric[-2] == "Global" for each in shown for metric in each["properties"]["metrics"])


def test_widgets_do_not_overlap_and_do_not_stick_out(tmp_path: Path) -> None:
    own = [{"type": "text", "width": 24, "height": 2, "properties": {"markdown": "Runbook"}}]
    alarms = ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:x"]
    shown = widgets(with_entry(tmp_path, "dashboard", service="${api}", database="${db}", widgets=own, alarms=alarms))
    cells = [
        (column, row)
        for each in shown
        for column in range(each["x"], each["x"] + each["width"])
        for row in range(each["y"], each["y"] + each["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24
    assert (shown[0]["type"], shown[-1]["properties"]) == ("alarm", {"markdown": "Runbook"})


# --- tracing ----------------------------------------------------------------------------------------------------------


def test_tracing_is_a_rule_and_a_group_of_one_service(tmp_path: Path) -> None:
    found = with_entry(tmp_path, "tracing", service_name="api", sample_percent=10)
    rule, group = found["xray.sampling_rule/it-rule"].properties, found["xray.group/it-group"].properties
    assert (rule["service_name"], rule["fixed_rate"], rule["url_path"]) == ("api", 0.1, "*")
    assert group["filter_expression"] == 'service("api")'


def traced(folder: Path, kind: str, *lines: str) -> dict[str, Resource]:
    words = "".join(f"    {line}\n" for line in lines)
    return resources(folder, NETWORK + f"  api:\n    kind: {kind}\n    network: ${{net}}\n    image: api:1\n" + words)


def containers(found: dict[str, Resource]) -> dict[str, dict[str, Any]]:
    listed = found["ecs.task_definition/api-task"].properties["container_definitions"]
    return {each["name"]: each for each in listed}


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["environment"]}


@pytest.mark.parametrize("kind", ["web_service", "worker"])
def test_a_traced_program_finds_a_collector_beside_it(tmp_path: Path, kind: str) -> None:
    found = containers(traced(tmp_path, kind, "tracing: true"))
    assert set(found) == {"api", "collector"}
    variables = environment(found["api"])
    assert variables["AWS_XRAY_DAEMON_ADDRESS"] == "127.0.0.1:2000"
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert variables["OTEL_SERVICE_NAME"] == "api"
    assert found["collector"]["essential"] is False
    settings = json.loads(environment(found["collector"])["AOT_CONFIG_CONTENT"])
    assert settings["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == "127.0.0.1:4318"
    assert settings["receivers"]["awsxray"]["endpoint"] == "127.0.0.1:2000"
    assert settings["service"]["pipelines"]["traces"]["exporters"] == ["awsxray"]


def test_a_traced_program_may_hand_traces_over_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    given = "permissions: [{Effect: Allow, Action: s3:GetObject, Resource: '*'}]"
    found = traced(tmp_path, "worker", "tracing: true", given, "environment: {OTEL_SERVICE_NAME: jobs}")
    (policy,) = found["iam.role/api-task-role"].properties["policies"].values()
    first, second = policy["Statement"]
    assert first["Action"] == "s3:GetObject"
    assert {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"} <= set(second["Action"])
    assert environment(containers(found)["api"])["OTEL_SERVICE_NAME"] == "jobs"


def test_an_untraced_program_runs_alone(tmp_path: Path) -> None:
    found = traced(tmp_path, "worker")
    assert set(containers(found)) == {"api"}
    assert environment(containers(found)["api"]) == {}
    assert found["iam.role/api-task-role"].properties["policies"] == {}
