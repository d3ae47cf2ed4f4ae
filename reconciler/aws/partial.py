"""Answers that say yes and mean no: HTTP 200 with a list of what was not done. Never decides what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.aws.error_codes import classify
from reconciler.errors import CallFailed, Conflict
from reconciler.model import Call, Response

Item = Mapping[str, Any]


def _ecs(call: Call, item: Item) -> CallFailed:
    """AWS: `RunTask` that finds no room, now."""
    text = ": ".join(filter(None, (item.get("arn"), item.get("detail"))))
    return Conflict(call, item.get("reason", "failed"), text or "it was not started")


def _ec2(call: Call, item: Item) -> CallFailed:
    error = item.get("error", {})
    return _classified(call, error.get("code", ""), error.get("message", ""))


def _events(call: Call, item: Item) -> CallFailed:
    return _classified(call, item.get("error_code", ""), item.get("error_message", ""))


def _classified(call: Call, code: str, message: str) -> CallFailed:
    return classify(call.service, code, message, 400)(call, code, message)


PARTIAL: Mapping[str, tuple[str, Callable[[Call, Item], CallFailed]]] = {
    "ec2": ("unsuccessful", _ec2),
    "ecs": ("failures", _ecs),
    "events": ("failed_entries", _events),
}
"""Service -> the member that lists what was not done, and what one entry of it means."""


def refused_in(call: Call, response: Response) -> CallFailed | None:
    """The error that the answer to a write hides; the first where there are several."""
    member, meaning = PARTIAL.get(call.service, ("", _ecs))
    items = (response or {}).get(member) or ()
    return meaning(call, items[0]) if items else None
