"""How a budget's amounts, days and notifications are spelled: AWS's answers in the words the spec used.

It decides nothing about differences: that is `diff`'s work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reconciler.kinds.base import read_all
from reconciler.model import Call, Change, Reads, Response, Value

Item = Mapping[str, Any]
Budget = tuple[str, str]
"""(account, name)."""

NOTIFICATION = ("notification_type", "comparison_operator", "threshold", "threshold_type")
"""AWS: a notification has no id; these four say which one is meant."""


def as_declared(live: Value, declared: Value) -> Value:
    """`live`, with numbers as text (`10.0`), numbers and lists that mean the same as in `declared` spelled as there."""
    if isinstance(live, Mapping):
        known = declared if isinstance(declared, Mapping) else {}
        return {name: as_declared(item, known.get(name)) for name, item in live.items()}
    if isinstance(live, list):
        same = isinstance(declared, list) and all(isinstance(item, str) for item in declared)
        return declared if same and sorted(declared) == sorted(live) else live
    if isinstance(live, datetime):
        # AWS: whole days, in UTC.
        return live.astimezone(UTC).strftime("%Y-%m-%d")
    return declared if _same_number(live, declared) else live


def _same_number(one: Value, other: Value) -> bool:
    if isinstance(one, bool) or not isinstance(one, str | int | float) or not isinstance(other, str | int | float):
        return False
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return False


# --- notifications ----------------------------------------------------------------------------------------------------


def _of(budget: Budget) -> dict[str, str]:
    return {"account_id": budget[0], "budget_name": budget[1]}


def list_notifications(budget: Budget) -> Call:
    return Call("budgets", "DescribeNotificationsForBudget", _of(budget))


def read_subscribers(listed: Sequence[tuple[Budget, Response]]) -> Reads[list[list[dict[str, Value]]]]:
    """For each budget, given with its DescribeNotificationsForBudget: its notifications with their subscribers."""
    found = [
        (index, budget, _key(note))
        for index, (budget, answer) in enumerate(listed)
        for note in (answer or {}).get("notifications", ())
    ]
    calls = [
        Call("budgets", "DescribeSubscribersForNotification", _of(budget) | {"notification": note})
        for _, budget, note in found
    ]
    answers = yield from read_all(calls)
    whole: list[list[dict[str, Value]]] = [[] for _ in listed]
    for (index, _, note), answer in zip(found, answers, strict=True):
        whole[index].append({**note, "subscribers": list((answer or {}).get("subscribers", ()))})
    return whole


def _key(notification: Item) -> dict[str, Value]:
    """AWS: percent where nothing else is said; whether it went off is not what tells it apart."""
    threshold_type = notification.get("threshold_type", "PERCENTAGE")
    return {**{name: notification[name] for name in NOTIFICATION[:3]}, "threshold_type": threshold_type}


def spelled(live: Sequence[dict[str, Value]], declared: Sequence[Item]) -> list[dict[str, Value]]:
    """Live notifications with thresholds written as in the spec: `80.0` is `80`."""
    return [as_declared(note, next((each for each in declared if _same(each, note)), None)) for note in live]


def _same(one: Item, other: Item) -> bool:
    return {name: one.get(name) for name in NOTIFICATION} == {name: other.get(name) for name in NOTIFICATION}


def with_subscribers(notifications: Sequence[Item]) -> list[dict[str, Value]]:
    """Notifications as CreateBudget takes them."""
    return [{"notification": _key(each), "subscribers": list(each["subscribers"])} for each in notifications]


def update_notifications(budget: Budget, change: Change) -> Iterator[Call]:
    """The calls for the notifications that differ: ended ones first, for their number is limited."""
    live: Sequence[Item] = change.observed.properties.get("notifications", ()) if change.observed else ()
    wanted: Sequence[Item] = change.desired.get("notifications") or ()
    for note in live:
        if not any(_same(note, each) for each in wanted):
            yield Call("budgets", "DeleteNotification", _of(budget) | {"notification": _key(note)})
    for note in wanted:
        same = next((each for each in live if _same(note, each)), None)
        if same is None:
            new = {"notification": _key(note), "subscribers": list(note["subscribers"])}
            yield Call("budgets", "CreateNotification", _of(budget) | new)
        else:
            yield from _update_subscribers(_of(budget) | {"notification": _key(note)}, note, same)


def _update_subscribers(of: Item, wanted: Item, live: Item) -> Iterator[Call]:
    # AWS: a notification keeps at least one, so new ones come first.
    for subscriber in wanted["subscribers"]:
        if subscriber not in live["subscribers"]:
            yield Call("budgets", "CreateSubscriber", {**of, "subscriber": subscriber})
    for subscriber in live["subscribers"]:
        if subscriber not in wanted["subscribers"]:
            yield Call("budgets", "DeleteSubscriber", {**of, "subscriber": subscriber})
