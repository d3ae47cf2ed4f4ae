"""What happens at set times: bounds that others move, and schedules in groups of this stack's only."""

from __future__ import annotations

import boto3
import pytest

from reconciler.errors import Refused
from reconciler.model import Outcome
from reconciler.simulator.aws import EmbeddedAws
from tests.engine.stacks import Workbench

API = """
stack: shop
region: eu-central-1
resources:
  net: {kind: network}
  api:
    kind: web_service
    network: ${net}
    image: api:1
    scaling:
      min: 2
      max: 6
      schedule:
        - {schedule: cron(0 20 * * ? *), min: 0, max: 1}
        - {schedule: cron(0 6 * * ? *), min: 2, max: 6}
  report:
    kind: scheduled_task
    network: ${net}
    task: ${api}
    command: [node, report.js]
    schedule: rate(1 hour)
"""
SCHEDULE = """
stack: shop
region: eu-central-1
resources:
  report:
    kind: scheduler.schedule
    group_name: theirs
    schedule_expression: rate(1 hour)
    target: {arn: "arn:aws:sqs:eu-central-1:123456789012:queue", role_arn: "arn:aws:iam::123456789012:role/scheduler"}
"""
TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


def test_bounds_a_schedule_has_set_are_no_drift(bench: Workbench, aws: EmbeddedAws) -> None:
    assert {result.outcome for result in bench.apply(API).results} == {Outcome.DONE}
    scaling = boto3.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    by_night = {**TARGET, "ResourceId": target["ResourceId"], "MinCapacity": 0, "MaxCapacity": 1}
    scaling.register_scalable_target(**by_night)
    assert bench.plan(API).effects == ()
    scaling.register_scalable_target(**{**by_night, "MaxCapacity": 99})
    (change,) = bench.plan(API).effects
    assert [(field.path, field.observed) for field in change.fields] == [(("max_capacity",), 99)]
    assert change.calls[0].params["min_capacity"] == 0


def test_a_schedule_follows_the_revision_of_the_service_it_borrows_from(bench: Workbench, aws: EmbeddedAws) -> None:
    bench.apply(API)
    bench.apply(API.replace("api:1", "api:2"))
    schedule = boto3.client("scheduler").get_schedule(Name="shop-report", GroupName="shop-report-group")
    assert schedule["Target"]["EcsParameters"]["TaskDefinitionArn"].endswith("shop-api-task:2")


def test_a_schedule_is_not_made_in_a_group_of_somebody_else(bench: Workbench, aws: EmbeddedAws) -> None:
    boto3.client("scheduler").create_schedule_group(Name="theirs")
    with pytest.raises(Refused, match="is not this stack's"):
        bench.plan(SCHEDULE)


def test_schedules_made_by_hand_in_our_group_are_leftovers(bench: Workbench, aws: EmbeddedAws) -> None:
    bench.apply(API)
    scheduler = boto3.client("scheduler")
    ours = scheduler.get_schedule(Name="shop-report", GroupName="shop-report-group")
    made = {name: ours[name] for name in ("GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.create_schedule(Name="by-hand", **made)
    (change,) = bench.plan(API).effects
    assert (change.address, str(change.calls[0])) == ("scheduler.schedule/by-hand", "scheduler:DeleteSchedule")


def test_destroy_leaves_no_schedule_and_no_group(bench: Workbench, aws: EmbeddedAws) -> None:
    bench.apply(API)
    assert {result.outcome for result in bench.apply(API, destroy=True).results} == {Outcome.DONE}
    groups = boto3.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert [group["Name"] for group in groups] == ["default"]
    assert (
        boto3.client("application-autoscaling").describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
        == []
    )
