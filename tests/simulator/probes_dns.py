"""What AWS does and moto without our repairs does not: Route 53 and ACM. One function per repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.simulator.account import Account, refused

Change = tuple[str, Mapping[str, Any]]


def zone(account: Account, name: str = "example.com", **more: Any) -> str:
    made = account("route53").create_hosted_zone(Name=name, CallerReference=f"{name} {sorted(more)}", **more)
    id: str = made["HostedZone"]["Id"]
    return id.removeprefix("/hostedzone/")


def record(name: str, type: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": type, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values], **more}


def change(account: Account, zone_id: str, *changes: Change) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": sent} for action, sent in changes]}
    account("route53").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def records(account: Account, zone_id: str) -> list[tuple[str, str, list[str]]]:
    listed = account("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return [
        (each["Name"], each["Type"], [value["Value"] for value in each.get("ResourceRecords", ())])
        for each in listed
        if each["Type"] not in ("NS", "SOA")
    ]


def prove(account: Account, arn: str) -> None:
    """Make the records a certificate asks for, in a zone of example.com."""
    told = account("acm").describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    asked = {each["ResourceRecord"]["Name"]: each["ResourceRecord"]["Value"] for each in told}
    zone_id = zone(account)
    change(account, zone_id, *(("CREATE", record(name, "CNAME", value)) for name, value in asked.items()))


def certificate(account: Account, *names: str, **more: Any) -> str:
    sent = {"DomainName": names[0], "ValidationMethod": "DNS", **more}
    others = {"SubjectAlternativeNames": list(names[1:])} if names[1:] else {}
    made: str = account("acm").request_certificate(**sent, **others)["CertificateArn"]
    return made


def issued(account: Account, *names: str) -> str:
    """The ARN of a certificate whose domains are proven, as two reads show."""
    arn = certificate(account, *names)
    prove(account, arn)
    assert described(account, arn)["Status"] == "ISSUED"
    return arn


def described(account: Account, arn: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = account("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    return told


# --- record sets ----------------------------------------------------------------------------------------------------


def change_records(account: Account) -> None:
    id = zone(account)
    a, b = record("A.example.com", "A", "192.0.2.1"), record("*.example.com.", "TXT", '"b"')
    with refused("InvalidChangeBatch"):
        change(account, id, ("CREATE", a), ("DELETE", b))
    assert records(account, id) == [], "a batch is carried out whole or not at all"
    change(account, id, ("CREATE", a), ("CREATE", b))
    assert [name for name, _, _ in records(account, id)] == ["\\052.example.com.", "a.example.com."]
    with refused("InvalidChangeBatch"):
        change(account, id, ("CREATE", a))
    with refused("InvalidChangeBatch"):
        change(account, id, ("DELETE", record("a.example.com", "A", "192.0.2.2")))
    change(account, id, ("DELETE", a), ("CREATE", record("a.example.com", "CNAME", "b.example.com")))
    assert records(account, id)[1] == ("a.example.com.", "CNAME", ["b.example.com"])
    _weighted(account, id)


def _weighted(account: Account, id: str) -> None:
    """Record sets of one identifier and other names are none of its business."""
    blue: Mapping[str, Any] = {"SetIdentifier": "blue", "Weight": 1}
    c, d = record("c.example.com", "A", "192.0.2.3", **blue), record("d.example.com", "A", "192.0.2.4", **blue)
    change(account, id, ("CREATE", c), ("CREATE", d))
    change(account, id, ("DELETE", c))
    assert [name for name, _, _ in records(account, id)][2:] == ["d.example.com."]


def list_records(account: Account) -> None:
    listed = account("route53").list_resource_record_sets(HostedZoneId=zone(account))["ResourceRecordSets"]
    (soa,) = [each for each in listed if each["Type"] == "SOA"]
    assert soa["ResourceRecords"][0]["Value"].endswith(" 1 7200 900 1209600 86400")


# --- health checks --------------------------------------------------------------------------------------------------


def _check(account: Account, reference: str, **config: Any) -> Mapping[str, Any]:
    made: Mapping[str, Any] = account("route53").create_health_check(
        CallerReference=reference, HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "x.org", **config}
    )["HealthCheck"]
    return made


def health_checks(account: Account) -> None:
    route53 = account("route53")
    made = _check(account, "one", ResourcePath="/health", Regions=["eu-west-1", "us-east-1", "us-west-2"])
    assert _check(account, "one", ResourcePath="/health", Regions=["eu-west-1", "us-east-1", "us-west-2"]) == made
    config = made["HealthCheckConfig"]
    assert (config["Port"], config["EnableSNI"], made["HealthCheckVersion"]) == (443, True, 1)
    changed = route53.update_health_check(HealthCheckId=made["Id"], HealthCheckVersion=1, FailureThreshold=5)
    assert changed["HealthCheck"]["HealthCheckVersion"] == 2
    assert changed["HealthCheck"]["HealthCheckConfig"]["Regions"] == ["eu-west-1", "us-east-1", "us-west-2"]
    with refused("HealthCheckVersionMismatch"):
        route53.update_health_check(HealthCheckId=made["Id"], HealthCheckVersion=1, FailureThreshold=4)
    route53.update_health_check(HealthCheckId=made["Id"], ResetElements=["ResourcePath"])
    seen = route53.get_health_check(HealthCheckId=made["Id"])["HealthCheck"]["HealthCheckConfig"]
    assert (seen.get("ResourcePath"), seen["FailureThreshold"]) == (None, 5)
    alarm: Any = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "us-east-1", "Name": "cpu"}}
    route53.create_health_check(CallerReference="two", HealthCheckConfig=alarm)
    listed = {each["CallerReference"]: each for each in route53.list_health_checks()["HealthChecks"]}
    assert listed["two"]["HealthCheckConfig"]["AlarmIdentifier"]["Name"] == "cpu"
    route53.delete_health_check(HealthCheckId=made["Id"])
    assert len(route53.list_health_checks()["HealthChecks"]) == 1


# --- certificates ---------------------------------------------------------------------------------------------------


def request_certificate(account: Account) -> None:
    names = ("www.example.com", "Example.com", "*.example.com")
    told = described(account, certificate(account, *names, KeyAlgorithm="EC_prime256v1"))
    assert told["SubjectAlternativeNames"] == ["www.example.com", "example.com", "*.example.com"]
    assert told["KeyAlgorithm"] == "EC_prime256v1"


def certificates(account: Account) -> None:
    acm = account("acm")
    arn = certificate(account, "example.com", "*.example.com", "www.example.com")
    told = described(account, arn)
    assert (told["Status"], told.get("IssuedAt")) == ("PENDING_VALIDATION", None)
    asked = [each["ResourceRecord"]["Name"] for each in told["DomainValidationOptions"]]
    assert asked[0] == asked[1] != asked[2]
    elliptic = certificate(account, "b.example.com", KeyAlgorithm="EC_prime256v1")
    assert _arns(acm.list_certificates()["CertificateSummaryList"]) == [arn]
    includes = {"keyTypes": ["RSA_2048", "EC_prime256v1"]}
    assert _arns(acm.list_certificates(Includes=includes)["CertificateSummaryList"]) == sorted([arn, elliptic])
    prove(account, arn)
    told = described(account, arn)
    assert (told["Status"], {each["ValidationStatus"] for each in told["DomainValidationOptions"]}) == (
        "ISSUED",
        {"SUCCESS"},
    )


def _arns(listed: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(each["CertificateArn"] for each in listed)


def update_certificate_options(account: Account) -> None:
    arn = certificate(account, "example.com")
    options: Any = {"CertificateTransparencyLoggingPreference": "DISABLED"}
    account("acm").update_certificate_options(CertificateArn=arn, Options=options)
    assert described(account, arn)["Options"]["CertificateTransparencyLoggingPreference"] == "DISABLED"
    with refused("ResourceNotFoundException"):
        account("acm").update_certificate_options(CertificateArn=f"{arn}0", Options=options)
