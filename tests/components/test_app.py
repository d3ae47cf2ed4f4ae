"""What the components promise that run programs: sidecars, capacity, scaling, and jobs that run on time or once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.components import _fargate
from reconciler.components.base import Context, Naming
from reconciler.model import Band, Reference, Resource, Template
from tests.components.test_parts import NETWORK, of_kind, resources, service
from tests.engine.specs import expanded, problems

API = NETWORK + "  api:\n    kind: web_service\n    network: ${net}\n    image: api:1\n"


def job(folder: Path, kind: str, *lines: str, before: str = NETWORK) -> dict[str, Resource]:
    words = "".join(f"    {line}\n" for line in lines)
    return resources(folder, before + f"  job:\n    kind: {kind}\n    network: ${{net}}\n" + words)


def containers(found: dict[str, Resource], task: str = "api-task") -> dict[str, Any]:
    declared = found[f"ecs.task_definition/{task}"].properties["container_definitions"]
    return {each["name"]: each for each in declared}


# --- the task ---------------------------------------------------------------------------------------------------------

PROXY = "{name: proxy, image: 'proxy:1', health_check: {command: [CMD, 'true']}}"
AGENT = "{name: agent, image: 'agent:1', essential: false}"


def test_sidecars_log_where_the_program_logs_and_come_up_before_it(tmp_path: Path) -> None:
    found = containers(service(tmp_path, f"sidecars: [{PROXY}, {AGENT}]"))
    assert list(found) == ["api", "proxy", "agent"]
    assert found["api"]["depends_on"] == [{"container_name": "proxy", "condition": "HEALTHY"}]
    assert found["proxy"]["log_configuration"] == found["api"]["log_configuration"]
    assert found["agent"]["essential"] is False


def test_a_sidecar_that_waits_for_the_program_is_not_waited_for(tmp_path: Path) -> None:
    late = PROXY.replace("}}", "}, depends_on: [{container_name: api, condition: START}]}")
    assert "depends_on" not in containers(service(tmp_path, f"sidecars: [{late}]"))["api"]


def test_a_component_may_add_sidecars_of_its_own() -> None:
    properties = {"image": "api:1", "environment": {}, "secrets": {}, "sidecars": [], "cpu": 256, "memory": 512}
    context = Context("shop", "123456789012", "eu-central-1")
    part = _fargate.task(Naming("api"), properties, context, [3000], [{"name": "pooler", "image": "pooler:1"}])
    assert [each["name"] for each in part.properties["container_definitions"]] == ["api", "pooler"]


def test_a_task_has_the_machine_and_the_patience_it_is_given(tmp_path: Path) -> None:
    lines = ("cpu_architecture: ARM64", "ephemeral_storage: 50", "stop_timeout: 60")
    found = service(tmp_path, *lines, "health_check: {command: [CMD, 'true'], retries: 5}")
    task = found["ecs.task_definition/api-task"].properties
    assert task["runtime_platform"] == {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}
    assert task["ephemeral_storage"] == {"size_in_gi_b": 50}
    assert containers(found)["api"]["stop_timeout"] == 60
    assert containers(found)["api"]["health_check"]["retries"] == 5
    plain = service(tmp_path)["ecs.task_definition/api-task"].properties
    assert {"runtime_platform", "ephemeral_storage"} & plain.keys() == set()


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        ("fargate", [("FARGATE", 0, 1)]),
        ("fargate_spot", [("FARGATE_SPOT", 0, 1)]),
        ("mixed", [("FARGATE", 2, 0), ("FARGATE_SPOT", 0, 1)]),
    ],
)
def test_tasks_run_where_they_are_told_to(tmp_path: Path, capacity: str, expected: list[tuple[str, int, int]]) -> None:
    found = service(tmp_path, f"capacity: {capacity}", "scaling: {min: 2, max: 6}")["ecs.service/api"].properties
    strategy = [
        (each["capacity_provider"], each["base"], each["weight"]) for each in found["capacity_provider_strategy"]
    ]
    assert strategy == expected
    assert "launch_type" not in found


def test_a_cluster_of_its_own_has_both_kinds_of_capacity(tmp_path: Path) -> None:
    found = service(tmp_path)
    assert found["ecs.cluster/api-cluster"].properties["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert found["ecs.service/api"].properties["launch_type"] == "FARGATE"


# --- scaling ----------------------------------------------------------------------------------------------------------


def test_several_targets_are_several_policies(tmp_path: Path) -> None:
    found = service(tmp_path, "scaling: {min: 2, max: 6, target_memory_percent: 70, target_requests_per_task: 600}")
    policies = of_kind(found, "application_autoscaling.scaling_policy")
    assert sorted(policies) == ["api-scaling-cpu", "api-scaling-memory", "api-scaling-requests"]
    wanted = policies["api-scaling-requests"].properties["target_tracking_scaling_policy_configuration"]
    metric = wanted["predefined_metric_specification"]
    assert (wanted["target_value"], metric["predefined_metric_type"]) == (600, "ALBRequestCountPerTarget")
    balancer = Reference("elbv2.load_balancer/api-balancer", "load_balancer_full_name")
    group = Reference("elbv2.target_group/api-targets", "target_group_full_name")
    assert metric["resource_label"] == Template((balancer, "/", group))


def test_bounds_that_change_at_set_times_belong_to_the_schedule(tmp_path: Path) -> None:
    nights = "{schedule: cron(0 20 * * ? *), timezone: Europe/Berlin, min: 0, max: 1}"
    days = "{schedule: cron(0 6 * * ? *), timezone: Europe/Berlin, min: 2, max: 9}"
    found = service(tmp_path, f"scaling: {{min: 2, max: 6, schedule: [{nights!r}, {days!r}]}}".replace("'", ""))
    target = found["application_autoscaling.scalable_target/api-scaling"].properties
    assert (target["min_capacity"], target["max_capacity"]) == (Band("schedule", 0, 2), Band("schedule", 1, 9))
    assert found["ecs.service/api"].properties["desired_count"] == Band("autoscaling", 0, 9)
    actions = of_kind(found, "application_autoscaling.scheduled_action")
    assert sorted(actions) == ["api-scaling-schedule-1", "api-scaling-schedule-2"]
    first = actions["api-scaling-schedule-1"].properties
    assert first["scalable_target_action"] == {"min_capacity": 0, "max_capacity": 1}


def test_a_worker_scales_where_it_is_told_to(tmp_path: Path) -> None:
    found = service(tmp_path, "scaling: {min: 1, max: 3}", kind="worker")
    assert found["ecs.service/api"].properties["desired_count"] == Band("autoscaling", 1, 3)
    assert "application_autoscaling.scaling_policy/api-scaling-cpu" in found
    assert of_kind(service(tmp_path, kind="worker"), "application_autoscaling.scalable_target") == {}


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_a_job_of_its_own_has_a_task_with_its_command(tmp_path: Path) -> None:
    found = job(tmp_path, "one_off_task", "image: 'api:1'", "command: [node, migrate.js]", "attempt: 2")
    run = found["ecs.one_off_task/job"].properties
    assert run["task_definition"] == Reference("ecs.task_definition/job-task", "task_definition_arn")
    assert (run["launch_type"], run["attempt"], run["outcome"]) == ("FARGATE", 2, "succeeded")
    assert "overrides" not in run
    assert containers(found, "job-task")["job"]["command"] == ["node", "migrate.js"]
    assert "ecs.cluster/job-cluster" in found


def test_a_job_may_run_the_task_of_a_service_with_another_command(tmp_path: Path) -> None:
    found = job(tmp_path, "one_off_task", "task: ${api}", "command: [node, seed.js]", before=API)
    assert [address for address in found if address.endswith("/job") or "/job-" in address] == ["ecs.one_off_task/job"]
    run = found["ecs.one_off_task/job"].properties
    assert run["task_definition"] == Reference("ecs.task_definition/api-task", "task_definition_arn")
    assert run["cluster"] == Reference("ecs.cluster/api-cluster", "cluster_name")
    assert run["overrides"] == {"container_overrides": [{"name": "api", "command": ["node", "seed.js"]}]}
    groups = run["network_configuration"]["awsvpc_configuration"]["security_groups"]
    assert groups == [Reference("ec2.security_group/api-tasks", "group_id")]


def test_a_borrowed_task_takes_no_image_and_no_rights_of_its_own(tmp_path: Path) -> None:
    borrowed = "  job: {kind: one_off_task, network: '${net}', task: '${api}', command: [a], "
    for line in ("image: 'api:2'", "secrets: {A: b}", "permissions: [{Effect: Allow}]"):
        (problem,) = problems(tmp_path, API + borrowed + line + "}\n")
        assert "the task" in problem.help
    assert problems(tmp_path, NETWORK + "  job: {kind: one_off_task, network: '${net}'}\n")


def test_a_service_that_depends_on_a_migration_waits_for_its_success(tmp_path: Path) -> None:
    text = NETWORK + "  job: {kind: one_off_task, network: '${net}', image: 'api:1'}\n"
    api = "  api: {kind: web_service, network: '${net}', image: 'api:1', depends_on: [job]}\n"
    assert "ecs.one_off_task/job" in expanded(tmp_path, text + api).dependencies["ecs.service/api"]


def test_the_scheduler_may_start_that_task_in_that_cluster_and_nothing_else(tmp_path: Path) -> None:
    found = job(tmp_path, "scheduled_task", "image: 'api:1'", "schedule: rate(1 hour)")
    role = found["iam.role/job-schedule-role"].properties
    run, hand_over = role["policies"]["start-the-task"]["Statement"]
    family = Reference("ecs.task_definition/job-task", "family")
    arn = "arn:aws:ecs:eu-central-1:123456789012:"
    assert (run["Action"], run["Resource"]) == ("ecs:RunTask", Template((f"{arn}task-definition/", family, ":*")))
    cluster = Template((f"{arn}cluster/", Reference("ecs.cluster/job-cluster", "cluster_name")))
    assert run["Condition"] == {"ArnEquals": {"ecs:cluster": cluster}}
    assert hand_over["Action"] == "iam:PassRole"
    assert {each.target for each in hand_over["Resource"]} == {"iam.role/job-execution-role", "iam.role/job-task-role"}
    (trust,) = role["assume_role_policy_document"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group = Reference("scheduler.schedule_group/job-group", "arn")
    assert trust["Condition"]["StringEquals"]["aws:SourceArn"] == group


def test_a_schedule_says_when_in_what_zone_and_how_late(tmp_path: Path) -> None:
    lines = ("schedule: cron(0 6 * * ? *)", "timezone: Europe/Berlin", "enabled: false", "flexible_minutes: 15")
    found = job(tmp_path, "scheduled_task", "image: 'api:1'", "capacity: fargate_spot", *lines)
    schedule = found["scheduler.schedule/job"].properties
    assert (schedule["state"], schedule["schedule_expression_timezone"]) == ("DISABLED", "Europe/Berlin")
    assert schedule["flexible_time_window"] == {"mode": "FLEXIBLE", "maximum_window_in_minutes": 15}
    ecs = schedule["target"]["ecs_parameters"]
    assert [each["capacity_provider"] for each in ecs["capacity_provider_strategy"]] == ["FARGATE_SPOT"]
    assert "input" not in schedule["target"]


def test_a_borrowed_task_gets_its_command_from_the_scheduler(tmp_path: Path) -> None:
    lines = ("task: ${api}", "command: [node, report.js]", "schedule: rate(1 hour)")
    schedule = job(tmp_path, "scheduled_task", *lines, before=API)["scheduler.schedule/job"].properties
    override = {"name": "api", "command": ["node", "report.js"]}
    assert json.loads(schedule["target"]["input"]) == {"containerOverrides": [override]}


# --- repository -------------------------------------------------------------------------------------------------------


def test_a_repository_keeps_the_last_images_and_forgets_untagged_ones(tmp_path: Path) -> None:
    found = resources(tmp_path, "  images: {kind: repository, keep_images: 5, expire_untagged_days: 3}\n")
    repository = found["ecr.repository/images"]
    rules = repository.properties["lifecycle_policy"]["rules"]
    assert [(rule["selection"]["tagStatus"], rule["selection"]["countNumber"]) for rule in rules] == [
        ("untagged", 3),
        ("any", 5),
    ]
    assert repository.properties["image_tag_mutability"] == "IMMUTABLE"
    assert repository.protect
