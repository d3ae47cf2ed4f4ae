"""The refusals of Route 53 and ACM: records no name server may hold, references used up, certificates not yet issued.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.simulator.repair import documents
from reconciler.simulator.repair_dns import applied, as_aws_fills_it_in, certificate_users, plain, record_sets
from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend

TAGS_A_CALL = 10
RECORDS_A_BATCH = 1000


# --- certificates ---------------------------------------------------------------------------------------------------


def _certificates_in_use(region: str) -> Iterator[str]:
    for arn in backend("acm", region)._certificates:
        if any(certificate_users(region, arn)):
            yield arn


def _sent_certificates(request: Request) -> list[str]:
    return [each["CertificateArn"] for each in request.params.get("Certificates", ())]


def _unknown_certificate(request: Request) -> bool:
    known = backend("acm", request.region)._certificates
    return any(":acm:" in arn and arn not in known for arn in _sent_certificates(request))


def _not_issued(request: Request) -> bool:
    known = backend("acm", request.region)._certificates
    return any(known[arn].status != "ISSUED" for arn in _sent_certificates(request) if arn in known)


EDGES = (
    Edge(
        "acm:DeleteCertificate", "CertificateArn", (_certificates_in_use,), "ResourceInUseException",
        "Certificate {} is in use.",
    ),
)  # fmt: skip


# --- zones and health checks ----------------------------------------------------------------------------------------


def _zone_reference_used(request: Request) -> bool:
    zones = request.backend().zones.values()
    return any(zone.caller_reference == request.params["CallerReference"] for zone in zones)


def _no_vpc(request: Request) -> bool:
    return bool(request.params.get("HostedZoneConfig", {}).get("PrivateZone")) and not request.params.get("VPC")


def _zone(request: Request) -> Any:
    return request.backend().get_hosted_zone(request.params.get("HostedZoneId") or request.params["Id"])


def _has_records(request: Request) -> bool:
    zone = _zone(request)
    return any(not _is_the_zones_own(record, zone) for record in record_sets(zone).values())


def _is_the_zones_own(record: Mapping[str, Any], zone: Any) -> bool:
    return record["Type"] in ("NS", "SOA") and plain(record["Name"]) == plain(zone.name)


def _check_reference_used(request: Request) -> bool:
    """AWS: by a check with other settings, or by one that is deleted."""
    live, sent = request.backend().health_checks, request.params
    config = as_aws_fills_it_in(sent["HealthCheckConfig"])
    used = [
        (id, check)
        for id, check in documents(request, "health_checks").items()
        if check["CallerReference"] == sent["CallerReference"]
    ]
    return any(id not in live or check["HealthCheckConfig"] != config for id, check in used)


def _too_many_tags(request: Request) -> bool:
    counted = (len(request.params.get(name, ())) for name in ("ResourceIds", "AddTags", "RemoveTagKeys"))
    return max(counted) > TAGS_A_CALL


# --- record sets ----------------------------------------------------------------------------------------------------


def _written(request: Request) -> list[Mapping[str, Any]]:
    changes = request.params["ChangeBatch"]["Changes"]
    return [change["ResourceRecordSet"] for change in changes if change["Action"] != "DELETE"]


def _after(request: Request) -> Iterable[Mapping[str, Any]]:
    return applied(_zone(request), request.params["ChangeBatch"]["Changes"]).values()


def _unquoted_text(request: Request) -> bool:
    """AWS: a text stands in quotes, in pieces of at most 255 characters."""
    texts = [each["Value"] for record in _written(request) if record["Type"] in ("TXT", "SPF") for each in _of(record)]
    return not all(text.startswith('"') and text.endswith('"') and len(text) > 1 for text in texts)


def _long_text(request: Request) -> bool:
    texts = [each["Value"] for record in _written(request) if record["Type"] in ("TXT", "SPF") for each in _of(record)]
    return any(len(piece) > 255 for text in texts for piece in text.strip('"').split('" "'))


def _of(record: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return list(record.get("ResourceRecords", ()))


def _cname_at_the_top(request: Request) -> bool:
    top = plain(_zone(request).name)
    return any(record["Type"] == "CNAME" and plain(record["Name"]) == top for record in _written(request))


def _cname_beside_others(request: Request) -> bool:
    types: dict[str, set[str]] = {}
    for record in _after(request):
        types.setdefault(plain(record["Name"]), set()).add(record["Type"])
    return any("CNAME" in found and len(found) > 1 for found in types.values())


def _mixed_routing(request: Request) -> bool:
    """AWS: all record sets of one name and type are of one routing, and a simple one is alone."""
    routing: dict[tuple[str, str], set[str]] = {}
    for record in _after(request):
        words = [word for word in ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer") if word in record]
        routing.setdefault((plain(record["Name"]), record["Type"]), set()).add(json.dumps(words))
    return any(len(found) > 1 for found in routing.values())


def _not_one_form(request: Request) -> bool:
    """AWS: values with a TTL, or an alias without one."""
    return any(
        ("AliasTarget" in record) == bool(_of(record)) or ("TTL" in record) != bool(_of(record))
        for record in _written(request)
    )


def _takes_the_zones_own(request: Request) -> bool:
    own = [record["Type"] for record in _after(request) if _is_the_zones_own(record, _zone(request))]
    return sorted(own) != ["NS", "SOA"]


def _large_batch(request: Request) -> bool:
    changes = request.params["ChangeBatch"]["Changes"]
    counted = sum(2 if change["Action"] == "UPSERT" else 1 for change in changes)
    return counted > RECORDS_A_BATCH


_BAD_BATCHES = (
    (_unquoted_text, "InvalidCharacterString (Value should be enclosed in quotation marks)"),
    (_long_text, "CharacterStringTooLong (Value is too long)"),
    (_cname_at_the_top, "RRSet of type CNAME is not permitted at apex"),
    (_cname_beside_others, "RRSet of type CNAME is not permitted as it conflicts with others of the same DNS name"),
    (_mixed_routing, "RRSet cannot be created because one of another routing with the same name and type exists"),
    (_takes_the_zones_own, "A HostedZone must contain at least one NS record and exactly one SOA record"),
    (_large_batch, "Number of records limit of 1000 exceeded."),
)
_CHANGE = "route53:ChangeResourceRecordSets"
RULES = (
    *(
        rule
        for call in ("CreateListener", "ModifyListener", "AddListenerCertificates")
        for rule in (
            Rule(f"elbv2:{call}", _unknown_certificate, "CertificateNotFound", "The certificate was not found"),
            Rule(f"elbv2:{call}", _not_issued, "UnsupportedCertificate", "The certificate must be valid and issued"),
        )
    ),
    Rule(
        "route53:CreateHostedZone", _zone_reference_used, "HostedZoneAlreadyExists",
        "A hosted zone has already been created with the specified caller reference.",
    ),
    Rule("route53:CreateHostedZone", _no_vpc, "InvalidInput", "A private hosted zone needs a VPC."),
    Rule(
        "route53:DeleteHostedZone", _has_records, "HostedZoneNotEmpty",
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
    ),
    Rule(
        "route53:CreateHealthCheck", _check_reference_used, "HealthCheckAlreadyExists",
        "A health check with the same caller reference exists or existed.",
    ),
    Rule("route53:ListTagsForResources", _too_many_tags, "InvalidInput", "No more than 10 resources a call."),
    Rule("route53:ChangeTagsForResource", _too_many_tags, "InvalidInput", "No more than 10 tags a call."),
    *(Rule(_CHANGE, applies, "InvalidChangeBatch", f"[{text}]") for applies, text in _BAD_BATCHES),
    Rule(
        _CHANGE, _not_one_form, "InvalidInput",
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]]",
    ),
)  # fmt: skip
