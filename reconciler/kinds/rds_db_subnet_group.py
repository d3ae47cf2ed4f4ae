"""`rds.db_subnet_group`: the subnets a database may live in.

It never deletes a group that a database uses: AWS refuses that, and the deletion waits for the database to go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _rds, _rds_changes
from reconciler.kinds.base import address_of, identifier, pick, tag_list
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    waiting,
)

DESCRIBE = Call("rds", "DescribeDBSubnetGroups")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    groups = _by_name(response)
    live = {r.address: groups[_name_of(r)] for r in resources if _name_of(r) in groups}
    tags = yield from _rds.tags_of([_arn(group) for group in live.values()])
    return {address: _observed(address, group, tags[_arn(group)]) for address, group in live.items()}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    groups = list(_by_name(response).values())
    tags = yield from _rds.tags_of([_arn(group) for group in groups])
    addresses = [(address_of(tags[_arn(group)], scope.stack, KIND.name), group) for group in groups]
    return [_observed(address, group, tags[_arn(group)]) for address, group in addresses if address]


def _name_of(resource: Resource) -> str:
    return _rds.named(resource, "db_subnet_group_name")


def _arn(group: Mapping[str, Any]) -> str:
    return str(group["db_subnet_group_arn"])


def _by_name(response: Response) -> dict[str, Mapping[str, Any]]:
    return {group["db_subnet_group_name"]: group for group in (response or {}).get("db_subnet_groups", ())}


def _observed(address: Address, group: Mapping[str, Any], tags: Mapping[str, str]) -> Observed:
    state = group.get("subnet_group_status", "Complete")
    return Observed(
        address,
        group["db_subnet_group_name"],
        pick(group, "db_subnet_group_name", "db_subnet_group_description")
        | {"subnet_ids": [subnet["subnet_identifier"] for subnet in group.get("subnets", ())]},
        outputs=pick(group, "db_subnet_group_name", "db_subnet_group_arn", "vpc_id"),
        tags=tags,
        status=READY if state == "Complete" else waiting(f"status {state}"),
        details={"arn": _arn(group)},
    )


MEMBERS = ("db_subnet_group_name", "db_subnet_group_description", "subnet_ids")


def create(change: Change) -> Iterator[Call]:
    yield Call("rds", "CreateDBSubnetGroup", pick(change.desired, *MEMBERS) | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    # AWS: replaces the whole list of subnets.
    params = pick(change.desired, *MEMBERS) | {"db_subnet_group_name": identifier(change)}
    yield Call("rds", "ModifyDBSubnetGroup", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("rds", "DeleteDBSubnetGroup", {"db_subnet_group_name": identifier(change)})


KIND = Kind(
    name="rds.db_subnet_group",
    title="Database subnet group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("rds:subgrp:*"),
    retag=_rds_changes.retag,
    outputs=("db_subnet_group_name", "db_subnet_group_arn", "vpc_id"),
    rules=Rules(
        create_only=("db_subnet_group_name",),
        unordered=("subnet_ids",),
        case_insensitive=("db_subnet_group_name",),
    ),
    physical_name=PhysicalName("db_subnet_group_name", limit=255, lower=True),
    uses=("ec2.subnet",),
)
