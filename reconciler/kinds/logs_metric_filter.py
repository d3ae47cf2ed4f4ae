"""`logs.metric_filter`: a metric counted from the lines of a log group. It never reads a log event.

AWS has no tags for it, so it is ours where its log group is, or by its name, which begins with the stack's and an
underscore: no stack name has one, so the filters of `demo-staging` are never taken for those of `demo`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import arn, identifier, pick, read, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
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

Item = Mapping[str, Any]

MEMBERS = (
    "log_group_name",
    "filter_name",
    "filter_pattern",
    "metric_transformations",
    "apply_on_transformed_logs",
    "field_selection_criteria",
    "emit_system_field_dimensions",
)


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    answers = yield from read_all([call for resource in resources for call in _reads(resource)])
    found = {}
    for resource, filters, tags in zip(resources, answers[::2], answers[1::2], strict=True):
        live = _exact(filters, resource.properties["filter_name"])
        if live is not None:
            stack = resource.stack if _is_ours(resource, tags) else None
            found[resource.address] = _observed(resource.address, live, stack)
    return found


def _reads(resource: Resource) -> list[Call]:
    """All filters of its group, which the group's other filters ask for too, and the group's tags."""
    group = resource.properties["log_group_name"]
    return [
        Call("logs", "DescribeMetricFilters", {"log_group_name": group}),
        Call("logs", "ListTagsForResource", {"resource_arn": arn("logs", resource, f"log-group:{group}")}),
    ]


def _exact(response: Response, name: str) -> Item | None:
    filters = (response or {}).get("metric_filters", ())
    return next((each for each in filters if each["filter_name"] == name), None)


def _is_ours(resource: Resource, group_tags: Response) -> bool:
    ours = (group_tags or {}).get("tags", {}).get(STACK_TAG) == resource.stack
    return ours or bool(resource.adopt) or resource.properties["filter_name"].startswith(_prefix(resource.stack))


def _prefix(stack: str) -> str:
    return f"{stack}_"


def _observed(address: Address, live: Item, stack: str | None) -> Observed:
    """`stack` is None for a filter that is nobody's."""
    return Observed(
        address,
        f"{live['log_group_name']}:{live['filter_name']}",
        pick(live, *MEMBERS),
        outputs=pick(live, "filter_name", "log_group_name") | _metric(live),
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if stack else {},
    )


def _metric(live: Item) -> dict[str, str]:
    """AWS: a filter has exactly one transformation."""
    (made,) = live["metric_transformations"]
    return {"metric_name": made["metric_name"], "metric_namespace": made["metric_namespace"]}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    # AWS: a prefix is looked at within one group only, so all filters of the account are listed.
    response = yield from read(Call("logs", "DescribeMetricFilters"))
    prefix = _prefix(scope.stack)
    filters = [each for each in (response or {}).get("metric_filters", ()) if each["filter_name"].startswith(prefix)]
    return [_observed(f"{KIND.name}/{each['filter_name'].removeprefix(prefix)}", each, scope.stack) for each in filters]


def create(change: Change) -> Iterator[Call]:
    yield Call("logs", "PutMetricFilter", pick(change.desired, *MEMBERS))


def update(change: Change) -> Iterator[Call]:
    # AWS: the Put replaces the whole filter, so what does not change is sent too.
    live = change.observed.properties if change.observed else {}
    yield Call("logs", "PutMetricFilter", pick({**live, **change.desired}, *MEMBERS))


def delete(change: Change) -> Iterator[Call]:
    group, name = identifier(change).split(":", 1)
    yield Call("logs", "DeleteMetricFilter", {"log_group_name": group, "filter_name": name})


KIND = Kind(
    name="logs.metric_filter",
    title="Metric filter",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS cannot tag it: its name says whose it is, and it may be in a log group that is not ours"),
    outputs=("filter_name", "log_group_name", "metric_name", "metric_namespace"),
    rules=Rules(
        create_only=("log_group_name", "filter_name"),
        unordered=("emit_system_field_dimensions",),
        exclusive=("metric_transformations[].dimensions",),
    ),
    identity=("log_group_name", "filter_name"),
    physical_name=PhysicalName("filter_name", limit=512, template="{stack}_{name}"),
    uses=("logs.log_group",),
)
