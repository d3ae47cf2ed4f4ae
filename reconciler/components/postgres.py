"""`postgres`: a PostgreSQL instance in private subnets, reachable by whoever carries its client security group.

The master password is generated into a secret by the call that makes it; it never passes through here. Pure.
"""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Reference, Value

PASSED_ON = (
    "db_instance_class",
    "allocated_storage",
    "max_allocated_storage",
    "storage_type",
    "multi_az",
    "db_name",
    "master_username",
    "backup_retention_period",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "deletion_protection",
    "enable_performance_insights",
)
"""Properties of the component that are the instance's own, by the same name."""

INSTANCE = "rds.db_instance"
GROUP = "ec2.security_group"
KEPT = "secretsmanager.secret"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    network = properties["network"]
    port = properties["port"]
    major = str(properties["engine_version"]).split(".")[0]
    replicas = [_replica(own, index + 1, properties) for index in range(properties["replicas"])]
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
        Part("password", KEPT, _password(properties["master_username"])),
        Part("", INSTANCE, _instance(own, properties, port)),
        *replicas,
    )
    return Expansion(parts, _outputs(own, replicas))


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
        "engine": "postgres",
        "engine_version": properties["engine_version"],
        "port": port,
        "storage_encrypted": True,
        # AWS: a managed password and read replicas exclude each other, so the password is a secret of ours.
        "manage_master_user_password": False,
        "master_user_password": {"secret_arn": own.ref(KEPT, "password", "arn"), "key": "password"},
        "publicly_accessible": False,
        "db_subnet_group_name": own.ref("rds.db_subnet_group", "subnets", "db_subnet_group_name"),
        "db_parameter_group_name": own.ref("rds.db_parameter_group", "parameters", "db_parameter_group_name"),
        "vpc_security_group_ids": [own.ref(GROUP, "access", "group_id")],
        "enable_cloudwatch_logs_exports": ["postgresql"],
    }


def _password(username: str) -> Properties:
    """Made by the executor in the call that creates the secret; the same keys as a secret RDS manages."""
    template = f'{{"username":"{username}","password":"{{}}"}}'
    return {"generate_secret_string": {"length": 40, "template": template}}


def _replica(own: Naming, number: int, properties: Properties) -> Part:
    return Part(
        f"replica-{number}",
        "rds.db_read_replica",
        {
            "source_db_instance_identifier": own.ref(INSTANCE, "", "db_instance_identifier"),
            "db_instance_class": properties.get("replica_instance_class") or properties["db_instance_class"],
            "vpc_security_group_ids": [own.ref(GROUP, "access", "group_id")],
        },
    )


def _outputs(own: Naming, replicas: list[Part]) -> dict[str, Value]:
    outputs: dict[str, Value] = {name: own.ref(INSTANCE, "", name) for name in INSTANCE_OUTPUTS}
    outputs["master_user_secret_arn"] = own.ref(KEPT, "password", "arn")
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
    outputs=(*INSTANCE_OUTPUTS, "master_user_secret_arn", "client_security_group_id", "replica_endpoint_address"),
    expand=expand,
    computed=("engine_version", "master_username", "replicas"),
)
