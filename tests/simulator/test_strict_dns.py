"""What Route 53 and ACM refuse, the strict emulator refuses too, and what takes them time takes it reads."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import Account, refused
from tests.simulator.probes_dns import certificate, change, described, prove, record, records, zone
from tests.simulator.probes_edge import distribution, update


def test_a_caller_reference_makes_one_zone(strict_account: Account) -> None:
    strict_account("route53").create_hosted_zone(Name="example.com", CallerReference="one")
    with refused("HostedZoneAlreadyExists"):
        strict_account("route53").create_hosted_zone(Name="example.com", CallerReference="one")
    strict_account("route53").create_hosted_zone(Name="example.com", CallerReference="two")


def test_a_private_zone_begins_in_a_vpc(strict_account: Account) -> None:
    with refused("InvalidInput"):
        zone(strict_account, HostedZoneConfig={"PrivateZone": True})


def test_a_zone_with_records_stays(strict_account: Account) -> None:
    id, delegation = zone(strict_account), record("sub.example.com", "NS", "ns.example.net")
    change(strict_account, id, ("CREATE", delegation))
    with refused("HostedZoneNotEmpty"):
        strict_account("route53").delete_hosted_zone(Id=id)
    change(strict_account, id, ("DELETE", delegation))
    strict_account("route53").delete_hosted_zone(Id=id)


def test_the_reference_of_a_deleted_health_check_stays_taken(strict_account: Account) -> None:
    route53, config = strict_account("route53"), {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 22}
    made = route53.create_health_check(CallerReference="one", HealthCheckConfig=config)["HealthCheck"]["Id"]
    route53.create_health_check(CallerReference="one", HealthCheckConfig=config)
    with refused("HealthCheckAlreadyExists"):
        route53.create_health_check(CallerReference="one", HealthCheckConfig={**config, "Port": 80})
    route53.delete_health_check(HealthCheckId=made)
    with refused("HealthCheckAlreadyExists"):
        route53.create_health_check(CallerReference="one", HealthCheckConfig=config)


def test_tags_are_read_and_written_ten_at_a_time(strict_account: Account) -> None:
    route53, id = strict_account("route53"), zone(strict_account)
    with refused("InvalidInput"):
        route53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[id] * 11)
    tags = [{"Key": str(number), "Value": ""} for number in range(11)]
    with refused("InvalidInput"):
        route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=id, AddTags=tags)


ALIAS: Any = {"DNSName": "x.cloudfront.net", "HostedZoneId": "Z2FDTNDATAQYW2", "EvaluateTargetHealth": False}
BAD = {
    "a text without quotes": [("CREATE", record("t.example.com", "TXT", "v=spf1 -all"))],
    "a text of more than 255 characters": [("CREATE", record("t.example.com", "TXT", f'"{"a" * 256}"'))],
    "a CNAME at the top": [("CREATE", record("example.com", "CNAME", "example.net"))],
    "a CNAME beside another type": [
        ("CREATE", record("w.example.com", "CNAME", "example.net")),
        ("CREATE", record("w.example.com", "A", "192.0.2.1")),
    ],
    "a simple record set beside a weighted one": [
        ("CREATE", record("w.example.com", "A", "192.0.2.1")),
        ("CREATE", record("w.example.com", "A", "192.0.2.1", SetIdentifier="a", Weight=1)),
    ],
    "the zone's own name servers": [("UPSERT", record("example.com", "SOA", "a. b. 1 1 1 1 1", SetIdentifier="x"))],
    "1,001 records": [("CREATE", record(f"r{number}.example.com", "A", "192.0.2.1")) for number in range(1001)],
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
def test_a_batch_no_name_server_could_answer_from_is_refused(strict_account: Account, changes: Any) -> None:
    id = zone(strict_account)
    with refused("InvalidChangeBatch"):
        change(strict_account, id, *changes)
    assert records(strict_account, id) == []


def test_an_alias_has_no_ttl(strict_account: Account) -> None:
    id, alias = zone(strict_account), {"Name": "example.com", "Type": "A", "AliasTarget": ALIAS}
    with refused("InvalidInput"):
        change(strict_account, id, ("CREATE", {**alias, "TTL": 60}))
    change(strict_account, id, ("CREATE", alias))


def test_quoted_texts_and_what_replaces_another_in_one_batch_are_taken(strict_account: Account) -> None:
    id, old = zone(strict_account), record("w.example.com", "A", "192.0.2.1")
    change(strict_account, id, ("CREATE", old), ("CREATE", record("t.example.com", "TXT", f'"{"a" * 255}" "b"')))
    change(strict_account, id, ("DELETE", old), ("CREATE", record("w.example.com", "CNAME", "example.net")))
    assert [(name, type) for name, type, _ in records(strict_account, id)] == [
        ("t.example.com.", "TXT"),
        ("w.example.com.", "CNAME"),
    ]


def test_a_listener_shows_issued_certificates_only(strict_account: Account) -> None:
    vpc = strict_account.vpc()
    balancer, group = strict_account.balancer(strict_account.subnets(vpc)), strict_account.target_group(vpc)
    forward: Any = {"LoadBalancerArn": balancer, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}
    elb, arn = strict_account("elbv2"), certificate(strict_account, "example.com")
    https = {**forward, "Protocol": "HTTPS", "Port": 443}
    with refused("UnsupportedCertificate"):
        elb.create_listener(**https, Certificates=[{"CertificateArn": arn}])
    with refused("CertificateNotFound"):
        elb.create_listener(**https, Certificates=[{"CertificateArn": f"{arn}0"}])
    prove(strict_account, arn)
    assert described(strict_account, arn)["Status"] == "ISSUED"
    made = elb.create_listener(**https, Certificates=[{"CertificateArn": arn}])["Listeners"][0]["ListenerArn"]
    assert described(strict_account, arn)["InUseBy"] == [balancer]
    pending = [{"CertificateArn": certificate(strict_account, "b.example.com")}]
    with refused("UnsupportedCertificate"):
        elb.modify_listener(ListenerArn=made, Certificates=pending)
    with refused("UnsupportedCertificate"):
        elb.add_listener_certificates(ListenerArn=made, Certificates=pending)


def test_a_certificate_of_a_distribution_is_not_deleted(strict_account: Account) -> None:
    arn, made = certificate(strict_account, "example.com"), distribution(strict_account)["Distribution"]["Id"]
    shown = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}
    update(strict_account, made, ViewerCertificate=shown)
    with refused("ResourceInUseException"):
        strict_account("acm").delete_certificate(CertificateArn=arn)
    update(strict_account, made, ViewerCertificate={"CloudFrontDefaultCertificate": True})
    strict_account("acm").delete_certificate(CertificateArn=arn)


# --- what takes time ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_server() -> Any:
    server = start_aws(strict=Strictness(slow_reads=2))
    yield server
    server.stop()


@pytest.fixture
def slow(slow_server: Any) -> Account:
    slow_server.reset()
    return Account(slow_server.endpoint)


def test_the_records_of_a_certificate_appear_later(slow: Account) -> None:
    arn = certificate(slow, "example.com")
    seen = ["ResourceRecord" in described(slow, arn)["DomainValidationOptions"][0] for _ in range(3)]
    assert seen == [False, False, True]


def test_a_zone_takes_one_change_at_a_time(slow: Account) -> None:
    id = zone(slow)
    change(slow, id, ("CREATE", record("a.example.com", "A", "192.0.2.1")))
    with refused("PriorRequestNotComplete"):
        change(slow, id, ("CREATE", record("b.example.com", "A", "192.0.2.1")))
    change(slow, id, ("CREATE", record("b.example.com", "A", "192.0.2.1")))
    assert len(records(slow, id)) == 2
    change(slow, id, ("CREATE", record("c.example.com", "A", "192.0.2.1")))
