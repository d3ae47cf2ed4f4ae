"""The specs that come with the tool: they expand in every environment, and cover what their users asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.expand import Expanded, expand
from reconciler.spec import read_stack
from reconciler.spec.environments import names
from reconciler.spec.load import load
from tests.engine.specs import ACCOUNT, dangling
from tests.kinds.fragments import fits

ROOT = Path(__file__).parents[2]
SCORECARD = ROOT / "spec" / "sales-scorecard.yaml"
SPECS = sorted((ROOT / "spec").rglob("*.yaml"))
IN_EACH_ENVIRONMENT = [(path, env) for path in SPECS for env in (None, *names(load(path)))]


def expanded(path: Path, env: str | None = None) -> Expanded:
    stack = read_stack(path, env)
    return expand(stack, ACCOUNT, stack.region)


@pytest.mark.parametrize(("path", "env"), IN_EACH_ENVIRONMENT, ids=lambda value: getattr(value, "stem", str(value)))
def test_a_spec_becomes_objects_that_are_complete_and_linked(path: Path, env: str | None) -> None:
    found = expanded(path, env)
    assert found.resources
    assert list(dangling(found.resources)) == []
    assert [a for a, resource in found.resources.items() if not fits(resource.properties, resource.kind)] == []
    assert set(found.dependencies) == set(found.resources)


def test_the_whole_stack_of_the_company_is_a_file_one_can_read() -> None:
    assert len(SCORECARD.read_text(encoding="utf-8").splitlines()) <= 250


def test_the_environments_of_the_company_are_stacks_of_their_own() -> None:
    assert names(load(SCORECARD)), "there is none"
    stacks = {read_stack(SCORECARD, env).name for env in (None, *names(load(SCORECARD)))}
    assert len(stacks) == len(names(load(SCORECARD))) + 1


ASKED_FOR = {
    "database": {"rds.db_instance", "rds.db_read_replica", "rds.db_subnet_group", "rds.db_parameter_group"},
    "application": {"ecs.cluster", "ecs.service", "ecs.task_definition", "elbv2.load_balancer", "elbv2.listener"},
    "scaling": {"application_autoscaling.scalable_target", "application_autoscaling.scaling_policy"},
    "deployment": {"ecr.repository", "iam.oidc_provider", "iam.role"},
    "scheduled work": {"scheduler.schedule"},
    "storage": {"s3.bucket", "s3.bucket_policy", "iam.role"},
    "cdn": {"cloudfront.distribution", "cloudfront.origin_access_control"},
    "email": {"sesv2.email_identity", "sesv2.configuration_set", "ses.template", "sesv2.account"},
    "email tracking": {"sesv2.configuration_set_event_destination"},
    "monitoring": {"cloudwatch.metric_alarm", "cloudwatch.composite_alarm", "cloudwatch.dashboard", "sns.topic"},
    "logs": {"logs.log_group", "logs.metric_filter", "ec2.flow_log"},
    "tracing": {"xray.group", "xray.sampling_rule"},
    "web application firewall": {"wafv2.web_acl", "wafv2.web_acl_association"},
    "secrets": {"secretsmanager.secret"},
    "network": {"ec2.vpc", "ec2.subnet", "ec2.security_group", "ec2.network_acl", "ec2.route_table"},
    "tls and domain": {"acm.certificate", "route53.hosted_zone", "route53.record_set"},
    "cost": {"budgets.budget"},
    "data": {"data.migration"},
}


@pytest.mark.parametrize("area", ASKED_FOR)
def test_the_company_gets_what_it_asked_for(area: str) -> None:
    assert ASKED_FOR[area] <= {resource.kind for resource in expanded(SCORECARD).resources.values()}


def test_the_company_can_run_on_instances_of_its_own() -> None:
    kinds = {resource.kind for resource in expanded(SCORECARD, "load-test").resources.values()}
    assert {"autoscaling.auto_scaling_group", "ec2.launch_template", "ecs.capacity_provider"} <= kinds


def test_the_application_reaches_its_database_and_the_replica_through_a_pool() -> None:
    task = expanded(SCORECARD).resources["ecs.task_definition/api-task"].properties
    program, *beside = task["container_definitions"]
    assert {"DATABASE_URL", "DATABASE_REPLICA_URL"} <= {secret["name"] for secret in program["secrets"]}
    assert "pgbouncer" in {container["name"] for container in beside}


def test_the_database_of_the_company_has_a_standby_and_backups() -> None:
    database = expanded(SCORECARD).resources["rds.db_instance/database"].properties
    assert database["multi_az"] is True
    assert database["backup_retention_period"] > 0


def test_the_data_is_moved_into_that_database_before_the_application_needs_it() -> None:
    found = expanded(SCORECARD)
    assert "rds.db_instance/database" in found.dependencies["data.migration/data"]
