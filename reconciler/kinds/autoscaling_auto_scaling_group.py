"""`autoscaling.auto_scaling_group`: how many EC2 instances there are, where, and what they are started from.

With `instance_refresh`, instances of an older template version are replaced; without it they stay. A group is emptied
before it is deleted, so that what runs on it can end. It never touches the tags AWS itself puts on a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Unimplemented
from reconciler.kinds import _auto_scaling_groups
from reconciler.kinds.base import address_of, chunks, details, identifier, missing_tags, pick, read_all, tag_map
from reconciler.model import (
    READY,
    Address,
    Band,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    Unlisted,
    Value,
    stalled,
    waiting,
)

Item = _auto_scaling_groups.Item

SIZES = ("min_size", "max_size", "desired_capacity")
MODIFIABLE = (
    "launch_template",
    "mixed_instances_policy",
    *SIZES,
    "default_cooldown",
    "health_check_type",
    "health_check_grace_period",
    "placement_group",
    "vpc_zone_identifier",
    "termination_policies",
    "new_instances_protected_from_scale_in",
    "service_linked_role_arn",
    "max_instance_lifetime",
    "capacity_rebalance",
    "default_instance_warmup",
    "instance_maintenance_policy",
    "deletion_protection",
)
CREATED = ("auto_scaling_group_name", *MODIFIABLE, "target_group_arns")
MANAGED_BY_ECS = "AmazonECSManaged"
"""AWS: the tag that ECS puts on the group of a capacity provider."""
PROTECTED_AT_ONCE = 50
"""AWS: instances in one SetInstanceProtection."""
UNDER_WAY = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")


# --- reading ----------------------------------------------------------------------------------------------------------


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    """Replacements are read before the groups: one that ends in between would seem to have replaced nothing."""
    wanted = {str(resource.properties["auto_scaling_group_name"]): resource for resource in resources}
    refreshed = [name for name in sorted(wanted) if wanted[name].properties.get("instance_refresh")]
    last = yield from _last_refreshes(refreshed)
    found = {}
    for group in (yield from _auto_scaling_groups.named(sorted(wanted))):
        name = group["auto_scaling_group_name"]
        address, desired = wanted[name].address, wanted[name].properties
        found[address] = _observed(address, group, desired, last.get(name))
    return found


def _last_refreshes(groups: Sequence[str]) -> Reads[Mapping[str, Item]]:
    """The latest replacement of instances in each group; AWS tells it first."""
    calls = [Call("autoscaling", "DescribeInstanceRefreshes", {"auto_scaling_group_name": name}) for name in groups]
    try:
        answers = yield from read_all(calls)
    except Unimplemented:  # emulators without them
        return {}
    told = [(answer or {}).get("instance_refreshes") for answer in answers]
    return {name: refreshes[0] for name, refreshes in zip(groups, told, strict=True) if refreshes}


def _outdated(group: Item) -> bool:
    """Is an instance of another template or version than the group's? Of `$Default` or several, nobody can tell."""
    mixed = (group.get("mixed_instances_policy") or {}).get("launch_template") or {}
    several = any(each.get("launch_template_specification") for each in mixed.get("overrides") or ())
    wanted = _version(mixed.get("launch_template_specification") or group.get("launch_template"))
    if several or not wanted[1].isdigit():
        return False
    return any(_version(instance.get("launch_template")) != wanted for instance in _staying(group))


def _version(specification: Item | None) -> tuple[str, str]:
    found = specification or {}
    return str(found.get("launch_template_id", "")), str(found.get("version", ""))


def _staying(group: Item) -> list[Item]:
    leaving = ("Terminat", "Detach")
    return [each for each in group.get("instances") or () if not each["lifecycle_state"].startswith(leaving)]


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    groups = yield from _auto_scaling_groups.of_stack(scope.stack)
    addresses = [(address_of(tag_map(group.get("tags")), scope.stack, KIND.name), group) for group in groups]
    return [_observed(address, group, {}, None) for address, group in addresses if address]


def _observed(address: Address, group: Item, desired: Properties, refresh: Item | None) -> Observed:
    properties = pick(group, *CREATED)
    if "mixed_instances_policy" in properties:
        properties.pop("launch_template", None)
    properties["vpc_zone_identifier"] = [each for each in group.get("vpc_zone_identifier", "").split(",") if each]
    latest = refresh or {}
    outdated = _outdated(group) and latest.get("status") not in UNDER_WAY
    properties |= {} if outdated else pick(desired, "instance_refresh")
    return Observed(
        address,
        group["auto_scaling_group_name"],
        properties,
        outputs={
            "auto_scaling_group_name": group["auto_scaling_group_name"],
            "auto_scaling_group_arn": group["auto_scaling_group_arn"],
        },
        tags=tag_map(group.get("tags")),
        status=_status(group, latest, outdated),
        details=_details(group),
    )


def _details(group: Item) -> dict[str, Any]:
    instances = group.get("instances") or ()
    return {
        "is_going": bool(group.get("status")),
        "sizes": pick(group, *SIZES),
        "states": [instance["lifecycle_state"] for instance in instances],
        "protected": [each["instance_id"] for each in instances if each.get("protected_from_scale_in")],
        "is_of_ecs": any(tag["key"] == MANAGED_BY_ECS for tag in group.get("tags") or ()),
        "targets": list(group.get("target_group_arns") or ()),
        "is_guarded": group.get("deletion_protection", "none") != "none",
    }


def _status(group: Item, refresh: Item, outdated: bool) -> Status:
    if group.get("status"):
        return waiting("it is being deleted")
    if refresh.get("status") in UNDER_WAY:
        return waiting(f"instances are being replaced, {refresh.get('percentage_complete', 0)}% done")
    if outdated and refresh.get("status", "Successful") != "Successful":
        return stalled(f"replacing the instances ended as {refresh['status']}: {refresh.get('status_reason', '')}")
    serving = sum(instance["lifecycle_state"] == "InService" for instance in group.get("instances") or ())
    wanted = group.get("desired_capacity", 0)
    return READY if serving >= wanted else waiting(f"{serving} of {wanted} instances are in service")


# --- writing ----------------------------------------------------------------------------------------------------------


def create(change: Change) -> Iterator[Call]:
    params = _params(pick(change.desired, *CREATED))
    yield Call("autoscaling", "CreateAutoScalingGroup", params | {"tags": _tags(change.tags)})


def _params(properties: Properties) -> dict[str, Value]:
    """As AWS takes them. A size that others decide is left to them: a new group begins with its smallest."""
    params = {name: value for name, value in properties.items() if not isinstance(value, Band)}
    if isinstance(params.get("vpc_zone_identifier"), list | tuple):
        # AWS: a list in one string.
        params["vpc_zone_identifier"] = ",".join(map(str, params["vpc_zone_identifier"]))
    return params


def _tags(tags: Mapping[str, str]) -> list[dict[str, Value]]:
    return [{"key": name, "value": tags[name], "propagate_at_launch": True} for name in sorted(tags)]


def update(change: Change) -> Iterator[Call]:
    name = {"auto_scaling_group_name": identifier(change)}
    params = _params({each: change.desired[each] for each in MODIFIABLE if change.touches(each)})
    params |= _back_in_band(change)
    if params:
        yield Call("autoscaling", "UpdateAutoScalingGroup", name | params)
    if change.touches("target_group_arns"):
        yield from _retarget(change)
    if change.touches("instance_refresh"):
        preferences = change.desired["instance_refresh"]
        yield Call("autoscaling", "StartInstanceRefresh", {**name, "preferences": preferences})


def _back_in_band(change: Change) -> dict[str, Value]:
    """The nearest size the band allows, where the live one is outside."""
    band = change.desired.get("desired_capacity")
    if not isinstance(band, Band) or not change.touches("desired_capacity"):
        return {}
    live = details(change)["sizes"].get("desired_capacity", 0)
    nearest = band.low if band.low is not None and live < band.low else band.high
    return {} if nearest is None else {"desired_capacity": int(nearest)}


def _retarget(change: Change) -> Iterator[Call]:
    name, wanted, live = identifier(change), change.desired["target_group_arns"], details(change)["targets"]
    for operation, arns in (
        ("AttachLoadBalancerTargetGroups", [arn for arn in wanted if arn not in live]),
        ("DetachLoadBalancerTargetGroups", [arn for arn in live if arn not in wanted]),
    ):
        if arns:
            yield Call("autoscaling", operation, {"auto_scaling_group_name": name, "target_group_arns": arns})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        where = {"resource_id": identifier(change), "resource_type": "auto-scaling-group"}
        yield Call("autoscaling", "CreateOrUpdateTags", {"tags": [tag | where for tag in _tags(tags)]})


def delete(change: Change) -> Iterator[Call]:
    """First no instances, then no group; nothing while they go."""
    name, known = {"auto_scaling_group_name": identifier(change)}, details(change)
    if known["is_going"]:
        return
    if known["is_guarded"]:
        yield Call("autoscaling", "UpdateAutoScalingGroup", name | {"deletion_protection": "none"})
    for some in chunks(known["protected"], PROTECTED_AT_ONCE):
        params = {"instance_ids": list(some), "protected_from_scale_in": False}
        yield Call("autoscaling", "SetInstanceProtection", name | params)
    if any(known["sizes"].values()):
        yield Call("autoscaling", "UpdateAutoScalingGroup", name | dict.fromkeys(SIZES, 0))
    elif not known["states"]:
        yield Call("autoscaling", "DeleteAutoScalingGroup", name)
    elif known["is_of_ecs"] and all(state == "Terminating:Wait" for state in known["states"]):
        # AWS: ECS has its instances wait until their tasks have moved, and with the capacity provider gone nobody
        # tells them to go on.
        yield Call("autoscaling", "DeleteAutoScalingGroup", name | {"force_delete": True})


KIND = Kind(
    name="autoscaling.auto_scaling_group",
    title="Auto Scaling group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS: the tagging API answers nothing about Auto Scaling groups"),
    retag=retag,
    outputs=("auto_scaling_group_name", "auto_scaling_group_arn"),
    rules=Rules(
        create_only=("auto_scaling_group_name",),
        unordered=("vpc_zone_identifier", "target_group_arns"),
    ),
    identity=("auto_scaling_group_name",),
    physical_name=PhysicalName("auto_scaling_group_name", limit=255),
    uses=("ec2.launch_template", "ec2.subnet", "elbv2.target_group"),
    patience=Patience("2-10 minutes", minutes=60),
    changes_while_waiting=True,
)
