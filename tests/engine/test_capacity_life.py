"""Keys and EC2 capacity in an account that refuses and delays as AWS does: made, changed, taken away, wanted again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from reconciler.aws.clients import Clients
from reconciler.converge import Pace
from reconciler.model import Action, Outcome
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from tests.engine.stacks import ACCOUNT, REGION, Workbench

pytestmark = pytest.mark.xdist_group("strict-aws")

PATIENT = Pace(first_pause=0.01, longest_pause=0.05, limit=60.0, visibility=20.0)
HEAD = "stack: shop\nregion: eu-central-1\n"
REST = "  news: {kind: sns.topic}\n"
KEY = "  data: {kind: encryption_key, services: [logs]}\n"
POOL = """
  net: {kind: network}
  pool: {kind: ec2_capacity, network: "${net}", scaling: {min: 1, max: 3}, instance_types: [%s]}
  api:
    kind: worker
    network: ${net}
    image: api:1
    cluster: ${pool.cluster_name}
    capacity_provider: ${pool.capacity_provider_name}
"""


@pytest.fixture(params=[STRICT, HOSTILE], ids=["strict", "hostile"])
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    strictness: Strictness = request.param
    server = start_aws(strict=strictness)
    server.reset()
    for name, value in server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    yield server
    assert (server.crashes, server.unimplemented) == ([], [])
    server.stop()


@pytest.fixture
def bench(aws: EmbeddedAws, tmp_path: Path) -> Workbench:
    return Workbench(tmp_path, Clients(REGION), {})


def spec(*entries: str, removed: str = "") -> str:
    return f"{HEAD}{removed}resources:\n{''.join(entries)}{REST}"


def applied(bench: Workbench, text: str) -> None:
    """Everything done, and nothing left to do."""
    result = bench.apply(text, pace=PATIENT)
    assert [(r.change.address, r.detail) for r in result.results if r.outcome is not Outcome.DONE] == []
    assert {change.action for change in bench.plan(text).changes} == {Action.NOOP}


def versions() -> list[str]:
    (group,) = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return [machine["LaunchTemplate"]["Version"] for machine in group["Instances"]]


def test_capacity_is_made_changed_with_its_instances_and_taken_away(bench: Workbench) -> None:
    applied(bench, spec(POOL % "t3.small"))
    assert versions() == ["1"]
    applied(bench, spec(POOL % "t3.medium"))
    assert versions() == ["2"]
    _joins("shop-pool")
    applied(bench, spec())
    assert boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert boto3.client("ecs").describe_capacity_providers()["capacityProviders"] == []
    assert boto3.client("ec2").describe_launch_templates()["LaunchTemplates"] == []
    assert boto3.client("iam").list_instance_profiles()["InstanceProfiles"] == []


def _joins(cluster: str) -> None:
    """The instance of the group joins the cluster, as the agent on it would have it do."""
    (group,) = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    who = {"instanceId": group["Instances"][0]["InstanceId"], "region": REGION, "accountId": ACCOUNT}
    boto3.client("ecs").register_container_instance(cluster=cluster, instanceIdentityDocument=json.dumps(who))


def test_a_key_is_let_go_by_word_only_and_comes_back_with_what_it_encrypted(bench: Workbench) -> None:
    kms = boto3.client("kms")
    applied(bench, spec(KEY))
    key = kms.describe_key(KeyId="alias/shop-data")["KeyMetadata"]["KeyId"]
    assert bench.plan(spec()).effects[0].address == "kms.alias/data"
    assert [change for change in bench.plan(spec()).effects if change.kind == "kms.key"] == []
    result = bench.apply(spec(removed="removed: [{name: data, reason: moved}]\n"), pace=PATIENT)
    assert {each.outcome for each in result.results} == {Outcome.DONE}
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    applied(bench, spec(KEY))
    found = kms.describe_key(KeyId="alias/shop-data")["KeyMetadata"]
    assert (found["KeyId"], found["KeyState"]) == (key, "Enabled")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
