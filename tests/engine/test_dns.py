"""DNS and certificates from the first apply to the end, against an emulator as strict and as slow as AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.aws.clients import Clients
from reconciler.converge import Pace
from reconciler.errors import AlreadyExists
from reconciler.model import Action, ApplyResult, Outcome, Plan
from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import STRICT
from tests.engine.stacks import REGION, Workbench

pytestmark = pytest.mark.xdist_group("dns")

PATIENT = Pace(first_pause=0.01, longest_pause=0.05, limit=30.0, visibility=5.0)
HEAD = f"stack: shop\nregion: {REGION}\naccount: '123456789012'\nresources:\n"
SITE = (
    "  site: {kind: domain, domain_name: example.com, protect: false, records: {www: {type: A, values: [192.0.2.1]}}}\n"
)
TLS = "  tls: {kind: certificate, domain_name: example.com, hosted_zone_id: '${site.hosted_zone_id}'"
API = """
  net: {kind: network}
  api:
    kind: web_service
    network: ${net}
    image: a:1
    domain_name: api.example.com
    hosted_zone_id: ${site.hosted_zone_id}
    certificate_arn: ${tls.certificate_arn}
"""


@pytest.fixture
def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    server = start_aws(strict=STRICT)
    server.reset()
    for name, value in server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    yield Workbench(tmp_path, Clients(REGION), {})
    assert server.crashes == []
    assert server.unimplemented == []
    server.reset()
    server.stop()


def applied(bench: Workbench, text: str, destroy: bool = False) -> ApplyResult:
    result = bench.apply(HEAD + text, destroy, PATIENT)
    assert [(r.change.address, r.outcome, r.detail) for r in result.results if r.outcome is not Outcome.DONE] == []
    assert result.remaining is not None
    assert effects(result.remaining) == {}
    return result


def effects(plan: Plan) -> dict[str, Action]:
    return {f"{change.address} {change.action}": change.action for change in plan.effects}


def certificates() -> list[dict[str, Any]]:
    acm: Any = boto3.client("acm")
    listed = acm.list_certificates()["CertificateSummaryList"]
    return [acm.describe_certificate(CertificateArn=each["CertificateArn"])["Certificate"] for each in listed]


def records() -> dict[tuple[str, str], Any]:
    """Every record set of the one zone but the zone's own."""
    route53: Any = boto3.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    listed = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return {(each["Name"], each["Type"]): each for each in listed if each["Type"] not in ("NS", "SOA")}


def by_hand(action: str, record: dict[str, Any]) -> None:
    route53: Any = boto3.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    route53.list_resource_record_sets(HostedZoneId=zone["Id"])
    change = {"Action": action, "ResourceRecordSet": record}
    route53.change_resource_record_sets(HostedZoneId=zone["Id"], ChangeBatch={"Changes": [change]})


def test_a_service_gets_its_name_and_its_certificate_in_one_apply_and_all_of_it_goes_again(strict: Workbench) -> None:
    text = f"{SITE}{TLS}, alternative_names: ['*.example.com']}}\n{API}"
    applied(strict, text)
    (certificate,) = certificates()
    assert (certificate["Status"], len(certificate["InUseBy"])) == ("ISSUED", 1)
    assert ("api.example.com.", "AAAA") in records()
    assert effects(strict.plan(HEAD + text)) == {}

    applied(strict, text, destroy=True)
    assert certificates() == []
    assert boto3.client("route53").list_hosted_zones()["HostedZones"] == []


def test_other_names_make_a_certificate_beside_the_one_in_use_which_goes_last(strict: Workbench) -> None:
    applied(strict, f"{SITE}{TLS}}}\n{API}")
    (old,) = certificates()
    more = f"{SITE}{TLS}, alternative_names: [www.example.com]}}\n{API}"
    planned = effects(strict.plan(HEAD + more))
    assert {"acm.certificate/tls create", "acm.certificate/tls delete", "elbv2.listener/api-https update"} <= set(
        planned
    )
    applied(strict, more)
    (new,) = certificates()
    assert new["CertificateArn"] != old["CertificateArn"]
    assert new["InUseBy"] == old["InUseBy"]
    assert sum(name.startswith("_") and type == "CNAME" for name, type in records()) == 2


def test_one_set_of_records_proves_the_certificates_of_two_regions(strict: Workbench) -> None:
    applied(strict, f"{SITE}{TLS}, for_cloudfront: true}}\n")
    twins = boto3.client("acm", region_name="us-east-1").list_certificates()["CertificateSummaryList"]
    assert [each["Status"] for each in twins] == ["ISSUED"]
    applied(strict, f"{SITE}", destroy=False)
    assert boto3.client("acm").list_certificates()["CertificateSummaryList"] == []


def test_a_certificate_without_a_zone_of_ours_waits_and_says_which_record_it_needs(strict: Workbench) -> None:
    text = f"{HEAD}  tls: {{kind: certificate, domain_name: example.com}}\n"
    result = strict.apply(text, pace=Pace(first_pause=0.01, longest_pause=0.02, limit=0.5))
    (told,) = result.results
    assert told.outcome is Outcome.WAITING
    record = certificates()[0]["DomainValidationOptions"][0]["ResourceRecord"]
    assert record["Name"] in told.detail
    assert record["Value"] in told.detail
    assert [change.address for change in strict.plan(text).waits] == ["acm.certificate/tls"]


def test_a_record_set_of_somebody_else_is_refused_and_stays_as_it_is(strict: Workbench) -> None:
    applied(strict, SITE)
    theirs = {"Name": "blog.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]}
    by_hand("CREATE", theirs)
    text = f"{HEAD}{SITE}".replace("records: {", "records: {blog: {type: A, values: [192.0.2.9]}, ")
    blocked = strict.plan(text).blocked
    assert [(finding.code, finding.address) for finding in blocked] == [
        ("RC2001", "route53.record_set/site-record-blog")
    ]
    assert records()["blog.example.com.", "A"] == theirs


def test_a_record_set_of_somebody_else_appearing_meanwhile_is_not_written_over(strict: Workbench) -> None:
    applied(strict, SITE)
    text = f"{HEAD}{SITE}".replace("records: {", "records: {blog: {type: A, values: [192.0.2.9]}, ")
    (creation,) = strict.plan(text).effects
    theirs = {"Name": "blog.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]}
    by_hand("CREATE", theirs)
    assert records()["blog.example.com.", "A"] == theirs
    with pytest.raises(AlreadyExists):
        strict.executor(writes=True).write(creation.calls[0])
    assert records()["blog.example.com.", "A"] == theirs


def test_an_adopted_record_set_is_changed_and_marked_in_one_step(strict: Workbench) -> None:
    applied(strict, SITE)
    old = {"Name": "blog.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]}
    by_hand("CREATE", old)
    blog = (
        "  blog: {kind: route53.record_set, hosted_zone_id: '${site.hosted_zone_id}', name: blog.example.com,"
        " type: A, resource_records: [192.0.2.9], adopt: true}\n"
    )
    applied(strict, SITE + blog)
    assert records()["blog.example.com.", "A"]["ResourceRecords"] == [{"Value": "192.0.2.9"}]
    assert ("_reconcile.a.blog.example.com.", "TXT") in records()
    applied(strict, SITE)
    assert ("blog.example.com.", "A") not in records()


def test_a_zone_with_records_of_others_is_not_deleted_and_says_whose_they_are(strict: Workbench) -> None:
    applied(strict, SITE)
    by_hand(
        "CREATE", {"Name": "blog.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]}
    )
    blocked = strict.plan(HEAD + SITE, destroy=True).blocked
    assert len(blocked) == 1
    assert "has records that are not ours: blog.example.com A" in blocked[0].message


def test_a_zone_is_protected_unless_its_entry_says_otherwise(strict: Workbench) -> None:
    text = f"{HEAD}  site: {{kind: domain, domain_name: example.com}}\n"
    strict.apply(text, pace=PATIENT)
    plan = strict.plan(text, destroy=True)
    assert plan.effects == ()
    assert [finding.code for finding in plan.findings] == ["RC2201"]


def test_a_zone_of_the_same_name_is_refused_until_it_is_adopted(strict: Workbench) -> None:
    made = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="by hand")
    zone = "  zone: {kind: route53.hosted_zone, name: example.com, comment: ours"
    assert [finding.code for finding in strict.plan(f"{HEAD}{zone}}}\n").blocked] == ["RC2001"]
    applied(strict, f"{zone}, adopt: true}}\n")
    (live,) = boto3.client("route53").list_hosted_zones()["HostedZones"]
    assert (live["Id"], live["Config"]["Comment"]) == (made["HostedZone"]["Id"], "ours")


def test_destroyed_and_made_again_at_once_everything_is_new(strict: Workbench) -> None:
    probe = "  probe: {kind: route53.health_check, type: TCP, ip_address: 203.0.113.7, port: 22}\n"
    text = f"{SITE}{probe}{TLS}}}\n"
    for _ in range(2):
        applied(strict, text)
        (certificate,) = certificates()
        assert certificate["Status"] == "ISSUED"
        applied(strict, text, destroy=True)
        assert certificates() == []
        assert boto3.client("route53").list_health_checks()["HealthChecks"] == []
