"""A firewall in front of a load balancer and of a distribution, through the whole engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.aws.clients import Clients
from reconciler.converge import Pace
from reconciler.model import Action, ApplyResult, Outcome
from reconciler.simulator.aws import REPAIRS, EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, LENIENT, STRICT, Strictness
from tests.engine.stacks import REGION, Workbench

PACE = Pace(first_pause=0.01, longest_pause=0.05, limit=30.0, visibility=2.0)
SITE = """
stack: shop
region: eu-central-1
resources:
  net: {kind: network}
  balancer: {kind: elbv2.load_balancer, subnets: "${net.public_subnet_ids}"}
  door:
    kind: firewall
    protects: ["${balancer.load_balancer_arn}"]
    allow_addresses: [203.0.113.0/24, "2001:db8::/32"]
    block_countries: [KP]
    log: blocked
  edge: {kind: firewall, scope: cloudfront, log: all}
  cdn:
    kind: cdn
    origin_domain_name: ${balancer.dns_name}
    origin_protocol_policy: http-only
    web_acl_arn: ${edge.web_acl_arn}
"""
OWN_HEADERS = SITE + "    content_security_policy: default-src 'self'\n"
LOOSER = SITE.replace("[KP]", "[]").replace('203.0.113.0/24, "2001:db8::/32"', "198.51.100.0/24")
UNGUARDED = SITE[: SITE.index("  edge:")] + SITE[SITE.index("  cdn:") :].replace("${edge.web_acl_arn}", '""')


def emulator(strict: Strictness, plain: bool = False) -> Iterator[EmbeddedAws]:
    server = start_aws(strict=strict, repairs=() if plain else REPAIRS)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment(REGION).items():
            patch.setenv(name, value)
        yield server
    server.stop()


@pytest.fixture(scope="module", params=["strict", "hostile", "moto alone"])
def any_aws(request: pytest.FixtureRequest) -> Iterator[EmbeddedAws]:
    strict = {"strict": STRICT, "hostile": HOSTILE}.get(request.param, LENIENT)
    yield from emulator(strict, plain=request.param == "moto alone")


@pytest.fixture(scope="module")
def strict_aws() -> Iterator[EmbeddedAws]:
    yield from emulator(STRICT)


@pytest.fixture
def bench(strict_aws: EmbeddedAws, tmp_path: Path) -> Workbench:
    strict_aws.reset()
    return Workbench(tmp_path, Clients(REGION), {})


def waf(region: str = REGION) -> Any:
    return boto3.client("wafv2", region_name=region)


def effects(bench: Workbench, text: str) -> dict[str, Action]:
    return {change.address: change.action for change in bench.plan(text).effects}


def unfinished(result: ApplyResult) -> list[tuple[str, str]]:
    return [(each.change.address, each.detail) for each in result.results if each.outcome is not Outcome.DONE]


def named(name: str) -> dict[str, Any]:
    (found,) = (each for each in waf().list_web_acls(Scope="REGIONAL")["WebACLs"] if each["Name"] == name)
    return {"Name": name, "Scope": "REGIONAL", "Id": found["Id"]}


def test_it_settles_at_once_when_made_changed_and_taken_down(any_aws: EmbeddedAws, tmp_path: Path) -> None:
    any_aws.reset()
    bench = Workbench(tmp_path, Clients(REGION), {})
    for text in (SITE, LOOSER, SITE):
        assert unfinished(bench.apply(text, pace=PACE)) == []
        assert effects(bench, text) == {}
    assert unfinished(bench.apply(SITE, destroy=True, pace=PACE)) == []
    assert waf().list_web_acls(Scope="REGIONAL")["WebACLs"] == []
    assert waf("us-east-1").list_web_acls(Scope="CLOUDFRONT")["WebACLs"] == []
    assert waf().list_ip_sets(Scope="REGIONAL")["IPSets"] == []
    assert boto3.client("logs", region_name="us-east-1").describe_log_groups()["logGroups"] == []


def test_headers_of_our_own_come_and_go_with_the_distribution(bench: Workbench) -> None:
    for text in (OWN_HEADERS, SITE):
        assert unfinished(bench.apply(text, pace=PACE)) == []
        assert effects(bench, text) == {}
    policies = boto3.client("cloudfront").list_response_headers_policies(Type="custom")
    assert policies["ResponseHeadersPolicyList"]["Quantity"] == 0


def test_an_acl_goes_after_the_distribution_let_go_of_it(bench: Workbench) -> None:
    bench.apply(SITE, pace=PACE)
    assert effects(bench, UNGUARDED) == {
        "cloudfront.distribution/cdn-cdn": Action.UPDATE,
        "logs.log_group/edge-logs": Action.DELETE,
        "wafv2.logging_configuration/edge-logging": Action.DELETE,
        "wafv2.web_acl/edge": Action.DELETE,
    }
    assert unfinished(bench.apply(UNGUARDED, pace=PACE)) == []
    assert waf("us-east-1").list_web_acls(Scope="CLOUDFRONT")["WebACLs"] == []
    assert boto3.client("logs", region_name="us-east-1").describe_log_groups()["logGroups"] == []


def test_a_load_balancer_behind_somebody_elses_acl_is_never_taken_from_it(bench: Workbench) -> None:
    unprotected = "".join(line for line in SITE.splitlines(keepends=True) if "protects" not in line)
    bench.apply(unprotected, pace=PACE)
    (balancer,) = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "theirs"}
    theirs = waf().create_web_acl(Name="theirs", Scope="REGIONAL", DefaultAction={"Block": {}}, VisibilityConfig=seen)[
        "Summary"
    ]
    waf().associate_web_acl(WebACLArn=theirs["ARN"], ResourceArn=balancer["LoadBalancerArn"])
    assert [finding.code for finding in bench.plan(SITE).blocked] == ["RC2001"]
    assert effects(bench, unprotected) == {}
    bench.apply(unprotected, destroy=True, pace=PACE)
    assert [each["Name"] for each in waf().list_web_acls(Scope="REGIONAL")["WebACLs"]] == ["theirs"]


def test_the_rule_of_shield_survives_our_updates_and_is_no_drift(bench: Workbench) -> None:
    bench.apply(SITE, pace=PACE)
    who = named("shop-door")
    live = waf().get_web_acl(**who)
    shield: Any = {
        "Name": "ShieldMitigationRuleGroup_123456789012_0b1c2d3e-0000-4000-8000-000000000000_alb",
        "Priority": 10000000,
        "Statement": {"GeoMatchStatement": {"CountryCodes": ["KP"]}},
        "OverrideAction": {"None": {}},
        "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shield"},
    }
    members = {name: live["WebACL"][name] for name in ("DefaultAction", "Description", "VisibilityConfig")}
    rules = [*live["WebACL"]["Rules"], shield]
    waf().update_web_acl(**who, LockToken=live["LockToken"], **members, Rules=rules)
    assert effects(bench, SITE) == {}
    bench.apply(LOOSER, pace=PACE)
    assert shield["Name"] in [rule["Name"] for rule in waf().get_web_acl(**who)["WebACL"]["Rules"]]


@pytest.mark.parametrize(
    ("operation", "code"),
    [("UpdateWebACL", "WAFOptimisticLockException"), ("UpdateIPSet", "WAFOptimisticLockException")],
)
def test_an_update_that_lost_a_race_is_made_again(
    strict_aws: EmbeddedAws, bench: Workbench, operation: str, code: str
) -> None:
    bench.apply(SITE, pace=PACE)
    changed = SITE.replace("203.0.113.0/24", "198.51.100.0/24").replace("[KP]", "[KP, IR]")
    strict_aws.faults.fail("wafv2", operation, code)
    assert unfinished(bench.apply(changed, pace=PACE)) == []
    assert strict_aws.faults.unused == 0
    assert effects(bench, changed) == {}


def test_an_alias_of_another_distribution_fails_at_once_and_says_so(bench: Workbench) -> None:
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"
    own_name = f"    aliases: [files.example.com]\n    certificate_arn: {certificate}\n"
    text = f"stack: shop\nregion: {REGION}\nresources:\n" + "".join(
        f"  {name}:\n    kind: cdn\n    origin_domain_name: api.example.com\n{own_name}" for name in ("first", "second")
    )
    ((address, why),) = unfinished(bench.apply(text, pace=PACE))
    assert address.startswith("cloudfront.distribution/")
    assert "CNAMEs" in why


def test_a_lost_reply_makes_no_second_acl(strict_aws: EmbeddedAws, bench: Workbench) -> None:
    strict_aws.faults.lose_reply("wafv2", "CreateWebACL")
    assert unfinished(bench.apply(SITE, pace=PACE)) == []
    assert strict_aws.faults.unused == 0
    assert len(waf().list_web_acls(Scope="REGIONAL")["WebACLs"]) == 1
