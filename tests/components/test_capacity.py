"""What `ec2_capacity`, `github_deploy` and `encryption_key` promise: who may take what on, and where tasks run."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from reconciler.components.base import Context
from reconciler.components.registry import component
from reconciler.model import Band, Reference, Resource, Template
from reconciler.spec import shipped
from reconciler.spec.properties import complete
from tests.components.test_parts import of_kind, resources

NETWORK = "  net: {kind: network}\n"
DEPLOY = "  hub: {kind: github_deploy, repository: acme/shop%s}\n"
SUBJECT = "token.actions.githubusercontent.com:sub"


# --- github_deploy ----------------------------------------------------------------------------------------------------


def role(folder: Path, name: str, more: str = "") -> Resource:
    return of_kind(resources(folder, DEPLOY % more), "iam.role")[f"hub-{name}"]


def may_take_on(found: Resource, subject: str, audience: str = "sts.amazonaws.com") -> bool:
    """Does the trust policy let a token of GitHub in, as IAM reads it?"""
    (statement,) = found.properties["assume_role_policy_document"]["Statement"]
    condition = statement["Condition"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert set(condition) == {"StringEquals", "StringLike"}
    assert list(condition["StringEquals"]) == ["token.actions.githubusercontent.com:aud"]
    (wanted,) = condition["StringEquals"].values()
    return audience == wanted and any(fnmatchcase(subject, each) for each in condition["StringLike"][SUBJECT])


OLD, NEW = "repo:acme/shop", "repo:acme@12/shop@34"


@pytest.mark.parametrize("form", [OLD, NEW])
@pytest.mark.parametrize("more", ["", ", owner_id: 12, repository_id: 34"])
def test_pull_requests_plan_and_the_environment_applies(tmp_path: Path, form: str, more: str) -> None:
    plan, apply = role(tmp_path, "plan", more), role(tmp_path, "apply", more)
    assert may_take_on(plan, f"{form}:pull_request")
    assert may_take_on(plan, f"{form}:ref:refs/heads/main")
    assert may_take_on(apply, f"{form}:environment:production")
    for subject in ("pull_request", "ref:refs/heads/main", "environment:staging", "ref:refs/heads/production"):
        assert not may_take_on(apply, f"{form}:{subject}")
    assert not may_take_on(plan, f"{form}:environment:production")
    assert not may_take_on(apply, f"{form}:environment:production", audience="somebody")


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/shop-fork:environment:production",
        "repo:evil/shop:environment:production",
        "repo:acme@99/shop@34:environment:production",
        "repo:acme@12/shop@99:environment:production",
        "repo:acme-evil@12/shop@34:environment:production",
    ],
)
def test_no_other_repository_may_take_the_roles_on(tmp_path: Path, subject: str) -> None:
    assert not may_take_on(role(tmp_path, "apply", ", owner_id: 12, repository_id: 34"), subject)


def test_where_the_spec_says_so_the_branch_applies(tmp_path: Path) -> None:
    apply = role(tmp_path, "apply", ", apply_from: branch, branch: trunk")
    assert may_take_on(apply, f"{OLD}:ref:refs/heads/trunk")
    assert not may_take_on(apply, f"{OLD}:environment:production")
    assert not may_take_on(apply, f"{OLD}:pull_request")


def denied(found: Resource) -> dict[str, Any]:
    documents = found.properties["policies"].values()
    return {s["Sid"]: s for document in documents for s in document["Statement"] if s["Effect"] == "Deny"}


def test_a_plan_reads_and_reads_no_data(tmp_path: Path) -> None:
    plan = role(tmp_path, "plan")
    assert plan.properties["managed_policy_arns"] == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    refused = denied(plan)["NoData"]
    assert {"secretsmanager:GetSecretValue", "s3:GetObject*", "ssm:GetParameter*"} <= set(refused["Action"])
    assert refused["Resource"] == "*"
    assert denied(role(tmp_path, "plan", ", plan_reads_data: true")) == {}


def test_what_applies_changes_roles_of_the_stack_only_and_never_its_own(tmp_path: Path) -> None:
    apply = role(tmp_path, "apply")
    statements = {s["Sid"]: s for s in apply.properties["policies"]["iam-of-the-stack"]["Statement"]}
    assert all(":role/shop-" in arn or "/shop-" in arn for arn in statements["OfTheStack"]["Resource"])
    assert not any(each.startswith("iam:*") for each in statements["Look"]["Action"])
    refused = denied(apply)["NotItself"]
    tags = refused["Condition"]["StringEquals"]
    assert tags["aws:ResourceTag/reconciler:resource"] == ["iam.role/hub-plan", "iam.role/hub-apply"]
    assert {"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:TagRole"} <= set(refused["Action"])


def test_the_provider_is_made_or_the_one_that_is_there_is_used(tmp_path: Path) -> None:
    made = resources(tmp_path, DEPLOY % "")
    assert of_kind(made, "iam.oidc_provider")["hub-provider"].properties["client_id_list"] == ["sts.amazonaws.com"]
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    found = resources(tmp_path, DEPLOY % f", provider_arn: '{arn}'")
    assert of_kind(found, "iam.oidc_provider") == {}
    for each in of_kind(found, "iam.role").values():
        (statement,) = each.properties["assume_role_policy_document"]["Statement"]
        assert statement["Principal"] == {"Federated": arn}


def test_policies_given_take_the_place_of_those_aws_keeps(tmp_path: Path) -> None:
    arn = "arn:aws:iam::123456789012:policy/ours"
    more = f", plan_policy_arns: ['{arn}'], apply_policy_arns: ['{arn}'], permissions_boundary: '{arn}'"
    for name in ("plan", "apply"):
        found = role(tmp_path, name, more)
        assert found.properties["managed_policy_arns"] == [arn]
        assert found.properties["permissions_boundary"] == arn


# --- encryption_key ---------------------------------------------------------------------------------------------------


def key_statements(folder: Path, more: str = "") -> dict[str, Any]:
    key = of_kind(resources(folder, f"  data: {{kind: encryption_key{more}}}\n"), "kms.key")["data"]
    return {statement["Sid"]: statement for statement in key.properties["policy"]["Statement"]}


def test_a_key_is_protected_turns_and_belongs_to_the_account(tmp_path: Path) -> None:
    found = resources(tmp_path, "  data: {kind: encryption_key}\n")
    key, alias = found["kms.key/data"], found["kms.alias/data-alias"]
    assert (key.protect, key.properties["key_rotation_enabled"], key.properties["key_state"]) == (True, True, "Enabled")
    assert alias.properties == {"alias_name": "alias/shop-data", "target_key_id": Reference("kms.key/data", "key_id")}
    statements = key_statements(tmp_path)
    assert list(statements) == ["account"]
    assert statements["account"]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_each_service_may_use_a_key_for_this_account_only(tmp_path: Path) -> None:
    named = ["logs", "cloudfront", "sns", "cloudwatch", "events"]
    statements = key_statements(tmp_path, f", services: [{', '.join(named)}]")
    assert list(statements) == ["account", *named]
    assert statements["logs"]["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    assert statements["sns"]["Principal"] == {"Service": "sns.amazonaws.com"}
    assert all("123456789012" in str(statements[name]["Condition"]) for name in named)
    assert all("kms:*" not in statements[name]["Action"] for name in named)


# --- ec2_capacity -----------------------------------------------------------------------------------------------------


def capacity(folder: Path, more: str = "") -> dict[str, Resource]:
    return resources(folder, NETWORK + f"  pool: {{kind: ec2_capacity, network: '${{net}}'{more}}}\n")


def machine(found: dict[str, Resource]) -> dict[str, Any]:
    data: dict[str, Any] = found["ec2.launch_template/pool-template"].properties["launch_template_data"]
    return data


def test_instances_join_the_cluster_that_uses_them(tmp_path: Path) -> None:
    found = capacity(tmp_path)
    cluster = found["ecs.cluster/pool-cluster"].properties
    assert f"ECS_CLUSTER={cluster['cluster_name']}\n" in machine(found)["user_data"]
    provider = Reference("ecs.capacity_provider/pool-provider", "name")
    assert cluster["capacity_providers"] == ["FARGATE", "FARGATE_SPOT", provider]
    assert found["ecs.capacity_provider/pool-provider"].properties["auto_scaling_group_arn"] == Reference(
        "autoscaling.auto_scaling_group/pool", "auto_scaling_group_arn"
    )


def test_a_cluster_that_is_there_is_joined_and_none_is_made(tmp_path: Path) -> None:
    found = capacity(tmp_path, ", cluster: shop-main")
    assert of_kind(found, "ecs.cluster") == {}
    assert "ECS_CLUSTER=shop-main\n" in machine(found)["user_data"]
    text = (
        NETWORK
        + "  there: {kind: ecs.cluster}\n"
        + "  pool: {kind: ec2_capacity, network: '${net}', cluster: '${there.cluster_name}'}\n"
    )
    joined = machine(resources(tmp_path, text))["user_data"]
    assert isinstance(joined, Template)
    assert Reference("ecs.cluster/there", "cluster_name") in joined.parts


def test_instances_are_hard_to_rob(tmp_path: Path) -> None:
    found = capacity(tmp_path)
    data = machine(found)
    assert data["metadata_options"]["http_tokens"] == "required"
    assert "ECS_AWSVPC_BLOCK_IMDS=true" in data["user_data"]
    assert "key_name" not in data
    assert data["block_device_mappings"][0]["ebs"]["encrypted"] is True
    assert found["ec2.security_group/pool-machines"].properties["ingress"] == []


@pytest.mark.parametrize(
    ("size", "architecture"), [("t3.small", ""), ("m7i.large", ""), ("t4g.small", "arm64/"), ("c7gn.large", "arm64/")]
)
def test_the_image_fits_the_processor(tmp_path: Path, size: str, architecture: str) -> None:
    image = machine(capacity(tmp_path, f", instance_types: [{size}]"))["image_id"]
    assert image == f"resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/{architecture}recommended/image_id"


def test_ecs_decides_how_many_instances_there_are(tmp_path: Path) -> None:
    group = capacity(tmp_path, ", scaling: {min: 1, max: 4}")["autoscaling.auto_scaling_group/pool"].properties
    assert group["desired_capacity"] == Band("ecs", 1, 4)
    assert (group["min_size"], group["max_size"], group["new_instances_protected_from_scale_in"]) == (1, 4, True)


def test_a_new_template_replaces_the_instances(tmp_path: Path) -> None:
    group = capacity(tmp_path)["autoscaling.auto_scaling_group/pool"].properties
    assert group["launch_template"]["version"] == Reference(
        "ec2.launch_template/pool-template", "default_version_number"
    )
    assert group["instance_refresh"]["scale_in_protected_instances"] == "Refresh"


def test_several_sizes_and_spot_instances_are_mixed(tmp_path: Path) -> None:
    more = ", instance_types: [t3.small, t3a.small], spot_percent: 70"
    group = capacity(tmp_path, more)["autoscaling.auto_scaling_group/pool"].properties
    assert "launch_template" not in group
    mixed = group["mixed_instances_policy"]
    assert [each["instance_type"] for each in mixed["launch_template"]["overrides"]] == ["t3.small", "t3a.small"]
    assert mixed["instances_distribution"]["on_demand_percentage_above_base_capacity"] == 30
    assert group["capacity_rebalance"] is True


@pytest.mark.parametrize("kind", ["web_service", "worker"])
def test_a_service_runs_on_capacity_of_our_own_or_on_fargate(tmp_path: Path, kind: str) -> None:
    where = ", cluster: '${pool.cluster_name}', capacity_provider: '${pool.capacity_provider_name}'"
    service = "  api: {kind: %s, network: '${net}', image: 'api:1'%s}\n"
    pool = NETWORK + "  pool: {kind: ec2_capacity, network: '${net}'}\n"
    ours, fargate = (resources(tmp_path, pool + service % (kind, more)) for more in (where, ""))
    strategy = ours["ecs.service/api"].properties["capacity_provider_strategy"]
    assert strategy[0]["capacity_provider"] == Reference("ecs.capacity_provider/pool-provider", "name")
    assert "launch_type" not in ours["ecs.service/api"].properties
    assert ours["ecs.task_definition/api-task"].properties["requires_compatibilities"] == ["EC2"]
    assert fargate["ecs.service/api"].properties["launch_type"] == "FARGATE"
    network = [each["ecs.service/api"].properties["network_configuration"] for each in (ours, fargate)]
    assert [each["awsvpc_configuration"]["assign_public_ip"] for each in network] == ["DISABLED", "ENABLED"]


# --- other partitions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("region", "start"), [("cn-north-1", "arn:aws-cn:"), ("us-gov-west-1", "arn:aws-us-gov:")])
def test_arns_are_those_of_the_regions_partition(region: str, start: str) -> None:
    for name, given in (
        ("encryption_key", {"services": ["logs", "cloudfront"]}),
        ("github_deploy", {"repository": "a/b"}),
    ):
        properties = complete(given, shipped().fragment(name))
        text = str(component(name).expand("main", properties, Context("shop", "123456789012", region)))
        assert start in text
        assert "arn:aws:" not in text
