"""What AWS refuses of tasks, schedules, rules and repositories, the strict emulator refuses too."""

from __future__ import annotations

import json
from typing import Any

from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import TRUST, Account, refused
from tests.simulator.probes_app import NIGHTS, command, definition, listener, network, rule, run, schedule, seen
from tests.simulator.probes_services import TARGET

FOREVER = command("sleep", "infinity")


def test_what_a_running_task_uses_stays_until_it_has_stopped(strict_account: Account) -> None:
    job, where = definition(strict_account), network(strict_account)
    vpc = strict_account("ec2").describe_subnets()["Subnets"][-1]["VpcId"]
    group = strict_account.group(vpc)
    subnet = strict_account.subnets(strict_account.vpc(), 1)[0]
    where = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    task = run(strict_account, job, networkConfiguration=where, overrides=FOREVER)["tasks"][0]["taskArn"]
    ec2, ecs = strict_account("ec2"), strict_account("ecs")
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    with refused("ClusterContainsTasksException"):
        ecs.delete_cluster(cluster="shop")
    ecs.stop_task(cluster="shop", task=task)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)
    ecs.delete_cluster(cluster="shop")


def test_started_by_goes_with_no_other_filter(strict_account: Account) -> None:
    definition(strict_account)
    ecs = strict_account("ecs")
    assert ecs.list_tasks(cluster="shop", startedBy="x")["taskArns"] == []
    with refused("InvalidParameterException"):
        ecs.list_tasks(cluster="shop", startedBy="x", desiredStatus="STOPPED")


def test_a_revision_that_is_no_longer_active_does_not_run_and_none_without_a_network(strict_account: Account) -> None:
    job = definition(strict_account)
    with refused("InvalidParameterException"):
        strict_account("ecs").run_task(cluster="shop", taskDefinition=job, launchType="FARGATE")
    strict_account("ecs").deregister_task_definition(taskDefinition=job)
    with refused("ClientException"):
        run(strict_account, job)


def test_a_schedule_needs_a_role_that_the_scheduler_may_take(strict_account: Account) -> None:
    scheduler, sent = strict_account("scheduler"), schedule(strict_account)
    scheduler.create_schedule_group(Name="jobs")
    with refused("ValidationException"):
        scheduler.create_schedule(**sent)
    with refused("ValidationException"):
        scheduler.create_schedule(**{**sent, "Target": {**sent["Target"], "RoleArn": f"{sent['Target']['RoleArn']}s"}})
    trust = json.loads(TRUST.replace("ecs-tasks", "scheduler"))
    strict_account("iam").update_assume_role_policy(RoleName="report", PolicyDocument=json.dumps(trust))
    scheduler.create_schedule(**sent)
    strict_account("iam").update_assume_role_policy(RoleName="report", PolicyDocument=TRUST)
    with refused("ValidationException"):
        scheduler.update_schedule(**sent)


def test_a_schedule_group_takes_its_schedules_along(strict_account: Account) -> None:
    scheduler, sent = strict_account("scheduler"), schedule(strict_account)
    trust = TRUST.replace("ecs-tasks", "scheduler")
    strict_account("iam").update_assume_role_policy(RoleName="report", PolicyDocument=trust)
    scheduler.create_schedule_group(Name="jobs")
    scheduler.create_schedule(**sent)
    with refused("ConflictException"):
        scheduler.create_schedule(**sent)
    scheduler.delete_schedule_group(Name="jobs")
    with refused("ResourceNotFoundException"):
        scheduler.get_schedule(Name="report", GroupName="jobs")


def test_a_scheduled_action_needs_its_scalable_target(strict_account: Account) -> None:
    strict_account.service()
    scaling = strict_account("application-autoscaling")
    with refused("ObjectNotFoundException"):
        scaling.put_scheduled_action(**NIGHTS)
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=4, **TARGET)
    scaling.put_scheduled_action(**NIGHTS)


def test_two_rules_do_not_share_a_priority_and_transforms_are_given_or_reset(strict_account: Account) -> None:
    on, group = listener(strict_account)
    first = rule(strict_account, on, group, 1)
    with refused("PriorityInUse"):
        rule(strict_account, on, group, 1)
    second = rule(strict_account, on, group, 2)
    elb = strict_account("elbv2")
    with refused("PriorityInUse"):
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 2}])
    rewrite: Any = {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/1/", "Replace": "/"}]}}
    with refused("ValidationError"):
        elb.modify_rule(RuleArn=second, Transforms=[rewrite], ResetTransforms=True)


def test_the_default_rule_and_the_target_group_of_a_rule_stay(strict_account: Account) -> None:
    on, _ = listener(strict_account)
    elb = strict_account("elbv2")
    default = next(each["RuleArn"] for each in elb.describe_rules(ListenerArn=on)["Rules"] if each["IsDefault"])
    with refused("OperationNotPermitted"):
        elb.delete_rule(RuleArn=default)
    vpc = strict_account("ec2").describe_vpcs()["Vpcs"][-1]["VpcId"]
    other = strict_account.target_group(vpc, Name="other")
    made = rule(strict_account, on, other, 1)
    with refused("ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=other)
    elb.delete_rule(RuleArn=made)
    elb.delete_target_group(TargetGroupArn=other)


def test_a_repository_with_images_is_not_deleted(strict_account: Account) -> None:
    ecr = strict_account("ecr")
    ecr.create_repository(repositoryName="shop")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    ecr.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag="1")
    with refused("RepositoryNotEmptyException"):
        ecr.delete_repository(repositoryName="shop")
    ecr.batch_delete_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])
    ecr.delete_repository(repositoryName="shop")


# --- what takes a while -----------------------------------------------------------------------------------------------


def test_a_task_stops_and_a_group_goes_after_a_few_looks() -> None:
    slow = start_aws(strict=Strictness(slow_reads=2))
    try:
        account = Account(slow.endpoint)
        task = run(account, definition(account))["tasks"][0]["taskArn"]
        assert [seen(account, task)["lastStatus"] for _ in range(3)] == ["PENDING", "PENDING", "STOPPED"]
        scheduler = account("scheduler")
        scheduler.create_schedule_group(Name="jobs")
        scheduler.delete_schedule_group(Name="jobs")
        assert [scheduler.get_schedule_group(Name="jobs")["State"] for _ in range(2)] == ["DELETING"] * 2
        with refused("ResourceNotFoundException"):
            scheduler.get_schedule_group(Name="jobs")
    finally:
        slow.reset()
        slow.stop()
