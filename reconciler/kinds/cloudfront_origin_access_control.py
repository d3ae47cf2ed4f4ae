"""`cloudfront.origin_access_control`: how a distribution signs its requests to a private origin.

AWS cannot tag it, so it is ours by its name, which begins with the stack's and an underscore: no stack name has one,
so those of `demo-staging` are never taken for those of `demo`. It gives nobody access: that is the bucket's policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds._cloudfront import call
from reconciler.kinds.base import details, identifier, pick, read, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Scope,
    Unlisted,
)

SETTINGS = ("name", "description", "signing_protocol", "signing_behavior", "origin_access_control_origin_type")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    listed = yield from _listed()
    matches = [(resource, item) for resource in resources for item in listed if _is_meant(resource, item)]
    answers = yield from _read([item["id"] for _, item in matches])
    found = {}
    for resource, item in matches:
        answer = answers[item["id"]]
        if answer is not None:
            ours = item["name"].startswith(_prefix(resource.stack)) or bool(resource.adopt)
            found[resource.address] = _observed(resource.address, answer, resource.stack if ours else None)
    return found


def _is_meant(resource: Resource, item: Mapping[str, Any]) -> bool:
    if isinstance(resource.adopt, str):
        return bool(item["id"] == resource.adopt)
    return bool(item["name"] == resource.properties["name"])


def _listed() -> Reads[list[Mapping[str, Any]]]:
    response = yield from read(call("ListOriginAccessControls"))
    return (response or {}).get("origin_access_control_list", {}).get("items") or []


def _read(ids: Sequence[str]) -> Reads[dict[str, Properties | None]]:
    """Each by itself: the list leaves out the ETag every write needs."""
    answers = yield from read_all([call("GetOriginAccessControl", {"id": each}) for each in ids])
    return dict(zip(ids, answers, strict=True))


def _prefix(stack: str) -> str:
    return f"{stack}_"


def _observed(address: Address, answer: Properties, stack: str | None) -> Observed:
    """`stack` is None for one that is nobody's."""
    control = answer["origin_access_control"]
    return Observed(
        address,
        control["id"],
        pick(control["origin_access_control_config"], *SETTINGS),
        outputs={"id": control["id"]},
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if stack else {},
        details=pick(answer, "e_tag"),
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    prefix = _prefix(scope.stack)
    names = {item["id"]: item["name"] for item in (yield from _listed()) if item["name"].startswith(prefix)}
    answers = yield from _read(list(names))
    return [
        _observed(f"{KIND.name}/{names[each].removeprefix(prefix)}", answer, scope.stack)
        for each, answer in answers.items()
        if answer is not None
    ]


def create(change: Change) -> Iterator[Call]:
    config = pick(change.desired, *SETTINGS)
    yield call("CreateOriginAccessControl", {"origin_access_control_config": config})


def update(change: Change) -> Iterator[Call]:
    live = change.observed.properties if change.observed else {}
    # AWS: an update replaces all of it.
    config = pick({**live, **change.desired}, *SETTINGS)
    yield call("UpdateOriginAccessControl", {**_version(change), "origin_access_control_config": config})


def delete(change: Change) -> Iterator[Call]:
    yield call("DeleteOriginAccessControl", _version(change))


def _version(change: Change) -> dict[str, Any]:
    return {"id": identifier(change), "if_match": details(change)["e_tag"]}


KIND = Kind(
    name="cloudfront.origin_access_control",
    title="Origin access control",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS cannot tag it: its name says whose it is"),
    outputs=("id",),
    identity=("name",),
    physical_name=PhysicalName("name", limit=64, template="{stack}_{name}"),
)
