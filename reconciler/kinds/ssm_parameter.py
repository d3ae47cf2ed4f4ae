"""`ssm.parameter`: a value the application or an operator looks up by name.

A secure one is filled from a secret at the moment of the write: it is never read back, never compared and never in a
spec. AWS shows a change in one call before the other, so a parameter is waited for until both show the same version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Refused
from reconciler.kinds._policy import to_json
from reconciler.kinds.base import (
    address_of,
    chunks,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
)
from reconciler.model import (
    READY,
    STACK_TAG,
    Address,
    Call,
    Change,
    FromSecret,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Value,
    waiting,
)

DESCRIBED = ("description", "tier", "allowed_pattern", "data_type", "key_id")
WRITTEN = ("type", *DESCRIBED)
BY_AWS = "Intelligent-Tiering"


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    wanted = {resource.properties["name"]: resource for resource in resources}
    names = sorted(wanted)
    values = yield from _listed([_get(part) for part in chunks(names, 10)])
    described = yield from _listed([_describe("Name", part) for part in chunks(names, 50)])
    tags = yield from read_all([_tags(name) for name in values])
    return {
        wanted[name].address: _observed(
            wanted[name].address,
            {**described.get(name, {"version": 0}), **_value(values[name]), "live_version": values[name]["version"]},
            tag_map(answer.get("tag_list")),
            wanted[name].properties.get("tier"),
        )
        for name, answer in zip(values, tags, strict=True)
        if answer is not None  # else deleted in between
    }


def _listed(calls: Sequence[Call]) -> Reads[dict[str, Properties]]:
    answers = yield from read_all(calls)
    return {each["name"]: each for answer in answers for each in (answer or {}).get("parameters", ())}


def _get(names: Sequence[str]) -> Call:
    # AWS: a secure value comes encrypted, and takes no permission to decrypt.
    return Call("ssm", "GetParameters", {"names": list(names), "with_decryption": False})


def _describe(key: str, values: Sequence[str]) -> Call:
    filters = [{"key": key, "option": "Equals", "values": list(values)}]
    # AWS: describes ten at a time unless it is told otherwise.
    return Call("ssm", "DescribeParameters", {"max_results": 50, "parameter_filters": filters})


def _tags(name: str) -> Call:
    return Call("ssm", "ListTagsForResource", {"resource_type": "Parameter", "resource_id": name})


def _value(parameter: Properties) -> dict[str, Value]:
    hidden = parameter["type"] == "SecureString"
    return pick(parameter, "name", "arn", "type", "data_type") | ({} if hidden else pick(parameter, "value"))


def _observed(address: Address, live: Properties, tags: Mapping[str, str], tier: Value) -> Observed:
    properties: dict[str, Any] = pick(live, "name", "value", *WRITTEN)
    if tier == BY_AWS and "tier" in live:  # AWS: shows what it chose, and forgets that it was to choose.
        properties["tier"] = BY_AWS
    properties["policies"] = [json.loads(policy["policy_text"]) for policy in live.get("policies") or ()]
    behind = live["live_version"] != live["version"]
    return Observed(
        address,
        live["name"],
        properties,
        outputs=pick(live, "name", "arn"),
        tags=tags,
        status=waiting("AWS does not show its last change everywhere yet") if behind else READY,
        details=pick(live, "tier"),
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    listed = (yield from read(_describe(f"tag:{STACK_TAG}", [scope.stack]))) or {}
    parameters: Sequence[Properties] = listed.get("parameters", ())
    answers: Sequence[Response] = yield from read_all([_tags(each["name"]) for each in parameters])
    found = []
    for parameter, answer in zip(parameters, answers, strict=True):
        tags = tag_map((answer or {}).get("tag_list"))
        address = address_of(tags, scope.stack, KIND.name)
        if address is not None:
            same = {**parameter, "live_version": parameter["version"]}
            found.append(_observed(address, same, tags, None))
    return found


def create(change: Change) -> Iterator[Call]:
    yield Call("ssm", "PutParameter", _params(change.desired) | {"tags": tag_list(change.tags)})


def _params(desired: Properties) -> dict[str, Value]:
    secret = desired.get("value_from")
    value = FromSecret(secret["secret_arn"], secret.get("key")) if secret else desired["value"]
    policies = {"policies": to_json(desired["policies"])} if desired.get("policies") is not None else {}
    return {"name": desired["name"], "value": value, **pick(desired, *WRITTEN), **policies}


def update(change: Change) -> Iterator[Call]:
    """AWS: a Put takes the whole parameter, and refuses tags where it overwrites one."""
    live = change.observed.properties if change.observed else {}
    actual = change.observed.details.get("tier") if change.observed else None
    if change.desired.get("tier") == "Standard" and actual == "Advanced":
        raise Refused(
            f"{identifier(change)} is an advanced parameter, and AWS never makes one standard again",
            help="write `tier: Advanced`, or give it another name",
        )
    yield Call("ssm", "PutParameter", {**pick(live, *DESCRIBED), **_params(change.desired), "overwrite": True})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        params = {"resource_type": "Parameter", "resource_id": identifier(change), "tags": tag_list(tags)}
        yield Call("ssm", "AddTagsToResource", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("ssm", "DeleteParameter", {"name": identifier(change)})


KIND = Kind(
    name="ssm.parameter",
    title="SSM parameter",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ssm:parameter/*"),
    retag=retag,
    outputs=("name", "arn"),
    rules=Rules(create_only=("name", "type"), unordered=("policies",), write_only=("value_from",)),
    identity=("name",),
    physical_name=PhysicalName("name", limit=900, template="/{stack}/{name}"),
    uses=("kms.key", "secretsmanager.secret"),
    patience=Patience("seconds", minutes=3),
)
