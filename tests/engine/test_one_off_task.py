"""A task that must have run once: what an apply starts, what it waits for, and what it never does twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from reconciler.aws.clients import Clients
from reconciler.model import Action, ApplyResult, Outcome
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import Strictness
from tests.engine.stacks import REGION, Workbench

STACK = """
stack: shop
region: eu-central-1
resources:
  main: {{kind: ecs.cluster}}
  program:
    kind: ecs.task_definition
    cpu: "256"
    memory: "512"
    container_definitions:
      - {{name: program, image: "{image}"}}
  migrate:
    kind: ecs.one_off_task
    cluster: ${{main.cluster_name}}
    task_definition: ${{program.task_definition_arn}}
    launch_type: FARGATE
    network_configuration: {{awsvpc_configuration: {{subnets: [subnet-0123]}}}}
    overrides: {{container_overrides: [{{name: program, command: [{command}]}}]}}
    attempt: {attempt}
  {after}
"""
WITHOUT = STACK[: STACK.index("  migrate:")]
LOGS = "after: {kind: logs.log_group, log_group_name: /after, depends_on: [migrate]}"
MIGRATE = "ecs.one_off_task/migrate"
FOREVER = "sleep, infinity"


def spec(image: str = "program:1", command: str = "migrate", attempt: int = 1, after: str = "") -> str:
    return STACK.format(image=image, command=command, attempt=attempt, after=after)


def outcomes(result: ApplyResult) -> dict[str, Outcome]:
    return {each.change.address: each.outcome for each in result.results}


def detail(result: ApplyResult) -> str:
    return next(each.detail for each in result.results if each.change.address == MIGRATE)


def runs(aws: EmbeddedAws) -> int:
    return aws.calls.count(("ecs", "RunTask"))


def tasks() -> list[Any]:
    """All tasks of the cluster, stopped ones too."""
    ecs = boto3.client("ecs")
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in ecs.list_tasks(cluster="shop-main", desiredStatus=status)["taskArns"]
    ]
    return list(ecs.describe_tasks(cluster="shop-main", tasks=arns)["tasks"]) if arns else []


def test_it_runs_once_before_what_depends_on_it_and_never_again(bench: Workbench, aws: EmbeddedAws) -> None:
    result = bench.apply(spec(after=LOGS))
    assert set(outcomes(result).values()) == {Outcome.DONE}
    order = [operation for _, operation in aws.calls if operation in ("RunTask", "CreateLogGroup")]
    assert order == ["RunTask", "CreateLogGroup"]
    assert {change.action for change in bench.plan(spec(after=LOGS)).changes} == {Action.NOOP}
    bench.apply(spec(after=LOGS))
    assert runs(aws) == 1


def test_a_new_revision_runs_again_and_the_plan_says_so(bench: Workbench, aws: EmbeddedAws) -> None:
    bench.apply(spec())
    plan = bench.plan(spec(image="program:2"))
    assert {change.address for change in plan.effects} == {"ecs.task_definition/program", MIGRATE}
    assert "ecs:RunTask" in {str(call) for change in plan.effects for call in change.calls}
    assert set(outcomes(bench.apply(spec(image="program:2"))).values()) == {Outcome.DONE}
    assert runs(aws) == 2


def test_a_failure_stops_what_depends_on_it_and_says_where_to_look(bench: Workbench, aws: EmbeddedAws) -> None:
    broken = spec(command="sh, -c, exit 3", after=LOGS)
    result = bench.apply(broken)
    assert outcomes(result)[MIGRATE] is Outcome.FAILED
    assert outcomes(result)["logs.log_group/after"] is Outcome.SKIPPED
    assert "container program ended with exit code 3" in detail(result)
    assert "raise `attempt`" in detail(result)
    assert outcomes(bench.apply(broken))[MIGRATE] is Outcome.FAILED
    assert runs(aws) == 1


def test_a_failed_run_is_repeated_when_attempt_is_raised_or_the_command_corrected(
    bench: Workbench, aws: EmbeddedAws
) -> None:
    bench.apply(spec(command="'false'"))
    assert outcomes(bench.apply(spec(command="'false'", attempt=2)))[MIGRATE] is Outcome.FAILED
    assert runs(aws) == 2
    assert outcomes(bench.apply(spec(command="'true'", attempt=2)))[MIGRATE] is Outcome.DONE


def test_an_image_that_is_missing_and_no_room_are_told_apart(bench: Workbench, aws: EmbeddedAws) -> None:
    assert "CannotPullContainerError" in detail(bench.apply(spec(image="missing:1")))
    crowded = bench.apply(spec(image="no-capacity:1"))
    assert outcomes(crowded)[MIGRATE] is Outcome.FAILED
    assert "Capacity is unavailable" in detail(crowded)


@pytest.mark.parametrize("code", ["reset", "ServerException"])
def test_a_lost_reply_starts_no_second_task(bench: Workbench, aws: EmbeddedAws, code: str) -> None:
    aws.faults.lose_reply("ecs", "RunTask", code=code)
    assert set(outcomes(bench.apply(spec())).values()) == {Outcome.DONE}
    assert aws.faults.unused == 0
    assert len(tasks()) == 1


def test_a_run_killed_before_its_success_was_written_down_is_not_repeated(bench: Workbench, aws: EmbeddedAws) -> None:
    aws.faults.fail("ecs", "TagResource", "AccessDeniedException", times=1)
    assert outcomes(bench.apply(spec()))[MIGRATE] is Outcome.FAILED
    (change,) = bench.plan(spec()).effects
    assert [field.path for field in change.fields] == [("outcome",)]
    assert set(outcomes(bench.apply(spec())).values()) == {Outcome.DONE}
    assert runs(aws) == 1


def test_two_runs_are_never_under_way_at_once(bench: Workbench, aws: EmbeddedAws) -> None:
    assert outcomes(bench.apply(spec(command=FOREVER)))[MIGRATE] is Outcome.WAITING
    changed = bench.apply(spec())
    assert outcomes(changed)[MIGRATE] is Outcome.WAITING
    assert "an earlier run has to end first" in detail(changed)
    assert len(tasks()) == 1
    boto3.client("ecs").stop_task(cluster="shop-main", task=tasks()[0]["taskArn"])
    assert outcomes(bench.apply(spec()))[MIGRATE] is Outcome.DONE


def test_a_task_stopped_by_a_person_has_not_succeeded(bench: Workbench, aws: EmbeddedAws) -> None:
    bench.apply(spec(command=FOREVER))
    boto3.client("ecs").stop_task(cluster="shop-main", task=tasks()[0]["taskArn"], reason="enough")
    assert "enough" in detail(bench.apply(spec(command=FOREVER)))


def test_what_is_taken_out_of_the_spec_is_stopped_while_it_runs_and_forgotten_when_it_ended(
    bench: Workbench, aws: EmbeddedAws
) -> None:
    bench.apply(spec(command=FOREVER))
    without = WITHOUT.format(image="program:1")
    (change,) = bench.plan(without).effects
    assert (change.action, [str(call) for call in change.calls]) == (Action.DELETE, ["ecs:StopTask"])
    assert set(outcomes(bench.apply(without)).values()) == {Outcome.DONE}
    assert [task["lastStatus"] for task in tasks()] == ["STOPPED"]
    assert bench.plan(without).effects == ()


@pytest.fixture
def slow(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """An AWS in which a task takes a few looks to end."""
    server = start_aws(strict=Strictness(refusals=True, slow_reads=3))
    server.reset()
    for name, value in server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    yield server
    server.reset()
    server.stop()


def test_a_run_is_waited_for_to_its_end(slow: EmbeddedAws, tmp_path: Any) -> None:
    bench = Workbench(tmp_path, Clients(REGION), {})
    assert set(outcomes(bench.apply(spec(after=LOGS))).values()) == {Outcome.DONE}
    assert slow.calls.count(("ecs", "DescribeTasks")) > 3
    assert runs(slow) == 1
    assert set(outcomes(bench.apply(spec(after=LOGS), destroy=True)).values()) == {Outcome.DONE}
