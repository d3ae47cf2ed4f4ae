"""SIGKILL at random moments of an apply; running again ends in the same state, with no duplicate and no orphan."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from reconciler.model import RESOURCE_TAG
from reconciler.pipeline import look
from reconciler.simulator.aws import EmbeddedAws
from tests.engine.stacks import Workbench

STACK = """
stack: killed
region: eu-central-1
resources:
  network:
    kind: network
  web:
    kind: ec2.security_group
    vpc_id: ${network.vpc_id}
    description: Web
    ingress:
      - {ip_protocol: tcp, from_port: 80, to_port: 80, cidr_ipv4: 0.0.0.0/0}
  balancer:
    kind: elbv2.load_balancer
    scheme: internet-facing
    subnets: "${network.public_subnet_ids}"
    security_groups: ["${web.group_id}"]
  files:
    kind: bucket
    cors_origins: ["https://example.com"]
  role:
    kind: iam.role
    assume_role_policy_document: {Version: "2012-10-17", Statement: []}
    policies:
      write: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: "${files.arn}/*"}]}
  news:
    kind: sns.topic
    display_name: News
"""
READS = ("List", "Get", "Describe")


def writes(aws: EmbeddedAws) -> int:
    return sum(not operation.startswith(READS) for _, operation in list(aws.calls))


def apply_command(path: Path) -> list[str]:
    return [sys.executable, "-m", "reconciler", "apply", "--yes", "-f", str(path)]


def kill_after(process: subprocess.Popen[bytes], aws: EmbeddedAws, count: int) -> bool:
    """SIGKILL as soon as the emulator has seen `count` write calls; False when the apply ended before that."""
    while process.poll() is None:
        if writes(aws) >= count:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.001)
    return False


def live_addresses(aws: EmbeddedAws, bench: Workbench) -> Iterator[str]:
    """The address tag of everything that carries our tag, read by the owned() of all kinds."""
    view = look(bench.desired(STACK), bench.executor())
    return (item.tags[RESOURCE_TAG] for item in view.owned)


@pytest.mark.parametrize("seed", range(10))
def test_an_apply_killed_at_any_moment_converges_when_run_again(bench: Workbench, aws: EmbeddedAws, seed: int) -> None:
    desired = bench.desired(STACK)
    path = bench.folder / "stack.yaml"
    moment = random.Random(seed).randint(1, 30)
    first = subprocess.Popen(apply_command(path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert kill_after(first, aws, moment), f"the apply ended before its write {moment}"
    assert writes(aws) >= moment

    again = subprocess.run(apply_command(path), capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr

    plan = bench.plan(STACK)
    assert [change.address for change in plan.effects] == []
    assert Counter(live_addresses(aws, bench)) == Counter(list(desired.expanded.resources))
    tagged = [{"Name": "tag-key", "Values": [RESOURCE_TAG]}]
    assert len(boto3.client("ec2").describe_vpcs(Filters=tagged)["Vpcs"]) == 1
    assert len(boto3.client("ec2").describe_internet_gateways()["InternetGateways"]) == 1
    assert len(boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]) == 1
