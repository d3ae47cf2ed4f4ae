"""`kms.alias`: the name a key is known by.

AWS cannot tag an alias, so its name says whose it is: it begins with the stack's name. A leftover must also stand for a
key of this stack, because stack `shop` would otherwise delete what `shop-staging` made. It never touches a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _kms
from reconciler.kinds.base import identifier, pick, read
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Rules,
    Scope,
    Through,
    Value,
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    response = yield from read(_kms.ALIASES)
    live = {alias["alias_name"]: alias for alias in _kms.aliases(response)}
    found = {}
    for resource in resources:
        alias = live.get(resource.properties["alias_name"])
        if alias is not None:
            stack = resource.stack if _is_named_ours(alias, resource.stack) or resource.adopt else ""
            found[resource.address] = _observed(resource.address, alias, stack, resource.properties["target_key_id"])
    return found


def _is_named_ours(alias: _kms.Item, stack: str) -> bool:
    return str(alias["alias_name"]).startswith(_prefix(stack))


def _prefix(stack: str) -> str:
    return f"alias/{stack}-"


def _key_of(alias: _kms.Item) -> str:
    return str(alias.get("target_key_id", ""))


def _observed(address: Address, alias: _kms.Item, stack: str, desired: Value) -> Observed:
    key = _key_of(alias)
    # AWS: takes a key's ARN, and answers its id.
    same = isinstance(desired, str) and _kms.id_in(desired) == key
    return Observed(
        address,
        alias["alias_name"],
        {"alias_name": alias["alias_name"], "target_key_id": desired if same else key},
        outputs={"alias_name": alias["alias_name"], "arn": alias["alias_arn"], "target_key_id": key},
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if stack else {},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    response = yield from read(_kms.ALIASES)
    named = [alias for alias in _kms.aliases(response) if _is_named_ours(alias, scope.stack)]
    tags = yield from _kms.tags_by_id(sorted({_key_of(alias) for alias in named} - {""}))
    return [
        _observed(f"{KIND.name}/{alias['alias_name'].removeprefix(_prefix(scope.stack))}", alias, scope.stack, None)
        for alias in named
        if tags.get(_key_of(alias), {}).get(STACK_TAG) == scope.stack
    ]


def create(change: Change) -> Iterator[Call]:
    yield Call("kms", "CreateAlias", pick(change.desired, "alias_name", "target_key_id"))


def update(change: Change) -> Iterator[Call]:
    yield Call("kms", "UpdateAlias", pick(change.desired, "alias_name", "target_key_id"))


def delete(change: Change) -> Iterator[Call]:
    yield Call("kms", "DeleteAlias", {"alias_name": identifier(change)})


KIND = Kind(
    name="kms.alias",
    title="KMS alias",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Through(("kms.key",)),
    outputs=("alias_name", "arn", "target_key_id"),
    rules=Rules(create_only=("alias_name",)),
    identity=("alias_name",),
    wanted_first=("target_key_id",),
    physical_name=PhysicalName("alias_name", limit=256, template="alias/{stack}-{name}"),
    uses=("kms.key",),
)
