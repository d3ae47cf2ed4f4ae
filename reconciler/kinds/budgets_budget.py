"""`budgets.budget`: what a month may cost, and whom it tells when it does. It stops nothing and reads no bill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _budgets
from reconciler.kinds.base import address_of, details, identifier, missing_tags, pick, read, read_all, tag_list, tag_map
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Rules,
    Scope,
    Unlisted,
    Value,
)

MEMBERS = (
    "budget_name",
    "budget_type",
    "time_unit",
    "time_period",
    "budget_limit",
    "planned_budget_limits",
    "cost_filters",
    "cost_types",
    "auto_adjust_data",
)
"""Not among them: what AWS counts (`calculated_spend`, `health_status`, `last_updated_time`)."""
LIMITS = ("budget_limit", "planned_budget_limits", "auto_adjust_data")
"""AWS: one of these decides, and the answer shows the limit that follows from it too."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    answers = yield from read_all([_describe(_budget(resource)) for resource in resources])
    there = [(each, answer["budget"]) for each, answer in zip(resources, answers, strict=True) if answer is not None]
    budgets = [_budget(resource) for resource, _ in there]
    more = yield from read_all([call for each in budgets for call in (_read_tags(each), _listed(each))])
    notifications = yield from _budgets.read_subscribers(list(zip(budgets, more[1::2], strict=True)))
    found = {}
    for (resource, live), tags, notes in zip(there, more[::2], notifications, strict=True):
        spelled = _budgets.spelled(notes, resource.properties.get("notifications") or ())
        properties = _budgets.as_declared(pick(live, *MEMBERS), resource.properties)
        found[resource.address] = _observed(
            resource.address, resource.account, properties | {"notifications": spelled}, _tags(tags)
        )
    return found


def _budget(resource: Resource) -> _budgets.Budget:
    return resource.account, resource.properties["budget_name"]


def _describe(budget: _budgets.Budget) -> Call:
    return Call("budgets", "DescribeBudget", {"account_id": budget[0], "budget_name": budget[1]})


def _listed(budget: _budgets.Budget) -> Call:
    return _budgets.list_notifications(budget)


def _read_tags(budget: _budgets.Budget) -> Call:
    return Call("budgets", "ListTagsForResource", {"resource_arn": _arn(*budget)})


def _tags(response: Mapping[str, Any] | None) -> dict[str, str]:
    return tag_map((response or {}).get("resource_tags"))


def _arn(account: str, name: str) -> str:
    """AWS: budgets belong to no region, and exist in the commercial partition only."""
    return f"arn:aws:budgets::{account}:budget/{name}"


def _observed(address: Address, account: str, properties: Mapping[str, Value], tags: Mapping[str, str]) -> Observed:
    name = properties["budget_name"]
    return Observed(
        address,
        name,
        properties,
        outputs={"budget_name": name, "arn": _arn(account, name)},
        tags=tags,
        details={"account": account},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    listed = yield from read(Call("budgets", "DescribeBudgets", {"account_id": scope.account}))
    names = [each["budget_name"] for each in (listed or {}).get("budgets", ())]
    answers = yield from read_all([_read_tags((scope.account, name)) for name in names])
    found = []
    for name, answer in zip(names, answers, strict=True):
        tags = _tags(answer)
        address = address_of(tags, scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, scope.account, {"budget_name": name}, tags))
    return found


def create(change: Change) -> Iterator[Call]:
    params: dict[str, Value] = {
        "account_id": change.resource.account if change.resource else "",
        "budget": pick(change.desired, *MEMBERS),
        "resource_tags": tag_list(change.tags),
    }
    notifications = change.desired.get("notifications")
    if notifications:
        params["notifications_with_subscribers"] = _budgets.with_subscribers(notifications)
    yield Call("budgets", "CreateBudget", params)


def update(change: Change) -> Iterator[Call]:
    account, name = details(change)["account"], identifier(change)
    if change.touches(*MEMBERS):
        # AWS: the update replaces the budget, so what does not change is sent too.
        live = change.observed.properties if change.observed else {}
        kept = {name: value for name, value in live.items() if name not in LIMITS}
        new = pick({**kept, **change.desired}, *MEMBERS)
        if new.get("cost_types"):
            new["cost_types"] = {**live.get("cost_types", {}), **new["cost_types"]}
        yield Call("budgets", "UpdateBudget", {"account_id": account, "new_budget": new})
    if change.touches("notifications"):
        yield from _budgets.update_notifications((account, name), change)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        arn = _arn(details(change)["account"], identifier(change))
        yield Call("budgets", "TagResource", {"resource_arn": arn, "resource_tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    params = {"account_id": details(change)["account"], "budget_name": identifier(change)}
    yield Call("budgets", "DeleteBudget", params)


KIND = Kind(
    name="budgets.budget",
    title="Budget",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS does not say that its tagging API lists budgets"),
    retag=retag,
    outputs=("budget_name", "arn"),
    rules=Rules(
        create_only=("budget_name",),
        keyed={
            "notifications": "notification_type+comparison_operator+threshold+threshold_type",
            "notifications[].subscribers": "subscription_type+address",
        },
        exclusive=("cost_filters", "planned_budget_limits"),
    ),
    identity=("budget_name",),
    physical_name=PhysicalName("budget_name", limit=100),
    uses=("sns.topic",),
)
