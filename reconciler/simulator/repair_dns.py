"""Repairs of moto's Route 53 and ACM: batches that are one, record sets told apart, certificates that need DNS."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.simulator.repair import declared_in, documents, held, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, backend, written

Members = dict[str, Any]
Key = tuple[str, str, str]

# --- record sets ----------------------------------------------------------------------------------------------------


def plain(name: str) -> str:
    return name.replace("\\052", "*").lower().rstrip(".")


def record_sets(zone: Any) -> dict[Key, Members]:
    """The record sets of a moto zone by what tells them apart, each as AWS answers it."""
    return {_key(found): found for found in map(_members, zone.rrsets)}


def _key(record: Mapping[str, Any]) -> Key:
    return plain(record["Name"]), record["Type"], record.get("SetIdentifier") or ""


def _members(rrset: Any) -> Members:
    values = [value["Value"] if isinstance(value, dict) else value for value in rrset.records or ()]
    found = {
        "Name": rrset.name,
        "Type": rrset.type,
        "TTL": None if rrset.ttl is None else int(rrset.ttl),
        "ResourceRecords": [{"Value": value} for value in values],
        "AliasTarget": rrset.alias_target,
        "SetIdentifier": rrset.set_identifier,
        "Weight": rrset.weight,
        "Region": rrset.region,
        "Failover": rrset.failover,
        "GeoLocation": rrset.geo_location,
        "MultiValueAnswer": rrset.multi_value_answer,
        "HealthCheckId": rrset.health_check_id,
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def applied(zone: Any, changes: Iterable[Members]) -> dict[Key, Members]:
    """The record sets of a zone after a batch.

    Raises Refusal for one that cannot be carried out: then none of it is.
    """
    sets = record_sets(zone)
    for change in changes:
        record, action = change["ResourceRecordSet"], change["Action"]
        key, about = _key(record), f"[name='{plain(record['Name'])}.', type='{record['Type']}']"
        if not f".{key[0]}".endswith(f".{plain(zone.name)}"):
            raise _bad(f"RRSet with DNS name {key[0]}. is not permitted in zone {zone.name}")
        if action == "CREATE" and key in sets:
            raise _bad(f"Tried to create resource record set {about} but it already exists")
        if action == "DELETE":
            if key not in sets:
                raise _bad(f"Tried to delete resource record set {about} but it was not found")
            if _comparable(sets.pop(key)) != _comparable(record):
                text = "but the values provided do not match the current values"
                raise _bad(f"Tried to delete resource record set {about} {text}")
        else:
            sets[key] = {**record, "Name": f"{key[0]}.".replace("*", "\\052")}
    return sets


def _bad(text: str) -> Refusal:
    return Refusal("InvalidChangeBatch", f"[{text}]")


def _comparable(record: Mapping[str, Any]) -> Members:
    alias = {name: str(value).lower().rstrip(".") for name, value in record.get("AliasTarget", {}).items()}
    values = sorted(each["Value"] for each in record.get("ResourceRecords", ()))
    same = {name: value for name, value in record.items() if value not in (None, [], False)}
    return {**same, "Name": plain(record["Name"]), "AliasTarget": alias, "ResourceRecords": values}


@repair(
    "route53:ChangeResourceRecordSets",
    because="moto keeps half of a bad batch, and deletes whatever has the same name or set identifier",
)
def change_records(request: Request, below: Handler) -> Answer:
    from moto.route53 import models

    zone, changes = _zone(request), request.params["ChangeBatch"]["Changes"]
    after = applied(zone, changes)
    # moto deletes only what it finds in its journal, and creates only what it does not.
    zone.rr_changes, before = models.ChangeList(), zone.rrsets
    for change in changes:
        if change["Action"] == "DELETE":
            zone.rr_changes.append({"Action": "CREATE", "ResourceRecordSet": {**change["ResourceRecordSet"]}})
    answer = below(request)
    if not answer.ok:
        zone.rrsets = before
        return answer
    values = {key: [each["Value"] for each in record.get("ResourceRecords", ())] for key, record in after.items()}
    made: Any = models.RecordSet
    zone.rrsets = [made({**record, "ResourceRecords": values[key]}) for key, record in after.items()]
    return answer


def _zone(request: Request) -> Any:
    return request.backend().get_hosted_zone(request.params.get("HostedZoneId") or request.params["Id"])


@repair("route53:ListResourceRecordSets", because="moto writes the SOA of a zone as a structure inside a value")
def list_records(request: Request, below: Handler) -> Answer:
    for rrset in _zone(request).rrsets:
        rrset.records = [value["Value"] if isinstance(value, dict) else value for value in rrset.records or ()]
    return below(request)


# --- health checks --------------------------------------------------------------------------------------------------

_RESET = ("FullyQualifiedDomainName", "Regions", "ResourcePath", "ChildHealthChecks")
_NOT_SETTINGS = frozenset({"HealthCheckId", "HealthCheckVersion", "ResetElements"})


def as_aws_fills_it_in(sent: Mapping[str, Any]) -> Members:
    type = sent["Type"]
    filled: Members = {"Inverted": False, "Disabled": False}
    if type.startswith(("HTTP", "TCP")):
        filled |= {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False, "EnableSNI": False}
    if type.startswith("HTTP"):
        filled |= {"Port": 443 if type.startswith("HTTPS") else 80, "EnableSNI": type.startswith("HTTPS")}
    return {**filled, **sent}


@repair(
    "route53:CreateHealthCheck",
    "route53:UpdateHealthCheck",
    "route53:GetHealthCheck",
    "route53:ListHealthChecks",
    because="moto forgets half of a health check, resets its lists, and knows neither versions nor port 443",
)
def health_checks(request: Request, below: Handler) -> Answer:
    kept, live = documents(request, "health_checks"), request.backend().health_checks
    if request.operation == "CreateHealthCheck":
        return _created_check(request, below, kept)
    if request.operation == "UpdateHealthCheck":
        _check_version(request, kept)
    answer = below(request)
    if not answer.ok:
        return answer
    if request.operation == "ListHealthChecks":
        return written(request, {"HealthChecks": [check for id, check in kept.items() if id in live]})
    check = kept[request.params["HealthCheckId"]]
    if request.operation == "UpdateHealthCheck":
        new = {name: value for name, value in request.params.items() if name not in _NOT_SETTINGS}
        reset = [name for name in _RESET if name in request.params.get("ResetElements", ())]
        config = {name: value for name, value in check["HealthCheckConfig"].items() if name not in reset}
        check.update(HealthCheckConfig={**config, **new}, HealthCheckVersion=check["HealthCheckVersion"] + 1)
    return written(request, {"HealthCheck": check})


def _created_check(request: Request, below: Handler, kept: dict[str, Any]) -> Answer:
    live, sent = request.backend().health_checks, request.params
    config = as_aws_fills_it_in(sent["HealthCheckConfig"])
    asked = {"CallerReference": sent["CallerReference"], "HealthCheckConfig": config}
    again = next((check for id, check in kept.items() if id in live and asked.items() <= check.items()), None)
    if again is not None:
        return written(request, {"HealthCheck": again, "Location": again["Id"]})
    before = set(live)
    answer = below(request)
    if not answer.ok:
        return answer
    (id,) = set(live) - before
    kept[id] = {"Id": id, **asked, "HealthCheckVersion": 1}
    return written(request, {"HealthCheck": kept[id], "Location": id})


def _check_version(request: Request, kept: Mapping[str, Any]) -> None:
    check, version = kept.get(request.params["HealthCheckId"]), request.params.get("HealthCheckVersion")
    if check is not None and version is not None and version != check["HealthCheckVersion"]:
        raise Refusal("HealthCheckVersionMismatch", "The health check was changed in the meantime.", 409)


# --- certificates ---------------------------------------------------------------------------------------------------

_TOLD_WHEN_ISSUED = ("IssuedAt", "NotBefore", "NotAfter", "Serial", "Issuer")
_LISTED_UNASKED = ("RSA_1024", "RSA_2048")
_OPTIONS = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}


@repair("acm:RequestCertificate", because="moto forgets the key, the validation and the order of the names")
def request_certificate(request: Request, below: Handler) -> Answer:
    acm = request.backend()
    before = set(acm._certificates)
    answer = below(request)
    for arn in set(acm._certificates) - before:
        documents(request, "certificates")[arn] = {**request.params, "CreatedAt": acm._certificates[arn].created_at}
    return answer


@repair(
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    because="moto issues a certificate after a minute whatever DNS says, and lists keys AWS hides",
)
def certificates(request: Request, below: Handler) -> Answer:
    acm = request.backend()
    for arn, sent in documents(request, "certificates").items():
        if arn in acm._certificates:
            _settle(acm._certificates[arn], sent)
    if request.operation == "DescribeCertificate":
        answer = below(request)
        arn = request.params["CertificateArn"]
        return written(request, {"Certificate": _described(request, arn)}) if answer.ok else answer
    statuses = request.params.get("CertificateStatuses")
    keys = request.params.get("Includes", {}).get("keyTypes", _LISTED_UNASKED)
    found = [_described(request, arn) for arn in acm._certificates]
    shown = [
        each for each in found if each["KeyAlgorithm"] in keys and each["Status"] in (statuses or [each["Status"]])
    ]
    return written(request, {"CertificateSummaryList": shown})


def _settle(certificate: Any, sent: Mapping[str, Any]) -> None:
    """Issued once every domain is proven by its record; moto's own clock starts anew at every look."""
    from moto.core.utils import utcnow

    certificate.created_at = utcnow()
    if certificate.status == "PENDING_VALIDATION" and sent.get("ValidationMethod", "EMAIL") == "DNS":
        live = set(_live_cnames())
        if all(_validation_record(name) in live for name in _names(sent)):
            certificate.status = "ISSUED"


def _live_cnames() -> Iterator[tuple[str, str]]:
    for zone in backend("route53", "").zones.values():
        for record in record_sets(zone).values():
            if record["Type"] == "CNAME" and not zone.private_zone:
                yield from ((plain(record["Name"]), plain(each["Value"])) for each in record["ResourceRecords"])


def _names(sent: Mapping[str, Any]) -> list[str]:
    names = (sent["DomainName"], *sent.get("SubjectAlternativeNames", ()))
    return list(dict.fromkeys(name.lower() for name in names))


def _validation_record(domain: str) -> tuple[str, str]:
    """AWS: `x` and `*.x` are proven by one record, the same for every certificate of an account."""
    bare = domain.removeprefix("*.")
    digest = hashlib.sha256(bare.encode()).hexdigest()
    return f"_{digest[:32]}.{bare}", f"_{digest[32:]}.acm-validations.aws"


def _described(request: Request, arn: str) -> Members:
    told: Members = request.backend().get_certificate(arn).describe()["Certificate"]
    users = list(certificate_users(request.region, arn))
    told |= {"InUseBy": users, "InUse": bool(users)}
    sent = documents(request, "certificates").get(arn)
    if sent is None:
        return told
    if told["Status"] != "ISSUED":
        told = {name: value for name, value in told.items() if name not in _TOLD_WHEN_ISSUED}
    return {
        **told,
        "CreatedAt": sent["CreatedAt"],
        "SubjectAlternativeNames": _names(sent),
        "KeyAlgorithm": sent.get("KeyAlgorithm", "RSA_2048"),
        "Options": {**_OPTIONS, **sent.get("Options", {})},
        "DomainValidationOptions": list(_validations(request, sent, told["Status"])),
    }


def _validations(request: Request, sent: Mapping[str, Any], status: str) -> Iterator[Members]:
    method = sent.get("ValidationMethod", "EMAIL")
    mailed = {each["DomainName"].lower(): each["ValidationDomain"] for each in sent.get("DomainValidationOptions", ())}
    for name in _names(sent):
        told: Members = {"DomainName": name, "ValidationMethod": method}
        told["ValidationStatus"] = "SUCCESS" if status == "ISSUED" else status
        told["ValidationDomain"] = mailed.get(name, name.removeprefix("*."))
        if method == "DNS" and not held(request, f"certificate/{sent['DomainName']}"):
            record, value = _validation_record(name)
            told["ResourceRecord"] = {"Name": f"{record}.", "Type": "CNAME", "Value": f"{value}."}
        yield told


def certificate_users(region: str, arn: str) -> Iterator[str]:
    """The ARNs of what shows a certificate: load balancers, and distributions in us-east-1."""
    for balancer_arn, balancer in backend("elbv2", region).load_balancers.items():
        if any(arn in (listener.certificates or ()) for listener in balancer.listeners.values()):
            yield balancer_arn
    if region == "us-east-1":
        for distribution in backend("cloudfront", region).distributions.values():
            shown = getattr(distribution.distribution_config, "ViewerCertificate", None) or {}
            if isinstance(shown, dict) and shown.get("ACMCertificateArn") == arn:
                yield distribution.arn


@repair("acm:UpdateCertificateOptions", because="moto has no UpdateCertificateOptions")
def update_certificate_options(request: Request, below: Handler) -> Answer:
    arn = request.params["CertificateArn"]
    if arn not in request.backend()._certificates:
        raise Refusal("ResourceNotFoundException", f"Could not find certificate {arn}.")
    sent = documents(request, "certificates").setdefault(arn, {})
    sent["Options"] = {**sent.get("Options", {}), **request.params["Options"]}
    return written(request, {})


REPAIRS = declared_in(globals())
