"""What `domain`, `certificate` and the name of a web service promise: which records are made, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Reference, Resource, Template
from tests.components.test_parts import NETWORK, of_kind, resources
from tests.engine.specs import problems

ZONE = "  site: {kind: domain, domain_name: example.com}\n"
TWIN = "  tls: {kind: certificate, domain_name: example.com, for_cloudfront: true}\n"
CERTIFICATE = "  tls: {kind: certificate, domain_name: example.com, hosted_zone_id: '${site.hosted_zone_id}'"


def answers(found: dict[str, Resource]) -> dict[str, tuple[Any, Any, Any]]:
    """Record set -> (name, type, what is answered)."""
    records = of_kind(found, "route53.record_set").items()
    told = {name: record.properties for name, record in records}
    return {
        name: (each["name"], each["type"], each.get("alias_target") or each["resource_records"])
        for name, each in told.items()
    }


# --- domain -----------------------------------------------------------------------------------------------------------


def test_a_domain_is_a_zone_that_is_protected(tmp_path: Path) -> None:
    zone = resources(tmp_path, ZONE)["route53.hosted_zone/site-zone"]
    assert zone.properties["name"] == "example.com"
    assert zone.protect


def test_names_are_relative_to_the_domain_and_one_name_has_several_types(tmp_path: Path) -> None:
    records = """
  site:
    kind: domain
    domain_name: example.com
    records:
      www: {type: CNAME, values: [example.com], ttl: 60}
      "@": {type: A, values: [203.0.113.7]}
      mail: {name: "@", type: MX, values: [10 in.example.net]}
      _dmarc: {type: TXT, values: [v=DMARC1]}
      "*": {type: A, values: [203.0.113.8]}
      whole: {name: a.example.com., type: A, values: [203.0.113.9]}
"""
    assert answers(resources(tmp_path, records)) == {
        "site-record-www": ("www.example.com", "CNAME", ["example.com"]),
        "site-record-top": ("example.com", "A", ["203.0.113.7"]),
        "site-record-mail": ("example.com", "MX", ["10 in.example.net"]),
        "site-record-dmarc": ("_dmarc.example.com", "TXT", ["v=DMARC1"]),
        "site-record-any": ("*.example.com", "A", ["203.0.113.8"]),
        "site-record-whole": ("a.example.com", "A", ["203.0.113.9"]),
    }


def test_a_name_may_be_made_of_an_output(tmp_path: Path) -> None:
    text = """
  mail: {kind: email, domain: example.com}
  site:
    kind: domain
    domain_name: example.com
    records:
      dkim:
        name: ${mail.dkim_tokens.0}._domainkey
        type: CNAME
        values: ["${mail.dkim_tokens.0}.dkim.amazonses.com"]
"""
    name, _, values = answers(resources(tmp_path, text))["site-record-dkim"]
    token = Reference("sesv2.email_identity/mail-domain", "dkim_tokens.0")
    assert name == Template((token, "._domainkey", ".example.com"))
    assert values == [Template((token, ".dkim.amazonses.com"))]


def test_record_sets_of_similar_names_are_parts_of_different_names(tmp_path: Path) -> None:
    records = "{a.b: {type: A, values: [192.0.2.1]}, a-b: {type: A, values: [192.0.2.2]}}"
    text = f"  site: {{kind: domain, domain_name: example.com, records: {records}}}\n"
    assert sorted(answers(resources(tmp_path, text))) == ["site-record-a-b", "site-record-a-b-2"]


def test_an_alias_answers_with_the_addresses_of_a_service_or_a_cdn(tmp_path: Path) -> None:
    records = "{www: {alias: '${api}'}, files: {alias: '${uploads}', type: A}}"
    service = f"{NETWORK}  api: {{kind: web_service, network: '${{net}}', image: 'a:1'}}\n"
    cdn = "  uploads: {kind: bucket_with_cdn}\n"
    text = f"{service}{cdn}  site: {{kind: domain, domain_name: example.com, records: {records}}}\n"
    balancer, edge = "elbv2.load_balancer/api-balancer", "cloudfront.distribution/uploads-cdn"
    of_service = {
        "dns_name": Reference(balancer, "dns_name"),
        "hosted_zone_id": Reference(balancer, "canonical_hosted_zone_id"),
        "evaluate_target_health": False,
    }
    of_cdn = {
        "dns_name": Reference(edge, "domain_name"),
        "hosted_zone_id": Reference(edge, "hosted_zone_id"),
        "evaluate_target_health": False,
    }
    assert answers(resources(tmp_path, text)) == {
        "site-record-www": ("www.example.com", "A", of_service),
        "site-record-www-ipv6": ("www.example.com", "AAAA", of_service),
        "site-record-files": ("files.example.com", "A", of_cdn),
    }


@pytest.mark.parametrize(
    ("name", "entry"),
    [("files", "kind: bucket_with_cdn"), ("edge", "kind: cdn, origin_domain_name: api.example.com")],
)
def test_a_cdn_makes_the_records_of_its_own_names_itself(tmp_path: Path, name: str, entry: str) -> None:
    """So that its zone, the certificate proven there and the CDN that needs it are no circle."""
    named = "aliases: [files.example.com, '*.files.example.com'], hosted_zone_id: '${site.hosted_zone_id}'"
    text = f"{ZONE}{TWIN}  {name}: {{{entry}, {named}, certificate_arn: '${{tls.cloudfront_certificate_arn}}'}}\n"
    found = resources(tmp_path, text)
    edge = f"cloudfront.distribution/{name}-cdn"
    alias = {
        "dns_name": Reference(edge, "domain_name"),
        "hosted_zone_id": Reference(edge, "hosted_zone_id"),
        "evaluate_target_health": False,
    }
    made = {name: answer for name, answer in answers(found).items() if "-name-" in name}
    assert made == {
        f"{name}-name-{slug}": (answered, type, alias)
        for slug, answered, type in (
            ("files-example-com", "files.example.com", "A"),
            ("files-example-com-ipv6", "files.example.com", "AAAA"),
            ("any-files-example-com", "*.files.example.com", "A"),
            ("any-files-example-com-ipv6", "*.files.example.com", "AAAA"),
        )
    }


def test_a_zone_for_a_cdn_without_names_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "  files: {kind: bucket_with_cdn, hosted_zone_id: Z1}\n")


def test_a_zone_that_is_there_is_not_managed_but_written_into(tmp_path: Path) -> None:
    records = "{www: {type: A, values: [192.0.2.1]}}"
    text = f"  site: {{kind: domain, domain_name: example.com, hosted_zone_id: Z1, records: {records}}}\n"
    found = resources(tmp_path, text)
    assert of_kind(found, "route53.hosted_zone") == {}
    assert found["route53.record_set/site-record-www"].properties["hosted_zone_id"] == "Z1"


def test_who_may_issue_certificates_stands_at_the_top(tmp_path: Path) -> None:
    text = "  site: {kind: domain, domain_name: example.com, certificate_authorities: [amazon.com]}\n"
    assert answers(resources(tmp_path, text)) == {"site-authorities": ("example.com", "CAA", ['0 issue "amazon.com"'])}


def test_an_alias_needs_no_values_and_values_need_a_type(tmp_path: Path) -> None:
    text = "  site: {kind: domain, domain_name: example.com, records: {www: {values: [192.0.2.1]}}}\n"
    assert problems(tmp_path, text)


# --- certificate ------------------------------------------------------------------------------------------------------


def test_each_domain_is_proven_by_one_record_however_often_it_is_named(tmp_path: Path) -> None:
    names = "alternative_names: ['*.example.com', www.example.com]"
    found = resources(tmp_path, f"{ZONE}{CERTIFICATE}, {names}}}\n")
    proofs = answers(found)
    assert {name: str(answer[0]) for name, answer in proofs.items()} == {
        "tls-proof-example-com": "${acm.certificate/tls.validation_record_names.0}",
        "tls-proof-www-example-com": "${acm.certificate/tls.validation_record_names.1}",
    }
    assert {name: str(answer[2][0]) for name, answer in proofs.items()} == {
        "tls-proof-example-com": "${acm.certificate/tls.validation_record_values.0}",
        "tls-proof-www-example-com": "${acm.certificate/tls.validation_record_values.1}",
    }


def test_without_a_zone_of_ours_there_is_the_certificate_alone(tmp_path: Path) -> None:
    assert list(resources(tmp_path, "  tls: {kind: certificate, domain_name: example.com}\n")) == [
        "acm.certificate/tls"
    ]


def test_cloudfront_gets_a_twin_in_its_region_that_the_same_records_prove(tmp_path: Path) -> None:
    reader = "  reader: {kind: sns.topic, display_name: '${tls.cloudfront_certificate_arn}'}\n"
    found = resources(tmp_path, f"{ZONE}{CERTIFICATE}, for_cloudfront: true}}\n{reader}")
    regions = {name: each.region for name, each in of_kind(found, "acm.certificate").items()}
    assert regions == {"tls": "eu-central-1", "tls-cloudfront": "us-east-1"}
    assert list(answers(found)) == ["tls-proof-example-com"]
    twin = Reference("acm.certificate/tls-cloudfront", "certificate_arn")
    assert found["sns.topic/reader"].properties["display_name"] == twin


def test_in_the_region_of_cloudfront_one_certificate_is_enough(tmp_path: Path) -> None:
    reader = "  reader: {kind: sns.topic, display_name: '${tls.cloudfront_certificate_arn}'}\n"
    found = resources(tmp_path, f"{ZONE}{CERTIFICATE}, for_cloudfront: true, region: us-east-1}}\n{reader}")
    assert list(of_kind(found, "acm.certificate")) == ["tls"]
    assert found["acm.certificate/tls"].region == "us-east-1"


# --- the name of a web service ----------------------------------------------------------------------------------------


def test_a_web_service_is_reached_by_its_name(tmp_path: Path) -> None:
    named = "domain_name: api.example.com, hosted_zone_id: '${site.hosted_zone_id}'"
    text = f"{NETWORK}{ZONE}  api: {{kind: web_service, network: '${{net}}', image: 'a:1', {named}}}\n"
    records = answers(resources(tmp_path, text))
    assert {name: answer[:2] for name, answer in records.items()} == {
        "api-name": ("api.example.com", "A"),
        "api-name-ipv6": ("api.example.com", "AAAA"),
    }
    assert records["api-name"][2]["dns_name"] == Reference("elbv2.load_balancer/api-balancer", "dns_name")


def test_a_name_needs_the_zone_it_is_in(tmp_path: Path) -> None:
    text = f"{NETWORK}  api: {{kind: web_service, network: '${{net}}', image: 'a:1', domain_name: api.example.com}}\n"
    assert problems(tmp_path, text)
