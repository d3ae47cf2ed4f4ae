"""`budget`: what a month may cost, and who is told before it does. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import STACK_TAG, Properties

BUDGET = "budgets.budget"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    subscribers = [{"subscription_type": "EMAIL", "address": address} for address in properties["notify"]]
    if properties.get("topic_arn"):
        subscribers.append({"subscription_type": "SNS", "address": properties["topic_arn"]})
    thresholds = [("ACTUAL", percent) for percent in properties["thresholds"]]
    thresholds += [("FORECASTED", percent) for percent in properties["forecast_thresholds"]]
    budget: dict[str, Any] = {
        "budget_limit": {"amount": _amount(properties["monthly_usd"]), "unit": "USD"},
        # AWS: a notification without subscribers is refused.
        "notifications": [_notification(kind, percent, subscribers) for kind, percent in thresholds if subscribers],
    }
    if properties["only_this_stack"]:
        budget["cost_filters"] = {"TagKeyValue": [f"user:{STACK_TAG}${context.stack}"]}
    return Expansion((Part("", BUDGET, budget),), {"budget_name": own.ref(BUDGET, "", "budget_name")})


def _amount(usd: float) -> str:
    """AWS takes amounts as text: `55`, `55.5`."""
    return str(int(usd)) if usd == int(usd) else str(usd)


def _notification(kind: str, percent: float, subscribers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "notification_type": kind,
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "subscribers": subscribers,
    }


COMPONENT = Component(
    name="budget",
    title="Monthly budget",
    outputs=("budget_name",),
    expand=expand,
    computed=("monthly_usd", "notify", "thresholds", "forecast_thresholds", "only_this_stack"),
)
