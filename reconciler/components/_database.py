"""How a service gets to its database: the URLs it finds in its environment, and the group that lets it in. Pure.

ECS cannot put a password into a text, so each URL is a secret, made of the database's own secret and made again when
that one is rotated. Its version is named in the task definition: another password is another deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.components import _db_proxy, _pgbouncer
from reconciler.components.base import Naming, Part, text
from reconciler.model import Properties, Value

SECRET = "secretsmanager.secret"  # noqa: S105 - the name of a kind
URL = "DATABASE_URL"
REPLICA_URL = "DATABASE_REPLICA_URL"
LOCAL = "127.0.0.1"
POOLS = "POOL_PASSWORD"


@dataclass(frozen=True, slots=True)
class Linked:
    """A service's properties with its database in them, and the parts that takes."""

    properties: Properties
    parts: tuple[Part, ...] = ()

    @property
    def granted(self) -> Properties:
        """The same, with all secrets its task is started with: also those of a pool beside it."""
        database = self.properties.get("database")
        if not database or not self.properties.get("pgbouncer"):
            return self.properties
        return {**self.properties, "secrets": {**self.properties["secrets"], POOLS: database["master_user_secret_arn"]}}

    def pooled(self, task: Part) -> Part:
        """The task, with a pool beside the program where one is asked for."""
        option, database = self.properties.get("pgbouncer"), self.properties.get("database")
        return _pgbouncer.beside(task, option, database) if database and option not in (None, False) else task


def linked(own: Naming, properties: Properties) -> Linked:
    """The URLs of the database as secrets of the service; names the spec gives a value itself are left alone."""
    database = properties.get("database")
    if not database:
        return Linked(properties)
    taken = {*properties["secrets"], *properties["environment"]}
    urls = {name: url for name, url in _urls(properties, database).items() if name not in taken}
    parts = tuple(_secret(name, url, database) for name, url in urls.items())
    found = {name: _value_of(own, name) for name in urls}
    groups = [*properties["security_group_ids"], database["client_security_group_id"]]
    return Linked({**properties, "secrets": {**found, **properties["secrets"]}, "security_group_ids": groups}, parts)


def _urls(properties: Properties, database: Properties) -> dict[str, Value]:
    if properties.get("pgbouncer"):
        host, port, tls = LOCAL, _pgbouncer.PORT, {}
    else:
        host, port = database["endpoint_address"], database["endpoint_port"]
        if database.get("proxy_endpoint") is not None:
            host, port = database["proxy_endpoint"], _db_proxy.PORT
        tls = {"sslmode": database.get("sslmode", "require")}
    query = {**tls, **properties["database_url_parameters"]}
    user, name = database["master_username"], database["db_name"]
    urls = {URL: _url(user, (host, port, name), query)}
    if database.get("replica_endpoint_address") is not None:
        urls[REPLICA_URL] = _url(user, _replica(properties, database), query)
    return urls


def _replica(properties: Properties, database: Properties) -> tuple[Value, Value, Value]:
    """Host, port and name of the first read replica; of the pool, where there is one."""
    if properties.get("pgbouncer"):
        return LOCAL, _pgbouncer.PORT, _pgbouncer.REPLICA
    name = database.get("replica_db_name", database["db_name"])
    return database["replica_endpoint_address"], database["endpoint_port"], name


def _url(user: Value, server: tuple[Value, Value, Value], query: Mapping[str, Value]) -> Value:
    host, port, name = server
    address = ("postgresql://", user, ":{password}@", host, ":", port, "/", name)
    settings = [part for key, value in query.items() for part in ("&", key, "=", value)]
    return text(*address, *(["?", *settings[1:]] if settings else []))


def _part_of(name: str) -> str:
    return name.lower().replace("_", "-")


def _secret(name: str, url: Value, database: Properties) -> Part:
    composed = {"template": url, "secret_arn": database["master_user_secret_arn"]}
    wanted = {"description": f"{name} of a service", "compose_secret_string": composed}
    # Nothing is lost with it: it is made of what is kept elsewhere.
    return Part(_part_of(name), SECRET, wanted, protect=False)


def _value_of(own: Naming, name: str) -> Value:
    part = _part_of(name)
    return text(own.ref(SECRET, part, "arn"), ":::", own.ref(SECRET, part, "version_id"))
