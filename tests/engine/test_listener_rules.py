"""Priorities of listener rules: exchanged, rotated, inherited from a rule that goes, and never taken from somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from reconciler.aws.executor import READ_PREFIXES
from reconciler.model import Outcome
from reconciler.simulator.aws import EmbeddedAws
from tests.engine.stacks import Workbench

STACK = """
stack: shop
region: eu-central-1
resources:
  net: {kind: network}
  web:
    kind: elbv2.load_balancer
    subnets: "${net.public_subnet_ids}"
  http:
    kind: elbv2.listener
    load_balancer_arn: ${web.load_balancer_arn}
    port: 80
    protocol: HTTP
    default_actions: [{type: fixed-response, fixed_response_config: {status_code: "404"}}]
"""
RULE = """
  {name}:
    kind: elbv2.listener_rule
    listener_arn: ${{http.listener_arn}}
    priority: {priority}
    conditions: [{{field: path-pattern, path_pattern_config: {{values: ["/{name}/*"]}}}}]
    actions: [{{type: fixed-response, fixed_response_config: {{status_code: "200"}}}}]
"""


def spec(**priorities: int) -> str:
    return STACK + "".join(RULE.format(name=name, priority=priority) for name, priority in priorities.items())


def listener() -> str:
    elb = boto3.client("elbv2")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    arn: str = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    return arn


def live() -> Mapping[str, int]:
    """The priorities of the rules by the path they are about."""
    rules = boto3.client("elbv2").describe_rules(ListenerArn=listener())["Rules"]
    return {
        rule["Conditions"][0]["PathPatternConfig"]["Values"][0].split("/")[1]: int(rule["Priority"])
        for rule in rules
        if not rule["IsDefault"]
    }


def apply(bench: Workbench, **priorities: int) -> None:
    result = bench.apply(spec(**priorities))
    assert [(r.change.address, r.detail) for r in result.results if r.outcome is not Outcome.DONE] == []
    assert result.remaining is not None
    assert result.remaining.effects == ()
    assert live() == priorities


@pytest.mark.parametrize(
    "then",
    [{"a": 2, "b": 1, "c": 3}, {"a": 2, "b": 3, "c": 1}, {"a": 3, "b": 1, "c": 2}, {"a": 2, "b": 3, "c": 4}],
    ids=str,
)
def test_rules_exchange_their_places_in_one_apply(bench: Workbench, aws: EmbeddedAws, then: dict[str, int]) -> None:
    apply(bench, a=1, b=2, c=3)
    apply(bench, **then)


def test_a_new_rule_gets_the_place_of_one_that_goes_in_the_same_apply(bench: Workbench, aws: EmbeddedAws) -> None:
    apply(bench, old=1, other=2)
    apply(bench, other=1, new=2)


def test_somebody_elses_rule_keeps_its_place(bench: Workbench, aws: EmbeddedAws) -> None:
    apply(bench, a=1)
    condition: Any = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/theirs/*"]}}]
    answer: Any = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    boto3.client("elbv2").create_rule(ListenerArn=listener(), Priority=5, Conditions=condition, Actions=answer)
    (moved,) = bench.plan(spec(a=5)).blocked
    assert "priority 5 is taken by" in moved.message
    (made,) = bench.plan(spec(a=1, b=5)).blocked
    assert "is not ours" in made.message
    assert live() == {"a": 1, "theirs": 5}


def test_two_rules_of_one_place_are_refused_before_anything_is_written(bench: Workbench, aws: EmbeddedAws) -> None:
    apply(bench, a=1, b=2)
    before = len(aws.calls)
    (finding,) = bench.plan(spec(a=1, b=1)).blocked
    assert "also that of elbv2.listener_rule/a" in finding.message
    assert [call for call in aws.calls[before:] if not call[1].startswith(READ_PREFIXES)] == []


def test_rules_on_a_listener_of_others_are_found_when_the_spec_drops_them(bench: Workbench, aws: EmbeddedAws) -> None:
    apply(bench, a=1)
    guest = "stack: guest\nregion: eu-central-1\nresources:\n  news: {kind: sns.topic}\n"
    rule = RULE.format(name="guest", priority=7).replace("${http.listener_arn}", listener())
    assert {result.outcome for result in bench.apply(guest + rule).results} == {Outcome.DONE}
    assert live() == {"a": 1, "guest": 7}
    bench.apply(guest)
    assert live() == {"a": 1}
