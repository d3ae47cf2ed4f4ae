"""`elbv2.target_group`: what a load balancer forwards to, and how it checks that it is healthy.

It never registers targets: the ECS service or Auto Scaling group that names the group does, so they are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _elbv2
from reconciler.kinds.base import changed, identifier, pick, read_all, tag_list
from reconciler.model import Address, Call, Change, Kind, Listed, Observed, PhysicalName, Reads, Resource, Rules, Scope

ATTRIBUTES = "target_group_attributes"

FIXED = ("port", "protocol", "protocol_version", "target_type", "ip_address_type")
HEALTH_CHECK = (
    "health_check_enabled",
    "health_check_protocol",
    "health_check_port",
    "health_check_path",
    "health_check_interval_seconds",
    "health_check_timeout_seconds",
    "healthy_threshold_count",
    "unhealthy_threshold_count",
    "matcher",
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = yield from _elbv2.find(_elbv2.TARGET_GROUPS, resources)
    asked = [r.address for r in resources if r.address in live and ATTRIBUTES in r.properties]
    responses = yield from read_all([_attributes_call(live[address][0]) for address in asked])
    attributes = {a: {ATTRIBUTES: _elbv2.attributes(r)} for a, r in zip(asked, responses, strict=True)}
    return {a: _observed(a, item, tags, attributes.get(a, {})) for a, (item, tags) in live.items()}


def _attributes_call(item: _elbv2.Item) -> Call:
    return Call("elbv2", "DescribeTargetGroupAttributes", {"target_group_arn": item["target_group_arn"]})


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    live = yield from _elbv2.owned(_elbv2.TARGET_GROUPS, KIND.name, scope)
    return [_observed(address, item, tags) for address, item, tags in live]


def _observed(
    address: Address, item: _elbv2.Item, tags: _elbv2.Tags, attributes: Mapping[str, Any] | None = None
) -> Observed:
    arn = item["target_group_arn"]
    return Observed(
        address,
        arn,
        {"name": item["target_group_name"]} | pick(item, "vpc_id", *FIXED, *HEALTH_CHECK) | dict(attributes or {}),
        outputs={
            **pick(item, "target_group_arn", "target_group_name"),
            "target_group_full_name": arn.rsplit(":", 1)[1],
        },
        tags=tags,
    )


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "name", "vpc_id", *FIXED, *HEALTH_CHECK)
    # AWS: the same name and settings again answer the same target group, so it may be sent twice.
    yield Call("elbv2", "CreateTargetGroup", params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    arn = {"target_group_arn": identifier(change)}
    health_check = pick(changed(change), *HEALTH_CHECK)
    if health_check:
        yield Call("elbv2", "ModifyTargetGroup", arn | health_check)
    if change.touches(ATTRIBUTES):
        attributes = _elbv2.changed_attributes(change, ATTRIBUTES)
        yield Call("elbv2", "ModifyTargetGroupAttributes", {**arn, "attributes": attributes})


def delete(change: Change) -> Iterator[Call]:
    yield Call("elbv2", "DeleteTargetGroup", {"target_group_arn": identifier(change)})


KIND = Kind(
    name="elbv2.target_group",
    title="Target group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("elasticloadbalancing:targetgroup/*"),
    retag=_elbv2.retag,
    outputs=("target_group_arn", "target_group_name", "target_group_full_name"),
    rules=Rules(create_only=("name", "vpc_id", *FIXED)),
    # AWS: a group in use cannot be deleted, so a replacement stands beside it until listeners and services moved over.
    physical_name=PhysicalName("name", limit=32, suffix_from=FIXED),
    uses=("ec2.vpc",),
)
