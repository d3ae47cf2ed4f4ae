"""`pgbouncer`: a connection pool for a PostgreSQL, as a service of its own behind an internal load balancer. Pure.

Its outputs are named like those of `postgres`, so that a service takes `database: ${pool}` as it takes the database.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.components import _fargate, _pgbouncer
from reconciler.components.base import Component, Context, Expansion, Naming, Part, text
from reconciler.model import Properties, Value

GROUP = "ec2.security_group"
BALANCER = "elbv2.load_balancer"
TARGETS = "elbv2.target_group"
SECRET = "secretsmanager.secret"  # noqa: S105 - the name of a kind


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    service = _service(own, properties)
    cluster_parts, cluster_name = _fargate.cluster(own, properties)
    listener = _listener(own, properties["port"])
    running = _fargate.service(own, service, cluster_name, _balanced(own, properties))
    parts = (
        *cluster_parts,
        _fargate.logs(service),
        *_fargate.roles(own, service, context),
        _password(properties["database"]),
        _started(_fargate.task(own, service, context, [properties["port"]]), properties["port"]),
        *_security_groups(own, properties),
        _balancer(own, properties["network"]),
        _targets(properties),
        listener,
        # AWS: a service is refused until a listener forwards to its target group.
        replace(running, depends_on=(own.address(listener.kind, listener.name),)),
    )
    return Expansion(parts, _outputs(own, properties, cluster_name))


def _service(own: Naming, properties: Properties) -> Properties:
    """The properties of a service whose program is PgBouncer."""
    database = properties["database"]
    settings = _pgbouncer.configured(properties)
    ini = _pgbouncer.configuration(settings, database, "*", properties["port"])
    # The version is named, so that another password is another deployment.
    password = text(own.ref(SECRET, "password", "arn"), ":::", own.ref(SECRET, "password", "version_id"))
    return {
        **properties,
        "environment": _pgbouncer.environment(ini, database),
        "secrets": {"POOL_PASSWORD": password},
        "permissions": [],
        "security_group_ids": [database["client_security_group_id"]],
    }


def _password(database: Properties) -> Part:
    composed = {"template": "{password:raw}", "secret_arn": database["master_user_secret_arn"]}
    return Part("password", SECRET, {"description": "The pool's", "compose_secret_string": composed}, protect=False)


def _started(task: Part, port: int) -> Part:
    (container,) = task.properties["container_definitions"]
    return replace(
        task,
        properties={**task.properties, "container_definitions": [{**container, **_pgbouncer.started(port)}]},
    )


def _security_groups(own: Naming, properties: Properties) -> tuple[Part, ...]:
    vpc, port = properties["network"]["vpc_id"], properties["port"]

    def from_group(part: str, description: str) -> dict[str, Any]:
        group = own.ref(GROUP, part, "group_id")
        ports = {"ip_protocol": "tcp", "from_port": port, "to_port": port}
        return {**ports, "referenced_group_id": group, "description": description}

    def group(part: str, description: str, *rules: dict[str, Any]) -> Part:
        return Part(part, GROUP, {"vpc_id": vpc, "description": description, "ingress": list(rules)})

    return (
        Part("clients", GROUP, {"vpc_id": vpc, "description": "May connect to the pool"}),
        group("access", "Connections to the pool", from_group("clients", "Clients of the pool")),
        group("tasks", "Tasks of the pool", from_group("access", "The load balancer")),
    )


def _balancer(own: Naming, network: Properties) -> Part:
    return Part(
        "balancer",
        BALANCER,
        {
            "type": "network",
            "scheme": "internal",
            "subnets": network["private_subnet_ids"],
            "security_groups": [own.ref(GROUP, "access", "group_id")],
            "load_balancer_attributes": {"load_balancing.cross_zone.enabled": True},
        },
    )


def _targets(properties: Properties) -> Part:
    return Part(
        "targets",
        TARGETS,
        {
            "vpc_id": properties["network"]["vpc_id"],
            "port": properties["port"],
            "protocol": "TCP",
            "target_type": "ip",
            "health_check_protocol": "TCP",
            "health_check_interval_seconds": 10,
            "healthy_threshold_count": 2,
            "target_group_attributes": {"deregistration_delay.timeout_seconds": 60},
        },
    )


def _listener(own: Naming, port: int) -> Part:
    forward = {"type": "forward", "target_group_arn": own.ref(TARGETS, "targets", "target_group_arn")}
    balancer = own.ref(BALANCER, "balancer", "load_balancer_arn")
    wanted = {"load_balancer_arn": balancer, "port": port, "protocol": "TCP", "default_actions": [forward]}
    return Part("listener", "elbv2.listener", wanted)


def _balanced(own: Naming, properties: Properties) -> Properties:
    target = {
        "target_group_arn": own.ref(TARGETS, "targets", "target_group_arn"),
        "container_name": own.entry,
        "container_port": properties["port"],
    }
    return {"desired_count": properties["desired_count"], "load_balancers": [target]}


def _outputs(own: Naming, properties: Properties, cluster_name: Value) -> dict[str, Value]:
    database = properties["database"]
    address = own.ref(BALANCER, "balancer", "dns_name")
    outputs = {
        "endpoint_address": address,
        "endpoint_port": properties["port"],
        "db_name": database["db_name"],
        "master_username": database["master_username"],
        "master_user_secret_arn": database["master_user_secret_arn"],
        "client_security_group_id": own.ref(GROUP, "clients", "group_id"),
        # Between a client and the pool nothing is encrypted; it does not leave the VPC.
        "sslmode": "prefer",
        "cluster_name": cluster_name,
        "service_name": own.ref("ecs.service", "", "service_name"),
        "log_group_name": own.ref("logs.log_group", "logs", "log_group_name"),
    }
    if database.get("replica_endpoint_address") is not None:
        outputs |= {"replica_endpoint_address": address, "replica_db_name": _pgbouncer.REPLICA}
    return outputs


COMPONENT = Component(
    name="pgbouncer",
    title="Connection pool",
    outputs=(
        "endpoint_address",
        "endpoint_port",
        "db_name",
        "master_username",
        "master_user_secret_arn",
        "client_security_group_id",
        "sslmode",
        "replica_endpoint_address",
        "replica_db_name",
        "cluster_name",
        "service_name",
        "log_group_name",
    ),
    expand=expand,
    computed=("cpu", "memory", "port"),
)
