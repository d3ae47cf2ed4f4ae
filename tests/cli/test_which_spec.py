"""Which file, which environment, which variables: found where it is plain, asked for where it is not."""

from __future__ import annotations

import pytest

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import Shell, client
from tests.cli.stacks import TOPIC

PARAMETERS = """\
stack: shop
region: eu-central-1
vars:
  label: News
  secret_label:
resources:
  news:
    kind: sns.topic
    display_name: ${vars.label}
environments:
  staging:
    vars:
      label: Staging news
  production: {}
"""


def test_the_only_spec_is_found_whatever_its_ending(shell: Shell) -> None:
    path = shell.write(TOPIC, "spec/other.yml")
    assert shell("validate").stdout.startswith("spec/other.yml is valid")
    shell.write(TOPIC, "spec/examples/more.yaml")
    assert shell("validate").code == Exit.OK
    path.rename(shell.folder / "elsewhere.yml")
    nothing = shell("validate")
    assert nothing.code == Exit.ERROR
    assert nothing.stderr == "error: no spec found in spec/\n  = help: name one with `-f FILE`\n"


def test_two_specs_are_named_and_asked_for(shell: Shell) -> None:
    shell.write(TOPIC, "spec/one.yaml")
    shell.write(TOPIC, "spec/two.yml")
    ended = shell("plan", "-o", "json")
    assert ended.code == Exit.ERROR
    assert "several specs in spec/: spec/one.yaml, spec/two.yml" in ended.stderr
    assert ended.document["error"]["help"] == "name one with `-f FILE`"
    assert shell("validate", "-f", "spec/two.yml").code == Exit.OK


@pytest.mark.parametrize(("name", "why"), [("nope.yaml", "no such file or directory"), ("spec", "it is a folder")])
def test_a_file_that_cannot_be_read_is_an_invalid_spec(shell: Shell, name: str, why: str) -> None:
    shell.write(TOPIC)
    ended = shell("plan", "-f", name)
    assert ended.code == Exit.INVALID_SPEC
    assert f"cannot read `{name}`: {why}" in ended.stderr
    assert f"--> {name}:1:1" in ended.stderr
    assert "help:" in ended.stderr


def test_an_unknown_environment_shows_those_there_are(shell: Shell) -> None:
    shell.write(PARAMETERS)
    ended = shell("validate", "--env", "stagign")
    assert ended.code == Exit.INVALID_SPEC
    assert "unknown environment `stagign`" in ended.stderr
    assert "--> spec/shop.yaml:10:1" in ended.stderr
    assert "did you mean `staging`?" in ended.stderr
    assert shell("validate", "--env", "production").code == Exit.OK


def test_an_unknown_variable_shows_the_one_that_was_meant(shell: Shell) -> None:
    shell.write(PARAMETERS)
    ended = shell("validate", "--var", "lable=x")
    assert ended.code == Exit.INVALID_SPEC
    assert "did you mean `--var label=...`?" in ended.stderr


def test_a_variable_reaches_the_plan_and_may_hold_an_equals_sign(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(PARAMETERS)
    ended = shell("plan", "--env", "staging", "--var", "label=a=b")
    assert '+ display_name = "a=b"' in ended.stdout
    assert "Stack shop-staging," in ended.stdout


def test_a_mistake_in_one_environment_is_found_before_it_is_used(shell: Shell) -> None:
    shell.write(PARAMETERS.replace("  production: {}", "  production:\n    resources:\n      nwes: {display_name: x}"))
    ended = shell("validate")
    assert ended.code == Exit.INVALID_SPEC
    assert "--> spec/shop.yaml:16:7" in ended.stderr
    assert "did you mean `news`?" in ended.stderr


def test_the_plan_option_is_the_plan_command(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(PARAMETERS, "other.yaml")
    command = shell("plan", "-f", "other.yaml")
    assert "Plan: 1 to add" in command.stdout
    for arguments in (("--plan", "-f", "other.yaml"), ("-f", "other.yaml", "--plan")):
        assert shell(*arguments) == command
    assert shell("--plan", "-f", "other.yaml", "--env", "demo").code == Exit.INVALID_SPEC


KEPT = """\
stack: shop
region: eu-central-1
vars:
  range: 10.1.0.0/16
resources:
  network:
    kind: ec2.vpc
    cidr_block: ${vars.range}
"""
DROPPED = """\
  inside:
    kind: ec2.subnet
    vpc_id: ${network.vpc_id}
    cidr_block: ${vars.range}
  cluster:
    kind: ecs.cluster
  task:
    kind: ecs.task_definition
    cpu: "256"
    memory: "512"
    container_definitions:
      - {name: api, image: "ghcr.io/shop/api:1"}
  api:
    kind: ecs.service
    cluster: ${cluster.cluster_name}
    task_definition: ${task.task_definition_arn}
    desired_count: {owner: autoscaling, within: [1, 3]}
    network_configuration:
      awsvpc_configuration:
        subnets: ["${inside.subnet_id}"]
  scaling:
    kind: application_autoscaling.scalable_target
    resource_id: ${api.scalable_resource_id}
    min_capacity: 1
    max_capacity: 3
  cpu:
    kind: application_autoscaling.scaling_policy
    resource_id: ${scaling.resource_id}
    target_tracking_scaling_policy_configuration:
      target_value: 60
      predefined_metric_specification: {predefined_metric_type: ECSServiceAverageCPUUtilization}
  letter:
    kind: ses.template
    subject_part: Hello
    text_part: Hello
  news:
    kind: sns.topic
"""
STAGING = """\
environments:
  staging:
    vars: {range: 10.2.0.0/16}
"""


def owned_by(aws: EmbeddedAws, stack: str) -> dict[str, int]:
    """What there is of a stack, of kinds that are found by name, by tag and through their parents."""
    scaling, tagged = client(aws, "application-autoscaling"), [{"Name": "tag:reconciler:stack", "Values": [stack]}]
    clusters = client(aws, "ecs").describe_clusters(clusters=[f"{stack}-cluster"])["clusters"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    templates = client(aws, "ses").list_templates()["TemplatesMetadata"]
    topics = client(aws, "sns").list_topics()["Topics"]
    return {
        "vpcs": len(client(aws, "ec2").describe_vpcs(Filters=tagged)["Vpcs"]),
        "clusters": sum(cluster["status"] == "ACTIVE" for cluster in clusters),
        "policies": sum(policy["ResourceId"] == f"service/{stack}-cluster/{stack}-api" for policy in policies),
        "targets": sum(target["ResourceId"] == f"service/{stack}-cluster/{stack}-api" for target in targets),
        "templates": sum(template["Name"] == f"{stack}_letter" for template in templates),
        "topics": sum(topic["TopicArn"].endswith(f":{stack}-news") for topic in topics),
    }


def test_environments_live_side_by_side_and_never_touch_each_other(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(KEPT + DROPPED + STAGING)
    for environment in ((), ("--env", "staging")):
        assert shell("apply", "--yes", *environment).code == Exit.OK
    everything = {"vpcs": 1, "clusters": 1, "policies": 1, "targets": 1, "templates": 1, "topics": 1}
    assert owned_by(aws, "shop") == owned_by(aws, "shop-staging") == everything

    shell.write(KEPT + STAGING)
    pruned = shell("apply", "--yes")
    assert (pruned.code, "shop-staging" in pruned.output) == (Exit.OK, False)
    left = {"vpcs": 1, "clusters": 0, "policies": 0, "targets": 0, "templates": 0, "topics": 0}
    assert owned_by(aws, "shop") == left
    assert owned_by(aws, "shop-staging") == everything

    assert shell("destroy", "--yes", "--env", "staging").code == Exit.OK
    assert owned_by(aws, "shop-staging") == dict.fromkeys(everything, 0)
    assert owned_by(aws, "shop") == left
