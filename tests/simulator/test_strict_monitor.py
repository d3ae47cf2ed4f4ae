"""What AWS refuses of alarms, filters, rules and budgets, the strict emulator refuses too, with AWS's own codes."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account, refused
from tests.simulator.probes_monitor import ACCOUNT_ID, ALARM, FILTER, MADE, MAIL, NOTE, OF, budget, composite


def test_a_composite_alarm_that_another_one_names_stays(strict_account: Account) -> None:
    cloudwatch = strict_account("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    arn = composite(strict_account, "lower", "ALARM(busy)")
    composite(strict_account, "upper", f'ALARM("{arn}") OR ALARM(busy)')
    with refused("ValidationError"):
        cloudwatch.delete_alarms(AlarmNames=["lower", "upper"])
    with refused("ResourceConflict"):
        cloudwatch.delete_alarms(AlarmNames=["lower"])
    cloudwatch.delete_alarms(AlarmNames=["upper"])
    cloudwatch.delete_alarms(AlarmNames=["lower"])
    cloudwatch.delete_alarms(AlarmNames=["busy"])


def test_a_composite_alarm_comes_after_the_alarms_it_names(strict_account: Account) -> None:
    with refused("ValidationError"):
        composite(strict_account, "unhealthy", "ALARM(busy)")
    strict_account("cloudwatch").put_metric_alarm(**ALARM)
    composite(strict_account, "unhealthy", 'ALARM("busy")')


def test_a_suppressor_needs_both_periods(strict_account: Account) -> None:
    with refused("ValidationError"):
        composite(strict_account, "quiet", "FALSE", ActionsSuppressor="busy", ActionsSuppressorWaitPeriod=60)


def test_a_metric_filter_is_not_deleted_twice(strict_account: Account) -> None:
    logs = strict_account("logs")
    logs.create_log_group(logGroupName="/shop")
    logs.put_metric_filter(**FILTER, metricTransformations=MADE)
    logs.delete_metric_filter(logGroupName="/shop", filterName="errors")
    with refused("ResourceNotFoundException"):
        logs.delete_metric_filter(logGroupName="/shop", filterName="errors")


def test_a_metric_filter_needs_its_log_group(strict_account: Account) -> None:
    with refused("ResourceNotFoundException"):
        strict_account("logs").put_metric_filter(**FILTER, metricTransformations=MADE)


def test_a_default_value_excludes_dimensions(strict_account: Account) -> None:
    logs = strict_account("logs")
    logs.create_log_group(logGroupName="/shop")
    both: Any = [{**MADE[0], "defaultValue": 0, "dimensions": {"Path": "$.path"}}]
    with refused("InvalidParameterException"):
        logs.put_metric_filter(**FILTER, metricTransformations=both)


def test_a_rule_with_targets_is_not_deleted_and_takes_five(strict_account: Account) -> None:
    events = strict_account("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    targets = [{"Id": str(index), "Arn": "arn:aws:sns:us-east-1:123456789012:alerts"} for index in range(6)]
    with refused("LimitExceededException"):
        events.put_targets(Rule="nightly", Targets=targets)
    events.put_targets(Rule="nightly", Targets=targets[:5])
    with refused("ValidationException"):
        events.delete_rule(Name="nightly")
    events.remove_targets(Rule="nightly", Ids=[target["Id"] for target in targets[:5]])
    events.delete_rule(Name="nightly")


def test_a_budget_is_not_created_twice_and_takes_ten_notifications(strict_account: Account) -> None:
    budgets = budget(strict_account)
    with refused("DuplicateRecordException"):
        budget(strict_account)
    for threshold in range(10):
        one = {**NOTE, "Threshold": 10.0 + threshold}
        budgets.create_notification(**OF, Notification=one, Subscribers=[MAIL])
    with refused("CreationLimitExceededException"):
        budgets.create_notification(**OF, Notification=NOTE, Subscribers=[MAIL])
    with refused("NotFoundException"):
        budgets.describe_budget(AccountId=ACCOUNT_ID, BudgetName="other")


def test_a_mail_subscription_waits_and_has_no_arn(strict_account: Account) -> None:
    sns = strict_account("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    assert answer["SubscriptionArn"] == "pending confirmation"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == ["PendingConfirmation"]
    sns.delete_topic(TopicArn=topic)
