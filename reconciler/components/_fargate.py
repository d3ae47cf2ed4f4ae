"""What the components that run containers share: the cluster, its roles and logs, the task and the service. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Context, Naming, Part, join
from reconciler.model import Properties, Value

TASKS_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PULL_IMAGES = {
    "Effect": "Allow",
    "Action": [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
    ],
    "Resource": "*",
}


def cluster(own: Naming, properties: Properties) -> tuple[tuple[Part, ...], Value]:
    """The cluster to run in (its part, and its name): the one given, or one of its own."""
    if properties.get("cluster"):
        return (), properties["cluster"]
    part = Part("cluster", "ecs.cluster", {"settings": {"containerInsights": "enabled"}})
    return (part,), own.ref("ecs.cluster", "cluster", "cluster_name")


def roles(own: Naming, properties: Properties) -> tuple[Part, Part]:
    """The role ECS starts the task with (its images, logs and secrets, no more), and the one the program itself has."""
    log_streams = join(own.ref("logs.log_group", "logs", "arn"), ":*")
    statements: list[dict[str, Any]] = [
        PULL_IMAGES,
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log_streams},
    ]
    secrets = [_secret_arn(value) for value in properties["secrets"].values()]
    if secrets:
        statements.append({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secrets})
    return _role("execution-role", "start-tasks", statements), _role(
        "task-role", "permissions", properties["permissions"]
    )


def _role(part: str, policy: str, statements: list[dict[str, Any]]) -> Part:
    document = {"Version": "2012-10-17", "Statement": statements}
    policies = {policy: document} if statements else {}
    return Part(part, "iam.role", {"assume_role_policy_document": TASKS_MAY_ASSUME, "policies": policies})


def _secret_arn(value: Value) -> Value:
    """The secret itself: ECS also takes `arn:key::` for one key of it, and IAM does not."""
    parts = getattr(value, "parts", None)
    if parts is not None:
        return parts[0]
    return ":".join(value.split(":")[:7]) if isinstance(value, str) else value


def logs(properties: Properties) -> Part:
    return Part("logs", "logs.log_group", {"retention_in_days": properties["log_retention_in_days"]})


def task(own: Naming, properties: Properties, context: Context, ports: list[int]) -> Part:
    container = {
        "name": own.entry,
        "image": properties["image"],
        "essential": True,
        "environment": [{"name": n, "value": v} for n, v in sorted(properties["environment"].items())],
        "secrets": [{"name": n, "value_from": v} for n, v in sorted(properties["secrets"].items())],
        "port_mappings": [{"container_port": port, "protocol": "tcp"} for port in ports],
        "log_configuration": {
            "log_driver": "awslogs",
            "options": {
                "awslogs-group": own.ref("logs.log_group", "logs", "log_group_name"),
                "awslogs-region": context.region,
                "awslogs-stream-prefix": own.entry,
            },
        },
    }
    if properties.get("command"):
        container["command"] = properties["command"]
    return Part(
        "task",
        "ecs.task_definition",
        {
            "requires_compatibilities": ["EC2" if properties.get("capacity_provider") else "FARGATE"],
            "network_mode": "awsvpc",
            "cpu": str(properties["cpu"]),
            "memory": str(properties["memory"]),
            "execution_role_arn": own.ref("iam.role", "execution-role", "role_arn"),
            "task_role_arn": own.ref("iam.role", "task-role", "role_arn"),
            "container_definitions": [container],
        },
    )


def service(own: Naming, properties: Properties, cluster_name: Value, more: Properties) -> Part:
    """The service, in the public subnets, where it can pull images without a NAT gateway."""
    network = properties["network"]
    groups = [own.ref("ec2.security_group", "tasks", "group_id"), *properties["security_group_ids"]]
    return Part(
        "",
        "ecs.service",
        {
            "cluster": cluster_name,
            "task_definition": own.ref("ecs.task_definition", "task", "task_definition_arn"),
            **_launched(properties),
            "propagate_tags": "SERVICE",
            "network_configuration": {
                "awsvpc_configuration": {
                    "subnets": network["public_subnet_ids"],
                    "security_groups": groups,
                    # AWS: tasks on EC2 instances get no public address.
                    "assign_public_ip": "DISABLED" if properties.get("capacity_provider") else "ENABLED",
                }
            },
            "deployment_configuration": {
                "deployment_circuit_breaker": {"enable": True, "rollback": True},
                "minimum_healthy_percent": 100,
                "maximum_percent": 200,
            },
            **more,
        },
    )


def _launched(properties: Properties) -> dict[str, Any]:
    """On Fargate, or on the EC2 instances of a capacity provider."""
    provider = properties.get("capacity_provider")
    if not provider:
        return {"launch_type": "FARGATE"}
    return {"capacity_provider_strategy": [{"capacity_provider": provider, "weight": 1, "base": 0}]}


def scaling(own: Naming, properties: Properties, cluster_name: Value) -> tuple[Part, Part]:
    """How many tasks run, and the CPU use that decides it."""
    bounds = properties["scaling"]
    resource = join("service/", cluster_name, "/", own.ref("ecs.service", "", "service_name"))
    same = {
        "service_namespace": "ecs",
        "resource_id": resource,
        "scalable_dimension": "ecs:service:DesiredCount",
    }
    target = Part(
        "scaling",
        "application_autoscaling.scalable_target",
        {**same, "min_capacity": bounds["min"], "max_capacity": bounds["max"]},
    )
    policy = Part(
        "scaling-cpu",
        "application_autoscaling.scaling_policy",
        {
            **same,
            "policy_type": "TargetTrackingScaling",
            "target_tracking_scaling_policy_configuration": {
                "target_value": bounds["target_cpu_percent"],
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
            },
        },
        depends_on=(own.address("application_autoscaling.scalable_target", "scaling"),),
    )
    return target, policy
