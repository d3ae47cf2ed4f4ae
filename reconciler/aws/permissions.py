"""What IAM has to allow for each API call: the actions it is authorised by, as far as its own params tell.

Most calls are authorised by an action of their own name; the tables hold the others. Sources: the service authorization
reference and the operations' own documentation. It never asks AWS and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model import Call, FromSecret

PREFIXES: Mapping[str, str] = {
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "sesv2": "ses",
}
"""Services whose actions begin with another word than boto3's."""

NOT_AWS = frozenset({"migration"})

RENAMED: Mapping[str, tuple[str, ...]] = {
    "cloudfront:CreateDistributionWithTags": ("cloudfront:CreateDistribution",),
    "cloudfront:UpdateDistributionWithStagingConfig": ("cloudfront:UpdateDistribution",),
    # AWS: who hands out a role, or has instances started, must be allowed to do so himself.
    "autoscaling:CreateAutoScalingGroup": ("autoscaling:CreateAutoScalingGroup", "ec2:RunInstances", "iam:PassRole"),
    "autoscaling:UpdateAutoScalingGroup": ("autoscaling:UpdateAutoScalingGroup", "ec2:RunInstances", "iam:PassRole"),
    "ecs:CreateCapacityProvider": ("autoscaling:CreateOrUpdateTags", "ecs:CreateCapacityProvider"),
    "iam:AddRoleToInstanceProfile": ("iam:AddRoleToInstanceProfile", "iam:PassRole"),
    # AWS: a task gets the roles of its definition from whoever starts it.
    "ecs:RunTask": ("ecs:RunTask", "iam:PassRole"),
    # AWS: a group takes its schedules along.
    "scheduler:DeleteScheduleGroup": ("scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup"),
    # AWS: budgets has one action to look and one to change.
    "budgets:DescribeBudget": ("budgets:ViewBudget",),
    "budgets:DescribeBudgets": ("budgets:ViewBudget",),
    "budgets:DescribeNotificationsForBudget": ("budgets:ViewBudget",),
    "budgets:DescribeSubscribersForNotification": ("budgets:ViewBudget",),
    "budgets:CreateBudget": ("budgets:ModifyBudget",),
    "budgets:UpdateBudget": ("budgets:ModifyBudget",),
    "budgets:DeleteBudget": ("budgets:ModifyBudget",),
    "budgets:CreateNotification": ("budgets:ModifyBudget",),
    "budgets:UpdateNotification": ("budgets:ModifyBudget",),
    "budgets:DeleteNotification": ("budgets:ModifyBudget",),
    "budgets:CreateSubscriber": ("budgets:ModifyBudget",),
    "budgets:UpdateSubscriber": ("budgets:ModifyBudget",),
    "budgets:DeleteSubscriber": ("budgets:ModifyBudget",),
    # AWS: S3 names its actions after what they protect, and deletes a setting with the action that puts it.
    "s3:DeleteBucketCors": ("s3:PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
    "s3:DeleteBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketIntelligentTieringConfiguration": ("s3:GetIntelligentTieringConfiguration",),
    "s3:GetBucketInventoryConfiguration": ("s3:GetInventoryConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketMetricsConfiguration": ("s3:GetMetricsConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:ListBucketIntelligentTieringConfigurations": ("s3:GetIntelligentTieringConfiguration",),
    "s3:ListBucketInventoryConfigurations": ("s3:GetInventoryConfiguration",),
    "s3:ListBucketMetricsConfigurations": ("s3:GetMetricsConfiguration",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:PutBucketAccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
    "s3:PutBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    # AWS: it is the caller who lets WAF into the log group, and to the load balancer.
    "wafv2:AssociateWebACL": ("wafv2:AssociateWebACL", "elasticloadbalancing:SetWebACL"),
    "wafv2:DisassociateWebACL": ("wafv2:DisassociateWebACL", "elasticloadbalancing:SetWebACL"),
    "wafv2:PutLoggingConfiguration": (
        "wafv2:PutLoggingConfiguration",
        "logs:CreateLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:PutResourcePolicy",
    ),
    "wafv2:DeleteLoggingConfiguration": ("wafv2:DeleteLoggingConfiguration", "logs:DeleteLogDelivery"),
}
"""Calls whose action has another name, or that need more than one."""

TAG_MEMBERS = ("tags", "tag_specifications", "distribution_config_with_tags", "resource_tags")
TAG_ACTIONS: Mapping[str, str] = {
    "acm": "acm:AddTagsToCertificate",
    "autoscaling": "autoscaling:CreateOrUpdateTags",
    "ec2": "ec2:CreateTags",
    "elbv2": "elasticloadbalancing:AddTags",
    "rds": "rds:AddTagsToResource",
    "ssm": "ssm:AddTagsToResource",
}
"""What tagging in a create is authorised by, where it is not the service's TagResource."""
IAM_TAG_ACTIONS: Mapping[str, str] = {
    "CreateInstanceProfile": "iam:TagInstanceProfile",
    "CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "CreatePolicy": "iam:TagPolicy",
    "CreateRole": "iam:TagRole",
}

SERVICE_LINKED: frozenset[str] = frozenset(
    {
        "application-autoscaling:RegisterScalableTarget",
        "autoscaling:CreateAutoScalingGroup",
        "ec2:CreateNatGateway",
        "ecs:CreateCluster",
        "ecs:CreateService",
        "elbv2:CreateLoadBalancer",
        "rds:CreateDBInstance",
        "rds:CreateDBProxy",
        "wafv2:PutLoggingConfiguration",
    }
)
"""Calls that make AWS create its service-linked role, once in the life of an account."""


def actions(call: Call) -> tuple[str, ...]:
    """The IAM actions a call needs, sorted: `rds:CreateDBInstance`, and what its params ask for besides.

    A write with tags needs the tag action, one that hands a role over needs iam:PassRole, one that fills in a secret
    needs secretsmanager:GetSecretValue. Calls that do not go to AWS need none.
    """
    if call.service in NOT_AWS:
        return ()
    return tuple(sorted({*_own(call), *_besides(call)}))


def is_read(action: str) -> bool:
    """Does an action only look?"""
    return action.split(":")[1].startswith(("Get", "List", "Describe", "BatchGet", "View"))


def _own(call: Call) -> tuple[str, ...]:
    prefix = PREFIXES.get(call.service, call.service)
    return RENAMED.get(str(call), (f"{prefix}:{call.operation}",))


def _besides(call: Call) -> Iterator[str]:
    if any(call.params.get(member) for member in TAG_MEMBERS) and call.operation.startswith(_MAKES):
        yield _tagging(call)
    if str(call) in SERVICE_LINKED:
        yield "iam:CreateServiceLinkedRole"
    if call.service == "route53" and call.params.get("vpc"):
        yield "ec2:DescribeVpcs"
    if call.service != "iam" and any(_roles(call.params)):
        yield "iam:PassRole"
    if any(_secrets(call.params)):
        yield "secretsmanager:GetSecretValue"


_MAKES = ("Create", "Allocate", "Register", "Request", "Put", "Run", "Restore")


def _tagging(call: Call) -> str:
    if call.service == "iam":
        return IAM_TAG_ACTIONS[call.operation]
    return TAG_ACTIONS.get(call.service, f"{PREFIXES.get(call.service, call.service)}:TagResource")


def _roles(value: Any) -> Iterator[str]:
    """The members of a call's params that hand a role to a service."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, str) and item and str(name).endswith(("role_arn", "permission_arn")):
                yield name
            else:
                yield from _roles(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _roles(item)


def _secrets(value: Any) -> Iterator[FromSecret]:
    if isinstance(value, FromSecret):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secrets(item)
