"""What AWS does and moto without our repairs does not: tasks, schedules, listener rules, scheduled scaling."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import LOWER_TAGS, TAGS, TRUST, Account, refused
from tests.simulator.probes_services import TARGET

FARGATE: Any = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
NIGHTS: Any = {
    **TARGET,
    "ScheduledActionName": "nights",
    "Schedule": "cron(0 20 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 1},
}


def definition(account: Account, *containers: dict[str, Any]) -> str:
    """A task definition `job` of Fargate in cluster `shop`; its containers say nothing of memory."""
    account("ecs").create_cluster(clusterName="shop")
    declared: Any = containers or ({"name": "job", "image": "job:1"},)
    made = account("ecs").register_task_definition(family="job", containerDefinitions=list(declared), **FARGATE)
    arn: str = made["taskDefinition"]["taskDefinitionArn"]
    return arn


def network(account: Account) -> Any:
    """AWS: security groups may be left out."""
    return {"awsvpcConfiguration": {"subnets": account.subnets(account.vpc(), 1)}}


def run(account: Account, task_definition: str, **more: Any) -> Any:
    sent = {"cluster": "shop", "taskDefinition": task_definition, "launchType": "FARGATE", **more}
    if "networkConfiguration" not in sent:
        sent["networkConfiguration"] = network(account)
    return account("ecs").run_task(**sent)


def seen(account: Account, task: str) -> Any:
    return account("ecs").describe_tasks(cluster="shop", tasks=[task], include=["TAGS"])["tasks"][0]


def command(*words: str) -> Any:
    return {"containerOverrides": [{"name": "job", "command": list(words)}]}


def run_task(account: Account) -> None:
    job, where = definition(account), network(account)
    sent: Any = {"clientToken": "once", "tags": LOWER_TAGS, "networkConfiguration": where}
    first, again = (run(account, job, **sent)["tasks"][0]["taskArn"] for _ in range(2))
    assert first == again
    with refused("ConflictException"):
        run(account, job, **sent, overrides=command("other"))
    found = seen(account, first)
    assert (found["tags"], found["startedBy"], found["lastStatus"]) == (LOWER_TAGS, "", "STOPPED")
    crowded = definition(account, {"name": "job", "image": "registry/no-capacity:1"})
    answer = run(account, crowded, networkConfiguration=where)
    assert (answer["tasks"], len(answer["failures"])) == ([], 1)


def describe_tasks(account: Account) -> None:
    sidecar: Any = {"name": "proxy", "image": "proxy:1", "essential": False}
    job = definition(account, {"name": "job", "image": "job:1"}, sidecar)
    where = network(account)

    def ended(**more: Any) -> tuple[Any, ...]:
        task = seen(account, run(account, job, networkConfiguration=where, **more)["tasks"][0]["taskArn"])
        return (task["lastStatus"], task.get("stopCode"), *(each.get("exitCode") for each in task["containers"]))

    assert ended() == ("STOPPED", "EssentialContainerExited", 0, 0)
    assert ended(overrides=command("sh", "-c", "exit 3")) == ("STOPPED", "EssentialContainerExited", 3, 0)
    assert ended(overrides=command("false"))[2] == 1
    assert ended(overrides=command("sleep", "infinity")) == ("RUNNING", None, None, None)
    job = definition(account, {"name": "job", "image": "missing:1"})
    assert ended() == ("STOPPED", "TaskFailedToStart", None)
    failures = account("ecs").describe_tasks(cluster="shop", tasks=["gone"])["failures"]
    assert [failure["reason"] for failure in failures] == ["MISSING"]


def stop_task(account: Account) -> None:
    arn = run(account, definition(account), overrides=command("sleep", "infinity"))["tasks"][0]["taskArn"]
    account("ecs").stop_task(cluster="shop", task=arn, reason="enough")
    found = seen(account, arn)
    assert (found["lastStatus"], found["stopCode"], found["stoppedReason"]) == ("STOPPED", "UserInitiated", "enough")
    assert found["containers"][0]["exitCode"] == 137


def list_tasks(account: Account) -> None:
    ecs, job, where = account("ecs"), definition(account), network(account)
    ecs.create_cluster(clusterName="shop-staging")
    running, _ = (
        run(account, job, networkConfiguration=where, overrides=command(*words.split()))["tasks"][0]["taskArn"]
        for words in ("sleep infinity", "true")
    )
    other = run(account, job, networkConfiguration=where, cluster="shop-staging")["tasks"][0]["taskArn"]
    ecs.describe_tasks(cluster="shop", tasks=ecs.list_tasks(cluster="shop")["taskArns"])
    assert ecs.list_tasks(cluster="shop")["taskArns"] == [running]
    assert len(ecs.list_tasks(cluster="shop", family="job", desiredStatus="STOPPED")["taskArns"]) == 1
    assert ecs.list_tasks(cluster="shop-staging")["taskArns"] == [other]
    assert ecs.list_tasks(cluster="shop", family="other")["taskArns"] == []


# --- schedules --------------------------------------------------------------------------------------------------------


def schedule(account: Account, **more: Any) -> Any:
    """A schedule `report` in group `jobs` that starts a task; the role may be taken by ECS tasks only."""
    account("iam").create_role(RoleName="report", AssumeRolePolicyDocument=TRUST)
    target = {
        "Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/shop",
        "RoleArn": "arn:aws:iam::123456789012:role/report",
        "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/report:1"},
    }
    return {
        "Name": "report",
        "GroupName": "jobs",
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
        **more,
    }


def schedules(account: Account) -> None:
    scheduler, sent = account("scheduler"), schedule(account)
    with refused("ResourceNotFoundException"):
        scheduler.create_schedule(**sent)
    scheduler.create_schedule_group(Name="jobs")
    scheduler.create_schedule(**sent)
    found = scheduler.get_schedule(Name="report", GroupName="jobs")
    assert (found["State"], found["ActionAfterCompletion"]) == ("ENABLED", "NONE")
    assert found["Target"]["EcsParameters"]["TaskCount"] == 1
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    retry = {"RetryPolicy": {"MaximumRetryAttempts": 2}}
    scheduler.update_schedule(**{**sent, "Target": {**sent["Target"], **retry}}, ActionAfterCompletion="DELETE")
    found = scheduler.get_schedule(Name="report", GroupName="jobs")
    assert (found["State"], found["ActionAfterCompletion"]) == ("ENABLED", "DELETE")
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 2}


def create_schedule_group(account: Account) -> None:
    scheduler = account("scheduler")
    scheduler.create_schedule_group(Name="jobs", Tags=TAGS)
    with refused("ConflictException"):
        scheduler.create_schedule_group(Name="jobs")


def delete_schedule_group(account: Account) -> None:
    scheduler = account("scheduler")
    with refused("ResourceNotFoundException"):
        scheduler.delete_schedule_group(Name="jobs")
    scheduler.create_schedule_group(Name="jobs")
    scheduler.create_schedule(**schedule(account))
    scheduler.delete_schedule_group(Name="jobs")
    with refused("ResourceNotFoundException"):
        scheduler.get_schedule_group(Name="jobs")


def deleting_groups(account: Account) -> None:
    scheduler = account("scheduler")
    scheduler.create_schedule_group(Name="jobs")
    scheduler.delete_schedule_group(Name="jobs")
    with refused("ResourceNotFoundException"):
        scheduler.get_schedule(Name="report", GroupName="jobs")
    groups = scheduler.list_schedule_groups()["ScheduleGroups"]
    assert [(group["Name"], group["State"]) for group in groups] == [("default", "ACTIVE")]


def group_tags(account: Account) -> None:
    scheduler = account("scheduler")
    arn = scheduler.create_schedule_group(Name="jobs", Tags=TAGS)["ScheduleGroupArn"]
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == TAGS
    with refused("ResourceNotFoundException"):
        scheduler.list_tags_for_resource(ResourceArn=arn + "x")


# --- listener rules, scheduled scaling --------------------------------------------------------------------------------


def listener(account: Account) -> tuple[str, str]:
    """A listener on port 80, and the target group it forwards to."""
    vpc = account.vpc()
    balancer, group = account.balancer(account.subnets(vpc)), account.target_group(vpc)
    forward: Any = [{"Type": "forward", "TargetGroupArn": group}]
    made = account("elbv2").create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    return made["Listeners"][0]["ListenerArn"], group


def rule(account: Account, on: str, group: str, priority: int, **more: Any) -> str:
    conditions: Any = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{priority}/*"]}}]
    forward: Any = [{"Type": "forward", "TargetGroupArn": group}]
    made = account("elbv2").create_rule(
        ListenerArn=on, Priority=priority, Conditions=conditions, Actions=forward, **more
    )
    arn: str = made["Rules"][0]["RuleArn"]
    return arn


def rules(account: Account) -> None:
    rewrite: Any = [{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/1/", "Replace": "/"}]}}]
    on, group = listener(account)
    arn = rule(account, on, group, 1, Transforms=rewrite)

    def found() -> Any:
        return next(each for each in account("elbv2").describe_rules(ListenerArn=on)["Rules"] if each["RuleArn"] == arn)

    assert found()["Conditions"][0]["Values"] == found()["Conditions"][0]["PathPatternConfig"]["Values"] == ["/1/*"]
    assert found()["Actions"][0]["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": group, "Weight": 1}]
    assert found()["Transforms"] == rewrite
    account("elbv2").modify_rule(RuleArn=arn, Conditions=[{"Field": "path-pattern", "Values": ["/2"]}])
    assert found()["Conditions"][0]["PathPatternConfig"] == {"Values": ["/2"]}
    account("elbv2").modify_rule(RuleArn=arn, ResetTransforms=True)
    assert found().get("Transforms", []) == []


def set_rule_priorities(account: Account) -> None:
    on, group = listener(account)
    first, second = (rule(account, on, group, priority) for priority in (1, 2))
    elb = account("elbv2")
    swap: Any = [{"RuleArn": first, "Priority": 2}, {"RuleArn": second, "Priority": 1}]
    elb.set_rule_priorities(RulePriorities=swap)
    live = {each["RuleArn"]: each["Priority"] for each in elb.describe_rules(ListenerArn=on)["Rules"]}
    assert (live[first], live[second]) == ("2", "1")
    with refused("PriorityInUse"):
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": second, "Priority": 2}])
    with refused("RuleNotFound"):
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": first + "x", "Priority": 9}])


def deregister_actions(account: Account) -> None:
    account.service()
    scaling = account("application-autoscaling")
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=4, **TARGET)
    scaling.put_scheduled_action(**NIGHTS)
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []
