"""`rds.db_proxy_target_group`: what a proxy connects to, and how many connections it keeps.

AWS makes the group `default` with its proxy and deletes it with it; it cannot be tagged and is whose its proxy is. So
making it is changing it, and deleting it only takes the databases out of it. Prune takes only groups this kind filled:
a tag of the proxy says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds import _rds, rds_db_proxy
from reconciler.kinds.base import details, identifier, read_all, tag_list
from reconciler.model import (
    READY,
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Status,
    Through,
    Unknown,
    Value,
    stalled,
    waiting,
)

NOBODY = "none"
"""What the stack tag of an object says that was let go."""

MARK = "reconciler:targets"
"""The tag of a proxy that holds the address of its group."""

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Look:
    """A proxy, its tags, its default group and what is registered there."""

    proxy: Item
    tags: Mapping[str, str]
    group: Item = field(default_factory=dict)
    targets: Sequence[Item] = ()

    @property
    def answers(self) -> bool:
        return bool(self.proxy["status"] == "available")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [rds_db_proxy.DESCRIBE]
    proxies = rds_db_proxy.by_name(response)
    live = [(r, proxies[name]) for r in resources if (name := _rds.named(r, "db_proxy_name")) in proxies]
    looks = yield from _looks([proxy for _, proxy in live])
    pairs = zip(live, looks, strict=True)
    return {r.address: _observed(r.address, look, _tags(r, look.tags)) for (r, _), look in pairs}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """A group is there as long as something is registered in it."""
    (response,) = yield [rds_db_proxy.DESCRIBE]
    looks = yield from _looks(list(rds_db_proxy.by_name(response).values()), scope.stack)
    filled = [(look.tags[MARK], look) for look in looks if look.targets and MARK in look.tags]
    return [_observed(mark, look, {STACK_TAG: scope.stack, RESOURCE_TAG: mark}) for mark, look in filled]


def _looks(proxies: Sequence[Item], stack: str | None = None) -> Reads[list[_Look]]:
    """A look at each proxy, of one stack only if that is asked for.

    AWS: refuses to describe the groups of a proxy that is not available.
    """
    tagged = yield from rds_db_proxy.tagged(proxies)
    looks = [_Look(item, tags) for item, tags in tagged if stack is None or tags.get(STACK_TAG) == stack]
    asked = [look for look in looks if look.answers]
    answers = iter((yield from read_all([call for look in asked for call in _reads(look.proxy)])))
    return [_filled(look, next(answers), next(answers)) if look.answers else look for look in looks]


def _reads(proxy: Item) -> tuple[Call, Call]:
    names = {"db_proxy_name": proxy["db_proxy_name"]}
    return Call("rds", "DescribeDBProxyTargetGroups", names), Call("rds", "DescribeDBProxyTargets", names)


def _filled(look: _Look, groups: Response, targets: Response) -> _Look:
    group: Item = next((item for item in (groups or {}).get("target_groups", ()) if item.get("is_default")), {})
    return _Look(look.proxy, look.tags, group, (targets or {}).get("targets", ()))


def _tags(resource: Resource, of_proxy: Mapping[str, str]) -> dict[str, str]:
    """The tags AWS would not take: the proxy's stack is the group's, and `adopt` is enough for nobody's proxy."""
    stack = of_proxy.get(STACK_TAG, NOBODY)
    if stack == NOBODY and resource.adopt:
        stack = resource.stack
    return {} if stack == NOBODY else {STACK_TAG: stack, RESOURCE_TAG: resource.address}


def _observed(address: Address, look: _Look, tags: Mapping[str, str]) -> Observed:
    name = look.proxy["db_proxy_name"]
    return Observed(
        address,
        f"{name}/default",
        {"db_proxy_name": name, **_settings(look)},
        outputs={"db_proxy_name": name, "target_group_arn": look.group.get("target_group_arn")},
        tags=tags,
        status=_status(look),
        details={
            "proxy": name,
            "pool": look.group.get("connection_pool_config", {}),
            "targets": _registered(look),
            "unmarked": None if look.tags.get(MARK) == address else look.proxy["db_proxy_arn"],
        },
    )


def _settings(look: _Look) -> dict[str, Value]:
    if not look.answers:
        unknown = Unknown(f"{look.proxy['db_proxy_name']} is {look.proxy['status']}")
        return {"connection_pool_config": unknown, "db_instance_identifiers": unknown}
    return {
        "connection_pool_config": look.group.get("connection_pool_config", {}),
        "db_instance_identifiers": _registered(look),
    }


def _registered(look: _Look) -> list[str]:
    return [target["rds_resource_id"] for target in look.targets if target.get("type") == "RDS_INSTANCE"]


def _status(look: _Look) -> Status:
    if not look.answers:
        return waiting(f"its proxy is {look.proxy['status']}")
    for target in look.targets:
        health = target.get("target_health") or {}
        state, reason = health.get("state", "AVAILABLE"), health.get("reason", "")
        text = f"{target['rds_resource_id']} is {state.lower()}: {reason} {health.get('description', '')}".rstrip(": ")
        if reason == "AUTH_FAILURE":
            return stalled(f"{text}; the proxy's role must be able to read the secret, and the secret log in")
        if state in ("REGISTERING", "UNAVAILABLE"):
            return waiting(text)
    return READY


def create(change: Change) -> Iterator[Call]:
    yield from _changes(change, change.desired["db_proxy_name"], {"pool": {}, "targets": []})


def update(change: Change) -> Iterator[Call]:
    yield from _changes(change, details(change)["proxy"], details(change))


def _changes(change: Change, proxy: Value, live: Properties) -> Iterator[Call]:
    names = {"db_proxy_name": proxy, "target_group_name": "default"}
    pool = change.desired.get("connection_pool_config")
    if pool and (change.touches("connection_pool_config") or change.observed is None):
        # AWS: what is left out goes back to its default, some of which depend on others.
        config = {"connection_pool_config": {**live["pool"], **pool}}
        yield Call("rds", "ModifyDBProxyTargetGroup", names | config)
    wanted = [_lower(name) for name in change.desired["db_instance_identifiers"]]
    gone = [name for name in live["targets"] if name not in wanted]
    new = [name for name in wanted if name not in live["targets"]]
    if gone:  # AWS: one database at a time, so the old one goes first.
        yield Call("rds", "DeregisterDBProxyTargets", names | {"db_instance_identifiers": gone})
    if new and live.get("unmarked"):
        mark = {"resource_name": live["unmarked"], "tags": tag_list({MARK: change.address})}
        yield Call("rds", "AddTagsToResource", mark)
    if new:
        yield Call("rds", "RegisterDBProxyTargets", names | {"db_instance_identifiers": new})


def _lower(name: Value) -> Value:
    return name.lower() if isinstance(name, str) else name


def delete(change: Change) -> Iterator[Call]:
    targets = details(change)["targets"]
    if targets:
        proxy = identifier(change).rpartition("/")[0]
        names = {"db_proxy_name": proxy, "target_group_name": "default"}
        yield Call("rds", "DeregisterDBProxyTargets", names | {"db_instance_identifiers": targets})


KIND = Kind(
    name="rds.db_proxy_target_group",
    title="Database proxy target group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Through(("rds.db_proxy",)),
    outputs=("db_proxy_name", "target_group_arn"),
    rules=Rules(
        create_only=("db_proxy_name",),
        unordered=("db_instance_identifiers", "connection_pool_config.session_pinning_filters"),
        case_insensitive=("db_proxy_name", "db_instance_identifiers[]"),
    ),
    identity=("db_proxy_name",),
    uses=("rds.db_proxy", "rds.db_instance"),
    patience=Patience("5-15 minutes", minutes=60),
)
