"""`postgres`: a PostgreSQL instance in private subnets, reachable by whoever carries its client security group.

The master password is generated into a secret by the call that makes it; it never passes through here. Pure.
"""

from __future__ import annotations

from typing import Any

from reconciler.components import _db_proxy
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Reference, Value

PASSED_ON = (
    "db_instance_class",
    "db_snapshot_identifier",
    "allocated_storage",
    "max_allocated_storage",
    "storage_type",
    "iops",
    "storage_throughput",
    "kms_key_id",
    "multi_az",
    "db_name",
    "master_username",
    "backup_retention_period",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "auto_minor_version_upgrade",
    "allow_major_version_upgrade",
    "deletion_protection",
    "ca_certificate_identifier",
    "enable_iam_database_authentication",
    "enable_cloudwatch_logs_exports",
    "apply_immediately",
)
"""Properties of the component that are the instance's own, by the same name."""

WATCHED = ("enable_performance_insights", "performance_insights_retention_period", "monitoring_interval")
"""Properties that the instance and its replicas share."""

WATCHER = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "monitoring.rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
WATCHERS_POLICY = "service-role/AmazonRDSEnhancedMonitoringRole"

INSTANCE = "rds.db_instance"
GROUP = "ec2.security_group"
KEPT = "secretsmanager.secret"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    network = properties["network"]
    port = properties["port"]
    major = str(properties["engine_version"]).split(".")[0]
    replicas = [_replica(own, index + 1, properties) for index in range(properties["replicas"])]
    secret = _secret_arn(own, properties)
    parts = (
        *_security_groups(own, network["vpc_id"], port),
        Part(
            "subnets",
            "rds.db_subnet_group",
            {
                "db_subnet_group_description": "Private subnets",
                "subnet_ids": network.get("database_subnet_ids") or network["private_subnet_ids"],
            },
        ),
        Part(
            "parameters",
            "rds.db_parameter_group",
            {
                "db_parameter_group_family": f"postgres{major}",
                "description": "Parameters of the database",
                "parameters": properties["parameters"],
            },
        ),
        *_password(properties),
        *_watcher(properties, context),
        Part("", INSTANCE, _instance(own, properties, port)),
        *replicas,
        *_db_proxy.parts(own, properties, secret, context),
    )
    outputs = _outputs(own, replicas) | {"master_user_secret_arn": secret}
    if properties.get("proxy"):
        outputs["proxy_endpoint"] = own.ref(_db_proxy.PROXY, "proxy", "endpoint_address")
    return Expansion(parts, outputs)


def _secret_arn(own: Naming, properties: Properties) -> Value:
    if properties["manage_master_user_password"]:
        return own.ref(INSTANCE, "", "master_user_secret_arn")
    return own.ref(KEPT, "password", "arn")


def _security_groups(own: Naming, vpc: Value, port: int) -> tuple[Part, Part]:
    clients: dict[str, Any] = {"vpc_id": vpc, "description": "May connect to the database"}
    rule = {
        "ip_protocol": "tcp",
        "from_port": port,
        "to_port": port,
        "referenced_group_id": own.ref(GROUP, "clients", "group_id"),
        "description": "Clients of the database",
    }
    access = {"vpc_id": vpc, "description": "Connections to the database", "ingress": [rule]}
    return Part("clients", GROUP, clients), Part("access", GROUP, access)


def _instance(own: Naming, properties: Properties, port: int) -> Properties:
    given = {name: properties[name] for name in PASSED_ON if properties.get(name) is not None}
    return {
        **given,
        **_watched(own, properties),
        "engine": "postgres",
        "engine_version": properties["engine_version"],
        "port": port,
        "storage_encrypted": True,
        **_login(own, properties),
        "publicly_accessible": False,
        "db_subnet_group_name": own.ref("rds.db_subnet_group", "subnets", "db_subnet_group_name"),
        "db_parameter_group_name": own.ref("rds.db_parameter_group", "parameters", "db_parameter_group_name"),
        "vpc_security_group_ids": [own.ref(GROUP, "access", "group_id")],
    }


def _login(own: Naming, properties: Properties) -> Properties:
    """AWS: a managed password and read replicas exclude each other, so it is managed only where that is asked for."""
    if properties["manage_master_user_password"]:
        return {"manage_master_user_password": True}
    secret = {
        "secret_arn": own.ref(KEPT, "password", "arn"),
        "key": "password",
        "version_id": own.ref(KEPT, "password", "version_id"),
    }
    return {"manage_master_user_password": False, "master_user_password": secret}


def _password(properties: Properties) -> tuple[Part, ...]:
    """Made by the executor in the call that creates the secret; the same keys as a secret RDS manages."""
    if properties["manage_master_user_password"]:
        return ()
    template = f'{{"username":"{properties["master_username"]}","password":"{{}}"}}'
    return (Part("password", KEPT, {"generate_secret_string": {"length": 40, "template": template}}),)


def _watcher(properties: Properties, context: Context) -> tuple[Part, ...]:
    """The role Enhanced Monitoring writes with, where it is on."""
    if not properties["monitoring_interval"]:
        return ()
    policy = f"arn:{context.partition}:iam::aws:policy/{WATCHERS_POLICY}"
    role = {"assume_role_policy_document": WATCHER, "managed_policy_arns": [policy]}
    return (Part("monitoring-role", "iam.role", role),)


def _watched(own: Naming, properties: Properties) -> dict[str, Value]:
    found = {name: properties[name] for name in WATCHED if properties.get(name) is not None}
    if properties["monitoring_interval"]:
        found["monitoring_role_arn"] = own.ref("iam.role", "monitoring-role", "role_arn")
    return found


def _replica(own: Naming, number: int, properties: Properties) -> Part:
    return Part(
        f"replica-{number}",
        "rds.db_read_replica",
        {
            "source_db_instance_identifier": own.ref(INSTANCE, "", "db_instance_identifier"),
            "db_instance_class": properties.get("replica_instance_class") or properties["db_instance_class"],
            "vpc_security_group_ids": [own.ref(GROUP, "access", "group_id")],
            "apply_immediately": properties["apply_immediately"],
            **_watched(own, properties),
        },
    )


def _outputs(own: Naming, replicas: list[Part]) -> dict[str, Value]:
    outputs: dict[str, Value] = {name: own.ref(INSTANCE, "", name) for name in INSTANCE_OUTPUTS}
    outputs["client_security_group_id"] = own.ref(GROUP, "clients", "group_id")
    if replicas:
        outputs["replica_endpoint_address"] = Reference(
            own.address("rds.db_read_replica", replicas[0].name), "endpoint_address"
        )
    return outputs


INSTANCE_OUTPUTS = (
    "db_instance_identifier",
    "endpoint_address",
    "endpoint_port",
    "db_name",
    "master_username",
)

COMPONENT = Component(
    name="postgres",
    title="PostgreSQL",
    outputs=(
        *INSTANCE_OUTPUTS,
        "master_user_secret_arn",
        "client_security_group_id",
        "replica_endpoint_address",
        "proxy_endpoint",
    ),
    expand=expand,
    computed=(
        "engine_version",
        "master_username",
        "replicas",
        "proxy",
        "manage_master_user_password",
        "monitoring_interval",
    ),
)
