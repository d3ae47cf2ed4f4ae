"""`elbv2.listener_rule`: what a listener does with the requests that meet some conditions.

A rule is known by its tag, not by its priority, which people renumber. It never takes a place that another's rule has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Refused
from reconciler.kinds import _elbv2
from reconciler.kinds._tagging import candidates
from reconciler.kinds.base import address_of, changed, details, identifier, pick, read_all, tag_list
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Reads,
    Resource,
    Rules,
    Scope,
)

SETTINGS = ("conditions", "actions", "transforms")
SHORT_FORMS = {"host-header": "host_header_config", "path-pattern": "path_pattern_config"}
"""Fields AWS also echoes as `values`."""
END_OF_THE_LIST = range(40_000, 50_000)
"""Where a rule waits for its place: AWS evaluates it after the others until then."""

Live = tuple[_elbv2.Item, _elbv2.Tags]
Place = tuple[str, int]
"""A listener and a priority."""
Details = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = yield from _rules({resource.properties["listener_arn"] for resource in resources})
    places = {r.address: (r.properties["listener_arn"], r.properties["priority"]) for r in resources}
    found = [(resource, match) for resource in resources if (match := _match(resource, live)) is not None]
    return {r.address: _observed(r.address, match, _holder(r, match, live, places)) for r, match in found}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """Of the stack's own load balancers, and of listeners of others on which the tagging API knows rules of ours."""
    balancers = yield from _elbv2.owned(_elbv2.LOAD_BALANCERS, "elbv2.load_balancer", scope)
    calls = [Call("elbv2", "DescribeListeners", pick(item, "load_balancer_arn")) for _, item, _ in balancers]
    tagged = yield from candidates(scope.stack, "elasticloadbalancing:listener-rule")
    responses = yield from read_all(calls)
    listeners = {item["listener_arn"] for response in responses for item in (response or {}).get("listeners", ())}
    listeners |= {_listener_of(arn) for arn in tagged or ()}
    live = yield from _rules(listeners)
    marked = [(address_of(tags, scope.stack, KIND.name), (item, tags)) for item, tags in live]
    return [_observed(address, match, None) for address, match in marked if address is not None]


def _listener_of(rule_arn: str) -> str:
    """`...:listener-rule/app/web/1/2/3` -> `...:listener/app/web/1/2`."""
    return rule_arn.replace(":listener-rule/", ":listener/").rsplit("/", 1)[0]


def _rules(listeners: set[str]) -> Reads[list[Live]]:
    """The rules of listeners, all but the default ones, which are the listeners' own."""
    calls = [Call("elbv2", "DescribeRules", {"listener_arn": arn}) for arn in sorted(listeners)]
    responses = yield from read_all(calls)
    items = [
        {**item, "listener_arn": call.params["listener_arn"]}
        for call, response in zip(calls, responses, strict=True)
        for item in (response or {}).get("rules", ())
        if not item.get("is_default")
    ]
    tags = yield from _elbv2.tags_of([item["rule_arn"] for item in items])
    return [(item, tags[item["rule_arn"]]) for item in items if item["rule_arn"] in tags]


def _match(resource: Resource, live: Sequence[Live]) -> Live | None:
    """The rule that carries our address; or else somebody else's in our place.

    Not one of this stack's own: that one moves or goes, and gives up its place.
    """
    here = [each for each in live if each[0]["listener_arn"] == resource.properties["listener_arn"]]
    ours = {resource.address, resource.renamed_from or resource.address}
    for match in here:
        if address_of(match[1], resource.stack, KIND.name) in ours or match[0]["rule_arn"] == resource.adopt:
            return match
    return next((match for match in here if _is_foreign(match, resource) and _in_place(match, resource)), None)


def _is_foreign(live: Live, resource: Resource) -> bool:
    return live[1].get(STACK_TAG) != resource.stack


def _in_place(live: Live, resource: Resource) -> bool:
    return bool(_priority(live[0]) == resource.properties["priority"])


def _priority(item: _elbv2.Item) -> int:
    """AWS: takes a number and gives back text."""
    return int(item["priority"])


def _holder(resource: Resource, match: Live, live: Sequence[Live], places: Mapping[Address, Place]) -> Details | None:
    """Who else is in the place we are to have, and whether it is to stay there."""
    place = places[resource.address]
    here = ((item, tags) for item, tags in live if (item["listener_arn"], _priority(item)) == place)
    for item, tags in here:
        if item is not match[0]:
            stays = places.get(address_of(tags, resource.stack, KIND.name) or "") == place
            return {
                "arn": item["rule_arn"],
                "address": tags.get(RESOURCE_TAG, ""),
                "stack": tags.get(STACK_TAG),
                "stays": stays,
            }
    return None


def _observed(address: Address, live: Live, holder: Details | None) -> Observed:
    item, tags = live
    return Observed(
        address,
        item["rule_arn"],
        {
            "listener_arn": item["listener_arn"],
            "priority": _priority(item),
            "conditions": [_read_condition(condition) for condition in item.get("conditions", ())],
            "actions": _elbv2.read_actions(item.get("actions", ())),
            "transforms": list(item.get("transforms") or ()),
        },
        outputs=pick(item, "rule_arn", "listener_arn"),
        tags=dict(tags),
        details={"holder": holder},
    )


def _read_condition(condition: _elbv2.Item) -> dict[str, Any]:
    """AWS: echoes `values` and a config for the oldest two fields, or one of them."""
    config = SHORT_FORMS.get(condition["field"])
    told = {name: value for name, value in condition.items() if name not in ("values", "regex_values")}
    return {config: pick(condition, "values", "regex_values"), **told} if config else told


def create(change: Change) -> Iterator[Call]:
    """At the end of the list; the next look moves it to its place.

    A rule that gives that place up in the same run, moved or deleted, need not be gone before.
    """
    params = pick(change.desired, "listener_arn", "conditions", "transforms")
    params |= {"priority": _waiting_place(change.address), "actions": _elbv2.written_actions(change.desired["actions"])}
    # AWS: a second rule in the same place is refused, so it may be sent twice.
    yield Call("elbv2", "CreateRule", params | {"tags": tag_list(change.tags)})


def _waiting_place(address: Address) -> int:
    digest = hashlib.sha256(address.encode()).digest()
    return END_OF_THE_LIST[int.from_bytes(digest[:8]) % len(END_OF_THE_LIST)]


def update(change: Change) -> Iterator[Call]:
    settings = pick(changed(change), *SETTINGS)
    if "actions" in settings:
        settings["actions"] = _elbv2.written_actions(settings["actions"])
    if "transforms" in settings and not settings["transforms"]:
        settings = {name: value for name, value in settings.items() if name != "transforms"} | {
            "reset_transforms": True
        }
    if settings:
        yield Call("elbv2", "ModifyRule", {"rule_arn": identifier(change)} | settings)
    if change.touches("priority"):
        yield Call("elbv2", "SetRulePriorities", {"rule_priorities": _moved(change)})


def _moved(change: Change) -> list[dict[str, Any]]:
    """AWS: a place that is taken is refused, unless its rule moves in the same call; so the two change places."""
    wanted, live = change.desired["priority"], change.observed.properties["priority"] if change.observed else None
    holder = details(change)["holder"]
    if holder is None:
        return [{"rule_arn": identifier(change), "priority": wanted}]
    if holder["stays"] or holder["stack"] != change.tags[STACK_TAG]:
        whose = f"also that of {holder['address']}" if holder["stays"] else f"taken by {holder['arn']} of somebody else"
        raise Refused(f"{change.address}: priority {wanted} is {whose}", help="choose another priority")
    return [{"rule_arn": identifier(change), "priority": wanted}, {"rule_arn": holder["arn"], "priority": live}]


def delete(change: Change) -> Iterator[Call]:
    yield Call("elbv2", "DeleteRule", {"rule_arn": identifier(change)})


KIND = Kind(
    name="elbv2.listener_rule",
    title="Listener rule",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("elasticloadbalancing:listener-rule/*"),
    retag=_elbv2.retag,
    outputs=("rule_arn", "listener_arn"),
    rules=Rules(
        create_only=("listener_arn",),
        unordered=(
            "conditions",
            "conditions[].host_header_config.values",
            "conditions[].host_header_config.regex_values",
            "conditions[].path_pattern_config.values",
            "conditions[].path_pattern_config.regex_values",
            "conditions[].http_header_config.values",
            "conditions[].http_header_config.regex_values",
            "conditions[].query_string_config.values",
            "conditions[].http_request_method_config.values",
            "conditions[].source_ip_config.values",
        ),
        keyed={"actions[].forward_config.target_groups": "target_group_arn"},
    ),
    identity=("listener_arn",),
    uses=("elbv2.listener", "elbv2.target_group"),
)
