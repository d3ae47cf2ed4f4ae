"""Repairs of moto's alarms, dashboards, log groups, event rules and budgets."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.simulator.refusals_monitor import named_in
from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import ACCOUNT, Answer, Handler, Refusal, Request, written

Document = dict[str, Any]

_MOST_NOTIFICATIONS = 10

# --- alarms and dashboards ------------------------------------------------------------------------------------------

_KEPT = {
    "ActionConfiguration": "action_configuration",
    "EvaluationCriteria": "evaluation_criteria",
    "EvaluationInterval": "evaluation_interval",
    "EvaluationWindow": "evaluation_window",
    "WarmUpConfiguration": "warm_up_configuration",
    "ActionsSuppressor": "actions_suppressor",
    "ActionsSuppressorWaitPeriod": "actions_suppressor_wait_period",
    "ActionsSuppressorExtensionPeriod": "actions_suppressor_extension_period",
}
"""Members of alarms that moto forgets -> what its serializer looks for."""


@repair("cloudwatch:PutMetricAlarm", because="moto forgets queries, windows, warm-ups and what actions are told")
def alarm_members(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        _keep(request)
    return answer


def _keep(request: Request) -> None:
    alarm = request.backend().alarms[request.params["AlarmName"]]
    for member, name in _KEPT.items():
        setattr(alarm, name, request.params.get(member))


@repair("cloudwatch:PutCompositeAlarm", because="moto has no composite alarms, though it would list them")
def put_composite_alarm(request: Request, below: Handler) -> Answer:
    sent, backend = request.params, request.backend()
    _check_rule(sent, backend.alarms)
    old = backend.alarms.get(sent["AlarmName"])
    # moto's alarm has members of metric alarms only; a composite one has none of them.
    nothing = dict.fromkeys(("namespace", "metric_name", "comparison_operator", "statistic"), None)
    backend.put_metric_alarm(
        name=sent["AlarmName"],
        **nothing,
        evaluation_periods=None,
        period=None,
        threshold=None,
        dimensions=[],
        description=sent.get("AlarmDescription"),
        alarm_actions=sent.get("AlarmActions", []),
        ok_actions=sent.get("OKActions"),
        insufficient_data_actions=sent.get("InsufficientDataActions"),
        actions_enabled=sent.get("ActionsEnabled", True),
        rule=sent["AlarmRule"],
        tags=None if old else sent.get("Tags"),
    )
    _keep(request)
    return written(request, {})


def _check_rule(sent: Document, alarms: Mapping[str, Any]) -> None:
    missing = named_in(sent["AlarmRule"]) - alarms.keys()
    if missing:
        raise Refusal(
            "ValidationError", f"Could not save the composite alarm as alarms {sorted(missing)} do not exist."
        )
    periods = {"ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"}
    if "ActionsSuppressor" in sent and not periods <= sent.keys():
        raise Refusal("ValidationError", "ActionsSuppressor needs a wait period and an extension period.")


@repair("cloudwatch:DescribeAlarms", because="moto lists alarms of all types, whichever are asked for")
def alarm_types(request: Request, below: Handler) -> Answer:
    wanted, alarms = request.params.get("AlarmTypes", ["MetricAlarm"]), request.backend().alarms
    hidden = {name: each for name, each in alarms.items() if _type_of(each) not in wanted}
    for name in hidden:
        del alarms[name]
    try:
        return below(request)
    finally:
        alarms.update(hidden)


def _type_of(alarm: Any) -> str:
    return "MetricAlarm" if alarm.rule is None else "CompositeAlarm"


@repair(
    "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards", because="moto forgets the tags a dashboard is made with"
)
def dashboard_tags(request: Request, below: Handler) -> Answer:
    backend = request.backend()
    names = request.params.get("DashboardNames") or [request.params["DashboardName"]]
    fresh = [name for name in names if name not in backend.dashboards]
    answer = below(request)
    for name in names if answer.ok else ():
        arn = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"
        if request.operation == "DeleteDashboards":
            backend.tagger.delete_all_tags_for_resource(arn)
        elif name in fresh:
            backend.tagger.tag_resource(arn, request.params.get("Tags", []))
    return answer


@repair("cloudwatch:TagResource", because="moto tags alarms only")
def tag_dashboard(request: Request, below: Handler) -> Answer:
    backend, arn = request.backend(), request.params["ResourceARN"]
    if not any(arn == dashboard.arn for dashboard in backend.dashboards.values()):
        return below(request)
    backend.tagger.tag_resource(arn, request.params["Tags"])
    return written(request, {})


@repair("cloudwatch:DeleteAlarms", because="moto keeps the tags of an alarm, for the next one of its name")
def forget_alarm_tags(request: Request, below: Handler) -> Answer:
    backend = request.backend()
    gone = [backend.alarms[name].alarm_arn for name in request.params["AlarmNames"] if name in backend.alarms]
    answer = below(request)
    for arn in gone if answer.ok else ():
        backend.tagger.delete_all_tags_for_resource(arn)
    return answer


# --- logs -----------------------------------------------------------------------------------------------------------


@repair("logs:PutMetricFilter", because="moto forgets what lines a metric filter looks at and what it adds to them")
def metric_filter_members(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        sent = request.params
        mine = next(
            each
            for each in request.backend().filters.metric_filters
            if (each["filterName"], each["logGroupName"]) == (sent["filterName"], sent["logGroupName"])
        )
        more = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions")
        mine.update({name: sent[name] for name in more if name in sent})
    return answer


@repair("logs:DeleteLogGroup", because="moto keeps the metric filters of a log group that is deleted")
def filters_die_with_their_group(request: Request, below: Handler) -> Answer:
    answer, filters = below(request), request.backend().filters
    if answer.ok:
        gone = request.params["logGroupName"]
        filters.metric_filters = [each for each in filters.metric_filters if each["logGroupName"] != gone]
    return answer


@repair(
    "logs:CreateLogGroup",
    "logs:DescribeLogGroups",
    "logs:PutLogGroupDeletionProtection",
    "logs:DeleteLogGroup",
    because="moto knows no deletion protection of log groups",
)
def log_group_protection(request: Request, below: Handler) -> Answer:
    protected = documents(request, "protected_log_groups")
    sent = request.params
    name = str(sent.get("logGroupName") or sent.get("logGroupIdentifier") or "").removesuffix(":*").split(":")[-1]
    if request.operation == "DeleteLogGroup" and protected.get(name):
        raise Refusal("ValidationException", f"The log group {name} is protected from deletion.")
    if request.operation == "PutLogGroupDeletionProtection":
        if name not in request.backend().groups:
            raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
        protected[name] = sent["deletionProtectionEnabled"]
        return written(request, {})
    answer = below(request)
    if request.operation == "CreateLogGroup" and answer.ok:
        protected[name] = sent.get("deletionProtectionEnabled", False)
    if request.operation != "DescribeLogGroups" or not answer.ok:
        return answer
    found = json.loads(answer.body)
    for group in found["logGroups"]:
        group["deletionProtectionEnabled"] = protected.get(group["logGroupName"], False)
    return written(request, found)


# --- events ---------------------------------------------------------------------------------------------------------


@repair("events:PutRule", because="moto takes tags on an update; AWS ignores them once the rule exists")
def put_rule(request: Request, below: Handler) -> Answer:
    backend, sent = request.backend(), request.params
    bus = backend.event_buses.get(sent.get("EventBusName", "default").split("/")[-1])
    rule = bus.rules.get(sent["Name"]) if bus else None
    kept = copy.deepcopy(backend.tagger.tags.get(rule.arn, {})) if rule else None
    answer = below(request)
    if rule is not None:
        backend.tagger.tags[rule.arn] = kept
    return answer


# --- budgets --------------------------------------------------------------------------------------------------------


def _budget(request: Request, name: str) -> Any:
    found = request.backend().budgets[request.params.get("AccountId", ACCOUNT)].get(name)
    if found is None:
        raise Refusal("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return found


@repair("budgets:CreateBudget", because="moto knows no budget whose limit follows what was spent before")
def adjusting_budget(request: Request, below: Handler) -> Answer:
    sent = json.loads(request.body)
    if "AutoAdjustData" in sent["Budget"]:
        sent["Budget"].setdefault("BudgetLimit", {"Amount": "1.0", "Unit": "USD"})
    return below(request.with_body(json.dumps(sent).encode()))


@repair("budgets:UpdateBudget", because="moto cannot change a budget")
def update_budget(request: Request, below: Handler) -> Answer:
    new = request.params["NewBudget"]
    budget = _budget(request, new["BudgetName"])
    kept = {"TimePeriod": budget.budget["TimePeriod"], "LastUpdatedTime": datetime.now(UTC)}
    budget.budget = _seconds({**kept, **new})
    return written(request, {})


def _seconds(value: Any) -> Any:
    """moto answers JSON it never looks at, so dates must be what they are on the wire."""
    if isinstance(value, datetime):
        return value.timestamp()
    return {name: _seconds(item) for name, item in value.items()} if isinstance(value, dict) else value


@repair("budgets:*Notification*", "budgets:*Subscriber*", because="moto can only list and delete notifications")
def budget_notifications(request: Request, below: Handler) -> Answer:
    budget, sent = _budget(request, request.params["BudgetName"]), request.params
    if request.operation == "DescribeNotificationsForBudget":
        return written(request, {"Notifications": [_with_state(note.details) for note in budget.notifications]})
    wanted = sent.get("Notification") or sent["OldNotification"]
    found = next((note for note in budget.notifications if _key(note.details) == _key(wanted)), None)
    if request.operation == "CreateNotification":
        if found is not None:
            raise Refusal("DuplicateRecordException", "Unable to create notification - it already exists.")
        if len(budget.notifications) >= _MOST_NOTIFICATIONS:
            raise Refusal("CreationLimitExceededException", "A budget has ten notifications at most.")
        budget.add_notification(wanted, sent["Subscribers"])
    elif found is None:
        raise Refusal("NotFoundException", "Unable to find the notification.")
    elif request.operation == "DeleteNotification":
        budget.notifications.remove(found)
    elif request.operation == "UpdateNotification":
        found.details = sent["NewNotification"]
    elif request.operation == "DescribeSubscribersForNotification":
        return written(request, {"Subscribers": found.subscribers})
    else:
        _change_subscribers(request, found.subscribers)
    return written(request, {})


def _key(notification: Document) -> tuple[Any, ...]:
    members = ("NotificationType", "ComparisonOperator", "Threshold")
    return (*(notification[each] for each in members), notification.get("ThresholdType", "PERCENTAGE"))


def _with_state(notification: Document) -> Document:
    """AWS says what a notification counts, and whether it went off."""
    return {"ThresholdType": "PERCENTAGE", "NotificationState": "OK", **notification}


def _change_subscribers(request: Request, subscribers: list[Document]) -> None:
    old = request.params.get("OldSubscriber") or request.params["Subscriber"]
    if (old in subscribers) == (request.operation == "CreateSubscriber"):
        wrong = "DuplicateRecordException" if old in subscribers else "NotFoundException"
        raise Refusal(wrong, f"{wrong}: {old['Address']}")
    if request.operation == "CreateSubscriber":
        subscribers.append(old)
        return
    if request.operation == "DeleteSubscriber" and len(subscribers) == 1:
        raise Refusal("InvalidParameterException", "A notification needs at least one subscriber.")
    subscribers.remove(old)
    if request.operation == "UpdateSubscriber":
        subscribers.append(request.params["NewSubscriber"])


@repair(
    "budgets:CreateBudget",
    "budgets:DeleteBudget",
    "budgets:*TagResource",
    "budgets:*TagsForResource",
    "budgets:UntagResource",
    because="moto does not tag budgets",
)
def budget_tags(request: Request, below: Handler) -> Answer:
    sent, tags = request.params, documents(request, "budget_tags")
    name = sent["ResourceARN"].split("/", 1)[1] if "ResourceARN" in sent else ""
    if request.operation == "CreateBudget":
        answer = below(request)
        if answer.ok:
            tags[sent["Budget"]["BudgetName"]] = _tag_map(sent.get("ResourceTags", []))
        return answer
    if request.operation == "DeleteBudget":
        tags.pop(sent["BudgetName"], None)
        return below(request)
    _budget(request, name)
    if request.operation == "ListTagsForResource":
        return written(request, {"ResourceTags": _tag_list(tags.get(name, {}))})
    if request.operation == "TagResource":
        tags[name] = {**tags.get(name, {}), **_tag_map(sent["ResourceTags"])}
    else:
        tags[name] = {key: value for key, value in tags.get(name, {}).items() if key not in sent["ResourceTagKeys"]}
    return written(request, {})


def _tag_map(tags: list[Document]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _tag_list(tags: Mapping[str, str]) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


REPAIRS = declared_in(globals())
