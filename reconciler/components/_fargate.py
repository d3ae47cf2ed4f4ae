"""What the components that run containers share: the cluster, its roles and logs, the task and the service. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.components import _grants, _tracing
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
    settings = {"settings": {"containerInsights": "enabled"}, "capacity_providers": ["FARGATE", "FARGATE_SPOT"]}
    return (Part("cluster", "ecs.cluster", settings),), own.ref("ecs.cluster", "cluster", "cluster_name")


def capacity(properties: Properties, base: int = 0) -> dict[str, Value]:
    """Where tasks run: on EC2 by a provider of one's own, or on Fargate.

    `mixed`: the first `base` of them on Fargate, those beyond on Spot.
    """
    kind, provider = properties.get("capacity"), properties.get("capacity_provider")
    if provider:
        return {"capacity_provider_strategy": [{"capacity_provider": provider, "base": 0, "weight": 1}]}
    if kind is None:
        return {"launch_type": "FARGATE"}
    if kind != "mixed":
        return {"capacity_provider_strategy": [{"capacity_provider": kind.upper(), "base": 0, "weight": 1}]}
    fargate = {"capacity_provider": "FARGATE", "base": base, "weight": 0}
    return {"capacity_provider_strategy": [fargate, {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 1}]}


def roles(own: Naming, properties: Properties, context: Context) -> tuple[Part, Part]:
    """The role ECS starts the task with (its images, logs and secrets, no more), and the one the program itself has."""
    log_streams = join(own.ref("logs.log_group", "logs", "arn"), ":*")
    statements: list[dict[str, Any]] = [
        PULL_IMAGES,
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log_streams},
    ]
    secrets = [_secret_arn(value) for value in properties["secrets"].values()]
    if secrets:
        statements.append({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secrets})
    permitted = [*_grants.statements(properties.get("grants", ()), context), *_tracing.permissions(properties)]
    return _role("execution-role", "start-tasks", statements), _role("task-role", "permissions", permitted)


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


def task(
    own: Naming, properties: Properties, context: Context, ports: Sequence[int], sidecars: Sequence[Properties] = ()
) -> Part:
    """The task definition: the program, then `sidecars` and those of the entry.

    The program starts when the sidecars that check their health are healthy, unless they wait for it themselves.
    """
    beside = [*sidecars, *_tracing.sidecars(own, properties, context), *properties.get("sidecars", ())]
    beside = [{"log_configuration": _logged(own, context), **each} for each in beside]
    definition = {
        "requires_compatibilities": ["EC2" if properties.get("capacity_provider") else "FARGATE"],
        "network_mode": "awsvpc",
        "cpu": str(properties["cpu"]),
        "memory": str(properties["memory"]),
        "execution_role_arn": own.ref("iam.role", "execution-role", "role_arn"),
        "task_role_arn": own.ref("iam.role", "task-role", "role_arn"),
        "container_definitions": [_program(own, properties, context, ports) | _waits_for(own, beside), *beside],
    }
    if properties.get("cpu_architecture"):
        platform = {"cpu_architecture": properties["cpu_architecture"], "operating_system_family": "LINUX"}
        definition["runtime_platform"] = platform
    if properties.get("ephemeral_storage"):
        definition["ephemeral_storage"] = {"size_in_gi_b": properties["ephemeral_storage"]}
    return Part("task", "ecs.task_definition", definition)


def _program(own: Naming, properties: Properties, context: Context, ports: Sequence[int]) -> dict[str, Value]:
    told = {name: properties[name] for name in ("command", "health_check", "stop_timeout") if properties.get(name)}
    return {
        "name": own.entry,
        "image": properties["image"],
        "essential": True,
        "environment": [{"name": n, "value": v} for n, v in sorted(_tracing.environment(own, properties).items())],
        "secrets": [{"name": n, "value_from": v} for n, v in sorted(properties["secrets"].items())],
        "port_mappings": [{"container_port": port, "protocol": "tcp"} for port in ports],
        "log_configuration": _logged(own, context),
        **told,
    }


def _logged(own: Naming, context: Context) -> dict[str, Value]:
    options = {
        "awslogs-group": own.ref("logs.log_group", "logs", "log_group_name"),
        "awslogs-region": context.region,
        "awslogs-stream-prefix": own.entry,
    }
    return {"log_driver": "awslogs", "options": options}


def _waits_for(own: Naming, sidecars: Sequence[Properties]) -> dict[str, Value]:
    waiting = {own.entry}
    first = [
        {"container_name": each["name"], "condition": "HEALTHY"}
        for each in sidecars
        if each.get("health_check") and waiting.isdisjoint(d["container_name"] for d in each.get("depends_on", ()))
    ]
    return {"depends_on": first} if first else {}


def network(own: Naming, properties: Properties) -> dict[str, Value]:
    """The subnets of the entry: in public ones a task pulls images by itself, private ones need NAT or endpoints."""
    groups = [own.ref("ec2.security_group", "tasks", "group_id"), *properties["security_group_ids"]]
    return in_subnets(properties, groups)


def in_subnets(properties: Properties, groups: list[Value]) -> dict[str, Value]:
    tier = properties.get("subnets", "public")
    # AWS: tasks on EC2 instances get no public address.
    is_public = tier == "public" and not properties.get("capacity_provider")
    awsvpc = {
        "subnets": properties["network"][f"{tier}_subnet_ids"],
        "security_groups": groups,
        "assign_public_ip": "ENABLED" if is_public else "DISABLED",
    }
    return {"awsvpc_configuration": awsvpc}


def service(own: Naming, properties: Properties, cluster_name: Value, more: Properties) -> Part:
    return Part(
        "",
        "ecs.service",
        {
            "cluster": cluster_name,
            "task_definition": own.ref("ecs.task_definition", "task", "task_definition_arn"),
            "propagate_tags": "SERVICE",
            "network_configuration": network(own, properties),
            "deployment_configuration": {
                "deployment_circuit_breaker": {"enable": True, "rollback": True},
                "minimum_healthy_percent": 100,
                "maximum_percent": 200,
            },
            **more,
        },
    )


RUNS = ("task_definition_arn", "task_family", "container_name", "execution_role_arn", "task_role_arn")
"""The outputs by which others run the same task: `task: ${api}`."""


def runs(own: Naming) -> dict[str, Value]:
    return {
        "task_definition_arn": own.ref("ecs.task_definition", "task", "task_definition_arn"),
        "task_family": own.ref("ecs.task_definition", "task", "family"),
        "container_name": own.entry,
        "execution_role_arn": own.ref("iam.role", "execution-role", "role_arn"),
        "task_role_arn": own.ref("iam.role", "task-role", "role_arn"),
    }
