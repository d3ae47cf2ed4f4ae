"""`events.rule`: an EventBridge rule, what sets it off and whom it tells. It sends no event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import address_of, identifier, missing_tags, partition, pick, read_all, tag_list, tag_map
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Value,
)

Item = Mapping[str, Any]

DEFAULT_BUS = "default"
MEMBERS = ("name", "event_bus_name", "description", "event_pattern", "schedule_expression", "state", "role_arn")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    answers = yield from read_all([call for resource in resources for call in _reads(resource)])
    found = {}
    for resource, rule, targets, tags in zip(resources, answers[::3], answers[1::3], answers[2::3], strict=True):
        if rule is not None:
            found[resource.address] = _observed(resource.address, rule, targets, tags)
    return found


def _reads(resource: Resource) -> list[Call]:
    name, bus = resource.properties["name"], resource.properties["event_bus_name"]
    path = name if bus == DEFAULT_BUS else f"{bus}/{name}"
    arn = f"arn:{partition(resource.region)}:events:{resource.region}:{resource.account}:rule/{path}"
    return [
        Call("events", "DescribeRule", {"name": name, "event_bus_name": bus}),
        _list_targets(name, bus),
        _read_tags(arn),
    ]


def _list_targets(name: str, bus: str) -> Call:
    return Call("events", "ListTargetsByRule", {"rule": name, "event_bus_name": bus})


def _read_tags(arn: str) -> Call:
    return Call("events", "ListTagsForResource", {"resource_arn": arn})


def _observed(address: Address, rule: Item, targets: Response, tags: Response) -> Observed:
    bus = rule.get("event_bus_name", DEFAULT_BUS)
    live = list((targets or {}).get("targets", ()))
    properties: dict[str, Value] = {"state": "ENABLED", **pick(rule, *MEMBERS), "event_bus_name": bus, "targets": live}
    if "event_pattern" in properties:
        properties["event_pattern"] = from_json(properties["event_pattern"])
    return Observed(
        address,
        rule["arn"],
        properties,
        outputs={"name": rule["name"], "event_bus_name": bus, "arn": rule["arn"]},
        tags=_tags(tags),
    )


def _tags(response: Response) -> dict[str, str]:
    return tag_map((response or {}).get("tags"))


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (listed,) = yield [Call("events", "ListEventBuses")]
    buses = {DEFAULT_BUS, *(bus["name"] for bus in (listed or {}).get("event_buses", ()))}
    answers = yield from read_all([Call("events", "ListRules", {"event_bus_name": bus}) for bus in sorted(buses)])
    # AWS: rules that a service made for itself cannot be changed or deleted.
    rules = [rule for answer in answers for rule in (answer or {}).get("rules", ()) if not rule.get("managed_by")]
    tagged = yield from read_all([_read_tags(rule["arn"]) for rule in rules])
    addressed = [(address_of(_tags(t), scope.stack, KIND.name), rule, t) for rule, t in zip(rules, tagged, strict=True)]
    ours = [(address, rule, tags) for address, rule, tags in addressed if address is not None]
    targets = yield from read_all([_list_targets(rule["name"], rule["event_bus_name"]) for _, rule, _ in ours])
    return [_observed(*each[:2], live, each[2]) for each, live in zip(ours, targets, strict=True)]


def create(change: Change) -> Iterator[Call]:
    yield Call("events", "PutRule", _rule(change.desired) | {"tags": tag_list(change.tags)})
    if change.desired.get("targets"):
        yield _put_targets(change.desired, change.desired["targets"])


def _rule(properties: Properties) -> dict[str, Value]:
    rule = pick(properties, *MEMBERS)
    return rule | ({"event_pattern": to_json(rule["event_pattern"])} if "event_pattern" in rule else {})


def _put_targets(rule: Properties, targets: Sequence[Item]) -> Call:
    return Call("events", "PutTargets", {**_of(rule), "targets": list(targets)})


def _of(rule: Properties) -> dict[str, Value]:
    return {"rule": rule["name"], "event_bus_name": rule["event_bus_name"]}


def update(change: Change) -> Iterator[Call]:
    live = change.observed.properties if change.observed else {}
    if change.touches(*MEMBERS):
        # AWS: the Put replaces the rule (a pattern or schedule the spec gave up goes), and takes no tags here.
        yield Call("events", "PutRule", _rule({**pick(live, "description", "role_arn"), **change.desired}))
    if change.touches("targets"):
        wanted = change.desired["targets"]
        ended = sorted({each["id"] for each in live["targets"]} - {each["id"] for each in wanted})
        if ended:
            yield Call("events", "RemoveTargets", {**_of(live), "ids": ended})
        differing = {field.path[1] for field in change.fields if field.path[0] == "targets" and len(field.path) > 1}
        put = [each for each in wanted if not differing or f"[{each['id']}]" in differing]
        if put:
            yield _put_targets(live, put)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("events", "TagResource", {"resource_arn": identifier(change), "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    # AWS: a rule with targets is not deleted.
    live = change.observed.properties if change.observed else {}
    if live["targets"]:
        yield Call("events", "RemoveTargets", {**_of(live), "ids": sorted(each["id"] for each in live["targets"])})
    yield Call("events", "DeleteRule", pick(live, "name", "event_bus_name"))


KIND = Kind(
    name="events.rule",
    title="Event rule",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("events:rule/*"),
    retag=retag,
    outputs=("name", "event_bus_name", "arn"),
    rules=Rules(
        create_only=("name", "event_bus_name"),
        documents=("event_pattern",),
        keyed={"targets": "id"},
        unordered=(
            "targets[].ecs_parameters.network_configuration.awsvpc_configuration.subnets",
            "targets[].ecs_parameters.network_configuration.awsvpc_configuration.security_groups",
        ),
        exclusive=("targets[].input_transformer.input_paths_map",),
    ),
    identity=("name", "event_bus_name"),
    physical_name=PhysicalName("name", limit=64),
    uses=("sns.topic", "iam.role", "ecs.cluster", "ecs.task_definition", "logs.log_group"),
)
