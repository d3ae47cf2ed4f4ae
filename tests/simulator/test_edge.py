"""A bucket behind CloudFront, through the whole engine: on the repaired emulator, and on moto as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.aws.clients import Clients
from reconciler.errors import InvalidSpec
from reconciler.model import Action, Outcome
from reconciler.simulator import repair_edge
from reconciler.simulator.aws import REPAIRS, EmbeddedAws, start_aws
from reconciler.simulator.repair import Repair
from tests.engine.stacks import REGION, Workbench

SITE = """
stack: shop
region: eu-central-1
resources:
  site:
    kind: bucket_with_cdn
    default_root_object: index.html
    single_page_app: true
"""
CHANGED = SITE.replace("single_page_app: true", "price_class: PriceClass_All\n    expire_after_days: 7")
OWN_DOMAIN = f"""{CHANGED}
    aliases: [files.example.com, "*.example.org"]
    certificate_arn: arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000
"""
ALL = tuple(dict.fromkeys((*REPAIRS, *repair_edge.REPAIRS)))
BUCKET = "shop-site-123456789012"


@contextmanager
def emulator(repairs: Sequence[Repair]) -> Iterator[EmbeddedAws]:
    """A server with these repairs; the environment points boto3 at it."""
    server = start_aws(repairs=repairs)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment(REGION).items():
            patch.setenv(name, value)
        yield server
    server.stop()


@pytest.fixture(scope="module", params=["repaired", "moto alone"])
def any_aws(request: pytest.FixtureRequest) -> Iterator[EmbeddedAws]:
    with emulator(ALL if request.param == "repaired" else ()) as server:
        yield server


@pytest.fixture(scope="module")
def repaired() -> Iterator[EmbeddedAws]:
    with emulator(ALL) as server:
        yield server


@pytest.fixture(scope="module")
def clients(repaired: EmbeddedAws) -> Clients:
    return Clients(REGION)


@pytest.fixture
def aws(repaired: EmbeddedAws) -> EmbeddedAws:
    repaired.reset()
    return repaired


@pytest.fixture
def bench(aws: EmbeddedAws, clients: Clients, tmp_path: Path) -> Workbench:
    return Workbench(tmp_path, clients, {})


@pytest.fixture
def cloudfront(aws: EmbeddedAws) -> Any:
    return boto3.client("cloudfront")


def effects(bench: Workbench, text: str) -> dict[str, Action]:
    return {change.address: change.action for change in bench.plan(text).effects}


def distributions(cloudfront: Any) -> list[Any]:
    found: list[Any] = cloudfront.list_distributions()["DistributionList"].get("Items", [])
    return found


def test_it_settles_at_once_when_made_changed_and_taken_down(any_aws: EmbeddedAws, tmp_path: Path) -> None:
    any_aws.reset()
    bench = Workbench(tmp_path, Clients(REGION), {})
    for text in (SITE, CHANGED, OWN_DOMAIN, SITE):
        result = bench.apply(text)
        assert [each.outcome for each in result.results if each.outcome is not Outcome.DONE] == []
        assert effects(bench, text) == {}
    bench.apply(SITE, destroy=True)
    assert effects(bench, SITE) == {
        "cloudfront.origin_access_control/site-access": Action.CREATE,
        "cloudfront.distribution/site-cdn": Action.CREATE,
        "s3.bucket_policy/site-policy": Action.CREATE,
    }


def test_own_domain_names_need_a_certificate(bench: Workbench) -> None:
    with pytest.raises(InvalidSpec) as caught:
        bench.plan(SITE + "    aliases: [files.example.com]\n")
    (problem,) = caught.value.problems
    assert "certificate_arn" in problem.message


def test_only_this_distribution_may_read_and_it_signs_what_it_asks(bench: Workbench, cloudfront: Any) -> None:
    bench.apply(SITE)
    (live,) = distributions(cloudfront)
    (statement,) = json.loads(boto3.client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceArn": live["ARN"]}}
    assert (statement["Action"], statement["Resource"]) == ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")
    (origin,) = live["Origins"]["Items"]
    (access,) = cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"]
    assert origin["OriginAccessControlId"] == access["Id"]
    assert live["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"


def change_by_hand(cloudfront: Any, **members: Any) -> None:
    (live,) = distributions(cloudfront)
    answer = cloudfront.get_distribution_config(Id=live["Id"])
    config = {**answer["DistributionConfig"], **members}
    cloudfront.update_distribution(Id=live["Id"], IfMatch=answer["ETag"], DistributionConfig=config)


def test_what_was_changed_by_hand_is_put_back_and_what_the_spec_does_not_mention_stays(
    bench: Workbench, cloudfront: Any
) -> None:
    bench.apply(SITE)
    change_by_hand(cloudfront, Enabled=False, WebACLId="arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1")
    (change,) = bench.plan(SITE).effects
    assert [field.path for field in change.fields] == [("enabled",)]
    bench.apply(SITE)
    (live,) = distributions(cloudfront)
    assert (live["Enabled"], live["WebACLId"][-6:]) == (True, "edge/1")


def test_an_update_that_lost_a_race_is_made_again_from_what_is_live_then(
    aws: EmbeddedAws, bench: Workbench, cloudfront: Any
) -> None:
    bench.apply(SITE)
    aws.faults.fail("cloudfront", "UpdateDistribution", "PreconditionFailed", 412)
    bench.apply(CHANGED)
    assert aws.faults.unused == 0
    assert distributions(cloudfront)[0]["PriceClass"] == "PriceClass_All"


def test_a_lost_reply_makes_no_second_distribution(aws: EmbeddedAws, bench: Workbench, cloudfront: Any) -> None:
    aws.faults.lose_reply("cloudfront", "CreateDistributionWithTags")
    bench.apply(SITE)
    assert aws.faults.unused == 0
    assert len(distributions(cloudfront)) == 1
    assert effects(bench, SITE) == {}


def test_it_is_off_everywhere_before_it_is_deleted_and_the_bucket_outlives_it(
    aws: EmbeddedAws, bench: Workbench
) -> None:
    bench.apply(SITE)
    aws.calls.clear()
    result = bench.apply(SITE, destroy=True)
    assert {each.outcome for each in result.results} == {Outcome.DONE}
    operations = [operation for _, operation in aws.calls]
    writes = [operation for operation in operations if operation.startswith(("Update", "Delete"))]
    assert writes == ["DeleteBucketPolicy", "UpdateDistribution", "DeleteDistribution", "DeleteOriginAccessControl"]
    between = operations[operations.index("UpdateDistribution") : operations.index("DeleteDistribution")]
    assert between.count("ListDistributions") == 2, "one look finds it under way, the next one finds it off"
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == [BUCKET]


def test_a_distribution_of_nobody_is_taken_over_by_its_id(bench: Workbench, cloudfront: Any) -> None:
    bench.apply(SITE)
    (live,) = distributions(cloudfront)
    keys = [tag["Key"] for tag in cloudfront.list_tags_for_resource(Resource=live["ARN"])["Tags"]["Items"]]
    cloudfront.untag_resource(Resource=live["ARN"], TagKeys={"Items": keys})
    text = f"""
stack: other
region: {REGION}
resources:
  cdn:
    kind: cloudfront.distribution
    adopt: {live["Id"]}
    comment: Ours now
    origins:
      - id: api
        domain_name: api.example.com
        custom_origin_config: {{origin_protocol_policy: https-only}}
    default_cache_behavior:
      target_origin_id: api
      viewer_protocol_policy: https-only
      cache_policy_id: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
"""
    assert effects(bench, text) == {"cloudfront.distribution/cdn": Action.ADOPT}
    bench.apply(text)
    assert effects(bench, text) == {}
    assert effects(bench, text.replace(f"    adopt: {live['Id']}\n", "")) == {}
    assert [each["Comment"] for each in distributions(cloudfront)] == ["Ours now"]


def test_a_policy_is_not_written_to_a_bucket_that_is_not_ours(bench: Workbench) -> None:
    boto3.client("s3").create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": REGION})
    text = f"""
stack: shop
region: {REGION}
resources:
  reading:
    kind: s3.bucket_policy
    bucket: theirs
    policy: {{Version: "2012-10-17", Statement: []}}
"""
    assert [finding.code for finding in bench.plan(text).blocked] == ["RC2001"]
    bench.apply(text + "    adopt: true\n")
    assert effects(bench, text + "    adopt: true\n") == {}


def test_a_policy_of_the_buckets_own_is_no_leftover(bench: Workbench) -> None:
    text = f"""
stack: shop
region: {REGION}
resources:
  files:
    kind: s3.bucket
    policy: {{Version: "2012-10-17", Statement: [{{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}}]}}
"""
    bench.apply(text)
    assert effects(bench, text) == {}


def test_a_policy_that_leaves_the_spec_is_deleted(bench: Workbench) -> None:
    bucket = f"stack: shop\nregion: {REGION}\nresources:\n  files:\n    kind: s3.bucket\n"
    with_policy = bucket + (
        "  reading:\n    kind: s3.bucket_policy\n    bucket: ${files.bucket}\n"
        '    policy: {Version: "2012-10-17", Statement: []}\n'
    )
    bench.apply(with_policy)
    assert effects(bench, bucket) == {"s3.bucket_policy/reading": Action.DELETE}
    bench.apply(bucket)
    assert effects(bench, bucket) == {}
