"""`xray.sampling_rule`: which requests are traced, and how many of them. It reads no trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _xray
from reconciler.kinds.base import address_of, identifier, pick, read, tag_list
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Unlisted,
)

LIST = Call("xray", "GetSamplingRules")
"""AWS: a rule cannot be asked for by name."""
VERSION = 1
"""AWS: the format of rules; there is no other."""

MEMBERS = (
    "rule_name",
    "resource_arn",
    "priority",
    "fixed_rate",
    "reservoir_size",
    "service_name",
    "service_type",
    "host",
    "http_method",
    "url_path",
    "attributes",
    "sampling_rate_boost",
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    if not resources:
        return {}
    names = {resource.properties["rule_name"] for resource in resources}
    rules = _rules((yield from read(LIST)))
    found = yield from _xray.with_tags([each for each in rules if each["rule_name"] in names], "rule_arn")
    live = {rule["rule_name"]: (rule, tags) for rule, tags in found}
    return {
        resource.address: _observed(resource.address, *live[resource.properties["rule_name"]])
        for resource in resources
        if resource.properties["rule_name"] in live
    }


def _rules(response: Response) -> Sequence[_xray.Item]:
    return [record["sampling_rule"] for record in (response or {}).get("sampling_rule_records", ())]


def _observed(address: Address, rule: _xray.Item, tags: Mapping[str, str]) -> Observed:
    return Observed(
        address,
        rule["rule_name"],
        pick(rule, *MEMBERS),
        outputs={"rule_name": rule["rule_name"], "arn": rule["rule_arn"]},
        tags=tags,
        details={"arn": rule["rule_arn"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    rules = _rules((yield from _xray.read_leftovers(LIST)))
    tagged = yield from _xray.with_tags([each for each in rules if each["rule_name"] != _xray.DEFAULT], "rule_arn")
    addressed = [(address_of(tags, scope.stack, KIND.name), rule, tags) for rule, tags in tagged]
    return [_observed(address, rule, tags) for address, rule, tags in addressed if address is not None]


def create(change: Change) -> Iterator[Call]:
    rule = pick(change.desired, *MEMBERS) | {"version": VERSION}
    yield Call("xray", "CreateSamplingRule", {"sampling_rule": rule, "tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    changed = [name for name in MEMBERS if change.touches(name)]
    rule = {"rule_name": identifier(change), **pick(change.desired, *changed)}
    yield Call("xray", "UpdateSamplingRule", {"sampling_rule_update": rule})


def delete(change: Change) -> Iterator[Call]:
    yield Call("xray", "DeleteSamplingRule", {"rule_name": identifier(change)})


KIND = Kind(
    name="xray.sampling_rule",
    title="Sampling rule",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS: the tagging API does not list X-Ray's objects"),
    retag=_xray.retag,
    outputs=("rule_name", "arn"),
    rules=Rules(create_only=("rule_name",), exclusive=("attributes",)),
    identity=("rule_name",),
    physical_name=PhysicalName("rule_name", limit=32),
)
