"""The RDS Proxy of a `postgres`: its role, its security group, itself and what it connects to. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.components.base import Context, Naming, Part
from reconciler.model import Properties, Value

GROUP = "ec2.security_group"
PROXY = "rds.db_proxy"
PORT = 5432
"""AWS: where a proxy for PostgreSQL listens, whatever the port of the database."""

POOL = ("max_connections_percent", "max_idle_connections_percent", "connection_borrow_timeout", "init_query")
OWN = ("require_tls", "idle_client_timeout")
DEFAULTS: Properties = {
    "require_tls": True,
    "idle_client_timeout": 1800,
    "max_connections_percent": 90,
    "max_idle_connections_percent": 50,
    "connection_borrow_timeout": 120,
}
"""What the schema says of a proxy nobody configured."""

MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def parts(own: Naming, properties: Properties, secret: Value, context: Context) -> tuple[Part, ...]:
    """Nothing where no proxy is asked for; `secret` is the ARN of what it logs in with."""
    option = properties.get("proxy")
    if option in (None, False):
        return ()
    settings = {**DEFAULTS, **(option if isinstance(option, Mapping) else {})}
    network = properties["network"]
    return (
        Part("proxy-role", "iam.role", _role(secret, context.region)),
        Part("proxy-access", GROUP, _group(own, network["vpc_id"])),
        Part("proxy", PROXY, _proxy(own, network["private_subnet_ids"], secret, settings)),
        Part(
            "proxy-targets",
            "rds.db_proxy_target_group",
            {
                "db_proxy_name": own.ref(PROXY, "proxy", "db_proxy_name"),
                "db_instance_identifiers": [own.ref("rds.db_instance", "", "db_instance_identifier")],
                "connection_pool_config": {name: settings[name] for name in POOL if name in settings},
            },
        ),
    )


def _role(secret: Value, region: str) -> Properties:
    # AWS: a secret under a key of one's own is decrypted through Secrets Manager, which is all this allows.
    through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}}
    statements = [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": through},
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    return {"assume_role_policy_document": MAY_ASSUME, "policies": {"read-secret": document}}


def _group(own: Naming, vpc: Value) -> Properties:
    rule = {
        "ip_protocol": "tcp",
        "from_port": PORT,
        "to_port": PORT,
        "referenced_group_id": own.ref(GROUP, "clients", "group_id"),
        "description": "Clients of the database",
    }
    return {"vpc_id": vpc, "description": "Connections to the proxy", "ingress": [rule]}


def _proxy(own: Naming, subnets: Value, secret: Value, settings: Properties) -> Properties:
    return {
        "engine_family": "POSTGRESQL",
        "auth": [{"secret_arn": secret, "iam_auth": "DISABLED"}],
        "role_arn": own.ref("iam.role", "proxy-role", "role_arn"),
        "vpc_subnet_ids": subnets,
        # It is a client of the database itself.
        "vpc_security_group_ids": [own.ref(GROUP, part, "group_id") for part in ("proxy-access", "clients")],
        **{name: settings[name] for name in OWN},
    }
