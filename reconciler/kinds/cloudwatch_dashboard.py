"""`cloudwatch.dashboard`: graphs of metrics, alarms and logs on one page. It reads no metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _cloudwatch
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import address_of, identifier, partition, read, read_all, tag_list
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
    Value,
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    calls = [call for resource in resources for call in _reads(_name(resource), _arn(resource))]
    answers = yield from read_all(calls)
    found = {}
    for resource, dashboard, tags in zip(resources, answers[::2], answers[1::2], strict=True):
        if dashboard is not None:
            found[resource.address] = _observed(resource.address, dashboard, tags)
    return found


def _name(resource: Resource) -> str:
    return str(resource.properties["dashboard_name"])


def _arn(resource: Resource) -> str:
    """AWS: dashboards belong to no region."""
    return f"arn:{partition(resource.region)}:cloudwatch::{resource.account}:dashboard/{_name(resource)}"


def _reads(name: str, arn: str) -> list[Call]:
    return [Call("cloudwatch", "GetDashboard", {"dashboard_name": name}), _cloudwatch.read_tags(arn)]


def _observed(address: Address, dashboard: Mapping[str, Value], tags: Response) -> Observed:
    name, arn = dashboard["dashboard_name"], dashboard["dashboard_arn"]
    return Observed(
        address,
        name,
        {"dashboard_name": name, "dashboard_body": from_json(dashboard.get("dashboard_body"))},
        outputs={"dashboard_name": name, "arn": arn},
        tags=_cloudwatch.tags_of(tags),
        details={"arn": arn},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    listed = yield from read(Call("cloudwatch", "ListDashboards"))
    dashboards = (listed or {}).get("dashboard_entries", ())
    answers = yield from read_all([_cloudwatch.read_tags(each["dashboard_arn"]) for each in dashboards])
    found = []
    for dashboard, tags in zip(dashboards, answers, strict=True):
        address = address_of(_cloudwatch.tags_of(tags), scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, dashboard, tags))
    return found


def create(change: Change) -> Iterator[Call]:
    yield Call("cloudwatch", "PutDashboard", _put(change) | {"tags": tag_list(change.tags)})


def _put(change: Change) -> dict[str, Value]:
    desired = change.desired
    return {"dashboard_name": desired["dashboard_name"], "dashboard_body": to_json(desired["dashboard_body"])}


def update(change: Change) -> Iterator[Call]:
    # AWS: the Put replaces the whole dashboard, and takes no tags for one that exists.
    yield Call("cloudwatch", "PutDashboard", _put(change))


def delete(change: Change) -> Iterator[Call]:
    yield Call("cloudwatch", "DeleteDashboards", {"dashboard_names": [identifier(change)]})


KIND = Kind(
    name="cloudwatch.dashboard",
    title="Dashboard",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS does not say that its tagging API lists dashboards"),
    retag=_cloudwatch.retag,
    outputs=("dashboard_name", "arn"),
    rules=Rules(create_only=("dashboard_name",), documents=("dashboard_body",)),
    identity=("dashboard_name",),
    physical_name=PhysicalName("dashboard_name", limit=255),
    uses=("cloudwatch.metric_alarm", "cloudwatch.composite_alarm"),
)
