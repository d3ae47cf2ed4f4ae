"""What AWS does and moto without our repairs does not: IAM, Logs, alarms, SNS, error codes. One function per repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import TAGS, TRUST, Account, refused
from tests.simulator.probes_services import TARGET


def error_codes(account: Account) -> None:
    missing = "subnet-0123456789abcdef0"
    with refused("InvalidNetworkAclID.NotFound"):
        account("ec2").describe_network_acls(NetworkAclIds=["acl-0123456789abcdef0"])
    with refused("InvalidSubnet"):
        account("rds").create_db_subnet_group(
            DBSubnetGroupName="x", DBSubnetGroupDescription="d", SubnetIds=[missing, missing]
        )
    with refused("SubnetNotFound"):
        account.balancer([missing])
    with refused("ObjectNotFoundException"):
        account("application-autoscaling").deregister_scalable_target(**TARGET)


def aws_managed_policies(account: Account) -> None:
    iam = account("iam")
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    assert iam.list_policies(Scope="Local")["Policies"] == []
    with refused("NoSuchEntity"):
        iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")


def update_role(account: Account) -> None:
    iam = account("iam")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST, Description="d", MaxSessionDuration=7200)
    iam.update_role(RoleName="web", Description="e")
    iam.update_role(RoleName="web", MaxSessionDuration=5400)
    found = iam.get_role(RoleName="web")["Role"]
    assert (found.get("Description"), found["MaxSessionDuration"]) == ("e", 5400)


def put_alarm(account: Account) -> None:
    alarm: Any = {
        "AlarmName": "cpu",
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch = account("cloudwatch")
    cloudwatch.put_metric_alarm(**alarm, Threshold=80, Tags=TAGS)
    cloudwatch.put_metric_alarm(**alarm, Threshold=90, Tags=[{"Key": "late", "Value": "1"}])
    found = cloudwatch.describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]
    assert found["Threshold"] == 90
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == TAGS


def put_metric_filter(account: Account) -> None:
    logs = account("logs")
    metric = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    logs.create_log_group(logGroupName="/shop")
    for pattern in ("ERROR", "FATAL"):
        logs.put_metric_filter(
            logGroupName="/shop", filterName="f", filterPattern=pattern, metricTransformations=metric
        )
    found = logs.describe_metric_filters(logGroupName="/shop")["metricFilters"]
    assert [entry["filterPattern"] for entry in found] == ["FATAL"]
    with refused("ResourceNotFoundException"):
        logs.put_metric_filter(logGroupName="/other", filterName="f", filterPattern="x", metricTransformations=metric)


def log_group_class(account: Account) -> None:
    account("logs").create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    account("logs").create_log_group(logGroupName="/usual")
    found = account("logs").describe_log_groups()["logGroups"]
    assert [group.get("logGroupClass") for group in found] == ["INFREQUENT_ACCESS", "STANDARD"]


def log_group_key(account: Account) -> None:
    logs, key = account("logs"), "arn:aws:kms:us-east-1:123456789012:key/x"
    logs.create_log_group(logGroupName="/shop")
    logs.associate_kms_key(logGroupName="/shop", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="/shop")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]


def _topic(account: Account) -> str:
    arn: str = account("sns").create_topic(Name="alerts")["TopicArn"]
    return arn


def subscribe(account: Account) -> None:
    sent = {"TopicArn": _topic(account), "Protocol": "email", "Endpoint": "ops@example.com"}
    assert account("sns").subscribe(**sent)["SubscriptionArn"] == "pending confirmation"
    assert account("sns").subscribe(**sent, ReturnSubscriptionArn=True)["SubscriptionArn"].startswith("arn:")


def list_subscriptions(account: Account) -> None:
    topic = _topic(account)
    account("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    account("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    found = account("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    arns = {entry["Protocol"]: entry["SubscriptionArn"] for entry in found}
    assert arns["email"] == "PendingConfirmation"
    assert arns["sqs"].startswith("arn:")


def subscription_attributes(account: Account) -> None:
    sent = {"TopicArn": _topic(account), "Protocol": "email", "Endpoint": "ops@example.com"}
    arn = account("sns").subscribe(**sent, ReturnSubscriptionArn=True)["SubscriptionArn"]
    found = account("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["PendingConfirmation"] == "true"
