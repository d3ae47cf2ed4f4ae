"""What AWS does and moto without our repairs does not: alarms, dashboards, log groups, rules, budgets, X-Ray."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import TAGS, Account, refused

ALARM: Any = {
    "AlarmName": "busy",
    "Namespace": "AWS/RDS",
    "MetricName": "CPUUtilization",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 80.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
ACCOUNT_ID = "123456789012"
BUDGET: Any = {
    "BudgetName": "monthly",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "55", "Unit": "USD"},
}
NOTE: Any = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
MAIL: Any = {"SubscriptionType": "EMAIL", "Address": "ops@example.com"}
OTHER_MAIL: Any = {"SubscriptionType": "EMAIL", "Address": "it@example.com"}


def composite(account: Account, name: str = "unhealthy", rule: str = "TRUE", **more: Any) -> str:
    account("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)
    found = account("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    arn: str = found["CompositeAlarms"][0]["AlarmArn"]
    return arn


def budget(account: Account, **more: Any) -> Any:
    budgets = account("budgets")
    budgets.create_budget(AccountId=ACCOUNT_ID, Budget=BUDGET, **more)
    return budgets


OF: Any = {"AccountId": ACCOUNT_ID, "BudgetName": "monthly"}


# --- alarms and dashboards ------------------------------------------------------------------------------------------


def alarm_members(account: Account) -> None:
    wanted = {"ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}}
    account("cloudwatch").put_metric_alarm(**ALARM, **wanted)
    found = account("cloudwatch").describe_alarms()["MetricAlarms"][0]
    assert {name: found.get(name) for name in wanted} == wanted


def put_composite_alarm(account: Account) -> None:
    wanted: Any = {
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alerts"],
        "AlarmDescription": "Something is wrong",
        "ActionsSuppressor": "deploying",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 120,
    }
    account("cloudwatch").put_metric_alarm(**ALARM)
    arn = composite(account, **wanted, Tags=TAGS)
    composite(account, rule="ALARM(busy) OR FALSE", **wanted, Tags=TAGS[:1])
    found = account("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [(each["AlarmRule"], each["ActionsEnabled"]) for each in found] == [("ALARM(busy) OR FALSE", True)]
    assert {name: found[0][name] for name in wanted} == wanted
    assert account("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS


def alarm_types(account: Account) -> None:
    composite(account)
    account("cloudwatch").put_metric_alarm(**ALARM)
    usual = account("cloudwatch").describe_alarms()
    assert ([each["AlarmName"] for each in usual["MetricAlarms"]], usual["CompositeAlarms"]) == (["busy"], [])
    asked = account("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert ([each["AlarmName"] for each in asked["CompositeAlarms"]], asked["MetricAlarms"]) == (["unhealthy"], [])


def dashboard_tags(account: Account) -> None:
    cloudwatch = account("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="main", DashboardBody='{"widgets": []}', Tags=TAGS)
    cloudwatch.put_dashboard(DashboardName="main", DashboardBody='{"widgets": []}', Tags=TAGS[:1])
    arn = cloudwatch.get_dashboard(DashboardName="main")["DashboardArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    cloudwatch.delete_dashboards(DashboardNames=["main"])
    cloudwatch.put_dashboard(DashboardName="main", DashboardBody='{"widgets": []}')
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def tag_dashboard(account: Account) -> None:
    cloudwatch = account("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="main", DashboardBody='{"widgets": []}')
    arn = cloudwatch.get_dashboard(DashboardName="main")["DashboardArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=TAGS)
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    with refused("ResourceNotFoundException"):
        cloudwatch.tag_resource(ResourceARN=f"{arn}-2", Tags=TAGS)


def forget_alarm_tags(account: Account) -> None:
    cloudwatch = account("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=TAGS)
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.delete_alarms(AlarmNames=["busy"])
    cloudwatch.put_metric_alarm(**ALARM)
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


# --- logs -----------------------------------------------------------------------------------------------------------

MADE: Any = [{"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1"}]
FILTER: Any = {"logGroupName": "/shop", "filterName": "errors", "filterPattern": "ERROR"}


def metric_filter_members(account: Account) -> None:
    logs = account("logs")
    logs.create_log_group(logGroupName="/shop")
    wanted: Any = {"applyOnTransformedLogs": True, "emitSystemFieldDimensions": ["@aws.account"]}
    logs.put_metric_filter(**FILTER, metricTransformations=MADE, **wanted)
    found = logs.describe_metric_filters(logGroupName="/shop")["metricFilters"][0]
    assert {name: found.get(name) for name in wanted} == wanted


def filters_die_with_their_group(account: Account) -> None:
    logs = account("logs")
    logs.create_log_group(logGroupName="/shop")
    logs.put_metric_filter(**FILTER, metricTransformations=MADE)
    logs.delete_log_group(logGroupName="/shop")
    assert logs.describe_metric_filters()["metricFilters"] == []


def log_group_protection(account: Account) -> None:
    logs = account("logs")
    logs.create_log_group(logGroupName="/shop", deletionProtectionEnabled=True)
    assert logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"] is True
    with refused("ValidationException"):
        logs.delete_log_group(logGroupName="/shop")
    logs.put_log_group_deletion_protection(logGroupIdentifier="/shop", deletionProtectionEnabled=False)
    assert logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"] is False
    logs.delete_log_group(logGroupName="/shop")


# --- events ---------------------------------------------------------------------------------------------------------


def put_rule(account: Account) -> None:
    events = account("events")
    arn = events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", Tags=TAGS)["RuleArn"]
    events.put_rule(Name="nightly", ScheduleExpression="rate(2 days)", Tags=[{**TAGS[0], "Value": "other"}])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS


# --- budgets --------------------------------------------------------------------------------------------------------


def adjusting_budget(account: Account) -> None:
    adjusting = {"AutoAdjustType": "HISTORICAL", "HistoricalOptions": {"BudgetAdjustmentPeriod": 6}}
    wanted = {**BUDGET, "AutoAdjustData": adjusting}
    del wanted["BudgetLimit"]
    account("budgets").create_budget(AccountId=ACCOUNT_ID, Budget=wanted)
    found = account("budgets").describe_budget(**OF)["Budget"]
    assert found["AutoAdjustData"] == adjusting
    assert found["BudgetLimit"]["Unit"] == "USD"


def update_budget(account: Account) -> None:
    budgets = budget(account)
    before = budgets.describe_budget(**OF)["Budget"]
    changed = {**BUDGET, "BudgetLimit": {"Amount": "60", "Unit": "USD"}, "CostFilters": {"Service": ["Amazon SES"]}}
    budgets.update_budget(AccountId=ACCOUNT_ID, NewBudget=changed)
    found = budgets.describe_budget(**OF)["Budget"]
    assert (found["BudgetLimit"], found["CostFilters"]) == (changed["BudgetLimit"], changed["CostFilters"])
    assert found["TimePeriod"] == before["TimePeriod"]
    with refused("NotFoundException"):
        budgets.update_budget(AccountId=ACCOUNT_ID, NewBudget={**BUDGET, "BudgetName": "other"})


def budget_notifications(account: Account) -> None:
    budgets = budget(account, NotificationsWithSubscribers=[{"Notification": NOTE, "Subscribers": [MAIL]}])
    of_it = {**OF, "Notification": NOTE}
    with refused("DuplicateRecordException"):
        budgets.create_notification(**of_it, Subscribers=[MAIL])
    with refused("InvalidParameterException"):
        budgets.delete_subscriber(**of_it, Subscriber=MAIL)
    budgets.create_subscriber(**of_it, Subscriber=OTHER_MAIL)
    budgets.delete_subscriber(**of_it, Subscriber=MAIL)
    assert budgets.describe_subscribers_for_notification(**of_it)["Subscribers"] == [OTHER_MAIL]
    budgets.update_subscriber(**of_it, OldSubscriber=OTHER_MAIL, NewSubscriber=MAIL)
    assert budgets.describe_subscribers_for_notification(**of_it)["Subscribers"] == [MAIL]
    higher = {**NOTE, "Threshold": 100.0}
    budgets.update_notification(**OF, OldNotification=NOTE, NewNotification=higher)
    found = budgets.describe_notifications_for_budget(**OF)["Notifications"]
    assert [(each["Threshold"], each["ThresholdType"]) for each in found] == [(100.0, "PERCENTAGE")]
    budgets.delete_notification(**OF, Notification={**higher, "ThresholdType": "PERCENTAGE"})
    assert budgets.describe_notifications_for_budget(**OF)["Notifications"] == []
    with refused("NotFoundException"):
        budgets.describe_notifications_for_budget(AccountId=ACCOUNT_ID, BudgetName="other")


def budget_tags(account: Account) -> None:
    budgets = budget(account, ResourceTags=TAGS)
    arn = f"arn:aws:budgets::{ACCOUNT_ID}:budget/monthly"
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == TAGS
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "team", "Value": "sales"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=[tag["Key"] for tag in TAGS])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "team", "Value": "sales"}]
    budgets.delete_budget(**OF)
    with refused("NotFoundException"):
        budgets.list_tags_for_resource(ResourceARN=arn)


# --- X-Ray ----------------------------------------------------------------------------------------------------------

RULE: Any = {
    "RuleName": "api",
    "Priority": 1000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    **dict.fromkeys(("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN"), "*"),
    "Version": 1,
}


def trace_groups(account: Account) -> None:
    xray = account("xray")
    made = xray.create_group(GroupName="api", FilterExpression='service("api")')["Group"]
    with refused("InvalidRequestException"):
        xray.create_group(GroupName="api")
    xray.update_group(GroupARN=made["GroupARN"], InsightsConfiguration={"InsightsEnabled": True})
    found = xray.get_group(GroupName="api")["Group"]
    assert found == {**made, "InsightsConfiguration": {"InsightsEnabled": True}}
    assert [each["GroupName"] for each in xray.get_groups()["Groups"]] == ["Default", "api"]
    with refused("InvalidRequestException"):
        xray.delete_group(GroupName="Default")
    xray.delete_group(GroupName="api")
    with refused("InvalidRequestException"):
        xray.get_group(GroupName="api")


def sampling_rules(account: Account) -> None:
    xray = account("xray")
    made = xray.create_sampling_rule(SamplingRule=RULE)["SamplingRuleRecord"]["SamplingRule"]
    with refused("InvalidRequestException"):
        xray.create_sampling_rule(SamplingRule=RULE)
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "api", "FixedRate": 0.5, "Attributes": {"plan": "gold"}})
    records = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert [record["SamplingRule"]["RuleName"] for record in records] == ["Default", "api"]
    assert records[1]["SamplingRule"] == {**made, "FixedRate": 0.5, "Attributes": {"plan": "gold"}}
    with refused("InvalidRequestException"):
        xray.delete_sampling_rule(RuleName="Default")
    xray.delete_sampling_rule(RuleARN=made["RuleARN"])
    assert len(xray.get_sampling_rules()["SamplingRuleRecords"]) == 1


def xray_tags(account: Account) -> None:
    xray = account("xray")
    arn = xray.create_group(GroupName="api", Tags=TAGS)["Group"]["GroupARN"]
    xray.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "sales"}])
    xray.untag_resource(ResourceARN=arn, TagKeys=[tag["Key"] for tag in TAGS])
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "sales"}]
    xray.delete_group(GroupName="api")
    with refused("ResourceNotFoundException"):
        xray.list_tags_for_resource(ResourceARN=arn)
