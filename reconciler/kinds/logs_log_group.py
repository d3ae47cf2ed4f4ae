"""`logs.log_group`: a CloudWatch log group. It never reads or writes a log event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import Any

from reconciler.kinds._tagging import candidates
from reconciler.kinds.base import (
    FEW,
    address_of,
    arn,
    details,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
)
from reconciler.model import (
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
)

Item = Mapping[str, Any]

GROUP = ":log-group:"
"""What stands before the name in the ARN of a group."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    names = [_name(resource) for resource in resources]
    prefix = commonprefix(names)  # noqa: RUF071 - names are no paths: character by character is what is meant
    # What all of them begin with, if it says the stack: anything shorter may list every group of the account.
    prefixes = [prefix] * len(names) if len(names) > FEW and resources[0].stack in prefix else names
    pairs = zip(resources, prefixes, strict=True)
    answers = yield from read_all([call for r, begin in pairs for call in _reads(begin, _arn(r))])
    listed = {id(each): _by_name(each) for each in answers[::2]}
    found = {}
    for resource, name, groups, tags in zip(resources, names, answers[::2], answers[1::2], strict=True):
        group = listed[id(groups)].get(name)
        if group is not None:
            found[resource.address] = _observed(resource.address, group, tags)
    return found


def _name(resource: Resource) -> str:
    return str(resource.properties["log_group_name"])


def _arn(resource: Resource) -> str:
    return arn("logs", resource, f"log-group:{_name(resource)}")


def _reads(name: str, group_arn: str) -> list[Call]:
    return [
        Call("logs", "DescribeLogGroups", {"log_group_name_prefix": name}),
        Call("logs", "ListTagsForResource", {"resource_arn": group_arn}),
    ]


def _by_name(response: Response) -> Mapping[str, Item]:
    """AWS: groups are found by prefix only."""
    return {group["log_group_name"]: group for group in (response or {}).get("log_groups", ())}


def _observed(address: Address, group: Item, tags: Response) -> Observed:
    # AWS: `arn` ends in `:*`, which nothing that takes the ARN of a group accepts.
    group_arn = group["arn"].removesuffix(":*")
    return Observed(
        address,
        group["log_group_name"],
        {"log_group_class": "STANDARD", "deletion_protection_enabled": False}
        | pick(
            group,
            "log_group_name",
            "log_group_class",
            "retention_in_days",
            "kms_key_id",
            "deletion_protection_enabled",
        ),
        outputs={"log_group_name": group["log_group_name"], "arn": group_arn},
        tags=(tags or {}).get("tags", {}),
        details={"arn": group_arn},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    # AWS: an account may hold a thousand groups (one per Lambda function), each needing a call for its tags. So the
    # tagging API names the candidates, and of those it does not know yet the name; the groups themselves say whether
    # they exist and whose they are.
    tagged = yield from candidates(scope.stack, "logs")
    named = {"log_group_name_prefix": f"{scope.stack}-"} if tagged is not None else {}
    response = yield from read(Call("logs", "DescribeLogGroups", named))
    tagged = [*(tagged or ()), *(group["arn"] for group in (response or {}).get("log_groups", ()))]
    arns = sorted({each.removesuffix(":*") for each in tagged if GROUP in each})
    names = [each.split(GROUP, 1)[1] for each in arns]
    answers = yield from read_all([call for pair in zip(names, arns, strict=True) for call in _reads(*pair)])
    found = []
    for name, groups, tags in zip(names, answers[::2], answers[1::2], strict=True):
        group = _by_name(groups).get(name)
        address = address_of((tags or {}).get("tags", {}), scope.stack, KIND.name)
        if group is not None and address is not None:
            found.append(_observed(address, group, tags))
    return found


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "log_group_name", "kms_key_id", "log_group_class", "deletion_protection_enabled")
    yield Call("logs", "CreateLogGroup", params | {"tags": dict(change.tags)})
    if change.desired.get("retention_in_days") is not None:
        yield _put_retention(change.desired["log_group_name"], change)


def _put_retention(name: str, change: Change) -> Call:
    days = change.desired["retention_in_days"]
    return Call("logs", "PutRetentionPolicy", {"log_group_name": name, "retention_in_days": days})


def update(change: Change) -> Iterator[Call]:
    name = identifier(change)
    if change.touches("retention_in_days"):
        yield _put_retention(name, change)
    if change.touches("kms_key_id"):
        key = change.desired["kms_key_id"]
        if key:
            yield Call("logs", "AssociateKmsKey", {"log_group_name": name, "kms_key_id": key})
        else:
            yield Call("logs", "DisassociateKmsKey", {"log_group_name": name})
    if change.touches("deletion_protection_enabled"):
        yield _protect(name, change.desired["deletion_protection_enabled"])


def _protect(name: str, enabled: bool) -> Call:
    params = {"log_group_identifier": name, "deletion_protection_enabled": enabled}
    return Call("logs", "PutLogGroupDeletionProtection", params)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("logs", "TagResource", {"resource_arn": details(change)["arn"], "tags": tags})


def delete(change: Change) -> Iterator[Call]:
    if change.observed is not None and change.observed.properties.get("deletion_protection_enabled"):
        yield _protect(identifier(change), False)
    yield Call("logs", "DeleteLogGroup", {"log_group_name": identifier(change)})


KIND = Kind(
    name="logs.log_group",
    title="Log group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("logs:log-group:*"),
    retag=retag,
    outputs=("log_group_name", "arn"),
    rules=Rules(create_only=("log_group_name", "log_group_class")),
    identity=("log_group_name",),
    physical_name=PhysicalName("log_group_name", limit=512),
    uses=("kms.key",),
)
