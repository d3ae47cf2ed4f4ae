"""`acm.certificate`: a TLS certificate, in the region of what shows it (us-east-1 for CloudFront).

It never validates anything by itself: while AWS waits for the domains to be proven, it says as outputs which DNS
records AWS looks for, and others make them. Certificates have no name and can hardly be changed: one for other domains
is made beside the old one, which is deleted when its users have moved, by the tag that both carry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import (
    AmbiguousIdentity,
    address_of,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
    token,
    unique,
)
from reconciler.model import (
    READY,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    stalled,
    waiting,
)

MADE_FOR_TAG = "reconciler:made-for"
"""What a certificate of ours was asked for with, hashed: however AWS writes that, one is never asked for twice."""
RELEASED = "none"
CREATE_ONLY = (
    "domain_name",
    "subject_alternative_names",
    "validation_method",
    "key_algorithm",
    "certificate_authority_arn",
    "domain_validation_options",
)
# AWS: lists RSA keys of 1024 and 2048 bits only, unless told all that there are.
KEY_TYPES = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
LIST = Call("acm", "ListCertificates", {"includes": {"key_types": KEY_TYPES}})

Item = Mapping[str, Any]
Tags = Mapping[str, str]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    certificates = yield from _all()
    return unique(_observed(resource, *found) for resource in resources for found in _meant(resource, certificates))


def _all() -> Reads[list[tuple[Item, Tags]]]:
    """Every certificate of the region, described, with its tags. AWS: the list has neither tags nor all names."""
    response = yield from read(LIST)
    arns = [each["certificate_arn"] for each in (response or {}).get("certificate_summary_list", ())]
    names = ("DescribeCertificate", "ListTagsForCertificate")
    answers = yield from read_all([Call("acm", name, {"certificate_arn": arn}) for name in names for arn in arns])
    described, tagged = answers[: len(arns)], answers[len(arns) :]
    return [
        (item["certificate"], tag_map((tags or {}).get("tags")))
        for item, tags in zip(described, tagged, strict=True)
        if item is not None
    ]


def _meant(resource: Resource, certificates: Sequence[tuple[Item, Tags]]) -> list[tuple[Item, Tags]]:
    """Ours for these very domains: one of ours for others is a leftover. Of two alike the issued one, by its ARN."""
    if isinstance(resource.adopt, str):
        return [found for found in certificates if found[0]["certificate_arn"] == resource.adopt]
    request = _request(resource.properties)
    alike = [
        (item, tags)
        for item, tags in certificates
        if tags.get(MADE_FOR_TAG) == request or _made_alike(resource.properties, item)
    ]
    ours = [found for found in alike if _address(resource, found[1]) in (resource.address, resource.renamed_from)]
    if ours:
        return sorted(ours, key=lambda found: (found[0]["status"] != "ISSUED", found[0]["certificate_arn"]))[:1]
    free = [found for found in alike if found[1].get(STACK_TAG, RELEASED) == RELEASED] if resource.adopt else []
    if len(free) > 1:
        arns = ", ".join(item["certificate_arn"] for item, _ in free)
        raise AmbiguousIdentity(
            f"there are several certificates for {resource.properties['domain_name']}: {arns}",
            help=f'say which one {resource.address} adopts: `adopt: "<its ARN>"`',
        )
    return free


def _address(resource: Resource, tags: Tags) -> Address:
    return address_of(tags, resource.stack, KIND.name) or ""


def _made_alike(desired: Properties, item: Item) -> bool:
    """Would asking for the desired certificate give this one? What the spec leaves out does not matter."""
    live = _properties(item)
    same_names = set(_names(desired)) == set(_names(live)) and _plain(desired["domain_name"]) == live["domain_name"]
    stated = {name: desired.get(name) for name in ("validation_method", "key_algorithm", "certificate_authority_arn")}
    export = (desired.get("options") or {}).get("export")
    same_export = export is None or export == live.get("options", {}).get("export", "DISABLED")
    same_mail = len(_mailed(live, desired)) == len(desired.get("domain_validation_options") or ())
    alike = all(value in (None, live.get(name)) for name, value in stated.items())
    return same_names and same_export and same_mail and alike


def _request(desired: Properties) -> str:
    """A text that two desired certificates share exactly when they ask for the same."""
    first, *others = _names(desired)
    options = desired.get("options") or {}
    return token(first, sorted(others), *(desired.get(name) for name in CREATE_ONLY[2:]), options.get("export"))


def _mailed(live: Properties, desired: Properties) -> list[Item]:
    """Of where mails go, what the spec speaks of: AWS answers every domain."""
    stated = desired.get("domain_validation_options") or ()
    return [each for each in live.get("domain_validation_options", ()) if each in stated]


def _plain(domain: str) -> str:
    return domain.lower().rstrip(".")


def _names(properties: Properties) -> list[str]:
    """All domains, the first one first, each once."""
    names = (properties["domain_name"], *(properties.get("subject_alternative_names") or ()))
    return list(dict.fromkeys(_plain(name) for name in names))


def _properties(item: Item) -> dict[str, Any]:
    """AWS: puts the domain itself among the alternative names, writes them in lower case, and in any order."""
    first = _plain(item["domain_name"])
    others = [_plain(name) for name in item.get("subject_alternative_names", ()) if _plain(name) != first]
    validations = item.get("domain_validation_options", ())
    properties = {
        "domain_name": first,
        "subject_alternative_names": others,
        # AWS: answers `RSA-2048` or `RSA_2048`, from one API to another.
        "key_algorithm": item["key_algorithm"].replace("-", "_"),
        **pick(item, "certificate_authority_arn", "options"),
    }
    method = next((each["validation_method"] for each in validations if each.get("validation_method")), None)
    if method is not None:
        properties["validation_method"] = method
    mailed = [pick(each, "domain_name", "validation_domain") for each in validations if method == "EMAIL"]
    if mailed:
        properties["domain_validation_options"] = mailed
    return properties


def _observed(resource: Resource, item: Item, tags: Tags) -> Observed:
    live, desired = _properties(item), resource.properties
    if _plain(desired["domain_name"]) == live["domain_name"]:
        live["domain_name"] = desired["domain_name"]
    live["subject_alternative_names"] = _spelt(live, desired)
    if desired.get("domain_validation_options"):
        live["domain_validation_options"] = _mailed(live, desired) or live.get("domain_validation_options", [])
    outputs = {"certificate_arn": item["certificate_arn"], **_records(item, _names(desired))}
    return _whole(resource.address, item, (live, outputs), tags)


def _spelt(live: Properties, desired: Properties) -> list[str]:
    """The alternative names as the spec has them, where they are the same; the domain itself may be among them."""
    written = list(desired.get("subject_alternative_names") or ())
    same = {_plain(name) for name in written} - {_plain(desired["domain_name"])}
    names: list[str] = live["subject_alternative_names"]
    return written if same == set(names) else names


def _records(item: Item, names: Sequence[str]) -> dict[str, list[str]]:
    """The DNS records AWS looks for, in the order of the names; nothing before it has said all of them.

    AWS: they appear some seconds after the request. `x` and `*.x` share one.
    """
    validations = {_plain(each["domain_name"]): each for each in item.get("domain_validation_options", ())}
    asked = [validations[name] for name in names if name in validations]
    by_dns = [each for each in asked if each.get("validation_method", "DNS") == "DNS"]
    if len(asked) < len(names) or any("resource_record" not in each for each in by_dns):
        return {}
    records = list({each["resource_record"]["name"]: each["resource_record"] for each in by_dns}.values())
    return {
        "validation_record_names": [record["name"].rstrip(".") for record in records],
        "validation_record_types": [record["type"] for record in records],
        "validation_record_values": [record["value"] for record in records],
    }


def _whole(address: Address, item: Item, found: tuple[Properties, Properties], tags: Tags) -> Observed:
    properties, outputs = found
    return Observed(address, item["certificate_arn"], properties, outputs=outputs, tags=tags, status=_status(item))


def _status(item: Item) -> Status:
    if item["status"] == "ISSUED":
        return READY
    pending = [each for each in item.get("domain_validation_options", ()) if each.get("validation_status") != "SUCCESS"]
    if item["status"] == "PENDING_VALIDATION":
        return waiting(f"AWS waits for proof of {'; '.join(map(_proof, pending)) or item['domain_name']}")
    why = item.get("failure_reason") or item.get("revocation_reason")
    names = ", ".join(each["domain_name"] for each in pending) or item["domain_name"]
    reason = f"{item['status']}{f' ({why})' if why else ''}: {names}; delete it, and another one is asked for"
    return stalled(reason)


def _proof(validation: Item) -> str:
    record = validation.get("resource_record")
    if record is None:
        return str(validation["domain_name"])
    return f"{validation['domain_name']} ({record['type']} {record['name']} -> {record['value']})"


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    certificates = yield from _all()
    return [
        _whole(address, item, (_properties(item), {"certificate_arn": item["certificate_arn"]}), tags)
        for item, tags in certificates
        if (address := address_of(tags, scope.stack, KIND.name)) is not None
    ]


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, *CREATE_ONLY, "options")
    names = list(change.desired.get("subject_alternative_names") or ())
    params.pop("subject_alternative_names", None)
    if names:
        params["subject_alternative_names"] = names
    # AWS: a token answers with the same certificate for an hour, though it may be deleted by then. There is none here:
    # the call is never sent twice blindly, and the next look finds the certificate by the tags it is made with.
    tags = {**change.tags, MADE_FOR_TAG: _request(change.desired)}
    yield Call("acm", "RequestCertificate", {**params, "tags": tag_list(tags)}, once=True)


def update(change: Change) -> Iterator[Call]:
    if change.touches("options"):
        options = pick(change.desired["options"], "certificate_transparency_logging_preference")
        yield Call("acm", "UpdateCertificateOptions", {"certificate_arn": identifier(change), "options": options})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("acm", "AddTagsToCertificate", {"certificate_arn": identifier(change), "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    """AWS: refuses while it is in use, and goes on doing so for minutes after its last user has let go."""
    yield Call("acm", "DeleteCertificate", {"certificate_arn": identifier(change)})


KIND = Kind(
    name="acm.certificate",
    title="Certificate",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("acm:certificate/*"),
    retag=retag,
    outputs=("certificate_arn", "validation_record_names", "validation_record_types", "validation_record_values"),
    rules=Rules(
        create_only=CREATE_ONLY,
        unordered=("subject_alternative_names", "domain_validation_options"),
        case_insensitive=("domain_name",),
    ),
    identity=CREATE_ONLY,
    patience=Patience("2 to 30 minutes", minutes=45),
    early_outputs=("validation_record_names", "validation_record_types", "validation_record_values"),
    changes_while_waiting=True,
)
