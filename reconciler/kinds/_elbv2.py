"""What the ELB kinds share: finding objects by name, their tags, attribute bags and actions.

AWS answers neither tags nor attributes with the objects themselves. It never writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.base import address_of, chunks, identifier, missing_tags, read, read_all, tag_list, tag_map
from reconciler.model import Address, Call, Change, Reads, Resource, Scope, Value

Item = Mapping[str, Any]
Tags = Mapping[str, str]

TAGGED_AT_ONCE = 20
"""AWS: DescribeTags takes that many ARNs."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How ELB lists one type: `DescribeLoadBalancers` answers `load_balancers`, each with an ARN and a name."""

    operation: str
    items: str
    arn: str
    name: str


LOAD_BALANCERS = Listing(
    "DescribeLoadBalancers", items="load_balancers", arn="load_balancer_arn", name="load_balancer_name"
)
TARGET_GROUPS = Listing("DescribeTargetGroups", items="target_groups", arn="target_group_arn", name="target_group_name")


def everything(listing: Listing) -> Reads[list[tuple[Item, Tags]]]:
    """All objects of the type in the region, with their tags.

    AWS: asked for several names, it answers nothing if one of them does not exist, and it cannot filter by tag; so all
    are read, by calls that `observe` and `owned` share.
    """
    response = yield from read(Call("elbv2", listing.operation))
    items: Sequence[Item] = (response or {}).get(listing.items, ())
    tags = yield from tags_of([item[listing.arn] for item in items])
    return [(item, tags[item[listing.arn]]) for item in items if item[listing.arn] in tags]


def find(listing: Listing, resources: Sequence[Resource]) -> Reads[dict[Address, tuple[Item, Tags]]]:
    """Live objects by address: by their name, or by the ARN a resource adopts. Whose they are is not asked here."""
    live = yield from everything(listing)
    by_name = {item[listing.name]: (item, tags) for item, tags in live}
    by_arn = {item[listing.arn]: (item, tags) for item, tags in live}
    found = {}
    for resource in resources:
        match = by_arn.get(resource.adopt) if isinstance(resource.adopt, str) else None
        match = match or by_name.get(resource.properties["name"])
        if match is not None:
            found[resource.address] = match
    return found


def owned(listing: Listing, kind: str, scope: Scope) -> Reads[list[tuple[Address, Item, Tags]]]:
    """What carries the stack's tag."""
    live = yield from everything(listing)
    marked = [(address_of(tags, scope.stack, kind), item, tags) for item, tags in live]
    return [(address, item, tags) for address, item, tags in marked if address is not None]


# --- tags -----------------------------------------------------------------------------------------------------------


def tags_of(arns: Sequence[str]) -> Reads[dict[str, dict[str, str]]]:
    """Tags by ARN; what was deleted in the meantime is left out."""
    parts = list(chunks(sorted(arns), TAGGED_AT_ONCE))
    responses = yield from read_all([_tags_call(part) for part in parts])
    # AWS: one ARN that is gone fails the call for all of them.
    alone = [arn for part, response in zip(parts, responses, strict=True) if response is None for arn in part]
    responses = [*responses, *(yield from read_all([_tags_call([arn]) for arn in alone]))]
    return {
        described["resource_arn"]: tag_map(described.get("tags"))
        for response in responses
        for described in (response or {}).get("tag_descriptions", ())
    }


def _tags_call(arns: Sequence[str]) -> Call:
    return Call("elbv2", "DescribeTags", {"resource_arns": list(arns)})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("elbv2", "AddTags", {"resource_arns": [identifier(change)], "tags": tag_list(tags)})


# --- attribute bags -------------------------------------------------------------------------------------------------

TEXTS = (".bucket", ".prefix", ".cookie_name", ".header_name", ".header_value")
"""Endings of attributes that are text even where the text looks like a number."""


def attributes(response: Mapping[str, Any] | None) -> dict[str, Value]:
    """An attribute bag as a map. AWS has text only; the spec has booleans and numbers."""
    listed = (response or {}).get("attributes", ())
    return {each["key"]: _typed(each["key"], each.get("value", "")) for each in listed}


def _typed(key: str, text: str) -> Value:
    if key.endswith(TEXTS):
        return text
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text


def changed_attributes(change: Change, name: str) -> list[dict[str, str]]:
    """Those of the declared attributes that differ, as AWS takes them; others keep their values."""
    live = change.observed.properties.get(name, {}) if change.observed else {}
    desired: Mapping[str, Value] = change.desired[name]
    return [{"key": key, "value": _text(value)} for key, value in desired.items() if live.get(key) != value]


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- actions --------------------------------------------------------------------------------------------------------

REDIRECT = {"protocol": "#{protocol}", "port": "#{port}", "host": "#{host}", "path": "/#{path}", "query": "#{query}"}
"""What a redirect keeps of the request where it says nothing."""


def read_actions(actions: Sequence[Item]) -> list[dict[str, Any]]:
    """Live actions in their order, with everything AWS fills in; forwarding to one group reads in both its forms."""
    ordered = sorted(enumerate(actions), key=lambda each: (each[1].get("order") or 0, each[0]))
    return [_read_action(action, position) for position, (_, action) in enumerate(ordered, start=1)]


def _read_action(action: Item, position: int) -> dict[str, Any]:
    complete = {"order": position, **action}
    if action["type"] == "redirect":
        complete["redirect_config"] = REDIRECT | action.get("redirect_config", {})
    if action["type"] == "forward":
        complete |= _read_forward(action)
    return complete


def _read_forward(action: Item) -> dict[str, Any]:
    """AWS: `target_group_arn` and a `forward_config` of one group mean the same, and it echoes both, or one."""
    arn = action.get("target_group_arn")
    config = action.get("forward_config") or {"target_groups": [{"target_group_arn": arn}]}
    groups = [{"weight": 1, **group} for group in config.get("target_groups", ())]
    stickiness = config.get("target_group_stickiness_config", {"enabled": False})
    forward = {"forward_config": {"target_groups": groups, "target_group_stickiness_config": stickiness}}
    return forward | {"target_group_arn": groups[0]["target_group_arn"]} if len(groups) == 1 else forward


def written_actions(actions: Sequence[Item]) -> list[dict[str, Any]]:
    """Declared actions as calls take them. AWS: several need an order."""
    if len(actions) == 1:
        return [dict(actions[0])]
    return [{"order": position, **action} for position, action in enumerate(actions, start=1)]
