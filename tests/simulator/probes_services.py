"""What AWS does and moto without our repairs does not: ECS, ELB, auto scaling. One function per repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import LOWER_TAGS, Account, refused

TARGET: Any = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TRACKING: Any = {
    "PolicyName": "cpu",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    },
}


def create_cluster(account: Account) -> None:
    ecs = account("ecs")
    wanted = [{"name": "containerInsights", "value": "enabled"}]
    ecs.create_cluster(clusterName="shop", settings=wanted, tags=LOWER_TAGS)
    ecs.create_cluster(clusterName="shop")
    found = ecs.describe_clusters(clusters=["shop"], include=["SETTINGS", "TAGS"])["clusters"][0]
    assert (found["settings"], found.get("tags")) == (wanted, LOWER_TAGS)


def update_cluster_settings(account: Account) -> None:
    account("ecs").create_cluster(clusterName="shop")
    wanted = [{"name": "containerInsights", "value": "enhanced"}]
    account("ecs").update_cluster_settings(cluster="shop", settings=wanted)
    assert account("ecs").describe_clusters(clusters=["shop"])["clusters"][0]["settings"] == wanted


def count_services(account: Account) -> None:
    account.service()
    assert account("ecs").describe_clusters(clusters=["shop"])["clusters"][0]["activeServicesCount"] == 1


def register_task_definition(account: Account) -> None:
    sent: Any = {
        "family": "web",
        "networkMode": "host",
        "requiresCompatibilities": ["EC2", "EXTERNAL"],
        "enableFaultInjection": True,
        "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 512}],
    }
    account("ecs").register_task_definition(**sent, tags=LOWER_TAGS)
    found = account("ecs").describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert (found["taskDefinition"]["networkMode"], found["tags"]) == ("host", LOWER_TAGS)
    assert found["taskDefinition"]["enableFaultInjection"] is True


def list_task_definitions(account: Account) -> None:
    account.service()
    second = {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:2", "memory": 512}]}
    newest = account("ecs").register_task_definition(**second)["taskDefinition"]["taskDefinitionArn"]
    assert account("ecs").list_task_definitions(familyPrefix="web", sort="DESC")["taskDefinitionArns"][0] == newest


def create_service(account: Account) -> None:
    wanted: Any = {
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 150,
            "minimumHealthyPercent": 50,
        },
        "healthCheckGracePeriodSeconds": 60,
        "enableECSManagedTags": True,
        "enableExecuteCommand": True,
    }
    awsvpc = {"awsvpcConfiguration": {"subnets": account.subnets(account.vpc())}}
    account.service(networkConfiguration=awsvpc, **wanted)
    found = account.seen_service()
    assert {member: found.get(member) for member in wanted} == wanted


def update_service(account: Account) -> None:
    account.service()
    account.seen_service()
    second = {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:2", "memory": 512}]}
    arn = account("ecs").register_task_definition(**second)["taskDefinition"]["taskDefinitionArn"]
    account("ecs").update_service(cluster="shop", service="web", taskDefinition="web:1", desiredCount=3)
    updated = account("ecs").update_service(cluster="shop", service="web", taskDefinition="web:2")["service"]
    assert updated["taskDefinition"] == updated["deployments"][0]["taskDefinition"] == arn
    assert updated["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert updated["deployments"][0]["desiredCount"] == 3


def finish_rollouts(account: Account) -> None:
    group = account.target_group(account.vpc())
    balancers = [{"targetGroupArn": group, "containerName": "web", "containerPort": 3000}]
    account.service(loadBalancers=balancers)
    found = account.seen_service()
    assert [deployment["rolloutState"] for deployment in found["deployments"]] == ["COMPLETED"]
    assert found["runningCount"] == found["deployments"][0]["runningCount"] == 2
    health = account("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [entry["TargetHealth"]["State"] for entry in health] == ["healthy"] * 2
    account("ecs").get_waiter("services_stable").wait(cluster="shop", services=["web"])


def create_load_balancer(account: Account) -> None:
    subnets = account.subnets(account.vpc(), 3)
    first, again = account.balancer(subnets[:2]), account.balancer(subnets[:2])
    assert first == again
    found = account("elbv2").describe_load_balancers()["LoadBalancers"]
    assert [(balancer["Scheme"], balancer["Type"]) for balancer in found] == [("internet-facing", "application")]
    with refused("DuplicateLoadBalancerName"):
        account.balancer(subnets)
    attributes = account("elbv2").describe_load_balancer_attributes(LoadBalancerArn=first)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "60"} in attributes


def create_target_group(account: Account) -> None:
    vpc = account.vpc()
    assert account.target_group(vpc) == account.target_group(vpc)
    with refused("DuplicateTargetGroupName"):
        account.target_group(vpc, Port=4000)


def listeners(account: Account) -> None:
    vpc = account.vpc()
    balancer, group = account.balancer(account.subnets(vpc)), account.target_group(vpc)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    sent = {"LoadBalancerArn": balancer, "Protocol": "HTTP"}
    made = account("elbv2").create_listener(**sent, Port=80, DefaultActions=forward)["Listeners"][0]
    assert "SslPolicy" not in made
    assert made["DefaultActions"][0]["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": group, "Weight": 1}]
    redirect = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]
    account("elbv2").modify_listener(ListenerArn=made["ListenerArn"], DefaultActions=redirect)
    found = account("elbv2").describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]
    assert found["DefaultActions"][0]["RedirectConfig"]["Host"] == "#{host}"


def delete_target_group(account: Account) -> None:
    group = account.target_group(account.vpc())
    account("elbv2").delete_target_group(TargetGroupArn=group)
    account("elbv2").delete_target_group(TargetGroupArn=group)


def _scaled(account: Account, **tags: Any) -> Any:
    account.service()
    scaling = account("application-autoscaling")
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=4, **TARGET, **tags)
    return scaling


def deregister(account: Account) -> None:
    scaling = _scaled(account)
    scaling.put_scaling_policy(**TARGET, **TRACKING)
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert account("cloudwatch").describe_alarms()["MetricAlarms"] == []


def put_policy(account: Account) -> None:
    scaling = _scaled(account)
    first, second = (scaling.put_scaling_policy(**TARGET, **TRACKING) for _ in range(2))
    assert first["PolicyARN"] == second["PolicyARN"]
    assert len(account("cloudwatch").describe_alarms()["MetricAlarms"]) == len(second["Alarms"])


def describe_policies(account: Account) -> None:
    scaling = _scaled(account)
    for name in ("cpu", "memory"):
        scaling.put_scaling_policy(**{**TARGET, **TRACKING, "PolicyName": name})
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["memory"])["ScalingPolicies"]
    assert [policy["PolicyName"] for policy in found] == ["memory"]


def register_target(account: Account) -> None:
    scaling = _scaled(account, Tags={"stack": "shop"})
    arn = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"stack": "shop"}


def target_tags(account: Account) -> None:
    scaling = _scaled(account)
    arn = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"a": "1", "b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    with refused("ResourceNotFoundException"):
        scaling.list_tags_for_resource(ResourceARN=arn + "x")
