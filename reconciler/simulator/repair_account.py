"""Repairs of moto's IAM, CloudWatch, Logs, SNS and of the error codes several services get wrong."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

# --- error codes ----------------------------------------------------------------------------------------------------

_CODES: dict[str, dict[str, str]] = {
    "ec2:DescribeNetworkAcls": {"InvalidRouteTableID.NotFound": "InvalidNetworkAclID.NotFound"},
    "rds:CreateDBSubnetGroup": {"InvalidSubnetID.NotFound": "InvalidSubnet"},
    "rds:ModifyDBSubnetGroup": {"InvalidSubnetID.NotFound": "InvalidSubnet"},
    "elbv2:CreateLoadBalancer": {"InvalidSubnetID.NotFound": "SubnetNotFound"},
    "elbv2:SetSubnets": {"InvalidSubnetID.NotFound": "SubnetNotFound"},
    "application-autoscaling:DeleteScalingPolicy": {"ValidationException": "ObjectNotFoundException"},
    "application-autoscaling:DeregisterScalableTarget": {"ValidationException": "ObjectNotFoundException"},
    "wafv2:CreateWebACL": {"WafV2DuplicateItem": "WAFDuplicateItemException"},
    "wafv2:CreateIPSet": {"WafV2DuplicateItem": "WAFDuplicateItemException"},
}
"""moto's code -> AWS's, by call."""


@repair(*_CODES, because="moto words these errors with codes AWS does not use there")
def error_codes(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        return answer
    for wrong, right in _CODES[":".join(request.key)].items():
        answer = answer.replacing(wrong, right)
    return answer


# --- IAM ------------------------------------------------------------------------------------------------------------


@repair("iam:*", because="moto knows no AWS managed policy unless it loads all 1,400 of them at every reset")
def aws_managed_policies(request: Request, below: Handler) -> Answer:
    if b"iam%3A%3Aaws%3Apolicy" in request.body:
        arn = request.params.get("PolicyArn", "")
        name, backend = arn.rpartition("/")[2], request.backend()
        if arn not in backend.managed_policies and name in _managed_policies():
            from moto.iam.models import AWSManagedPolicy

            region, data = backend.region_name, _managed_policies()[name]
            policy = AWSManagedPolicy.from_data(name, backend.account_id, region, data)
            if policy.arn == arn:
                backend.managed_policies[arn] = policy
                backend.aws_managed_policies.append(policy)
    return below(request)


@cache
def _managed_policies() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies


@repair(
    "iam:UpdateRole", because="moto erases the description, or resets the session, that UpdateRole does not mention"
)
def update_role(request: Request, below: Handler) -> Answer:
    role = request.backend().get_role(request.params["RoleName"])
    kept = role.description, role.max_session_duration
    answer = below(request)
    if "Description" not in request.params:
        role.description = kept[0]
    if "MaxSessionDuration" not in request.params:
        role.max_session_duration = kept[1]
    return answer


# --- CloudWatch and Logs --------------------------------------------------------------------------------------------


@repair("cloudwatch:PutMetricAlarm", because="moto takes tags on an update; AWS ignores them once the alarm exists")
def put_alarm(request: Request, below: Handler) -> Answer:
    backend = request.backend()
    alarm = backend.alarms.get(request.params["AlarmName"])
    if alarm is None:
        return below(request)
    kept = copy.deepcopy(backend.tagger.tags.get(alarm.alarm_arn, {}))
    answer = below(request)
    backend.tagger.tags[alarm.alarm_arn] = kept
    return answer


@repair("logs:PutMetricFilter", because="moto adds a second filter of the same name instead of changing the first")
def put_metric_filter(request: Request, below: Handler) -> Answer:
    filters = request.backend().filters
    sent = request.params
    if sent["logGroupName"] not in request.backend().groups:
        raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
    mine = (sent["filterName"], sent["logGroupName"])
    filters.metric_filters = [
        filter for filter in filters.metric_filters if (filter["filterName"], filter["logGroupName"]) != mine
    ]
    return below(request)


@repair("logs:CreateLogGroup", "logs:DescribeLogGroups", because="moto forgets the class of a log group")
def log_group_class(request: Request, below: Handler) -> Answer:
    answer = below(request)
    classes = documents(request, "log_group_class")
    if not answer.ok:
        return answer
    if request.operation == "CreateLogGroup":
        classes[request.params["logGroupName"]] = request.params.get("logGroupClass", "STANDARD")
        return answer
    found = json.loads(answer.body)
    for group in found["logGroups"]:
        group["logGroupClass"] = classes.get(group["logGroupName"], "STANDARD")
    return written(request, found)


@repair("logs:AssociateKmsKey", "logs:DisassociateKmsKey", because="moto cannot change the key of a log group")
def log_group_key(request: Request, below: Handler) -> Answer:
    group = request.backend().groups.get(request.params.get("logGroupName", ""))
    if group is None:
        raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
    group.kms_key_id = request.params.get("kmsKeyId")
    return written(request, {})


# --- SNS ------------------------------------------------------------------------------------------------------------

_CONFIRMED_BY_A_PERSON = frozenset({"email", "email-json", "http", "https"})


@repair("sns:Subscribe", because="moto answers an ARN for a subscription that still waits for a person to confirm it")
def subscribe(request: Request, below: Handler) -> Answer:
    answer = below(request)
    waits = request.params["Protocol"] in _CONFIRMED_BY_A_PERSON
    if answer.ok and waits and request.params.get("ReturnSubscriptionArn") is not True:
        return written(request, {"SubscriptionArn": "pending confirmation"})
    return answer


@repair("sns:ListSubscriptions*", because="moto lists an unconfirmed subscription with an ARN, as if it were confirmed")
def list_subscriptions(request: Request, below: Handler) -> Answer:
    answer = below(request)
    for subscription in request.backend().subscriptions.values():
        if _waits(subscription):
            answer = answer.replacing(subscription.arn, "PendingConfirmation")
    return answer


@repair("sns:GetSubscriptionAttributes", because="moto calls every subscription confirmed")
def subscription_attributes(request: Request, below: Handler) -> Answer:
    answer = below(request)
    subscription = request.backend().subscriptions.get(request.params["SubscriptionArn"])
    if answer.ok and subscription is not None and _waits(subscription):
        subscription.attributes.update(PendingConfirmation="true", ConfirmationWasAuthenticated="false")
        return below(request)
    return answer


def _waits(subscription: Any) -> bool:
    return subscription.protocol in _CONFIRMED_BY_A_PERSON and not subscription.confirmed


REPAIRS = declared_in(globals())
