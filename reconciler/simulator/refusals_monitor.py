"""The refusals of alarms, metric filters and rules: what is named by another, gone, too much or impossible.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request

_MOST_TARGETS = 5

# --- alarms and dashboards ------------------------------------------------------------------------------------------


def named_in(rule: str) -> set[str]:
    """The names of the alarms a rule is about; ARNs end in one."""
    found = re.findall(r'(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+?)"?\s*\)', rule)
    return {name.rpartition(":alarm:")[2] for name in found}


def _rules_of_others(request: Request) -> Iterator[str]:
    gone = set(request.params["AlarmNames"])
    for alarm in request.backend().alarms.values():
        if alarm.rule is not None and alarm.name not in gone:
            yield alarm.rule


def _composite_in_use(request: Request) -> bool:
    alarms = request.backend().alarms
    composite = {name for name in request.params["AlarmNames"] if name in alarms and alarms[name].rule is not None}
    return any(composite & named_in(rule) for rule in _rules_of_others(request))


def _two_composites(request: Request) -> bool:
    alarms = request.backend().alarms
    return sum(name in alarms and alarms[name].rule is not None for name in request.params["AlarmNames"]) > 1


# --- logs, events ---------------------------------------------------------------------------------------------------


def _no_such_filter(request: Request) -> bool:
    sent = (request.params["filterName"], request.params["logGroupName"])
    filters = request.backend().filters.metric_filters
    return sent not in {(each["filterName"], each["logGroupName"]) for each in filters}


def _default_with_dimensions(request: Request) -> bool:
    return any("defaultValue" in each and each.get("dimensions") for each in request.params["metricTransformations"])


def _too_many_targets(request: Request) -> bool:
    bus = request.backend().event_buses.get(request.params.get("EventBusName", "default").split("/")[-1])
    rule = bus.rules.get(request.params["Rule"]) if bus else None
    live = {target["Id"] for target in rule.targets} if rule else set()
    return len(live | {target["Id"] for target in request.params["Targets"]}) > _MOST_TARGETS


EDGES: tuple[Edge, ...] = ()
RULES = (
    Rule("cloudwatch:DeleteAlarms", _two_composites, "ValidationError", "only one composite alarm a call"),
    Rule("cloudwatch:DeleteAlarms", _composite_in_use, "ResourceConflict", "another composite alarm depends on it"),
    Rule(
        "logs:DeleteMetricFilter", _no_such_filter, "ResourceNotFoundException",
        "The specified metric filter does not exist.",
    ),
    Rule(
        "logs:PutMetricFilter", _default_with_dimensions, "InvalidParameterException",
        "a default value and dimensions exclude each other",
    ),
    Rule("events:PutTargets", _too_many_targets, "LimitExceededException", "a rule has five targets at most"),
)  # fmt: skip
