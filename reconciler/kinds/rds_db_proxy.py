"""`rds.db_proxy`: a pool of connections in front of a database, which logs in with secrets it reads itself.

It never touches what the proxy connects to: that is `rds.db_proxy_target_group`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _rds, _rds_changes
from reconciler.kinds.base import address_of, details, identifier, pick, tag_list
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Status,
    stalled,
    waiting,
)

DESCRIBE = Call("rds", "DescribeDBProxies")
"""All proxies of the region: one call for the proxies, their target groups, and the leftovers of both."""

FIXED = (
    "db_proxy_name",
    "engine_family",
    "vpc_subnet_ids",
    "endpoint_network_type",
    "target_connection_network_type",
)
IN_PLACE = ("default_auth_scheme", "auth", "role_arn", "require_tls", "idle_client_timeout", "debug_logging")
TERMINAL = ("incompatible-network", "insufficient-resource-limits", "suspended")

Item = Mapping[str, Any]


def by_name(response: Response) -> dict[str, Item]:
    return {item["db_proxy_name"]: item for item in (response or {}).get("db_proxies", ())}


def tagged(items: Sequence[Item]) -> Reads[list[tuple[Item, dict[str, str]]]]:
    """Each proxy with its tags, which AWS gives only for one ARN at a time."""
    tags = yield from _rds.tags_of([str(item["db_proxy_arn"]) for item in items])
    return [(item, tags[str(item["db_proxy_arn"])]) for item in items]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    proxies = by_name(response)
    live = {r.address: proxies[name] for r in resources if (name := _rds.named(r, "db_proxy_name")) in proxies}
    found = yield from tagged(list(live.values()))
    return {address: _observed(address, item, tags) for address, (item, tags) in zip(live, found, strict=True)}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    found = yield from tagged(list(by_name(response).values()))
    addresses = [(address_of(tags, scope.stack, KIND.name), item, tags) for item, tags in found]
    return [_observed(address, item, tags) for address, item, tags in addresses if address]


def _observed(address: Address, item: Item, tags: Mapping[str, str]) -> Observed:
    return Observed(
        address,
        item["db_proxy_name"],
        pick(item, *FIXED, *IN_PLACE, "vpc_security_group_ids"),
        outputs=pick(item, "db_proxy_name", "db_proxy_arn", "vpc_id") | {"endpoint_address": item.get("endpoint")},
        tags=tags,
        status=_status(item["status"]),
        details={"arn": item["db_proxy_arn"], "state": item["status"]},
    )


def _status(state: str) -> Status:
    if state in TERMINAL:
        return stalled(f"its status is {state}")
    return READY if state == "available" else waiting(f"status {state}")


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, *FIXED, *IN_PLACE, "vpc_security_group_ids")
    yield Call("rds", "CreateDBProxy", params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    params = {name: change.desired[name] for name in IN_PLACE if change.touches(name)}
    if change.touches("vpc_security_group_ids"):
        params["security_groups"] = change.desired["vpc_security_group_ids"]
    yield Call("rds", "ModifyDBProxy", {"db_proxy_name": identifier(change), **params})


def delete(change: Change) -> Iterator[Call]:
    if details(change)["state"] != "deleting":
        yield Call("rds", "DeleteDBProxy", {"db_proxy_name": identifier(change)})


KIND = Kind(
    name="rds.db_proxy",
    title="Database proxy",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("rds:db-proxy:*"),
    retag=_rds_changes.retag,
    outputs=("db_proxy_name", "db_proxy_arn", "endpoint_address", "vpc_id"),
    rules=Rules(
        create_only=FIXED,
        unordered=("vpc_subnet_ids", "vpc_security_group_ids"),
        keyed={"auth": "secret_arn+user_name"},
        case_insensitive=("db_proxy_name",),
    ),
    physical_name=PhysicalName("db_proxy_name", limit=63, lower=True),
    uses=("ec2.subnet", "ec2.security_group", "iam.role", "secretsmanager.secret"),
    patience=Patience("5-15 minutes", minutes=60),
)
