"""`web_service`: a container behind a load balancer on Fargate, with roles, logs, rollback and scaling. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components import _database, _dns, _fargate, _scaling
from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Properties, Template, Value

GROUP = "ec2.security_group"
BALANCER = "elbv2.load_balancer"
TARGETS = "elbv2.target_group"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    linked = _database.linked(own, properties)
    properties = linked.properties
    cluster_parts, cluster_name = _fargate.cluster(own, properties)
    listeners = _listeners(own, properties)
    bounds = properties["scaling"]
    service = {
        **_fargate.capacity(properties, bounds["min"]),
        "desired_count": _scaling.count(bounds),
        "health_check_grace_period_seconds": 60,
        "load_balancers": [
            {
                "target_group_arn": own.ref(TARGETS, "targets", "target_group_arn"),
                "container_name": name,
                "container_port": properties["port"],
            }
        ],
    }
    served = tuple(own.address("elbv2.listener", part.name) for part in listeners)
    running = _fargate.service(own, properties, cluster_name, service)
    parts = (
        *cluster_parts,
        _fargate.logs(properties),
        *_fargate.roles(own, linked.granted, context),
        *linked.parts,
        linked.pooled(_fargate.task(own, properties, context, [properties["port"]])),
        *_security_groups(own, properties),
        _balancer(own, properties),
        _targets(properties),
        *listeners,
        # AWS: a service is refused until a listener forwards to its target group.
        Part(running.name, running.kind, running.properties, depends_on=served),
        *_scaling.parts(own, bounds, cluster_name, _requests(own)),
        *_names(own, properties),
    )
    return Expansion(parts, _outputs(own, cluster_name) | _fargate.runs(own))


def _requests(own: Naming) -> Template:
    """AWS: `app/<balancer>/<id>/targetgroup/<group>/<id>`."""
    return join(
        own.ref(BALANCER, "balancer", "load_balancer_full_name"),
        "/",
        own.ref(TARGETS, "targets", "target_group_full_name"),
    )


def _security_groups(own: Naming, properties: Properties) -> tuple[Part, Part]:
    vpc = properties["network"]["vpc_id"]
    open_ports = [80, 443] if properties.get("certificate_arn") else [80]
    from_anywhere = [
        {"ip_protocol": "tcp", "from_port": port, "to_port": port, "cidr_ipv4": cidr, "description": "The internet"}
        for port in open_ports
        for cidr in properties["allowed_cidr_blocks"]
    ]
    from_balancer = {
        "ip_protocol": "tcp",
        "from_port": properties["port"],
        "to_port": properties["port"],
        "referenced_group_id": own.ref(GROUP, "balancer-access", "group_id"),
        "description": "The load balancer",
    }
    return (
        Part("balancer-access", GROUP, _group(vpc, "Requests to the service", from_anywhere)),
        Part("tasks", GROUP, _group(vpc, "Tasks of the service", [from_balancer])),
    )


def _group(vpc: Value, description: str, ingress: list[dict[str, Any]]) -> Properties:
    return {"vpc_id": vpc, "description": description, "ingress": ingress}


def _balancer(own: Naming, properties: Properties) -> Part:
    return Part(
        "balancer",
        BALANCER,
        {
            "scheme": "internet-facing",
            "subnets": properties["network"]["public_subnet_ids"],
            "security_groups": [own.ref(GROUP, "balancer-access", "group_id")],
            "load_balancer_attributes": {"routing.http.drop_invalid_header_fields.enabled": True},
        },
    )


def _targets(properties: Properties) -> Part:
    return Part(
        "targets",
        TARGETS,
        {
            "vpc_id": properties["network"]["vpc_id"],
            "port": properties["port"],
            "protocol": "HTTP",
            "target_type": "ip",
            "health_check_path": properties["health_check_path"],
            "health_check_interval_seconds": 15,
            "healthy_threshold_count": 2,
            "target_group_attributes": {"deregistration_delay.timeout_seconds": 30},
        },
    )


def _listeners(own: Naming, properties: Properties) -> list[Part]:
    """Plain HTTP forwards, until there is a certificate: then it redirects, and HTTPS forwards."""
    balancer = own.ref(BALANCER, "balancer", "load_balancer_arn")
    forward = {"type": "forward", "target_group_arn": own.ref(TARGETS, "targets", "target_group_arn")}
    http = {"load_balancer_arn": balancer, "port": 80, "protocol": "HTTP"}
    certificate = properties.get("certificate_arn")
    if not certificate:
        return [Part("http", "elbv2.listener", {**http, "default_actions": [forward]})]
    redirect = {
        "type": "redirect",
        "redirect_config": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"},
    }
    https = {
        "load_balancer_arn": balancer,
        "port": 443,
        "protocol": "HTTPS",
        "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificates": [{"certificate_arn": certificate}],
        "default_actions": [forward],
    }
    return [
        Part("http", "elbv2.listener", {**http, "default_actions": [redirect]}),
        Part("https", "elbv2.listener", https),
    ]


def _names(own: Naming, properties: Properties) -> list[Part]:
    """The name people know it by."""
    if not properties.get("domain_name"):
        return []
    record = {"hosted_zone_id": properties["hosted_zone_id"], "name": properties["domain_name"]}
    outputs = ("dns_name", "canonical_hosted_zone_id")
    return _dns.aliases("name", record, {output: own.ref(BALANCER, "balancer", output) for output in outputs})


def _outputs(own: Naming, cluster_name: Value) -> dict[str, Value]:
    return {
        "dns_name": own.ref(BALANCER, "balancer", "dns_name"),
        "canonical_hosted_zone_id": own.ref(BALANCER, "balancer", "canonical_hosted_zone_id"),
        "load_balancer_arn": own.ref(BALANCER, "balancer", "load_balancer_arn"),
        "load_balancer_full_name": own.ref(BALANCER, "balancer", "load_balancer_full_name"),
        "target_group_full_name": own.ref(TARGETS, "targets", "target_group_full_name"),
        "cluster_name": cluster_name,
        "service_name": own.ref("ecs.service", "", "service_name"),
        "task_role_name": own.ref("iam.role", "task-role", "role_name"),
        "log_group_name": own.ref("logs.log_group", "logs", "log_group_name"),
        "security_group_id": own.ref(GROUP, "tasks", "group_id"),
    }


COMPONENT = Component(
    name="web_service",
    title="Web service",
    outputs=(
        "dns_name",
        "canonical_hosted_zone_id",
        "load_balancer_arn",
        "load_balancer_full_name",
        "target_group_full_name",
        "cluster_name",
        "service_name",
        "task_role_name",
        "log_group_name",
        "security_group_id",
        *_fargate.RUNS,
    ),
    expand=expand,
    computed=("cpu", "memory", "capacity", "scaling", "sidecars", "subnets"),
)
