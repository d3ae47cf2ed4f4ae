"""PgBouncer as a container: its configuration, the script that starts it, and what ECS is told about it. Pure.

The script writes the configuration and the list of users itself, so any image that has a shell and `pgbouncer` will do,
whatever its own conventions. The password never passes through here: ECS gives it to the container.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.components.base import Part, text
from reconciler.model import Properties, Template, Value

PORT = 6432
NAME = "pgbouncer"
DIRECTORY = "/tmp/pgbouncer"  # noqa: S108 - inside the container, which has nobody else
REPLICA = "replica"
"""The name the first read replica has in the pool."""

DEFAULTS: Properties = {
    "image": "docker.io/edoburu/pgbouncer:v1.25.1-p0",
    "pool_mode": "transaction",
    "default_pool_size": 20,
    "max_client_conn": 500,
    "max_prepared_statements": 200,
    "server_tls_sslmode": "require",
}
"""What the schemas say of a pool nobody configured."""

# `id`, `sed` and `mkdir` are in every image with a shell. PgBouncer refuses to run as root.
SCRIPT = f"""
set -eu
umask 077
mkdir -p "${{POOL_DIRECTORY:-{DIRECTORY}}}"
cd "${{POOL_DIRECTORY:-{DIRECTORY}}}"
printf '%s\\nunix_socket_dir = %s\\n' "$POOL_CONFIGURATION" "$PWD" >pgbouncer.ini
printf '"%s" "%s"\\n' "$POOL_USER" "$(printf '%s' "$POOL_PASSWORD" | sed 's/"/""/g')" >userlist.txt
unset POOL_CONFIGURATION POOL_PASSWORD
if [ "$(id -u)" = 0 ]; then
  chown -R nobody .
  exec pgbouncer -u nobody pgbouncer.ini
fi
exec pgbouncer pgbouncer.ini
""".strip()


def configured(option: Value) -> dict[str, Value]:
    """The settings of `pgbouncer: true` or `pgbouncer: {...}`, with the defaults where it is silent."""
    return {**DEFAULTS, **(option if isinstance(option, Mapping) else {})}


def configuration(settings: Properties, database: Properties, listen: str, port: int) -> Template:
    """`pgbouncer.ini`, with references to what the database is called and where it is.

    `database` has endpoint_address, endpoint_port and db_name, and replica_endpoint_address where there is a replica.
    """
    servers: list[Value] = [_server(database["db_name"], database["endpoint_address"], database)]
    if database.get("replica_endpoint_address") is not None:
        servers.append(_server(REPLICA, database["replica_endpoint_address"], database))
    lines = {
        "listen_addr": listen,
        "listen_port": port,
        # All clients of a deployment come at once; those beyond the queue would try again seconds later.
        "listen_backlog": 4096,
        "auth_type": "scram-sha-256",
        "auth_file": "userlist.txt",
        "pool_mode": settings["pool_mode"],
        "default_pool_size": settings["default_pool_size"],
        "max_client_conn": settings["max_client_conn"],
        # Prisma and JDBC prepare statements, and another transaction may get another server connection.
        "max_prepared_statements": settings["max_prepared_statements"],
        "server_tls_sslmode": settings["server_tls_sslmode"],
        # JDBC and Prisma say these as they connect; per transaction they mean nothing.
        "ignore_startup_parameters": "extra_float_digits,search_path",
        # AWS: a network load balancer forgets connections that are silent for 350 seconds.
        "tcp_keepalive": 1,
        "tcp_keepidle": 120,
        "tcp_keepintvl": 30,
        "tcp_keepcnt": 3,
        "log_connections": 0,
        "log_disconnections": 0,
    }
    rendered = "\n".join(f"{name} = {value}" for name, value in lines.items())
    return text("[databases]\n", *servers, "\n[pgbouncer]\n", rendered)


def _server(name: Value, host: Value, database: Properties) -> Value:
    return text(name, " = host=", host, " port=", database["endpoint_port"], " dbname=", database["db_name"], "\n")


def environment(settings: Template, database: Properties) -> dict[str, Value]:
    return {"POOL_CONFIGURATION": settings, "POOL_USER": database["master_username"]}


def started(port: int) -> dict[str, Any]:
    """How a container runs the script, and how ECS learns that it takes connections: its socket is there."""
    return {
        "entry_point": ["sh", "-c"],
        "command": [SCRIPT],
        "health_check": {
            "command": ["CMD-SHELL", f"test -S {DIRECTORY}/.s.PGSQL.{port}"],
            "interval": 5,
            "timeout": 2,
            "retries": 3,
            "start_period": 10,
        },
        # PgBouncer takes no more clients then, and goes when the last one has left.
        "stop_timeout": 120,
    }


def beside(task: Part, option: Value, database: Properties) -> Part:
    """The task with PgBouncer in it: its first container starts when the pool takes connections, on 127.0.0.1 only."""
    first, *others = task.properties["container_definitions"]
    settings = configured(option)
    pool = {
        "name": NAME,
        "image": settings["image"],
        "essential": True,
        "environment": [
            {"name": name, "value": value}
            for name, value in environment(configuration(settings, database, "127.0.0.1", PORT), database).items()
        ],
        "secrets": [{"name": "POOL_PASSWORD", "value_from": text(database["master_user_secret_arn"], ":password::")}],
        "log_configuration": first["log_configuration"],
        **started(PORT),
    }
    waits = [*first.get("depends_on", ()), {"container_name": NAME, "condition": "HEALTHY"}]
    containers = [{**first, "depends_on": waits}, *others, pool]
    return replace(task, properties={**task.properties, "container_definitions": containers})
