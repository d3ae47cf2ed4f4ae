"""A stack's whole life as its owner types it: validate, plan, apply, drift, heal, destroy."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import ACCOUNT, Shell, client, writes
from tests.cli.stacks import SHOP

LINE_OF = {"network": 9, "web": 11, "files": 17, "worker": 20, "news": 25, "letter": 28, "logs": 32, "slow": 36}


def test_the_life_of_a_stack(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(SHOP)
    addresses = validated(shell, aws)
    planned(shell, aws, addresses)
    applied(shell, aws, addresses)
    applied_again(shell, aws)
    drifted(shell, aws)
    destroyed(shell, aws)


def validated(shell: Shell, aws: EmbeddedAws) -> Sequence[str]:
    """Says what the spec makes, and contacts nothing. The addresses."""
    resources = shell("validate", "-o", "json").document["resources"]
    text = shell("validate")
    assert text.code == Exit.OK
    assert text.stdout == f"spec/shop.yaml is valid: 9 entries, {len(resources)} resources\n"
    assert aws.calls == []
    assert len(resources) >= 15
    return [resource["address"] for resource in resources]


def planned(shell: Shell, aws: EmbeddedAws, addresses: Sequence[str]) -> None:
    """Every object with its place, and no write."""
    plan = shell("plan", "--detailed-exitcode")
    assert plan.code == Exit.DIFFERENCES
    headings = dict(re.findall(r"^  # (\S+) will be created   \(spec/shop\.yaml:(\d+)\)$", plan.stdout, re.MULTILINE))
    assert sorted(headings) == sorted(addresses)
    for address, line in headings.items():
        entry = address.split("/")[1].split("-")[0]
        assert int(line) == LINE_OF.get(entry, int(line)), address
    assert f"\nPlan: {len(addresses)} to add, 0 to change, 0 to destroy.\n" in plan.stdout
    assert writes(aws) == []
    assert plan.stderr == ""


def applied(shell: Shell, aws: EmbeddedAws, addresses: Sequence[str]) -> None:
    """The objects exist and are ours; progress and the plan go to stderr, how it went to stdout."""
    outcome = shell("apply", "--yes")
    assert outcome.code == Exit.OK
    assert f"Resources: {len(addresses)} added, 0 changed, 0 destroyed." in outcome.stdout
    assert f"Plan: {len(addresses)} to add" in outcome.stderr
    for address in addresses:
        assert re.search(rf"^  ok +create +{re.escape(address)} \(", outcome.stderr, re.MULTILINE), address
    topic = f"arn:aws:sns:eu-central-1:{ACCOUNT}:shop-news"
    tags = client(aws, "sns").list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "team": "sales",
        "reconciler:stack": "shop",
        "reconciler:resource": "sns.topic/news",
    }
    role = client(aws, "iam").get_role_policy(RoleName="shop-worker", PolicyName="write")["PolicyDocument"]
    assert role["Statement"][0]["Resource"] == f"arn:aws:s3:::shop-files-{ACCOUNT}/*"


def applied_again(shell: Shell, aws: EmbeddedAws) -> None:
    """Nothing to do is nothing done, whether anybody said yes or not."""
    aws.calls.clear()
    again = shell("apply")
    assert (again.code, writes(aws)) == (Exit.OK, [])
    assert "No changes. Your infrastructure matches the spec." in again.stdout
    assert aws.calls != []


def drifted(shell: Shell, aws: EmbeddedAws) -> None:
    """What somebody changes by hand is found, named with its place, and put back; only that is written."""
    client(aws, "logs").put_retention_policy(logGroupName="/shop/web", retentionInDays=7)
    drift = shell("drift")
    assert drift.code == Exit.DIFFERENCES
    assert "logs.log_group/logs" in drift.stdout
    assert "retention_in_days: live 7, spec says 30   # spec/shop.yaml:35" in drift.stdout
    aws.calls.clear()
    healed = shell("apply", "--yes")
    assert healed.code == Exit.OK
    assert "Resources: 0 added, 1 changed, 0 destroyed." in healed.stdout
    assert writes(aws) == [("logs", "PutRetentionPolicy")]
    (group,) = client(aws, "logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 30
    assert shell("drift").code == Exit.OK


def destroyed(shell: Shell, aws: EmbeddedAws) -> None:
    """Everything goes but what holds data, and that is said."""
    outcome = shell("destroy", "--yes")
    assert outcome.code == Exit.OK
    assert client(aws, "sns").list_topics()["Topics"] == []
    assert client(aws, "ses").list_templates()["TemplatesMetadata"] == []
    tagged = [{"Name": "tag:reconciler:stack", "Values": ["shop"]}]
    assert client(aws, "ec2").describe_vpcs(Filters=tagged)["Vpcs"] == []
    assert [bucket["Name"] for bucket in client(aws, "s3").list_buckets()["Buckets"]] == [f"shop-files-{ACCOUNT}"]
    assert [secret["Name"] for secret in client(aws, "secretsmanager").list_secrets()["SecretList"]] == ["shop-session"]
    assert client(aws, "logs").describe_log_groups()["logGroups"] == []
    assert f"shop-files-{ACCOUNT} stays" in " ".join(outcome.stderr.split())
