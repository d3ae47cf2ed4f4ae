"""`rds.db_parameter_group`: the settings of a database engine.

Only the parameters the spec names are read and set. Taking one out of the spec leaves it as it is: AWS does not say
which of its hundreds of parameters were once ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _rds, _rds_changes
from reconciler.kinds.base import address_of, chunks, details, identifier, pick, read_all, tag_list
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
)

DESCRIBE = Call("rds", "DescribeDBParameterGroups")
FILTERED = 100
"""Names in one parameter-name filter."""
MODIFIED = 20
"""AWS: takes at most 20 parameters in one call."""

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    (response,) = yield [DESCRIBE]
    groups = _by_name(response)
    live = [(r, groups[_name_of(r)]) for r in resources if _name_of(r) in groups]
    asked = [(group, call) for r, group in live for call in _parameter_calls(r, group)]
    tag_calls = [_rds.tag_call(_arn(group)) for _, group in live]
    responses = yield from read_all([*tag_calls, *(call for _, call in asked)])
    tags = {_arn(group): _rds.tags_in(found) for (_, group), found in zip(live, responses, strict=False)}
    parameters: dict[str, list[Item]] = {_arn(group): [] for _, group in live}
    for (group, _), found in zip(asked, responses[len(tag_calls) :], strict=True):
        parameters[_arn(group)] += (found or {}).get("parameters", ())
    return {
        r.address: _observed(r.address, group, tags[_arn(group)], _declared(r, parameters[_arn(group)]))
        for r, group in live
    }


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    (response,) = yield [DESCRIBE]
    groups = [group for name, group in _by_name(response).items() if not name.startswith("default.")]
    tags = yield from _rds.tags_of([_arn(group) for group in groups])
    addresses = [(address_of(tags[_arn(group)], scope.stack, KIND.name), group) for group in groups]
    return [_observed(address, group, tags[_arn(group)], []) for address, group in addresses if address]


def _name_of(resource: Resource) -> str:
    return _rds.named(resource, "db_parameter_group_name")


def _arn(group: Item) -> str:
    return str(group["db_parameter_group_arn"])


def _by_name(response: Response) -> dict[str, Item]:
    return {group["db_parameter_group_name"]: group for group in (response or {}).get("db_parameter_groups", ())}


def _parameter_calls(resource: Resource, group: Item) -> list[Call]:
    names = sorted(resource.properties.get("parameters") or {})
    return [
        Call(
            "rds",
            "DescribeDBParameters",
            {
                "db_parameter_group_name": group["db_parameter_group_name"],
                "filters": [{"name": "parameter-name", "values": list(some)}],
            },
        )
        for some in chunks(names, FILTERED)
    ]


def _declared(resource: Resource, parameters: Sequence[Item]) -> list[Item]:
    names = resource.properties.get("parameters") or {}
    return [parameter for parameter in parameters if parameter["parameter_name"] in names]


def _observed(address: Address, group: Item, tags: Mapping[str, str], parameters: Sequence[Item]) -> Observed:
    values = {p["parameter_name"]: p["parameter_value"] for p in parameters if p.get("parameter_value") is not None}
    return Observed(
        address,
        group["db_parameter_group_name"],
        pick(group, "db_parameter_group_name", "db_parameter_group_family", "description") | {"parameters": values},
        outputs=pick(group, "db_parameter_group_name", "db_parameter_group_arn", "db_parameter_group_family"),
        tags=tags,
        details={
            "arn": _arn(group),
            "apply_types": {p["parameter_name"]: p.get("apply_type", "static") for p in parameters},
        },
    )


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "db_parameter_group_name", "db_parameter_group_family", "description")
    yield Call("rds", "CreateDBParameterGroup", params | {"tags": tag_list(change.tags)})
    yield from _modifications(params["db_parameter_group_name"], change.desired.get("parameters") or {}, {})


def update(change: Change) -> Iterator[Call]:
    names = {field.path[1] for field in change.fields if field.path[0] == "parameters"}
    values = {name: value for name, value in change.desired.get("parameters", {}).items() if name in names}
    yield from _modifications(identifier(change), values, details(change)["apply_types"])


def _modifications(group: str, values: Properties, apply_types: Mapping[str, str]) -> Iterator[Call]:
    # AWS: `immediate` is refused for static parameters; `pending-reboot` is right for all of a group nobody uses yet.
    parameters = [
        {
            "parameter_name": name,
            "parameter_value": values[name],
            "apply_method": "immediate" if apply_types.get(name) == "dynamic" else "pending-reboot",
        }
        for name in sorted(values)
    ]
    for some in chunks(parameters, MODIFIED):
        yield Call("rds", "ModifyDBParameterGroup", {"db_parameter_group_name": group, "parameters": list(some)})


def delete(change: Change) -> Iterator[Call]:
    yield Call("rds", "DeleteDBParameterGroup", {"db_parameter_group_name": identifier(change)})


KIND = Kind(
    name="rds.db_parameter_group",
    title="Database parameter group",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("rds:pg:*"),
    retag=_rds_changes.retag,
    outputs=("db_parameter_group_name", "db_parameter_group_arn", "db_parameter_group_family"),
    rules=Rules(
        create_only=("db_parameter_group_name", "db_parameter_group_family"),
        case_insensitive=("db_parameter_group_name",),
        write_only=("description",),
    ),
    # A major upgrade needs a group of another family beside the old one, which goes when its database has moved over.
    physical_name=PhysicalName(
        "db_parameter_group_name", limit=255, lower=True, suffix_from=("db_parameter_group_family",)
    ),
)
