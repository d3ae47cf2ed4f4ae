"""Repairs of moto's ECS, Elastic Load Balancing and Application Auto Scaling: rollouts that end, names taken once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from reconciler.simulator.repair import declared_in, documents, held, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

# --- ECS clusters and task definitions ------------------------------------------------------------------------------


@repair("ecs:CreateCluster", because="moto wipes the settings and tags of a cluster that is created again")
def create_cluster(request: Request, below: Handler) -> Answer:
    cluster = request.backend().clusters.get(request.params.get("clusterName", "default"))
    if cluster is not None and cluster.status == "ACTIVE":
        return written(request, {"cluster": cluster})
    return below(request)


@repair("ecs:UpdateClusterSettings", because="moto has no UpdateClusterSettings")
def update_cluster_settings(request: Request, below: Handler) -> Answer:
    cluster = request.backend()._get_cluster(request.params["cluster"])
    changed = {setting["name"]: setting for setting in [*cluster.settings, *request.params["settings"]]}
    cluster.settings = list(changed.values())
    return written(request, {"cluster": cluster})


@repair("ecs:DescribeClusters", because="moto never counts a cluster's services")
def count_services(request: Request, below: Handler) -> Answer:
    backend = request.backend()
    for cluster in backend.clusters.values():
        active = [service for service in backend.services.values() if service.status == "ACTIVE"]
        cluster.active_services_count = sum(service.cluster_name == cluster.name for service in active)
    return below(request)


@repair("ecs:ListTaskDefinitions", because="moto ignores sort=DESC, by which the newest revision is found")
def list_task_definitions(request: Request, below: Handler) -> Answer:
    if request.params.get("sort") != "DESC":
        return below(request)
    arns = request.backend().list_task_definitions(
        request.params.get("familyPrefix"), request.params.get("status", "ACTIVE")
    )
    return written(request, {"taskDefinitionArns": arns[::-1]})


@repair("ecs:RegisterTaskDefinition", because="moto makes the network mode awsvpc and forgets fault injection")
def register_task_definition(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    made = request.backend().describe_task_definition(request.params["family"])
    made.network_mode = request.params.get("networkMode", made.network_mode)
    if "enableFaultInjection" in request.params:
        made.enable_fault_injection = request.params["enableFaultInjection"]
    return written(request, {"taskDefinition": made, "tags": made.tags})


# --- ECS services ---------------------------------------------------------------------------------------------------

_DROPPED = {
    "deploymentConfiguration": "deployment_configuration",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
}
_DEFAULT_DEPLOYMENT = {"maximumPercent": 200, "minimumHealthyPercent": 100}
_ROLLS_OUT = frozenset(
    {"taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers", "forceNewDeployment"}
)
"""Members of UpdateService that start a new deployment."""


@repair("ecs:CreateService", because="moto drops the circuit breaker, the grace period and more, and needs a group")
def create_service(request: Request, below: Handler) -> Answer:
    awsvpc = request.params.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if awsvpc and "securityGroups" not in awsvpc:
        sent = json.loads(request.body)
        sent["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = []
        request = request.with_body(json.dumps(sent).encode())
    answer = below(request)
    if not answer.ok:
        return answer
    service = _service(request, request.params["serviceName"])
    for member, name in _DROPPED.items():
        if member in request.params:
            setattr(service, name, request.params[member])
    service.deployment_configuration = {**_DEFAULT_DEPLOYMENT, **request.params.get("deploymentConfiguration", {})}
    if "capacityProviderStrategy" in request.params:
        service.launch_type = service.deployments[0]["launchType"] = None
    return written(request, {"service": service})


@repair("ecs:UpdateService", because="moto keeps the task definition as it was typed and starts no deployment")
def update_service(request: Request, below: Handler) -> Answer:
    service = _service(request, request.params["service"])
    running = service.running_count if service else 0
    answer = below(request)
    if not answer.ok:
        return answer
    if "taskDefinition" in request.params:
        found = request.backend().describe_task_definition(request.params["taskDefinition"])
        service.task_definition = found.arn
    service.running_count, service.pending_count = running, max(service.desired_count - running, 0)
    if service.deployments:
        _deploy(service, fresh=bool(_ROLLS_OUT & request.params.keys()))
    return written(request, {"service": service})


def _deploy(service: Any, fresh: bool) -> None:
    """Brings the deployments to what UpdateService asked for: a new PRIMARY, or the old one scaled."""
    from moto.core.utils import utcnow
    from moto.moto_api._internal import mock_random

    primary = service.deployments[0]
    if fresh:
        primary = {
            **primary,
            "id": f"ecs-svc/{mock_random.randint(0, 32**12)}",
            "createdAt": utcnow(),
            "runningCount": 0,
        }
        service.deployments[0]["status"] = "ACTIVE"
        service.deployments.insert(0, primary)
    primary.update(
        desiredCount=service.desired_count,
        pendingCount=max(service.desired_count - primary["runningCount"], 0),
        taskDefinition=service.task_definition,
        networkConfiguration=service.network_configuration or None,
        platformVersion=service.platform_version,
        updatedAt=utcnow(),
    )
    if fresh:
        primary["rolloutState"] = "IN_PROGRESS"
        primary["rolloutStateReason"] = f"ECS deployment {primary['id']} in progress."


@repair("ecs:DescribeServices", because="moto's rollouts never end: services never become stable")
def finish_rollouts(request: Request, below: Handler) -> Answer:
    for name in request.params.get("services", ()):
        service = _service(request, name)
        waits = held(request, f"service/{name.split('/')[-1]}")
        if service is not None and service.status == "ACTIVE" and not waits:
            _finish(request, service)
    return below(request)


def _finish(request: Request, service: Any) -> None:
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments[:1]:
        deployment.update(runningCount=service.desired_count, pendingCount=0, rolloutState="COMPLETED")
        deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
    del service.deployments[1:]
    groups = request.backend("elbv2").target_groups
    for balancer in service.load_balancers:
        if balancer.get("targetGroupArn") in groups:
            _register(groups[balancer["targetGroupArn"]], service, balancer["containerPort"])


def _register(group: Any, service: Any, port: int) -> None:
    """As many targets as tasks, at addresses that mean nothing; moto calls them healthy."""
    number = sum(service.name.encode()) % 250
    group.targets.clear()
    for index in range(service.desired_count):
        address = f"10.255.{number}.{index + 1}"
        group.targets[address] = {"Id": address, "Port": port}


def _service(request: Request, name: str) -> Any:
    cluster = request.params.get("cluster", "default").split("/")[-1]
    return request.backend().services.get(f"{cluster}:{name.split('/')[-1]}")


# --- load balancers -------------------------------------------------------------------------------------------------

_BALANCER_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""What DescribeLoadBalancerAttributes returns for a new application load balancer."""


@repair(
    "elbv2:CreateLoadBalancer",
    because="moto makes a second load balancer of the same name, without scheme and attributes",
)
def create_load_balancer(request: Request, below: Handler) -> Answer:
    balancers = request.backend().load_balancers
    for balancer in balancers.values():
        if balancer.name == request.params["Name"]:
            return _same_balancer(request, balancer)
    before = set(balancers)
    answer = below(request)
    for arn in balancers.keys() - before:
        made = balancers[arn]
        made.scheme = made.scheme or "internet-facing"
        if made.type == "application":
            made.attrs.update(_BALANCER_ATTRIBUTES)
        return written(request, {"LoadBalancers": [made]})
    return answer


def _same_balancer(request: Request, balancer: Any) -> Answer:
    subnets = request.params.get("Subnets") or [mapping["SubnetId"] for mapping in request.params["SubnetMappings"]]
    same = {subnet.id for subnet in balancer.subnets} == set(subnets)
    if not same or request.params.get("Scheme", "internet-facing") != balancer.scheme:
        text = f"A load balancer with the same name '{balancer.name}' exists, but with different settings"
        raise Refusal("DuplicateLoadBalancerName", text)
    return written(request, {"LoadBalancers": [balancer]})


@repair("elbv2:CreateTargetGroup", because="moto refuses to create the same target group again; AWS returns it")
def create_target_group(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok or b"DuplicateTargetGroupName" not in answer.body:
        return answer
    groups = request.backend().target_groups.values()
    found = next(group for group in groups if group.name == request.params["Name"])
    names = {"Port": "port", "Protocol": "protocol", "VpcId": "vpc_id", "TargetType": "target_type"}
    sent = (
        (request.params[member], getattr(found, name)) for member, name in names.items() if member in request.params
    )
    same = all(str(wanted) == str(live) for wanted, live in sent)
    return written(request, {"TargetGroups": [found]}) if same else answer


@repair("elbv2:CreateListener", "elbv2:ModifyListener", because="moto echoes actions bare and gives HTTP a TLS policy")
def listeners(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    balancers = request.backend().load_balancers
    if "ListenerArn" in request.params:
        every = {arn: found for balancer in balancers.values() for arn, found in balancer.listeners.items()}
        listener = every[request.params["ListenerArn"]]
    else:
        listener = list(balancers[request.params["LoadBalancerArn"]].listeners.values())[-1]
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.ssl_policy = None
    listener.alpn_policy = listener.alpn_policy or None
    echo_fully(listener.default_actions)
    return written(request, {"Listeners": [listener]})


_REDIRECT = {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}


def echo_fully(actions: Iterable[Any]) -> None:
    """AWS echoes a forward in both its forms and fills in where a redirect goes."""
    for action in actions:
        sent = action.data
        if sent["Type"] == "forward":
            bare = {"TargetGroups": [{"TargetGroupArn": sent.get("TargetGroupArn"), "Weight": 1}]}
            config = {"TargetGroupStickinessConfig": {"Enabled": False}, **sent.get("ForwardConfig", bare)}
            sent["ForwardConfig"] = config
            if len(config["TargetGroups"]) == 1:
                sent["TargetGroupArn"] = config["TargetGroups"][0]["TargetGroupArn"]
        elif sent["Type"] == "redirect":
            sent["RedirectConfig"] = {**_REDIRECT, **sent["RedirectConfig"]}
        vars(action).update(sent)


@repair("elbv2:DeleteTargetGroup", because="moto fails on a target group that is already gone; AWS succeeds")
def delete_target_group(request: Request, below: Handler) -> Answer:
    if request.params["TargetGroupArn"] not in request.backend().target_groups:
        return written(request, {})
    return below(request)


# --- application auto scaling ---------------------------------------------------------------------------------------


@repair("application-autoscaling:DeregisterScalableTarget", because="moto keeps the target's policies and their alarms")
def deregister(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        policies = request.backend().policies
        for key, policy in list(policies.items()):
            if policy.resource_id == request.params["ResourceId"]:
                policy.delete_alarms(policy.account_id, policy.region_name)
                del policies[key]
    return answer


@repair(
    "application-autoscaling:PutScalingPolicy", because="moto gives an updated policy a new ARN and leaves its alarms"
)
def put_policy(request: Request, below: Handler) -> Answer:
    old = _policy(request)
    answer = below(request)
    if not answer.ok or old is None:
        return answer
    old.delete_alarms(old.account_id, old.region_name)
    policy = _policy(request)
    policy.policy_arn, policy.creation_time = old.policy_arn, old.creation_time
    alarms = [{"AlarmName": alarm.name, "AlarmARN": alarm.alarm_arn} for alarm in policy.alarms]
    return written(request, {"PolicyARN": policy.policy_arn, "Alarms": alarms})


def _policy(request: Request) -> Any:
    sent = request.params
    names = ("PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension")
    for policy in request.backend().policies.values():
        live = (policy.policy_name, policy.service_namespace, policy.resource_id, policy.scalable_dimension)
        if live == tuple(sent[name] for name in names):
            return policy
    return None


@repair("application-autoscaling:DescribeScalingPolicies", because="moto ignores PolicyNames")
def describe_policies(request: Request, below: Handler) -> Answer:
    names = request.params.get("PolicyNames")
    if not names:
        return below(request)
    backend = request.backend()
    every = backend.policies
    backend.policies = {key: policy for key, policy in every.items() if policy.policy_name in names}
    try:
        return below(request)
    finally:
        backend.policies = every


@repair("application-autoscaling:RegisterScalableTarget", because="moto throws the tags of a scalable target away")
def register_target(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok and request.params.get("Tags"):
        target = request.backend().targets[request.params["ScalableDimension"]][request.params["ResourceId"]]
        documents(request, "tags").setdefault(target.arn, {}).update(request.params["Tags"])
    return answer


@repair("application-autoscaling:*Resource", because="moto has no tagging calls for scalable targets")
def target_tags(request: Request, below: Handler) -> Answer:
    arn = request.params["ResourceARN"]
    targets = (target for targets in request.backend().targets.values() for target in targets.values())
    if arn not in {target.arn for target in targets}:
        raise Refusal("ResourceNotFoundException", f"no scalable target {arn}")
    tags = documents(request, "tags").setdefault(arn, {})
    tags.update(request.params.get("Tags", {}))
    for key in request.params.get("TagKeys", ()):
        tags.pop(key, None)
    return written(request, {"Tags": tags} if request.reads else {})


REPAIRS = declared_in(globals())
